"""Requests whose body is JSON: a body that is none is answered in one clear line, whatever is wrong with it."""

from http import HTTPStatus
from typing import Any

from litestar import Request
from litestar.exceptions import SerializationException

from connectors.api.problems import ProblemError


class JsonRequest(Request[Any, Any, Any]):
    """The class of all requests of the API."""

    async def json(self) -> Any:
        """The body. Raises `ProblemError` if it is no JSON, nested too deeply, not in UTF-8 or compressed."""
        if self.headers.get("content-encoding", "identity").strip().lower() != "identity":
            detail = "this route takes no compressed body: send it without Content-Encoding"
            raise ProblemError(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, detail)
        try:
            return await super().json()
        except SerializationException as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, f"the body is not JSON: {error}") from error
        except UnicodeDecodeError as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is not JSON: it is not in UTF-8") from error
        except RecursionError as error:
            raise ProblemError(HTTPStatus.BAD_REQUEST, "the body is nested too deeply") from error
