"""Who may do what, by the kernel's word."""

import os
import socket
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from sentinel.api.client import Client, NoDaemon
from sentinel.api.peers import OPERATE, VIEW, Peer, login_of, peer_of, role_of
from sentinel.api.place import address, is_trusted
from sentinel.domain.refusal import Refused
from tests.forked import forked
from tests.unit.api.house import House

GROUP, NOBODY = 54321, 65534
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody else")


def peer(uid: int, *groups: int) -> Peer:
    return Peer(1, uid, frozenset(groups), f"user{uid}")


def test_the_owner_and_root_operate() -> None:
    assert role_of(peer(0), None, ()) == OPERATE
    assert role_of(peer(os.geteuid()), None, ()) == OPERATE


def test_the_group_views_and_its_named_members_operate() -> None:
    assert role_of(peer(NOBODY, GROUP), GROUP, ()) == VIEW
    assert role_of(peer(NOBODY, GROUP), GROUP, {"user65534"}) == OPERATE


@pytest.mark.parametrize("group", [None, GROUP])
def test_everybody_else_may_do_nothing_even_if_named(group: int | None) -> None:
    assert role_of(peer(NOBODY, GROUP + 1), group, {"user65534"}) is None


def test_a_peer_is_who_the_kernel_says_it_is() -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        found = peer_of(ours)
    assert (found.pid, found.uid) == (os.getpid(), os.geteuid())
    assert set(os.getgroups()) <= found.groups
    assert found.actor == f"uid:{login_of(os.geteuid())}"


def test_a_user_without_a_name_goes_by_number() -> None:
    assert login_of(2**31 - 5) == str(2**31 - 5)


def as_somebody(groups: list[int], act: Callable[[], None]) -> str:
    """What a child says that has become another user: nothing where `act` held."""
    reader, writer = os.pipe()

    def become() -> None:
        try:
            os.setgroups(groups)
            os.setgid(NOBODY)
            os.setuid(NOBODY)
            act()
        except BaseException:
            os.write(writer, traceback.format_exc().encode())

    child = forked(become)
    os.close(writer)
    with os.fdopen(reader) as file:
        said = file.read()
    os.waitpid(child, 0)
    return said


def _open_to_all(house: House) -> None:
    for folder in house.door_path.parents:
        if folder.stat().st_uid == 0 and str(folder).startswith("/tmp/"):
            folder.chmod(0o755)


@AS_ROOT
def test_a_stranger_cannot_even_reach_the_socket(house: House) -> None:
    for folder in house.door_path.parents:
        if str(folder).startswith("/tmp/") and folder != house.door_path.parent:
            folder.chmod(0o755)

    def knock() -> None:
        with pytest.raises(PermissionError), socket.socket(socket.AF_UNIX) as line:
            line.connect(str(house.door_path))
        with pytest.raises(Refused, match=r"E-closed.*closed to you"):
            Client(house.workspace).ask("queue")

    assert as_somebody([], knock) == ""


@AS_ROOT
def test_a_member_of_the_group_views_a_stranger_with_the_socket_at_hand_does_not(house: House) -> None:
    _open_to_all(house)
    house.door_path.chmod(0o666)
    house.door.knows = role_of
    house.door._group = GROUP

    def look() -> None:
        client = Client(house.workspace)
        assert client.ask("queue")["runs"] == []
        with pytest.raises(Refused, match="E-viewer"):
            client.ask("run", recipe="asking")

    def knock() -> None:
        with pytest.raises(Refused, match="E-closed"):
            Client(house.workspace).ask("queue")

    assert as_somebody([GROUP], look) == ""
    assert as_somebody([], knock) == ""


@AS_ROOT
def test_a_named_member_operates_under_its_own_name(house: House) -> None:
    _open_to_all(house)
    house.door_path.chmod(0o666)
    house.door.knows = role_of
    house.door._group = GROUP
    house.site.engine.catalogue = replace(house.site.engine.catalogue, operators=(login_of(NOBODY),))
    assert as_somebody([GROUP], lambda: Client(house.workspace).ask("run", recipe="asking")) == ""
    assert house.client.ask("show", run="r1")["actor"] == f"uid:{login_of(NOBODY)}"


@AS_ROOT
def test_a_socket_that_a_stranger_put_there_is_not_spoken_to(tmp_path: Path) -> None:
    house = House(tmp_path)
    house.door_path.parent.mkdir(parents=True)
    with socket.socket(socket.AF_UNIX) as false, address(house.door_path) as path:
        false.bind(path)
        false.listen()
        assert is_trusted(house.door_path, house.workspace)
        os.chown(house.door_path, NOBODY, -1)
        assert not is_trusted(house.door_path, house.workspace)
        with pytest.raises(NoDaemon):
            house.client.ask("queue")
