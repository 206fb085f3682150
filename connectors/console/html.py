"""Templates -> pages: what every page is handed, and how times and the texts of strangers are written."""

import hashlib
import re
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from markupsafe import Markup, escape

from connectors.api.access.keys import allows
from connectors.api.problems import AnyRequest
from connectors.console.pages.live import live_address
from connectors.console.picture.marks import WORDS, legend_mark
from connectors.elastic.read.queries import MARK_END, MARK_START
from streams.contract.messages import Scope

HERE = Path(__file__).parent
ZONE_COOKIE = "storywatch_zone"
HEADERS = {
    # Nothing but what this server sends, no inline script or style, no frame around a page
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; "
    "connect-src 'self'; form-action 'self'; frame-src 'self'; base-uri 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cache-Control": "no-store",
}
STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
_STORY_ID = re.compile(r"\b([0-9a-f]{32})\b")
_AGO = ((86400, "d"), (3600, "h"), (60, "min"))
PAGES = (
    ("/", "Desk"),
    ("/search", "Search"),
    ("/tracks", "Tracks"),
    ("/deliveries", "Deliveries"),
    ("/sources", "Sources"),
    ("/names", "Names"),
    ("/system", "System"),
)


@cache
def static_file(name: str) -> tuple[bytes, str]:
    """The bytes of a file, and a digest of them, which stands in its address."""
    content = (HERE / "static" / name).read_bytes()
    return content, hashlib.sha256(content).hexdigest()[:12]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(HERE / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {one.__name__: one for one in _FILTERS}
    environment.globals |= {
        "pages": PAGES,
        "legend": [(legend_mark(kind), words) for kind, words in WORDS.items()],
        "static": lambda name: f"/static/{static_file(name)[1]}/{name}",
    }
    return environment


def page(
    request: AnyRequest, template: str, *, status: int = 200, now: datetime | None = None, **values: Any
) -> Response[bytes]:
    """A page as an answer, in the time zone of the reader as far as it is known."""
    now = now or datetime.now(UTC)
    visitor = request.scope.get("auth")
    text = (
        _environment()
        .get_template(template)
        .render(
            path=request.url.path,
            visitor=visitor,
            may_change=visitor is not None and allows(visitor, Scope.DESK),
            may_administer=visitor is not None and allows(visitor, Scope.ADMIN),
            zone=zone_of(request),
            now=now,
            here=request.url.path + (f"?{request.url.query}" if request.url.query else ""),
            changed=changed_query(request),
            live=live_address(request),
            **values,
        )
    )
    return Response(
        text.encode(errors="replace"), status_code=status, media_type="text/html; charset=utf-8", headers=HEADERS
    )


def zone_of(request: AnyRequest) -> tzinfo:
    """The zone that the reader's browser named; UTC without one."""
    name = request.cookies.get(ZONE_COOKIE, "").replace("%2F", "/")
    try:
        return ZoneInfo(name) if name and len(name) < 64 else UTC
    except (ValueError, OSError):  # no such zone, or no name of one
        return UTC


def changed_query(request: AnyRequest) -> Any:
    """A function that gives the address of this page with some parameters changed; None removes one."""
    given = {name: value for name, value in request.query_params.items() if name not in ("after", "done", "other")}

    def changed(**values: str | None) -> str:
        left: Mapping[str, str] = {
            name: value for name, value in {**given, **values}.items() if value not in (None, "")
        }
        return request.url.path + (f"?{urlencode(left)}" if left else "")

    return changed


def _time(at: datetime | None, form: str, text: str) -> Markup:
    if at is None:
        return Markup("")
    exact = at.astimezone(UTC)
    return Markup('<time datetime="{}" data-form="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"), form, f"{exact:%Y-%m-%d %H:%M:%S} UTC", text
    )


def ago(at: datetime | None, now: datetime) -> Markup:
    """``3 min ago``; the exact time is shown on hover."""
    if at is None:
        return Markup("")
    seconds = (now - at).total_seconds()
    if seconds >= 7 * 86400:
        return _time(at, "ago", f"{at.day} {at:%b %Y}")
    unit = next(((size, name) for size, name in _AGO if abs(seconds) >= size), None)
    if unit is None:
        return _time(at, "ago", "just now")
    number = int(abs(seconds) // unit[0])
    return _time(at, "ago", f"{number} {unit[1]} ago" if seconds > 0 else f"in {number} {unit[1]}")


def moment(at: datetime | None, zone: tzinfo) -> Markup:
    return (
        Markup("") if at is None else _time(at, "moment", f"{(local := at.astimezone(zone)).day} {local:%b %Y, %H:%M}")
    )


def clock(at: datetime | None, zone: tzinfo) -> Markup:
    return Markup("") if at is None else _time(at, "clock", f"{at.astimezone(zone):%H:%M}")


def stamp(at: datetime | None, zone: tzinfo, now: datetime) -> Markup:
    """The time of day, with the day before it unless it is today."""
    if at is None or at.astimezone(zone).date() == now.astimezone(zone).date():
        return clock(at, zone)
    return _time(at, "stamp", f"{(local := at.astimezone(zone)).day} {local:%b %H:%M}")


def day(at: datetime, form: str = "%b") -> Markup:
    """A day of which no time is known, as the number and ``form``. It is the same in every zone."""
    date = at.astimezone(UTC)
    return Markup('<time datetime="{}" title="only the day is known">{}</time>').format(
        f"{date:%Y-%m-%d}", f"{date.day} {date:{form}}"
    )


def percent(share: float) -> str:
    return f"{round(100 * share)} %"


def figure(number: str) -> str:
    """A figure of an article for people: ``22,000,000 eur``; empty for a date, which is none."""
    value, _, unit = number.partition(" ")
    whole, point, fraction = value.partition(".")
    if number.startswith("--") or not whole.lstrip("-").isdecimal():
        return "" if number.startswith("--") else number
    return f"{int(whole):,}{point}{fraction} {unit}".strip()


def highlighted(text: str) -> Markup:
    """A fragment with ``<mark>`` around what matched."""
    return escape(text).replace(MARK_START, Markup("<mark>")).replace(MARK_END, Markup("</mark>"))


def storylinks(text: str) -> Markup:
    """A sentence with a link for each id of a story in it."""
    link = Markup('<a href="/stories/{}">{}</a>')
    parts = enumerate(_STORY_ID.split(text))
    return Markup("").join(link.format(part, part[:12]) if place % 2 else escape(part) for place, part in parts)


def weblink(url: str) -> str:
    """The address, if it is of the web; ``#`` for any other, which a browser might run."""
    return url if url.startswith(("http://", "https://")) else "#"


def counted(number: int, one: str, many: str = "") -> str:
    return f"{number:,} {one if number == 1 else many or one + 's'}"


_FILTERS = (ago, clock, counted, day, figure, highlighted, moment, percent, stamp, storylinks, weblink)
