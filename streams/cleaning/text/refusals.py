"""The title and body that were found in, the reason why they are none of an article out: errors, checks, consents."""

import re
from urllib.parse import urlsplit

from streams.cleaning.text.characters import words
from streams.cleaning.text.phrases import count, says

_SLASHES = re.compile("/+")
_FRONT = re.compile(
    r"(?:[a-z]{2}(?:[-_][a-z]{2})?)?/?(?:(?:index|home|homepage|default|start|startseite|main|accueil|inicio)(?:\.\w{2,5})?)?"
)
_DOORS = re.compile(
    r"(?:sign-?_?in|log-?_?in|sign-?_?up|register|registration|auth|sso|account|subscribe|subscription|paywall|consent|"
    r"captcha|challenge|not-?_?found|error|404|410|gone|expired|unavailable|maintenance|anmelden|connexion|abo)(?:\.\w{2,5})?"
)
_NAMES = re.compile(r"(?:^|&)(\w+)=")
_ADDRESSES = (
    "returnurl",
    "return_url",
    "returnto",
    "return_to",
    "redirect_uri",
    "redirecturl",
    "redirect_url",
    "continue_url",
)
# a number or a slug of three words: an article's own address
_OF_ARTICLE = re.compile(r"\d{4}|[^-]{1,80}-[^-]{1,80}-[^-]{1,80}")
_FEW = 200  # words; an article about captchas or cookies is longer than the page that shows one
_SIGNS = 2  # phrases of a consent wall: one may stand in an article, or below one


def elsewhere(asked: str | None, landed: str | None) -> str | None:
    """One line that says why the page that redirects led to is not the one that was asked for; None when it may be."""
    if not asked or not landed:
        return None
    here, there = urlsplit(asked), urlsplit(landed)
    steps, wanted = (_SLASHES.sub("/", path).strip("/").lower() for path in (there.path, here.path))
    if there.query and any(name in _ADDRESSES for name in _NAMES.findall(there.query.lower())):
        return "no article found: the address leads to a page that asks for something before it goes on"
    if any(_DOORS.fullmatch(step) for step in steps.split("/")) and not _DOORS.fullmatch(wanted.rpartition("/")[2]):
        return "no article found: the address leads to a page to sign in, to subscribe or to an error"
    if there.query or steps == wanted or not (wanted or here.query):
        return None
    if _FRONT.fullmatch(steps):
        return (
            None
            if _FRONT.fullmatch(wanted) and not here.query
            else "no article found: the address leads to the site's front page"
        )
    if f"{wanted}/".startswith(f"{steps}/") and not _OF_ARTICLE.search(steps.rpartition("/")[2]):
        return f"no article found: the address leads to a section of the site (/{steps})"
    return None


def reason(title: str, body: str) -> str | None:
    """One line that says why this page holds no article; None when it may."""
    if words(body) > _FEW:
        return None
    if says("missing", title) or (says("missing", body[:400]) and words(body) < _FEW // 2):
        return "no article found: the page says that it does not exist (a soft 404)"
    if says("away", title) or (words(body) < _FEW // 2 and says("away", body)):
        return "no article found: the page says that the site is out of order for a while"
    if says("sign-in", title) or (words(body) < _FEW // 4 and count("sign-in", body)):
        return "no article found: the page asks its visitor to sign in"
    if says("robots", title) or says("robots", body):
        return "no article found: the page asks whether its visitor is a person (a captcha)"
    if words(body) < _FEW // 2 and says("regions", f"{title}\n{body}"):
        return "no article found: the page is not shown to visitors of the region it was fetched from"
    if count("consent", f"{title}\n{body}") >= _SIGNS:
        return "no article found: the page asks for consent before it shows anything"
    return None
