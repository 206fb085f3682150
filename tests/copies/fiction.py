"""Invented articles for the tests of copies, and a seeded generator of many more."""

import random
from datetime import UTC, datetime, timedelta

from streams.contract.messages import CleanArticle, Kind, Lane, Publisher, digest
from streams.copies.rows import CopyRow
from streams.copies.state import RETAINED_MESSAGES, Copies, Judgement

START = datetime(2031, 3, 4, 9, 0, tzinfo=UTC)

FERRY = """The ferry Marta Lind ran aground on a sandbank outside the harbour of Osterby early on Tuesday, and all \
218 passengers were taken off by lifeboats within two hours, the coast guard said.

Nobody was badly hurt, but eleven people were treated for cold and bruises at the regional hospital. The ship had left \
the island of Hallo at dawn in thick fog and was about four kilometres from land when it struck the bank.

"We felt a long shudder, and then the lights went out and everybody was very quiet for a moment," said one passenger, \
a teacher who was on her way to work.

Divers will inspect the hull before a tug tries to pull the vessel free at the evening tide. The shipping company \
cancelled all crossings for the rest of the week and promised to pay back the fares.

An inquiry board is to look at why the radar warning was not heeded, a question that also came up after a similar \
accident six years ago."""

REWRITTEN = """Commuters between Hallo and the mainland face days without a connection after Tuesday's accident.

Nobody was badly hurt, but eleven people were treated for cold and bruises at the regional hospital. The ship had left \
the island of Hallo at dawn in thick fog and was about four kilometres from land when it struck the bank.

Shopkeepers in the island's only village say that stocks of fresh milk will last until Thursday. The mayor asked the \
county for a bus over the old causeway, which can be driven at low water, and a decision was expected overnight.

Residents have long wanted a second ship on the line, a demand that the county council turned down twice for want of \
money and crews, most lately in the autumn."""

STATEMENT = (
    '"The captain followed every rule that applies in fog, the crew brought all passengers to safety in less than two '
    'hours, and we will work with the inquiry board until every question that the families have is answered in full,"'
)

REPORT_A = f"""A shipping line stood by its captain on Wednesday, a day after one of its ferries hit a sandbank.

{STATEMENT} the company's director told reporters at the quay.

Maritime lawyers contacted by this newspaper doubt that: speed in poor sight has to be cut to half, they argue, and \
harbour logs seem to show fourteen knots until the very last minute."""

REPORT_B = f"""Islanders gathered in the church hall to hear what went wrong on the morning boat.

There they were read a message from the owner. {STATEMENT} it said, to murmurs from the benches at the back.

Several of those present want compensation for lost wages, and a retired pilot showed on a chart how the channel has \
moved since the storms of last winter."""

NOTICE = """The Bank of Norrland said it added {amount} million crowns to the banking system on {day} through \
repurchase agreements. The operation runs for {term} days at a fixed rate of {rate} per cent. Bids \
came from {bids} banks, the central bank said in a statement on its website."""

BOILERPLATE = (
    "This report was prepared by the newsroom of the Daily Lantern with the support of its readers. The Daily Lantern "
    "accepts no liability for decisions taken on the basis of it. Write to the desk with hints, and follow us for more."
)

_SYLLABLES = ("ka", "lo", "mi", "tre", "sun", "ver", "da", "pol", "ri", "est", "no", "gra", "ulm", "fe", "bo", "shi")


def publisher(name: str, owner: str | None = None) -> Publisher:
    return Publisher(id=f"{name.lower().replace(' ', '-')}.example", name=name, owner=owner)


def article(
    name: str,
    body: str = FERRY,
    *,
    title: str | None = None,
    by: Publisher | None = None,
    hours: float = 0.0,
    lane: Lane = Lane.LIVE,
) -> CleanArticle:
    """An article whose id is made of ``name``; another body or title under the same name is a revision."""
    title = f"What happened at {name}" if title is None else title
    return CleanArticle(
        id=digest(name),
        revision=digest(title, body),
        arrival=digest("arrival", name),
        origin="test",
        lane=lane,
        fetched_at=START + timedelta(hours=hours),
        kind=Kind.ARTICLE if body else Kind.HEADLINE,
        title=title,
        body=body,
        language="en",
        publisher=by,
    )


def prose(seed: int | str, words: int = 120) -> str:
    """A text of invented words that shares nothing with that of another seed."""
    chance = random.Random(str(seed))
    made = ["".join(chance.choices(_SYLLABLES, k=chance.randint(1, 4))) for _ in range(words)]
    sentences = [" ".join(made[i : i + 15]) + "." for i in range(0, words, 15)]
    return "\n\n".join(" ".join(sentences[i : i + 3]) for i in range(0, len(sentences), 3))


def judge_all(copies: Copies, articles: list[CleanArticle], first: int = 0) -> list[Judgement]:
    return [copies.judge(each, first + number) for number, each in enumerate(articles)]


class Table:
    """The rows as the store of the partition holds them."""

    def __init__(self) -> None:
        self.rows: dict[str, CopyRow] = {}

    def write(self, judgement: Judgement) -> None:
        for key, row in judgement.rows.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = row

    def restored(self, seed: int = 0, retained: int = RETAINED_MESSAGES) -> Copies:
        """A new state from these rows, handed over in some order."""
        items = sorted(self.rows.items())
        random.Random(seed).shuffle(items)
        copies = Copies(retained=retained)
        for key, row in items:
            copies.restore(key, row)
        copies.build_indexes()
        return copies
