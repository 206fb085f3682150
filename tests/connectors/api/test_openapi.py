"""The OpenAPI document is that of the routes, and answers to generated requests are those that it describes."""

from typing import Any

import httpx
import msgspec
import schemathesis
from hypothesis import given
from jsonschema import Draft202012Validator
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import positive_data_acceptance

from connectors.api.app import make_litestar
from connectors.api.events.stream import EventStream
from connectors.api.openapi import PATH, document
from connectors.cli.serve.commands_of_api import commands
from connectors.files.line_schema import schema as line_schema
from streams.runtime.settings import Settings
from tests.connectors.api.serving import Served
from tests.fuzz.amount import inputs

ENDLESS = "/v1/events"  # tests/connectors/api/test_events.py has its answers
NOT_DESCRIBED = {"HEAD", "OPTIONS"}


def test_the_document_has_the_routes_and_no_other(served: Served) -> None:
    app = make_litestar(Settings(), EventStream(Settings()), commands(Settings()))
    routes = {
        (route.path_format, method)
        for route in app.routes
        if not route.path.startswith(PATH)
        for handler in getattr(route, "route_handlers", ())
        if handler.resolve_include_in_schema()  # the console's pages are not for programs
        for method in handler.http_methods
        if method not in NOT_DESCRIBED
    }
    with served.client() as client:
        answer = client.get(PATH)
    assert answer.status_code == 200
    told = answer.json()
    assert told == msgspec.json.decode(msgspec.json.encode(document(app)))
    assert told["openapi"].startswith("3.1")
    assert {(path, method.upper()) for path, methods in told["paths"].items() for method in methods} == routes


def test_an_article_is_described_as_ingest_has_it() -> None:
    told = document(make_litestar(Settings(), EventStream(Settings()), commands(Settings())))["components"]["schemas"][
        "PushedArticle"
    ]
    Draft202012Validator.check_schema(told)
    assert told["properties"] == line_schema()["properties"]


def test_answers_are_as_described(everything: httpx.Client) -> None:
    described = schemathesis.openapi.from_dict(everything.get(PATH).raise_for_status().json())
    operations = [result.ok() for result in described.get_all_operations() if isinstance(result, Ok)]
    assert len(operations) == sum(len(methods) for methods in described.raw_schema["paths"].values())
    for operation in operations:
        if operation.path != ENDLESS:
            check_operation(operation, everything)


def check_operation(operation: Any, client: httpx.Client) -> None:
    @given(case=operation.as_strategy())
    @inputs(25 if operation.method == "post" else 8)
    def check(case: Any) -> None:
        case.call_and_validate(
            base_url=str(client.base_url),
            headers={"Authorization": client.headers["authorization"]},
            excluded_checks=[positive_data_acceptance],  # what a date or an address may be is more than a schema says
        )

    check()
