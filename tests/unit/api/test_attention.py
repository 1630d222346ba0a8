"""Everything that waits for a person, in one list: what, since when, and the command that deals with it."""

from typing import Any

import pytest

from sentinel.api.attention import Waits, in_order, of_run
from sentinel.cli.parser import verb_parser
from sentinel.cli.table import verbs
from sentinel.domain.altered import altered
from sentinel.domain.delivery import (
    DeliveryAskedAgain,
    DeliveryGivenUp,
    DeliveryIntended,
    DeliveryPutOff,
    DeliveryTried,
)
from sentinel.domain.house import AlertRaised
from sentinel.domain.line.events import LineFrozen, VersionFrozen
from sentinel.domain.streams import stream_of
from sentinel.supervisor.engine import Done
from tests.unit.api.house import House
from tests.unit.api.test_routes import has_version, until


def items(house: House, kind: str | None = None) -> list[Any]:
    """What waits, of a kind or of all but what git says of a workspace that it does not know."""
    told = house.client.ask("attention")["items"]
    return [each for each in told if (each["kind"] == kind if kind else each["about"] != "workspace")]


def happens(house: House, stream: str, *bodies: Any) -> None:
    """Put events on record."""
    house.do(lambda engine: engine.do("test", lambda work: work.apply(stream, list(bodies))))


def waiting(house: House) -> str:
    """A run that waits for a person's word."""
    run: str = house.client.ask("run", recipe="asking")["run"]
    until(lambda: house.client.ask("show", run=run)["state"] == "waiting")
    return run


def test_where_all_is_well_nothing_waits(house: House) -> None:
    assert items(house) == []
    assert house.client.ask("attention")["more"] is False


def test_an_approval_waits_until_it_is_given(house: House) -> None:
    run = waiting(house)
    step = house.client.ask("show", run=run)["steps"][0]
    assert items(house) == [{
        "kind": "approval", "about": "asking", "says": "Go on?", "todo": f"sentinel approve {run} agreed",
        "since": step["started_at"], "run": run, "step": "agreed", "line": None, "version": None, "delivery": None,
    }]  # fmt: skip
    house.client.ask("answer", run=run, approve=True)
    assert items(house) == []


def test_a_held_gate_is_decided_with_a_reason(house: House) -> None:
    run = waiting(house)
    held = house.do(lambda engine: Done(engine.ledger.state(stream_of("run", run))))
    step = held.steps["agreed"]
    held = altered(held, steps={**held.steps, "agreed": altered(step, waits_for="person", why="inconclusive")})
    (told,) = of_run(house.daemon.engine.ledger, held)
    assert (told.kind, told.says, told.todo) == (
        "person", "inconclusive", f"sentinel approve {run} agreed --reason TEXT",
    )  # fmt: skip


def test_a_paused_run_waits_whether_it_had_begun_or_not(house: House) -> None:
    begun = waiting(house)
    queued = house.client.ask("run", recipe="asking", set={"days": "9"})["run"]
    for run in (begun, queued):
        house.client.ask("pause", run=run, reason="lunch")
    moved = [e["at"] for e in house.client.ask("events")["events"] if e["payload"].get("to") == "paused"]
    assert [(each["kind"], each["run"], each["says"], each["since"], each["todo"]) for each in items(house)] == [
        ("paused", begun, "lunch", moved[0], f"sentinel resume {begun}"),
        ("paused", queued, "lunch", moved[1], f"sentinel resume {queued}"),
    ]


def test_lines_and_versions_wait_until_they_are_released_or_acknowledged(house: House) -> None:
    version = has_version(house, "a" * 64)
    happens(house, "line/router", VersionFrozen(version, "it leaks"), LineFrozen("the live one failed"))
    house.client.ask("hold", line="router", reason="holidays")
    told = items(house)
    assert [(each["kind"], each["about"], each["says"], each["todo"]) for each in told] == [
        ("frozen", "router", "the live one failed", "sentinel acknowledge router --reason TEXT"),
        ("frozen", version, "it leaks", f"sentinel acknowledge router {version} --reason TEXT"),
        ("held", "router", "holidays", "sentinel release router"),
    ]
    at = {e["kind"]: e["at"] for e in house.client.ask("events")["events"]}
    assert [each["since"] for each in told] == [at["LineFrozen"], at["VersionFrozen"], at["LineHeld"]]
    house.client.ask("release", line="router")
    house.client.ask("acknowledge", line="router", reason="seen")
    house.client.ask("acknowledge", line="router", version=version, reason="seen")
    assert items(house) == []


