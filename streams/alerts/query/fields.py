"""The fields that a query can name, with their kinds and other spellings."""

from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum

from streams.alerts.query.errors import InvalidQuery
from streams.contract.lanes import Lane
from streams.contract.messages import COPIES, EntityType, Kind, Relation


class FieldKind(Enum):
    """What may be asked of a field."""

    TEXT = "words, phrases, prefixes"
    NAME = "words, phrases, prefixes, whether there is one"  # one value or several, each a name
    CODE = "one of its values, whether there is one"
    NUMBER = "a number, ranges"
    MOMENT = "a date, ranges, whether there is one"
    ADDRESS = "a whole address, which stands for the id of its article"


@dataclass(frozen=True, slots=True)
class Field:
    """``values``: what a query may say -> the values that it stands for; empty if any value of ``pattern`` may be."""

    name: str
    kind: FieldKind
    also: tuple[str, ...] = ()
    values: Mapping[str, tuple[str, ...]] | None = None
    pattern: str = ""
    example: str = ""


ID = "id"  # of the article
KEY = "key"  # of entities; no query names it: the fields of entities ask for it too
PUBLISHER_ID = "publisher id"  # id or domain; asked for by ``publisher``
ENTITIES: Mapping[str, EntityType] = {
    "person": EntityType.PERSON,
    "org": EntityType.ORGANISATION,
    "place": EntityType.PLACE,
    "group": EntityType.GROUP,
}

_COPY = {one.value: (one.value,) for one in Relation}
_TEXT, _NAME, _CODE, _NUMBER, _MOMENT, _ADDRESS = FieldKind

FIELDS: tuple[Field, ...] = (
    Field("title", _TEXT, ("headline",)),
    Field("summary", _TEXT),
    Field("body", _TEXT, ("text",)),
    Field("entity", _NAME, ("entities", "name")),
    Field("person", _NAME, ("people", "persons")),
    Field("org", _NAME, ("organisation", "organization", "organisations", "organizations", "orgs")),
    Field("place", _NAME, ("places", "location")),
    Field("group", _NAME, ("groups",)),
    Field("publisher", _NAME, ("outlet", "site", "domain")),
    Field("owner", _NAME),
    Field("author", _NAME, ("authors", "by", "byline")),
    Field("credit", _NAME, ("credits", "agency")),
    Field("section", _NAME, ("sections",)),
    Field("tag", _NAME, ("tags", "keyword", "keywords")),
    Field("label", _NAME, ("labels",)),
    Field("country", _CODE, pattern=r"[a-z]{2}", example="NZ"),
    Field("language", _CODE, ("lang",), pattern=r"[a-z]{2,3}", example="en"),
    Field("kind", _CODE, ("type",), values={one.value: (one.value,) for one in Kind}),
    Field("lane", _CODE, values={one.value: (one.value,) for one in Lane}),
    Field("copies", _CODE, ("copy",), values={"yes": tuple(sorted(one.value for one in COPIES)), **_COPY}),
    Field("sources", _NUMBER, ("source",)),
    Field("publishers", _NUMBER),
    Field("articles", _NUMBER),
    Field("words", _NUMBER),
    Field("published", _MOMENT, ("date",)),
    Field("modified", _MOMENT, ("updated",)),
    Field("seen", _MOMENT, ("first_seen",)),
    Field(ID, _CODE, pattern=r"[0-9a-f]{32}", example="9d5ed678fe57bcca610140957afab571"),
    Field("url", _ADDRESS, ("link", "address")),
)
_BY_NAME = {name: one for one in FIELDS for name in (one.name, *one.also)}


def named(name: str, column: int) -> Field:
    """Return the field with this name. Raises `InvalidQuery` with the nearest name if there is none."""
    found = _BY_NAME.get(name.lower())
    if found is not None:
        return found
    near = get_close_matches(name.lower(), _BY_NAME, 1, 0.6)
    known = ", ".join(field.name for field in FIELDS)
    hint = f"did you mean {near[0]}:?" if near else f"put the text in quotes, or use one of {known}"
    raise InvalidQuery(column, f"there is no field {name}: {hint}")
