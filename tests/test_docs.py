"""README.md, CONTRIBUTING.md and docs/ against the code: links, paths, commands, options, settings, topics, figures."""

import importlib
import json
import pkgutil
import re
import shlex
import sys
from datetime import timedelta
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
import typer

from connectors.cli.commands import app
from deploy.load_settings import NO_SETTINGS, PREFIX
from streams.contract.topics import ALL, Topic
from streams.runtime.settings import Settings

ROOT = Path(__file__).resolve().parents[1]
README = ROOT / "README.md"
DOCS = sorted((ROOT / "docs").rglob("*.md"))
PAGES = [README, ROOT / "CONTRIBUTING.md", *DOCS]

LINK = re.compile(r"\]\((?!https?://)([^)#\s]*)(?:#([^)\s]+))?\)")
HEADING = re.compile(r"^#+ (.+)$", re.MULTILINE)
CODE_PATH = re.compile(r"(?:streams|connectors|deploy|tests)(?:/[\w.-]+)+/?")
FENCED = re.compile(r"^```.*?^```$", re.DOTALL | re.MULTILINE)
INDENTED = re.compile(r"^ {4}.*$", re.MULTILINE)
SPAN = re.compile(r"`([^`]+)`")
CALL = re.compile(r"(?<![\w./-])storywatch +(?=[a-z])(.*)")
TOPIC = re.compile(
    r"(?<![\w./-])(?:articles|stories|alerts|tracks|deadletters)\.(?!(?:md|yaml|schema)\b)[a-z]\w*(?:\.v\d+)?"
)
VARIABLE = re.compile(r"\bSTORYWATCH_([A-Z_]*[A-Z])\b")
MAKE = re.compile(r"^make ([a-z]+)")
MACHINE = re.compile(r"(?<![\w.~$/-])/(?:work|home|root|tmp|mnt|opt|usr|var|Users)\b|\b[A-Z]:\\")
ROW = re.compile(r"^\| `([\w.]+)` \| ([^|]+) \|", re.MULTILINE)
FIGURE = re.compile(r"[01]\.\d+")
TOPIC_ROW = re.compile(r"^\| `([\w.]+)` \| ([^|]+) \| (.+) \| ([^|]+) \|$", re.MULTILINE)

Command = Any  # of Typer's own copy of click, which has no public name


def named(page: Path) -> str:
    return str(page.relative_to(ROOT))


every_page = pytest.mark.parametrize("page", PAGES, ids=named)


@every_page
def test_every_link_leads_to_a_file_and_a_heading_of_it(page: Path) -> None:
    assert [link for link in LINK.findall(page.read_text()) if not leads_somewhere(page, *link)] == []


def leads_somewhere(page: Path, link: str, anchor: str) -> bool:
    target = page.parent / link if link else page
    return target.exists() and (not anchor or anchor in anchors_of(target))


def anchors_of(page: Path) -> set[str]:
    """The anchors that GitHub gives to the headings of a page."""
    headings = HEADING.findall(FENCED.sub("", page.read_text()))
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@every_page
def test_every_file_of_the_code_that_is_named_exists(page: Path) -> None:
    spans = SPAN.findall(FENCED.sub("", page.read_text()))
    assert [span for span in spans if CODE_PATH.fullmatch(span) and not (ROOT / span).exists()] == []


def test_the_readme_leads_to_every_page() -> None:
    linked = {(ROOT / link).resolve() for link, _ in LINK.findall(README.read_text())}
    assert [named(page) for page in DOCS if page not in linked] == []


def code_of(text: str) -> list[str]:
    """The lines of code of a page, without their comments, and the spans of code in its sentences."""
    blocks = "\n".join([*FENCED.findall(text), *INDENTED.findall(FENCED.sub("", text))])
    lines = [re.split(r"\s#\s", line)[0].strip() for line in blocks.splitlines()]
    sentences = INDENTED.sub("", FENCED.sub("", text))
    return lines + [" ".join(span.split()) for span in SPAN.findall(sentences)]


def calls_in(text: str) -> list[str]:
    """What stands behind the word storywatch, in code."""
    return [found.group(1).strip('"`') for code in code_of(text) if (found := CALL.search(code))]


def wrong_with(call: str) -> str | None:
    """What the command line does not have: a command or an option; None when it has all."""
    command: Command = typer.main.get_command(app)
    words = shlex.split(call)
    while words and not words[0].startswith("-") and getattr(command, "commands", None):
        if words[0] not in command.commands:
            return f"{words[0]}: no such command"
        command = command.commands[words.pop(0)]
    has = {option for parameter in command.params for option in parameter.opts} | {"--help"}
    missing = [word for word in words if word.startswith("--") and word.partition("=")[0] not in has]
    return f"{command.name} {missing[0]}: no such option" if missing else None


@every_page
def test_every_command_exists_with_the_options_beside_it(page: Path) -> None:
    calls = calls_in(page.read_text())
    assert [f"storywatch {call}: {wrong}" for call in calls if (wrong := wrong_with(call))] == []