def test_what_was_given_up_is_told_once_and_not_after_it_is_sent_again(house: House) -> None:
    raised = AlertRaised("undelivered:d1", "undelivered", "d1", "d1 was given up: no")
    content = {"kind": "frozen", "about": "router", "text": "router is frozen"}
    stream = "delivery/d1"
    # in one transaction, or the daemon would try it itself
    wanted = [DeliveryIntended("notify", "chat-hook", "k", content), DeliveryTried("d1.notify.a1")]
    happens(house, stream, *wanted, DeliveryPutOff("late", 2**50, maybe_sent=True), DeliveryGivenUp("no such host"))
    happens(house, "house", raised)
    (told,) = items(house)
    assert (told["kind"], told["about"], told["says"], told["todo"], told["delivery"]) == (
        "given-up", "notice to chat-hook", "no such host It may have been sent.", "sentinel retry d1", "d1",
    )  # fmt: skip
    happens(house, stream, DeliveryAskedAgain())
    assert [each["kind"] for each in items(house)] == ["alert"]


def test_each_broken_file_is_told_with_its_first_fault_and_the_alert_about_them_is_not(house: House) -> None:
    (house.workspace / "recipes/bad.yaml").write_text("recipe: bad\nstpes: []\n")
    (house.workspace / "recipes/worse.yaml").write_text("recipe: [\n")
    faults = house.client.ask("reload")["faults"]
    told = items(house, "faults")
    assert [(each["about"], each["todo"]) for each in told] == [
        ("recipes/bad.yaml", "sentinel check recipes/bad.yaml"),
        ("recipes/worse.yaml", "sentinel check recipes/worse.yaml"),
    ]
    assert told[0]["says"].startswith(faults[0]) and told[0]["since"] is not None
    assert [each for each in items(house, "alert") if "fault" in each["says"]] == []


ALERTS = [
    ("stalled", "r1.made.a1", "sentinel logs r1 made"),
    ("alarm", "r1.made.0.a2", "sentinel logs r1 made.0"),
    ("stalled", "d3.send.a1", ""),
    ("adoption", "r4", "sentinel show r4"),
    ("silent", "router.canary.accuracy", "sentinel drift router"),
    ("signal", "router.canary.accuracy", "sentinel drift router"),
    ("looks", "router.canary", "sentinel drift router"),
    ("trigger", "trigger/retrain.router.distribution.0", "sentinel drift router"),
    ("trigger", "trigger/tidy.-.other.0", ""),
    ("labels", "router", "sentinel outcomes router"),
    ("disk", "here", ""),
]


@pytest.mark.parametrize(("kind", "about", "todo"), ALERTS)
def test_an_alert_names_the_command_that_says_more(house: House, kind: str, about: str, todo: str) -> None:
    happens(house, "house", AlertRaised(f"{kind}:{about}", kind, about, "Look at this."))
    (told,) = [each for each in items(house, "alert") if each["about"] == about]
    assert (told["says"], told["todo"]) == ("Look at this.", todo)


def test_every_command_can_be_typed(house: House) -> None:
    version, run = has_version(house, "a" * 64), waiting(house)
    happens(house, "line/router", VersionFrozen(version, "it leaks"), LineFrozen("it failed"))
    house.client.ask("hold", line="router", reason="holidays")
    for kind, about, _ in ALERTS:
        happens(house, "house", AlertRaised(f"{kind}:{about}", kind, about, "Look at this."))
    known = {verb.name: verb for verb in verbs()}
    todos = [each["todo"] for each in house.client.ask("attention")["items"] if each["todo"]]
    assert f"sentinel approve {run} agreed" in todos
    for todo in todos:
        word, verb, *rest = todo.split()
        assert word == "sentinel"
        verb_parser(known[verb]).parse_args(rest)


def test_kinds_come_in_their_order_and_what_has_waited_longest_first() -> None:
    told = [Waits("paused", "a", "", "", 1), Waits("approval", "b", "", "", 9), Waits("approval", "c", "", "", 3)]
    assert [each.about for each in in_order(told)] == ["c", "b", "a"]


def test_of_very_many_the_first_hundred_are_told(house: House) -> None:
    raised = [AlertRaised(f"silent:router.s{n}.accuracy", "silent", f"router.s{n}.accuracy", "x") for n in range(120)]
    happens(house, "house", *raised)
    told = house.client.ask("attention")
    assert (len(told["items"]), told["more"]) == (100, True)
