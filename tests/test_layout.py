"""The shape of the house: who may import whom, thin agents, modules of one idea, each with a first line."""

import ast
import subprocess
import sys
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
