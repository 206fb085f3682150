"""The OpenAPI 3.1 document: generated from the routes, with the schema of an article that `storywatch ingest` has."""

from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from litestar import Litestar
from litestar.openapi import OpenAPIConfig, ResponseSpec
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.openapi.spec import (
    Components,
    OpenAPIMediaType,
    Operation,
    Reference,
    RequestBody,
    Schema,
    SecurityScheme,
)

from connectors.api.problems import MEDIA_TYPE, AnyRequest, Problem
from connectors.api.push.articles import MAX_BATCH_BYTES, MOST_LINES, BodyType
from connectors.files.line_schema import schema as line_schema
from connectors.webhooks.openapi import webhooks
from streams import __version__
from streams.contract.messages import MAX_PAGE_BYTES

PATH = "/v1/openapi.json"
ARTICLE = "PushedArticle"
SECURITY = "key"
# answers of every route that needs a key
ACCESS_ERRORS = (
    HTTPStatus.UNAUTHORIZED,
    HTTPStatus.FORBIDDEN,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
# answers of every route that reads what is stored
READ_ERRORS = (*ACCESS_ERRORS, HTTPStatus.BAD_REQUEST)
_MEANING = {
    HTTPStatus.BAD_REQUEST: "Something in the request is wrong; `errors` names each refused item.",
    HTTPStatus.UNAUTHORIZED: "There is no valid API key.",
    HTTPStatus.FORBIDDEN: "The API key does not have the scope.",
    HTTPStatus.NOT_FOUND: "There is no such thing.",
    HTTPStatus.REQUEST_TIMEOUT: "The body did not arrive in time.",
    HTTPStatus.CONFLICT: "The first request with this Idempotency-Key is in progress.",
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE: "The body is too large.",
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE: "The Content-Type or Content-Encoding is not supported.",
    HTTPStatus.UNPROCESSABLE_ENTITY: "The Idempotency-Key was used for another request.",
    HTTPStatus.TOO_MANY_REQUESTS: "Too many requests, or too much waits in the pipeline: see Retry-After.",
    HTTPStatus.SERVICE_UNAVAILABLE: "A server behind the API does not answer: see Retry-After.",
}


def problem_responses(*statuses: HTTPStatus) -> dict[int, ResponseSpec]:
    """The error answers of a route, for its description."""
    return {
        status.value: ResponseSpec(
            Problem, generate_examples=False, description=_MEANING[status], media_type=MEDIA_TYPE
        )
        for status in statuses
    }


@dataclass
class PushOperation(Operation):
    """The operation of a route that reads its body itself."""

    def __post_init__(self) -> None:
        article = Reference(ref=f"#/components/schemas/{ARTICLE}")
        self.request_body = RequestBody(
            required=True,
            description=f"An article (at most {MAX_PAGE_BYTES:,} bytes), or a batch of them, one object a line (at "
            f"most {MOST_LINES:,} lines and {MAX_BATCH_BYTES:,} bytes). It may be compressed with gzip.",
            content={
                BodyType.JSON: OpenAPIMediaType(schema=article),
                BodyType.LINES: OpenAPIMediaType(schema=Schema(description=f"Lines, each a {ARTICLE}.")),
                BodyType.HTML: OpenAPIMediaType(schema=Schema(description="A page, as it was served.")),
            },
        )


class _Plugin(JsonRenderPlugin):
    def __init__(self) -> None:
        super().__init__(path="/")

    def render(self, request: AnyRequest, openapi_schema: dict[str, Any]) -> bytes:
        return super().render(request, _completed(openapi_schema))


def config() -> OpenAPIConfig:
    return OpenAPIConfig(
        title="Storywatch",
        version=__version__,
        description="Articles come in here, and stories and alerts can be asked for. docs/api.md explains it.",
        path=PATH,
        render_plugins=[_Plugin()],
        use_handler_docstrings=True,
        security=[{SECURITY: []}],
        components=Components(
            security_schemes={
                SECURITY: SecurityScheme(
                    type="http", scheme="bearer", description="An API key: `storywatch key add` makes one."
                )
            }
        ),
    )


def document(app: Litestar) -> dict[str, Any]:
    """The document that `PATH` serves."""
    return _completed(app.openapi_schema.to_schema())


def _completed(generated: dict[str, Any]) -> dict[str, Any]:
    components = generated["components"]
    article = {name: value for name, value in line_schema().items() if name != "$schema"}
    article["title"] = ARTICLE
    # the generator takes them from a set, and a document should be the same each time
    sorted_ = {
        name: {**one, "required": sorted(one["required"])} if "required" in one else one
        for name, one in components["schemas"].items()
    }
    described, of_webhooks = webhooks()
    schemas = {**sorted_, ARTICLE: article, **of_webhooks}
    return {**generated, "webhooks": described, "components": {**components, "schemas": schemas}}
