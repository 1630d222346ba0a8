"""What only the real command has to withstand: programs that hang, shout, ignore us or leave children behind."""

import os
import time
import tracemalloc
from pathlib import Path

import pytest

from sentinel.domain.refusal import Refused
from sentinel.outside.command import CommandSender
from sentinel.outside.notify import Notice, TryLater

NOTICE = Notice("k", "s", "x" * 300_000)


def shell(script: str, timeout: float = 20.0) -> CommandSender:
    return CommandSender(["/bin/sh", "-c", script], timeout)


def test_nothing_of_a_notice_is_read_by_a_shell(tmp_path):
    program = tmp_path / "tell args"
    program.write_text('#!/bin/sh\ncat > /dev/null\necho "$#:$1"\n')
    program.chmod(0o755)
    receipt = CommandSender([os.fspath(program), "$(id); echo *"]).send(Notice("k", "$(id)", "`id`"))
    assert receipt.detail == "1:$(id); echo *"


def test_a_program_gets_no_secret_of_our_environment(monkeypatch):
    monkeypatch.setenv("HF_TOKEN", "T0P-SECRET")
    assert shell('echo "${HF_TOKEN:-none} $IDEMPOTENCY_KEY"').send(NOTICE).detail == "none k"


@pytest.mark.parametrize("script", ["exit 0", "exec <&-; exit 0", "head -c 5 > /dev/null"])
def test_a_program_that_does_not_read_all_it_is_given_is_no_trouble(script):
    assert shell(script).send(NOTICE).detail == "exit 0"


def test_only_the_first_part_of_what_a_program_says_is_kept_and_it_drives_no_terminal():
    receipt = shell(r"printf '\033[31mred\n'; head -c 5000000 /dev/zero | tr '\0' x").send(NOTICE)
    assert receipt.detail.startswith("red xxx")
    assert len(receipt.detail) == 200


def test_a_program_that_shouts_takes_no_memory_of_ours():
    tracemalloc.start()
    try:
        shell("cat > /dev/null; head -c 20000000 /dev/zero").send(Notice("k", "s", "t"))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("code, error", [(1, Refused), (64, Refused), (75, TryLater), (127, Refused)])
def test_the_exit_status_says_what_came_of_it(code, error):
    with pytest.raises(error, match=f"exit {code}.*: why not"):
        shell(f"echo why not; exit {code}").send(NOTICE)


def test_a_program_that_was_killed_is_tried_later():
    with pytest.raises(TryLater, match="exit -9"):
        shell("kill -9 $$").send(NOTICE)


@pytest.mark.parametrize("path", ["/no/such/program", "/etc/passwd"])
def test_a_program_that_cannot_be_started_is_refused(path):
    with pytest.raises(Refused, match="cannot be started") as refused:
        CommandSender([path]).send(NOTICE)
    assert refused.value.refusal.where == path
    with pytest.raises(Refused, match="no program"):
        CommandSender([])


def gone(pid: int) -> bool:
    for _ in range(100):
        status = Path(f"/proc/{pid}/stat")
        if not status.exists() or status.read_text().rpartition(")")[2].split()[0] == "Z":
            return True
        time.sleep(0.01)
    return False


def test_a_program_that_hangs_is_ended_with_all_its_children(tmp_path):
    script = f"trap '' TERM; sleep 60 & echo $! > {tmp_path}/child; echo waiting; sleep 60"
    began = time.monotonic()
    with pytest.raises(TryLater, match=r"did not end within 0\.3 s: waiting"):
        shell(script, 0.3).send(NOTICE)
    assert time.monotonic() - began < 5
    assert gone(int((tmp_path / "child").read_text()))


def test_a_child_left_behind_neither_holds_us_up_nor_lives_on(tmp_path):
    began = time.monotonic()
    assert shell(f"sleep 60 & echo $! > {tmp_path}/child; echo done").send(NOTICE).detail == "done"
    assert time.monotonic() - began < 5
    assert gone(int((tmp_path / "child").read_text()))
