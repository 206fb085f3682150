"""What strangers send to do harm: arrivals, answers of receivers, and a feed.

Arrivals that go wrong on purpose are known to the worker under test by how their origin begins:
``site/sitecustomize.py`` makes the pool hang, die, compute or fill its memory on them, `tests.faults.proxy` refuses
one kind as Elasticsearch does when a document does not fit its mapping.
"""

from tests.fuzz.texts import TOKENS

HANGS = "hangs-"
KILLS = "kills-"
BURNS = "burns-"  # CPU time beyond that of a first try, then it is a page like others
SWELLS = "swells-"  # takes memory without end
REFUSED = "refused-"
ODD = "odd-"  # of pages that nothing is done to: their text is what is wrong

NO_HOSTS = ("http://xn--ls8h.la/", "http://[", "http://xn--/", "//[")
_NO_DATES = ("Sun, 04 May 2031 12:10:00 +99999999999999999999", "Fri, 31 Dec 9999 23:59:59 -2359", "9" * 400)
ANSWERS: tuple[tuple[int, dict[str, str]], ...] = (
    *((302, {"Location": host}) for host in NO_HOSTS),
    *((status, {"Retry-After": date, "Date": date}) for status in (429, 503) for date in _NO_DATES),
)
"""Status and headers of answers to a webhook."""

_INSIDE = (
    "".join(f"<p>{token}</p>" for token in TOKENS),
    f"<p>{'7' * 400} of {'9,' * 400}000 {'1.' * 200}5 percent, {'3' * 400} million.</p>" * 3,
    "<div>" * 20_000,
    "<b><i><p>" * 3_000,
    f"<p>{' '.join('汉я1a' * 40)}</p>" * 200,
)


def odd_pages(page: str) -> list[str]:
    """A page of an ordinary report with odd things inside, and one of a single Khmer sign."""
    return [
        *(page.replace("</article>", f"{inside}</article>") for inside in _INSIDE),
        "<html><body>\u17d2</body></html>",
    ]


def feed(good: list[str], odd: list[str]) -> bytes:
    """An RSS feed with entries for the links ``good``, and between them entries for ``odd`` ones and for no host.

    It says UTF-8 and has 20,000 bytes of another encoding in a row.
    """
    links = [*odd, *NO_HOSTS, "x" * 9_000]
    entries = [*good[:1], *links, *good[1:]]
    items = "".join(
        f"<item><title>Report {number} &#99999999; \u17d2</title><link>{link}</link></item>"
        for number, link in enumerate(entries)
    )
    letters = b"<item><title>Letters</title><link>//[</link><description>" + b"\xe4" * 20_000 + b"</description></item>"
    head = '<?xml version="1.0" encoding="utf-8"?><rss version="2.0"><channel><title>Odd Post</title>'
    return head.encode() + letters + items.encode() + letters + b"</channel></rss>"
