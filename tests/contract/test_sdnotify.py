"""Speaking to systemd: what arrives at its socket."""

import os
import socket

import pytest

from sentinel.outside.sdnotify import tell, watchdog_interval


@pytest.mark.parametrize("kind", ["path", "abstract"])
def test_a_state_arrives_at_the_socket(tmp_path, monkeypatch, kind):
    address = os.fspath(tmp_path / "s") if kind == "path" else f"@sentinel-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind("\0" + address[1:] if kind == "abstract" else address)
        systemd.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        tell("READY=1\nSTATUS=2 runs, ü")
        assert systemd.recv(1000).decode() == "READY=1\nSTATUS=2 runs, ü"


def test_without_systemd_nothing_happens(monkeypatch):
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    tell("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "")
    tell("READY=1")


@pytest.mark.parametrize("limit, pid, interval", [
    ("30000000", None, 15.0), ("30000000", "ours", 15.0), ("30000000", "1", None),
    (None, None, None), ("", None, None), ("0", None, None), ("soon", None, None),
])  # fmt: skip
def test_the_watchdog_is_told_twice_as_often_as_it_asks(monkeypatch, limit, pid, interval):
    for name, value in (("WATCHDOG_USEC", limit), ("WATCHDOG_PID", str(os.getpid()) if pid == "ours" else pid)):
        if value is None:
            monkeypatch.delenv(name, raising=False)
        else:
            monkeypatch.setenv(name, value)
    assert watchdog_interval() == interval
