"""The words for numbers, weekdays and months, by language."""

from functools import cache

from streams.contract import cldr
from streams.stories.similarity import terms

YEARS = range(1900, 2101)
NUMBER_WORDS = {
    language: {word: number for number, word in enumerate(words.split(), 2)}
    for language, words in {
        "en": "two three four five six seven eight nine ten eleven twelve",
        "de": "zwei drei vier funf sechs sieben acht neun zehn elf zwolf",
        "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce",
        "fr": "deux trois quatre cinq six sept huit neuf dix onze douze",
        "pt": "dois tres quatro cinco seis sete oito nove dez onze doze",
        "ru": "два три четыре пять шесть семь восемь девять десять одиннадцать двенадцать",
    }.items()
}


@cache
def calendar_names(language: str) -> dict[str, int]:
    """Return the stems of weekdays (0 to 6, Monday first) and months (7 to 18); empty for unknown languages."""
    names: dict[str, int] = {}
    contexts: tuple[cldr.Context, ...] = ("stand-alone", "format")
    for context in contexts:
        months, days = cldr.months(language, context, "wide"), cldr.weekdays(language, context, "wide")
        for offset, table in ((6, months), (0, days)):
            for number, name in table.items():
                for token in terms.tokens(name, language):
                    names[terms.stem(token.word, language)] = number + offset
    return names
