"""What a newsroom expects of each kind of copy, in small invented cases."""

from streams.contract.messages import CopyVerdict, Kind, Relation
from streams.copies.state import Copies
from tests.copies.fiction import (
    BOILERPLATE,
    FERRY,
    NOTICE,
    REPORT_A,
    REPORT_B,
    REWRITTEN,
    article,
    judge_all,
    prose,
    publisher,
)

GAZETTE = publisher("Harbour Gazette")
LANTERN = publisher("Daily Lantern")
COURIER = publisher("Island Courier")


def verdicts(*articles: object) -> list[CopyVerdict]:
    found = []
    for judgement in judge_all(Copies(), list(articles)):  # type: ignore[arg-type]
        assert judgement.unique is not None
        assert judgement.outcome == judgement.unique.copy.relation.value
        found.append(judgement.unique.copy)
    return found


def test_first_article_is_the_original_of_its_own_group() -> None:
    first = article("a", by=GAZETTE)
    (verdict,) = verdicts(first)
    assert (verdict.relation, verdict.group, verdict.of) == (Relation.ORIGINAL, first.id, None)
    assert verdict.reason


def test_the_same_words_are_an_exact_copy_in_any_punctuation() -> None:
    first = article("a", by=GAZETTE)
    again = article("b", FERRY.replace("\n\n", "\n\n\n").replace('"', "”").replace("The", "THE"), by=LANTERN, hours=5)
    verdict = verdicts(first, again)[1]
    assert verdict.relation is Relation.EXACT
    assert (verdict.of, verdict.group, verdict.of_publisher) == (first.id, first.id, "Harbour Gazette")
    assert verdict.similarity == 1.0
    assert "first seen 09:00 UTC on 2031-03-04" in verdict.reason


def test_the_same_text_of_one_owner_is_exact_too() -> None:
    sister = publisher("Evening Gazette", owner="gazette group")
    first = article("a", by=publisher("Harbour Gazette", owner="gazette group"))
    repost = article("b", by=publisher("Harbour Gazette", owner="gazette group"), hours=1)
    found = verdicts(first, repost, article("c", by=sister, hours=2))
    assert [verdict.relation for verdict in found] == [Relation.ORIGINAL, Relation.EXACT, Relation.EXACT]
    assert "same publisher" in found[1].reason
    assert found[2].of == first.id


def test_a_few_changed_words_make_a_near_copy() -> None:
    first = article("a", by=GAZETTE)
    edited = article("b", FERRY.replace("thick fog", "dense fog").replace("218", "220"), by=LANTERN, hours=2)
    verdict = verdicts(first, edited)[1]
    assert verdict.relation is Relation.NEAR
    assert verdict.of == first.id
    assert 0.8 < verdict.similarity < 1


def test_agency_paragraph_inside_an_own_text_is_a_wire_copy() -> None:
    verdict = verdicts(article("a", by=GAZETTE), article("b", REWRITTEN, by=LANTERN, hours=2))[1]
    assert verdict.relation is Relation.WIRE
    assert 0.2 <= verdict.similarity < 0.5
    assert f"{100 * verdict.similarity:.0f} %" in verdict.reason


def test_articles_without_a_publisher_can_be_copies() -> None:
    found = verdicts(article("a"), article("b", hours=1), article("c", REWRITTEN, hours=2))
    assert [verdict.relation for verdict in found] == [Relation.ORIGINAL, Relation.EXACT, Relation.WIRE]
    assert found[1].of_publisher is None


def test_one_house_makes_updates_and_never_wire_copies() -> None:
    longer = FERRY + "\n\nThe tug pulled the ship free at nine in the evening, and it was towed to a yard for repair."
    sister = publisher("Evening Gazette", owner="gazette group")
    house = publisher("Harbour Gazette", owner="gazette group")
    found = verdicts(
        article("a", by=house),
        article("b", longer, by=house, hours=3),
        article("c", longer + "\n\nNo date was given for the repair.", by=sister, hours=4),
        article("d", REWRITTEN, by=sister, hours=5),
    )
    assert [verdict.relation for verdict in found] == [
        Relation.ORIGINAL,
        Relation.UPDATE,
        Relation.UPDATE,
        Relation.ORIGINAL,
    ]
    assert {verdict.group for verdict in found[:3]} == {found[0].group}


def test_reports_that_quote_one_statement_stay_originals() -> None:
    found = verdicts(article("a", REPORT_A, by=GAZETTE), article("b", REPORT_B, by=LANTERN, hours=1))
    assert found[1].relation is Relation.ORIGINAL
    assert found[1].group != found[0].group


