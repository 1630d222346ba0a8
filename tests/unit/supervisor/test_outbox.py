"""The outbox as the daemon keeps it: what is wanted once is sent once, and the newest version is what stands there."""

import json
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.attempt import AttemptOut, read_result, write_result
from sentinel.domain.artifact import Artifact
from sentinel.domain.board import Place, Reading
from sentinel.domain.delivery import Delivery
from sentinel.domain.digest import digest_of
from sentinel.domain.quantity import DAY, SECOND
from sentinel.domain.refusal import Refusal
from sentinel.domain.sending import PUBLISH, SEND, SUBMIT, Intended, Sending
from sentinel.supervisor.intents import again
from sentinel.supervisor.outbox import AT_ONCE
from sentinel.supervisor.results import result_of
from tests.unit.domain.plans import plan, use
from tests.unit.supervisor.floor import PERSON, ROUTER, House, is_refused
from tests.unit.supervisor.sends import ENTRY, REPO, finished, intended, rows, sending_plan, want

ONE, TWO = digest_of("one"), digest_of("two")


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def delivery(house: House, name: str) -> Delivery:
    held: Delivery = house.engine.ledger.state(f"delivery/{name}")
    return held


def sent(house: House, name: str, end: str = "succeeded", **more: Any) -> None:
    """End the attempt at a delivery."""
    house.finish(delivery(house, name).live or "", end, outputs={}, **more)


def alerts(house: House) -> list[str]:
    return [each.about for each in house.engine.ledger.state("house").alerts.values() if each.kind == "undelivered"]


def test_the_same_wish_is_sent_once_whoever_has_it_again(house: House) -> None:
    want(house, PUBLISH, ONE)
    want(house, PUBLISH, ONE)
    assert rows(house) == [("d1", "waiting")]
    house.tick()
    sent(house, "d1", receipt={"url": "u"})
    want(house, PUBLISH, ONE)
    assert rows(house) == [("d1", "done")]


def test_what_was_given_up_is_tried_again_when_it_is_wanted_again(house: House) -> None:
    want(house, PUBLISH, ONE)
    house.tick()
    sent(house, "d1", "refused", error=Refusal("E-hub-token", "the hub does not take the token."))
    assert (rows(house), alerts(house)) == ([("d1", "given-up")], ["d1"])
    want(house, PUBLISH, ONE)
    assert (rows(house), alerts(house)) == ([("d1", "waiting")], [])


def test_an_older_version_that_waits_never_comes_after_a_newer_one(house: House) -> None:
    want(house, PUBLISH, ONE)
    want(house, SUBMIT, ONE)
    house.tick()
    sent(house, "d1", "failed", error=Refusal("E-hub-sick", "the hub failed."))
    want(house, PUBLISH, TWO)
    assert rows(house) == [("d1", "overtaken"), ("d2", "overtaken"), ("d3", "waiting")]
    assert delivery(house, "d1").why == "d3 takes its place"
    house.tick()
    sent(house, "d3", receipt={})
    house.tick(2 * DAY / SECOND)
    assert house.living == set()
    assert is_refused(house.do(lambda engine: again(engine, PERSON, "d1")), "E-not-waiting")


def test_one_that_was_under_way_is_overtaken_when_it_comes_back(house: House) -> None:
    want(house, PUBLISH, ONE)
    house.tick()
    want(house, PUBLISH, TWO)
    assert rows(house) == [("d1", "trying"), ("d2", "waiting")]
    sent(house, "d1", "failed", error=Refusal("E-hub-cut", "the hub broke off."))
    house.tick()
    sent(house, "d2", receipt={})
    house.tick(3600)
    assert rows(house) == [("d1", "overtaken"), ("d2", "done")] and house.living == set()


def test_a_version_that_comes_back_is_published_once_more_under_another_key(house: House) -> None:
    for model in (ONE, TWO, ONE, TWO):
        want(house, PUBLISH, model)
        house.tick()
        sent(house, f"d{len(rows(house))}", receipt={})
    assert rows(house) == [(f"d{n}", "done") for n in (1, 2, 3, 4)]
    assert len({delivery(house, f"d{n}").key for n in (1, 2, 3, 4)}) == 4


def test_scores_are_laid_beside_their_model_again_when_it_is_published_anew(house: House) -> None:
    """A publication replaces everything in the repository, and so the scores of that very model too."""
    for act, model in ((PUBLISH, ONE), (SUBMIT, ONE), (PUBLISH, TWO), (PUBLISH, ONE)):
        want(house, act, model)
        house.tick()
        sent(house, f"d{len(rows(house))}", receipt={})
    assert rows(house)[-1] == ("d5", "waiting")
    assert (delivery(house, "d5").content, delivery(house, "d5").target) == (delivery(house, "d2").content, REPO)
    assert delivery(house, "d5").key != delivery(house, "d2").key
    house.tick()
    sent(house, "d5", receipt={})
    house.tick()
    assert len(rows(house)) == 5 and house.living == set()


