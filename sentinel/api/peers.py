"""Who stands at the door, by the kernel's word, and what they may do."""

import grp
import os
import pwd
import socket
import struct
from collections.abc import Collection
from dataclasses import dataclass

from sentinel.api.place import GROUP

VIEW, OPERATE = "view", "operate"
_CREDENTIALS = struct.Struct("3i")
_SO_PEERGROUPS = 59
_MOST_GROUPS = 256
"""What Python reads of an option at most, in groups."""


@dataclass(frozen=True, slots=True)
class Peer:
    """A process at the other end of the socket."""

    pid: int
    uid: int
    groups: frozenset[int]
    login: str

    @property
    def actor(self) -> str:
        """The name under which its acts go on record."""
        return f"uid:{self.login}"


def peer_of(line: socket.socket) -> Peer:
    """Who is at the other end, as the kernel saw it when they connected."""
    pid, uid, gid = _CREDENTIALS.unpack(line.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    return Peer(pid, uid, frozenset({gid, *_groups(line)}), login_of(uid))


def _groups(line: socket.socket) -> tuple[int, ...]:
    size = struct.calcsize("I")
    try:
        data = line.getsockopt(socket.SOL_SOCKET, _SO_PEERGROUPS, _MOST_GROUPS * size)
    except OSError:
        return ()  # more groups than that, or an old kernel: the primary group has to do
    return struct.unpack(f"{len(data) // size}I", data)


def login_of(uid: int) -> str:
    """The login name of a user, or the number of one that has none."""
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)


def group_id() -> int | None:
    """The number of the `sentinel` group, where this machine has one."""
    try:
        return grp.getgrnam(GROUP).gr_gid
    except KeyError:
        return None


def role_of(peer: Peer, group: int | None, operators: Collection[str]) -> str | None:
    """What a peer may do: operate, view, or nothing."""
    if peer.uid in (0, os.geteuid()):
        return OPERATE
    if group is None or group not in peer.groups:
        return None
    return OPERATE if peer.login in operators else VIEW
