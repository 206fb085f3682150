"""`sources.yaml` and OPML: what is read, what is refused with its line, and that nothing is lost on the way out."""

import json
from datetime import UTC, datetime

import jsonschema
import msgspec
import pytest
import yaml

from connectors.sources import opml, starter_list, yaml_file
from connectors.sources.addresses import parse
from connectors.sources.spec import parse_interval, show_interval, to_spec
from streams.contract.errors import UsageError
from streams.contract.lanes import Lane

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
FULL = """\
sources:
  - url: https://paper.example/feed.xml
    name: The Paper
    labels: [world, 2031]
    publisher: Tarn Courier
    language: no
    lane: backfill
    interval: 90s
    text: source
    user_agent: Desk/1.0
    headers: {X-Key: env:PAPER_KEY}
    params: {key: file:/run/secrets/paper}
    allow_private: true
    paused: true
  - url: https://other.example/atom
"""
OTHER_KINDS = """\
sources:
  - url: imaps://news@desk.example@mail.example/Brevă/2031
    password: file:/run/secrets/mail
  - url: imaps://news%40desk.example@MAIL.example:993
    kind: mailbox
    password: env:MAIL_PASSWORD
  - url: kafka:desk-wire
    labels: [wires]
"""
WRITE_A_REFERENCE = "write env:NAME for a variable of the worker, or file:PATH, so that no secret is stored"


def mistakes(text: str) -> list[str]:
    return [str(one) for one in yaml_file.parse(text.encode(), NOW)[1]]


def test_every_field_of_a_source_is_read() -> None:
    (paper, other), refused = yaml_file.parse(FULL.encode(), NOW)
    assert refused == []
    assert (paper.name, paper.labels, paper.publisher) == ("The Paper", ("world", "2031"), "Tarn Courier")
    assert (paper.language, paper.lane, paper.interval_seconds) == ("no", Lane.BACKFILL, 90.0)  # not false
    assert (paper.text, paper.user_agent, paper.headers) == ("source", "Desk/1.0", {"X-Key": "env:PAPER_KEY"})
    assert paper.params == {"key": "file:/run/secrets/paper"}
    assert (paper.allow_private, paper.paused, paper.site, paper.created_at) == (True, True, "paper.example", NOW)
    assert (other.name, other.lane, other.interval_seconds, other.paused) == ("", Lane.LIVE, None, False)


def test_mailboxes_and_topics_are_told_by_their_addresses() -> None:
    sources, refused = yaml_file.parse(OTHER_KINDS.encode(), NOW)
    assert refused == []
    assert [(one.kind, one.site, one.url) for one in sources] == [
        ("mailbox", "mail.example", "imaps://news%40desk.example@mail.example/Brev%C4%83/2031"),
        ("mailbox", "mail.example", "imaps://news%40desk.example@mail.example/INBOX"),
        ("topic", "kafka:desk-wire", "kafka:desk-wire"),
    ]
    assert [one.password for one in sources] == ["file:/run/secrets/mail", "env:MAIL_PASSWORD", None]
    assert opml.dump(sources).count("<outline") == 0


