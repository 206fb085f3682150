"""The shape of the house: who may import whom, thin agents, modules with a first line; and the rules of tests."""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
MODULES = sorted(path for package in ("streams", "connectors", "deploy") for path in (ROOT / package).rglob("*.py"))
MOST_AGENT_LINES = 80


def called(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def test_the_import_rules_hold() -> None:
    done = subprocess.run(
        [Path(sys.executable).parent / "lint-imports", "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("path", sorted((ROOT / "streams" / "agents").glob("*.py")), ids=called)
def test_an_agent_only_joins_a_topic_and_a_function(path: Path) -> None:
    assert len(path.read_text().splitlines()) < MOST_AGENT_LINES
    outside = {"faust", "kafka", "aiokafka", "elasticsearch", "httpx", "connectors", "deploy"}
    assert not {name.split(".")[0] for name in imported(path)} & outside


def imported(path: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add(node.module or "")
    return found


def test_only_topics_names_a_topic() -> None:
    from streams.contract.topics import ALL

    for path in MODULES:
        if called(path) != "streams/contract/topics.py":
            strings = {
                node.value
                for node in ast.walk(ast.parse(path.read_text()))
                if isinstance(node, ast.Constant) and isinstance(node.value, str)
            }
            assert strings.isdisjoint(topic.base for topic in ALL), called(path)


@pytest.mark.parametrize("path", MODULES, ids=called)
def test_a_module_says_first_what_it_is(path: Path) -> None:
    text = path.read_text()
    if not text.strip():
        assert path.name == "__init__.py"
        return
    first = (ast.get_docstring(ast.parse(text)) or "").partition("\n\n")[0]
    assert first.endswith((".", ":")), f"a sentence: {first!r}"


# --- tests ----------------------------------------------------------------------------------------------------------

TESTS = sorted((ROOT / "tests").rglob("*.py"))
LONGEST_NAME = 60
PRIVATE_NAMES = ("pipeline/sabotage.py",)  # it slows a private method of Faust down


def outside_of(*exempt: str) -> Iterator[tuple[str, ast.Module]]:
    """The path and the tree of each module of the tests outside of some folders."""
    for path in TESTS:
        if not called(path).removeprefix("tests/").startswith(exempt or (" ",)):
            yield called(path), ast.parse(path.read_text())


def test_names_of_tests_are_short() -> None:
    names = [
        (path, node.name)
        for path, tree in outside_of()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert len(names) > 100
    assert [one for one in names if len(one[1]) > LONGEST_NAME] == []


def test_nothing_is_imported_from_a_test_module() -> None:
    """What tests share is in a conftest or in a module of its own."""
    imports = [
        (path, node.module)
        for path, tree in outside_of()
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module
    ]
    assert len(imports) > 100
    assert [one for one in imports if re.match(r"tests\..*\btest_\w+$|tests\.test_", one[1])] == []


def test_no_test_replaces_a_private_name() -> None:
    """What a test switches off is an argument or a public name of the product."""
    found = [(path, name) for path, tree in outside_of(*PRIVATE_NAMES) for name in replaced(tree)]
    assert len(found) > 10
    assert [one for one in found if one[1].startswith("_") and not one[1].startswith("__")] == []


def replaced(tree: ast.Module) -> Iterator[str]:
    """Names that a module gives another value to in something that it did not make itself."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "setattr":
            for argument in node.args[:2]:
                if isinstance(argument, ast.Constant) and isinstance(argument.value, str):
                    yield argument.value.rpartition(".")[2]
        elif isinstance(node, ast.Assign):
            for target in node.targets:
                if isinstance(target, ast.Attribute) and not (
                    isinstance(target.value, ast.Name) and target.value.id in ("self", "cls")
                ):
                    yield target.attr
