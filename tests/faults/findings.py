"""Figures by name -> what to print and what is bad: the result of one audit."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

MOST_EXAMPLES = 5  # of each finding, in words
BAD = (  # what has to be 0
    "articles_missing",
    "entries_missing",
    "articles_twice",
    "articles_wrong",
    "stories_differ",
    "corrections_missing",
    "alerts_missing",
    "alerts_twice",
    "alerts_unexpected",
    "alerts_unsigned",
    "alerts_stopped",
    "dead_letters_missing",
    "dead_letters_unexpected",
    "dead_letters_wrong",
    "messages_missing",
    "messages_unexpected",
    "feeds_wrong",
    "processes_ended",
    "lag",
)


@dataclass
class Findings:
    """``figures``: name -> number. ``examples``: of those that should be 0, what was found."""

    figures: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))

    @property
    def bad(self) -> dict[str, int]:
        """Of the figures that should be 0, those that are not."""
        return {name: self.figures[name] for name in BAD if self.figures.get(name)}

    @property
    def good(self) -> bool:
        return not self.bad

    def note(self, name: str, found: Iterable[str]) -> None:
        """A figure that should be 0, by the things that it counts."""
        texts = sorted(found)
        self.figures[name] = self.figures.get(name, 0) + len(texts)
        room = MOST_EXAMPLES - len(self.examples[name])
        self.examples[name] += texts[: max(0, room)]

    def lines(self) -> list[str]:
        figure = self.figures
        told = [
            _line("articles", figure, "sent", "stored", "missing", "twice", "wrong"),
            _line("stories", figure, "stored", "differ"),
            _line("alerts", figure, "expected", "sent", "missing", "twice", "unexpected", "unsigned", "again"),
            _line("dead_letters", figure, "expected", "found", "missing", "unexpected", "wrong", "repeated"),
            _line("messages", figure, "missing", "unexpected", "repeated"),
            f"corrections: {figure.get('corrections_sent', 0)} sent · {figure.get('corrections_missing', 0)} missing",
            f"processes ended by strangers {figure.get('processes_ended', 0)}",
            f"entries of feeds: {figure.get('entries_published', 0)} · {figure.get('entries_missing', 0)} missing",
            f"feeds wrong {figure.get('feeds_wrong', 0)}",
            f"uncommitted lag {figure['lag']}",
        ]
        for name in BAD:
            told += [f"  {name}: {example}" for example in self.examples.get(name, ())]
        return told


def _line(what: str, figures: Mapping[str, int], *names: str) -> str:
    told = " · ".join(f"{figures[f'{what}_{name}']} {name}" for name in names)
    return f"{what.replace('_', ' ')}: {told}"
