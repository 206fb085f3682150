"""Each failure of a request is an error of one line, and the client prints nothing."""

import logging
import warnings

import pytest

from connectors.elastic.admin.install import detect_capabilities, installed
from connectors.elastic.client import sync_client
from connectors.elastic.read.client import SearchClient
from connectors.elastic.read.queries import Search
from streams.contract.errors import Unavailable, UsageError
from streams.runtime.settings import Settings
from tests.connectors.elastic.conftest import free_port
from tests.connectors.elastic.moody import moody


def test_a_server_that_is_away_is_one_line_without_the_password(capfd: pytest.CaptureFixture[str]) -> None:
    settings = Settings(elasticsearch=f"http://reader:sesame@127.0.0.1:{free_port()}")
    with sync_client(settings) as client:
        for ask in (
            lambda: detect_capabilities(client),
            lambda: installed(client, settings.index_prefix),
            lambda: Search(SearchClient(settings), settings.index_prefix).stories(),
            lambda: Search(SearchClient(settings), settings.index_prefix).refresh(),
        ):
            with pytest.raises(Unavailable, match=r"http://127.0.0.1:\d+ does not answer .*`storywatch up`") as caught:
                ask()
            assert "sesame" not in str(caught.value)
            assert "\n" not in str(caught.value)
    assert capfd.readouterr() == ("", "")


def test_warnings_of_the_server_go_to_the_log(server: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "storywatch.elastic")
    header = {"Warning": '299 Elasticsearch-9 "this setting will go away"'}
    with (
        moody(server, lambda body: None, header) as url,
        sync_client(Settings(elasticsearch=url)) as client,
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("error")
        detect_capabilities(client)
    assert "this setting will go away" in caplog.text


def test_another_kind_of_server_is_an_error() -> None:
    import http.server
    import threading

    class Plain(http.server.SimpleHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", "2")
            self.end_headers()
            self.wfile.write(b"{}")

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Not on the test's output."""

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Plain) as other:
        thread = threading.Thread(target=other.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        with (
            sync_client(Settings(elasticsearch=f"http://127.0.0.1:{other.server_port}")) as client,
            pytest.raises(UsageError, match="is not Elasticsearch"),
        ):
            detect_capabilities(client)
        other.shutdown()
        thread.join()


def test_an_address_that_is_none_is_said() -> None:
    with pytest.raises(UsageError, match="STORYWATCH_ELASTICSEARCH is not an address"):
        sync_client(Settings(elasticsearch="localhost"))
