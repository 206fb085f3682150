"""Articles of the sources that installed packages declare: see `streams.contract.plugins`."""

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from msgspec.structs import replace

from streams.contract import plugins
from streams.contract.errors import Rejected
from streams.contract.lanes import Lane

if TYPE_CHECKING:
    from connectors.files.read import RefusedInput
    from streams.contract.messages import RawArticle


def read(scheme: str, paths: Sequence[str], *, lane: Lane) -> "Iterator[RawArticle | RefusedInput]":
    """The articles of the paths ``scheme:address``, in ``lane``, and a `RefusedInput` for each item that is not one.

    An exception of the source ends the reading of its path, as one refused input.
    """
    from connectors.files.read import RefusedInput
    from streams.runtime.metrics import report_unexpected

    source: plugins.Source = plugins.load("storywatch.sources", scheme)
    for path in paths:
        try:
            for item in source(path.removeprefix(f"{scheme}:")):
                yield RefusedInput(path, str(item)) if isinstance(item, Rejected) else replace(item, lane=lane)
        except Rejected as error:
            yield RefusedInput(path, str(error))
        except Exception as error:  # code of another package
            yield RefusedInput(path, report_unexpected("line", error))
