"""Whatever text a stranger sends, an article of it goes through all stages or is refused: nothing else is raised."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from streams import cleaning
from streams.agents.support import pool_tasks
from streams.alerts.catalogue import Catalogue
from streams.alerts.match import QueryFollows
from streams.contract.codec import encode
from streams.contract.errors import StorywatchError
from streams.contract.messages import (
    CleanArticle,
    ContentType,
    Kind,
    Lane,
    Publisher,
    RawArticle,
    Relation,
    SenderFields,
    digest,
)
from streams.copies import Copies
from streams.stories.state import Stories
from tests.fuzz.amount import inputs
from tests.fuzz.texts import languages, texts, titles

NOON = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)


class Stages:
    """Clean articles through the pure functions of the stages after `clean`."""

    def __init__(self) -> None:
        self._copies, self._stories, self._follows = (
            Copies(),
            Stories(window=timedelta(days=14)),
            QueryFollows(),
        )
        self._offset = 0

    def take(self, article: CleanArticle) -> bool:
        """Whether the article went on to the end: one that is known does not."""
        self._offset += 1
        unique = self._copies.judge(article, self._offset).unique
        if unique is None:
            return False
        filed = self._stories.file(pool_tasks.tag(unique), self._offset, article.fetched_at)
        assert filed.filed is not None
        assert filed.update is not None
        encode(filed.filed)
        self._follows.match(filed.update, self._offset, Catalogue())
        return True


def article(title: str, body: str, language: str, number: int) -> CleanArticle:
    return CleanArticle(
        id=str(number),
        revision=digest(title.encode(errors="replace"), body.encode(errors="replace")),
        arrival="a",
        origin="fuzz",
        lane=Lane.LIVE,
        fetched_at=NOON + timedelta(minutes=number),
        kind=Kind.ARTICLE if body else Kind.HEADLINE,
        title=title,
        body=body,
        language=language,
        publisher=Publisher(id=f"p{number}.example", name=title[:20] or "P"),
        words=len(body.split()),
    )


@inputs(50)
@given(titles, texts(), st.sampled_from(list(ContentType)), st.booleans())
def test_any_text_is_cleaned_and_filed_or_refused(title: str, body: str, form: ContentType, bare: bool) -> None:
    content = body if form is not ContentType.HTML else f"<html><body><h1>{title}</h1><p>{body}</p></body></html>"
    said = SenderFields() if bare else SenderFields(title=title, publisher=title[:30], feed_title=title, language="en")
    stages = Stages()
    for number, text in enumerate((content, f"{content}\n\n{content}")):
        try:
            raw = RawArticle.arrive(
                text.encode(errors="surrogatepass"),
                form,
                fetched_at=NOON + timedelta(minutes=number),
                url="https://post.example/n/dam",
                given=said,
            )
            cleaned = cleaning.clean(raw)
        except StorywatchError as error:
            unexpected = error if "cannot be read" in str(error) else None
            assert unexpected is None
            continue
        stages.take(cleaned)


@inputs(50)
@given(st.lists(st.tuples(titles, texts()), min_size=2, max_size=3), languages)
def test_any_article_goes_through_all_stages(written: list[tuple[str, str]], language: str) -> None:
    """Lone surrogates are replaced, as JSON between the stages cannot carry them."""
    stages = Stages()
    for number, (title, body) in enumerate(written):
        clean = article(_whole(title), _whole(body), language, number)
        assert stages.take(clean), "no id comes twice"
        changed = replace(clean, id="0", fetched_at=NOON + timedelta(hours=number + 1), revision=f"r{number}")
        stages.take(changed)


@inputs(50)
@given(titles, texts(), languages)
def test_any_text_is_measured_and_tagged(title: str, body: str, language: str) -> None:
    from streams import entities
    from streams.contract.messages import CopyVerdict, UniqueArticle
    from streams.stories.similarity.features import measure

    clean = article(title, body, language, 0)
    unique = UniqueArticle(article=clean, copy=CopyVerdict(relation=Relation.ORIGINAL, group="g"), first_seen=NOON)
    assert measure(clean) == measure(clean)
    assert entities.tag(unique).article == clean


def _whole(text: str) -> str:
    return text.encode(errors="replace").decode()
