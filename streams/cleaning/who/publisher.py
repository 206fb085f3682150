"""The publisher of an article: the id by its address, the name by registry, sender, feed and page."""

import re
from collections.abc import Iterable, Mapping

import msgspec
import pycountry

from streams.cleaning.page.markup import Markup, texts_of
from streams.cleaning.text.characters import fold, one_line
from streams.cleaning.who.imprint import Imprint
from streams.cleaning.who.registry import PublisherEntry, Registry, name_key
from streams.contract.messages import Publisher, RawArticle
from streams.contract.urls import canonical, registered_domain

_SEPARATED = re.compile(r"\s{1,4}[|–—·•]\s{1,4}|\s{1,4}-\s{1,4}")
# Country domains that are mostly used for other purposes than the country.
_WORLDWIDE = {
    "tv", "io", "co", "me", "ai", "fm", "cc", "ws", "to", "gg", "ly", "la", "vc", "sh", "tk", "ml", "ga", "cf", "gq",
    "so", "st", "im", "pw", "nu", "bz", "sc", "ag", "eu", "am",
}  # fmt: skip
_DEFAULT_LOCALES = {"en_US", "en-US", "en_us", "en-us"}  # the default of most software
_REGION = re.compile(r"^[a-z]{2,3}[-_]([A-Za-z]{2})$")
# Languages that are mostly written in one country.
_HOMES = {
    "af": "ZA", "am": "ET", "az": "AZ", "be": "BY", "bg": "BG", "ca": "ES", "cs": "CZ", "da": "DK", "el": "GR",
    "et": "EE", "eu": "ES", "fi": "FI", "fo": "FO", "gl": "ES", "he": "IL", "hr": "HR", "hu": "HU", "hy": "AM",
    "id": "ID", "is": "IS", "it": "IT", "ja": "JP", "ka": "GE", "kk": "KZ", "kl": "GL", "km": "KH", "ko": "KR",
    "lo": "LA", "lt": "LT", "lv": "LV", "mk": "MK", "mn": "MN", "ms": "MY", "mt": "MT", "my": "MM", "ne": "NP",
    "no": "NO", "pl": "PL", "si": "LK", "sk": "SK", "sl": "SI", "sq": "AL", "sv": "SE", "th": "TH", "tl": "PH",
    "tr": "TR", "uk": "UA", "vi": "VN", "xh": "ZA", "zu": "ZA",
}  # fmt: skip
_DECLARED = 0.8  # confidence where a page declares its address or publisher itself
_GIVEN = 0.9  # confidence of the sender's publisher


def by_address(url: str, registry: Registry, *names: str, declared: bool = False) -> Publisher | None:
    """The publisher at ``url``: its registry entry, else its registered domain or the author's space on a blog host.

    ``names``: its possible names, best first (`name_candidates`). ``declared``: the address was
    declared by the page, not fetched, which lowers the confidence.
    """
    source, confidence = ("page", _DECLARED) if declared else ("url", 1.0)
    return _at(url, registry, names, source, confidence)


def _at(url: str, registry: Registry, names: Iterable[str], source: str, confidence: float) -> Publisher | None:
    domain = registered_domain(url)
    if domain is None:
        return None
    entry, space = registry.find_by_url(url), registry.author_space(url)
    if entry is not None and space is None:
        return _known(entry, source, confidence)
    id_ = space or domain
    name = next((n for n in names if n), "") or id_
    return Publisher(
        id=id_, name=name, domain=domain, country=country_of_domain(domain), source=source, confidence=confidence
    )


def name_candidates(url: str, raw: RawArticle, *page: str) -> tuple[str, ...]:
    """Possible names of the publisher at ``url``, best first; they do not identify it.

    The sender's name, a name by feed or page that spells the domain, the feed's, the page's. The title of a feed on
    another site, an aggregator's, is ignored.
    """
    sender = one_line(raw.given.publisher)
    feed = []
    if raw.given.feed_title and registered_domain(raw.origin) == registered_domain(url):
        feed = [part.strip() for part in _SEPARATED.split(one_line(raw.given.feed_title))]
    label = _letters((registered_domain(url) or "").split(".")[0])
    spells_domain = [name for name in (*feed, *page) if _letters(name) == label]
    return ("" if as_address(sender) else sender, *spells_domain, *feed[:1], *page)


def as_address(name: str) -> str | None:
    """The address if a name is one ("example.org", "https://example.org/"), None for a name of words."""
    is_host = "." in name.strip(".") and " " not in name
    return canonical(name) or (canonical(f"https://{name}") if is_host else None)


def _letters(name: str) -> str:
    return name_key(name).replace(" ", "")


