"""The story into which an article is filed, and the reasons."""

from datetime import timedelta
from itertools import permutations

import pytest

from streams.contract.messages import Kind, Relation, digest
from tests.stories import fiction
from tests.stories.fiction import Desk, story_of, tagged


def test_reports_of_one_event_are_one_story_with_reasons() -> None:
    desk = Desk()
    first = desk.file(tagged(fiction.FIRE, names=["Odile Brandt"], numbers=("212",)))
    at = fiction.START + timedelta(hours=2)
    second = desk.file(tagged(fiction.FIRE_AGAIN, by="courier", at=at, names=["Odile Brandt"], numbers=("212",)))
    assert first.filed is not None
    assert second.filed is not None
    assert story_of(first) == digest("story", first.filed.article.id) == story_of(second)
    filing = second.filed.filing
    assert filing.decision == "joined"
    assert filing.score >= filing.threshold
    assert filing.nearest == first.filed.article.id
    assert filing.shared_entities == ("Odile Brandt",)
    assert {"cannery", "marrow"} <= set(filing.shared_terms)
    assert filing.gap_seconds == 7200
    assert filing.reasons[0] == 'shares 1 name with "Fire destroys cannery in Marrow Bay": Odile Brandt'
    assert "same figures: 212" in filing.reasons
    assert "2 h after the story's latest article" in filing.reasons


def test_another_event_begins_a_story_and_says_what_came_nearest() -> None:
    desk = Desk()
    created = desk.file(tagged(fiction.FIRE))
    other = desk.file(tagged(fiction.ELECTION, by="courier"))
    assert created.filed is not None
    assert other.filed is not None
    assert created.filed.filing.reasons == ("no story of the last 14 days has its words",)
    assert story_of(created) != story_of(other)
    assert other.filed.filing.decision == "created"
    assert other.filed.filing.nearest is None
    assert other.filed.filing.reasons[0].startswith("no story of the last 14 days")


@pytest.mark.parametrize("order", list(permutations(range(4))), ids=str)
def test_two_events_with_the_same_people_are_two_stories(order: tuple[int, ...]) -> None:
    texts = (*fiction.CALLS, fiction.VISIT)
    desk = Desk()
    stories = {n: story_of(desk.file(tagged(texts[n], by=f"outlet{n}"))) for n in order}
    assert len({stories[n] for n in range(3)}) == 1
    assert stories[3] != stories[0]


def test_the_reason_names_the_nearest_other_story() -> None:
    desk = Desk()
    desk.file(tagged(fiction.CALLS[0]))
    visit = desk.file(tagged(fiction.VISIT))
    assert visit.filed is not None
    (reason,) = visit.filed.filing.reasons
    assert reason.startswith(f'"{fiction.CALLS[0][0]}" has the same people and words')
    assert "a different event" in reason


def test_a_copy_joins_its_original_whatever_its_words() -> None:
    desk = Desk()
    original = desk.file(tagged(fiction.FIRE, "one"))
    copy = desk.file(tagged(fiction.ELECTION, "two", by="courier", relation=Relation.WIRE, of="one"))
    assert story_of(copy) == story_of(original)
    assert copy.filed is not None
    assert copy.filed.filing.reasons[0] == 'carries agency text that is also in "Fire destroys cannery in Marrow Bay"'
    of_unknown = desk.file(tagged(fiction.ELECTION, "three", relation=Relation.NEAR, of="gone", group="one"))
    assert story_of(of_unknown) == story_of(original)


def test_beyond_the_window_a_story_takes_not_even_a_copy() -> None:
    desk = Desk()
    desk.file(tagged(fiction.FIRE, "one"))
    late = fiction.START + timedelta(days=15)
    again = desk.file(tagged(fiction.FIRE_AGAIN, "two", at=late), at=fiction.START)
    copy = desk.file(tagged(fiction.FIRE, "three", at=late, relation=Relation.EXACT, of="one"), at=fiction.START)
    assert story_of(again) == digest("story", "two")
    assert story_of(copy) == digest("story", "two")


def test_a_silent_story_needs_more_similar_articles() -> None:
    def threshold(days: float) -> float:
        desk = Desk()
        desk.file(tagged(fiction.FIRE))
        later = fiction.START + timedelta(days=days)
        filed = desk.file(tagged(fiction.FIRE_AGAIN, "two", at=later), at=fiction.START).filed
        assert filed is not None
        return filed.filing.threshold

    assert threshold(0) == threshold(2) < threshold(5) < threshold(13)


