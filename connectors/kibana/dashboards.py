"""The dashboards, as data: the news as a whole, and one story."""

from dataclasses import dataclass
from typing import Literal

from connectors.elastic.names import Family
from connectors.kibana.content import LIVE, at_least, has, is_, one_of
from connectors.kibana.lens import LensPanel, by, count, highest, latest, over_time, percentile, unique

DashboardId = Literal["dashboard", "dashboard-story"]


@dataclass(frozen=True)
class Links:
    """A row of links to dashboards, and to pages of the console by their path."""

    dashboards: tuple[tuple[str, DashboardId], ...] = ()
    pages: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Panel:
    """``shows``: a chart, links, or the id of a saved search. A row has 48 columns."""

    shows: LensPanel | Links | str
    width: int
    height: int


@dataclass(frozen=True)
class Section:
    """Panels that can be collapsed together."""

    title: str
    panels: tuple[Panel, ...]
    collapsed: bool = False


@dataclass(frozen=True)
class Control:
    """A list of the values of a field, to choose from."""

    title: str
    family: Family
    field: str


@dataclass(frozen=True)
class Dashboard:
    """``panels`` stand above the sections."""

    id: DashboardId
    title: str
    description: str
    since: str
    controls: tuple[Control, ...]
    panels: tuple[Panel, ...]
    sections: tuple[Section, ...]


ARTICLES, ALERTS, LETTERS = Family.ARTICLES, Family.ALERTS, Family.DEADLETTERS
COPIES = one_of("article.copy.relation", "wire", "near", "exact")
NEW_SOURCE = "story.brought.source.key"

LANGUAGE = Control("Language", ARTICLES, "article.language")
COUNTRY = Control("Country", ARTICLES, "publisher.country")
PUBLISHER = Control("Publisher", ARTICLES, "publisher.name")
KIND = Control("Kind", ARTICLES, "article.kind")
TRACK = Control("Track", ALERTS, "track.name")

WHO_IS_NAMED = Panel(
    LensPanel("Who is named", ARTICLES, "bar_horizontal", (by("Person", "entities.persons"), count("Articles"))), 24, 12
)

