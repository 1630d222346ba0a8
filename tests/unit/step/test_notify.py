"""A notice goes out once a try, under the attempt's own key, by the program or the webhook that was named."""

import stat
from pathlib import Path

import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.domain.refusal import Refused
from sentinel.outside.notify import TryLater
from sentinel.step.notify import notify


def attempt(tmp_path: Path, key: str | None = "k1", script: str = "cat", secrets: dict[str, str] | None = None) -> At:
    program = tmp_path / "tell"
    program.write_text(f"#!/bin/sh\n{script}\necho $IDEMPOTENCY_KEY\n")
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    told = AttemptIn("a1", "r1", "told", "notify", {}, {}, "", "", effect_key=key, secrets=tuple(secrets or {}),
                     programs={"tell": (str(program),)})  # fmt: skip
    return At(told, tmp_path, credential=lambda name: (secrets or {})[name])


def test_a_program_gets_the_text_and_the_key_and_its_answer_is_the_receipt(tmp_path: Path) -> None:
    receipt = notify(attempt(tmp_path), to="tell", text="frozen at 3 %")
    assert '"text":"frozen at 3 %"' in receipt.detail
    assert '"subject":"Sentinel: told"' in receipt.detail
    assert receipt.detail.endswith("k1")


def test_a_program_that_refuses_is_not_tried_again_and_one_that_is_busy_is(tmp_path: Path) -> None:
    with pytest.raises(Refused):
        notify(attempt(tmp_path, script="exit 1"), to="tell", text="x")
    with pytest.raises(TryLater):
        notify(attempt(tmp_path, script="exit 75"), to="tell", text="x")


def test_without_a_key_nothing_is_sent(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="E-notify-key"):
        notify(attempt(tmp_path, key=None), to="tell", text="x")


@pytest.mark.parametrize("to", ["chat-hook", "credential:chat-hook"])
def test_a_name_that_is_no_program_is_the_credential_of_a_webhook(tmp_path: Path, to: str) -> None:
    at = attempt(tmp_path, secrets={"chat-hook": "ftp://example.org/tok-3f9a"})
    with pytest.raises(Refused, match="E-webhook") as told:
        notify(at, to=to, text="x")
    assert "tok-3f9a" not in str(told.value)


def test_a_webhook_that_was_not_declared_is_refused(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="did not declare"):
        notify(attempt(tmp_path), to="chat-hook", text="x")
