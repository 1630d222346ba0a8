"""Telling systemd how the daemon is."""

import os
import socket


def tell(state: str) -> None:
    """Send `READY=1`, `STATUS=…`, `WATCHDOG=1` and the like; without systemd, nothing happens."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as line:
        line.connect("\0" + address[1:] if address.startswith("@") else address)
        line.sendall(state.encode())


def watchdog_interval() -> float | None:
    """How often, in seconds, to tell `WATCHDOG=1`: half of what systemd waits for. None where it does not watch us."""
    limit = os.environ.get("WATCHDOG_USEC", "")
    ours = os.environ.get("WATCHDOG_PID", str(os.getpid())) == str(os.getpid())
    return int(limit) / 2_000_000 if limit.isdigit() and int(limit) > 0 and ours else None
