"""`board` and `retry dN`, over a daemon that lives beside the test: what a user reads, in every shape that it takes."""

import json
import time
from typing import Any

import pytest

from sentinel.domain.board import Place, Reading, Rejected, Seen, Unread, read
from sentinel.domain.delivery import DeliveryDone, DeliveryGivenUp, DeliveryIntended, DeliveryPutOff, DeliveryTried
from sentinel.domain.digest import digest_of
from sentinel.domain.form import to_json
from sentinel.domain.quantity import DAY, MINUTE
from sentinel.domain.sending import PUBLISH, SEND, SUBMIT, Sending, key_of
from sentinel.domain.streams import stream_of
from sentinel.outside.hub import Later
from sentinel.outside.hub.faults import Answered, fault_of, later
from sentinel.supervisor.work import Work
from tests.unit.api.house import House
from tests.unit.api.test_routes import has_version
from tests.unit.cli.conftest import Sentinel
from tests.unit.supervisor.sends import ENTRY, REPO

ONE, TWO = digest_of("one"), digest_of("two")
HUB = "hub: {owner: acme, token: credential:hf}\n"


@pytest.fixture
def house(house: House) -> House:
    """One with a hub in force."""
    config = house.workspace / "sentinel.yaml"
    config.write_text(config.read_text() + HUB)
    house.client.ask("reload")
    return house


def put(house: House, act: str, model: str, *then: Any, line: str | None = "router", repo: str = REPO) -> str:
    """Put a delivery on record, and what came of it."""

    def do(work: Work) -> str:
        name = work.ledger.next_delivery()
        entries = (ENTRY,) if act == SUBMIT else ()
        ours = repo.startswith("acme/")
        sending = Sending(digest_of([name]), {}, act, model, line, "r1", "out", not ours, False, entries, 0)
        told = DeliveryIntended(SEND, repo, key_of(repo, sending.submission, name), to_json(sending))
        work.apply(stream_of("delivery", name), [told, *([DeliveryTried(f"{name}.send.a1"), *then] if then else [])])
        return name

    name: str = house.do(lambda engine: engine.do("uid:test", do))
    return name


def done(**receipt: Any) -> DeliveryDone:
    """It was sent."""
    return DeliveryDone(
        {"commit": "1a2b3c4d5e6f", "url": "https://hub/x", "request": None, "private": False, **receipt}
    )


def looked(house: House, reading: Reading, ago: int = 0) -> None:
    """Put a look at the boards on record."""

    def do(work: Work) -> None:
        work.at -= ago
        work.apply("board/router", read(work.state("board/router"), reading))

    house.do(lambda engine: engine.do("uid:test", do))


def places(rank: int | None, derived: int | None, repo: str = REPO) -> tuple[Place, ...]:
    return (Place(repo, "bench/tickets", False, rank, 40, 91.0 if rank else None),
            Place(repo, "bench/tickets", True, derived, 120, 91.0 if derived else None))  # fmt: skip


def shown(sentinel: Sentinel, *more: str) -> str:
    said = sentinel("board", *more)
    assert (said.status, said.err) == (0, "")
    assert max(map(len, said.out.splitlines())) <= 100, said.out
    return said.out


def line_with(text: str, word: str) -> str:
    return next(" ".join(line.split()) for line in text.splitlines() if word in line)


def test_nothing_was_sent(house: House, sentinel: Sentinel) -> None:
    said = shown(sentinel)
    assert "router  no board was read so far" in said and said.count("Nothing of it was sent to the Hub.") == 2
    told = json.loads(sentinel("board", "router", "--json").out)
    assert [line["line"] for line in told["lines"]] == ["router"] and told["owner"] == "acme"


def test_versions_stand_with_scores_intervals_and_ranks_with_and_without_derived_models(
    house: House, sentinel: Sentinel
) -> None:
    version = has_version(house, ONE, champion=True)
    put(house, PUBLISH, ONE, done())
    put(house, SUBMIT, ONE, done())
    looked(house, Reading(places(None, 12), (), (), (Seen(REPO, False),)))
    said = shown(sentinel, "router")
    assert line_with(said, "91.0") == "bench/tickets default 91.0 (86.0 to 95.0, n 200) not among 40 12 of 120"
    assert line_with(said, version) == f"{version} champion anchor · acme/router 1a2b3c4" or "champion" in said
    assert "behind" not in said
    looked(house, Reading(places(None, 9), (), (), (Seen(REPO, False),)))
    told = json.loads(sentinel("board", "router", "--json").out)["lines"][0]
    assert [each["rank"] for each in told["places"][1]["before"]] == [12]