def test_a_statement_in_other_quotation_marks_is_a_quotation() -> None:
    for opening, closing in (("“", "”"), ("«", "»"), ("„", "“"), ("‘", "’"), ("``", "''"), ("'", "'")):
        a, b = (_requoted(text, opening, closing) for text in (REPORT_A, REPORT_B))
        found = verdicts(article("a", a, by=GAZETTE), article("b", b, by=LANTERN, hours=1))
        assert found[1].relation is Relation.ORIGINAL, opening


def test_a_statement_without_quotation_marks_is_a_wire_copy() -> None:
    a, b = (text.replace('"', "") for text in (REPORT_A, REPORT_B))
    found = verdicts(article("a", a, by=GAZETTE), article("b", b, by=LANTERN, hours=1))
    assert found[1].relation is Relation.WIRE


def test_one_shared_paragraph_in_two_long_texts_makes_no_copy() -> None:
    shared = FERRY.split("\n\n")[3]
    a, b = (f"{prose(name, 300)}\n\n{shared}" for name in "ab")
    found = verdicts(article("a", a, by=GAZETTE), article("b", b, by=LANTERN, hours=1))
    assert found[1].relation is Relation.ORIGINAL
    assert "too little for a copy" in found[1].reason


def test_boilerplate_of_a_publisher_makes_no_copies() -> None:
    own = [article(f"own {n}", prose(n, 60) + "\n\n" + BOILERPLATE, by=LANTERN, hours=n) for n in range(4)]
    guest = article("guest", prose("guest", 60) + "\n\n" + BOILERPLATE, by=GAZETTE, hours=5)
    found = verdicts(*own, guest)
    assert {verdict.relation for verdict in found} == {Relation.ORIGINAL}


def test_boilerplate_of_too_few_articles_counts_as_a_copy() -> None:
    """The counterpart: it is the repetition that makes boilerplate, not the rest of the rule."""
    own = article("own", prose(1, 60) + "\n\n" + BOILERPLATE, by=LANTERN)
    guest = article("guest", prose("guest", 60) + "\n\n" + BOILERPLATE, by=GAZETTE, hours=5)
    assert verdicts(own, guest)[1].relation is Relation.WIRE


def test_copies_of_one_text_are_no_boilerplate() -> None:
    """A publisher that rewrites one story five times still has it copied by others."""
    own = [article(f"own {n}", f"{FERRY}\n\n{prose(n, 10)}", by=GAZETTE, hours=n) for n in range(5)]
    found = verdicts(*own, article("copy", by=LANTERN, hours=6))
    assert [verdict.relation for verdict in found[1:]] == [Relation.UPDATE] * 4 + [Relation.NEAR]
    assert found[-1].group == own[0].id


def test_two_notices_of_one_form_with_other_numbers_stay_apart() -> None:
    first = NOTICE.format(amount=400, day="Monday", term=7, rate="2.25", bids=12)
    title = "Bank of Norrland adds reserves"
    for second in (
        NOTICE.format(amount=950, day="Tuesday", term=7, rate="2.25", bids=12),  # Jaccard .6
        NOTICE.format(amount=950, day="Tuesday", term=14, rate="2.30", bids=9),
    ):
        for by in (GAZETTE, LANTERN, None):
            for hours in (5, 24):
                pair = (
                    article("a", first, title=title, by=GAZETTE),
                    article("b", second, title=title, by=by, hours=hours),
                )
                assert verdicts(*pair)[1].relation is Relation.ORIGINAL


def test_a_notice_sent_again_with_a_correction_is_a_copy() -> None:
    first = NOTICE.format(amount=400, day="Monday", term=7, rate="2.25", bids=12)
    second = NOTICE.format(amount=450, day="Monday", term=7, rate="2.25", bids=12)
    found = verdicts(
        article("a", first, title="Bank of Norrland adds reserves", by=GAZETTE),
        article("b", second, title="CORRECTED-Bank of Norrland adds reserves", by=LANTERN, hours=4),
    )
    assert found[1].relation is Relation.NEAR


def test_a_line_that_stands_in_for_many_articles_is_no_copy() -> None:
    wall = "This article is for subscribers only. Please sign in or choose a plan to go on reading."
    found = verdicts(
        article("a", wall, title="Ferry aground off Osterby", by=GAZETTE),
        article("b", wall, title="County turns down new bridge", by=GAZETTE, hours=1),
        article("c", wall, title="Ferry aground off Osterby", by=GAZETTE, hours=2),
    )
    assert [verdict.relation for verdict in found] == [Relation.ORIGINAL, Relation.ORIGINAL, Relation.EXACT]