@pytest.mark.parametrize("text", [FULL, OTHER_KINDS], ids=["feeds", "others"])
def test_what_is_written_is_read_back_alike(text: str) -> None:
    sources, _ = yaml_file.parse(text.encode(), NOW)
    again, refused = yaml_file.parse(yaml_file.dump(map(to_spec, sources)).encode(), NOW)
    assert (again, refused) == (sources, [])


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (
            "sources:\n  - url: https://a.example/\n    lable: [x]\n",
            "line 3: unknown field 'lable' (was 'labels' m",
        ),
        ("sources:\n  - url: https://a.example/\n    lane: lvie\n", "line 3: lane: 'lvie' is unknown: write one of"),
        (
            "sources:\n  - url: https://a.example/\n    labels: world\n",
            "line 3: labels: a list is expected, such as [world]",
        ),
        ("sources:\n  - name: x\n", "line 2: a source without `url`"),
        (
            "sources:\n  - url: ftp://a.example/\n",
            "line 2: not the address of a source: ftp://a.example/: write https://",
        ),
        ("sources:\n  - url: http://127.0.0.1/\n", "line 2: "),
        ("sources:\n  - url: https://a.example/\n    interval: 1s\n", "line 3: '1s' is no interval from 30s to 7d"),
        ("sources:\n  - url: https://a.example/\n    interval: 5m\n    interval: 6m\n", "line 4: 'interval' is given"),
        (
            "sources:\n  - url: https://a.example/\n  - url: https://a.example/\n",
            "line 3: the same address as in",
        ),
        (
            "sources:\n  - url: https://a.example/\n    headers: {X-Key: s3cret}\n",
            "line 3: the value of header X-",
        ),
        ("sources:\n  - url: https://a.example/\n    headers: {Host: env:A}\n", "line 3: header 'Host' cannot be set"),
        ("sources:\n  - url: https://a.example/\n    language: English!\n", "line 3: 'English!' is no language code"),
        ("sources:\n  - url: imaps://n@m.example/a\n", "line 2: a mailbox needs its password as a reference"),
        (
            "sources:\n  - url: imaps://n@m.example/a\n    password: s3cret\n",
            "line 3: the password is not a reference: ",
        ),
        (
            "sources:\n  - url: imaps://n:s3cret@m.example/a\n    password: env:P\n",
            "line 2: the address holds a password",
        ),
        ("sources:\n  - url: imaps://m.example/a\n    password: env:P\n", "line 2: the address of a mailbox needs a"),
        (
            "sources:\n  - url: imaps://n@127.0.0.1/a\n    password: env:P\n",
            "line 2: imaps://127.0.0.1:993/ is a private or local address; `allow_private: true` permits it",
        ),
        ("sources:\n  - url: imaps://n@m.example:x/a\n    password: env:P\n", "line 2: not the address of a mailbox"),
        ("sources:\n  - url: imaps://n@m.example/a%0d%0ab\n    password: env:P\n", "line 2: not the name of a folder"),
        ("sources:\n  - url: imaps://n@127.0.0.1/a\n    password: env:P\n", "line 2: "),
        ("sources:\n  - url: imap://n@m.example/a\n", "line 2: mail is read over TLS only"),
        ("sources:\n  - url: kafka:two words\n", "line 2: not the name of a topic: two words"),
        ("sources:\n  - url: kafka:wire\n    headers: {X-Key: env:K}\n", "line 3: a topic is not asked with headers"),
        ("sources:\n  - url: kafka:wire\n    params: {key: env:K}\n", "line 3: a topic is not asked with params"),
        (
            "sources:\n  - url: https://a.example/\n    params: {key: s3cret}\n",
            "line 3: the value of parameter key is not a reference: ",
        ),
        (
            "sources:\n  - url: https://a.example/\n    params: {'a b': env:K}\n",
            "line 3: parameter 'a b' cannot be sent",
        ),
        ("sources:\n  - url: 'http://[::'\n    params: {key: env:K}\n", "line 2: not a URL: http://[::"),
        (
            "sources:\n  - url: https://a.example/?key=s3cret\n    params: {key: env:K}\n",
            "line 3: parameter 'key' is in the address already",
        ),
        ("sources:\n  - url: https://a.example/\n    password: env:P\n", "line 3: a feed has no password"),
        ("sources:\n  - url: kafka:wire\n    kind: mailbox\n", "line 3: kind mailbox does not fit the address"),
        ("sources:\n  - just words\n", "line 2: a source is a mapping"),
        ("sources: words\n", "line 1: `sources` is a list"),
        ("sorces: []\n", "line 1: unknown field 'sorces' (was 'sources' meant?)"),
        ("", "line 1: a mapping with the key `sources` is expected"),
        ("sources:\n\t- a\n", "line 2: not YAML: a tab: indent with spaces"),
        ("sources:\n  - url: @a\n", "line 2: not YAML: a text that begins with '@': put it in quotes"),
        ("sources:\n  - url: a\n    name: a: b\n", "line 3: not YAML: a colon in a text"),
        ("sources:\n  - url: a\n    name: 'b\n  - url: c\n", "line 3: not YAML: a quote that is not closed"),
        ("sources: [{url: a}, \n  - url: b\n", "line 2: not YAML: check the brackets"),
        ("sources: []\n---\nsources: []\n", "line 2: not YAML: a second document"),
        ("- url: https://a.example/\n", "line 1: write `sources:` in a line above the list"),
        (
            "sources:\n  - name: x\n    url: http://127.0.0.1/\n",
            "line 3: http://127.0.0.1/ is a private or local address; `allow_private: true` permits it",
        ),
        ("a: &a [x]\nsources: *a\n", "line 2: an alias (*a), which is not supported"),
        ("[" * 100_000, "line 1: nested deeper than 8 levels"),
    ],
)
def test_a_mistake_is_named_with_its_line(text: str, line: str) -> None:
    found = mistakes(text)
    assert len(found) == 1
    assert found[0].startswith(line)
    assert "s3cret" not in found[0]


