"""Every way out for notices, real and fake: the same promises."""

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refused, refuse
from sentinel.outside.command import CommandSender
from sentinel.outside.notify import FakeSender, Notice, Receipt, Sender, TryLater
from sentinel.outside.webhook import WebhookSender

NOTICE = Notice(
    "a" * 64, "Candidate frozen", "It leaks.\nSee the verdict.", {"line": "support-router", "gate": "safety"}
)

SCRIPT = """#!/bin/sh
d=$(dirname "$0")
{ cat; echo; echo "$IDEMPOTENCY_KEY"; } >> "$d/received"
code=$(head -n 1 "$d/answers" 2>/dev/null); [ -f "$d/answers" ] && sed -i 1d "$d/answers"
echo "said $code"
exit ${code:-0}
"""


class World:
    """A sender, what arrived on its other side, and a way to tell that side what to answer next."""

    def __init__(self, sender: Sender, received: Callable[[], list[Notice]], answer: Callable[[str], None]) -> None:
        self.sender = sender
        self.received = received
        self.answer = answer


def fake() -> World:
    sender = FakeSender()
    answers: dict[str, Exception | None] = {
        "sent": None,
        "refused": refuse("E-fake", "no.", where="there", todo="Mend."),
        "later": TryLater("busy", 7.0),
    }
    return World(sender, lambda: sender.sent, lambda what: sender.script.append(answers[what]))


def webhook(listener) -> World:
    answers = {"sent": (204, {}), "refused": (404, {}), "later": (503, {"Retry-After": "7"})}

    def received() -> list[Notice]:
        assert all(headers["idempotency-key"] == body["key"] for _, headers, body in listener.requests)
        return [Notice(body["key"], body["subject"], body["text"], body["fields"]) for _, _, body in listener.requests]

    return World(WebhookSender(listener.url), received, lambda what: listener.answers.append(answers[what]))


def command(folder: Path) -> World:
    program = folder / "send"
    program.write_text(SCRIPT)
    program.chmod(0o755)

    def received() -> list[Notice]:
        lines = (folder / "received").read_text().splitlines() if (folder / "received").exists() else []
        bodies = [json.loads(line) for line in lines[::2]]
        assert [body["key"] for body in bodies] == lines[1::2]
        return [Notice(body["key"], body["subject"], body["text"], body["fields"]) for body in bodies]

    def answer(what: str) -> None:
        with (folder / "answers").open("a") as file:
            file.write({"sent": "0\n", "refused": "1\n", "later": "75\n"}[what])

    return World(CommandSender([os.fspath(program)]), received, answer)


@pytest.fixture(params=["fake", "webhook", "command"])
def world(request, tmp_path) -> World:
    if request.param == "fake":
        return fake()
    return webhook(request.getfixturevalue("listener")) if request.param == "webhook" else command(tmp_path)


def test_a_notice_that_was_sent_arrives_whole_and_gives_a_receipt(world):
    receipt = world.sender.send(NOTICE)
    assert isinstance(receipt, Receipt) and receipt.detail
    assert world.received() == [NOTICE]


def test_what_will_never_be_taken_is_refused_with_what_where_and_what_to_do(world):
    world.answer("refused")
    with pytest.raises(Refused) as refused:
        world.sender.send(NOTICE)
    assert all((refused.value.refusal.what, refused.value.refusal.where, refused.value.refusal.todo))


def test_what_may_be_taken_later_can_be_sent_again_under_the_same_key(world):
    world.answer("later")
    world.answer("sent")
    with pytest.raises(TryLater) as later:
        world.sender.send(NOTICE)
    assert later.value.what
    world.sender.send(NOTICE)
    assert {notice.key for notice in world.received()} == {NOTICE.key}
    assert world.received()[-1] == NOTICE


def test_what_could_drive_a_terminal_does_not_go_out(world):
    hostile = "\x1b]8;;http://evil\x07\x1b[31mred\x1b[0m\x00\x9b2J\u202egnp.exe\x7f"
    world.sender.send(Notice("k", f"a\n{hostile}", f"one\n\ttwo {hostile}", {f"x{hostile}": hostile}))
    clean = "red2Jgnp.exe"
    assert world.received() == [Notice("k", f"a {clean}", f"one\n\ttwo {clean}", {f"x{clean}": clean})]


def test_text_that_no_encoding_can_hold_goes_out_with_a_question_mark(world):
    world.sender.send(Notice("k", "half \ud800", "half \udcff"))
    assert world.received() == [Notice("k", "half ?", "half ?")]


def test_a_long_notice_arrives_whole(world):
    long = Notice("k", "long", "ü" * 200_000)
    world.sender.send(long)
    assert world.received() == [long]


@pytest.mark.parametrize("key", ["", "a\r\nX-Evil: 1", "a b", "ü", "k" * 201, "-\n"])
def test_a_key_that_could_break_out_of_its_header_is_refused(key):
    with pytest.raises(Refused, match="E-notice"):
        Notice(key, "s", "t")
