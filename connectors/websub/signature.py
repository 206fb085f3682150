"""Whether a hub has signed a notification: ``X-Hub-Signature: METHOD=HEX``, an HMAC of the body with our secret."""

import hashlib
import hmac

METHODS = ("sha1", "sha256", "sha384", "sha512")  # those of the recommendation; hubs choose


def sign(secret: str, body: bytes, method: str) -> str:
    """The header's value."""
    return f"{method}={hmac.new(secret.encode(), body, getattr(hashlib, method)).hexdigest()}"


def is_signed(secret: str, body: bytes, header: str) -> bool:
    """Whether the header is the signature of this body. Takes the same time wherever it differs."""
    method = header.partition("=")[0].strip().lower()
    if method not in METHODS or not header.isascii():
        return False
    return hmac.compare_digest(sign(secret, body, method), f"{method}={header.partition('=')[2].strip().lower()}")
