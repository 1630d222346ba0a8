"""Asking the daemon, from a program that goes on meanwhile: the same door, the same words, nothing that blocks."""

import asyncio
import contextlib
from collections.abc import AsyncGenerator
from pathlib import Path

from sentinel.api.client import connect, gone, silent
from sentinel.api.frames import Answers, Garbled, packed
from sentinel.domain.digest import Json

_CHUNK = 2**16


class AsyncClient:
    """Asks the daemon of a workspace, one connection a question."""

    def __init__(self, workspace: Path, patience: float = 30.0) -> None:
        self.workspace = workspace
        self.patience = patience

    async def ask(self, route: str, **given: Json) -> Json:
        """Ask, and get the answer. Refused where the daemon says no, NoDaemon where nobody answers."""
        try:
            async with asyncio.timeout(self.patience), contextlib.aclosing(self._talk(route, given)) as messages:
                async for message in messages:
                    if "ok" in message:
                        return message["ok"]
        except TimeoutError:
            raise silent(self.patience) from None
        raise gone()

    async def follow(
        self, route: str, quiet: float | None = None, **given: Json
    ) -> AsyncGenerator[dict[str, Json], None]:
        """What a stream tells, until it ends; NoDaemon where it breaks off, or is quiet for so many seconds."""
        async with contextlib.aclosing(self._talk(route, given, quiet)) as messages:
            async for message in messages:
                if "ok" in message:
                    return
                yield message
        raise gone()

    async def _talk(
        self, route: str, given: dict[str, Json], quiet: float | None = None
    ) -> AsyncGenerator[dict[str, Json], None]:
        told = {name: value for name, value in given.items() if value is not None}
        reader, writer = await asyncio.open_unix_connection(sock=connect(self.workspace, knocks=0))
        try:
            writer.write(packed({"do": route, "with": told}))
            answers = Answers()
            # by the chunk: a stream may tell a thousand things a second
            while chunk := await _chunk(reader, quiet):
                for message in answers.take(chunk):
                    yield message
        except (ConnectionError, Garbled):
            raise gone() from None
        finally:
            writer.transport.abort()


async def _chunk(reader: asyncio.StreamReader, quiet: float | None) -> bytes:
    try:
        async with asyncio.timeout(quiet):
            return await reader.read(_CHUNK)
    except TimeoutError:
        raise silent(quiet or 0.0) from None