def test_all_mistakes_are_told_at_once_and_the_rest_is_read() -> None:
    good = "".join(f"  - url: https://{number}.example/feed\n" for number in range(5))
    sources, refused = yaml_file.parse(f"sources:\n{good}  - lane: live\n  - url: x\n".encode(), NOW)
    assert len(sources) == 5
    assert [one.line for one in refused] == sorted(one.line for one in refused)
    assert len(refused) == 2


@pytest.mark.parametrize(
    ("written", "stored"),
    [
        ("https://a.example", "https://a.example/"),
        ("HTTPS://A.example:443/f#top", "https://a.example/f"),
        (" http://a.example:80/f?b=%7Ec ", "http://a.example/f?b=%7Ec"),
        ("feed://a.example/f", "http://a.example/f"),
        ("feed:https://a.example/f", "https://a.example/f"),
        ("https://münchen.example/f", "https://xn--mnchen-3ya.example/f"),
        ("https://a.example:8443/F/?", "https://a.example:8443/F/?"),
    ],
)
def test_an_address_has_one_spelling(written: str, stored: str) -> None:
    assert parse(written, allow_private=False).url == stored
    assert parse(stored, allow_private=False).url == stored


def test_all_mistakes_of_one_source_are_told_at_once() -> None:
    text = """sources:
  - url: https://a.example/
    labels: world
    interval: 1s
    language: "?"
    headers: {Host: env:A, X-Key: s3cret}
    password: {}
"""
    assert mistakes(text) == [
        "line 3: labels: a list is expected, such as [world]",
        "line 4: '1s' is no interval from 30s to 7d, such as 90s, 5m or 2h",
        "line 5: '?' is no language code, such as en or pt-BR",
        "line 6: header 'Host' cannot be set",
        f"line 6: the value of header X-Key is not a reference: {WRITE_A_REFERENCE}",
        "line 7: password: write one text, in quotes if it has signs of YAML",
    ]


def test_the_shipped_schema_is_that_of_the_types() -> None:
    shipped = json.loads(yaml_file.SCHEMA_FILE.read_bytes())
    assert shipped == json.loads(msgspec.json.encode(yaml_file.schema())), (
        "run connectors.sources.yaml_file.write_schema()"
    )
    check = jsonschema.Draft202012Validator(shipped)
    document = yaml.safe_load(yaml_file.dump(map(to_spec, yaml_file.parse(FULL.encode(), NOW)[0])))
    check.validate(document)
    assert not check.is_valid({"sources": [{"url": "https://a.example/", "lable": []}]})


def test_the_starter_list_is_valid_and_of_many_languages() -> None:
    text = starter_list.FILE.read_bytes()
    sources, refused = yaml_file.parse(text, NOW)
    assert refused == []
    assert len(sources) >= 40
    assert len({one.language for one in sources}) >= 8
    assert b"may be dead" in text


