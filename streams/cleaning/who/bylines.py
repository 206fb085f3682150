"""Bylines as sites write them -> the names in them.

No author is better than a wrong one, so addresses, handles, slugs, roles, places, dates and words of buttons are
dropped. Desks and agencies count as authors, since dropping them costs a quarter of F1 on labelled pages.
"""

import html
import re
from collections.abc import Iterable, Iterator
from collections.abc import Set as AbstractSet
from importlib.resources import files

from streams.cleaning.text.characters import fold, one_line
from streams.cleaning.text.phrases import is_control

MAX_AUTHORS = 20  # of one article; the most seen is a dozen
_CHARACTERS = 80
_TEXT_CHARACTERS = 2_000  # of one byline; thirty names have fewer
_AGENCY = 4  # letters of an acronym before a role: AP, AFP, BBC
_WORDS = 6  # longer items are sentences about the author
_TAGS = re.compile(r"<[^<>]{0,300}>")
_TEMPLATE = re.compile(r"\{\{|\}\}|\$\{|<%|\[object", re.IGNORECASE)
_MAIL_FIRST = re.compile(r"(?<!\S)[^\s@]{1,64}@\S{1,80}\s{0,4}\(([^()]{1,200})\)")  # how RSS writes an author
# addresses, paths, e-mail addresses and handles, between blanks and brackets
_ADDRESS = re.compile(
    r"[(<\[]?(?:mailto:|(?<![a-z+.-])[a-z][a-z+.-]{0,20}://|www\.|//)\S*|[(<\[]?[^\s,;@|()]{1,64}@[^\s,;|()]{1,100}[)>\]]?|(?<!\S)[(\[]?@\w[\w.]*[)\]]?|"
    r"(?<!\S)[/#]\S+|(?<!\S)\S{1,60}?\.\S{1,60}?/\S*",
    re.IGNORECASE,
)
_SURNAME_FIRST = re.compile(  # Doe, Jane
    r"\s{0,4}([^\s,;|/]{1,40}),\s{0,4}([^\s,;|/]{1,40}(?:\s[A-ZÀ-ÞА-Я]\.?)?)\s{0,4}"
)
_TRAILING_PARENTHESIS = re.compile(r"\s{0,4}[(\[][^()\[\]]{1,60}[)\]]\s{0,4}$")
_CONNECTORS = "and|und|et|y|og|och|ja|i|ve|и|та|&|with|mit|avec|и|และ|و"
_PARTS = re.compile(
    rf"\s{{0,4}}[;|/,•·،、；，]\s{{0,4}}(?:(?:{_CONNECTORS}|e)\s{{1,4}})?|\s{{1,4}}(?:{_CONNECTORS}|e)\s{{1,4}}",
    re.IGNORECASE,
)
ONLY_CONNECTOR = re.compile(rf"\s{{0,4}}(?:[,;&、]|(?:,\s{{0,4}})?(?:{_CONNECTORS}|e))\s{{0,4}}", re.IGNORECASE)
_WRITING = r"(?:words|stor(?:y|ies)|report(?:er|age|ing)?|writer|text(?:e|o|i)?|testo|tekst|teksti|ord)"
_PICTURES = (
    r"(?:photo(?:graph(?:s|y|er)?|s)?|pictures?|pics|images?|videos?|illustrations?|graphics|fotos?|fotografie|fotograf[íi]as?|"
    r"bilder|bild|kuvat?|zdjęcia)"
)
# a label before the name of who wrote, perhaps with who took the pictures: "Text und Fotos: ", "Words and pictures by "
_LABEL = (
    rf"(?:(?:{_WRITING}\s{{0,4}}(?:[&+/,]|{_CONNECTORS}|e)\s{{0,4}}{_PICTURES}|{_PICTURES}\s{{0,4}}(?:[&+/,]|{_CONNECTORS}|e)\s{{0,4}}{_WRITING})"
    rf"(?:\s{{0,4}}[:：]|\s{{1,4}}(?:by|von|par|de|di|av|af|door))|{_WRITING}\s{{0,4}}[:：])\s{{0,4}}(?=\S)"
)
_WRITING_LABEL = re.compile(_LABEL, re.IGNORECASE)
_LEAD = re.compile(
    rf"{_LABEL}|"
    r"(?:by|par|por|door|przez|text(?:e|o)?|testo|tekst|foto|photo|author|autor(?:in|a)?|autore|auteur|автор|yazan|"
    r"(?:written|story|words|reported|posted|published|report|article|reporting|analysis|opinion) by|"
    r"redakce|interview|additional reporting by|oleh|írta|teksti|haber|نویسنده|מאת|بقلم|كتبت?|إعداد|الكاتبة?|"
    r"(?:a )?(?:review|column) by|(?:escrito|publicado|redactado) por|(?:écrit|publié|rédigé) par|"
    r"(?:scritto|pubblicato) da|"
    r"geschrieben von|(?:ein )?(?:beitrag|artikel|bericht) von|текст)(?:\s{0,4}[:：]\s{0,4}|\s{1,4})(?=\S)|"
    r"(?:本[报報网網]|特[约約])?(?:文|取材|記者|记者|作者|筆者|撰文|글|기자)(?:\s{0,4}[:：・]\s{0,4}|\s{1,4})(?=\S)",
    re.IGNORECASE,
)
# what others did for the article: pictures, editing; up to the next credit
_OTHER_WORK = re.compile(
    rf"(?:^|[\s,;|/·])\s{{0,4}}(?:(?:{_PICTURES}|edit(?:ing|ed)|translat(?:ion|ed))\s{{1,4}}by\s|"
    rf"(?:{_PICTURES}|redigering|edit(?:or|ing)|translation)\s{{0,4}}[:：])"
    rf"[^;|]{{0,300}}?(?=$|[;|]|[\s,]\s{{0,4}}{_WRITING}\s{{0,4}}[:：])",
    re.IGNORECASE,
)
# "von" and the like also begin surnames, so they are a lead only before two names
_PARTICLE_LEAD = re.compile(r"(?i:von|vom|da|di|de|av|af)(?:\s{0,4}:\s{0,4}|\s{1,4})(?=[^\W\d_a-zà-öø-ÿ]\S*\s{1,4}\S)")
_SURNAME_OF_TWO = re.compile(r"(?:von|da|di|de|av|af)\s{1,4}(?:la|las|los|der|den|dem|het|lo|le|du)\b", re.IGNORECASE)
_MONTHS = (
    "jan(?:uary|uar|vier|eiro|uari)?|feb(?:ruary|ruar|ruari)?|février|mar(?:ch|s|zo|ço)|märz|mrt|maart|apr(?:il|ile)?|avril|"
    "abril|may|mai|mayo|maio|maggio|mei|june?|juni|juin|junio|junho|giugno|july?|juli|juillet|julio|julho|luglio|"
    "aug(?:ust|usti|ustus)?|août|agosto|sept?(?:ember|embre|iembre)?|setembro|settembre|oct(?:ober|obre)?|okt(?:ober)?|"
    "outubro|ottobre|nov(?:ember|embre|iembre|embro)?|de[cz](?:ember|embre|embro)?|déc(?:embre)?|diciembre|dicembre|"
    "января|февраля|марта|апреля|мая|июня|июля|августа|сентября|октября|ноября|декабря"
)
_DAYS = (
    "(?:mon|tues|wednes|thurs|fri|satur|sun)day|(?:mon|diens|donners|frei|sams|sonn)tag|mittwoch|lundi|mardi|mercredi|jeudi|"
    "vendredi|samedi|dimanche|lunes|martes|miércoles|jueves|viernes|sábado|domingo|(?:lune|marte|mercole|giove|vener)dì"
)
# Text after the names of a byline. A month or weekday without a number is not one, since it may be a name: March, May.
_TAIL = re.compile(
    rf"\s{{1,4}}[-–—|•·]+\s.*|\s{{0,4}}[•·|—]\s.*|\s{{1,4}}[\-–—]\s{{0,4}}$|"
    rf",?\s{{1,4}}on\s{{1,4}}(?:{_DAYS})\b.*|,?\s{{1,4}}special\s{{1,4}}(?:to|for)\s.*|,?\s{{1,4}}stand\s{{0,4}}:.*|"
    rf",?\s{{1,4}}(?:(?:{_DAYS}),?\s{{1,4}})?(?:on\s{{1,4}})?(?:{_MONTHS})\.?\s{{1,4}}\d.*|,?\s{{1,4}}(?:on\s{{1,4}})?(?:{_DAYS}),?\s{{1,4}}(?=\d|(?:{_MONTHS})\b).*|"
    rf",?\s{{1,4}}(?:on\s{{1,4}}|le\s{{1,4}}|am\s{{1,4}}|el\s{{1,4}}|il\s{{1,4}})?\d{{1,2}}(?:st|nd|rd|th|er|\.)?\s{{1,4}}(?:de\s{{1,4}})?(?:{_MONTHS})\b.*|"
    r",?\s{1,4}(?:on\s{1,4}|at\s{1,4}|um\s{1,4}|à\s{1,4})?\d{1,4}[./:h-]\d.*|"
    r",?\s{1,4}\d{1,3}[\s-]?(?:min|mn|sec|hour|hr|h|day|d|week|month|year|std|stunde|tag|jour|heure|hora|día)s?\w*\b.*|"
    r",?\s{1,4}(?:last\s{1,4})?(?:updated?|published|posted|created|modified|aktualisiert|veröffentlicht|publié|"
    r"mis à jour|publicado|actualizado|atualizado|pubblicato|aggiornato|gepubliceerd|bijgewerkt|опубликовано|"
    r"обновлено)\b.*|"
    r",?\s{1,4}(?:for the|is an?|is the|was an?|covers|reports (?:on|from)|writes|writing|reporting|contributed|"
    r"has been|ist|est|es)\s.*|,?\s{1,4}for (?-i:(?=[A-Z]{2,}\b)).*",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"(?:^|\s{1,4})(?:(?:reporting|live)\s{1,4}(?:from|in)|in|from|at|aus|à|en|em|desde|из|w)\s{1,4}(?=(?:the\s{1,4})?[A-ZÀ-ÞА-Я]).*$"
)


