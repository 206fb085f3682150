"""Permissions of the data folder (folders 0700, files 0600, also those of older versions), and atomic writes.

The files of the embedded stack hold webhook secrets, the others hold articles and URLs.
"""

import os
import stat
import tempfile
from pathlib import Path

# entries that Storywatch creates in a data folder; others are left alone
_OURS = ("embedded", "real", "worker", "faust", "feeds", "ingest", "reprocess", "spool", "stack")


def keep_private(folder: Path) -> None:
    """Create ``folder`` if needed; remove the permissions of group and others from it and from what Storywatch made.

    Also sets the umask of this process, so that new files are private. Files of other users are left as they are.
    Raises `OSError` if the folder cannot be created.
    """
    os.umask(0o077)
    folder.mkdir(parents=True, exist_ok=True)
    _make_private(folder)
    for entry in folder.iterdir():
        if entry.name.startswith(_OURS):
            _make_private(entry)
            for root, folders, files in os.walk(entry):
                for name in (*folders, *files):
                    _make_private(Path(root, name))


def _make_private(path: Path) -> None:
    try:
        found = path.lstat()
        if not stat.S_ISLNK(found.st_mode) and found.st_mode & 0o077 and found.st_uid == os.geteuid():
            path.chmod(stat.S_IMODE(found.st_mode) & 0o700)
    except FileNotFoundError:  # removed meanwhile by a running server
        return


def atomic_write(path: Path, data: bytes, *, durable: bool = False) -> None:
    """Write a file (0600) so that readers see the old content or the new.

    The data goes to a temporary file in the same folder, which must exist, and that is renamed over ``path``. With
    ``durable`` it is on the disk when this returns, which may take long. Raises `OSError`.
    """
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f"{path.name}.", suffix=".tmp")
    draft = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            if durable:
                file.flush()
                os.fsync(file.fileno())
        draft.replace(path)
    except BaseException:
        draft.unlink(missing_ok=True)  # it is gone if Ctrl-C came after the rename
        raise
    if not durable:
        return
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # makes the rename durable
    finally:
        os.close(folder)
