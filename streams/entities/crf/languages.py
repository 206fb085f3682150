"""What differs between languages: how text splits into tokens, which word lists there are, how weights are learnt."""

from dataclasses import dataclass, replace
from typing import Literal

Tokens = Literal["words", "elided", "signs"]


@dataclass(frozen=True)
class Language:
    """One language that has, or can have, weights."""

    code: str  # ISO 639-1
    sets: tuple[str, ...]  # names of the labelled sets: `entities-<code>-<set>.jsonl.gz`, or whole names of files
    licence: str  # of the sets, and of those with which learning begins: that of the weights
    tokens: Tokens = "words"  # "signs": characters, of scripts that do not separate words; "elided": l'|homme
    frequencies: str = ""  # code of the word list of wordfreq, where it differs from ``code``
    territories: str = ""  # code of the names of countries in CLDR, where it differs from ``code``
    folds: int = 10  # parts of the documents, of which each is labelled by weights that were learnt from the others
    passes: int = 1  # 2 where the second pass finds more: it sees the labels of the whole document
    rows: int = 130_000  # features that keep weights
    cased: bool = True  # the script has capitals
    silver: bool = False  # learning begins with labels by another tagger
    start: tuple[str, ...] = ()  # languages with whose documents learning begins
    neutral: bool = False  # features without words, learnt from the languages of ``start`` for those without weights


CC_BY_SA_4 = "CC-BY-SA-4.0"
CC_BY_SA_3 = "CC-BY-SA-3.0"

_ALL = (
    Language("ar", ("newsfane",), CC_BY_SA_3, cased=False, folds=5),
    Language("da", ("ddt",), CC_BY_SA_4, start=("nb",)),
    Language("de", ("germeval2014", "smartdata"), "CC-BY-4.0", passes=2, folds=5, rows=100_000),
    Language("en", ("worldwide-newswire-a",), "none stated", passes=2, folds=5, rows=200_000, silver=True),
    Language("es", ("ancora",), CC_BY_SA_4, start=("pt",)),
    Language("fi", ("turku",), CC_BY_SA_4, folds=5),
    Language("hi", ("hiner",), CC_BY_SA_4, cased=False, folds=5),
    Language("hr", ("set",), CC_BY_SA_4, frequencies="sh", folds=5, start=("pl",)),
    Language("hu", ("nerkor-news",), CC_BY_SA_4, folds=5),
    Language("id", ("idner",), "MIT"),
    Language("ja", ("stockmark",), CC_BY_SA_3, tokens="signs", cased=False),
    Language("ko", ("klue-news",), CC_BY_SA_4, tokens="signs", cased=False),
    Language("nb", ("norne",), CC_BY_SA_4, territories="no", folds=5, start=("da",)),
    Language("nn", ("norne",), "CC0-1.0", frequencies="nb", territories="no", folds=5, start=("nb",)),
    Language("pl", ("kpwr",), CC_BY_SA_4, start=("hr",)),
    Language("pt", ("bosque",), CC_BY_SA_4, folds=5, start=("es",)),
    Language("ro", ("ronec",), CC_BY_SA_4, folds=5, start=("pt",)),
    Language("ru", ("factrueval",), "MIT"),
    Language("sv", ("talbanken",), CC_BY_SA_4, start=("da", "nb")),
    Language("zh", ("gsdsimp",), CC_BY_SA_4, tokens="signs", cased=False),
)
NEUTRAL = Language(
    "latin",
    (),
    CC_BY_SA_4,
    start=("da", "de", "es", "fi", "hr", "hu", "id", "nb", "pl", "pt", "ro", "sv"),
    neutral=True,
)  # of Latin script
LANGUAGES = {language.code: language for language in _ALL}


def neutral(code: str) -> Language:
    """A language with neutral features."""
    known = LANGUAGES.get(code)
    if known is None:
        return replace(NEUTRAL, code=code, tokens="elided" if code in ELIDING else "words")
    return replace(NEUTRAL, code=code, frequencies=known.frequencies, territories=known.territories)


ELIDING = ("ca", "fr", "it")
SAME = {"no": "nb"}  # codes of articles that mean a language above
