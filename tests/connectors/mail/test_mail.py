"""Mail: each message is an article of its sender, and a broken message costs itself."""

import gzip
from collections.abc import Sequence
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from connectors.archives.progress import ProgressStore
from connectors.files.items import Checkpoint, RefusedInput
from connectors.files.read import read, read_resumable
from connectors.mail import message
from connectors.mail.mbox_reader import CHECKPOINT_MESSAGES
from connectors.mail.message import MAX_MESSAGE_BYTES, ParsedMail
from streams.contract.errors import Rejected
from streams.contract.messages import ContentType, Lane, RawArticle, digest

NOW = datetime(2026, 2, 1, tzinfo=UTC)
TEXT = "<p>The ferry ran aground off Dunmoor on Monday. Nobody was hurt.</p>"
HEAD = b"From: Tarn Gazette <news@tarn.example>\nMessage-ID: <1@tarn.example>\n"


def letter(page: str = TEXT, attachment: str = "", **headers: str) -> EmailMessage:
    mail = EmailMessage()
    named = {
        "From": "Tarn Gazette <news@tarn.example>",
        "Subject": "Fähre auf Grund",
        "Date": "Mon, 12 Jan 2026 10:00:00 +0100",
        "Message-ID": "<1@tarn.example>",
    } | {name.replace("_", "-"): value for name, value in headers.items()}
    mail.set_content("The ferry ran aground.")
    mail.add_alternative(page, subtype="html")
    if attachment:
        mail.add_attachment(attachment, subtype="html", filename="a.html")
    for name, value in named.items():
        mail[name] = value
    return mail


def parsed(mail: EmailMessage) -> ParsedMail:
    return message.read(mail.as_bytes(), NOW)


def found_in(path: Path) -> tuple[list[RawArticle], list[RefusedInput]]:
    found: Sequence[RawArticle | RefusedInput] = list(read([path], lane=Lane.LIVE))
    return [one for one in found if isinstance(one, RawArticle)], [
        one for one in found if isinstance(one, RefusedInput)
    ]


def test_a_newsletter_brings_its_fields() -> None:
    mail = parsed(letter(attachment="<p>attached</p>", Content_Language="de, en"))
    assert (mail.content.decode().strip(), mail.form, mail.charset) == (TEXT, ContentType.HTML, "utf-8")
    assert (mail.url, mail.sent) == (None, datetime(2026, 1, 12, 9, tzinfo=UTC))
    given = mail.given
    assert (given.title, given.publisher, given.language) == ("Fähre auf Grund", "Tarn Gazette", "de")
    assert given.published == "Mon, 12 Jan 2026 10:00:00 +0100"
    assert given.id == digest("message-id", "<1@tarn.example>")


def test_a_message_of_plain_text_is_a_text() -> None:
    mail = message.read(HEAD + b"Subject: A\n\nThe ferry ran aground.", NOW)
    assert (mail.form, mail.content) == (ContentType.TEXT, b"The ferry ran aground.")


@pytest.mark.parametrize(
    ("headers", "publisher"),
    [
        ({"From": "news@tarn.example", "List_Id": '"Tarn Daily" <daily.tarn.example>'}, "Tarn Daily"),
        ({"From": "news@tarn.example", "List_Id": "<daily.tarn.example>"}, "tarn.example"),
        ({"From": "=?utf-8?q?F=C3=A4hre_Post?= <a@b.example>"}, "Fähre Post"),
    ],
    ids=["list", "domain", "encoded"],
)
def test_the_sender_is_the_publisher(headers: dict[str, str], publisher: str) -> None:
    assert parsed(letter(**headers)).given.publisher == publisher