def test_scores_of_another_model_are_not_laid_there(house: House) -> None:
    for act, model in ((PUBLISH, ONE), (SUBMIT, ONE), (PUBLISH, TWO)):
        want(house, act, model)
        house.tick()
        sent(house, f"d{len(rows(house))}", receipt={})
    assert len(rows(house)) == 3


def test_the_card_of_the_same_model_may_change_and_its_scores_stay(house: House) -> None:
    for act, word in ((PUBLISH, ""), (SUBMIT, ""), (PUBLISH, "another card")):
        want(house, act, ONE, word=word)
        house.tick()
        sent(house, f"d{len(rows(house))}", receipt={})
    assert rows(house)[-1] == ("d4", "waiting") and delivery(house, "d4").content["act"] == SUBMIT


def test_what_publishes_is_never_taken_from_an_earlier_run(house: House) -> None:
    """Since that was sent, another may have taken its place there."""
    want(house, PUBLISH, ONE)
    run = house.queue(sending_plan(PUBLISH))
    assert f"{run}.out.a1" in house.living and house.run(run).step("out").state == "running"


def test_one_repository_is_changed_by_one_at_a_time_and_few_at_once(house: House) -> None:
    for name in range(AT_ONCE + 2):
        want(house, PUBLISH, ONE, repo=f"acme/r{name}")
    want(house, SUBMIT, ONE, repo="acme/r0")
    house.tick()
    assert len(house.living) == AT_ONCE
    assert house.engine.next_alarm() is None, "nothing that waits for another may ring"
    sent(house, "d1", receipt={})
    assert house.engine.next_alarm() is not None
    house.tick()
    assert len(house.living) == AT_ONCE and delivery(house, f"d{AT_ONCE + 1}").state == "trying"


def test_the_alarm_rings_for_the_next_try_and_not_before(house: House) -> None:
    want(house, PUBLISH, ONE)
    house.tick()
    assert house.engine.next_alarm() is None
    sent(house, "d1", "failed", error=Refusal("E-hub-busy", "the hub asks us to wait."), pause=3_600_000)
    due = house.engine.next_alarm()
    assert due == delivery(house, "d1").next_at == house.clock.now() + 3_600_000
    house.tick(3599)
    assert house.living == set()
    house.tick(1)
    assert house.living == {"d1.send.a2"}


def test_a_clock_that_is_put_back_holds_nothing_up(house: House) -> None:
    house.clock.advance(4 * 365 * DAY / SECOND)
    want(house, PUBLISH, ONE)
    house.tick()
    sent(house, "d1", "failed", error=Refusal("E-hub-sick", "the hub failed."))
    house.clock.set(house.clock.now() - 4 * 365 * DAY)
    assert (house.engine.next_alarm() or 0) <= house.clock.now()
    house.tick()
    assert house.living == {"d1.send.a2"}


def test_a_hub_that_is_away_for_eight_days_is_given_up_told_of_and_asked_again_by_hand(house: House) -> None:
    want(house, PUBLISH, ONE)
    offline = Refusal("E-hub-offline", "the hub cannot be reached.", REPO, "Nothing is lost.")
    tries = 0
    while delivery(house, "d1").state == "waiting":
        house.clock.advance(max(0, delivery(house, "d1").next_at - house.clock.now()) / SECOND)
        house.tick()
        tries += 1
        sent(house, "d1", "failed", error=offline)
        assert tries < 300
    held = delivery(house, "d1")
    assert (held.state, alerts(house)) == ("given-up", ["d1"]) and "cannot be reached. Nothing is lost." in held.why
    house.tick(DAY / SECOND)
    assert house.living == set() and house.engine.next_alarm() is None
    assert house.do(lambda engine: again(engine, PERSON, "d1")) == "d1" and alerts(house) == []
    house.tick()
    sent(house, "d1", receipt={"url": "u"})
    assert delivery(house, "d1").receipt == {"url": "u"}


def test_what_a_killed_attempt_did_is_asked_for_under_the_same_key(house: House) -> None:
    want(house, PUBLISH, ONE)
    house.tick()
    key = house.told.attempts["d1.send.a1"].effect_key
    house.restart()
    sent(house, "d1", "lost")
    assert delivery(house, "d1").maybe_sent
    house.tick(60)
    assert house.told.attempts["d1.send.a2"].effect_key == key
    sent(house, "d1", receipt={"was_there": True})
    assert rows(house) == [("d1", "done")]


