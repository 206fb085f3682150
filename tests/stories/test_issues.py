"""Forecasts, daily counts and market reports: titles of one form with another day are other events."""

from datetime import timedelta

import pytest

from streams.stories.similarity.features import days_of
from tests.stories import fiction
from tests.stories.fiction import Desk, story_of, tagged

# language, title with the day left open, two days, text of the first and of the second issue
ISSUES = [
    ("en", "Weather forecast for Tarn valley, {}", "8 March", "18 March",
     "Rain spreads over the Tarn valley from the west, with gusts on the ridges and highs of 11 degrees.",
     "Rain spreads over the Tarn valley from the west, with fog on the ridges and highs of 12 degrees."),
    ("en", "Velland index at the close: {}", "Monday", "Tuesday",
     "Shares in Velland closed higher, led by banks. The index of Port Velland rose 1.2 percent on steady turnover.",
     "Shares in Velland closed lower, led by banks. The index of Port Velland fell 0.4 percent on steady turnover."),
    ("de", "Wettervorhersage für Norderhaven am {}", "8. März", "18. März",
     "In Norderhaven ziehen von Westen Wolken auf, dazu weht ein frischer Wind bei Höchstwerten um 11 Grad.",
     "In Norderhaven ziehen von Westen Wolken auf, dazu weht ein mäßiger Wind bei Höchstwerten um 12 Grad."),
    ("de", "Börsenschluss in Tarnstadt am {}", "12.03.2031", "13.03.2031",
     "Die Börse in Tarnstadt hat fester geschlossen. Der Leitindex gewann 1,2 Prozent, gefragt waren Bankaktien.",
     "Die Börse in Tarnstadt hat schwächer geschlossen. Der Leitindex verlor 0,4 Prozent, gefragt waren Bankaktien."),
    ("es", "Pronóstico del tiempo en Puerto Velo: {}", "8 de marzo", "18 de marzo",
     "Cielo nuboso en Puerto Velo con lluvias débiles por la tarde y temperaturas máximas de 21 grados.",
     "Cielo nuboso en Puerto Velo con lluvias débiles por la mañana y temperaturas máximas de 22 grados."),
    ("fr", "Météo à Port-Vélan : les prévisions du {}", "8 mars", "18 mars",
     "Le ciel reste couvert à Port-Vélan, avec des averses sur la côte et 11 degrés dans la journée.",
     "Le ciel reste couvert à Port-Vélan, avec des averses sur les collines et 12 degrés dans la journée."),
    ("pt", "Previsão do tempo em Porto Velho do Mar: {}", "8 de março", "18 de março",
     "Céu nublado em Porto Velho do Mar, com chuva fraca no litoral e máximas de 21 graus.",
     "Céu nublado em Porto Velho do Mar, com chuva fraca na serra e máximas de 22 graus."),
    ("ru", "Прогноз погоды в Тарнске на {}", "8 марта", "18 марта",
     "В Тарнске ожидается облачная погода с прояснениями, небольшой дождь, днём до 11 градусов тепла.",
     "В Тарнске ожидается облачная погода с прояснениями, местами туман, днём до 12 градусов тепла."),
    ("zh", "塔恩市天气预报（{}）", "3月12日", "3月18日",
     "塔恩市今天多云转小雨，西风三到四级，最高气温十一度，市民出行请注意携带雨具。",
     "塔恩市今天多云转小雨，西风二到三级，最高气温十二度，市民出行请注意携带雨具。"),
    ("ar", "توقعات الطقس في ترنة ليوم {}", "8 مارس", "18 مارس",
     "طقس غائم في ترنة مع أمطار خفيفة على الساحل ودرجات حرارة عظمى تبلغ 21 درجة.",
     "طقس غائم في ترنة مع أمطار خفيفة على الجبال ودرجات حرارة عظمى تبلغ 22 درجة."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "title", "day", "other", "text", "next_text"), ISSUES)
def test_another_day_is_another_issue(
    language: str, title: str, day: str, other: str, text: str, next_text: str
) -> None:
    desk = Desk()
    first = story_of(desk.file(tagged((title.format(day), text), language=language)))
    later = fiction.START + timedelta(days=1)
    second = tagged((title.format(other), next_text), by="courier", at=later, language=language)
    assert story_of(desk.file(second)) != first
    again = tagged((title.format(day), f"{text} {title}"), "again", by="herald", language=language)
    assert story_of(desk.file(again)) == first


def test_a_toll_that_rises_in_the_title_is_no_other_issue() -> None:
    title = "Sarn valley quake: toll rises to {} in Tessin"
    text = "The toll of the earthquake in the Sarn valley has risen to {}, the mayor of Tessin, Odile Brandt, said."
    desk = Desk()
    stories = {
        story_of(desk.file(tagged((title.format(n), text.format(n)), by=f"outlet{n}", numbers=(f"{n}",))))
        for n in (11, 14)
    }
    assert len(stories) == 1


@pytest.mark.parametrize(
    ("title", "language", "days"),
    [
        ("Toll rises to 22", "en", set()),
        ("Market close 22/10", "en", {"22", "10"}),
        ("Market close on Monday", "en", {"name 0"}),
        ("Прогноз на 18 марта", "ru", {"18", "name 9"}),
    ],
)
def test_days_of_titles(title: str, language: str, days: set[str]) -> None:
    assert days_of(title, language) == days


# language, title with the name left open, two names, text with the name left open
OF_ONE_FORM = [
    ("en", "{}, {}, teacher and gardener", "Ruth Calder", "Tom Wexley",
     "{}, a beloved teacher, died peacefully at home aged {}. A service is held in the chapel of Tessin on Friday."),
    ("en", "Weather for {}: rain in the morning, highs of {} degrees", "Dunmoor", "Kelsholm",
     "Rain is expected in {} in the morning, with highs of {} degrees and winds from the west. The evening is cloudy."),
    ("de", "Das Wetter in {}: Regen am Vormittag, bis {} Grad", "Norderhaven", "Tarnstadt",
     "In {} regnet es am Vormittag bei Höchstwerten von {} Grad, dazu weht ein frischer Wind. Abends bleibt es trüb."),
    ("fr", "Avis de décès : {}, {} ans, institutrice et jardinière", "Jeanne Valory", "Odile Brandt",
     "{} s'est éteinte paisiblement à l'âge de {} ans. Une cérémonie aura lieu vendredi, ni fleurs ni couronnes."),
]  # fmt: skip


@pytest.mark.parametrize(("language", "title", "name", "other", "text"), OF_ONE_FORM)
def test_a_title_of_one_form_with_another_name_is_another_event(
    language: str, title: str, name: str, other: str, text: str
) -> None:
    desk = Desk()

    def filed(who: str, number: int, by: str) -> str:
        issue = title.format(who, number), text.format(who, number)
        return story_of(desk.file(tagged(issue, by=by, language=language, names=[who, "Tessin"])))

    first = filed(name, 64, "herald")
    assert filed(other, 72, "courier") != first
    assert filed(name, 65, "gazette") == first


def test_names_that_the_other_text_has_too_are_no_other_event() -> None:
    text = "A man was arrested in Kelsholm in the county of Tarn on Tuesday after a robbery at the bank."
    desk = Desk()
    stories = {
        story_of(
            desk.file(tagged((f"Police arrest man in {place} after robbery", text), by=by, names=["Kelsholm", "Tarn"]))
        )
        for place, by in (("Kelsholm", "herald"), ("Tarn", "courier"))
    }
    assert len(stories) == 1