@pytest.mark.parametrize(
    ("link", "url"),
    [
        (
            '<a href="https://www.tarn.example/letters/7">View this email in your browser</a>',
            "https://www.tarn.example/letters/7",
        ),
        ('<a href="https://tarn.example/7">Im Browser ansehen</a>', "https://tarn.example/7"),
        ('<a href="https://tarn.example/7?user=ruth">Read online</a>', None),
        ('<a href="https://track.example/c/7">View in browser</a>', None),
        ('<a href="https://tarn.example/7">Read online</a> <a href="https://tarn.example/8">View in browser</a>', None),
        ('<a href="https://tarn.example/7">The story of the browser that nobody wanted to use any more</a>', None),
        ('<a href="javascript:x">View in browser</a>', None),
    ],
    ids=["view", "german", "names a reader", "tracking", "two", "sentence", "script"],
)
def test_the_link_to_the_web_counts_if_it_is_certain(link: str, url: str | None) -> None:
    mail = parsed(letter(TEXT + link))
    assert mail.url == url
    assert (mail.given.id is None) == (url is not None)


def test_the_header_that_names_the_archive_counts() -> None:
    assert parsed(letter(Archived_At="<https://lists.example/7>")).url == "https://lists.example/7"


@pytest.mark.parametrize(
    "head",
    [
        b"Subject: =?utf-8?b?broken\xff=?=\nDate: 99 Foo 2026\n",
        b"Subject: =?nonsense?q?a?=\nDate: Mon, 12 Jan 2999 10:00:00 +0000\n",
        b"Subject: \xfc\xe4\nContent-Type: text/plain; charset=klingon\n",
        b"Content-Type: text/html; charset*=utf-8''%ff\nContent-Transfer-Encoding: base64\n",
        b"Content-Transfer-Encoding: quoted-printable\nList-Id: <<<>>>\n",
    ],
)
def test_bad_encodings_cost_nothing_else(head: bytes) -> None:
    mail = message.read(HEAD + head + b"\nThe ferry=XX ran \xff aground.", NOW)
    assert mail.content
    assert mail.sent is None
    assert mail.given.publisher == "Tarn Gazette"


@pytest.mark.parametrize(
    ("content", "line"),
    [
        (b"no message at all", "neither a sender nor"),
        (HEAD + b"Content-Type: image/png\n\nx", "attachments"),
        (HEAD + b"\n" + b"x" * MAX_MESSAGE_BYTES, "limit"),
        (
            HEAD + b"".join(b"Content-Type: multipart/mixed; boundary=%d\n\n--%d\n" % (n, n) for n in range(5_000)),
            "nested",
        ),
        (HEAD + b"Content-Type: message/rfc822\n\n" * 3_000 + b"x", "nested|attachments"),
    ],
    ids=["none", "image", "large", "deep", "deep messages"],
)
def test_what_is_no_letter_is_one_line(content: bytes, line: str) -> None:
    with pytest.raises(Rejected, match=line) as refused:
        message.read(content, NOW)
    assert "\n" not in str(refused.value)


def test_each_message_of_an_mbox_is_an_article(tmp_path: Path) -> None:
    parts = [
        letter(f"<p>Letter {n}</p>\nFrom the pier\n", Message_ID=f"<{n}@tarn.example>").as_bytes() for n in range(3)
    ]
    parts.insert(1, b"Subject: no text\n\n")
    mbox = b"".join(b"From news@tarn.example Mon Jan 12 10:00:00 2026\n" + part + b"\n\n" for part in parts)
    for name, content in (("a.mbox", mbox), ("b.mbox.gz", gzip.compress(mbox)), ("noname", mbox)):
        (tmp_path / name).write_bytes(content)
        articles, refused = found_in(tmp_path / name)
        assert [one.origin for one in articles] == [f"{name}:{n}" for n in (1, 3, 4)]
        assert b"From the pier" in articles[0].page()
        assert articles[0].fetched_at == datetime(2026, 1, 12, 9, tzinfo=UTC)
        assert [one.origin for one in refused] == [f"{tmp_path / name}:2"]


def test_a_quoted_line_of_an_mbox_is_unquoted(tmp_path: Path) -> None:
    text = b"From a@b.example Mon\n" + HEAD + b"\nOne\n\n>From the pier\n>>From x\n"
    (tmp_path / "a.mbox").write_bytes(text)
    [article], _ = found_in(tmp_path / "a.mbox")
    assert article.page() == b"One\n\nFrom the pier\n>From x\n"


