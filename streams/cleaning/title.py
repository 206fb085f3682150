"""A page's titles -> the article's: the one that several sources agree on, without the site's name.

A body without any title gets its first sentence.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet

from streams.cleaning.page import article_scope
from streams.cleaning.page.markup import Markup, Node, texts_of, types_of
from streams.cleaning.text.characters import count_words, fold, tokens
from streams.cleaning.text.phrases import mentions
from streams.cleaning.who.bylines import is_section
from streams.contract.urls import registered_domain

_SEPARATOR = re.compile(
    r"\s{1,4}(?:[|·•»«–—:~-]|::|--|\|\|)\s{1,4}|\s?[|｜┃]\s?|\s?[－―]\s?|\s—|—\s|:\s(?=\S)|\s?：\s?"
)
_LAST_BAR = re.compile(r"\s?[|｜┃]\s?(?=[^|｜┃·•»]{1,40}$)")
_UNDERSCORE = re.compile(r"_")  # separates the names on Chinese sites; it counts only before a known name
_SHORT_TITLE = 10  # characters; a shorter heading ("Politics") begins too many titles to be one
_SITE_WORDS = 3  # words beside the site's name in a part that contains it: "News | Harbour Post Online"
_FEW_WORDS = 3  # a heading of so few words that no other source contains is a section, a logo or a button
_LABEL = 4  # letters of a domain label; a shorter one occurs inside too many words
_MAX_CHARACTERS = 300  # longer headings contain the whole article
_SITE_TYPES = re.compile(r"(?:Organization|WebSite|NewsMediaOrganization|Corporation)$")
_SITE_META = (
    "og:site_name", "application-name", "apple-mobile-web-app-title", "twitter:site", "dc.publisher", "copyright",
)  # fmt: skip
_FIRST_SENTENCE = re.compile(r".+?(?:[.!?…]['\"”’»)]*(?=\s)|[。！？]|$)", re.DOTALL)


def from_markup(markup: Markup, url: str | None = None, given: str = "") -> str:
    """The title that h1, JSON-LD headline, og:title and <title> vote for, less the site's name; ties go to the first.

    Where no two agree, the first whose words the others share most wins: a logo, a section or "Navigation" as h1 shares
    nothing with them. ``given``, the sender's title, has a vote too, and replaces a title of two or three unrelated
    words.
    """
    nodes = article_scope.article_nodes(markup, url)
    headline = next((text for node in nodes for text in texts_of(node.get("headline"), "@value")), "")
    og = markup.meta.get("og:title", "") or markup.meta.get("twitter:title", "")
    site = _site_names(markup, nodes, url)
    others = [text for text in (headline, og, markup.title, given) if text]
    site |= _shown_names(markup, others, site)
    shown = [text for text in markup.headings if len(text) <= _MAX_CHARACTERS and not _is_site(text, site)]
    known = [*shown, headline]
    heading = _heading(shown, [_without_site(text, known, site) for text in others])
    headline = _cut_names(headline, site)
    # a JSON-LD headline has no site name, so a title equal to it has no suffix to cut off
    plain = [
        text if headline and fold(text) == fold(headline) else _without_site(text, [heading, headline, *shown], site)
        for text in (og, markup.title)
    ]
    sources = [
        text for text in (heading, headline, *plain) if text and not _is_site(text, site) and not is_section(text)
    ]
    given = _without_site(given, sources, site)
    found = _agreed(sources, given) or _first_heading(markup, site)
    if count_words(given) > _FEW_WORDS >= count_words(found) and not set(tokens(found)) & set(tokens(given)):
        return given  # the page has a button, a logo or nothing in place of the title
    return found or headline or markup.title


def _agreed(sources: Sequence[str], given: str) -> str:
    votes = Counter(fold(text) for text in sources)
    if given and fold(given) in votes:
        votes[fold(given)] += 1
    best = max(votes.values(), default=0)
    if best == 1 and len(votes) > 1:
        return _most_shared([*sources, *([given] if given else [])], len(sources))
    winner = next((fold(text) for text in sources if votes[fold(text)] == best), "")
    spellings = Counter(text for text in sources if fold(text) == winner)
    return max(spellings, key=lambda text: spellings[text], default="")


def _most_shared(texts: Sequence[str], count: int) -> str:
    """The first of ``count`` texts whose words the others share at least half as much as those of the best one."""
    bags = [set(tokens(text)) for text in texts]
    shared = [
        sum(len(own_words & other) / max(1, min(len(own_words), len(other))) for j, other in enumerate(bags) if j != i)
        for i, own_words in enumerate(bags)
    ]
    most = max(shared[:count])
    return next(text for text, share in zip(texts, shared, strict=True) if share >= most / 2)


def _heading(shown: Sequence[str], others: Sequence[str]) -> str:
    """The h1 that another title agrees with, else the first that shares words with one, else a long one."""
    missing = next((text for text in shown if mentions("missing", text)), "")
    if missing:  # "Page not found", whatever the template still calls the page
        return missing
    folded = [fold(text) for text in others]
    long = [text for text in shown if len(text) >= _SHORT_TITLE]
    for text in shown:
        if fold(text) in folded:
            return text
    for text in long:
        if any(fold(text) in other for other in folded):
            return text
    others_words = set().union(*(tokens(text) for text in others)) if others else set()
    best = max((len(set(tokens(text)) & others_words) for text in long), default=0)
    if best > 1:
        return next(text for text in long if len(set(tokens(text)) & others_words) == best)
    if others:
        return next((text for text in long if count_words(text) > _FEW_WORDS), "") if len(shown) == 1 else ""
    return next(iter(long), "")


def _site_names(markup: Markup, nodes: Iterable[Node], url: str | None) -> set[str]:
    """The site's own names, folded: those in its markup, and its domain."""
    stated = [markup.meta.get(name, "") for name in _SITE_META]
    for node in nodes:
        stated += texts_of(node.get("publisher"), "name")
    for node in markup.nodes:
        if any(map(_SITE_TYPES.search, types_of(node))):
            stated += [*texts_of(node.get("name")), *texts_of(node.get("alternateName"))]
    domain = registered_domain(url) if url else None
    names = {fold(text.removeprefix("@")) for text in stated if count_words(text) <= 2 * _SITE_WORDS}
    return {name for name in names | ({fold(domain), fold(domain.split(".")[0])} if domain else set()) if name}