def test_the_commands_of_the_readme_are_seen() -> None:
    """Else the test above could pass because it reads nothing."""
    seen = {call.split()[0] for call in calls_in(README.read_text())}
    assert {"up", "init", "worker", "ingest", "watch", "stories", "search", "listen", "track", "demo"} <= seen
    assert wrong_with("story ID") is not None
    assert wrong_with("stories ID") is not None
    assert wrong_with("track add --colour red") is not None
    assert wrong_with("stories --limit 3") is None


@every_page
def test_every_option_in_a_sentence_is_an_option_of_some_command(page: Path) -> None:
    spans = SPAN.findall(INDENTED.sub("", FENCED.sub("", page.read_text())))
    known = all_options(typer.main.get_command(app))
    assert [span for span in spans if re.match("--[a-z]", span) and span.split()[0] not in known] == []


def all_options(command: Command) -> set[str]:
    own = {option for parameter in command.params for option in parameter.opts}
    return own.union(*(all_options(inner) for inner in getattr(command, "commands", {}).values()))


@every_page
def test_every_make_target_and_setting_that_is_named_exists(page: Path) -> None:
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    text = page.read_text()
    made = {found.group(1) for code in code_of(text) if (found := MAKE.match(code))}
    assert made <= targets
    of_the_command = {name.removeprefix(PREFIX) for name in NO_SETTINGS}
    assert set(VARIABLE.findall(text)) <= {name.upper() for name in Settings.model_fields} | of_the_command


@every_page
def test_every_topic_that_is_named_exists(page: Path) -> None:
    known = {name for topic in ALL for name in (topic.base, topic.base.rpartition(".v")[0])}
    assert [name for name in TOPIC.findall(page.read_text()) if name not in known] == []


def test_the_page_of_topics_is_the_list_of_topics() -> None:
    rows = TOPIC_ROW.findall((ROOT / "docs" / "topics.md").read_text())
    assert [(name, key, kept) for name, key, _, kept in rows] == [(one.base, one.key, kept_of(one)) for one in ALL]
    for (name, _, value, _), topic in zip(rows, ALL, strict=True):
        said = re.match(r"`(\w+)`: ", value)
        assert (said.group(1) if said else None) == (topic.carries.__name__ if topic.carries else None), name


def kept_of(topic: Topic) -> str:
    return "compacted" if topic.cleanup == "compact" else f"{topic.days} days"


def shown(value: object) -> str:
    """A constant as a page writes it: times in hours."""
    return f"{value / timedelta(hours=1):g} h" if isinstance(value, timedelta) else f"{value}"


def in_code(package: str, name: str) -> set[str]:
    """The values, as written, of a constant in the modules of a package: `MOST`, or `numbers.MOST` of one of them."""
    module, _, constant = name.rpartition(".")
    path = importlib.import_module(package).__path__
    every = [each.name for each in pkgutil.walk_packages(path, f"{package}.") if each.name != "build_frequencies"]
    found = [importlib.import_module(each) for each in every if not module or each.rpartition(".")[2] == module]
    return {shown(vars(one)[constant]) for one in found if constant in vars(one)}


@pytest.mark.parametrize("stage", ["copies", "entities", "stories"])
def test_thresholds_are_those_of_the_code(stage: str) -> None:
    rows = [
        row for row in ROW.findall((ROOT / "docs" / f"{stage}.md").read_text()) if row[0].rpartition(".")[2].isupper()
    ]
    assert rows
    assert {name: {value} for name, value in rows} == {name: in_code(f"streams.{stage}", name) for name, _ in rows}


@every_page
def test_figures_are_the_pinned_floors(page: Path) -> None:
    """A floor that moved has to be told where it is written."""
    floors = json.loads((ROOT / "tests" / "quality" / "floors.json").read_text())["floors"]
    told = {name: value for name, value in ROW.findall(page.read_text()) if name in floors and FIGURE.fullmatch(value)}
    assert told == {name: str(floors[name]) for name in told}


@every_page
def test_pages_name_no_machine(page: Path) -> None:
    assert [line for line in page.read_text().splitlines() if MACHINE.search(line)] == []


RUN = re.compile(r"<!-- run: (\w+) -->\n```python\n(.*?)```", re.DOTALL)


def examples() -> dict[str, str]:
    """The blocks of `docs/extending.md` that are to be run, those of one name joined."""
    found: dict[str, str] = {}
    for name, code in RUN.findall((ROOT / "docs" / "extending.md").read_text()):
        found[name] = found.get(name, "") + code
    return found


@pytest.mark.parametrize("name", ["stage", "field", "setting", "connector", "language"])
def test_the_examples_of_extending_run(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    module = ModuleType(f"example_{name}")  # types are resolved in the module that defines them
    monkeypatch.setitem(sys.modules, module.__name__, module)
    exec(examples()[name], vars(module))  # noqa: S102 - our own page