def test_scores_of_an_older_version_are_told_as_replaced_and_the_champion_as_behind(
    house: House, sentinel: Sentinel
) -> None:
    has_version(house, ONE, champion=True)
    put(house, PUBLISH, ONE, done())
    put(house, SUBMIT, ONE, done())
    newer = has_version(house, TWO, champion=True)
    looked(house, Reading(places(1, 2), (), (), (Seen(REPO, False),)))
    said = " ".join(shown(sentinel).split())
    assert f"behind the champion, {newer}, is not published; acme/router holds" in said
    assert f"behind the champion's scores, {newer}, are not submitted; acme/router has those of" in said
    put(house, PUBLISH, TWO, done())
    said = shown(sentinel)
    assert line_with(said, "91.0").endswith("replaced") and "was at acme/router" in said
    put(house, SUBMIT, TWO, done())
    assert "behind" not in shown(sentinel)
    # and what comes back to an older one after a roll-back is behind again
    put(house, PUBLISH, ONE, done())
    assert f"the champion, {newer}, is not published" in " ".join(shown(sentinel).split())


def test_why_there_is_no_rank_is_told(house: House, sentinel: Sentinel) -> None:
    has_version(house, ONE, champion=True)
    put(house, PUBLISH, ONE, done(private=True))
    put(house, SUBMIT, ONE, done())
    assert "no board was read since scores were submitted: `sentinel run board` reads them" in shown(sentinel)
    looked(house, Reading(places(None, None), (), (), (Seen(REPO, True),)), ago=9 * DAY)
    said = " ".join(shown(sentinel).split())
    assert "private private" in said and "acme/router is private, and no board ranks what is private" in said
    assert "the ranks are those of 9d ago" in said, said


def test_a_pull_request_is_followed_to_its_end(house: House, sentinel: Sentinel) -> None:
    put(house, SUBMIT, ONE, done(request=3), repo="other/large")
    for state, says in (("open", "request #3 open"), ("closed", "request #3 closed"), ("merged", "2 of 40 7 of 120")):
        looked(house, Reading(places(2, 7, "other/large"), (), (), (Seen("other/large", request=3, state=state),)))
        said = shown(sentinel, "router")
        assert line_with(said, "91.0").endswith(says), said
        assert ("its owner did not take the scores" in said) == (state == "closed")


def test_what_gates_saw_of_a_version_that_was_never_sent(house: House, sentinel: Sentinel) -> None:
    from sentinel.domain.verdict import Finding, Verdict
    from tests.unit.cli.judged import judged

    version = has_version(house, ONE)
    seen = {"set": "regression", "metric": "accuracy", "estimate": 0.905, "lower": 0.853, "upper": 0.94, "n": 200,
            "alpha": 0.05, "bound": 0.8}  # fmt: skip
    compared = {**{name: held for name, held in seen.items() if name != "bound"}, "estimate": 0.02, "set": "canary"}
    findings = (Finding("floor", "pass", "high", seen), Finding("no_regression", "pass", "x", compared, "", True))
    judged(house, Verdict("promotion", "pass", "so", ONE, None, 1, findings))
    said = shown(sentinel, "router")
    assert version in said
    assert line_with(said, "0.905") == "regression accuracy 0.905 (0.853 to 0.940 at 90 %, n 200) promotion: pass"
    assert "canary" not in said, "a difference is no score"


def test_a_line_that_is_gone_and_what_is_of_no_line_stay_on_the_board(house: House, sentinel: Sentinel) -> None:
    put(house, PUBLISH, ONE, line="gone", repo="acme/gone")
    put(house, PUBLISH, TWO, line=None, repo="acme/alone")
    said = shown(sentinel)
    assert "no line of sentinel.yaml any more" in said and "for no line" in said
    assert "publish to acme/gone" in " ".join(said.split()) and "publish to acme/alone" in " ".join(said.split())
    assert "acme/gone" in shown(sentinel, "gone")
    assert sentinel("board", "nowhere").status == 2


