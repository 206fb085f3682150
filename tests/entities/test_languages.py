"""Articles in languages without a model, in any script."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.entities import tag
from tests.entities.conftest import Tagger, keys, unique, written
from tests.fuzz.amount import inputs

GERMAN = (
    "Die deutsche Außenministerin Paula Weidlich hat am Montag in Madrid ihren Kollegen Ignacio Serrador getroffen. "
    "Weidlich sagte, die Bundesregierung werde Geld bereitstellen. Im Januar reist sie nach Mexiko und Brasilien. "
    "Der Bürgermeister der Stadt kritisierte die Pläne. Das Bundesverfassungsgericht in Karlsruhe schwieg. "
    "Ende der Woche soll der Bericht mit allen Zahlen kommen, und die Vereinten Nationen warten darauf."
)
SPANISH = (
    "El presidente Pedro Sáenz de Lima se reunió el lunes con la ministra Lucía Rovira en Buenos Aires. Sáenz de Lima "
    "dijo que México y EE.UU. firmarán un acuerdo. La OTAN y la ONU no comentaron. La Universidad de Salamanca opinó."
)
FRENCH = (
    "Le ministre de l'Intérieur Fabrice Delaunoy s'est rendu à Londres pour rencontrer des responsables de l'Union "
    "européenne. Selon M. Delaunoy, la France et le Royaume-Uni vont investir. Les Français attendent."
)


def test_german_finds_names_among_capital_nouns(tagged: Tagger) -> None:
    found = tagged("Weidlich trifft Kollegen in Madrid", GERMAN, "de")
    assert written(found, "person:paula weidlich") == ["Weidlich", "Paula Weidlich", "Weidlich"]
    assert "person:ignacio serrador" in keys(found)
    assert {"place:madrid", "place:mexico", "place:brazil", "place:karlsruhe"} <= set(keys(found))
    nouns = {"burgermeister", "stadt", "plane", "ende", "woche", "bericht", "zahlen", "geld", "kollegen"}
    assert not nouns & {word for key in keys(found) for word in key.split(":")[1].split()}


def test_spanish(tagged: Tagger) -> None:
    found = tagged("", SPANISH, "es")
    assert written(found, "person:pedro saenz de lima") == ["Pedro Sáenz de Lima", "Sáenz de Lima"]
    wanted = {"place:mexico", "place:united states", "organisation:nato", "organisation:united nations"}
    assert wanted <= set(keys(found))
    assert {"person:lucia rovira", "place:buenos aires", "organisation:universidad de salamanca"} <= set(keys(found))


def test_french(tagged: Tagger) -> None:
    found = tagged("", FRENCH, "fr")
    assert written(found, "person:fabrice delaunoy") == ["Fabrice Delaunoy", "Delaunoy"]
    assert {"place:london", "organisation:european union", "place:united kingdom"} <= set(keys(found))
    assert "group:francais" in keys(found)


@pytest.mark.parametrize(
    ("language", "body", "wanted"),
    [
        (
            "zh",
            "外交部长周一抵达柏林，与德国官员会谈。美国没有评论。",
            {"place:berlin", "place:germany", "place:united states"},
        ),
        (
            "ar",
            "وصل الوزير إلى القاهرة والتقى مسؤولين في مصر وألمانيا.",
            {"place:cairo", "place:egypt", "place:germany"},
        ),
        ("ko", "미국과 일본은 서울에서 회담을 열었다.", {"place:united states", "place:japan", "place:seoul"}),
        ("ru", "Министр Николай Озеров прибыл. Озеров сказал, что Германия ждёт.", {"place:germany"}),
        ("und", "米国と日本は東京で会談した。", {"place:japan"}),
        ("xx", "Korrespondent Maria Vasko esperas en Berlin.", {"place:berlin"}),
    ],
)
def test_countries_have_one_key_in_all_languages(tagged: Tagger, language: str, body: str, wanted: set[str]) -> None:
    assert wanted <= set(keys(tagged("", body, language)))


@pytest.mark.parametrize("language", ["en", "de", "und", "zh", "xx", ""])
@pytest.mark.parametrize("text", ["", "\n\n", "\x00", "…", "'s", "((((", "A", "€", "\u202e", "ß İ ŉ"])
def test_nothing_makes_it_fail(tagged: Tagger, language: str, text: str) -> None:
    assert tagged(text, text, language).article.body == text
    assert tagged(text, "", language).article.title == text


PIECES = st.sampled_from(
    [
        *sorted(
            """Jane Doe de la Roe U.S. US the Mexico's Mexico Ministry of Foreign Affairs (MFA) “ ” " ' « » -- . , é İ ß
            President Mr. 中国 القاهرة January 3 2,5 million $ % d'Or Élysée O'Neil McX JANE DOE MEXICO and l' İSTANBUL
            von der Leyn Smith-Jones X. Y. EE.UU. ŉ ﬁ""".split()  # noqa: SIM905 - a list of 60 strings is no better to read
        ),
        "\n",
        "\n\n",
    ]
)


@inputs(60)
@given(
    st.lists(PIECES | st.text(max_size=4), max_size=30).map(" ".join),
    st.lists(PIECES, max_size=12).map(" ".join),
    st.sampled_from(["en", "es", "de", "fr", "und", "zh"]),
)
def test_mentions_are_exact_whatever_the_text(tagged: Tagger, body: str, title: str, language: str) -> None:
    result = tagged(title, body, language)
    text = f"{title}\n\n{body}"
    for entity in result.entities:
        assert entity.key.startswith(f"{entity.type}:")
        assert entity.key.split(":", 1)[1]
        assert entity.name.casefold() in {" ".join(text[a:b].casefold().split()) for a, b in entity.mentions}


def test_a_megabyte_stays_bounded(tagged: Tagger) -> None:
    sentence = "Die Ingenieurin Paula Weidlich sagte am 3. Mai in Karlsruhe, es seien 2,5 Millionen Euro. "
    result = tagged("Lang", sentence * 10_000, "de")
    assert keys(result) == ["person:paula weidlich", "place:karlsruhe"]
    assert [len(entity.mentions) for entity in result.entities] == [100, 100]


def test_names_are_found_again_far_behind_what_is_read() -> None:
    body = "Engineer Jane Roehampton spoke in Toronto.\n\n" + "\n" * 150_000 + "Roehampton left for Toronto."
    result = tag(unique("", body))
    assert [entity.mentions[-1][0] > 150_000 for entity in result.entities] == [True, True]


def test_brackets_without_end_do_not_hang(tagged: Tagger) -> None:
    assert keys(tagged("", "(" * 300_000)) == []
