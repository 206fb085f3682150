"""No regular expression of the project takes quadratic time, whatever text it is given."""

import re
import time

from tests.limits.patterns import Used, hard_texts, patterns

SIZES = (250, 1_000, 4_000, 16_000)  # characters; each four times the one before
SHORT = 0.01  # seconds: below that a quadratic pattern could not be told from noise, and does no harm
GROWTH = 8.0  # times more for four times the text
QUADRATIC = 16.0  # times more for four times the text
# times more for four times the text: a pattern that grows by no more up to the second largest size, and has a
# quadratic part, grows by 7.2 at most to the largest
LINEAR = 5.0
TRIES = 4  # a growth counts when it is seen each time: other processes use this machine as well
SHAPES = (
    *(
        "a",
        "a ",
        "A",
        "Aa ",
        "1",
        "1 ",
        "1,",
        " ",
        "\n",
        " \n",
        ".",
        "-",
        '"',
        "'",
        "<",
        "&",
        "a.",
        "a@",
        "@",
        "a-",
        "(",
    ),
    *("я", "ب", "汉", "a\n", "Contact us a", "http://", "www.", "\u200f", "a'", "&#", "<a ", "a, ", "Mr. "),
)


def cpu(used: Used, text: str) -> float:
    started = time.process_time()
    used.work(text)
    return time.process_time() - started


def texts(used: Used, size: int) -> list[str]:
    made = [*hard_texts(used.pattern, size), *(shape * (size // len(shape)) for shape in SHAPES)]
    return [text + end for text in dict.fromkeys(made) for end in ("", "\0")]


def grows(used: Used) -> str:
    """The text with which CPU time grows faster than by `GROWTH` from one of `SIZES` to the next, or "".

    The largest size, most of the work, is left out for a text with which even a quadratic pattern would stay `SHORT`,
    and for one with which the smaller sizes show that the pattern is `LINEAR`.
    """
    before: dict[int, float] = {}
    growth: dict[int, float] = {}
    for size in SIZES:
        for number, text in enumerate(texts(used, size)):
            harmless = QUADRATIC * before.get(number, SHORT) < SHORT or growth.get(number, GROWTH) <= LINEAR
            if size == SIZES[-1] and harmless:
                continue
            taken = cpu(used, text)
            if taken > SHORT and number in before and taken > GROWTH * before[number]:
                smaller = texts(used, size // 4)[number]
                if all(cpu(used, text) > GROWTH * cpu(used, smaller) for _ in range(TRIES)):
                    return text[:40]
            growth[number] = taken / before[number] if number in before else GROWTH
            before[number] = taken or time.get_clock_info("process_time").resolution
    return ""


def test_a_quadratic_pattern_is_found() -> None:
    """Else the next test could pass because it finds nothing."""
    for source in (r"[\w.+-]+@[\w-]+\W*$", r"\s+[|]\s+", r"\((?:photo)\b[^)]*\)\s*$"):
        assert grows(Used(re.compile(source), way="finditer")), source


def test_every_pattern_takes_time_in_proportion_to_the_text() -> None:
    found = patterns()
    assert len(found) > 100
    assert {used.pattern.pattern: text for used in found if (text := grows(used))} == {}