def _table(section: str) -> frozenset[str]:
    """The items of a section of `bylines.txt`, lower case."""
    text = files("streams.cleaning.who").joinpath("bylines.txt").read_text(encoding="utf-8")
    lines = text.partition(f"[{section}]\n")[2].partition("\n[")[0].splitlines()
    items = ",".join(line for line in lines if not line.startswith("#")).split(",")
    return frozenset(item.strip() for item in items if item.strip())


_BUTTONS = frozenset(map(fold, _table("buttons")))
_NOBODY = frozenset(map(fold, _table("nobody")))
_POSTNOMINALS = frozenset(map(fold, _table("letters")))
_ROLE_WORDS, _ROLE_PARTS, _PARTICLES = _table("roles"), _table("of roles"), _table("particles")
_SLUG = re.compile(r"[a-z0-9]+(?:[-_.][a-z0-9]+)+")
_JUNK = re.compile(r"\d{3}|^\W*$|[?!{}<>=]|://|…")
_EDGE = ' ([.,:;–—-|"“”„«»*•·'


def parse_names(found: Iterable[str], known: AbstractSet[str] = frozenset()) -> tuple[str, ...]:
    """The names in byline texts, in order, without repeats, at most `MAX_AUTHORS`.

    ``known``: folded names of the site and of agencies, which may also be one word or a domain.
    """
    signed = [item for text in found for item in _parts(text, known)]
    # "Gazette staff reporter" is an author only if nobody else is; next to a name it is that person's role
    people = [name for name, is_role in signed if not is_role]
    if any(is_person_name(name) for name in people):
        people = [name for name in people if not _is_one_word(name) or fold(name) in known]  # a place or another outlet
    names: dict[str, str] = {}
    for name in people or [name for name, _ in signed if not _is_only_role(name)]:
        names.setdefault(fold(name) or name, name)
    return tuple(names.values())[:MAX_AUTHORS]