MOVES = Section(
    "What moves",
    (
        Panel(LensPanel("Articles", ARTICLES, "metric", (count("Articles"),)), 12, 6),
        Panel(LensPanel("Stories", ARTICLES, "metric", (unique("Stories", "story.id"),)), 12, 6),
        Panel(LensPanel("New sources", ARTICLES, "metric", (count("New sources", NEW_SOURCE),), (LIVE,)), 12, 6),
        Panel(LensPanel("Alerts", ALERTS, "metric", (count("Alerts"),)), 12, 6),
        Panel(
            LensPanel(
                "Stories with the most new sources",
                ARTICLES,
                "table",
                (
                    by("Story", "story.id", 30),
                    count("New sources", NEW_SOURCE),
                    latest("Latest title", "article.title.keyword"),
                    count("Articles"),
                    unique("Publishers", "publisher.name"),
                    unique("Countries", "publisher.country"),
                    unique("Languages", "article.language"),
                    latest("Last seen", "@timestamp"),
                ),
                (LIVE,),
                by_story=True,
            ),
            48,
            16,
        ),
        Panel(
            LensPanel(
                "Articles by kind",
                ARTICLES,
                "bar_stacked",
                (by("Kind", "article.kind"), over_time(), count("Articles")),
            ),
            24,
            12,
        ),
        WHO_IS_NAMED,
        Panel("search-new-sources-today", 48, 14),
    ),
)
SOURCES = Section(
    "Sources",
    (
        Panel(
            LensPanel(
                "Publishers",
                ARTICLES,
                "table",
                (
                    by("Publisher", "publisher.name", 50),
                    count("Articles"),
                    count("New to their story", NEW_SOURCE),
                    unique("Stories", "story.id"),
                    latest("Last seen", "@timestamp"),
                ),
            ),
            24,
            14,
        ),
        Panel(
            LensPanel("Languages", ARTICLES, "bar_horizontal", (by("Language", "article.language"), count("Articles"))),
            12,
            14,
        ),
        Panel(
            LensPanel("Countries", ARTICLES, "bar_horizontal", (by("Country", "publisher.country"), count("Articles"))),
            12,
            14,
        ),
    ),
)
COPIED = Section(
    "Copies",
    (
        Panel(
            LensPanel("Independent texts", ARTICLES, "metric", (unique("Independent texts", "article.copy.group"),)),
            12,
            12,
        ),
        Panel(
            LensPanel(
                "Originals and copies",
                ARTICLES,
                "bar_percentage_stacked",
                (by("Text", "article.copy.relation"), over_time(), count("Articles")),
            ),
            36,
            12,
        ),
        Panel(
            LensPanel(
                "Most copied texts",
                ARTICLES,
                "table",
                (
                    by("First article", "article.copy.group", 30),
                    count("Copies"),
                    latest("Title of the latest copy", "article.title.keyword"),
                    latest("Copied from", "article.copy.of_publisher"),
                    unique("Publishers", "publisher.name"),
                ),
                (COPIES,),
            ),
            48,
            14,
        ),
    ),
)
FIRED = Section(
    "Alerts and deliveries",
    (
        Panel(
            LensPanel(
                "Alerts by delivery",
                ALERTS,
                "bar_stacked",
                (by("Delivery", "delivery.status"), over_time(), count("Alerts")),
            ),
            24,
            12,
        ),
        Panel(
            LensPanel(
                "Tracks",
                ALERTS,
                "table",
                (
                    by("Track", "track.name", 50),
                    count("Alerts"),
                    unique("Stories", "story.id"),
                    highest("Most seconds to an alert", "alert.seconds_to_make"),
                    highest("Most attempts", "delivery.attempts"),
                ),
            ),
            24,
            12,
        ),
        Panel("search-alerts", 48, 14),
        Panel("search-alerts-not-delivered", 48, 12),
    ),
    collapsed=True,
)
STAGES = Section(
    "Stages",
    (
        Panel(
            LensPanel(
                "Seconds from arrival to the story",
                ARTICLES,
                "line",
                (
                    over_time(),
                    percentile("Half of the articles", "article.seconds_to_file", 50),
                    percentile("95 of 100", "article.seconds_to_file", 95),
                ),
                (LIVE,),
            ),
            24,
            12,
        ),
        Panel(
            LensPanel(
                "Dead letters that wait",
                LETTERS,
                "bar_horizontal",
                (by("Stage", "letter.stage"), count("Dead letters")),
                (is_("letter.open", True),),
                unfiltered=True,
            ),
            12,
            12,
        ),
        Panel(
            LensPanel(
                "Why they were refused",
                LETTERS,
                "table",
                (by("Error", "error.type"), count("Dead letters"), latest("Last refused", "@timestamp")),
                (has("letter.stage"),),
                unfiltered=True,
            ),
            12,
            12,
        ),
        Panel("search-dead-letters", 48, 14),
    ),
    collapsed=True,
)
ONE_STORY = Section(
    "One story",
    (
        Panel(LensPanel("Articles", ARTICLES, "metric", (count("Articles"),)), 12, 10),
        Panel(
            LensPanel("Independent sources", ARTICLES, "metric", (unique("Independent sources", NEW_SOURCE),)), 12, 10
        ),
        Panel(
            LensPanel(
                "Articles by publisher",
                ARTICLES,
                "bar_stacked",
                (by("Publisher", "publisher.name"), over_time(), count("Articles")),
            ),
            24,
            10,
        ),
        Panel("search-story-timeline", 48, 20),
        Panel(
            LensPanel(
                "What was changed",
                ARTICLES,
                "table",
                (
                    by("Publisher", "publisher.name", 30),
                    highest("Edits", "article.edit.number"),
                    latest("Latest title", "article.title.keyword"),
                ),
                (at_least("article.edit.number", 1),),
            ),
            24,
            12,
        ),
        WHO_IS_NAMED,
    ),
)

DASHBOARDS: tuple[Dashboard, ...] = (
    Dashboard(
        "dashboard",
        "Storywatch",
        "What moves, who was new to a story, what fired.",
        "now-24h",
        (LANGUAGE, COUNTRY, PUBLISHER, KIND, TRACK),
        (
            Panel(
                Links(
                    (("One story", "dashboard-story"),),
                    (("Desk", "/"), ("Search", "/search"), ("Tracks", "/tracks"), ("System", "/system")),
                ),
                48,
                4,
            ),
        ),
        (MOVES, SOURCES, COPIED, FIRED, STAGES),
    ),
    Dashboard(
        "dashboard-story",
        "Storywatch: one story",
        "The articles of one story. Come from a story's row, or filter by story.id.",
        "now-30d",
        (Control("Story", ARTICLES, "story.id"), LANGUAGE, COUNTRY, PUBLISHER, KIND),
        (Panel(Links((("All stories", "dashboard"),), (("Desk", "/"),)), 48, 4),),
        (ONE_STORY,),
    ),
)
