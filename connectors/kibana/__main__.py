"""Prints the saved objects that Kibana imports: ``python -m connectors.kibana > storywatch.ndjson``."""

import sys

from connectors.kibana.objects import ndjson
from deploy import load_settings
from streams.contract.errors import UsageError


def main() -> int:
    try:
        prefix = load_settings.settings().index_prefix
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(ndjson(prefix))
    return 0


if __name__ == "__main__":
    sys.exit(main())