def _parts(text: str, known: AbstractSet[str]) -> Iterator[tuple[str, bool]]:
    """The parts of a byline that may be names, each with whether it is rather a role."""
    first = True
    for part in _PARTS.split(_given_name_first(_strip_extras(text), known)):
        whole = _name(part)
        words = _without_roles(whole.split())
        name = " ".join(words)
        if not name or _is_no_name(name, known):
            continue
        agency = len(words) > 1 and words[0].isupper() and len(words[0]) <= _AGENCY and not words[1].isupper()
        is_role = _is_role(whole) and (not first or name == whole or agency)
        yield whole if is_role else name, is_role
        first = False


def _given_name_first(line: str, known: AbstractSet[str]) -> str:
    """``Doe, Jane; Roe, Richard`` -> ``Jane Doe; Richard Roe``, as catalogues and many meta elements write names."""
    people = [_SURNAME_FIRST.fullmatch(item) for item in line.split(";")]
    pairs = [(person[1], person[2]) for person in people if person]
    words = [word for pair in pairs for word in pair]
    if len(pairs) < len(people) or not all(_may_be_name_word(word.split()[0], known) for word in words):
        return line
    return "; ".join(f"{given} {last}" for last, given in pairs)


def _may_be_name_word(word: str, known: AbstractSet[str]) -> bool:
    """Whether a word may be a given name or a surname: none of an agency, a role, a degree or a placeholder."""
    folded = fold(word)
    return (
        word[0].isupper()
        and any(map(str.islower, word))
        and folded not in known
        and folded not in _POSTNOMINALS
        and folded not in _NOBODY
        and not _is_role(word)
        and not _JUNK.search(word)
    )


