"""Help of every command, the version, and that asking for them is cheap."""

import subprocess
import sys

import pytest

from tests.connectors.cli.running import MAIN, Command, Inside

OPTIONS = {
    "": ["--debug", "--version", "First steps", "Exit codes"],
    "up": ["--kafka-port", "--elasticsearch-port", "--json"],
    "down": [],
    "status": ["--json"],
    "init": ["--json"],
    "worker": [],
    "ingest": [
        "PATH|URL|kafka:TOPIC|SOURCE:ADDRESS...",
        "--fetched-at",
        "--lane",
        "--wait",
        "--allow-private",
        "--schema",
        "--json",
    ],
    "watch": ["FEED...", "--once", "--interval", "--allow-private", "--lane", "--json"],
    "source": [
        "add",
        "list",
        "health",
        "show",
        "test",
        "edit",
        "pause",
        "resume",
        "remove",
        "import",
        "export",
        "apply",
        "diff",
    ],
    "source add": [
        *("URL...", "--name", "--label", "--publisher", "--language", "--lane", "--interval", "--own-text", "--header"),
        *("--user-agent", "--allow-private", "--no-test", "--json"),
    ],
    "source list": ["--label", "--json"],
    "source health": ["--label", "--all", "--utc", "--json"],
    "source show": ["ID|URL", "--utc", "--json"],
    "source test": ["ID|URL", "--allow-private", "--json"],
    "source edit": ["ID|URL...", "--name", "--label", "--lane", "--interval", "--own-text", "--header", "--json"],
    "source pause": ["ID|URL...", "--label"],
    "source resume": ["ID|URL...", "--label"],
    "source remove": ["ID|URL...", "--label"],
    "source import": ["FILE", "--starter", "--json"],
    "source export": ["--format"],
    "source diff": ["FILE", "--json"],
    "source apply": ["FILE", "--keep", "--json"],
    "source schema": [],
    "receiver": ["add", "list", "show", "edit", "test", "pause", "resume", "remove"],
    "receiver add": [
        *("NAME", "--url", "--channel", "--secret", "--secret-file", "--allow-private", "--template", "--content-type"),
        *("--concurrency", "--per-minute", "--heartbeat", "--label", "--json"),
    ],
    "receiver edit": ["NAME", "--url", "--new-secret", "--overlap", "--no-template", "--json"],
    "receiver list": ["--json"],
    "receiver show": ["NAME", "--json"],
    "receiver test": ["NAME", "--alert", "--json"],
    "receiver pause": ["NAME"],
    "receiver resume": ["NAME"],
    "receiver remove": ["NAME", "--force"],
    "channel": ["list", "preview"],
    "channel list": ["--json"],
    "channel preview": ["CHANNEL", "--receiver", "--template", "--content-type", "--alert"],
    "deliveries": ["list", "show", "retry", "replay", "cancel"],
    "deliveries list": ["--receiver", "--track", "--status", "--since", "--until", "--limit", "--utc", "--json"],
    "deliveries show": ["ALERT", "--json"],
    "deliveries retry": ["ALERT...", "--json"],
    "deliveries replay": ["--since", "--until", "--receiver", "--track", "--failed", "--dry-run", "--json"],
    "deliveries cancel": ["ALERT...", "--json"],
    "track": [
        "add",
        "list",
        "show",
        "edit",
        "remove",
        "resume",
        "reencrypt",
        "export",
        "diff",
        "apply",
        "test",
        "not-mine",
    ],
    "track export": [],
    "track diff": ["FILE", "--keep", "--json"],
    "track apply": ["FILE", "--keep", "--json"],
    "track schema": [],
    "track not-mine": ["ID", "[ARTICLE|STORY]", "--undo", "--json"],
    "track test": ["[ID]", "--file", "--name", "--last", "--limit", "--utc", "--json"],
    "track add": [
        "--set",
        *(
            "--story",
            "--article",
            "--query",
            "--entity",
            "--name",
            "--webhook",
            "--secret",
            "--secret-file",
            "--allow-private",
        ),
        *("--at-sources", "--all-publishers", "--backfill", "--broad", "--again", "--json"),
    ],
    "track list": ["--json"],
    "track show": ["ID", "--json"],
    "track edit": [
        "--set",
        *(
            "ID",
            "--name",
            "--webhook",
            "--no-webhook",
            "--secret",
            "--secret-file",
            "--new-secret",
            "--allow-private",
            "--at-sources",
        ),
        *("--all-publishers", "--backfill", "--json"),
    ],
    "track remove": ["ID"],
    "track resume": ["ID"],
    "track pause": ["ID"],
    "track snooze": ["ID", "--until"],
    "track mute": ["ID", "--source", "--story", "--article"],
    "track unmute": ["ID", "--source", "--story", "--article"],
    "track reencrypt": ["STORYWATCH_SECRETS_KEY"],
    "stories merge": ["STORY", "--reason", "--json"],
    "stories split": ["STORY", "ARTICLE...", "--reason", "--json"],
    "stories move": ["ARTICLE", "STORY", "--reason", "--json"],
    "stories rename": ["STORY", "TITLE", "--reason", "--json"],
    "stories pin": ["STORY", "[ARTICLE...]", "--reason", "--json"],
    "stories undo": ["ID", "--reason", "--json"],
    "stories corrections": ["--export", "--utc", "--json"],
    "stories links": ["[ID]", "--limit", "--utc", "--json"],
    "stories link": ["ID", "OTHER", "--reason"],
    "stories unlink": ["ID", "OTHER", "--reason"],
    "stories": ["list", "show", "merge", "--query", "--limit", "--since", "--language", "--utc", "--json"],
    "stories list": ["--query", "--limit", "--since", "--language", "--utc", "--json"],
    "stories show": ["ID", "--all", "--utc", "--json"],
    "search": [
        "QUERY",
        "title, body",
        "--entity",
        "--publisher",
        "--since",
        "--until",
        "--language",
        "--limit",
        "--utc",
        "--json",
    ],
    "export": [
        *("articles", "--query", "--entity", "--publisher", "--story", "--track", "--since", "--until", "--language"),
        "--after",
    ],
    "trace": ["ARTICLE|URL", "--scan", "--json"],
    "alerts why": ["ALERT", "--utc", "--json"],
    "alerts why-not": ["ARTICLE", "TRACK", "--utc", "--json"],
    "alerts": ["why", "why-not", "--track", "--story", "--since", "--limit", "--utc", "--json"],
    "serve": ["--host", "--port", "STORYWATCH_SERVE_PORT"],
    "key": ["add", "list", "revoke"],
    "key add": ["NAME", "--scope", "--expires", "--json"],
    "key list": ["--utc", "--json"],
    "key revoke": ["ID|NAME", "--json"],
    "deadletters": ["list", "show", "replay", "drop", "--stage", "--reason", "--source", "--by", "--limit", "--json"],
    "deadletters list": ["--stage", "--reason", "--source", "--by", "--resolved", "--limit", "--json"],
    "deadletters show": ["ID", "--raw", "--page", "--json"],
    "deadletters replay": ["[ID]", "--stage", "--reason", "--source", "--all", "--json"],
    "deadletters drop": ["[ID]", "--because", "--stage", "--reason", "--source", "--all", "--json"],
    "audit": ["--of", "--kind", "--by", "--since", "--limit", "--utc", "--json", "STORYWATCH_USER"],
    "reprocess": ["--from", "--since", "--publisher", "--dry-run", "--restart", "--json", "How far back"],
    "forget": ["ARTICLE|URL", "--reason", "--by", "--undo", "--list", "--restore", "--json"],
    "retention": ["--apply", "--json"],
    "listen": ["--port", "--secret", "--secret-file", "STORYWATCH_WEBHOOK_SECRET", "--json"],
}
HEAVY = ("spacy", "trafilatura", "faust", "elasticsearch", "kafka", "aiohttp", "httpx", "pydantic", "litestar")