def _shown_names(markup: Markup, others: Sequence[str], site: AbstractSet[str]) -> set[str]:
    """Headings that are one part of the page's <title> while another part is a headline: the site's name, folded."""
    parts = [part for part in _SEPARATOR.split(markup.title) if part]
    if len(parts) < 2:
        return set()
    found = set()
    for heading in markup.headings:
        rest = [part for part in parts if fold(part) != fold(heading)]
        named = [
            other for other in (*others, *markup.headings) if fold(other) not in (fold(markup.title), fold(heading))
        ]
        other_is_headline = any(
            _alike(part, other) for part in rest for other in named if count_words(part) > _FEW_WORDS
        )
        last = fold(parts[-1]) == fold(heading) and count_words(parts[0]) > max(_FEW_WORDS, count_words(heading))
        if len(rest) < len(parts) and count_words(heading) <= 2 * _SITE_WORDS and (other_is_headline or last):
            found.add(fold(heading))
    return found - site


def _alike(one: str, other: str) -> bool:
    short, long = sorted((set(tokens(one)), set(tokens(other))), key=len)
    return len(short) > 1 and 2 * len(short & long) >= len(long)


def _is_site(text: str, site: AbstractSet[str]) -> bool:
    """Whether a part is the site's name, or contains it beside a word or two: ``Harbour Post Online``."""
    folded = fold(text)
    letters = folded.replace(" ", "")
    for name in site:
        squeezed = name.replace(" ", "")
        if letters == squeezed:
            return True
        more = len(folded.split()) - len(name.split())
        if f" {folded} ".startswith(f" {name} ") and more < _SITE_WORDS:
            return True
        if f" {folded} ".endswith(f" {name} ") and more < _SITE_WORDS and len(squeezed) >= _LABEL:
            return True
        if len(squeezed) >= 2 * _LABEL and squeezed in letters and len(letters) - len(squeezed) <= 2 * _LABEL:
            return True
        if len(squeezed) >= _LABEL and letters.removeprefix("the") == squeezed.removeprefix("the"):
            return True
        if len(letters) >= _LABEL and squeezed.startswith(letters):  # "Harbour" of harbourpost.example
            return True
        if len(folded.split()) >= _SITE_WORDS and "".join(word[0] for word in folded.split()) == squeezed:
            return True  # the domain is made of its initials
    return False


