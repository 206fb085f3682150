"""Who may do what: API keys from their making to their end."""

import re
from datetime import UTC, datetime, timedelta

import httpx
import pytest
from msgspec.structs import replace

from connectors.api.access.keys import allows, is_text_of, make_key
from connectors.api.access.rate_limit import RateLimit
from streams.contract import topics
from streams.contract.codec import decode
from streams.contract.messages import KeyUse, Scope
from streams.runtime.settings import Settings
from tests.connectors.api.serving import Served, add_key, environment, records, save, serving
from tests.connectors.cli.running import wait_for

ARTICLE = {"title": "Harbour wall of Dunmoor gives way", "url": "https://news.example/wall"}
NOW = datetime(2026, 1, 12, 10, tzinfo=UTC)


def post(client: httpx.Client) -> httpx.Response:
    return client.post("/v1/articles", json=ARTICLE)


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Basic abc", "Bearer sw_0123456789ab_" + "a" * 43, "Bearer \xff", "Bearer " + "x" * 9000],
    ids=["none", "no key", "other scheme", "unknown", "not ascii", "long"],
)
def test_without_a_valid_key_nothing_is_done(served: Served, header: str) -> None:
    headers = {b"Authorization": header.encode("latin-1")} if header else {}
    with served.client() as client:
        answer = client.post("/v1/articles", json=ARTICLE, headers=headers)
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == "Bearer"
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["title"] == "Unauthorized"


def test_another_secret_under_a_known_id_is_refused(settings: Settings, served: Served, pusher: httpx.Client) -> None:
    text = pusher.headers["authorization"].removeprefix("Bearer ")
    with served.client(text[:-1] + ("A" if text[-1] != "A" else "B")) as client:
        assert post(client).status_code == 401


def test_a_key_without_the_scope_is_told_which(settings: Settings, served: Served) -> None:
    _, text = add_key(settings, Scope.READ)
    with served.client(text) as client:
        wait_for(lambda: post(client).status_code == 403)
        assert "scope push" in post(client).json()["detail"]
        metrics = client.get("/metrics")
    assert metrics.status_code == 200
    assert "storywatch_http_requests_total{" in metrics.text


def test_a_revoked_key_is_refused_within_seconds(settings: Settings, served: Served) -> None:
    key, text = add_key(settings, Scope.PUSH)
    with served.client(text) as client:
        wait_for(lambda: post(client).status_code == 202)
        save(settings, replace(key, revoked_at=datetime.now(UTC)))
        wait_for(lambda: post(client).status_code == 401)


def test_an_expired_key_says_so(settings: Settings, served: Served) -> None:
    _, text = add_key(settings, Scope.PUSH, expires_in=timedelta(seconds=-1))
    with served.client(text) as client:
        wait_for(lambda: "expired" in post(client).json()["detail"])
        assert post(client).status_code == 401


def test_the_last_use_of_a_key_is_noted(settings: Settings, served: Served) -> None:
    key, text = add_key(settings, Scope.PUSH)
    with served.client(text) as client:
        wait_for(lambda: post(client).status_code == 202)
    uses = [decode(one.value, KeyUse) for one in records(settings, topics.KEY_USES)]
    assert [abs(one.at - datetime.now(UTC)) < timedelta(minutes=1) for one in uses if one.key == key.id] == [True]


def test_too_many_requests_are_told_when_to_come_again(settings: Settings) -> None:
    _, text = add_key(settings, Scope.PUSH)
    with serving(environment(settings, serve_requests_per_second=0.5)) as served, served.client(text) as client:
        wait_for(lambda: client.get("/healthz").status_code == 200)
        assert post(client).status_code == 202
        answer = post(client)
        assert answer.status_code == 429
        assert answer.headers["retry-after"] == "2"


def test_a_bucket_fills_at_its_rate() -> None:
    now = [0.0]
    limit = RateLimit(2, clock=lambda: now[0])
    assert [limit.take("a") for _ in range(5)] == [0, 0, 0, 0, 1]
    assert limit.take("b") == 0
    now[0] = 0.5
    assert [limit.take("a"), limit.take("a")] == [0, 1]
    now[0] = 1_000.0
    assert [limit.take("a") for _ in range(5)] == [0, 0, 0, 0, 1]


def test_scopes_include_what_is_below_them() -> None:
    def allowed(*scopes: Scope) -> set[str]:
        key, _ = make_key("x", scopes, NOW, None)
        return {scope.value for scope in Scope if allows(key, scope)}

    assert allowed(Scope.PUSH) == {"push"}
    assert allowed(Scope.DESK) == {"desk", "read"}
    assert allowed(Scope.ADMIN) == {"read", "push", "desk", "admin"}
    assert allowed() == set()


def test_a_key_is_stored_as_a_hash_alone() -> None:
    key, text = make_key("x", [Scope.READ], NOW, None)
    assert re.fullmatch(r"sw_[0-9a-f]{12}_[\w-]{43}", text)
    secret = text.rpartition("_")[2]
    assert secret not in repr(key)
    assert is_text_of(key, text)
    assert not is_text_of(key, text + "a")


def test_keys_and_queries_are_not_in_the_log(settings: Settings, served: Served, pusher: httpx.Client) -> None:
    text = pusher.headers["authorization"].removeprefix("Bearer ")
    pusher.post("/v1/articles?url=https://secret.example/", json=ARTICLE, headers={"X-Request-ID": "seen-1"})
    wait_for(lambda: any("seen-1" in line for line in served.log))
    log = "".join(served.log)
    assert text not in log
    assert text.rpartition("_")[2] not in log
    assert "secret.example" not in log
    assert text.split("_")[1] in log, "whose request it was is known by the id of the key"