@pytest.mark.parametrize("name", OPTIONS)
def test_help_names_the_options_and_gives_an_example(inside: Inside, name: str) -> None:
    ran = inside(*name.split(), "--help")
    assert (ran.code, ran.err) == (0, "")
    assert "\x1b" not in ran.out
    for option in OPTIONS[name]:
        assert option in ran.out
    if name not in ("", "track", "key", "source", "receiver", "channel", "deliveries"):
        assert f"storywatch {name}" in ran.out.partition("Examples:")[2]


def test_every_command_is_in_the_list_above() -> None:
    import typer

    from connectors.cli.commands import app

    def names(command: object, path: str = "") -> list[str]:
        inner = getattr(command, "commands", {})
        return [path, *(name for key, one in inner.items() for name in names(one, f"{path} {key}".strip()))]

    assert {name for name in names(typer.main.get_command(app)) if not name.startswith("demo")} == set(OPTIONS)


def test_without_arguments_the_commands_are_listed(alone: Command) -> None:
    ran = alone()
    assert ran.code == 0
    assert "Commands:" in ran.out


def test_the_version_is_one_line(alone: Command) -> None:
    ran = alone("--version")
    assert (ran.code, ran.err) == (0, "")
    assert ran.out.startswith("storywatch ")
    assert ran.out.count("\n") == 1


def test_help_loads_nothing_heavy() -> None:
    seen = f"import sys, connectors.cli.invoke; print([name for name in {HEAVY} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", seen], capture_output=True, text=True, cwd=MAIN, check=True)
    assert done.stdout.strip() == "[]"
