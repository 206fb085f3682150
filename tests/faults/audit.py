"""Audits a system: what is lost, doubled or wrong, one line each, for people and programs.

Kafka is read with kafka-python, Elasticsearch over plain HTTP, and both are compared with what was acknowledged when
it was sent, with a run of the recorded log through the stages' functions alone, and with what the receiver got.
"""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

from connectors.kafka import admin
from connectors.kafka.reader import KafkaRecord
from streams.alerts.outcomes import is_current
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.deadletter import letter_id
from streams.contract.errors import Undecodable
from streams.contract.messages import Alert, Candidate, SourceNotice, TaggedArticle, Track, digest
from streams.contract.topics import Topic
from streams.runtime import topology
from streams.runtime.settings import Settings
from tests.faults import documents, hostile
from tests.faults.documents import Document
from tests.faults.faultless import Expected, Faultless, Place, about, identity
from tests.faults.findings import Findings
from tests.faults.journal import Entry
from tests.faults.records import Records

MADE = (
    topics.CLEAN,
    topics.UNIQUE,
    topics.TAGGED,
    topics.FILED,
    topics.UPDATES,
    topics.CORRECTIONS,
    topics.LINKS,
    topics.CANDIDATES,
    topics.ALERTS,
)
KEPT = ("held", "summed", "cancelled")  # alerts that are not sent themselves, or not yet
GIVEN_UP = ("failed", "recorded")  # what becomes of the alerts of a receiver that wants no more
READ = (topics.RAW, topics.SKETCHES, *MADE, topics.DEADLETTERS)


