"""The dashboard in a browser: served on this machine alone, to who has the key, and to no other page."""

import asyncio
import re
import socket
import sys
from asyncio.subprocess import Process
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aiohttp import ClientSession, CookieJar, WSMsgType, WSServerHandshakeError, web
from yarl import URL

from sentinel.domain.refusal import Refused
from sentinel.tui.web import HOST, _free, _Guarded, serve_web
from tests.tui.house import Shop

KEY = "a-key-that-nobody-knows"


class Served:
    """A server, and a visitor of it."""

    def __init__(self, port: int, said: list[str], visitor: ClientSession) -> None:
        self.home, self.said, self.visitor = f"http://{HOST}:{port}", said, visitor

    async def status(self, path: str = "/", **headers: str) -> int:
        """How a request is answered."""
        async with self.visitor.get(self.home + path, headers=headers, allow_redirects=False) as answer:
            return answer.status

    async def enter(self) -> str:
        """Come in by the address that was said; the page."""
        async with self.visitor.get(self.said[0]) as answer:
            assert answer.status == 200
            return await answer.text()


@asynccontextmanager
async def served(command: str = "true") -> AsyncIterator[Served]:
    """Serve a command until the end of the block. Nothing that was started for a visitor is left behind."""
    port, said = _free(0), list[str]()
    started: list[Process] = []

    async def start(*argv: Any, **how: Any) -> Process:
        started.append(await starts(*argv, **how))
        return started[-1]

    starts, asyncio.create_subprocess_shell = asyncio.create_subprocess_shell, start
    runner = web.AppRunner(await _Guarded(command, port, KEY, said.append)._make_app())
    await runner.setup()
    await web.TCPSite(runner, HOST, port).start()
    try:
        # a browser keeps the cookies of a bare address too
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as visitor:
            yield Served(port, said, visitor)
        async with asyncio.timeout(30):
            for each in started:
                await each.wait()
    finally:
        asyncio.create_subprocess_shell = starts
        await runner.cleanup()


async def test_nothing_is_served_without_the_key() -> None:
    async with served() as house:
        for path in ("/", "/ws", "/static/js/textual.js", "/static/", "/download/x", "/nowhere"):
            assert await house.status(path) == 403, path
        assert await house.status(f"/?key={KEY[:-1]}") == 403
        assert await house.status("/?key=") == 403
        assert await house.status("/?key=%ff%fe") == 403
        async with house.visitor.get(f"{house.home}/") as answer:
            assert "with its key" in await answer.text()


async def test_the_address_that_is_said_has_the_key_and_it_goes_on_in_a_cookie() -> None:
    async with served() as house:
        assert house.said[0] == f"{house.home}/?key={KEY}" and "acts as you" in house.said[1]
        async with house.visitor.get(house.said[0], allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (302, "/")
            cookie = answer.headers["Set-Cookie"]
            assert "HttpOnly" in cookie and "SameSite=Strict" in cookie
        assert await house.status("/") == 200
        assert await house.status("/static/js/textual.js") == 200
        # two of them on one machine do not put each other out
        async with served() as other:
            await other.enter()
            assert cookies(house) & cookies(other) == set()


def cookies(house: Served) -> set[str]:
    """The names of what a visitor keeps."""
    return set(house.visitor.cookie_jar.filter_cookies(URL(house.home)))


async def test_another_name_for_this_machine_is_refused_even_with_the_key() -> None:
    async with served() as house:
        await house.enter()
        assert await house.status("/", Host="evil.example") == 403
        assert await house.status("/", Host="localhost") == 403
        assert await house.status(f"/?key={KEY}", Host=f"evil.example:{URL(house.home).port}") == 403


async def test_another_page_is_refused_even_with_the_key() -> None:
    async with served() as house:
        await house.enter()
        for origin in ("http://evil.example", "null", f"http://{HOST}:1", "http://localhost"):
            assert await house.status("/", Origin=origin) == 403
            with pytest.raises(WSServerHandshakeError) as refused:
                await house.visitor.ws_connect(f"{house.home}/ws", origin=origin)
            assert refused.value.status == 403
        assert await house.status("/", Origin=house.home) == 200


async def test_the_page_asks_no_other_machine_for_anything() -> None:
    async with served() as house:
        page = await house.enter()
        asked = re.findall(r"""(?:href|src)=["']?((?:https?:)?//[^"'> ]+)""", page)
        assert f"{house.home}/static/css/xterm.css" in asked and f"{house.home}/static/js/textual.js" in asked
        assert all(address.startswith(f"{house.home}/") for address in asked)
        async with house.visitor.get(house.home) as answer:
            rules = answer.headers["Content-Security-Policy"]
            assert "default-src 'self'" in rules and "frame-ancestors 'none'" in rules
            assert f"connect-src 'self' ws://{URL(house.home).authority}" in rules
            assert answer.headers["Referrer-Policy"] == "no-referrer"


async def test_a_port_that_somebody_has_is_told() -> None:
    with socket.socket() as other:
        other.bind((HOST, 0))
        other.listen()
        with pytest.raises(
            Refused, match=r"E-port: Port \d+ of 127.0.0.1 cannot be had: .*Name another one with --port"
        ):
            serve_web(Path("/nowhere"), other.getsockname()[1], None, print)


async def test_a_visitor_has_a_dashboard_of_their_own(shop: Shop, root: Path) -> None:
    command = f"{sys.executable} -m sentinel tui --workspace {shop.workspace}"
    async with served(command) as house:
        await house.enter()
        async with house.visitor.ws_connect(f"{house.home}/ws?width=80&height=24", origin=house.home) as line:
            seen = ""
            async with asyncio.timeout(60):
                while "lifecycle" not in seen:
                    message = await line.receive()
                    assert message.type in (WSMsgType.BINARY, WSMsgType.TEXT), (message, seen)
                    seen += message.data.decode() if message.type == WSMsgType.BINARY else message.data
            assert "Overview" in seen
            await line.send_json(["stdin", "q"])
            async with asyncio.timeout(30):
                while (await line.receive()).type not in (WSMsgType.CLOSE, WSMsgType.CLOSED, WSMsgType.CLOSING):
                    pass


async def test_the_page_takes_keys_without_a_click() -> None:
    async with served() as house:
        page = await house.enter()
        where = re.search(r'querySelector\("\.([\w-]+)"\)', page)
        assert where is not None and page.index(where[0]) < page.index("</head>")
        async with house.visitor.get(f"{house.home}/static/js/textual.js") as answer:
            assert where[1] in await answer.text(), "the toolkit calls what takes keys otherwise now"
