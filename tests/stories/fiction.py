"""Invented articles for the tests of stories: two events with the same people and words, and short reports."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta

import msgspec

from streams.contract.messages import (
    CleanArticle,
    CopyVerdict,
    Edit,
    Entity,
    EntityType,
    Kind,
    Lane,
    Publisher,
    Relation,
    TaggedArticle,
    digest,
)
from streams.stories.correct import correct
from streams.stories.publish import FilingResult
from streams.stories.state import Stories

START = datetime(2031, 3, 3, 8, tzinfo=UTC)
WINDOW = timedelta(days=14)

# One event, a telephone call about the river, reported by three outlets; and another, a visit half a year before.
_CALL_A = (
    "Velland and Ostrava Norte agree to act on river smugglers after call",
    """The foreign minister of Velland, Ines Karvonen, spoke by telephone on Monday with her counterpart in Ostrava
Norte, Tomas Abreu, to discuss how to stop smuggling networks on the Lower Sarn river, her office said in a statement.

The two ministers talked for forty minutes about smuggling networks that carry weapons and untaxed fuel over the
border, and stressed the need for tangible results, the statement said. Karvonen thanked Abreu for the arrest of nine
men at the Tessin lock last week.

The call came three days after President Ruben Halloway said that armed gangs were running the river and threatened
to send gunboats across the border. President Marisol Quint of Ostrava Norte rejected the threat and said that her
country would defend its sovereignty against any intervention.

Quint told reporters on Friday that she had asked Abreu to make direct contact with Karvonen and, if necessary, to
speak with Halloway himself. Few people in Ostrava Norte would accept foreign troops on their soil, she said, and the
two governments would have to strengthen coordination instead.

Halloway repeated on Saturday that Ostrava Norte had to get its act together, since the gangs were pouring weapons and
fuel into Velland. The foreign ministry in Port Velland did not say whether the gunboats were mentioned in the call.""",
)
_CALL_B = (
    "Karvonen and Abreu discuss smuggling networks on the Lower Sarn",
    """Ines Karvonen, Velland's top diplomat, held a telephone call with Foreign Minister Tomas Abreu of Ostrava Norte
on Monday about the smuggling networks of the Lower Sarn.

Both stressed the need for tangible results, according to a statement by the foreign ministry. Smuggling networks
carry weapons and untaxed fuel across the river, and nine men were arrested at the Tessin lock last week.

Days earlier President Ruben Halloway had threatened to send gunboats and claimed that armed gangs were running the
river. Marisol Quint, president of Ostrava Norte, answered that any intervention would violate her country's
sovereignty, and that few people would accept foreign troops. On Friday she asked Abreu to make direct contact with
Karvonen and, if necessary, with Halloway to strengthen coordination.

Halloway had said that Ostrava Norte must get its act together because the gangs were pouring weapons into Velland.""",
)
_CALL_C = (
    "Velland, Ostrava Norte vow joint action on river gangs",
    """Velland and Ostrava Norte want to strengthen coordination against the gangs on the Lower Sarn river. Foreign
ministers Ines Karvonen and Tomas Abreu spoke by telephone on Monday and stressed the need for tangible results.

President Ruben Halloway had threatened to send gunboats against smuggling networks, which President Marisol Quint
called an attack on sovereignty: few people in Ostrava Norte would accept foreign troops. Quint had asked Abreu to
make direct contact with Karvonen.""",
)
_VISIT = (
    "Velland's foreign minister brings border partnership to Ostrava Norte and Camarro",
    """Foreign Minister Ines Karvonen of Velland has begun a five-day journey to Ostrava Norte and Camarro that is meant
to deepen the security partnership on the Lower Sarn river and to curb the smuggling of weapons and fuel.

In Ostrava Norte, Karvonen met President Marisol Quint and Foreign Minister Tomas Abreu at the old customs house. The
meeting ended with a signed partnership on border policing: shared patrols, a joint training school for customs
officers, quick exchange of shipping records and a fund for the families of river pilots. The accord rests on
reciprocity, mutual respect and the sovereignty of both countries, its preamble says.

