"""What all routes that change something need: who asks, and the errors in their description."""

from http import HTTPStatus
from typing import Any

from litestar import Request

from connectors.api.openapi import READ_ERRORS
from streams.contract.messages import ApiKey

WRITE_ERRORS = (*READ_ERRORS, HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT, HTTPStatus.REQUEST_ENTITY_TOO_LARGE)

KeyRequest = Request[Any, ApiKey, Any]


def by_key(key: ApiKey) -> str:
    """Who asks, for the audit log."""
    return f"API key {key.name}"
