"""`docs/search.md` lists every field that is stored and names every index and template that is made."""

import re
from collections.abc import Iterator
from pathlib import Path

from connectors.elastic.admin.templates import Capabilities, templates
from connectors.elastic.names import Family, index_pattern
from tests.connectors.elastic.conftest import mapped

PAGE = (Path(__file__).parents[3] / "docs" / "search.md").read_text()
ROW = re.compile(r"^\| (?:`([a-z_.]+)`)?(?: times)? ?\| (.*) \|$", re.MULTILINE)


def listed() -> Iterator[str]:
    """Dotted paths in the table of fields."""
    table = PAGE.partition("## Fields")[2].partition("## Kibana")[0]
    for parent, cells in ROW.findall(table):
        for names in re.findall(r"`([@a-z_.{},]+)`", re.sub(r"\([^)]*\)", "", cells)):
            yield from (f"{parent}{name}" for name in unfolded(names))


def unfolded(names: str) -> Iterator[str]:
    """As a shell reads them: ``{a,b}.c`` is a.c and b.c."""
    before, brace, rest = names.partition("{")
    if not brace:
        yield names
        return
    choices, _, after = rest.partition("}")
    for choice in choices.split(","):
        yield from unfolded(f"{before}{choice}{after}")


def test_the_table_lists_exactly_the_fields_that_are_stored() -> None:
    assert sorted(listed()) == sorted(set().union(*(mapped(family) for family in Family)))


def test_the_page_names_every_template_and_index_pattern() -> None:
    made = templates("storywatch-", Capabilities(folding=True, lifecycle=True))
    singles = [one.name for one in made if not any(f"-{family}" in one.name for family in Family)]
    assert [name for name in singles if f"`{name}`" not in PAGE] == []
    assert [family for family in Family if f"`storywatch-{index_pattern(family)}`" not in PAGE] == []