def test_a_line_that_is_gone_and_a_token_that_changed_hold_nothing_up(house: House) -> None:
    want(house, PUBLISH, ONE)
    house.engine.catalogue = house.catalogue = type(house.catalogue)(hub_token="other-hub")
    house.restart()
    house.tick()
    told = house.told.attempts["d1.send.a1"]
    assert (told.secrets, told.reads["hub"]) == (("other-hub",), {"token": "other-hub"})


# What a worker may not say


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"submission": digest_of("else")}, "names artifacts that are not the step's"),
        ({"inputs": {"model": (Artifact("Model", digest_of("secret")),)}}, "names artifacts that are not the step's"),
        ({"act": SUBMIT}, "the step has nothing of that sort sent"),
        ({"act": "delete"}, "the step has nothing of that sort sent"),
        ({"bytes": -1}, "its numbers are no sizes"),
        ({"target": "../../etc"}, "no repository is called so"),
        ({"effect": "notify"}, "neither a publication nor a submission"),
    ],
)
def test_a_worker_has_nothing_sent_that_is_not_its_steps(house: House, change: dict[str, Any], says: str) -> None:
    run = house.queue(sending_plan(PUBLISH))
    finished(house, run, lambda told: intended(told, PUBLISH, ONE, **change))
    step = house.run(run).step("out")
    error = house.run(run).attempts[f"{run}.out.a1"].error
    assert step.state == "failed" and rows(house) == []
    assert (
        error is not None and error.code == "E-intent" and (says in error.what or "nothing of that sort" in error.what)
    )


def test_another_step_has_nothing_sent_at_all(house: House) -> None:
    run = house.queue(plan(use("out")))
    told = house.told.attempts[f"{run}.out.a1"]
    made = {"out": (Artifact("Model", digest_of("m")),)}
    sending = Sending(digest_of("m"), made, PUBLISH, ONE, ROUTER, run, "out", False, True, (), 0)
    house.finish(told.attempt, outputs=made, intends=Intended(SEND, REPO, sending))
    assert house.run(run).step("out").state == "failed" and rows(house) == []


def test_a_result_with_an_intent_of_another_form_is_torn_and_the_daemon_lives(tmp_path: Path) -> None:
    for content in (None, {}, [], {"submission": 5}, "x"):
        write_result(tmp_path, AttemptOut("r1.out.a1", "succeeded"))
        told = json.loads((tmp_path / "result.json").read_text())
        told["intends"] = {"effect": "send", "target": REPO, "sending": content}
        (tmp_path / "result.json").write_text(json.dumps(told))
        result = result_of("r1.out.a1", tmp_path, None, "", lambda: 0)
        assert result.end == "failed" and result.error is not None and result.error.code == "E-torn-result"


@pytest.mark.parametrize("rank", [2**70, -1])
def test_a_rank_that_no_row_can_hold_is_torn_and_the_daemon_lives(tmp_path: Path, rank: int) -> None:
    reading = Reading((Place(REPO, "bench/tickets", True, rank, 3, 1.0),), (), ())
    write_result(tmp_path, AttemptOut("r1.out.a1", "succeeded", reading=reading))
    assert read_result(tmp_path) is not None
    result = result_of("r1.out.a1", tmp_path, None, "", lambda: 0)
    assert result.error is not None and "its ranks are none" in result.error.what


def test_only_the_step_that_reads_boards_is_believed_about_them(house: House) -> None:
    want(house, SUBMIT, ONE)
    house.tick()
    sent(house, "d1", receipt={})
    reading = Reading((Place(REPO, ENTRY.dataset, True, 1, 3, 91.0),), (), ())
    for word, expected in (("program", 0), ("ranks", 1)):
        run = house.queue(plan(use("out", does=word, gives=())))
        house.finish(f"{run}.out.a1", outputs={}, reading=reading)
        assert len(house.engine.ledger.state(f"board/{ROUTER}").places) == expected


def test_what_was_overtaken_may_be_wanted_after_all(house: House) -> None:
    want(house, PUBLISH, ONE)
    want(house, PUBLISH, TWO)
    house.tick()
    sent(house, "d2", "refused", error=Refusal("E-hub-large", "the hub does not take so much at once."))
    want(house, PUBLISH, ONE)
    assert rows(house) == [("d1", "overtaken"), ("d2", "overtaken"), ("d3", "waiting")]
    assert delivery(house, "d3").content["model"] == ONE and alerts(house) == []


def test_what_is_there_and_is_wanted_again_is_not_undone_by_what_was_given_up(house: House) -> None:
    want(house, PUBLISH, ONE)
    house.tick()
    sent(house, "d1", receipt={})
    want(house, PUBLISH, TWO)
    house.tick()
    sent(house, "d2", "refused", error=Refusal("E-hub-token", "the hub does not take the token."))
    want(house, PUBLISH, ONE)
    assert rows(house) == [("d1", "done"), ("d2", "overtaken")]
