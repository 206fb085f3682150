"""An article's text and what its page says about access in, what kind of text it is out."""

from streams.cleaning.characters import words
from streams.cleaning.markup import Markup
from streams.cleaning.phrases import is_paywall
from streams.messages import Kind

STUB_WORDS = 150  # paywalls let through one to three paragraphs; a longer text is an article whatever the markup says


def kind(body: str, *, paywalled: bool, furniture: str = "") -> Kind:
    """``paywalled``: the markup says so. ``furniture``: the page's text around the body, asked for its phrases."""
    if not body:
        return Kind.HEADLINE
    if words(body) < STUB_WORDS and (paywalled or is_paywall(body) or is_paywall(furniture)):
        return Kind.STUB
    return Kind.ARTICLE


def paywalled(markup: Markup) -> bool:
    """schema.org isAccessibleForFree is false, in whichever of the spellings found, or the content tier is locked."""
    return (
        any(_is_false(node.get("isAccessibleForFree")) for node in markup.nodes)
        or markup.meta.get("article:content_tier", "").lower() == "locked"
    )


def _is_false(value: object) -> bool:
    return value is False or (isinstance(value, str) and value.rsplit("/", 1)[-1].lower() in ("false", "no", "0"))
