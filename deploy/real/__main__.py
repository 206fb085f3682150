"""``python -m deploy.real``: fetches the real stack's programs; says what is missing in one line and exits 1."""

import sys

from deploy.real.stack import prepare
from streams.contract.errors import StorywatchError

try:
    prepare()
except StorywatchError as error:
    sys.exit(str(error))
