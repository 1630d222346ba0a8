"""A connection by HTTP or HTTPS that ends in time."""

import http.client
import socket
import ssl
import threading
import time
from contextlib import suppress


class Connection(http.client.HTTPConnection):
    """A connection to addresses that were looked up before, cut off at the deadline whatever the other side does.

    `idle` is how long the other side may say nothing at all, where that is less.
    """

    def __init__(
        self, host: str, port: int, addresses: list[str], timeout: float, tls: ssl.SSLContext | None,
        idle: float | None = None,
    ) -> None:  # fmt: skip
        super().__init__(host, port)
        self.default_port = 443 if tls else 80
        self.was_cut = False
        self._addresses = addresses
        self._tls = tls
        self._idle = idle
        self._deadline = time.monotonic() + timeout
        self._line: socket.socket | None = None
        self._timer: threading.Timer | None = None

    def is_late(self) -> bool:
        """Whether the deadline has passed."""
        return time.monotonic() >= self._deadline

    def connect(self) -> None:
        """Connect to the first address that answers."""
        line = self._reach()
        # a second handle, since TLS takes the first one over; cutting one off cuts both
        self._line = line.dup()
        self._timer = threading.Timer(self._left(), self._cut)
        self._timer.daemon = True
        self._timer.start()
        self.sock = line
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(line, server_hostname=self.host, do_handshake_on_connect=False)
            self.sock.do_handshake()
        if self._idle is not None:
            self.sock.settimeout(min(self._idle, self._left()))

    def close(self) -> None:
        """Close everything."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer.join()
        super().close()
        if self._line is not None:
            self._line.close()

    def _reach(self) -> socket.socket:
        trouble: OSError = OSError("no address")
        for address in self._addresses:
            try:
                return socket.create_connection((address, self.port), timeout=self._left())
            except OSError as error:
                trouble = error
        raise trouble

    def _left(self) -> float:
        return max(self._deadline - time.monotonic(), 0.001)

    def _cut(self) -> None:
        self.was_cut = True
        if self._line is not None:
            with suppress(OSError):  # the other side was first
                self._line.shutdown(socket.SHUT_RDWR)
