"""`tracks.yaml`: every field is read and written back, each mistake is named with its line, nothing is lost."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import jsonschema
import msgspec
import pytest
import yaml
from msgspec.structs import replace

from connectors.tracks import track_file
from connectors.tracks.spec import TrackSpec
from streams.contract.messages import EditKind, Kind, Muted, Track, Webhook, Weekday

NOW = datetime(2031, 5, 4, 12, 0, tzinfo=UTC)
LATER = NOW + timedelta(days=1)
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
FULL = """\
tracks:
  # the wall, all of it
  - name: Harbour wall
    query: wall harbour
    queries: {no: havn mur}
    entities: [Élin Varga]
    fires:
      new_source: true
      at_sources: [3, 10]
      first_countries: ["*"]
      growth: {sources: 5, within: 6h}
      silence: 2d
      edits: [corrects]
    conditions:
      least_sources: 1
      kinds: [article]
      publishers_never: [gull.example]
      not_older_than: 3d
    independent: no
    backfill: true
    linked: true
    report_present: true
    webhook: {url: env:TEST_HOOK, secret: env:TEST_SECRET}
    receivers: [night desk]
    time_zone: Europe/Berlin
    quiet:
      - {start: "22:00", end: "07:00", weekdays: [fri, sat]}
    digest: {at: ["08:00"], weekdays: [mon]}
    most_per_hour: 5
    paused: true
    expires_at: 2032-01-01T00:00:00Z
    labels: [desk, "2031"]
    owner: jo
    notes: for the night desk
  - name: A story
    story: 5aa15aa15aa15aa15aa15aa15aa15aa1
