"""Starts one Elasticsearch node on loopback."""

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
# Small and quickly warm, for a machine that runs everything else too. Without the C2 compiler, which takes more CPU
# than it saves in the first hour at a few articles per second; without the log of garbage collections (2 GB).
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
# the tests make hundreds of small indices; the default limit is 1000
cluster.max_shards_per_node: 10000
# otherwise it refuses writes at 95 % disk usage
cluster.routing.allocation.disk.threshold_enabled: false
"""


def runtime() -> Path:
    """The home of the Java to use. Raises `UsageError` if none is new enough."""
    return java.home(OLDEST_JAVA, ("ES_JAVA_HOME", "JAVA_HOME"), "Elasticsearch")


def start(home: Path, folder: Path, port: int, log: Path, *, die_with_parent: bool) -> Process:
    """Launch Elasticsearch with its data in ``folder``, without waiting; see `answers`.

    Raises `UsageError` without a suitable Java.
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
    # when the launcher ends, the server reads the end of its input and ends too; both are in one session
    return processes.spawn(_not_root(bind_to_parent(command) if die_with_parent else command, folder), log, environment)


def answers(port: int) -> bool:
    """True if all indices can be read and written, which after a restart is some seconds after the first answer."""
    try:
        with urlopen(f"http://{HOST}:{port}/_cluster/health?wait_for_status=yellow&timeout=1s", timeout=5) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def _not_root(command: list[str], folder: Path) -> list[str]:
    """``command`` as the user nobody if this process is root: Elasticsearch refuses to run as root.

    It keeps the capability to read all files, since cache and data folders may lie in the home of root.
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
        # securebits: with them access(2), which Java asks, agrees with what open(2) allows
        *(f"--inh-caps={given}", f"--ambient-caps={given}", "--securebits=+no_setuid_fixup", *command),
    ]
