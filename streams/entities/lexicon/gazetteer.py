"""Names of countries, cities and groups -> what they stand for.

Sources: `tables` (GeoNames, cities of 15,000 and more; ISO 3166-2), pycountry (ISO 3166), babel (CLDR territory names
in the article's language). `level` tells how certainly a bare name is a place.
"""

from enum import IntEnum
from functools import cache, lru_cache
from typing import NamedTuple

import babel
import pycountry

from streams.contract.messages import EntityType
from streams.entities.canonical import fold, listed, without_case
from streams.entities.lexicon import tables
from streams.entities.lexicon.affixes import names_behind
from streams.entities.lexicon.tables import City, KnownName, Names, StoredNames
from streams.entities.lexicon.words import GROUP_PAIRS, GROUPS, UNPLURALED

LARGE = 200_000  # inhabitants from which on a bare name means the city rather than a person
NAMED = 100_000  # inhabitants from which on names in other languages are known
SHORTEST = 4  # letters of a city's name in another language; shorter ones are words of some language


class Level(IntEnum):
    """How certainly a bare name is a place."""

    NONE = 0
    TOWN = 1  # a city of 15,000 and more, as often a surname
    CITY = 2  # large cities, states and provinces
    COUNTRY = 3  # countries and continents


CASELESS = ("ar", "fa", "ur", "he", "hi", "bn", "ta", "th", "ja", "ko", "zh", "ka", "am", "my", "km")

ALIASES = {  # folded spelling -> ISO 3166 alpha-2, of spellings that no package has
    "us": "US", "usa": "US", "america": "US", "united states of america": "US", "ee uu": "US", "eeuu": "US",
    "ee.uu": "US", "etats unis d'amerique": "US", "vereinigte staaten von amerika": "US",
    "estados unidos de america": "US",
    "uk": "GB", "britain": "GB", "great britain": "GB", "gb": "GB", "royaume uni": "GB", "grossbritannien": "GB",
    "gran bretana": "GB", "grande bretagne": "GB",
    "uae": "AE", "emirates": "AE", "emiratos arabes": "AE", "drc": "CD", "dr congo": "CD", "congo kinshasa": "CD",
    "democratic republic of congo": "CD", "congo brazzaville": "CG", "republic of congo": "CG",
    "rok": "KR", "republic of korea": "KR", "dprk": "KP", "prc": "CN", "mainland china": "CN", "ksa": "SA",
    "burma": "MM", "ivory coast": "CI", "cote d'ivoire": "CI", "swaziland": "SZ", "macedonia": "MK",
    "turkey": "TR", "turkiye": "TR", "holland": "NL", "czech republic": "CZ", "cape verde": "CV",
    "east timor": "TL", "palestine": "PS", "vatican": "VA", "vatican city": "VA", "bosnia": "BA",
    "car": "CF", "png": "PG", "gambia": "GM", "hong kong": "HK", "macau": "MO", "macao": "MO", "kosovo": "XK",
    "russian federation": "RU", "syria": "SY", "laos": "LA", "moldova": "MD", "tanzania": "TZ", "bolivia": "BO",
    "venezuela": "VE", "iran": "IR", "vietnam": "VN", "brunei": "BN", "taiwan": "TW", "south korea": "KR",
    "north korea": "KP", "trinidad": "TT", "st lucia": "LC", "st kitts": "KN", "rsa": "ZA", "micronesia": "FM",
    "アメリカ": "US", "米国": "US", "英国": "GB", "한국": "KR", "남한": "KR", "بريطانيا": "GB",
    "امريكا": "US", "اميركا": "US", "سورية": "SY", "الامارات": "AE", 'ארה"ב': "US",
    "अमरीका": "US", "अमेरिका": "US", "ब्रिटेन": "GB",
}  # fmt: skip
IRREGULAR = {
    "american": "united states", "british": "united kingdom", "burmese": "myanmar", "cypriot": "cyprus",
    "czech": "czechia", "danish": "denmark", "dutch": "netherlands", "emirati": "united arab emirates",
    "filipino": "philippines", "finnish": "finland", "french": "france", "greek": "greece", "irish": "ireland",
    "ivorian": "ivory coast", "malagasy": "madagascar", "nigerien": "niger", "polish": "poland",
    "saudi": "saudi arabia", "spanish": "spain", "swedish": "sweden", "swiss": "switzerland", "thai": "thailand",
    "turkish": "turkey",
    "malay": "", "south american": "", "romani": "",
}  # demonyms that do not begin as their country does, or begin as another's  # fmt: skip
STEM = 4  # letters that a demonym and its country begin with in common
# also a state and given names: countries only without other evidence
NO_COUNTRIES = frozenset({"georgia", "jordan", "chad"})
PARTS = {  # code of CLDR -> one of `REGIONS`
    "150": "europe", "142": "asia", "002": "africa", "009": "oceania", "003": "north america", "005": "south america",
    "419": "latin america", "013": "central america", "029": "caribbean", "035": "southeast asia",
    "143": "central asia", "030": "east asia",
}  # fmt: skip
REGIONS = listed(
    "africa|asia|europe|oceania|antarctica|north america|south america|latin america|central america|middle east|"
    "southeast asia|east asia|south asia|central asia|west africa|east africa|southern africa|north africa|"
    "sub saharan africa|caribbean|balkans|scandinavia|persian gulf|gaza|gaza strip|west bank|england|scotland|wales|"
    "northern ireland|crimea|tibet|siberia|kashmir|catalonia|sahel|horn of africa|eastern europe|western europe|"
    "asia pacific|far east|red sea|black sea|mediterranean|south china sea|baltic|arctic|amazon",
    separator="|",
)