@pytest.mark.parametrize(("text", "seconds"), [("30s", 30), ("300", 300), ("5m", 300), ("2h", 7_200), ("7d", 604_800)])
def test_an_interval_is_read_and_shown(text: str, seconds: float) -> None:
    assert parse_interval(text) == seconds
    assert parse_interval(show_interval(seconds)) == seconds


@pytest.mark.parametrize("text", ["", "0", "29s", "8d", "-5m", "5 weeks", "1e9", "٣m"])
def test_an_interval_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is no interval"):
        parse_interval(text)


# --- OPML -----------------------------------------------------------------------------------------------------------


def test_opml_brings_feeds_with_folders_and_categories_as_labels() -> None:
    content = b"""<opml version="2.0"><body><outline text="World"><outline text="North">
      <outline type="rss" text="Tarn Courier" xmlUrl="https://tarn.example/rss" category="/papers,daily" language="en"/>
    </outline></outline><outline type="rss" title="Gull" xmlurl="https://gull.example/f"/></body></opml>"""
    (tarn, gull), refused = opml.parse(content, NOW)
    assert refused == []
    assert (tarn.name, tarn.labels, tarn.language) == ("Tarn Courier", ("World", "North", "papers", "daily"), "en")
    assert (gull.name, gull.url, gull.labels) == ("Gull", "https://gull.example/f", ())


def test_ten_thousand_outlines_with_broken_ones_are_read() -> None:
    lines = [
        f'<outline type="rss" text="n{number}" xmlUrl="{"not a url" if number % 33 == 0 else f"https://h{number}.example/f"}"/>'
        for number in range(10_000)
    ]
    sources, refused = opml.parse(("<opml><body>\n" + "\n".join(lines) + "\n</body></opml>").encode(), NOW)
    assert (len(sources), len(refused)) == (9_696, 304)
    assert (refused[0].line, refused[1].line) == (2, 35)


def test_opml_that_breaks_off_gives_what_it_has() -> None:
    content = b'<opml><body><outline xmlUrl="kafka:desk-wire"/></body></opml>'
    assert [str(one) for one in opml.parse(content, NOW)[1]] == ["line 1: no address of a feed: 'kafka:desk-wire'"]
    content = b'<opml><body><outline type="rss" text="A" xmlUrl="https://a.example/f"/><outline type="rss" te'
    sources, refused = opml.parse(content, NOW)
    assert [one.url for one in sources] == ["https://a.example/f"]
    assert any(one.reason.startswith("damaged XML (") for one in refused)  # so that `apply` removes nothing


def test_a_private_address_in_opml_names_what_takes_it() -> None:
    content = b'<opml><body><outline xmlUrl="http://127.0.0.1/f"/></body></opml>'
    [mistake] = opml.parse(content, NOW)[1]
    assert mistake.reason.endswith("is a private or local address; `source add --allow-private` takes it")


def test_entities_of_opml_are_bounded_and_read_no_file() -> None:
    bomb = "".join(f'<!ENTITY e{n} "{f"&e{n - 1};" * 10 if n else "x" * 100}">' for n in range(10))
    content = f'<!DOCTYPE o [{bomb}<!ENTITY f SYSTEM "file:///etc/hostname">]><opml><outline text="&e9;&f;" type="rss"'
    sources, refused = opml.parse(f'{content} xmlUrl="https://a.example/f"/></opml>'.encode(), NOW)
    assert len(sources) <= 1
    assert all(len(one.name) <= 300 for one in sources)
    assert len(refused) <= 2


@pytest.mark.parametrize("content", [b"", b"words", b"<html></html>", b"<opml></opml>"])
def test_what_is_no_opml_is_one_line(content: bytes) -> None:
    sources, refused = opml.parse(content, NOW)
    assert sources == []
    assert len(refused) == 1


def test_opml_that_is_written_is_read_back() -> None:
    sources, _ = yaml_file.parse(FULL.encode(), NOW)
    again, refused = opml.parse(opml.dump(sources).encode(), NOW)
    assert refused == []
    assert [(one.url, one.labels) for one in again] == [(one.url, one.labels) for one in sources]