Karvonen praised the accord as a milestone and her hours with Quint as fruitful. Quint and Abreu in turn confirmed
their commitment, and raised the sharing of irrigation water, tariffs on timber and the price of diesel fuel for
fishing boats in the delta.

Camarro is the second stop of the journey, though what Karvonen wants to achieve in Camarro was left open. Her
delegation of sixty includes the head of the coast guard and two harbour engineers, who will inspect the new radar
masts at the river's mouth. Smuggling of weapons over the Sarn has doubled within four years, customs figures show.

The journey is the first by a foreign minister of Velland to Ostrava Norte under President Ruben Halloway, whose
government sees the river as its most urgent border. Officials in Port Velland expect the partnership to be put before
parliament in autumn, once Camarro has joined, and want yearly reviews of arrests, seizures and court cases.""",
)

_FIRE = (
    "Fire destroys cannery in Marrow Bay",
    """A fire destroyed the Pellew cannery in Marrow Bay at dawn. Forty firefighters fought the flames for six hours,
fire chief Odile Brandt said. No one was hurt. The cannery employed 212 people.""",
)
_FIRE_AGAIN = (
    "Cannery in Marrow Bay burns down",
    """The Pellew cannery in Marrow Bay burned down this morning. Fire chief Odile Brandt said that forty
firefighters needed six hours to control the flames. The cannery had 212 workers; no one was hurt.""",
)
_ELECTION = (
    "Lindqvist wins mayoral election in Tarn",
    """Astrid Lindqvist won the mayoral election in Tarn with 54.2 percent of the ballots, the returning officer
said. Her rival Jonas Okafor conceded before midnight. Turnout was the highest in thirty years.""",
)

# A ferry runs aground; its shipmaster is questioned; and reports that tell both, by which one event is recognised.
_AGROUND = (
    "Ferry Anselma aground in Corran Sound",
    """The car ferry Anselma ran aground on a sandbank in Corran Sound on Sunday night with 84 people on board.
Lifeboats brought all passengers to the pier of Tolm within three hours, coastguard officer Brona Keel said. The sea
was calm and the moon was out. Divers found a dent in the hull, but no leak.""",
)
_AGROUND_AGAIN = (
    "Passengers of ferry safe in Tolm",
    """All 84 people on board the car ferry Anselma were brought ashore after it ran aground on a sandbank in Corran
Sound on Sunday night. Coastguard officer Brona Keel said that lifeboats took three hours to bring the passengers to
the pier of Tolm. Divers saw a dent in the hull, but no leak.""",
)
_QUESTIONED = (
    "Shipmaster questioned over telephone on watch",
    """Prosecutors in Port Velland questioned shipmaster Ellis Tormund for nine hours about a telephone that he is said
to have used while on watch. His lawyer Petra Lund called the questions unfair. The transport ministry suspended his
licence. A union of officers demanded shorter shifts and a second person at the helm at night.""",
)
_BOTH = (
    "Shipmaster of ferry Anselma loses licence",
    """Shipmaster Ellis Tormund was questioned for nine hours after the car ferry Anselma ran aground on a sandbank in
Corran Sound with 84 people on board. Prosecutors in Port Velland believe that he used a telephone while on watch. His
lawyer Petra Lund called the questions unfair, and the transport ministry suspended his licence. Lifeboats had brought
all passengers to the pier of Tolm within three hours, coastguard officer Brona Keel said. Divers found a dent in the
hull.""",
)
_BETWEEN = (
    "Tormund questioned over Anselma",
    """The ferry Anselma ran aground in Corran Sound on Sunday night. Shipmaster Ellis Tormund lost his licence after
