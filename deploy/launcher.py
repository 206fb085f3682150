"""Starts a stack of either kind, embedded or real."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from deploy import embedded, real
from deploy.stack import SERVICES, Kind, Service, Stack, last, running

USUAL_PORTS: dict[Service, int] = {"kafka": 9092, "elasticsearch": 9200}  # the defaults of Kafka and Elasticsearch


class Start(Protocol):
    def __call__(
        self, folder: Path, *, kafka_port: int, elasticsearch_port: int, die_with_parent: bool = False
    ) -> Stack: ...


START: dict[Kind, Start] = {"embedded": embedded.start, "real": real.start}


@dataclass(frozen=True)
class Started:
    """A started stack. ``again``: the services that were restarted; empty if the whole stack was started."""

    stack: Stack
    again: tuple[Service, ...] = ()


def up(kind: Kind, folder: Path, kafka_port: int | None, elasticsearch_port: int | None) -> Started:
    """Start a stack, or the ended services of a real one. Ports default to those of the last start.

    Raises what ``START[kind]`` raises.
    """
    present = running(folder)
    if present is not None and present.kind == kind == "real":
        gone = tuple(service for service in SERVICES if service not in present.pids)
        for service in gone:
            present = real.start_service(folder, service)
        if gone:
            return Started(present, gone)
    before = last(folder)
    usual = (before.kafka_port, before.elasticsearch_port) if before is not None else tuple(USUAL_PORTS.values())
    return Started(
        START[kind](
            folder,
            kafka_port=usual[0] if kafka_port is None else kafka_port,
            elasticsearch_port=usual[1] if elasticsearch_port is None else elasticsearch_port,
        )
    )