class Audit:
    """Reads on from where it was, so that an audit after each round costs what that round brought."""

    def __init__(self, settings: Settings, elasticsearch: str, tracks: Mapping[str, Track]) -> None:
        """``elasticsearch``: the server's own address, which may not be the one that the workers go through."""
        self._settings = settings
        self._elasticsearch = elasticsearch
        self._topics = {topic.name(settings.topic_prefix): topic for topic in READ}
        self._records = Records(settings.kafka, list(self._topics))
        self._tracks = tracks
        self._faultless = Faultless(settings, tracks)
        self._raw: dict[tuple[str, int, int], str] = {}  # place -> digest of the bytes
        self._found: dict[Topic, Counter[str]] = {topic: Counter() for topic in MADE}
        self._about: dict[Topic, dict[str, str]] = {topic: {} for topic in MADE}
        self._facts: dict[tuple[str, str, str], set[str]] = defaultdict(set)  # what an alert reports -> ids
        self._after_merge: dict[tuple[str, str, str], set[str]] = defaultdict(set)  # of a story that took this one in
        self._untrue: set[str] = set()  # alerts that were corrected or cancelled
        self._dead: Counter[Place] = Counter()
        self._states: dict[str, Alert] = {}  # of each alert, how far it has come

    @property
    def expected(self) -> Expected:
        """What a run without faults makes of the log, as far as it has been read."""
        return self._faultless.expected

    @property
    def decided(self) -> set[str]:
        """The corrections of stories that have an outcome, by id."""
        return set(self._about[topics.CORRECTIONS].values())

    def run(
        self, journal: Sequence[Entry], heard: Mapping[str, int], unsigned: int, gone: Collection[str] = ()
    ) -> Findings:
        """``heard``: webhook-id -> how often the receiver has stored it; ``unsigned``: what it could not verify;
        ``gone``: receivers that answer 410, by the end of their URL."""
        self._read_on()
        expected = self.expected
        findings = Findings()
        lost = [
            f"acknowledged and not in the log: {entry.topic} {entry.partition}/{entry.offset}"
            for entry in journal
            if self._raw.get((entry.topic, entry.partition, entry.offset)) != entry.digest
        ]
        findings.note("articles_missing", lost)
        self._messages(findings, expected)
        self._articles(findings, expected)
        self._stories(findings, expected)
        self._alerts(findings, expected, heard, unsigned, gone)
        self._dead_letters(findings, expected)
        lags = admin.lag(self._settings, topology.consumer_groups(self._settings))
        findings.figures["lag"] = sum(lags.values())
        findings.examples["lag"] = [f"{where}: {lag}" for where, lag in lags.items() if lag]
        return findings

    def waiting_alerts(self) -> int:
        """How many alerts are made and neither delivered nor given up."""
        self._read_on()
        return sum(one.delivery.status in ("pending", "retrying") for one in self._states.values())

    # --- reading ------------------------------------------------------------------------------------------------

    def _read_on(self) -> None:
        for record in self._records.new():
            self._take(record)

    def _take(self, record: KafkaRecord) -> None:
        topic = self._topics[record.topic]
        value = record.value or b""
        self._raw[record.topic, record.partition, record.offset] = digest(value)
        self._faultless.take(topic, record)
        if topic is topics.DEADLETTERS:
            head = record.headers
            self._dead[head["stage"], head["topic"], int(head["partition"]), int(head["offset"])] += 1
        elif topic in MADE and topic.carries is not None:
            try:
                message = decode(record.value, topic.carries)
            except Undecodable:
                return  # put there by a fault
            if isinstance(message, Alert):
                self._note(message)
                if is_current(message, self._states.get(message.id)):
                    self._states[message.id] = message
                if message.delivery.attempts or message.delivery.status == "failed":
                    return  # an outcome, also where nothing was tried any more, which depends on the receiver
            if isinstance(message, SourceNotice):
                return  # of a poll, which no run of the log repeats
            if isinstance(message, TaggedArticle) and message.correction is not None:
                return  # a person asked for it: no stage made it
            if isinstance(message, Candidate) and message.update is None:
                return  # a look at what is held, at any time
            known = identity(message)
            self._found[topic][known] += 1
            self._about[topic][known] = about(message)

    def _note(self, alert: Alert) -> None:
        """Note which fact an alert tells. One that was corrected or cancelled may be told again."""
        fact = _fact(alert)
        self._facts[fact].add(alert.id)
        for story in alert.story.absorbed:
            self._after_merge[fact[0], story, fact[2]].add(alert.id)
        self._untrue.update(alert.corrects)
        if alert.delivery.status == "cancelled":
            self._untrue.add(alert.id)

    # --- comparing ----------------------------------------------------------------------------------------------

    def _messages(self, findings: Findings, expected: Expected) -> None:
        """Each stage's output against that of a run without faults over the same input."""
        repeated = 0
        for topic in MADE:
            wanted, found = expected.messages[topic], self._found[topic]
            repeated += found.total() - len(found)
            findings.note("messages_missing", (f"{topic.base}: {wanted[one]}" for one in wanted.keys() - found.keys()))
            extra = (f"{topic.base}: {self._about[topic][one]}" for one in found.keys() - wanted.keys())
            findings.note("messages_unexpected", extra)
        findings.figures["messages_repeated"] = repeated

    def _articles(self, findings: Findings, expected: Expected) -> None:
        stored: dict[str, list[Document]] = defaultdict(list)
        for document in documents.articles(self._elasticsearch, self._settings.index_prefix):
            stored[document.get("article.id")].append(document)
        wanted = {
            id_: article for id_, article in expected.cleaned.items() if not article.origin.startswith(hostile.REFUSED)
        }
        findings.figures["articles_sent"] = len(wanted)
        findings.figures["articles_stored"] = len(stored)
        findings.note("articles_missing", (f"{wanted[id_].origin} ({id_})" for id_ in wanted.keys() - stored.keys()))
        findings.note(
            "articles_twice",
            (f"article {id_} in {len(those)} documents" for id_, those in stored.items() if len(those) > 1),
        )
        by_url: dict[str, set[str]] = defaultdict(set)
        for id_, those in stored.items():
            by_url[str(those[0].get("url.full"))].add(id_)
        findings.note(
            "articles_twice", (f"{url} as {len(ids)} articles" for url, ids in by_url.items() if len(ids) > 1)
        )
        findings.note("articles_wrong", (f"article {id_} was never sent" for id_ in stored.keys() - wanted.keys()))
        for id_ in wanted.keys() & stored.keys():
            filed = expected.filed.get(id_)
            for document in stored[id_]:
                differs = _different(document, _of_clean(wanted[id_]))
                if filed is not None:
                    differs += _different(document, _of_filed(filed))
                findings.note(
                    "articles_wrong", [f"{wanted[id_].origin} ({id_}): {', '.join(differs)}"] if differs else []
                )

    def _stories(self, findings: Findings, expected: Expected) -> None:
        """Messages about a story, its document and where its articles stand, against the run without faults."""
        different: dict[str, str] = {}
        for topic in (topics.FILED, topics.UPDATES):
            wanted, found = expected.messages[topic], self._about[topic]
            for one in wanted.keys() ^ found.keys():
                name = wanted.get(one) or found[one]
                story = expected.filed[name].filing.story if name in expected.filed else name
                different[story] = f"another {topic.base}"
        stored = {
            document.id: document for document in documents.stories(self._elasticsearch, self._settings.index_prefix)
        }
        for id_ in stored.keys() ^ expected.stories.keys():
            different[id_] = "stored and not expected" if id_ in stored else "not stored"
        for id_ in stored.keys() & expected.stories.keys():
            if differs := _different(stored[id_], _of_story(expected.stories[id_])):
                different[id_] = f"stored with another {', '.join(differs)}"
        findings.figures["stories_stored"] = len(stored)
        findings.note("stories_differ", (f"story {id_}: {why}" for id_, why in different.items()))

    def _alerts(
        self, findings: Findings, expected: Expected, heard: Mapping[str, int], unsigned: int, gone: Collection[str]
    ) -> None:
        kept = {id_: one.delivery.status for id_, one in expected.alerts.items() if one.delivery.status in KEPT}
        wanted = {id_: one for id_, one in expected.alerts.items() if id_ not in kept}
        made = set().union(*self._facts.values()) if self._facts else set()
        for alert in expected.alerts.values():
            self._note(alert)
        stored = {one.id: one for one in documents.alerts(self._elasticsearch, self._settings.index_prefix)}
        findings.figures["alerts_expected"] = len(wanted)
        findings.figures["alerts_sent"] = len(heard)
        findings.figures["alerts_again"] = sum(times - 1 for times in heard.values())
        findings.figures["alerts_unsigned"] = unsigned
        given_up = {
            id_
            for id_ in (wanted.keys() & stored.keys()) - heard.keys()
            if self._receiver(wanted[id_]) in gone and stored[id_].get("delivery.status") in GIVEN_UP
        }
        missing = dict.fromkeys(wanted.keys() - heard.keys() - given_up, "not heard")
        missing |= dict.fromkeys(wanted.keys() - stored.keys(), "not in Elasticsearch")
        for id_ in (wanted.keys() & stored.keys()) - given_up:
            status = stored[id_].get("delivery.status")
            if status != "delivered":
                missing[id_] = f"{status} in Elasticsearch"
        for id_, status in kept.items():
            found = stored[id_].get("delivery.status") if id_ in stored else "not"
            if found != status:
                missing[id_] = f"{found} in Elasticsearch, {status} expected"
        findings.figures["alerts_kept"] = len(kept)
        findings.note("alerts_missing", (f"alert {id_}: {why}" for id_, why in missing.items()))
        twice = (f"{fact}: {len(ids)} alerts" for fact, ids in self._facts.items() if len(ids - self._untrue) > 1)
        findings.note("alerts_twice", twice)
        findings.note("alerts_twice", self._twice_by_merges())
        extra = ((made | stored.keys()) - expected.alerts.keys()) | (heard.keys() - wanted.keys())
        findings.note("alerts_unexpected", (f"alert {id_}" for id_ in extra))

    def _twice_by_merges(self) -> Iterator[str]:
        """Facts that were told of a story, and again of the one that it had become part of."""
        for fact, later in self._after_merge.items():
            before = self._facts.get(fact, set()) - self._untrue
            if before and later - before - self._untrue:
                yield f"{fact}: told again after a merge"

    def _receiver(self, alert: Alert) -> str:
        webhook = self._tracks[alert.track].webhook
        return webhook.url.rpartition("/")[2] if webhook is not None else ""

    def _dead_letters(self, findings: Findings, expected: Expected) -> None:
        findings.figures["dead_letters_expected"] = len(expected.dead)
        findings.figures["dead_letters_found"] = len(self._dead)
        findings.figures["dead_letters_repeated"] = self._dead.total() - len(self._dead)
        findings.note("dead_letters_missing", (_told(one) for one in expected.dead.keys() - self._dead.keys()))
        findings.note("dead_letters_unexpected", (_told(one) for one in self._dead.keys() - expected.dead.keys()))
        stored = {one.id: one for one in documents.letters(self._elasticsearch, self._settings.index_prefix)}
        written = {letter_id(*place): place for place in self._dead}
        missing = (f"{_told(written[id_])}: not in Elasticsearch" for id_ in written.keys() - stored.keys())
        findings.note("dead_letters_missing", missing)
        findings.note("dead_letters_unexpected", (f"document {id_}" for id_ in stored.keys() - written.keys()))
        differing = {id_: _different(stored[id_], _of_letter(written[id_])) for id_ in written.keys() & stored.keys()}
        wrong = (f"document {id_}: {', '.join(differs)}" for id_, differs in differing.items() if differs)
        findings.note("dead_letters_wrong", wrong)


