"""The publishers declared in YAML files, looked up by domain or name."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from types import MappingProxyType

import msgspec
import yaml

from streams.cleaning.text.characters import fold
from streams.contract.errors import UsageError
from streams.contract.urls import host_of, registered_domain, split
from streams.contract.validation import fault

_ARTICLES = ("the ", "die ", "der ", "das ", "le ", "la ", "el ", "il ")
YAML_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the C parser reads 700 entries in a tenth of the time
_OWN_FOLDER = re.compile(r"[~@][\w.-]+")
_AUTHOR = re.compile(r"[\w-]{2,}")  # a label or segment; single letters are the host's own folders
_COUNTRY = re.compile(r"[A-Z]{2}")


class AuthorSpace(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Where a blog host puts the pages of each author: ``{}`` stands for the author in host or path.

    ``same``: another form of the same author's addresses, which is used as the id. After a slash at the end something
    must follow, so that the host's own pages are no author's.
    """

    at: str
    same: str | None = None


class PublisherEntry(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One publisher of a file; `publishers.yaml` explains the fields."""

    id: str
    name: str
    domains: tuple[str, ...] = ()
    also: tuple[str, ...] = ()
    country: str | None = None
    owner: str | None = None
    agency: bool = False
    places: tuple[AuthorSpace, ...] = ()


@dataclass(frozen=True, eq=False)  # compared by identity: a table is loaded once
class Registry:
    """Known publishers. A user's entries override those of this package with the same id, domain or name.

    A name shared by several publishers of one file ("The Standard") identifies none of them; their domains do.
    """

    by_domain: Mapping[str, PublisherEntry]
    by_name: Mapping[str, PublisherEntry]
    agencies: tuple[PublisherEntry, ...]
    agency_names: tuple[str, ...]

    @classmethod
    def of(cls, own: Iterable[PublisherEntry], extra: Iterable[PublisherEntry] = ()) -> "Registry":
        """The registry of this package's entries, ``own``, and the user's, ``extra``."""
        extra_ids = {entry.id: entry for entry in extra}
        own_ids = {entry.id: entry for entry in own if entry.id not in extra_ids}
        entries = [*own_ids.values(), *extra_ids.values()]
        by_domain = {domain.lower(): entry for entry in entries for domain in entry.domains}
        by_name = _names(own_ids.values()) | _names(extra_ids.values())
        agencies = tuple(entry for entry in entries if entry.agency)
        names = tuple(name for entry in agencies for name in (entry.name, *entry.also))
        return cls(MappingProxyType(by_domain), MappingProxyType(by_name), agencies, names)

    def find_by_url(self, url: str) -> PublisherEntry | None:
        """The publisher of an address, by its host, then by each parent domain up to the registered one."""
        host = host_of(url)
        domain = registered_domain(url)
        while host:
            if host in self.by_domain:
                return self.by_domain[host]
            if host == domain or "." not in host:
                return None
            host = host.split(".", 1)[1]
        return None

    def author_space(self, url: str) -> str | None:
        """The author's space of an address on a blog host: ``medium.com/@ann``.

        ``/~ann/`` and ``/@ann/`` are such spaces on every host that is not registered as one publisher's.
        """
        entry = self.find_by_url(url)
        if entry is not None and not entry.places:
            return None
        parts = split(url)
        if parts is None:
            return None
        host, path = (parts.hostname or "").removeprefix("www."), [part for part in parts.path.split("/") if part]
        for place in entry.places if entry else ():
            author = _author(place.at, host, path)
            if author:
                return (place.same or place.at).rstrip("/").replace("{}", author.casefold())
        if path and _OWN_FOLDER.fullmatch(path[0]):
            return f"{registered_domain(url)}/{path[0].casefold()}"
        return None

    def find_by_name(self, name: str) -> PublisherEntry | None:
        """The publisher with this name, else with this name without its article ("The")."""
        return self.by_name.get(fold(name)) or self.by_name.get(name_key(name))


def _author(pattern: str, host: str, path: list[str]) -> str:
    """The text in place of ``{}`` if an address has the form ``pattern``, else ""."""
    wanted_host, slash, wanted_path = pattern.partition("/")
    wanted = [part for part in wanted_path.split("/") if part]
    follows = pattern.endswith("/")
    if not slash or not wanted:
        return _filled(wanted_host, host)
    if wanted_host != host or len(path) < len(wanted) + follows or path[: len(wanted) - 1] != wanted[:-1]:
        return ""
    return _filled(wanted[-1], path[len(wanted) - 1])


def _filled(pattern: str, text: str) -> str:
    before, after = pattern.split("{}")
    inner = text.removeprefix(before).removesuffix(after)
    return inner if text == f"{before}{inner}{after}" and _AUTHOR.fullmatch(inner) and inner != "www" else ""


def _names(entries: Iterable[PublisherEntry]) -> dict[str, PublisherEntry]:
    """The unique names of one file; a name without its article gives way to a whole one."""
    table: dict[str, PublisherEntry] = {}
    entries = list(entries)
    for key in (name_key, fold):
        claims: dict[str, set[str]] = {}
        found: dict[str, PublisherEntry] = {}
        for entry in entries:
            for name in (entry.id, *entry.also, entry.name):
                claims.setdefault(key(name), set()).add(entry.id)
                found[key(name)] = entry
        for name, ids in claims.items():
            if len(ids) == 1:
                table[name] = found[name]
            else:
                table.pop(name, None)
    return table


def name_key(name: str) -> str:
    """The name folded and without its article, so that ``The Example Times`` equals ``example times``."""
    folded = fold(name)
    for article in _ARTICLES:
        if folded.startswith(article) and len(folded) > len(article):
            return folded.removeprefix(article)
    return folded


def read_file(path: Path) -> list[PublisherEntry]:
    """The entries of one file. Raises `UsageError`, which names the file and the entry, when it is invalid."""
    try:
        return parse(path.read_text(encoding="utf-8"), str(path))
    except OSError as error:
        raise UsageError(f"publishers file {path}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UsageError(f"publishers file {path}: is not UTF-8") from error


def parse(text: str, name: str) -> list[PublisherEntry]:
    """The entries of a text, as `read_file`; ``name`` stands for the file in errors."""
    try:
        items = yaml.load(text, Loader=YAML_LOADER)  # noqa: S506 - both are safe loaders
    except yaml.YAMLError as error:
        raise UsageError(f"publishers file {name}: is not YAML: {' '.join(str(error).split())}") from error
    if items is None:
        return []
    if not isinstance(items, list):
        raise UsageError(f"publishers file {name}: must be a list of publishers, each with id and name")
    entries = []
    for number, item in enumerate(items, 1):
        label = f"publishers file {name}, entry {number}"
        if isinstance(item, dict) and item.get("id"):
            label += f" ({item['id']})"
        try:
            entry = msgspec.convert(item, PublisherEntry)
        except msgspec.ValidationError as error:
            raise UsageError(f"{label}: {fault(error)}") from error
        if not entry.id.strip() or not entry.name.strip():
            raise UsageError(f"{label}: id and name must not be empty")
        if entry.country is not None and not _COUNTRY.fullmatch(entry.country):
            raise UsageError(f"{label}: country must be two capital letters (ISO 3166-1), not {entry.country!r}")
        misplaced = [place.at for place in entry.places if place.at.count("{}") != 1]
        if misplaced:
            raise UsageError(
                f"{label}: a place has {{}} once, as in {{}}.example.org or example.org/@{{}}: {misplaced[0]!r}"
            )
        wrong = [d for d in entry.domains if "/" in d or "." not in d or " " in d]
        if wrong:
            raise UsageError(f"{label}: a domain looks like example.org, not {wrong[0]!r}")
        entries.append(entry)
    return entries


@cache
def load(extra: Path | None = None) -> Registry:
    """The publishers of this package and of a user's file, which override them. Raises `UsageError`."""
    text = files("streams.cleaning.who").joinpath("publishers.yaml").read_text(encoding="utf-8")
    return Registry.of(parse(text, "publishers.yaml"), read_file(extra) if extra else [])
