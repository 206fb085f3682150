"""A zone or a span of time as people write it in, an offset or a span out; none where it could mean several."""

import re
from datetime import UTC, timedelta, timezone

# Hours, of letters that name one zone the world over. Left out: IST, EST, CST (two or three each), PST (Manila), BST.
_ZONES = {
    "Z": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "CET": 1, "CEST": 2, "MEZ": 1, "MESZ": 2, "EET": 2, "EEST": 3,
    "MSK": 3, "SAST": 2, "PKT": 5, "WIB": 7, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
    "NZST": 12, "NZDT": 13, "EDT": -4, "PDT": -7, "BRT": -3,
}  # fmt: skip
_OFFSET = re.compile(r"([+-])(\d\d?):?(\d\d)?")
_NUMBER_FIRST = re.compile(
    r"\b(\d{1,2})\s?(min\w*|m|hours?|hrs?|h|days?|d|uur|uren|dagen|timer|dager|dage|timmar|dagar|ore|giorni|saat|gün|"
    r"dakika|час\w*|минут\w*|дн\w*|день|godzin\w*|dni|dzień)\s(?:ago|geleden|siden|sedan|fa|önce|назад|temu)\b",
    re.IGNORECASE,
)
_WORD_FIRST = re.compile(
    r"\b(?:vor|il y a|hace|há)\s(\d{1,2})\s(minut\w*|stunden?|tag\w*|heures?|jours?|horas?|d[ií]as?)\b", re.IGNORECASE
)
_EAST_ASIAN = re.compile(r"(\d{1,2})\s?(分钟|分鐘|分|小时|小時|時間|天|日|분|시간|일)\s?(?:前|전)")
_DAYS = ("d", "gi", "gün", "дн", "де", "tag", "jour", "天", "日", "일")
_MINUTES = ("m", "dakika", "минут", "分", "분")


def parse_zone(name: str | None, offset: str | None) -> timezone | None:
    """``+05:30``, ``-0400``, ``+2``, or letters that name one zone; the offset wins, as in ``GMT+2``."""
    text = (offset or "").strip().upper()
    found = _OFFSET.fullmatch(text)
    if found:
        span = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
        return timezone(-span if found[1] == "-" else span) if span < timedelta(hours=24) else None
    hours = _ZONES.get(text or (name or "").upper())
    return None if hours is None else (timezone(timedelta(hours=hours)) if hours else UTC)


def parse_age(text: str) -> timedelta | None:
    """``3 hours ago``, in twenty languages: how long that is."""
    found = _NUMBER_FIRST.search(text) or _WORD_FIRST.search(text) or _EAST_ASIAN.search(text)
    if not found:
        return None
    count, unit = int(found[1]), found[2].lower()
    if unit.startswith(_DAYS):
        return timedelta(days=count)
    return timedelta(minutes=count) if unit.startswith(_MINUTES) else timedelta(hours=count)
