"""Languages by the text, and "und" rather than a guess."""

import pytest

from streams.cleaning import clean
from streams.cleaning.text.language import detect, primary_subtag
from streams.contract.messages import ContentType, SenderFields
from tests.cleaning.arrivals import arrival


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("The council voted on Tuesday to close the old bridge.", "en"),
        ("Der Stadtrat stimmte am Dienstag für die Sperrung der alten Brücke.", "de"),
        ("El consejo votó el martes a favor de cerrar el viejo puente.", "es"),
        ("市議会は火曜日、古い橋を春まで閉鎖することを決めた。", "ja"),
        ("Совет проголосовал во вторник за закрытие старого моста.", "ru"),
        ("صوت المجلس يوم الثلاثاء على إغلاق الجسر القديم", "ar"),
    ],
)
def test_a_sentence_is_enough(text: str, language: str) -> None:
    assert detect(text) == language


@pytest.mark.parametrize("text", ["", "12 345", "Mali GDP", "+++"])
def test_too_little_is_und(text: str) -> None:
    assert detect(text) == "und"


def test_what_the_page_declares_does_not_overrule_its_text() -> None:
    assert (
        detect("The council voted on Tuesday to close the old bridge across the harbour for repairs.", "fr-FR") == "en"
    )


def test_tags_become_iso_639_1() -> None:
    assert [primary_subtag(tag) for tag in ("de-AT", "nb_NO", "EN", "zxx", "", None)] == [
        "de",
        "no",
        "en",
        None,
        None,
        None,
    ]


HEADLINE = "Kestrel Dam gate fails, Thornbeck villagers flee"
GERMAN = (
    "Die Schleuse am Damm klemmt, und tausend Menschen sollen ihre Häuser im Tal verlassen, teilte der Landkreis mit."
)


def test_a_short_text_of_names_is_what_its_sender_writes() -> None:
    assert detect(HEADLINE) == "und"
    assert detect(HEADLINE, "en-GB") == "en"
    assert detect(HEADLINE, None, "en") == "en"
    assert detect("水門故障、千人避難", "ja") == "ja"


@pytest.mark.parametrize("tag", ["en-US", "fr", "ru", "zh"])
def test_a_templates_tag_changes_no_text(tag: str) -> None:
    assert detect(GERMAN, tag) == "de"
    assert detect("Schleuse am Kestrel-Damm klemmt", tag) == "de"
    assert detect("Мэр Ормли ушёл в отставку", "en-US") == "ru"


def test_a_tag_decides_between_close_relatives() -> None:
    text = "Kapija brane otkazala, hiljadu ljudi napustilo domove"
    assert [detect(text, tag) for tag in ("sr", "bs-Latn", "hr")] == ["sr", "bs", "hr"]


def test_the_senders_tag_does_not_overrule_a_body() -> None:
    raw = arrival(
        GERMAN, ContentType.BODY, url="https://talblatt.example/a", given=SenderFields(title="Damm", language="en-US")
    )
    assert clean(raw).language == "de"


def test_the_publishers_country_speaks_where_nobody_else_does() -> None:
    raw = arrival(HEADLINE, ContentType.BODY, url="https://harbourpost.co.uk/a")
    assert clean(raw).language == "en"