def _is_one_word(part: str) -> bool:
    return " " not in part and part[:1].isupper() and part[1:].islower()


def _strip_extras(text: str) -> str:
    """The byline as one line, without tags, addresses, a trailing parenthesis, and text after the names."""
    if _TEMPLATE.search(text[:_TEXT_CHARACTERS]):
        return ""
    line = one_line(html.unescape(_TAGS.sub(" ", text[:_TEXT_CHARACTERS])))
    mailed = _MAIL_FIRST.fullmatch(line)
    line = " ".join(_ADDRESS.sub(" ", mailed[1] if mailed else line).split())
    line = _TRAILING_PARENTHESIS.sub("", line)
    if label := _WRITING_LABEL.match(line):
        line = line[label.end() :]
    line = _OTHER_WORK.sub("", line).strip(" ,;|") or line
    lead = _LEAD.match(line)
    start = lead.end() if lead else 0
    tail = _TAIL.search(line, start + 1)
    return line[: tail.start()] if tail else line


def _name(part: str) -> str:
    name = part.strip(_EDGE)
    for _ in range(3):  # "Text: By ..."
        lead = _LEAD.match(name) or (None if _SURNAME_OF_TWO.match(name) else _PARTICLE_LEAD.match(name))
        if not lead:
            break
        name = name[lead.end() :].strip(_EDGE)
    name = _PLACE.sub("", _TRAILING_PARENTHESIS.sub("", name)).strip(_EDGE)
    return " ".join(_without_buttons(name.split()))


def _without_buttons(words: list[str]) -> list[str]:
    """The words of a name without trailing words of buttons and numbers; at least the first two."""
    for place in range(2, len(words)):
        if words[place][:1].isdigit():
            return _without_buttons(words[:place])
        tail = " ".join(words[place:])
        if len(words) - place <= 4 and (fold(tail) in _BUTTONS or is_control(tail)):
            return _without_buttons(words[:place])
    return words


def _without_roles(words: list[str]) -> list[str]:
    """``Jane Doe Chief Reporter`` -> ``Jane Doe``; a role after a single word stays."""
    place = next((place for place in range(1, len(words)) if _is_only_role(" ".join(words[place:]))), 1)
    return words[:place] if place > 1 else words


def _is_only_role(part: str) -> bool:
    """Whether all of its words are those of roles: ``Chief Reporter``."""
    words = part.lower().replace("-", " ").split()
    return any(w in _ROLE_WORDS for w in words) and all(w in _ROLE_WORDS or w in _ROLE_PARTS for w in words)


def _is_role(part: str) -> bool:
    """Whether its first or last word is a role: ``Gazette staff reporter``, ``envoyée spéciale à Lyon``."""
    words = part.lower().split()
    return words[-1] in _ROLE_WORDS or words[0] in _ROLE_WORDS


def _is_no_name(name: str, known: AbstractSet[str]) -> bool:
    folded = fold(name)
    if len(name.split()) > _WORDS or len(name) > _CHARACTERS or _JUNK.search(name):
        return True
    if _SLUG.fullmatch(name) and not ("." in name and folded in known):
        return True
    return folded in _NOBODY or folded in _BUTTONS or fold(name.replace(".", "")) in _POSTNOMINALS or is_control(name)


def is_section(text: str) -> bool:
    """Whether a text is the word of a section or a button, or a program's placeholder for an author."""
    return fold(text) in _NOBODY


def is_person_name(name: str) -> bool:
    """Whether a name looks like that of a person or desk: two words or more, capitalised if its script has case."""
    words = [word for word in name.split() if word not in _PARTICLES]
    has_case = any(word[0].isupper() or word[0].islower() for word in words)
    return len(words) >= (2 if has_case else 1) and all(
        not word[0].islower() and not word[0].isdigit() for word in words
    )
