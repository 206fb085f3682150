"""The commands that routes of the API carry out."""

from collections.abc import Sequence

import msgspec

from connectors.api.write.commands import (
    Commands,
    DeliveryCommands,
    FollowedCommands,
    Period,
    ReceiverCommands,
    StoryCommands,
)
from connectors.audit.writing import Edit
from connectors.cli.alerts import tracks
from connectors.cli.common import connect
from connectors.cli.maintenance import dead_letter_list, replay
from connectors.cli.receivers import deliveries, registry, trying
from connectors.cli.stack.status_checks import collect_status
from connectors.corrections import links, request, send
from connectors.tracks import followed
from connectors.tracks.spec import broad
from connectors.views.status import StatusView
from connectors.webhooks.sending import WebhookAttempt
from streams.contract import topics
from streams.contract.deadletter import DeadLetter
from streams.contract.errors import UsageError
from streams.contract.messages import Deliverable, LinkRequest, Track
from streams.runtime.settings import Settings


def commands(settings: Settings) -> Commands:
    """The commands for the system of these settings."""

    def status() -> StatusView:
        return msgspec.convert(collect_status(settings).report(), StatusView)

    def check_track(made: Track, others: Sequence[Track]) -> None:
        if (same := tracks.find_duplicate(made, others)) is not None:
            raise UsageError(f"track {same.id} ({same.name}) does the same already")
        if broad(made) is not None:
            tracks.check_room(made, others)

    def write_tracks(edits: Sequence[Edit[Track]], by: str) -> None:
        tracks.write(settings, edits, by=by)

    def letters() -> list[DeadLetter]:
        connect.check_topics(settings, topics.DEADLETTERS, topics.RESOLUTIONS)
        return dead_letter_list.read_all(settings)

    def rejected(letter: DeadLetter) -> bytes:
        return next((record.value or b"" for _, record in dead_letter_list.with_records(settings, [letter])), b"")

    return Commands(
        status=status,
        tracks=lambda: tracks.read_all(settings),
        check_track=check_track,
        write_tracks=write_tracks,
        show_track=tracks.report,
        letters=letters,
        rejected=rejected,
        replay=lambda found, by: replay.replay_letters(settings, found, by=by),
        drop=lambda found, reason, by: replay.drop_letters(settings, found, reason, by=by),
        deliveries=_deliveries(settings),
        receivers=_receivers(settings),
        stories=_stories(settings),
        followed=_followed(settings),
    )


def _deliveries(settings: Settings) -> DeliveryCommands:
    def in_period(chosen: Period) -> list[Deliverable]:
        return deliveries.in_range(
            deliveries.latest(settings),
            chosen.since,
            chosen.until,
            receiver=chosen.receiver,
            track=chosen.track,
            failed=chosen.failed,
        )

    return DeliveryCommands(
        latest=lambda: deliveries.latest(settings),
        in_period=in_period,
        send_again=lambda alerts, by: deliveries.send_again(settings, alerts, connect.now(), by=by),
        cancel=lambda alerts, by: deliveries.cancel(settings, alerts, by=by),
    )


def _receivers(settings: Settings) -> ReceiverCommands:
    def test(name: str, sample: bool, by: str) -> WebhookAttempt:
        return trying.send_test(settings, registry.find(settings, name), connect.now(), sample=sample, by=by)

    return ReceiverCommands(
        all=lambda: registry.read_all(settings),
        users=lambda name: registry.users(settings, name),
        test=test,
        pause=lambda name, by: registry.pause(settings, name, connect.now(), by=by),
        resume=lambda name, by: registry.resume(settings, name, connect.now(), by=by),
    )


def _stories(settings: Settings) -> StoryCommands:
    def prepare(asked: request.CorrectionRequest, by: str) -> request.PreparedCorrection:
        with connect.open_search(settings) as queries:
            return request.prepare(queries, asked, by, connect.now())

    def send_correction(prepared: request.PreparedCorrection) -> None:
        connect.check_topics(settings, topics.TAGGED, topics.CORRECTIONS, topics.AUDIT)
        send.send(settings, prepared)

    def prepare_link(story: str, other: str, state: links.LinkState, reason: str, by: str) -> LinkRequest:
        with connect.open_search(settings) as queries:
            return links.prepare(queries, story, other, state, reason, by, connect.now())

    def send_link(asked: LinkRequest) -> None:
        connect.check_topics(settings, topics.SKETCHES, topics.AUDIT)
        links.send(settings, asked)

    return StoryCommands(prepare=prepare, send=send_correction, prepare_link=prepare_link, send_link=send_link)


def _followed(settings: Settings) -> FollowedCommands:
    def by_article(what: str) -> followed.Followed:
        with connect.open_search(settings) as queries:
            return followed.by_article(what, queries)

    def by_text(text: str) -> followed.Followed:
        with connect.open_search(settings) as queries:
            return followed.by_text(text, "text", queries, settings, connect.now())

    return FollowedCommands(by_article=by_article, by_text=by_text)