def test_short_headlines_without_a_body_are_never_copies() -> None:
    found = verdicts(
        article("a", "", title="Ferry runs aground off Osterby", by=GAZETTE),
        article("b", "", title="Ferry runs aground off Osterby", by=LANTERN, hours=0.5),
    )
    assert found[1].relation is Relation.ORIGINAL


def test_long_equal_headlines_are_one_text_but_like_ones_are_not() -> None:
    title = "Ferry with 218 on board runs aground in thick fog outside Osterby harbour"
    found = verdicts(
        article("a", "", title=title, by=GAZETTE),
        article("b", "", title=title.upper(), by=LANTERN, hours=1),
        article("c", "", title=title.replace("thick", "dense"), by=COURIER, hours=1),
        article("d", "", title=title, by=COURIER, hours=30),
    )
    assert [verdict.relation.value for verdict in found] == ["original", "exact", "original", "original"]


def test_a_headline_is_no_copy_of_an_article_with_that_title() -> None:
    title = "Ferry with 218 on board runs aground in thick fog outside Osterby harbour"
    found = verdicts(article("a", title=title, by=GAZETTE), article("b", "", title=title, by=LANTERN, hours=1))
    assert found[1].relation is Relation.ORIGINAL
    assert article("b", "").kind is Kind.HEADLINE


def test_copies_of_copies_belong_to_the_group_of_the_first() -> None:
    """Each keeps part of the one before it; the last shares nothing with the first and still is in its group."""
    parts = [prose(f"part {n}", 90) for n in range(5)]
    chain = [article(f"link {n}", "\n\n".join(parts[n : n + 2]), by=publisher(f"Paper {n}"), hours=n) for n in range(4)]
    found = verdicts(*chain)
    assert {verdict.group for verdict in found} == {chain[0].id}
    assert [verdict.of for verdict in found[1:]] == [link.id for link in chain[:3]]


def test_the_original_is_named_among_many_equal_copies() -> None:
    copies = [article(f"copy {n}", by=publisher(f"Paper {n}"), hours=n / 10) for n in range(60)]
    found = verdicts(*copies)
    assert {verdict.of for verdict in found[1:]} == {copies[0].id}


def test_scripts_without_spaces_are_compared_by_letters() -> None:
    wire = (
        "気象台によると、北部の島々では火曜日の朝から強い風が続いており、港を出る船はすべて運航を見合わせている。"
        "島の役場は住民に対し、海岸に近づかないよう呼びかけ、学校は午後の授業を取りやめた。"
    )
    own = (
        "漁業組合の会長は、網の被害がどれほどになるかまだ分からないと話した。週末までに調べを終え、県に支援を求める考えだ。"
        "組合には八十隻の船があり、そのうち三割ほどが去年の秋の嵐でも損害を受けている。修理の費用は保険だけでは足りず、"
        "若い漁師の中には町を離れることを考える人もいるという。町長は来月にも補助の案を議会に出すと約束したが、額は示さなかった。"
    )
    other = (
        "市立美術館で春の展覧会が始まり、初日から多くの人が訪れた。地元の画家が描いた港の風景など六十点が並んでいる。"
    )
    found = verdicts(
        article("a", wire, by=GAZETTE),
        article("b", own + "\n\n" + wire[:70], by=LANTERN, hours=1),
        article("c", other, by=COURIER, hours=2),
    )
    assert [verdict.relation for verdict in found] == [Relation.ORIGINAL, Relation.WIRE, Relation.ORIGINAL]


def test_a_wire_inside_a_very_long_text_is_found_in_both_orders() -> None:
    """The long one is over the cap of shingles in a row, so the second order rests on a sample."""
    digest_page = "\n\n".join([prose("before", 6_000), FERRY, prose("after", 6_000)])
    for articles in (
        (article("a", by=GAZETTE), article("b", digest_page, by=LANTERN, hours=1)),
        (article("b", digest_page, by=LANTERN), article("a", by=GAZETTE, hours=1)),
    ):
        assert verdicts(*articles)[1].relation is Relation.WIRE


def _requoted(text: str, opening: str, closing: str) -> str:
    before, quote, after = text.split('"')
    return f"{before}{opening}{quote}{closing}{after}"
