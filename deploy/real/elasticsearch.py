"""A data folder and a port in, one Elasticsearch node started on loopback out."""

import os
import shutil
from pathlib import Path
from urllib.request import urlopen

from deploy import processes
from deploy.processes import HOST
from deploy.real import java
from streams.contract.errors import UsageError
from streams.runtime.processes.process import Process, bind_to_parent

OLDEST_JAVA = 21
NOBODY = 65_534
# small and soon warm, for one machine that does everything else as well. Without C2, the thorough compiler, which takes
# more CPU than it saves in less than an hour of a few articles a second; without the log of garbage collections, 2 GB
OPTIONS = "-Xms512m -Xmx512m -XX:TieredStopAtLevel=1 -Xlog:disable -Xlog:all=warning:stderr"

SETTINGS = """\
cluster.name: storywatch
discovery.type: single-node
network.host: {host}
http.port: {port}
transport.port: 0
xpack.security.enabled: false
path.data: {folder}/data
path.logs: {folder}/logs
# hundreds of small indices of the tests; the usual limit is 1000
cluster.max_shards_per_node: 10000
# how full the disk is, is the owner's affair: at 95 % it would refuse to write
cluster.routing.allocation.disk.threshold_enabled: false
"""


def runtime() -> Path:
    """The Java to use. Raises `UsageError` when there is none that fits."""
    return java.home(OLDEST_JAVA, ("ES_JAVA_HOME", "JAVA_HOME"), "Elasticsearch")


def start(home: Path, folder: Path, port: int, log: Path, *, die_with_parent: bool) -> Process:
    """Begin to start Elasticsearch with its data in ``folder``; `answers` says when it is up.

    Raises `UsageError` without a fitting Java.
    """
    configuration = folder / "config"
    shutil.copytree(home / "config", configuration, dirs_exist_ok=True)
    (configuration / "elasticsearch.yml").write_text(SETTINGS.format(host=HOST, port=port, folder=folder))
    for name in ("data", "logs", "tmp"):
        (folder / name).mkdir(exist_ok=True)
    environment = {
        "ES_JAVA_HOME": str(runtime()),
        "ES_JAVA_OPTS": OPTIONS,
        "ES_PATH_CONF": str(configuration),
        "ES_TMPDIR": str(folder / "tmp"),
    }
    command = [str(home / "bin" / "elasticsearch")]
    # the session's id outlives the launcher: when that dies, the server sees its input end and ends too
    return processes.spawn(_not_root(bind_to_parent(command) if die_with_parent else command, folder), log, environment)


def answers(port: int) -> bool:
    """Whether every index can be read and written: after a restart that comes some seconds after the first answer."""
    try:
        with urlopen(f"http://{HOST}:{port}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _not_root(command: list[str], folder: Path) -> list[str]:
    """Elasticsearch refuses to run as root: then it runs as nobody, who may read what root may.

    Without that permission it could reach neither a cache folder nor a data folder inside root's home.
    """
    if os.geteuid() != 0:
        return command
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise UsageError("Elasticsearch does not run as root, and setpriv (util-linux) is missing: use another user")
    for place in (folder, *folder.rglob("*")):
        os.chown(place, NOBODY, NOBODY)
    given = "-all,+dac_override"
    return [
        *(setpriv, f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"),
        # the last, so that Java's question whether it may read a file gets the answer that reading it would get
        *(f"--inh-caps={given}", f"--ambient-caps={given}", "--securebits=+no_setuid_fixup", *command),
    ]
