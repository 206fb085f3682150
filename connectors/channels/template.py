"""A body of one's own: a Jinja2 template of the receiver, rendered in a process with limits."""

import msgspec

from connectors.channels.child import ChildFailed, ask
from streams.contract.errors import Rejected, UsageError

MOST_TEMPLATE_CHARACTERS = 20_000
MOST_OUTPUT_BYTES = 100_000  # more than any chat service takes
WALL_SECONDS = 5.0  # for starting Python too, on a machine that is busy with other things
MODULE = "connectors.channels.template_child"


class RenderRequest(msgspec.Struct, frozen=True):
    """``event``: the JSON of docs/webhooks.md, whose fields are the variables."""

    template: str
    event: msgspec.Raw
    escape: bool  # as HTML


class Rendered(msgspec.Struct, frozen=True):
    """The output, or one line that says why there is none."""

    text: str = ""
    error: str | None = None


def check_template(text: str) -> str:
    """The template, if its syntax is right. Raises `UsageError` with the line of an error."""
    from jinja2 import TemplateSyntaxError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    if len(text) > MOST_TEMPLATE_CHARACTERS:
        raise UsageError(f"a template of {len(text):,} characters, over the limit of {MOST_TEMPLATE_CHARACTERS:,}")
    try:
        ImmutableSandboxedEnvironment().parse(text)
    except TemplateSyntaxError as error:
        raise UsageError(f"template, line {error.lineno}: {error.message}") from error
    except RecursionError as error:
        raise UsageError("the template is nested too deeply") from error
    return text


async def render(template: str, event: bytes, *, escape: bool) -> bytes:
    """The output of a template. Raises `Rejected` with the reason, also for one that takes too long."""
    request = msgspec.json.encode(RenderRequest(template, msgspec.Raw(event), escape))
    try:
        rendered = msgspec.json.decode(await ask(MODULE, request, wall_seconds=WALL_SECONDS), type=Rendered)
    except TimeoutError as error:
        raise Rejected("the template takes too long") from error
    except (ChildFailed, msgspec.DecodeError) as error:
        raise Rejected(f"the template {error}") from error
    if rendered.error is not None:
        raise Rejected(rendered.error)
    return rendered.text.encode()
