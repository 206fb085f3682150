"""Both kinds of stack behind one call: the embedded one and the real one."""

from pathlib import Path
from typing import Protocol

from deploy import embedded, real
from deploy.stack import Kind, Stack


class Start(Protocol):
    def __call__(
        self, folder: Path, *, kafka_port: int, elasticsearch_port: int, die_with_parent: bool = False
    ) -> Stack: ...


START: dict[Kind, Start] = {"embedded": embedded.start, "real": real.start}