def _without_site(text: str, known: Sequence[str], site: AbstractSet[str]) -> str:
    """``Headline | Site`` -> ``Headline``: cut at a heading it begins or ends with, at the site's name, or at a bar."""
    for heading in known:
        cut = _cut_to(text, heading, site)
        if cut:
            return cut
    shorter = _cut_names(text, site)
    if shorter != text:
        return shorter
    bar = _LAST_BAR.search(text)
    return text[: bar.start()] if bar and bar.start() >= _SHORT_TITLE else text


def _cut_to(text: str, heading: str, site: AbstractSet[str]) -> str:
    """The heading, if the text is that heading with a part before or after it, else ""."""
    if not heading or fold(text) == fold(heading):
        return ""
    if len(heading) < _SHORT_TITLE:
        parts = _SEPARATOR.split(text)
        return heading if len(parts) == 2 and parts[0] == heading and _is_site(parts[1], site) else ""
    if text.startswith(heading):
        rest = text[len(heading) :]
        return heading if re.match(r"\s{0,4}(?:[|·•»«–—:~｜－―_-]|::)", rest) else ""
    if text.endswith(heading):
        rest = text[: -len(heading)]
        ends = re.search(r"(?:[|·•»«–—｜－―]|::|\s-)\s{0,4}$", rest)
        return heading if ends and count_words(rest) <= _FEW_WORDS else ""
    return ""


def _cut_names(text: str, site: AbstractSet[str]) -> str:
    """The text without the parts at either end that name the site, and without what lies outside of them."""
    for separator in (_SEPARATOR, _UNDERSCORE):
        found = list(separator.finditer(text))
        for place in found:  # from the left, so that sections after the headline are cut too
            head, tail = text[: place.start()], text[place.end() :]
            parts = [part for part in separator.split(tail) if part]
            of_site = any(_is_site(part, site) for part in parts)
            if (
                of_site
                and _is_title(head)
                and all(count_words(part) <= _SITE_WORDS or _is_site(part, site) for part in parts)
            ):
                return _cut_names(head, site) if head != text else head
        for place in found[:1]:
            head, tail = text[: place.start()], text[place.end() :]
            if _is_site(head, site) and _is_title(tail):
                return tail
    return text


def _is_title(text: str) -> bool:
    return len(text.strip()) >= _SHORT_TITLE or count_words(text) > _FEW_WORDS


def _first_heading(markup: Markup, site: AbstractSet[str]) -> str:
    """The first h2 or h3 that may be a headline; for pages whose other titles only name the site."""
    for element in markup.tree.iter("h2", "h3"):
        text = " ".join("".join(map(str, element.itertext())).split())
        if (
            count_words(text) > _FEW_WORDS
            and len(text) <= _MAX_CHARACTERS
            and not article_scope.is_outside(element)
            and not _is_site(text, site)
        ):
            return text
    return ""


def candidates(markup: Markup) -> list[str]:
    """All texts that a body may repeat at its head as the title."""
    headlines = [text for node in markup.articles for text in texts_of(node.get("headline"), "@value")]
    return [*markup.headings[:3], *headlines[:1], markup.meta.get("og:title", ""), markup.title]


def from_body(body: Sequence[str]) -> str:
    """The first sentence of a body without a title; "" without a body."""
    return _FIRST_SENTENCE.match(body[0])[0].strip() if body else ""  # type: ignore[index]