FAULTS = {
    **{str(status): fault_of(Answered(status, says="so it is"), REPO)
       for status in (401, 403, 404, 409, 412, 413, 429, 500)},
    "half a body": later("cut", "the hub broke off (ReadError).", REPO),
    "never": later("late", "the hub did not answer in time.", REPO),
}  # fmt: skip


@pytest.mark.parametrize("answer", FAULTS)
def test_each_no_of_the_hub_reaches_the_user_with_what_where_and_what_next(
    house: House, sentinel: Sentinel, answer: str
) -> None:
    fault = FAULTS[answer]
    refusal, waits = fault.refusal, isinstance(fault, Later)
    soon = DeliveryPutOff(str(refusal), time.time_ns() // 10**6 + 30 * MINUTE, False)
    end = soon if waits else DeliveryGivenUp(str(refusal))
    name = put(house, PUBLISH, ONE, end)
    said = " ".join(shown(sentinel, "router").split())
    assert refusal.what and refusal.where == REPO and refusal.todo
    for part in (refusal.what, refusal.where, refusal.todo, "waits" if waits else f"`sentinel retry {name}`"):
        assert " ".join(part.split()) in said, said


def test_what_is_rejected_and_what_could_not_be_read(house: House, sentinel: Sentinel) -> None:
    put(house, SUBMIT, ONE, done())
    wrong, missing = (
        Rejected(REPO, ".eval_results/x.yaml", "no such task"),
        Unread(REPO, "the scores were not read: 503"),
    )
    looked(house, Reading((), (wrong,), (missing,), ()))
    said = shown(sentinel, "router")
    assert line_with(said, "rejected").endswith("acme/router: .eval_results/x.yaml: no such task")
    assert line_with(said, "unread").endswith("the scores were not read: 503")


def test_letters_that_drive_a_terminal_and_long_names_keep_to_their_place(house: House, sentinel: Sentinel) -> None:
    long = "acme/" + "a-very-long-name-of-a-repository-" * 2
    put(house, PUBLISH, ONE, DeliveryGivenUp("\x1b[31mred\x1b[0m " + "and so on " * 40), repo=long[:90])
    said = shown(sentinel, "router")
    assert "\x1b" not in said and "and so on" in said


def test_of_many_versions_the_newest_and_the_named_are_shown(house: House, sentinel: Sentinel) -> None:
    first = has_version(house, digest_of(0), champion=True)
    names = [has_version(house, digest_of(number)) for number in range(1, 30)]
    said = shown(sentinel, "router")
    assert first in said and names[-1] in said and names[3] not in said
    assert "and 17 older versions: `sentinel versions router`" in said


def test_what_was_given_up_is_tried_again_and_nothing_else(house: House, sentinel: Sentinel) -> None:
    name = put(house, PUBLISH, ONE, DeliveryGivenUp("no"))
    gone = put(house, PUBLISH, TWO, done())
    assert sentinel("retry", name).out == f"{name} is tried again now.\n"
    assert sentinel("retry", gone).status == 1 and "is done" in sentinel("retry", gone).err
    assert sentinel("retry", "d99").status == 2
    assert "a delivery, and has no steps" in sentinel("retry", name, "--from", "out").err


def test_a_board_of_thousands_of_sendings_holds_the_daemon_for_less_than_a_moment(house: House) -> None:
    from sentinel.api.board_shape import board_shape

    def many(work: Work) -> None:
        for number in range(2000):
            name, model = work.ledger.next_delivery(), digest_of(number // 2)
            act = SUBMIT if number % 2 else PUBLISH
            sending = Sending(digest_of([number]), {}, act, model, "router", "r1", "out", False, False, (ENTRY,), 0)
            told = DeliveryIntended(SEND, REPO, key_of(REPO, sending.submission), to_json(sending))
            work.apply(stream_of("delivery", name), [told, DeliveryTried(f"{name}.send.a1"), done()])

    house.do(lambda engine: engine.do("uid:test", many))

    def timed(engine: Any) -> Any:
        took = []
        for look in (lambda work: board_shape(work, "router"), lambda work: work.ledger.reads.submitted("router")):
            started = time.thread_time()
            look(Work(engine.ledger, engine.clock.now(), "x"))
            took.append(time.thread_time() - started)
        return engine.do("x", lambda _: took)

    assert max(house.do(timed)) < 0.05