def _told(place: Place) -> str:
    stage, topic, partition, offset = place
    return f"{stage}: {topic} {partition}/{offset}"


def _fact(alert: Alert) -> tuple[str, str, str]:
    """What may be told once: this track, this story, this source or number of sources, this edit, this correction."""
    told = alert.condition
    if told == "new source" or " sources within " in told:
        told = f"{told} {alert.source.key}"
    elif alert.edit is not None:
        told = f"edit {alert.article.id} {alert.edit.number}"
    elif told == "silence broken":
        told = f"{told} {alert.article.id}"
    elif alert.corrects:
        told = f"{told} {alert.corrects}"
    elif alert.summed:
        told = f"{told} {[one.id for one in alert.summary]}"
    return alert.track, alert.story.id, told


def _different(document: Document, wanted: Mapping[str, Any]) -> list[str]:
    """The fields of a document that do not hold what they should; an empty list is not written."""
    return [path for path, value in wanted.items() if (document.get(path) or None) != (value or None)]


def _of_clean(article: Any) -> dict[str, Any]:
    """What cleaning alone decides, whatever happened on the way."""
    return {
        "article.title": article.title,
        "article.body": article.body,
        "article.language": article.language,
        "article.revision": article.revision,
        "article.arrival": article.arrival,
        "article.words": article.words,
        "url.full": article.url,
        "publisher.id": article.publisher.id if article.publisher else None,
    }


def _of_filed(filed: Any) -> dict[str, Any]:
    """What the stages after it decided, by the log that they read."""
    return {
        "story.id": filed.filing.story,
        "story.filing.decision": filed.filing.decision,
        "story.coverage.new_source": filed.coverage.new,
        "article.copy.relation": filed.copy.relation.value,
        "article.copy.group": filed.copy.group,
        "article.quotes": list(filed.quotes),
        "article.numbers": list(filed.numbers),
        "entities.keys": list(dict.fromkeys(entity.key for entity in filed.entities)),
    }


def _of_letter(place: Place) -> dict[str, Any]:
    stage, topic, partition, offset = place
    return {
        "letter.stage": stage,
        "letter.state": "refused",
        "kafka.topic": topic,
        "kafka.partition": partition,
        "kafka.offset": offset,
    }


def _of_story(update: Any) -> dict[str, Any]:
    story = update.story
    return {
        "story.title": story.title,
        "story.language": story.language,
        "story.articles": story.articles,
        "story.source_keys": [source.key for source in story.sources],
        "story.publishers": list(story.publishers),
        "story.moved_to": update.moved_to,
        "story.absorbed": list(story.absorbed),
        "article.id": update.article.id,
    }
