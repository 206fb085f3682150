"""Prints the saved objects that a version of Kibana imports: ``python -m connectors.kibana 9.2 > mine.ndjson``."""

import sys

from connectors.kibana.objects import VERSIONS, ndjson
from deploy import load_settings
from streams.contract.errors import UsageError


def main() -> int:
    asked = sys.argv[1:]
    if len(asked) != 1 or asked[0] not in VERSIONS:
        sys.stderr.write(f"say for which version of Kibana: python -m connectors.kibana {' or '.join(VERSIONS)}\n")
        return 2
    try:
        settings = load_settings.settings()
    except UsageError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    sys.stdout.write(ndjson(settings, asked[0]))
    return 0


if __name__ == "__main__":
    sys.exit(main())