def test_a_message_over_the_limit_costs_itself(tmp_path: Path) -> None:
    one = b"From a@b.example Mon\n" + HEAD + b"\nThe ferry.\n\n"
    large = one + b"x" * (MAX_MESSAGE_BYTES + 1) + b"\n\n"
    (tmp_path / "a.mbox").write_bytes(large + one)
    articles, [refused] = found_in(tmp_path / "a.mbox")
    assert len(articles) == 1
    assert refused.origin.endswith(":1")
    assert "limit" in refused.reason


def grown(tmp_path: Path, *, again: bool = False, stop_after: int | None = None) -> tuple[list[str], list[str]]:
    """The places of the articles that a run of `ingest` takes, each confirmed, and what it notes."""
    notes: list[str] = []
    store = ProgressStore(tmp_path / "data", "", again=again)
    found = read_resumable(
        [tmp_path / "a.mbox"], lane=Lane.LIVE, note=lambda place, line: notes.append(line), progress=store
    )
    places: list[str] = []
    for one in found:
        if isinstance(one, Checkpoint):
            one.reached()
        elif len(places) == stop_after:
            break
        else:
            places.append(one.origin)
    return places, notes


def entry(number: int, text: str = "The ferry.") -> bytes:
    body = letter(f"<p>{text} {number}</p>", Message_ID=f"<{number}@tarn.example>").as_bytes()
    return b"From news@tarn.example Mon Jan 12 10:00:00 2026\n" + body + b"\n\n"


def test_an_mbox_that_grows_is_read_on(tmp_path: Path) -> None:
    file = tmp_path / "a.mbox"
    file.write_bytes(entry(1) + entry(2))
    assert grown(tmp_path) == (["a.mbox:1", "a.mbox:2"], [])
    assert grown(tmp_path) == ([], ["nothing new after 2 messages; --again reads it again"])
    half = entry(4)
    file.write_bytes(file.read_bytes() + entry(3) + half[:-40])  # the last one is being delivered
    places, notes = grown(tmp_path)
    assert places == ["a.mbox:2", "a.mbox:3", "a.mbox:4"]  # the last one of before again, and what is new
    assert notes == ["read on from message 2; --again reads it from its beginning"]
    file.write_bytes(file.read_bytes() + half[-40:])
    assert grown(tmp_path)[0] == ["a.mbox:4"]
    assert grown(tmp_path, again=True)[0] == [f"a.mbox:{number}" for number in range(1, 5)]
    assert grown(tmp_path)[0] == []


def test_an_mbox_that_was_written_anew_is_read_anew(tmp_path: Path) -> None:
    (tmp_path / "a.mbox").write_bytes(entry(1) + entry(2) + entry(3))
    grown(tmp_path)
    (tmp_path / "a.mbox").write_bytes(entry(5) + entry(2) + entry(3))  # of the same size
    assert grown(tmp_path) == (["a.mbox:1", "a.mbox:2", "a.mbox:3"], [])
    (tmp_path / "a.mbox").write_bytes(entry(5))
    assert grown(tmp_path) == (["a.mbox:1"], [])


def test_an_interrupted_mbox_is_resumed(tmp_path: Path) -> None:
    count = 2 * CHECKPOINT_MESSAGES + 10
    (tmp_path / "a.mbox").write_bytes(b"".join(map(entry, range(count))))
    first, _ = grown(tmp_path, stop_after=CHECKPOINT_MESSAGES + 20)
    second, _ = grown(tmp_path)
    assert {*first, *second} == {f"a.mbox:{number}" for number in range(1, count + 1)}
    assert len(second) <= count - CHECKPOINT_MESSAGES + 2


def test_a_maildir_is_read_without_what_is_being_delivered(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "1768212000.M1P2.host:2,S").write_bytes(letter(f"<p>In {folder}</p>").as_bytes())
    articles, refused = found_in(tmp_path)
    assert [one.page().decode().strip() for one in articles] == ["<p>In cur</p>", "<p>In new</p>"]
    assert refused == []


def test_a_message_in_a_file_is_an_article(tmp_path: Path) -> None:
    (tmp_path / "letter.eml").write_bytes(letter().as_bytes())
    [article], _ = found_in(tmp_path / "letter.eml")
    assert article.given.publisher == "Tarn Gazette"
