"""The publisher of an article: its id by its address, its name by registry, sender, feed and page."""

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
# Country domains that the world uses for other things than the country.
_WORLDWIDE = {
    "tv", "io", "co", "me", "ai", "fm", "cc", "ws", "to", "gg", "ly", "la", "vc", "sh", "tk", "ml", "ga", "cf", "gq",
    "so", "st", "im", "pw", "nu", "bz", "sc", "ag", "eu", "am",
}  # fmt: skip
_DEFAULT_LOCALES = {"en_US", "en-US", "en_us", "en-us"}  # what software writes when nobody has said anything
_REGION = re.compile(r"^[a-z]{2,3}[-_]([A-Za-z]{2})$")
# Languages that are written in one country above all others.
_HOMES = {
    "af": "ZA", "am": "ET", "az": "AZ", "be": "BY", "bg": "BG", "ca": "ES", "cs": "CZ", "da": "DK", "el": "GR",
    "et": "EE", "eu": "ES", "fi": "FI", "fo": "FO", "gl": "ES", "he": "IL", "hr": "HR", "hu": "HU", "hy": "AM",
    "id": "ID", "is": "IS", "it": "IT", "ja": "JP", "ka": "GE", "kk": "KZ", "kl": "GL", "km": "KH", "ko": "KR",
    "lo": "LA", "lt": "LT", "lv": "LV", "mk": "MK", "mn": "MN", "ms": "MY", "mt": "MT", "my": "MM", "ne": "NP",
    "no": "NO", "pl": "PL", "si": "LK", "sk": "SK", "sl": "SI", "sq": "AL", "sv": "SE", "th": "TH", "tl": "PH",
    "tr": "TR", "uk": "UA", "vi": "VN", "xh": "ZA", "zu": "ZA",
}  # fmt: skip
_NAMED = 0.8  # a page that names its publisher but not its address
_GIVEN = 0.9  # the sender's word


def by_address(url: str, registry: Registry, *names: str, declared: bool = False) -> Publisher | None:
    """By the registry, else the registered domain, or the author's place on it, with the first of ``names`` (`name_candidates`).

    ``declared``: the address is the page's word and not where it was fetched, so that it is less sure.
    """
    source, confidence = ("page", _NAMED) if declared else ("url", 1.0)
    return _at(url, registry, names, source, confidence)


def _at(url: str, registry: Registry, names: Iterable[str], source: str, confidence: float) -> Publisher | None:
    domain = registered_domain(url)
    if domain is None:
        return None
    entry, place = registry.find_by_url(url), registry.author_space(url)
    if entry is not None and place is None:
        return _known(entry, source, confidence)
    id_ = place or domain
    name = next((n for n in names if n), "") or id_
    return Publisher(
        id=id_, name=name, domain=domain, country=country_of_domain(domain), source=source, confidence=confidence
    )


def name_candidates(url: str, raw: RawArticle, *page: str) -> tuple[str, ...]:
    """What people may call the publisher at ``url``, the best name first; it does not say who it is.

    The sender's name, the one of feed and page that spells the domain, the feed's, the page's. The title of a feed on
    another site (an aggregator's) is no name of this one.
    """
    sender = one_line(raw.given.publisher)
    feed = []
    if raw.given.feed_title and registered_domain(raw.origin) == registered_domain(url):
        feed = [part.strip() for part in _SEPARATED.split(one_line(raw.given.feed_title))]
    label = _letters((registered_domain(url) or "").split(".")[0])
    spelt = [name for name in (*feed, *page) if _letters(name) == label]
    return ("" if as_address(sender) else sender, *spelt, *feed[:1], *page)


def as_address(name: str) -> str | None:
    """The address that a name is ("example.org", "https://example.org/"), None for a name of words."""
    is_host = "." in name.strip(".") and " " not in name
    return canonical(name) or (canonical(f"https://{name}") if is_host else None)


def _letters(name: str) -> str:
    return name_key(name).replace(" ", "")


def by_name(
    name: str, registry: Registry, source: str, confidence: float, domain: str | None = None
) -> Publisher | None:
    """By the registry, else an id made of the domain or the name; a name may itself be an address or a domain."""
    name = one_line(name)
    if not fold(name):
        return None
    entry = registry.find_by_name(name) or (registry.find_by_url(f"https://{domain}") if domain else None)
    if entry is not None:
        return _known(entry, source, confidence)
    address = as_address(name)
    if address and domain is None:
        found = _at(address, registry, (), source, confidence)
        # "Example.org" is also what people call it
        return found and (msgspec.structs.replace(found, name=name) if found.id == name.lower().strip(".") else found)
    return Publisher(
        id=domain or fold(name).replace(" ", "-"), name=name, domain=domain,
        country=country_of_domain(domain) if domain else None, source=source, confidence=confidence,
    )  # fmt: skip


def from_aggregator(url: str | None, name: str | None, registry: Registry) -> Publisher | None:
    """Of an article under an aggregator's address: by the publisher's site that the sender names, else by its name."""
    named = by_address(url, registry, one_line(name)) if url else None
    if named is not None:
        return msgspec.structs.replace(named, source="sender", confidence=_GIVEN)
    return by_name(name or "", registry, "sender", _GIVEN)


def from_imprint(signed: Imprint | None, registry: Registry) -> Publisher | None:
    if signed is None:
        return None
    return by_name(signed.name, registry, "text", signed.confidence, signed.domain)


def site_name(markup: Markup) -> str:
    """The site's own name: og:site_name, then the publisher of the JSON-LD, without slogans."""
    linked = next((text for node in markup.articles for text in texts_of(node.get("publisher"), "name")), "")
    name = markup.meta.get("og:site_name") or linked or markup.meta.get("application-name", "")
    return "" if canonical(name) else _SEPARATED.split(name)[0].strip()  # some give their address for a name


def site_names(source: Publisher | None, markup: Markup) -> list[str]:
    """What the site calls itself: names, domain, and the domain's first part."""
    own = [site_name(markup), markup.meta.get("og:site_name", "")]
    if source is not None:
        domain = source.domain or ""
        own += [source.name, domain, f"www.{domain}", domain.split(".")[0]]
    return [name for name in own if name]


def with_owner(source: Publisher | None, markup: Markup) -> Publisher | None:
    """With the organisation as owner that the JSON-LD names for publisher, where it is the same name's other domain.

    ``post.fr`` is an edition of ``post.com`` if its pages name an organisation of that address. An organisation of any
    other name is not believed: a page could take somebody else's place as a source.
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
    """With the country that the page's markup tells, else its language, where registry and domain tell none."""
    if source is None or source.country is not None:
        return source
    addresses = [node.get("address") for node in markup.nodes] + [
        node["publisher"].get("address") for node in markup.nodes if isinstance(node.get("publisher"), Mapping)
    ]
    told = [text for address in addresses for text in texts_of(address, "addressCountry") if len(text) == 2]
    locales = [markup.meta.get("og:locale", ""), markup.language or ""]
    regions = [found[1] for text in locales if text not in _DEFAULT_LOCALES and (found := _REGION.search(text))]
    code = next((c.upper() for c in [*told, *regions] if pycountry.countries.get(alpha_2=c.upper())), None)
    return msgspec.structs.replace(source, country=code or _HOMES.get(tongue))


def country_of_domain(domain: str) -> str | None:
    """The country of a country domain that is used as one: ``example.at`` -> ``AT``."""
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
