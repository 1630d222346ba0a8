"""The loopback hub with troubles: what may go wrong with a request on its way there and back, when a test wants it."""

import contextlib
import os
import signal
from dataclasses import dataclass

from sentinel.outside.hub.loopback import Line, Loopback
from sentinel.outside.hub.loopback_calls import Call, Reply
from sentinel.outside.hub.world import World
from tests.hub.trouble import Trouble, Troubles


@dataclass(frozen=True, slots=True)
class Asked:
    """A request, as it came."""

    method: str
    path: str
    kind: str
    token: str | None
    trouble: str = ""


class LoopbackHub(Loopback):
    """A loopback hub that notes what it is asked for, and makes the trouble that is planned."""

    def __init__(self, world: World) -> None:
        self.troubles = Troubles()
        self.asked: list[Asked] = []
        self.victim: int | None = None
        """The process that `kill` ends."""
        super().__init__(world)

    def count(self, kind: str) -> int:
        """How many requests of a kind there were."""
        return sum(each.kind == kind for each in self.asked)

    def meet(self, line: Line, call: Call) -> None:
        """Answer, or not."""
        trouble = self.troubles.of(call.kind)
        self.asked.append(Asked(line.command, line.path, call.kind, call.token, trouble.how if trouble else ""))
        if trouble is None:
            super().meet(line, call)
            return
        with self.troubles.held():
            self._fail(line, call, trouble)

    def _fail(self, line: Line, call: Call, trouble: Trouble) -> None:
        match trouble.how:
            case "status":
                headers = {"Retry-After": trouble.after} if trouble.after else {}
                headers |= {"X-Error-Code": trouble.code} if trouble.code else {}
                line.send(Reply(trouble.status, {"error": trouble.says}, headers))
            case "close":
                line.hang_up()
            case "hang":
                self.over.wait(trouble.seconds or 60.0)
                line.hang_up()
            case "late":
                self.over.wait(trouble.seconds)
                call.answer()
                line.hang_up()
            case "drop":
                call.answer()
                line.hang_up()
            case "kill":
                call.answer()
                if self.victim is not None:
                    os.kill(self.victim, signal.SIGKILL)
                line.hang_up()
            case "half":
                reply = call.answer()
                data = reply.data
                line.head(reply.status, {**(reply.headers or {}), "Content-Length": str(len(data) + 10)})
                line.wfile.write(data[: len(data) // 2])
                line.hang_up()
            case "text":
                call.answer()
                line.send(Reply(200, b"<html>be right back</html>", {"Content-Type": "text/html"}))
            case "instead":
                line.send(Reply(200, trouble.says.encode()))
            case "shape":
                call.answer()
                line.send(Reply(200, {"unheard": ["of"]}))
            case "huge":
                line.head(200, {"Content-Type": "application/json", "Content-Length": str(2**40)})
                with contextlib.suppress(OSError):
                    while not self.over.is_set():
                        line.wfile.write(b" " * 2**20)
                line.hang_up()
            case "packed":
                line.send(Reply(200, b"\x1f\x8b", {"Content-Encoding": "gzip"}))
            case "round":
                reply = call.answer()
                link = f'<{self.url}{line.path}>; rel="next"'
                line.send(Reply(reply.status, reply.body, {**(reply.headers or {}), "Link": link}))
            case "elsewhere":
                line.send(Reply(307, b"", {"Location": "http://198.51.100.7/there"}))
            case how:
                raise AssertionError(how)