def by_name(
    name: str, registry: Registry, source: str, confidence: float, domain: str | None = None
) -> Publisher | None:
    """The publisher called ``name``: its registry entry, else with an id made of the domain or the name.

    A name may itself be an address or a domain. None for a name without letters or digits.
    """
    name = one_line(name)
    if not fold(name):
        return None
    entry = registry.find_by_name(name) or (registry.find_by_url(f"https://{domain}") if domain else None)
    if entry is not None:
        return _known(entry, source, confidence)
    address = as_address(name)
    if address and domain is None:
        found = _at(address, registry, (), source, confidence)
        # "Example.org" is also the name that people use
        return found and (msgspec.structs.replace(found, name=name) if found.id == name.lower().strip(".") else found)
    return Publisher(
        id=domain or fold(name).replace(" ", "-"), name=name, domain=domain,
        country=country_of_domain(domain) if domain else None, source=source, confidence=confidence,
    )  # fmt: skip


def from_aggregator(url: str | None, name: str | None, registry: Registry) -> Publisher | None:
    """The publisher of an article at an aggregator's address, by the site or else the name that the sender gives."""
    named = by_address(url, registry, one_line(name)) if url else None
    if named is not None:
        return msgspec.structs.replace(named, source="sender", confidence=_GIVEN)
    return by_name(name or "", registry, "sender", _GIVEN)


def from_imprint(imprint: Imprint | None, registry: Registry) -> Publisher | None:
    """The publisher that the imprint of a plain text names."""
    return by_name(imprint.name, registry, "text", imprint.confidence, imprint.domain) if imprint else None


def site_name(markup: Markup) -> str:
    """The site's own name, without slogans: og:site_name, else the JSON-LD publisher, else the application's name."""
    linked = next((text for node in markup.articles for text in texts_of(node.get("publisher"), "name")), "")
    name = markup.meta.get("og:site_name") or linked or markup.meta.get("application-name", "")
    return "" if canonical(name) else _SEPARATED.split(name)[0].strip()  # some sites give their address as name


def site_names(source: Publisher | None, markup: Markup) -> list[str]:
    """The site's own names: those in its markup, its domain, and the domain's first label."""
    found = [site_name(markup), markup.meta.get("og:site_name", "")]
    if source is not None:
        domain = source.domain or ""
        found += [source.name, domain, f"www.{domain}", domain.split(".")[0]]
    return [name for name in found if name]


def with_owner(source: Publisher | None, markup: Markup) -> Publisher | None:
    """The publisher with its owner: the organisation in the JSON-LD, if its domain has the same first label.

    ``post.fr`` is an edition of ``post.com`` if its pages name an organisation at that address. Organisations of other
    names are ignored, since a page could otherwise claim to belong to another source.
    """
    if source is None or source.owner is not None or source.domain is None or source.id != source.domain:
        return source
    named = [node.get("publisher") for node in markup.articles]
    named += [part.get("parentOrganization") for part in named if isinstance(part, Mapping)]
    texts = (text for part in named for key in ("@id", "url") for text in texts_of(part, key))
    domains = map(registered_domain, texts)
    label, _, _ = source.domain.partition(".")
    other = next((d for d in domains if d and d != source.domain and d.partition(".")[0] == label), None)
    return source if other is None else msgspec.structs.replace(source, owner=other)


def with_country(source: Publisher | None, markup: Markup, tongue: str) -> Publisher | None:
    """The publisher with a country by the page's markup, else by its language, unless registry or domain have one."""
    if source is None or source.country is not None:
        return source
    addresses = [node.get("address") for node in markup.nodes] + [
        node["publisher"].get("address") for node in markup.nodes if isinstance(node.get("publisher"), Mapping)
    ]
    stated = [text for address in addresses for text in texts_of(address, "addressCountry") if len(text) == 2]
    locales = [markup.meta.get("og:locale", ""), markup.language or ""]
    regions = [found[1] for text in locales if text not in _DEFAULT_LOCALES and (found := _REGION.search(text))]
    code = next((c.upper() for c in [*stated, *regions] if pycountry.countries.get(alpha_2=c.upper())), None)
    return msgspec.structs.replace(source, country=code or _HOMES.get(tongue))


def country_of_domain(domain: str) -> str | None:
    """The country of a country domain: ``example.at`` -> ``AT``; None for domains with other uses."""
    top = domain.rsplit(".", 1)[-1]
    if len(top) != 2 or top in _WORLDWIDE:
        return None
    code = "GB" if top == "uk" else top.upper()
    return code if pycountry.countries.get(alpha_2=code) else None


def _known(entry: PublisherEntry, source: str, confidence: float) -> Publisher:
    return Publisher(
        id=entry.id, name=entry.name, domain=entry.domains[0] if entry.domains else None, country=entry.country,
        owner=entry.owner, agency=entry.agency, source=source, confidence=confidence,
    )  # fmt: skip