prosecutors in Port Velland questioned him for nine hours about a telephone used on watch; his lawyer Petra Lund called
that unfair.""",
)


def _unwrapped(text: tuple[str, str]) -> tuple[str, str]:
    return text[0], "\n\n".join(paragraph.replace("\n", " ") for paragraph in text[1].split("\n\n"))


CALLS = (_unwrapped(_CALL_A), _unwrapped(_CALL_B), _unwrapped(_CALL_C))
VISIT = _unwrapped(_VISIT)
FIRE = _unwrapped(_FIRE)
FIRE_AGAIN = _unwrapped(_FIRE_AGAIN)
ELECTION = _unwrapped(_ELECTION)
AGROUND = _unwrapped(_AGROUND)
AGROUND_AGAIN = _unwrapped(_AGROUND_AGAIN)
QUESTIONED = _unwrapped(_QUESTIONED)
BOTH = _unwrapped(_BOTH)
BETWEEN = _unwrapped(_BETWEEN)


# of the texts that make stories merge and articles move
NAMES = {
    AGROUND: ("Brona Keel",),
    AGROUND_AGAIN: ("Brona Keel",),
    QUESTIONED: ("Ellis Tormund", "Petra Lund"),
    BETWEEN: ("Ellis Tormund", "Petra Lund"),
    BOTH: ("Ellis Tormund", "Petra Lund", "Brona Keel"),
}
MERGED = (AGROUND, QUESTIONED, BOTH)  # the third shows that the first two are one event
MOVED = (AGROUND, AGROUND_AGAIN, BETWEEN, QUESTIONED)  # the third goes with the fourth


def publisher(identity: str, owner: str | None = None) -> Publisher:
    """A publisher by its id."""
    return Publisher(id=identity, name=identity.title(), domain=f"{identity}.example", owner=owner)


def tagged(
    text: tuple[str, str],
    identity: str | None = None,
    *,
    by: str | Publisher | None = "gazette",
    at: datetime = START,
    relation: Relation = Relation.ORIGINAL,
    of: str | None = None,
    group: str | None = None,
    edit: int | None = None,
    kind: Kind = Kind.ARTICLE,
    language: str = "en",
    names: Iterable[str] = (),
    numbers: tuple[str, ...] = (),
    quotes: tuple[str, ...] = (),
) -> TaggedArticle:
    """A tagged article of (title, body), as the preceding stage sends it."""
    title, body = text
    key = identity or digest(title)
    article = CleanArticle(
        id=key,
        revision=digest(title, body),
        arrival=key,
        origin="fiction",
        lane=Lane.LIVE,
        fetched_at=at,
        kind=kind,
        title=title,
        body=body,
        language=language,
        words=len(body.split()),
        publisher=publisher(by) if isinstance(by, str) else by,
    )
    return TaggedArticle(
        article=article,
        copy=CopyVerdict(relation=relation, group=group or of or key, of=of),
        first_seen=at,
        edit=Edit(number=edit) if edit else None,
        entities=tuple(Entity(key=f"person:{name.lower()}", name=name, type=EntityType.PERSON) for name in names),
        numbers=numbers,
        quotes=quotes,
    )


class Desk:
    """A partition's state with its stored rows, fed in order, that can be restarted from the rows."""

    def __init__(self, window: timedelta = WINDOW, second_thoughts: str = "off") -> None:
        self.window, self.second_thoughts = window, second_thoughts
        self.rows: dict[str, bytes] = {}
        self.offset = 0
        self.stories = Stories(window=window, second_thoughts=second_thoughts)

    def file(self, article: TaggedArticle, at: datetime | None = None) -> FilingResult:
        """File the next article of the log."""
        self.offset += 1
        return self.file_at(article, self.offset, at)

    def file_at(self, article: TaggedArticle, offset: int, at: datetime | None = None) -> FilingResult:
        at = at or article.article.fetched_at
        if article.correction is not None:
            filed = correct(self.stories, article.correction, article.undoes, offset, at)
        else:
            filed = self.stories.file(article, offset, at)
        for key, row in filed.rows.items():
            if row is None:
                self.rows.pop(key, None)
            else:
                self.rows[key] = msgspec.json.encode(row)
        return filed

    def restart(self) -> None:
        """Build the state again from the stored rows, in another order."""
        self.stories = Stories(window=self.window, second_thoughts=self.second_thoughts)
        for key in sorted(self.rows):
            self.stories.restore(key, msgspec.json.decode(self.rows[key], type=Stories.Row))
        self.stories.build_indexes()


def story_of(filed: FilingResult) -> str:
    """The story into which an article was filed."""
    assert filed.filed is not None
    return filed.filed.filing.story