"""


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TEST_SECRET", SECRET)
    monkeypatch.setenv("TEST_HOOK", "https://desk.example/hook/t0ken")


def read(text: str, *present: Track, now: datetime = NOW) -> list[Track]:
    planned, mistakes = track_file.parse(text.encode(), present, now)
    assert mistakes == []
    return [one.after for one in planned]


def mistakes(text: str, *present: Track) -> list[str]:
    return [str(one) for one in track_file.parse(text.encode(), present, NOW)[1]]


def test_every_field_of_a_track_is_read() -> None:
    wall, story = read(FULL)
    assert (wall.name, wall.query, wall.queries) == ("Harbour wall", "wall harbour", {"no": "havn mur"})
    assert (wall.entities, wall.independent, wall.backfill) == (("elin varga",), False, True)
    assert (wall.linked, wall.report_present) == (True, True)
    assert wall.fires is not None
    assert (wall.fires.at_sources, wall.fires.silence) == ((3, 10), timedelta(days=2))
    assert wall.fires.growth is not None
    assert (wall.fires.growth.sources, wall.fires.growth.within) == (5, timedelta(hours=6))
    assert wall.fires.edits == (EditKind.CORRECTS,)
    assert (wall.conditions.kinds, wall.conditions.not_older_than) == ((Kind.ARTICLE,), timedelta(days=3))
    assert wall.webhook is not None
    assert (wall.webhook.url, wall.webhook.secret) == ("https://desk.example/hook/t0ken", SECRET)
    assert wall.receivers == ("night desk",)
    assert (wall.quiet[0].start, wall.quiet[0].weekdays) == ("22:00", (Weekday.FRI, Weekday.SAT))
    assert wall.digest is not None
    assert (wall.time_zone, wall.digest.at, wall.most_per_hour, wall.paused) == ("Europe/Berlin", ("08:00",), 5, True)
    assert (wall.expires_at, wall.labels, wall.owner) == (datetime(2032, 1, 1, tzinfo=UTC), ("desk", "2031"), "jo")
    assert (story.story, story.query, story.webhook) == ("5aa1" * 8, "", None)
    unset = {one.name for one in msgspec.structs.fields(TrackSpec) if f" {one.name}:" not in FULL}
    assert unset == {"id", "broad"}, "each field of a file is in the one above"


def test_a_field_of_a_track_is_in_files_or_decided_elsewhere() -> None:
    of_files = {one.name for one in msgspec.structs.fields(TrackSpec)} - {"broad"}
    elsewhere = {"schema", "created_at", "words", "at_sources", "muted", "snoozed_until"}
    assert {one.name for one in msgspec.structs.fields(Track)} == of_files | elsewhere


def test_what_is_exported_changes_nothing_when_it_is_applied() -> None:
    present = read(FULL)
    text = track_file.dump(track_file.specs_of(present))
    assert SECRET not in text
    planned, refused = track_file.parse(text.encode(), present, LATER)
    assert refused == []
    assert not track_file.compare(planned, present, remove=True)


def test_the_shipped_schema_is_that_of_the_types() -> None:
    shipped = json.loads(track_file.SCHEMA_FILE.read_bytes())
    assert shipped == json.loads(msgspec.json.encode(track_file.schema())), (
        "run connectors.tracks.track_file.write_schema()"
    )
    check = jsonschema.Draft202012Validator(shipped)
    document = yaml.safe_load(track_file.dump(track_file.specs_of(read(FULL))))
    check.validate(document)
    for wrong in ({"querry": "x"}, {"fires": {"new_sorce": True}}, {"fires": {"silence": "2 fortnights"}}):
        assert not check.is_valid({"tracks": [{"name": "x", **wrong}]}), wrong


@pytest.mark.parametrize(
    ("entry", "line"),
    [
        ("    query: dam\n    lable: x\n", "line 4: unknown field 'lable' (was 'labels' meant?)"),
        ("    query: dam\n    fires:\n      new_sorce: true\n", "line 5: unknown field 'fires.new_sorce' (was 'new_so"),
        ("    query: dam\n    backfill: often\n", "line 4: backfill: write true or false"),
        ("    query: dam\n    fires: each\n", "line 4: fires: fields are expected, such as `new_source: ...`"),
        (
            "    query: dam\n    fires:\n      edits: [corects]\n",
            "line 5: fires.edits: 'corects' is unknown: write one of",
        ),
        (
            "    query: dam\n    fires:\n      silence: 2 fortnights\n",
            "line 5: fires.silence: '2 fortnights' is no len",
        ),
        ("    query: dam\n    fires:\n      growth: {sources: 3}\n", "line 5: fires.growth: `within` is missing"),
        (
            "    query: dam\n    time_zone: Europe/Berlim\n",
            "line 4: time_zone: there is no 'Europe/Berlim': did you mean",
        ),
        (
            "    query: dam\n    quiet:\n      - {start: '25:00', end: '07:00'}\n",
            "line 5: quiet[0].start: write a time of day, such as 22:00",
        ),
        ("    notes: x\n    query: reef titel:dam\n", "line 4: query: column 6: there is no field titel: did you mean"),
        ("    queries:\n      de: (damm\n", "line 4: queries.de: column"),
        ("    query: language:en\n", "line 3: query: "),
        ("    notes: x\n", "line 2: story: the track follows nothing"),
        ("    story: 5aa1\n", "line 3: story: '5aa1' is no whole id"),
        ("    query: dam\n    id: beef\n", "line 4: id: there is no track 'beef'"),
        ("    query: dam\n    webhook: {url: https://a.example/}\n", "line 4: webhook: a new webhook needs a secret"),
        ("    query: dam\n    webhook:\n      url: env:TEST_NONE\n", "line 5: webhook.url: needs the variable TEST_N"),
        ("    query: dam\n    webhook: {url: http://127.0.0.1/, secret: env:TEST_SECRET}\n", "line 4: webhook.url: "),
        ("    query: dam\n    webhook: {url: https://a.example/, secret: s3cret}\n", "line 4: webhook.secret: write"),
        ("    query: dam\n    webhook: {url: https://a.example/, secret: env:TEST_HOOK}\n", "line 4: webhook.secret: "),
        ("    query: dam\n    most_per_hour: 0\n", "line 4: most_per_hour: write a whole number of at least 1"),
        ("    query: dam\n  - name: Dam\n    query: b\n", "line 4: the same name or id as in line 2: Dam"),
        ("    query: dam\n    expires_at: tomorrow\n", "line 4: expires_at: write a time with its zone, such as"),
        ("    query: dam\n    owner: [a]\n", "line 4: owner: write one text, in quotes"),
        (f"    query: dam\n    labels: [{'a' * 51}]\n", "line 4: labels: write at most 50 characters"),
        ("    queries: [en]\n", "line 3: queries: write fields, such as"),
        ("    query: dam\n    query: b\n", "line 4: 'query' is given twice"),
        ("    query: dam\n  - query: b\n", "line 4: a track without `name`"),
        ("    query: dam\n  - words\n", "line 4: a track is a mapping that has at least `name: ...`"),
    ],
)
def test_a_mistake_is_one_line_with_its_place(entry: str, line: str) -> None:
    found = mistakes(f"tracks:\n  - name: Dam\n{entry}")
    assert len(found) == 1
    assert found[0].startswith(line)
    assert "s3cret" not in found[0]
    assert SECRET not in found[0]


def test_all_mistakes_are_told_at_once() -> None:
    found = mistakes("tracks:\n  - name: A\n    qery: x\n    paused: 7\n  - name: B\n    query: (\n")
    assert [one.partition(":")[0] for one in found] == ["line 3", "line 4", "line 6"]


def test_a_name_keeps_its_id_and_what_readers_decided() -> None:
    [before] = read("tracks:\n  - {name: Dam, query: dam}\n")
    before = replace(before, muted=Muted(articles=("a1",)), snoozed_until=LATER)
    [after] = read("tracks:\n  - {name: Dam, query: dam, backfill: true}\n", before, now=LATER)
    assert after == replace(before, backfill=True)


def test_a_track_that_follows_something_else_is_a_new_one() -> None:
    present = read("tracks:\n  - {name: Dam, query: dam}\n")
    planned, _ = track_file.parse(b"tracks:\n  - {name: Dam, query: weir}\n", present, LATER)
    found = track_file.compare(planned, present, remove=False)
    assert (found.added, found.removed) == ((planned[0].after,), tuple(present))
    assert planned[0].after.id != present[0].id


def test_an_id_renames_a_track() -> None:
    [before] = read("tracks:\n  - {name: Dam, query: dam}\n")
    planned, _ = track_file.parse(
        f"tracks:\n  - {{id: {before.id}, name: Weir, query: dam}}\n".encode(), [before], LATER
    )
    found = track_file.compare(planned, [before], remove=True)
    assert found.changed == ((before, replace(before, name="Weir")),)


def test_two_present_tracks_of_one_name_need_an_id() -> None:
    one, two = (Track(id=id_, name="Dam", created_at=NOW, query="dam") for id_ in ("t1", "t2"))
    assert mistakes("tracks:\n  - {name: Dam, query: dam}\n", one, two)[0].startswith(
        "line 2: name: 2 tracks have this"
    )
    text = track_file.dump(track_file.specs_of([one, two]))
    planned, refused = track_file.parse(text.encode(), [one, two], LATER)
    assert refused == []
    assert not track_file.compare(planned, [one, two], remove=True)


def test_another_secret_is_a_change_and_none_keeps_it(tmp_path: Path) -> None:
    hook = Webhook(url="https://desk.example/hook", secret=SECRET)
    [before] = [Track(id="t1", name="Dam", created_at=NOW, query="dam", webhook=hook)]
    kept = "tracks:\n  - {name: Dam, query: dam, webhook: {url: https://desk.example/hook}}\n"
    assert not track_file.compare(track_file.parse(kept.encode(), [before], LATER)[0], [before], remove=True)
    (tmp_path / "secret").write_text("whsec_YW5vdGhlciBzZWNyZXQgb2YgYSBkZXNr\n")
    other = kept.replace("hook}}", f"hook, secret: file:{tmp_path}/secret}}}}")
    found = track_file.compare(track_file.parse(other.encode(), [before], LATER)[0], [before], remove=True)
    assert found.lines(lambda track: track.name, track_file.fields) == ["~ Dam: another secret"]
    [(_, after)] = found.changed
    assert after.webhook is not None
    assert (after.webhook.former_secret, after.webhook.former_until) == (SECRET, LATER + timedelta(days=1))
    assert not track_file.compare(track_file.parse(other.encode(), [after], LATER)[0], [after], remove=True)
    [again] = [one.after for one in track_file.parse(other.encode(), [after], LATER + timedelta(hours=1))[0]]
    assert again.webhook == after.webhook


def test_changes_are_told_field_by_field() -> None:
    present = read(FULL)
    planned, _ = track_file.parse(FULL.replace("within: 6h", "within: 3h").encode(), present, LATER)
    found = track_file.compare(planned, present, remove=True)
    assert found.lines(lambda track: track.name, track_file.fields) == ["~ Harbour wall: fires.growth.within 6h -> 3h"]


def test_a_track_of_an_older_version_stays_as_it_is() -> None:
    older = Track(id="t1", name="Dam", created_at=NOW, words=("dam", "weir"), at_sources=3)
    text = track_file.dump(track_file.specs_of([older]))
    planned, refused = track_file.parse(text.encode(), [older], LATER)
    assert refused == []
    assert not track_file.compare(planned, [older], remove=True)


def test_a_receiver_that_is_not_there_is_named_with_its_line() -> None:
    planned, _ = track_file.parse(b"tracks:\n  - name: Dam\n    query: dam\n    receivers: [nigth]\n", [], NOW)
    assert track_file.unknown_receivers(planned, {"nigth"}) == []
    [mistake] = track_file.unknown_receivers(planned, {"night", "day"})
    assert str(mistake) == "line 4: receivers: there is no receiver 'nigth' (was 'night' meant?)"
