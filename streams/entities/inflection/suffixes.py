"""Case endings that follow the last word of a name, in languages where only that one changes. Letters are folded."""

import re
from typing import Final

from streams.entities.canonical import listed

SHORTEST = 3  # letters that remain
_TURKISH = listed(
    """a e i u ya ye yi yu in un nin nun da de ta te dan den tan ten la le yla yle ki daki deki taki teki nda nde
    ndan nden na ne ni nu si su sinin sunun dir dur tir tur lar ler larin lerin lari leri li lu lik luk dakiler
    ca ce daydi deydi"""
)
_HUNGARIAN = listed(
    """ban ben ba be bol rol tol nak nek nal nel ra re hoz hez val vel va ve ert on en n ig kent ul t ot et at e ek ak
    ok k ei ai ie"""
)
_FINNISH = listed(
    """n a ta ssa sta lla lta lle na ksi an en in on un yn in ia issa ista illa ilta ille iksi ina han hen hin hon hun
    hyn aan seen iin oon uun"""
)
_NEN = re.compile(r"(?<=[aeiouy])s(?:en|essa|esta|een|ella|elta|elle|ena|eksi)$")  # "Virtasen" of "Virtanen"
_ESTONIAN = listed("s st le lt ga ni ks sse l i u a e is ist ile ilt iga ini iks isse il")
_GRADES = (("ng", "nk"), ("d", "t"), ("v", "p"), ("mm", "mp"), ("nn", "nt"), ("ll", "lt"), ("rr", "rt"))
_APOSTROPHE = re.compile(r"^(.{2,})'([a-z]{1,6})$")
_COLON = re.compile(r"^(.{2,}):[a-z]{1,5}$")  # "EU:n" in Finnish and Swedish

LANGUAGES: Final = frozenset({"fi", "hu", "tr", "et"})


def certain(word: str, language: str) -> str:
    """Return a word without an ending that is marked as one: after an apostrophe in Turkish, a colon in Finnish."""
    if language == "tr" and (found := _APOSTROPHE.match(word)) and found.group(2) in _TURKISH:
        return found.group(1)
    if language == "fi" and (found := _COLON.match(word)):
        return found.group(1)
    return word


def family(word: str, language: str) -> str:
    """Return the nominative of a Finnish family name in -nen, else the word."""
    return _NEN.sub("nen", word) if language == "fi" else word


def stems(word: str, language: str) -> frozenset[str]:
    """Return the forms of which ``word`` may be a case form."""
    if language == "hu":
        return frozenset({*_cut(word, _HUNGARIAN), *_assimilated(word)})
    if language == "et":
        return frozenset(_cut(word, _ESTONIAN))
    if language != "fi":
        return frozenset()
    found = _cut(word, _FINNISH)
    found |= {f"{stem[:-1]}i" for stem in found if stem.endswith("e")}  # "Kosken" of "Koski"
    found |= {f"{word.removesuffix('sta')}nen"} if word.endswith("sta") else set()  # "Virtasta"
    return frozenset({*found, family(word, language)} - {word})


def places(word: str, language: str) -> frozenset[str]:
    """Return `stems`, and those of Finnish with the consonants and vowels that change before endings."""
    found = set(stems(word, language))
    if language == "fi":
        found |= {stem[:-1] for stem in found if stem[-2:-1] == stem[-1:]}  # "Tampereella" of "Tampere"
        for weak, strong in _GRADES:
            found |= {strong.join(stem.rsplit(weak, 1)) for stem in found if weak in stem[-4:]}
        found |= {f"{stem[:-1]}k{stem[-1]}" for stem in found if stem[-1:] in "aiou"}  # "Turun" of "Turku"
    return frozenset(found)


def _assimilated(word: str) -> set[str]:
    """Return a Hungarian name before "with", whose v becomes the last consonant: "Péterrel", "Balázzsal"."""
    found = re.search(r"([bcdfghjklmnprstvz])(\1[szy]?)[ae]l$", word)
    return {word[: found.start()] + found.group(2)} if found else set()


def _cut(word: str, endings: frozenset[str]) -> set[str]:
    longest = min(max(map(len, endings)), len(word) - SHORTEST)
    return {word[:-length] for length in range(1, longest + 1) if word[-length:] in endings}
