"""A small disk that can be filled: a file mounted as the disk of one folder.

Mounting takes root, so elsewhere there is none and no fault fills it.
"""

import os
import subprocess
from pathlib import Path
from types import TracebackType
from typing import Self

SIZE = 4_000_000_000  # of a file with holes: what a long run writes takes a tenth of it
FILLER = "filler"


class Disk:
    """``there``: whether it could be made; ``why_not`` otherwise. Leaving it unmounts it."""

    def __init__(self, folder: Path) -> None:
        self.there = False
        self.why_not = ""
        self._folder = folder
        self._image = folder.with_name(f"{folder.name}.img")

    def __enter__(self) -> Self:
        self._folder.mkdir(parents=True)
        with self._image.open("wb") as image:
            image.truncate(SIZE)
        try:
            _run("mkfs.ext4", "-q", "-m", "0", str(self._image))
            _run("mount", "-o", "loop", str(self._image), str(self._folder))
        except (OSError, subprocess.CalledProcessError) as error:
            self._image.unlink()
            self.why_not = str(getattr(error, "stderr", "") or error).strip()
        else:
            self.there = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.there:
            _run("umount", "--lazy", str(self._folder))
            self._image.unlink()

    def fill(self) -> None:
        """Leave no room at all."""
        with (self._folder / FILLER).open("wb") as filler:
            for step in (10**8, 10**6, 4096):
                while True:
                    try:
                        os.posix_fallocate(filler.fileno(), os.fstat(filler.fileno()).st_size, step)
                    except OSError:
                        break

    def free(self) -> None:
        (self._folder / FILLER).unlink(missing_ok=True)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True, text=True)
