"""Languages: told from the text, and "und" rather than a guess."""

import pytest

from streams.cleaning.language import detect, primary


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
    assert [primary(tag) for tag in ("de-AT", "nb_NO", "EN", "zxx", "", None)] == ["de", "no", "en", None, None, None]
