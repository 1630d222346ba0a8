"""The daemon's door: a unix socket, one guard in front of every route, and no client that can hurt."""

import asyncio
import contextlib
import os
import socket
import sys
import traceback
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sentinel.api.frames import LONGEST_REQUEST, Garbled, packed, unpacked
from sentinel.api.peers import Peer, group_id, peer_of, role_of
from sentinel.api.place import address, make_private
from sentinel.api.route import Ask, Messages, Route, fitted, let_in
from sentinel.api.site import Site
from sentinel.domain.digest import Json
from sentinel.domain.form import to_json
from sentinel.domain.names import suggest
from sentinel.domain.refusal import Refusal, Refused, refuse
from sentinel.ledger.errors import LedgerError


@dataclass(frozen=True, slots=True)
class Manners:
    """What the door puts up with."""

    guests: int = 64
    """Connections at once."""
    asks_within: float = 60.0
    """Seconds until a whole request has come."""
    reads_within: float = 20.0
    """Seconds until what was said to somebody has been taken."""


@dataclass(slots=True)
class Door:
    """Has its place from `bind` on, and is open from `open` until `close`."""

    site: Site
    routes: Mapping[str, Route]
    path: Path
    manners: Manners = field(default_factory=Manners)
    knows: Callable[[Peer, int | None, Collection[str]], str | None] = role_of
    """Which role a peer has."""
    _line: socket.socket | None = None
    _server: asyncio.Server | None = None
    _group: int | None = None
    _guests: set[asyncio.Task[None]] = field(default_factory=set)

    def bind(self) -> None:
        """Make the folder private and take the place. Refused where another daemon listens there."""
        self._group = group_id()
        make_private(self.path.parent, self._group)
        _clear(self.path)
        line = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_NONBLOCK | socket.SOCK_CLOEXEC)
        before = os.umask(0o177)
        try:
            with address(self.path) as place:
                line.bind(place)
        finally:
            os.umask(before)
        if self._group is not None:
            with contextlib.suppress(PermissionError):
                os.chown(self.path, -1, self._group)
                os.chmod(self.path, 0o660)
        self._line = line

    async def open(self) -> None:
        """Let people in. Whoever knocked before was told that nobody is here."""
        if self._line is None:
            self.bind()
        self._server = await asyncio.start_unix_server(self._welcome, sock=self._line, limit=LONGEST_REQUEST)

    async def close(self) -> None:
        """Take nobody in any more, and see everybody off."""
        if self._line is None:
            return
        if self._server is not None:
            self._server.close()
        self._line.close()
        for guest in list(self._guests):
            guest.cancel()
        await asyncio.gather(*self._guests, return_exceptions=True)
        with contextlib.suppress(FileNotFoundError):
            self.path.unlink()

    def _welcome(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._host(reader, writer))
        self._guests.add(task)
        task.add_done_callback(self._guests.discard)

    async def _host(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await self._serve(_Guest(reader, writer, self.manners))
        except OSError:
            writer.transport.abort()  # gone, or too slow to be waited for
        except asyncio.CancelledError:
            writer.transport.abort()
            raise
        finally:
            writer.close()

    async def _serve(self, guest: "_Guest") -> None:
        peer = peer_of(guest.writer.get_extra_info("socket"))
        role = self.knows(peer, self._group, self.site.operators)
        if len(self._guests) > self.manners.guests:
            await guest.no(Refusal("E-busy", "Too many stand at the door.", todo="Try again in a moment."))
            return
        while True:
            try:
                line = await guest.hear()
                if line is None:
                    return
                request = unpacked(line)
            except Garbled as error:
                # whoever speaks no JSON is not heard any further
                todo = "Send one JSON object a line."
                await guest.no(Refusal("E-garbled", f"That is no request: {error}.", todo=todo))
                return
            await self._take(guest, peer, role, request)

    async def _take(self, guest: "_Guest", peer: Peer, role: str | None, request: dict[str, Json]) -> None:
        """The one way to every route: known, let in, well given; then whatever it says."""
        name = request.get("do")
        route = self.routes.get(name) if isinstance(name, str) else None
        if route is None:
            word, known = str(name)[:50], self.routes if role is not None else {}
            todo = suggest(word, known, "route")
            await guest.no(Refusal("E-unknown-route", f"There is no route {word!r}.", todo=todo))
            return
        given = let_in(route, role) or fitted(route, request.get("with", {}))
        if isinstance(given, Refusal):
            await guest.no(given)
            return
        ask = Ask(self.site, peer, role, given)
        try:
            if route.stream is not None:
                await guest.pour(route.stream(ask))
            elif route.answer is not None:
                await guest.say({"ok": await route.answer(ask)})
        except Refused as error:
            await guest.no(error.refusal)
        except LedgerError as error:
            await guest.no(error.refusal)
        except (ConnectionError, TimeoutError):
            raise
        except Exception as error:
            traceback.print_exc(file=sys.stderr)
            what = f"Sentinel itself broke at `{route.name}`: {type(error).__name__}: {error}."
            await guest.no(Refusal("E-broke", what, todo="The daemon's log has the whole; please report it."))


@dataclass(frozen=True, slots=True)
class _Guest:
    """One connection."""

    reader: asyncio.StreamReader
    writer: asyncio.StreamWriter
    manners: Manners

    async def hear(self) -> bytes | None:
        """The next line, or None where the other side has hung up."""
        try:
            line = await asyncio.wait_for(self.reader.readline(), self.manners.asks_within)
        except ValueError:
            raise Garbled(f"it is longer than {LONGEST_REQUEST} bytes") from None
        return line if line.endswith(b"\n") else None

    async def say(self, message: Json) -> None:
        """Say something, and see that it is taken."""
        self.writer.write(packed(message))
        await asyncio.wait_for(self.writer.drain(), self.manners.reads_within)

    async def no(self, refusal: Refusal) -> None:
        """Say no."""
        await self.say({"refusal": to_json(refusal)})

    async def pour(self, stream: Messages) -> None:
        """Say all that a stream gives, until it ends or the other side hangs up."""
        gone = asyncio.ensure_future(self._gone())
        pouring = asyncio.ensure_future(self._pour(stream))
        try:
            await asyncio.wait({gone, pouring}, return_when=asyncio.FIRST_COMPLETED)
            if not pouring.done():
                raise ConnectionResetError
            await pouring
        finally:
            for task in (gone, pouring):
                task.cancel()
            await asyncio.gather(gone, pouring, return_exceptions=True)

    async def _pour(self, stream: Messages) -> None:
        async with contextlib.aclosing(stream):
            async for message in stream:
                await self.say(message)
        await self.say({"ok": None})

    async def _gone(self) -> None:
        # whoever hears a stream has nothing more to say; the only thing that can come is the end
        while await self.reader.read(4096):
            pass


def _clear(path: Path) -> None:
    """Remove what a dead daemon left. The ledger's lock says which daemon may live, but not whose door this is."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC) as line:
        try:
            with address(path) as place:
                line.connect(place)
        except (FileNotFoundError, ConnectionRefusedError):
            pass
        else:
            holder = peer_of(line)
            raise refuse(
                "E-door-taken", f"Process {holder.pid} of {holder.login} listens there already.", where=str(path),
                todo="Stop it, or let RUNTIME_DIRECTORY name another folder.",
            )  # fmt: skip
    path.unlink(missing_ok=True)
