"""The title and body that were found in, the reason why they are none of an article out: errors, checks, consents."""

from streams.cleaning.characters import words
from streams.cleaning.phrases import count, says

_FEW = 200  # words; an article about captchas or cookies is longer than the page that shows one
_SIGNS = 2  # phrases of a consent wall: one may stand in an article, or below one


def reason(title: str, body: str) -> str | None:
    """One line that says why this page holds no article; None when it may."""
    if words(body) > _FEW:
        return None
    if says("missing", title) or (says("missing", body[:400]) and words(body) < _FEW // 2):
        return "no article found: the page says that it does not exist (a soft 404)"
    if says("robots", title) or says("robots", body):
        return "no article found: the page asks whether its visitor is a person (a captcha)"
    if words(body) < _FEW // 2 and says("regions", f"{title}\n{body}"):
        return "no article found: the page is not shown to visitors of the region it was fetched from"
    if count("consent", f"{title}\n{body}") >= _SIGNS:
        return "no article found: the page asks for consent before it shows anything"
    return None
