"""Names of months do not depend on the languages that a process asked for before."""

import subprocess
import sys

import pytest

PROGRAM = """
import sys
from streams.contract import cldr
for language in sys.argv[1:]:
    for context in ("stand-alone", "format"):
        for width in ("wide", "abbreviated"):
            cldr.months(language, context, width), cldr.weekdays(language, context, width)
print([cldr.months("zh", context, width) for context in ("format", "stand-alone") for width in ("wide", "abbreviated")])
"""


@pytest.mark.parametrize("before", [["ja"], ["yue"], ["en", "de", "ja", "ko"]])
def test_names_are_alike_after_other_languages(before: list[str]) -> None:
    def printed(*languages: str) -> str:
        done = subprocess.run([sys.executable, "-c", PROGRAM, *languages], capture_output=True, text=True, check=True)
        return done.stdout

    assert printed(*before) == printed()


def test_a_language_that_nobody_knows_has_no_names() -> None:
    from streams.contract import cldr

    assert cldr.months("xx", "format", "wide") == cldr.weekdays("not a language", "format", "wide") == {}
