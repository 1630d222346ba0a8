"""The door: every route behind one guard, and no client that can hurt."""

import json
import os
import random
import socket
import stat
import time
from pathlib import Path
from typing import Any

import pytest

from sentinel.api.door import Manners
from sentinel.api.frames import LONGEST_REQUEST
from sentinel.api.peers import OPERATE, VIEW
from sentinel.api.place import address
from sentinel.api.routes import ROUTES
from sentinel.domain.refusal import Refused
from tests.unit.api.house import House

SAMPLES: dict[str, Any] = {"word": "r1", "text": "/nowhere", "whole": 1, "flag": True, "values": {}, "list": ["r1"]}


def line_to(house: House) -> socket.socket:
    line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    line.settimeout(10)
    with address(house.door_path) as place:
        line.connect(place)
    return line


def said(line: socket.socket) -> list[Any]:
    """Every message until the other side hangs up."""
    data = b""
    while chunk := line.recv(65536):
        data += chunk
    return [json.loads(each) for each in data.splitlines()]


def first(line: socket.socket) -> Any:
    """The first message."""
    data = b""
    while b"\n" not in data:
        chunk = line.recv(65536)
        assert chunk, "hung up without a word"
        data += chunk
    return json.loads(data.split(b"\n")[0])


def ask(house: House, message: bytes) -> Any:
    with line_to(house) as line:
        line.sendall(message)
        return first(line)


def request(name: str) -> bytes:
    """A request that the guard lets through to the route, if it lets anybody."""
    given = {key: SAMPLES[param.kind] for key, param in ROUTES[name].params.items() if param.required}
    return json.dumps({"do": name, "with": given}).encode() + b"\n"


def test_a_viewer_and_a_stranger_are_stopped_at_every_route_that_is_not_theirs_streams_too(tmp_path: Path) -> None:
    with House(tmp_path, role=None) as house:
        for name, route in ROUTES.items():
            assert route.role in (VIEW, OPERATE)
            assert (route.answer is None) != (route.stream is None), f"{name} answers or streams"
            assert ask(house, request(name))["refusal"]["code"] == "E-closed", name
        assert ask(house, b'{"do": "no-such"}\n')["refusal"]["todo"] == "There is no route to choose from."
        house.role = VIEW
        before = house.client.ask("status")["last"]
        for name, route in ROUTES.items():
            if route.role == OPERATE:
                assert ask(house, request(name))["refusal"]["code"] == "E-viewer", name
            elif name != "tail":  # says nothing until something happens
                told = ask(house, request(name))
                assert told.get("refusal", {}).get("code") not in ("E-viewer", "E-closed", "E-broke"), (name, told)
        assert house.client.ask("status")["last"] == before, "a viewer changed something"


def test_every_route_that_acts_is_for_operators(house: House) -> None:
    looks = {
        "queue", "runs", "show", "follow", "events", "tail", "logs", "verdicts", "verdict", "artifacts", "versions",
        "lineage", "plan", "status", "nodes", "delivery", "drift", "outcomes", "labelled", "zoo", "rotation",
        "computed", "made", "diff", "reforging", "board", "lines",
        "attention", "live", "recipes", "recipe",
        "figures", "page",
    }  # fmt: skip
    assert {name for name, route in ROUTES.items() if route.role == VIEW} == looks


GARBAGE = [
    b"\n",
    b"hello\n",
    b"[]\n",
    b"{}\n",
    b'{"do": 3}\n',
    b'{"do": null}\n',
    b'{"do": "queue", "with": []}\n',
    b'{"do": "queue", "with": {"limit": "many"}}\n',
    b'{"do": "queue", "with": {"limit": true}}\n',
    b'{"do": "queue", "with": {"limit": 1e400}}\n',
    b'{"do": "queue", "with": {"limit": 99999999999999999999}}\n',
    b'{"do": "queue", "with": {"limti": 3}}\n',
    b'{"do": "show"}\n',
    b'{"do": "show", "with": {"run": ""}}\n',
    b'{"do": "show", "with": {"run": "../../etc/passwd"}}\n',
    b'{"do": "show", "with": {"run": "r1\\u0000"}}\n',
    b'{"do": "show", "with": {"run": "\\ud800"}}\n',
    b'{"do": "logs", "with": {"run": "r1/../r2"}}\n',
    b'{"do": "run", "with": {"recipe": "asking", "set": {"days": {"a": 1}}}}\n',
    b'{"do": "NaN", "with": {"a": NaN}}\n',
    b"\xff\xfe\x00\n",
    b"[" * 100_000 + b"\n",
    b'{"a":' * 50_000 + b"1" + b"}" * 50_000 + b"\n",
    b'{"do": "' + b"x" * 10_000 + b'"}\n',
]


