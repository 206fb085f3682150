"""``python -m deploy.real`` fetches the programs of the real stack; exits with 1 if something is missing."""

import sys

from deploy.real.stack import prepare
from streams.contract.errors import StorywatchError

try:
    prepare()
except StorywatchError as error:
    sys.exit(str(error))