def test_old_backfilled_articles_join_only_each_other() -> None:
    desk = Desk()
    now = story_of(desk.file(tagged(fiction.FIRE, "now")))
    past = fiction.START - timedelta(days=700)
    first = desk.file(tagged(fiction.FIRE, "then", at=past), at=fiction.START)
    second = desk.file(tagged(fiction.FIRE_AGAIN, "then too", at=past + timedelta(hours=1)), at=fiction.START)
    assert story_of(first) == story_of(second) != now


def test_headlines_find_headlines_and_articles() -> None:
    desk = Desk()

    def headline(title: str, identity: str) -> str:
        return story_of(desk.file(tagged((title, ""), identity, kind=Kind.HEADLINE)))

    fire = story_of(desk.file(tagged(fiction.FIRE, "one")))
    assert headline("Pellew cannery fire in Marrow Bay destroys hundreds of jobs", "two") == fire
    vote = headline("Lindqvist wins mayoral election", "three")
    assert vote != fire
    assert headline("Mayoral election: Lindqvist beats Okafor", "four") == vote
    assert story_of(desk.file(tagged(fiction.ELECTION, "five"))) == vote


def test_results_of_one_form_join_only_with_equal_figures() -> None:
    def notice(company: str, figures: tuple[str, ...]) -> tuple[str, str]:
        profit, before, sales, sold = figures
        return f"{company} third quarter net", (
            f"Share profit {profit} cents against {before} cents. Net sales {sales} million against {sold} million. "
            "Average shares unchanged. Quarterly dividend declared."
        )

    desk = Desk()
    all_figures = [("34", "29", "12.4", "11.8"), ("58", "61", "20.9", "19.6"), ("17", "14", "93.4", "98.7")]
    notices = [
        (notice(company, figures), figures)
        for company, figures in zip(("Pellew Foods", "Tessin Locks", "Sarn Timber"), all_figures, strict=True)
    ]
    stories = [story_of(desk.file(tagged(text, numbers=figures))) for text, figures in notices]
    assert len(set(stories)) == 3
    text, figures = notices[1]
    assert story_of(desk.file(tagged((f"Results: {text[0]}", text[1]), numbers=figures))) == stories[1]


@pytest.mark.parametrize(
    ("language", "one", "two", "other"),
    [
        (
            "de",
            ("Großbrand in Fischfabrik", "Ein Feuer hat am Morgen die Fischfabrik Pellmann in Norderhaven zerstört."),
            ("Fischfabrik abgebrannt", "Die Fischfabrik Pellmann in Norderhaven ist bei einem Feuer abgebrannt."),
            ("Neue Bürgermeisterin", "Astrid Lindberg hat die Wahl in Tarnstadt mit großem Vorsprung gewonnen."),
        ),
        (
            "ja",
            (
                "缶詰工場で火災",
                "青波港の缶詰工場で早朝に火災が発生し、消防隊が六時間かけて消し止めた。けが人はいない。",
            ),
            ("青波港の工場火災", "早朝、青波港にある缶詰工場が火災で全焼した。消防隊の消火活動は六時間に及んだ。"),
            ("市長選挙の結果", "樽本市の市長選挙は新人の候補が現職を破り、初めての当選を果たした。"),
        ),
        (
            "th",
            ("ไฟไหม้โรงงานปลากระป๋อง", "เกิดไฟไหม้โรงงานปลากระป๋องที่อ่าวมรกต นักดับเพลิงใช้เวลาหกชั่วโมง"),
            ("โรงงานปลากระป๋องไฟไหม้", "โรงงานปลากระป๋องที่อ่าวมรกตถูกไฟไหม้ นักดับเพลิงใช้เวลาดับหกชั่วโมง"),
            ("ผลการเลือกตั้งนายกเทศมนตรี", "ผู้สมัครหน้าใหม่ชนะการเลือกตั้งนายกเทศมนตรีด้วยคะแนนท่วมท้น"),
        ),
    ],
)
def test_stories_form_in_other_languages(
    language: str, one: tuple[str, str], two: tuple[str, str], other: tuple[str, str]
) -> None:
    desk = Desk()
    stories = [story_of(desk.file(tagged(text, language=language))) for text in (one, two, other)]
    assert stories[0] == stories[1] != stories[2]


def test_the_same_words_in_another_language_are_another_story() -> None:
    desk = Desk()
    assert story_of(desk.file(tagged(fiction.FIRE, "one"))) != story_of(
        desk.file(tagged(fiction.FIRE, "two", language="fr"))
    )


def test_articles_without_a_single_word_are_filed_each_alone() -> None:
    desk = Desk()
    stories = [story_of(desk.file(tagged(("…", "— !"), str(n)))) for n in range(3)]
    assert len(set(stories)) == 3
    desk.restart()
    assert story_of(desk.file(tagged(("…", "— !"), "last"))) not in stories
