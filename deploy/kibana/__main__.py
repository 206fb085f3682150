"""The settings' name prefix in; what Kibana imports out, on stdout: ``python -m deploy.kibana > storywatch.ndjson``."""

import sys

from deploy import here
from deploy.kibana.objects import ndjson
from streams.errors import Misuse


def main() -> int:
    try:
        prefix = here.settings().index_prefix
    except Misuse as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(ndjson(prefix))
    return 0


if __name__ == "__main__":
    sys.exit(main())
