"""A data folder that only its user can read (folders 0700, files 0600), and writing its files atomically.

Webhook secrets lie in the embedded stack's files, articles and URLs in the others.
"""

import os
import stat
import tempfile
from pathlib import Path

# what Storywatch makes in a data folder; whatever else lies there is somebody else's
_OURS = ("embedded", "real", "worker", "faust", "feeds", "reprocess", "stack")


def keep_private(folder: Path) -> None:
    """Make ``folder`` if it is not there, and take the rights of others from it and from what Storywatch made in it.

    What this process and its children create from here on is private too. Raises `OSError` when the folder cannot be
    made; what belongs to another user is left as it is.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    _take_from_others(folder)
    for entry in folder.iterdir():
        if entry.name.startswith(_OURS):
            _take_from_others(entry)
            for root, folders, files in os.walk(entry):
                for name in (*folders, *files):
                    _take_from_others(Path(root, name))


def _take_from_others(path: Path) -> None:
    try:
        found = path.lstat()
        if not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o077 and found.st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(found.st_mode) & 0o700)
    except FileNotFoundError:  # a running server has just removed it
        return


def atomic_write(path: Path, data: bytes) -> None:
    """Write a file (0600) so that readers see the old content or the new, also after a power failure.

    The data goes to a temporary file in the same folder, which must exist, and that is renamed over ``path``; it is on
    the disk when this returns. Raises `OSError`.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".tmp")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # makes the rename durable
    finally:
        os.close(folder)
