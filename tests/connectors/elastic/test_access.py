"""A server behind TLS with API keys: access with both, and an error of one line without one of them."""

from collections.abc import Iterator
from typing import Any

import pytest
from elasticsearch import Elasticsearch

from connectors.elastic.admin.install import detect_capabilities, install
from connectors.elastic.client import sync_client
from connectors.elastic.write.documents import article_document
from streams.contract.errors import FatalError, Unavailable, UsageError
from streams.runtime.settings import Settings
from tests.connectors.elastic.conftest import write
from tests.connectors.elastic.moody import moody
from tests.connectors.elastic.samples import filed
from tests.tls import Certificates, certificates

KEY = "aGFyYm91cjpsaWdodC03"


@pytest.fixture(scope="module")
def certs(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    return certificates(tmp_path_factory.mktemp("certificates"))


@pytest.fixture
def guarded(server: str, certs: Certificates) -> Iterator[str]:
    with moody(server, lambda body: None, tls=certs.serving(), key=KEY) as url:
        yield url


def behind(url: str, settings: Settings, **options: Any) -> Settings:
    given = {"elasticsearch": url, "topic_prefix": settings.topic_prefix}
    return Settings.model_validate({**given, **{f"elasticsearch_{name}": value for name, value in options.items()}})


def test_with_key_and_authority_both_clients_do_all_their_work(
    guarded: str, certs: Certificates, client: Elasticsearch, settings: Settings
) -> None:
    known = behind(guarded, settings, api_key=KEY, ca_file=certs.authority)
    with sync_client(known) as one:
        install(one, known)
        assert write(known, article_document(filed())) == ["stored"]
        assert one.get(index=f"{known.index_prefix}articles", id="article-one")["found"]


@pytest.mark.parametrize("given", [{}, {"api_key": "d3Jvbmc6a2V5"}])
def test_a_wrong_key_is_one_line_that_names_its_setting(
    given: dict[str, str], guarded: str, certs: Certificates, settings: Settings
) -> None:
    with (
        sync_client(behind(guarded, settings, ca_file=certs.authority, **given)) as one,
        pytest.raises(FatalError, match="refuses this user: check STORYWATCH_ELASTICSEARCH_API_KEY") as caught,
    ):
        detect_capabilities(one)
    assert "d3Jvbmc6a2V5" not in str(caught.value)


@pytest.mark.parametrize("authority", ["stranger", None])
def test_a_server_without_a_known_authority_is_not_trusted(
    authority: str | None, guarded: str, certs: Certificates, settings: Settings
) -> None:
    file = None if authority is None else certs.stranger
    known = behind(guarded, settings, api_key=KEY, ca_file=file)
    says = r"no trusted connection to Elasticsearch at https://[0-9.:]+: [a-z -]+\. STORYWATCH_ELASTICSEARCH_CA_FILE"
    with sync_client(known) as one, pytest.raises(UsageError, match=says):
        detect_capabilities(one)
    with pytest.raises(UsageError, match=says):
        write(known, article_document(filed()))


def test_a_server_that_is_too_old_is_told_from_one_that_is_away(server: str, settings: Settings) -> None:
    def refuse(path: str) -> tuple[int, dict[str, object]]:
        reason = "Accept version must be either version 8 or 7, but found 9. Accept=application/vnd.elasticsearch+json"
        return 400, {"error": {"type": "media_type_header_exception", "reason": reason}, "status": 400}

    with (
        moody(server, lambda body: None, always=refuse) as url,
        sync_client(behind(url, settings)) as one,
        pytest.raises(UsageError, match=r"too old: it has to be 9\.0 or newer"),
    ):
        detect_capabilities(one)


BLOCK = {
    "type": "cluster_block_exception",
    "reason": "index [x] blocked: [TOO_MANY_REQUESTS/12/disk usage exceeded]",
}


@pytest.mark.parametrize("status", [403, 429])
def test_a_full_disk_makes_no_dead_letters_the_store_waits(
    status: int, server: str, client: Elasticsearch, settings: Settings
) -> None:
    install(client, settings)
    full = True

    def block(body: bytes) -> tuple[int, dict[str, object]] | None:
        return (200, {"errors": True, "items": [{"index": item(settings, status)}]}) if full else None

    with moody(server, block) as url:
        with pytest.raises(Unavailable, match=r"takes no writes .*make room on its disk"):
            write(behind(url, settings), article_document(filed()))
        full = False
        assert write(behind(url, settings), article_document(filed())) == ["stored"]


def item(settings: Settings, status: int) -> dict[str, object]:
    return {
        "_index": f"{settings.index_prefix}articles-2031-05",
        "_id": "article-one",
        "status": status,
        "error": BLOCK,
    }


def test_a_block_of_the_whole_server_waits_too(server: str, settings: Settings) -> None:
    with (
        moody(server, lambda body: None, always=lambda path: (403, {"error": BLOCK, "status": 403})) as url,
        pytest.raises(Unavailable, match=r"takes no writes .*lift the block"),
    ):
        write(behind(url, settings), article_document(filed()))
