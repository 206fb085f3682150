"""The names of months and weekdays by CLDR, alike in every process.

Babel writes what it resolves for one locale into data that locales share (2.18: `LocaleDataDict.__getitem__`), so the
names of one language would depend on the languages that a process asked for before. Here each locale has a copy.
"""

from collections.abc import Mapping
from copy import deepcopy
from functools import cache
from typing import Any, Literal

from babel import Locale, UnknownLocaleError
from babel.localedata import LocaleDataDict, load

Context = Literal["format", "stand-alone"]
Width = Literal["wide", "abbreviated"]


def months(language: str, context: Context, width: Width) -> Mapping[int, str]:
    """Return the names of months from 1 on; none for a language that CLDR does not have."""
    return _names(language, "months", context, width)


def weekdays(language: str, context: Context, width: Width) -> Mapping[int, str]:
    """Return the names of weekdays, Monday is 0; none for a language that CLDR does not have."""
    return _names(language, "days", context, width)


@cache
def _names(language: str, what: str, context: Context, width: Width) -> Mapping[int, str]:
    data = _data(language)
    return {} if data is None else dict(data[what][context][width])


@cache
def _data(language: str) -> Any:
    try:
        locale = Locale.parse(language)
    except (UnknownLocaleError, ValueError):
        return None
    data: Any = deepcopy(load(str(locale)))
    return LocaleDataDict(data)
