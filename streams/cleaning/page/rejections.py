"""Reasons why a page holds no article: redirects away, soft 404s, sign-in pages, captchas, consent walls."""

import re
from urllib.parse import urlsplit

from streams.cleaning.text.characters import count_words
from streams.cleaning.text.phrases import count_mentions, mentions

_SLASHES = re.compile("/+")
_FRONT_PAGE = re.compile(
    r"(?:[a-z]{2}(?:[-_][a-z]{2})?)?/?(?:(?:index|home|homepage|default|start|startseite|main|accueil|inicio)(?:\.\w{2,5})?)?"
)
_GATES = re.compile(
    r"(?:sign-?_?in|log-?_?in|sign-?_?up|register|registration|auth|sso|account|subscribe|subscription|paywall|consent|"
    r"captcha|challenge|not-?_?found|error|404|410|gone|expired|unavailable|maintenance|anmelden|connexion|abo)(?:\.\w{2,5})?"
)
_PARAMETER = re.compile(r"(?:^|&)(\w+)=")
_RETURN_PARAMETERS = (
    "returnurl", "return_url", "returnto", "return_to", "redirect_uri", "redirecturl", "redirect_url", "continue_url",
)  # fmt: skip
# a number or a slug of three words, as the addresses of articles have
_ARTICLE_SEGMENT = re.compile(r"\d{4}|[^-]{1,80}-[^-]{1,80}-[^-]{1,80}")
_FEW_WORDS = 200  # an article about captchas or cookies is longer than a page that shows one
_CONSENT_PHRASES = 2  # one phrase of a consent wall may be in an article, or below one


def redirect_rejection(asked: str | None, landed: str | None) -> str | None:
    """Why the page at ``landed``, where redirects led, is not the article at ``asked``; None when it may be."""
    if not asked or not landed:
        return None
    here, there = urlsplit(asked), urlsplit(landed)
    steps, wanted = (_SLASHES.sub("/", path).strip("/").lower() for path in (there.path, here.path))
    if there.query and any(name in _RETURN_PARAMETERS for name in _PARAMETER.findall(there.query.lower())):
        return "no article found: the address leads to a page that asks for something before it goes on"
    if any(_GATES.fullmatch(step) for step in steps.split("/")) and not _GATES.fullmatch(wanted.rpartition("/")[2]):
        return "no article found: the address leads to a page to sign in, to subscribe or to an error"
    if there.query or steps == wanted or not (wanted or here.query):
        return None
    if _FRONT_PAGE.fullmatch(steps):
        was_asked = _FRONT_PAGE.fullmatch(wanted) and not here.query
        return None if was_asked else "no article found: the address leads to the site's front page"
    if f"{wanted}/".startswith(f"{steps}/") and not _ARTICLE_SEGMENT.search(steps.rpartition("/")[2]):
        return f"no article found: the address leads to a section of the site (/{steps})"
    return None


def content_rejection(title: str, body: str) -> str | None:
    """Why a page with this title and body holds no article; None when it may."""
    if count_words(body) > _FEW_WORDS:
        return None
    if mentions("missing", title) or (mentions("missing", body[:400]) and count_words(body) < _FEW_WORDS // 2):
        return "no article found: the page says that it does not exist (a soft 404)"
    if mentions("away", title) or (count_words(body) < _FEW_WORDS // 2 and mentions("away", body)):
        return "no article found: the page says that the site is out of order for a while"
    if mentions("sign-in", title) or (count_words(body) < _FEW_WORDS // 4 and count_mentions("sign-in", body)):
        return "no article found: the page asks its visitor to sign in"
    if mentions("robots", title) or mentions("robots", body):
        return "no article found: the page asks whether its visitor is a person (a captcha)"
    if count_words(body) < _FEW_WORDS // 2 and mentions("regions", f"{title}\n{body}"):
        return "no article found: the page is not shown to visitors of the region it was fetched from"
    if count_mentions("consent", f"{title}\n{body}") >= _CONSENT_PHRASES:
        return "no article found: the page asks for consent before it shows anything"
    return None
