"""Ports for servers that are to be started."""

from pathlib import Path

import pytest

from deploy import processes, stack


def test_two_servers_never_get_one_port(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "FREE_PORTS", range(20_001, 20_003))
    for _ in range(20):
        assert set(stack.ports(tmp_path, "embedded", 0, 0)) == {20_001, 20_002}
        assert stack.ports(tmp_path, "embedded", 0, 20_001) == (20_002, 20_001)
