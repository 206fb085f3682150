"""Parses robots.txt for one user agent, by RFC 9309, in time and memory linear in its size.

Only the rules of the groups that apply to the agent are stored, so that lookups are fast in files with thousands.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import quote, urlsplit

MAX_BYTES = 512_000  # RFC 9309 requires at least 500 KiB; the rest is ignored
MAX_PATTERN = 2_000  # characters; longer ones are ignored
_TOKEN = re.compile(r"[A-Za-z_-]+")
_ESCAPE = re.compile(r"%([0-9A-Fa-f]{2})")
_PLAIN = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_SAFE = "/:?#[]@!$&'()*+,;=%-._~"  # characters of a URL that are not escaped


@dataclass(frozen=True)
class _Rule:
    pattern: str
    allows: bool
    parts: tuple[str, ...]  # between the stars; a single part is a prefix
    ends: bool  # the pattern must match up to the end ($)

    def matches(self, path: str) -> bool:
        if not path.startswith(self.parts[0]):
            return False
        at = len(self.parts[0])
        if len(self.parts) == 1:
            return not self.ends or at == len(path)
        for part in self.parts[1:-1]:
            at = path.find(part, at)
            if at < 0:
                return False
            at += len(part)
        last = self.parts[-1]
        return path.endswith(last) and len(path) - len(last) >= at if self.ends else path.find(last, at) >= 0


@dataclass(frozen=True)
class Rules:
    """What one agent may fetch of a site. Without rules: everything."""

    rules: tuple[_Rule, ...] = ()  # the longest pattern first; of equal length, allowing ones first
    delay_seconds: float | None = None  # Crawl-delay, which is not part of the RFC

    def allow(self, url: str) -> bool:
        """Whether the URL may be fetched. The longest match decides (RFC 9309, 2.2.2); robots.txt is always allowed."""
        parts = urlsplit(url)
        path = _normal((parts.path or "/") + (f"?{parts.query}" if parts.query else ""))
        if path == "/robots.txt":
            return True
        return next((rule.allows for rule in self.rules if rule.matches(path)), True)


def parse(content: bytes, agent: str) -> Rules:
    """The rules for ``agent``, a product token such as ``Storywatch``; those for all (*) where none names it."""
    text = content[:MAX_BYTES].decode("utf-8-sig", "replace")  # a line that is not UTF-8 matches nothing
    groups: dict[str, list[tuple[str, str]]] = {}  # the rules of the agent and of "*"
    wanted, named, in_rules = agent.lower(), [""], True
    for key, value in _lines(text):
        if key == "user-agent":
            if in_rules:
                named, in_rules = [], False
            token = _TOKEN.match(value)
            named.append("*" if value.startswith("*") else token.group().lower() if token else "")
        elif key in ("allow", "disallow", "crawl-delay"):
            in_rules = True
            for name in {wanted, "*"}.intersection(named):
                groups.setdefault(name, []).append((key, value))
        if key == "user-agent" and wanted in named:
            groups.setdefault(wanted, [])  # a group without rules allows everything
    return _rules(groups.get(wanted, groups.get("*", [])))


def _lines(text: str) -> Iterator[tuple[str, str]]:
    for line in re.split(r"\r\n|\n|\r", text):
        key, colon, value = line.partition("#")[0].partition(":")
        if colon:
            yield key.strip().lower(), value.strip()


def _rules(lines: list[tuple[str, str]]) -> Rules:
    rules: dict[tuple[str, bool], _Rule] = {}
    delay = None
    for key, value in lines:
        if key == "crawl-delay":
            delay = _seconds(value) if delay is None else delay
        elif value and len(value) <= MAX_PATTERN:
            rule = _rule(value, key == "allow")
            rules.setdefault((rule.pattern, rule.allows), rule)
    return Rules(tuple(sorted(rules.values(), key=lambda rule: (-len(rule.pattern), not rule.allows))), delay)


def _rule(value: str, allows: bool) -> _Rule:
    pattern = _normal(value if value.startswith(("/", "*")) else f"/{value}")
    ends = pattern.endswith("$")
    body = re.sub(r"\*+", "*", pattern[:-1] if ends else pattern)
    return _Rule(pattern, allows, tuple(body.split("*")), ends)


def _seconds(value: str) -> float | None:
    try:
        seconds = float(value)
    except ValueError:
        return None
    return seconds if 0 <= seconds < float("inf") else None


def _normal(path: str) -> str:
    """Normalises escapes as RFC 9309 compares them: unreserved characters plain, others as escaped UTF-8."""

    def undone(found: re.Match[str]) -> str:
        sign = chr(int(found[1], 16))
        return sign if sign in _PLAIN else found.group().upper()

    return quote(_ESCAPE.sub(undone, path), safe=_SAFE, errors="replace")
