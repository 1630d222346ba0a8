"""Every way out of a step is one of the ends, with a sentence that a person can act on."""

import pytest

from sentinel.contract.at import NothingTrained
from sentinel.domain.refusal import Refusal, refuse
from sentinel.outside.notify import TryLater
from sentinel.worker.blot import Blot
from sentinel.worker.ending import Failed, ending, last_words


@pytest.mark.parametrize(
    ("error", "end", "code"),
    [
        (refuse("E-data", "the rows are empty."), "refused", "E-data"),
        (Failed(Refusal("E-program-failed", "it ended with exit code 3.")), "failed", "E-program-failed"),
        (TryLater("https://chat.example/…: HTTP 503"), "failed", "E-try-later"),
        (ValueError("x"), "failed", "E-step-crashed"),
        (SystemExit(0), "failed", "E-step-crashed"),
        (KeyboardInterrupt(), "failed", "E-step-crashed"),
        (MemoryError(), "failed", "E-step-crashed"),
    ],
)
def test_each_exception_has_its_end_and_its_code(error: BaseException, end: str, code: str) -> None:
    result = ending(error, "a1", "tuned", Blot())
    assert result.end == end
    assert result.error is not None
    assert (result.error.code, result.error.where) == (code, "tuned")


def test_nothing_trained_is_no_error_and_says_why() -> None:
    result = ending(NothingTrained("no new rows"), "a1", "tuned", Blot())
    assert (result.end, result.says, result.error) == ("nothing-trained", "no new rows", None)


def test_a_crash_is_told_in_one_short_line_and_leads_to_the_log() -> None:
    result = ending(ValueError("many\nlines " + "x" * 500), "a1", "tuned", Blot())
    assert result.error is not None
    assert result.error.what.startswith("the step crashed with ValueError: many lines xxx")
    assert "\n" not in str(result.error)
    assert len(result.error.what) < 260
    assert result.error.todo == "The traceback is in the attempt's log."


def test_a_credential_in_an_error_is_blotted_out_of_the_result() -> None:
    blot = Blot(["tok-3f9a"])
    for error in (ValueError("401 for tok-3f9a"), refuse("E-x", "tok-3f9a", where="tok-3f9a", todo="tok-3f9a")):
        assert "tok-3f9a" not in repr(ending(error, "a1", "tuned", blot))
    assert "tok-3f9a" not in ending(NothingTrained("tok-3f9a"), "a1", "tuned", blot).says


def test_the_log_gets_the_traceback_of_a_crash_and_the_sentence_of_all_else() -> None:
    try:
        raise ValueError("x")
    except ValueError as error:
        assert last_words(error).startswith(b"Traceback")
    assert last_words(refuse("E-data", "the rows are empty.")) == b"E-data: the rows are empty.\n"
