"""Loads the settings: from the environment, with the addresses of the running stack where those are not set."""

import difflib
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

from pydantic import ValidationError
from pydantic_settings import DotEnvSettingsSource

from deploy import stack
from streams.contract.errors import UsageError
from streams.runtime.settings import Settings

if TYPE_CHECKING:
    from pydantic_core import ErrorDetails

PREFIX = "STORYWATCH_"
# read by commands and tests only
NO_SETTINGS = frozenset(
    {
        "STORYWATCH_DEBUG",
        "STORYWATCH_LISTEN_SECRET",
        "STORYWATCH_WEBHOOK_SECRET",
        "STORYWATCH_TEST_ELASTICSEARCH",
        "STORYWATCH_USER",
    }
)


def settings() -> Settings:
    """The settings. Raises `UsageError` with the name of the variable for an invalid value."""
    try:
        given = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = PREFIX + "_".join(str(part) for part in first["loc"]).upper()
        raise UsageError(f"{name}: {_message(first)} (it is {first.get('input')!r})") from error
    runs = stack.running(given.data_dir)
    if runs is None:
        return given
    found = {"kafka": runs.kafka, "elasticsearch": runs.elasticsearch}
    return given.model_copy(update={name: value for name, value in found.items() if name not in given.model_fields_set})


def _message(error: "ErrorDetails") -> str:
    """The message of a validation error, without the prefix of pydantic."""
    ours = error.get("ctx", {}).get("error")
    return error["msg"] if ours is None else str(ours)


def unknown() -> Iterator[str]:
    """A line for each ``STORYWATCH_`` variable, set or in the ``.env`` file, that is not a setting."""
    settings = {name.upper() for name in Settings.model_fields}
    known = {PREFIX + name for name in settings} | NO_SETTINGS
    given = {name.upper() for name in (*os.environ, *DotEnvSettingsSource(Settings).env_vars)}
    for name in sorted(name for name in given - known if name.startswith(PREFIX)):
        meant = difflib.get_close_matches(name.removeprefix(PREFIX), settings, n=1)
        hint = f"did you mean {PREFIX}{meant[0]}?" if meant else "docs/settings.md lists them"
        yield f"there is no setting {name}: {hint}"


def is_embedded(settings: Settings) -> bool:
    """True if Kafka is the embedded one of the data folder."""
    runs = stack.running(settings.data_dir)
    return runs is not None and runs.kind == "embedded" and runs.kafka == settings.kafka
