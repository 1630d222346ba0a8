"""`signal`, `drift` and `baseline`, over a daemon that lives beside the test."""

import json
from pathlib import Path

import pytest

from tests.unit.api.house import House, watched
from tests.unit.cli.conftest import Sentinel


@pytest.fixture
def line(house: House) -> Path:
    """A line with a set, and a recipe that watches it."""
    return watched(house).workspace


def days(sentinel: Sentinel, first: int, *ks: int) -> None:
    for day, k in enumerate(ks, start=first):
        span = ("--from", f"2026-01-{day:02}", "--to", f"2026-01-{day + 1:02}")
        said = sentinel("signal", "router", "canary", "accuracy", f"{k}/100", *span)
        assert (said.status, said.err) == (0, "")


@pytest.mark.usefixtures("line")
def test_a_slide_from_the_first_signal_to_the_run(sentinel: Sentinel) -> None:
    said = sentinel("drift", "router")
    assert "router.canary.accuracy\n  rate      no signal has come in\n  baseline  none yet\n" in said.out
    assert "retrain: ok; `canary` has no baseline yet: it is learned from 5 evaluations" in said.out
    days(sentinel, 1, 91, 90, 92, 91, 91, 90)
    said = sentinel("drift", "router")
    assert "0.900 of 100, up to 2026-01-07" in said.out
    assert "baseline  0.908 over 500 rows, learned" in said.out
    assert "promise   false alarms 1 per 3 years at most: A = 1095" in said.out
    assert "it fires  after 2 more evaluations (2d) at 0.778, 100 rows each" in said.out
    days(sentinel, 7, 76, 77, 75)
    said = sentinel("drift", "router")
    assert "retrain: firing since" in said.out
    assert "fired     once into r1" in said.out
    assert "it fires" not in said.out
    told = json.loads(sentinel("drift", "router", "--json").out)
    assert told["feeds"][0]["watched"][0]["share"] > 1
    assert "drift" in sentinel("runs").out


@pytest.mark.usefixtures("line")
def test_a_signal_counts_once(sentinel: Sentinel) -> None:
    words = ("signal", "router", "canary", "accuracy", "9/10", "--from", "2026-01-05", "--to", "2026-01-06")
    assert " is taken. " in sentinel(*words).out
    assert " was there already, and counts once. " in sentinel(*words).out
    said = sentinel("signal", "router", "canary", "accuracy", "8/10", *words[5:])
    assert (said.status, "E-overlap" in said.err) == (1, True)
    said = sentinel("signal", "router", "canary", "accuracy", "8/10", "--from", "2026-01-01", "--to", "2026-01-02")
    assert "it is late: a later one was there" in said.out
    assert json.loads(sentinel(*words, "--json").out)["new"] is False


@pytest.mark.usefixtures("line")
def test_a_baseline_is_shown_and_lowered_by_name(sentinel: Sentinel) -> None:
    days(sentinel, 1, 91, 90, 92, 91, 91, 80, 80, 80, 80)
    assert "router.canary.accuracy  0.908  500 " in sentinel("baseline", "router").out
    said = sentinel("baseline", "router", "--accept", "--reason", "harder questions")
    assert "It is not said which set." in said.err
    said = sentinel("baseline", "router", "--set", "canary", "--accept")
    assert "E-reason" in said.err
    said = sentinel("baseline", "router", "--set", "canary", "--accept", "--reason", "harder questions")
    assert "accepted" in said.out
    assert "harder questions" in sentinel("events").out


SPAN = ("--from", "2026-01-01", "--to", "2026-01-02")


@pytest.mark.parametrize(
    ("argv", "code"),
    [
        (("signal", "router", "canary", "accuracy", "nine/ten", *SPAN), "E-usage"),
        (("signal", "router", "canary", "Accuracy!", "9/10", *SPAN), "E-usage"),
        (("signal", "router", "canary", "accuracy", "9/10", "--from", "today", "--to", "2026-01-02"), "E-usage"),
        (("signal", "router", "canry", "accuracy", "9/10", *SPAN), "E-unknown-set"),
        (("signal", "rooter", "canary", "accuracy", "9/10", *SPAN), "E-unknown-line"),
        (("signal", "router", "canary", "accuracy", "9/10", "--from", "2026-01-03", *SPAN[2:]), "E-range"),
        (("signal", "router", "canary", "accuracy", "11/10", *SPAN), "E-signal"),
        (("drift", "rooter"), "E-unknown-line"),
    ],
)
@pytest.mark.usefixtures("line")
def test_wrong_input_is_told_with_what_to_do(sentinel: Sentinel, argv: tuple[str, ...], code: str) -> None:
    said = sentinel(*argv)
    assert said.status in (1, 2)
    assert f"{code}: " in said.err
    assert "to do: " in said.err
