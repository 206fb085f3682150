"""All faults as data: what each is called, what it touches, how long it lasts and how often it comes."""

import signal
from functools import partial

from deploy import real
from streams.contract.stage import APPS
from tests.faults import faults as do
from tests.faults import hostile
from tests.faults.faults import ALL, Fault

KILL, TERM = signal.SIGKILL, signal.SIGTERM
KAFKA, ELASTIC, DESK, FROZEN, FEEDS = (
    frozenset({name}) for name in ("kafka", "elasticsearch", "desk", "frozen", "feeds")
)
FROZEN_SECONDS = (9.0, 12.0)  # longer than the session of 6 s, so that another worker takes over meanwhile
AWAY_SECONDS = (3.0, 8.0)  # of a server or receiver in trouble
KAFKA_SECONDS = (20.0, 20.0)
MINUTE_SECONDS = (60.0, 65.0)
BOTH_SECONDS = (110.0, 130.0)  # longer than the clients of Kafka ask before they give up, which is 90 s

GONE = "hostile receiver: gone"

FAULTS: tuple[Fault, ...] = (
    Fault("supervisor killed", partial(do.end_supervisor, KILL), weight=5, quick=True),
    Fault("supervisor told to end", partial(do.end_supervisor, TERM), weight=3),
    *(Fault(f"{app} killed", partial(do.end_process, app, KILL), weight=6, quick=True) for app in APPS),
    *(Fault(f"{app} told to end", partial(do.end_process, app, TERM)) for app in APPS),
    Fault("pool child killed", do.kill_child, weight=4, quick=True),
    Fault("worker joins", do.join, weight=4, quick=True, optional=True),
    Fault("worker leaves", do.leave, weight=3, optional=True),
    Fault("state frozen", partial(do.freeze_process, "state"), FROZEN, FROZEN_SECONDS, weight=4, quick=True),
    Fault("work frozen", partial(do.freeze_process, "work"), FROZEN, FROZEN_SECONDS),
    Fault("store frozen", partial(do.freeze_process, "store"), FROZEN, FROZEN_SECONDS),
    Fault("sources frozen", partial(do.freeze_process, "sources"), FROZEN, FROZEN_SECONDS),
    Fault("worker frozen", do.freeze_worker, FROZEN, FROZEN_SECONDS),
    Fault("kafka stopped", partial(do.away, "kafka", real.stop_service), KAFKA, KAFKA_SECONDS, weight=1),
    Fault("kafka killed", partial(do.away, "kafka", real.kill_service), KAFKA, AWAY_SECONDS, quick=True),
    Fault("kafka away for a minute", partial(do.away, "kafka", real.stop_service), KAFKA, MINUTE_SECONDS, weight=1),
    Fault("feeds without address", do.no_names, FEEDS, AWAY_SECONDS, quick=True),
    Fault("feeds hang", do.feeds_hang, FEEDS, AWAY_SECONDS, do.feeds_met, quick=True),
    Fault("elasticsearch stopped for long", do.elasticsearch_for_long, ELASTIC | ALL, weight=1),
    Fault("both servers stopped", do.both_away, KAFKA | ELASTIC, BOTH_SECONDS, weight=1),
    Fault("elasticsearch killed", partial(do.away, "elasticsearch", real.kill_service), ELASTIC, AWAY_SECONDS),
    Fault("elasticsearch says 429", partial(do.trouble, "busy"), ELASTIC, AWAY_SECONDS, do.requests_met, quick=True),
    Fault("elasticsearch says 503", partial(do.trouble, "failing"), ELASTIC, AWAY_SECONDS, do.requests_met),
    Fault("elasticsearch hangs up", partial(do.trouble, "cutting"), ELASTIC, AWAY_SECONDS, do.requests_met),
    Fault("elasticsearch blocks its indices", do.indices_blocked, ELASTIC, AWAY_SECONDS),
    Fault("disk full", do.disk_full, KAFKA | ELASTIC, AWAY_SECONDS, weight=1, optional=True),
    Fault("document refused", partial(do.hostile_page, hostile.REFUSED), quick=True),
    Fault("page hangs the pool", partial(do.hostile_page, hostile.HANGS), weight=1),
    Fault("page kills the pool", partial(do.hostile_page, hostile.KILLS), quick=True),
    Fault("stray message", do.stray, weight=4, quick=True),
    Fault("receiver down", do.receiver_down, DESK, (1.0, 3.0), weight=3),
    Fault("receiver says 500", partial(do.mood, "broken"), DESK, AWAY_SECONDS, do.alerts_met, weight=3, quick=True),
    Fault("receiver slow", partial(do.mood, "slow"), DESK, AWAY_SECONDS, do.alerts_met, weight=3),
    Fault("receiver hangs up after storing", partial(do.mood, "rude"), DESK, AWAY_SECONDS, do.alerts_met, weight=3),
    *(
        Fault(name, inject, touches, lasts, meets, weight=1, quick=True, optional=name == GONE, strangers=True)
        for name, inject, touches, lasts, meets in (
            ("hostile receiver: odd answers", partial(do.mood, "odd"), DESK, AWAY_SECONDS, do.alerts_met),
            ("hostile receiver: resets", partial(do.mood, "resetting"), DESK, AWAY_SECONDS, do.alerts_met),
            ("hostile receiver: no end", partial(do.mood, "endless"), DESK, AWAY_SECONDS, do.alerts_met),
            (GONE, do.gone, DESK, (0.0, 0.0), None),
            ("hostile feed", do.hostile_feed, KAFKA, (0.0, 0.0), None),
            ("hostile page: odd text", do.odd_pages, frozenset[str](), (0.0, 0.0), None),
            ("hostile page: computes", do.two_burning_pages, frozenset[str](), (0.0, 0.0), None),
            (
                "hostile page: fills memory",
                partial(do.hostile_page, hostile.SWELLS),
                frozenset[str](),
                (0.0, 0.0),
                None,
            ),
        )
    ),
    Fault("stories corrected", do.stories_corrected, KAFKA | ELASTIC, weight=4, quick=True),
    Fault("topic replayed from 0", do.replay, ALL, weight=2),
    Fault("the same input again", do.second_run, weight=2),
)
