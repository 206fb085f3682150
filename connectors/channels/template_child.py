"""The process of `connectors.channels.template`: a request on stdin, the output on stdout.

The sandbox keeps a template from attributes that lead to code; the limits of the process keep it from loops and sizes.
"""

import sys
from datetime import datetime
from typing import Any

import msgspec

from connectors.channels.child import limit
from connectors.channels.template import MOST_OUTPUT_BYTES, Rendered, RenderRequest

CPU_SECONDS, WALL_SECONDS, MEMORY_BYTES = 2, 8, 400_000_000


def main() -> None:
    limit(cpu_seconds=CPU_SECONDS, wall_seconds=WALL_SECONDS, memory_bytes=MEMORY_BYTES)
    request = msgspec.json.decode(sys.stdin.buffer.read(), type=RenderRequest)
    sys.stdout.buffer.write(msgspec.json.encode(_rendered(request)))


def _rendered(request: RenderRequest) -> Rendered:
    from jinja2 import StrictUndefined, TemplateError
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    environment = ImmutableSandboxedEnvironment(autoescape=request.escape, undefined=StrictUndefined)
    environment.filters["time"] = _time
    event: dict[str, Any] = msgspec.json.decode(request.event)
    parts, size = [], 0
    try:
        for part in environment.from_string(request.template).generate(event):
            size += len(part.encode(errors="replace"))
            if size > MOST_OUTPUT_BYTES:
                return Rendered(error=f"the template's output is over the limit of {MOST_OUTPUT_BYTES:,} bytes")
            parts.append(part)
    except TemplateError as error:
        return Rendered(error=f"template: {error}")
    except MemoryError:
        return Rendered(error="the template needs too much memory")
    except Exception as error:  # a template can cause any error of an operation
        return Rendered(error=f"template: {type(error).__name__}: {error}")
    return Rendered("".join(parts).encode(errors="replace").decode())


def _time(text: str, form: str = "%Y-%m-%d %H:%M UTC") -> str:
    """The filter ``time``: a time of the event in another form."""
    return datetime.fromisoformat(text).strftime(form)


if __name__ == "__main__":
    main()