def test_garbage_gets_a_refusal_with_a_remedy(house: House, subtests: pytest.Subtests) -> None:
    for garbage in GARBAGE:
        with subtests.test(garbage=garbage[:60]):
            told = ask(house, garbage)
            assert set(told) == {"refusal"}
            assert told["refusal"]["code"] != "E-broke", told
            assert told["refusal"]["what"]


def test_a_request_that_is_too_long_is_refused_and_not_kept(house: House) -> None:
    with line_to(house) as line:
        line.sendall(b'{"do": "queue", "with": {"limit": 1}, "pad": "')
        try:
            line.sendall(b"x" * (LONGEST_REQUEST * 3) + b'"}\n')
            told = said(line)
        except (BrokenPipeError, ConnectionResetError):
            told = []
        assert all(each["refusal"]["code"] == "E-garbled" for each in told)
    assert house.client.ask("queue")["runs"] == []


def test_random_bytes_never_hurt_the_daemon(house: House) -> None:
    seed = random.randrange(2**32)
    print("seed", seed)
    chance = random.Random(seed)
    good = [request(name) for name in ROUTES if name not in ("down", "tail", "follow", "live", "backup")]
    for _ in range(150):
        message = bytearray(chance.choice(good))
        for _ in range(chance.randint(1, 12)):
            message[chance.randrange(len(message))] = chance.randrange(256)
        with line_to(house) as line:
            line.sendall(bytes(message[: chance.randint(1, len(message))]) + b"\n" * chance.randint(0, 3))
            if chance.random() < 0.5:
                line.shutdown(socket.SHUT_WR)
                for each in said(line):
                    assert each.get("refusal", {}).get("code") != "E-broke", (bytes(message), each)
    assert house.client.ask("status")["pid"] == os.getpid()


def test_one_connection_may_ask_again_and_again(house: House) -> None:
    with line_to(house) as line:
        for _ in range(3):
            line.sendall(request("queue"))
            assert first(line)["ok"]["more"] == 0


def test_somebody_who_never_finishes_a_request_is_seen_off(tmp_path: Path) -> None:
    with House(tmp_path, manners=Manners(asks_within=0.3)) as house, line_to(house) as line:
        line.sendall(b'{"do": "queue"')
        assert said(line) == []


def test_somebody_who_never_reads_is_seen_off_and_the_rest_are_served(tmp_path: Path) -> None:
    with House(tmp_path, manners=Manners(reads_within=0.5)) as house:
        with line_to(house) as line:
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            deadline = time.monotonic() + 10
            try:
                while time.monotonic() < deadline:
                    line.sendall(request("status"))
                    assert house.client.ask("status")["open_runs"] == 0
            except (BrokenPipeError, ConnectionResetError):
                pass
            assert time.monotonic() < deadline, "it was never seen off"
        assert house.client.ask("queue")["runs"] == []


def test_too_many_at_once_are_told_to_come_back(tmp_path: Path) -> None:
    with House(tmp_path, manners=Manners(guests=3)) as house:
        held = [line_to(house) for _ in range(3)]
        for line in held:
            line.sendall(request("queue"))
            first(line)
        with line_to(house) as line:
            assert first(line)["refusal"]["code"] == "E-busy"
        for line in held:
            line.close()
        deadline = time.monotonic() + 5
        while "refusal" in ask(house, request("queue")):
            assert time.monotonic() < deadline
            time.sleep(0.05)


def test_the_sockets_folder_is_private_and_so_is_the_socket(house: House) -> None:
    assert stat.S_IMODE(house.door_path.parent.stat().st_mode) == 0o700
    assert stat.S_IMODE(house.door_path.stat().st_mode) == 0o600


def test_the_socket_goes_with_the_daemon(tmp_path: Path) -> None:
    with House(tmp_path) as house:
        assert house.door_path.exists()
    assert not house.door_path.exists()


def test_a_socket_that_a_killed_daemon_left_is_taken_over(tmp_path: Path) -> None:
    folder = House(tmp_path).door_path.parent
    folder.mkdir(parents=True)
    left = socket.socket(socket.AF_UNIX)
    with address(House(tmp_path).door_path) as place:
        left.bind(place)
    left.close()
    with House(tmp_path) as house:
        assert house.client.ask("status")["pid"] == os.getpid()


def test_a_door_where_somebody_listens_is_not_taken_away(tmp_path: Path) -> None:
    with House(tmp_path / "one") as first_house:
        second = House(tmp_path / "two")
        second.door_path = first_house.door_path
        with pytest.raises(Refused, match=f"E-door-taken: Process {os.getpid()} of .* listens there already"), second:
            pass
        assert "ok" in ask(first_house, request("status"))


def test_a_broken_route_is_said_to_be_broken_and_the_daemon_goes_on(
    house: House, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(type(house.site), "look", lambda *_: 1 / 0)
        told = ask(house, request("queue"))
    assert told["refusal"]["code"] == "E-broke"
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert house.client.ask("queue")["runs"] == []
