"""Where an article came from and what it says of itself in, its publisher out."""

import re

import pycountry

from streams.cleaning.characters import fold, one_line
from streams.cleaning.markup import Markup, strings
from streams.cleaning.registry import Entry, Registry
from streams.cleaning.signs import Signed
from streams.cleaning.urls import canonical, registered_domain
from streams.messages import Publisher

_SEPARATED = re.compile(r"\s+[|–—·•]\s+|\s+-\s+")
# Country domains that the world uses for other things than the country.
_WORLDWIDE = frozenset(
    [
        "tv",
        "io",
        "co",
        "me",
        "ai",
        "fm",
        "cc",
        "ws",
        "to",
        "gg",
        "ly",
        "la",
        "vc",
        "sh",
        "tk",
        "ml",
        "ga",
        "cf",
        "gq",
        "so",
        "st",
        "im",
        "pw",
        "nu",
        "bz",
        "sc",
    ]
)
_NAMED = 0.8  # a page that names its publisher but not its address
_GIVEN = 0.9  # the sender's word


def at_address(url: str, registry: Registry, *names: str) -> Publisher | None:
    """By the registry, else the registered domain with the first of ``names`` that the page or sender gave."""
    domain = registered_domain(url)
    if domain is None:
        return None
    entry = registry.at(url)
    if entry is not None:
        return _known(entry, "url", 1.0)
    name = next((n for n in names if n), "") or domain
    return Publisher(id=domain, name=name, domain=domain, country=country(domain), source="url")


def by_name(
    name: str, registry: Registry, source: str, confidence: float, domain: str | None = None
) -> Publisher | None:
    """By the registry, else an id made of the domain or the name; a name may itself be an address or a domain."""
    name = one_line(name)
    if not fold(name):
        return None
    address = canonical(name) or (canonical(f"https://{name}") if "." in name.strip(".") and " " not in name else None)
    entry = registry.named(name) or (registry.at(address) if address else None)
    if entry is None and domain:
        entry = registry.at(f"https://{domain}")
    if entry is not None:
        return _known(entry, source, confidence)
    if address and domain is None and registered_domain(address) != name.lower().strip("."):
        domain = registered_domain(address)
        name = domain or name
    elif address and domain is None:
        domain = registered_domain(address)
    return Publisher(
        id=domain or fold(name).replace(" ", "-"), name=name, domain=domain,
        country=country(domain) if domain else None, source=source, confidence=confidence,
    )  # fmt: skip


def from_signs(signed: Signed | None, registry: Registry) -> Publisher | None:
    if signed is None:
        return None
    return by_name(signed.name, registry, "text", signed.confidence, signed.domain)


def site_name(markup: Markup) -> str:
    """The site's own name: og:site_name, then the publisher of the JSON-LD, without slogans."""
    linked = next((text for node in markup.articles for text in strings(node.get("publisher"), "name")), "")
    name = markup.meta.get("og:site_name") or linked or markup.meta.get("application-name", "")
    return "" if canonical(name) else _SEPARATED.split(name)[0].strip()  # some give their address for a name


def country(domain: str) -> str | None:
    """The country of a country domain that is used as one: ``example.at`` -> ``AT``."""
    top = domain.rsplit(".", 1)[-1]
    if len(top) != 2 or top in _WORLDWIDE:
        return None
    code = "GB" if top == "uk" else top.upper()
    return code if pycountry.countries.get(alpha_2=code) else None


def _known(entry: Entry, source: str, confidence: float) -> Publisher:
    return Publisher(
        id=entry.id, name=entry.name, domain=entry.domains[0] if entry.domains else None, country=entry.country,
        owner=entry.owner, agency=entry.agency, source=source, confidence=confidence,
    )  # fmt: skip