class GazetteerPlace(NamedTuple):
    """The canonical folded name of a place, and how certainly a bare name means it."""

    name: str
    level: Level


@cache
def _stored() -> StoredNames:
    return tables.read(tables.NAMES, StoredNames)


def countries() -> dict[str, str]:
    """Return the canonical folded name of each country by ISO 3166 alpha-2."""
    return _stored().countries


@cache
def cities() -> tuple[City, ...]:
    """Return the cities of `NAMED` people and more, the largest first."""
    return tables.read(tables.CITIES, tuple[City, ...])


@cache
def country_names(language: str) -> dict[str, str]:
    """Return the canonical name of each country by its folded names in a language, else in English."""
    canonical = countries()
    table: dict[str, str] = {}
    if language == "en":
        for entry in pycountry.countries:
            spellings = (entry.name, getattr(entry, "common_name", ""), getattr(entry, "official_name", ""))
            for spelling in spellings:
                if spelling and "," not in spelling and entry.alpha_2 in canonical:
                    table[fold(spelling)] = canonical[entry.alpha_2]
    for code, written in _territories(language).items():
        if name := canonical.get(code) or PARTS.get(code):
            table[fold(written)] = name
    for code, name in canonical.items():
        table.setdefault(name, canonical[code])
    for spelling, code in ALIASES.items():
        table[spelling] = canonical.get(code, spelling)
    return table


def _territories(language: str) -> dict[str, str]:
    try:
        return dict(babel.Locale.parse(language).territories)
    except (babel.UnknownLocaleError, ValueError):
        return {}


@cache
def _countries_and_regions() -> dict[str, GazetteerPlace]:
    """Return the countries and regions by their folded English names."""
    table = {name: GazetteerPlace(name, Level.COUNTRY) for name in REGIONS}
    for name, canonical in country_names("en").items():
        table[name] = GazetteerPlace(canonical, Level.CITY if name in NO_COUNTRIES else Level.COUNTRY)
    return table


@cache
def _names() -> Names:
    return Names(_stored())


