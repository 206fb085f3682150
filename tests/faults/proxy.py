"""A small proxy in front of Elasticsearch that can answer like a server in trouble.

Documents of arrivals that are named so (`tests.faults.hostile`) are refused as by a mapping, the others pass.
"""

import json
from typing import Any, Literal

from aiohttp import ClientError, ClientSession, ClientTimeout, web

from connectors.elastic.names import Family
from tests.faults import hostile
from tests.faults.threaded import Threaded

Mood = Literal["well", "busy", "failing", "cutting"]
STATUS = {"busy": 429, "failing": 503}
ASKED = ("content-type", "accept")  # headers of a request that the server needs
PASSED = ("content-type", "x-elastic-product")  # headers of an answer that its reader needs
LARGEST = 200_000_000
ANSWER_SECONDS = 60.0
REFUSED_ORIGIN = f'"origin":"{hostile.REFUSED}'.encode()
DEADLETTERS = f"{Family.DEADLETTERS}-".encode()  # in the name of their index


class Proxy(Threaded):
    """``url`` is where it listens; ``mood`` may be changed at any time; ``troubled``: requests that met a bad one."""

    def __init__(self, server: str) -> None:
        super().__init__()
        self.mood: Mood = "well"
        self.troubled = 0
        self.url = ""
        self._server = server

    async def _begin(self) -> None:
        self._session = ClientSession(timeout=ClientTimeout(total=ANSWER_SECONDS))
        app = web.Application(client_max_size=LARGEST)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handle_signals=False)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"

    async def _end(self) -> None:
        await self._runner.cleanup()
        await self._session.close()

    async def _handle(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.troubled += self.mood != "well"
        if self.mood == "cutting" and request.transport is not None:
            request.transport.close()
        if self.mood in STATUS:
            return _answer(STATUS[self.mood], {"error": {"type": "trouble", "reason": f"made to be {self.mood}"}})
        if request.path.endswith("/_bulk") and REFUSED_ORIGIN in body:
            return await self._bulk(request, body)
        return await self._pass(request, body)

    async def _bulk(self, request: web.Request, body: bytes) -> web.Response:
        """Refuse the documents that are to be refused, pass the others, and give each its own answer, in order."""
        lines = body.splitlines()
        pairs = [(lines[n], lines[n + 1]) for n in range(0, len(lines), 2)]
        passed = [pair for pair in pairs if not _is_refused(pair)]
        results: list[dict[str, Any]] = []
        if passed:
            answer = await self._pass(request, b"".join(b"%b\n%b\n" % pair for pair in passed))
            if answer.status != 200 or not isinstance(answer.body, bytes):
                return answer
            results = json.loads(answer.body)["items"]
        left = iter(results)
        items = [_refusal(pair[0]) if _is_refused(pair) else next(left) for pair in pairs]
        return _answer(200, {"took": 1, "errors": True, "items": items})

    async def _pass(self, request: web.Request, body: bytes) -> web.Response:
        headers = {name: value for name, value in request.headers.items() if name.lower() in ASKED}
        url = f"{self._server}{request.path_qs}"
        try:
            async with self._session.request(request.method, url, data=body or None, headers=headers) as answer:
                kept = {name: value for name, value in answer.headers.items() if name.lower() in PASSED}
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)
        except (ClientError, TimeoutError):
            if request.transport is not None:
                request.transport.close()
            return web.Response(status=502)


def _is_refused(pair: tuple[bytes, bytes]) -> bool:
    """An article that is to be refused, and not the dead letter that it becomes, which names the same origin."""
    action, source = pair
    return REFUSED_ORIGIN in source and DEADLETTERS not in action


def _refusal(action: bytes) -> dict[str, Any]:
    told = json.loads(action)["index"]
    error = {"type": "document_parsing_exception", "reason": "made to be refused"}
    return {"index": {"_index": told["_index"], "_id": told["_id"], "status": 400, "error": error}}


def _answer(status: int, body: dict[str, Any]) -> web.Response:
    return web.Response(
        status=status,
        body=json.dumps(body).encode(),
        headers={"content-type": "application/json", "x-elastic-product": "Elasticsearch"},
    )
