"""The settings of this place: what the environment says, and the running stack's addresses where it says nothing."""

from pydantic import ValidationError

from deploy import stack
from streams.errors import Misuse
from streams.settings import Settings


def settings() -> Settings:
    """Raises `Misuse` with the variable's name when a setting cannot be."""
    try:
        given = Settings()
    except ValidationError as error:
        first = error.errors()[0]
        name = "STORYWATCH_" + "_".join(str(part) for part in first["loc"]).upper()
        raise Misuse(f"{name}: {first['msg']} (it is {first.get('input')!r})") from error
    runs = stack.running(given.data_dir)
    if runs is None:
        return given
    found = {"kafka": runs.kafka, "elasticsearch": runs.elasticsearch}
    return given.model_copy(update={name: value for name, value in found.items() if name not in given.model_fields_set})


def is_embedded(settings: Settings) -> bool:
    """Whether Kafka is the embedded one of the data folder."""
    runs = stack.running(settings.data_dir)
    return runs is not None and runs.kind == "embedded" and runs.kafka == settings.kafka