def english_place(folded: str) -> GazetteerPlace | None:
    """Return the country, region, state or city with this folded English name, if there is one."""
    return _countries_and_regions().get(folded) or _english(folded, _names().get(folded))


def _english(folded: str, known: KnownName | None) -> GazetteerPlace | None:
    return GazetteerPlace(folded, Level(known.level)) if known and known.level else None


def place(folded: str, language: str = "en") -> GazetteerPlace | None:
    """Return the place of a folded name, also with the particles that Arabic or Hebrew joins to it, if there is one."""
    found = exact_place(folded, language)
    if found or folded.isascii() or not without_case(folded[0]):
        return found
    return next((found for form in names_behind(folded) if (found := exact_place(form, language))), None)


def exact_place(folded: str, language: str) -> GazetteerPlace | None:
    """Return the place of a folded name, if there is one."""
    own = country_names(language).get(folded) if language != "en" else None
    if own:
        return GazetteerPlace(own, Level.COUNTRY)
    if not folded.isascii() and without_case(folded[0]):
        abroad = foreign_countries().get(folded)
        if abroad:
            return GazetteerPlace(abroad, Level.COUNTRY)
    found = _countries_and_regions().get(folded)
    if found:
        return found
    known = _names().get(folded)
    city = known.city if known else ""
    return _english(folded, known) or (GazetteerPlace(city, Level.TOWN) if city else None)


def level(folded: str) -> Level:
    """Return how certainly a folded bare name is a place."""
    found = english_place(folded)
    return found.level if found else Level.NONE


def foreign_city(folded: str) -> str:
    """Return the canonical name of a city of `NAMED` people and more by a name in any language, else ""."""
    known = _names().get(folded)
    return known.city if known else ""


@cache
def foreign_countries() -> dict[str, str]:
    """Return the canonical name of each country by its names in scripts without capitals."""
    return {name: found for language in CASELESS for name, found in country_names(language).items()}


@cache
def country_stems(language: str) -> frozenset[str]:
    """Return the names of countries in a language without their last one to three letters, if four or more remain."""
    names = [name for name in country_names(language) if " " not in name]
    return frozenset(name[: len(name) - cut] for name in names for cut in (1, 2, 3) if len(name) - cut >= 4)


@lru_cache(maxsize=10_000)
def country_of(folded: str) -> str:
    """Return the canonical country of a country's name or demonym ("mexican" -> "mexico"), else ""."""
    found = english_place(folded)
    if found and found.level is Level.COUNTRY and found.name in countries().values():
        return found.name
    if folded not in groups():
        return ""
    word = groups()[folded]
    if word in IRREGULAR:
        return IRREGULAR[word]
    fits = [(_shared_letters(name, word), name) for name in sorted(set(countries().values()))]
    best = max(shared for shared, _ in fits)
    return next(name for shared, name in fits if shared == best) if best >= STEM else ""


def _shared_letters(country: str, word: str) -> int:
    """Return how many first letters are shared; 0 if these do not reach the country's last word."""
    count = next(
        (i for i, (a, b) in enumerate(zip(country, word, strict=False)) if a != b), min(len(country), len(word))
    )
    return 0 if country[count - 1 : count] == " " or " " in country[count:] else count


@cache
def groups() -> dict[str, str]:
    """Return the singular of each folded English demonym, religion and people, by singular and plural."""
    table: dict[str, str] = {}
    for word in sorted(GROUPS | GROUP_PAIRS):
        table[word] = word
        if not word.endswith((*UNPLURALED, "s")):
            table[word + "s"] = word
    table["englishmen"] = "english"
    table["frenchmen"] = "french"
    return table


def known_type(folded: str) -> EntityType | None:
    """Return the type of a bare name that is certainly a group or a country, else None."""
    if folded in groups():
        return EntityType.GROUP
    if level(folded) is Level.COUNTRY:
        return EntityType.PLACE
    return None
