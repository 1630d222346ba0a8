"""Refusals, time-outs, lost acknowledgements and kills in any order, through the daemon's outbox and a hub in memory.

Each key is committed once at most, nothing is lost, and what was wanted last stands there with its scores.
"""

import json
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sentinel.contract.at import At
from sentinel.contract.kinds import KIND_CLASSES, Submission
from sentinel.contract.submission import SUBMISSION, read_submission
from sentinel.domain.artifact import Artifact
from sentinel.domain.delivery import Delivery
from sentinel.domain.quantity import SECOND
from sentinel.domain.refusal import Refused
from sentinel.domain.sending import PUBLISH, SEND, SUBMIT, Intended, Sending
from sentinel.outside.hub import Later
from sentinel.outside.hub.fake import FakeHub, Lost
from sentinel.outside.hub.faults import Answered, fault_of, later
from sentinel.outside.hub.world import Repo
from sentinel.step.send import sent
from sentinel.supervisor import intents
from sentinel.supervisor.intents import again
from tests.effort import often
from tests.hub.known import OURS, known
from tests.unit.step.hub_world import Desk
from tests.unit.supervisor.floor import PERSON, ROUTER, House
from tests.unit.supervisor.sends import finished, rows, sending_plan

REPO = "acme/router"
WISHES = ((PUBLISH, "one"), (SUBMIT, "one"), (PUBLISH, "two"), (SUBMIT, "two"))
SCORES = {"one": 91.0, "two": 40.0}
SEED = 20_261


@dataclass(frozen=True)
class Prepared:
    """What the steps have prepared, in a store: each is used by every sequence."""

    desk: Desk
    models: dict[str, str]
    sendings: dict[tuple[str, str], Sending]


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    desk = Desk(tmp_path_factory.mktemp("desk"), FakeHub(world=known(), token=OURS))
    models, sendings = {}, {}
    for name, right in SCORES.items():
        model = desk.model(name)
        models[name] = model.digest
        for act, made, of in (
            (PUBLISH, desk.publish(model, public=True), (Artifact("Model", model.digest),)),
            (SUBMIT, desk.submit(desk.report(model, regression=round(right))), ()),
        ):
            told = read_submission((made.path / SUBMISSION).read_bytes())
            held = {"submission": (Artifact("Submission", made.digest),), **({"model": of} if of else {})}
            sendings[act, name] = Sending(made.digest, held, act, model.digest, ROUTER, "r", "out", False, told.private,
                                          told.entries, 9)  # fmt: skip
    return Prepared(desk, models, sendings)


@dataclass
class Life:
    """One sequence."""

    prepared: Prepared
    root: Path
    chance: random.Random
    hub: FakeHub
    wanted: list[tuple[str, str]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.house = House(self.root)

    def live(self) -> None:
        """Let things go wrong for a while; then let the hub be well, and see that all of it comes to its end."""
        for _ in range(self.chance.randint(6, 14)):
            self.chance.choice((self.wish, self.wish, self.turn, self.turn, self.turn, self.house.restart))()
        self.hub.script.clear()
        for _ in range(40):
            for name, state in rows(self.house):
                if state == "given-up":
                    assert self.delivery(name).why
                    self.house.do(lambda engine, name=name: again(engine, PERSON, name))
            if not [each for each in self.due() if not self.waits_for_its_model(each)]:
                return
            self.turn(well=True)
        raise AssertionError(f"it does not end: {rows(self.house)}")

    def wish(self) -> None:
        """Let a step end that has something sent."""
        act, name = self.chance.choice(WISHES)
        self.wanted.append((act, name))
        sending = self.prepared.sendings[act, name]
        run = self.house.queue(sending_plan(act))
        finished(self.house, run, lambda _: Intended(SEND, REPO, sending))

    def due(self) -> list[Delivery]:
        """What is still in the outbox."""
        return [self.delivery(name) for name, state in rows(self.house) if state in ("waiting", "trying")]

    def waits_for_its_model(self, held: Delivery) -> bool:
        """Whether it rightly waits: for the publication of a model that was not wanted, or not last."""
        newest = [self.prepared.models[name] for act, name in self.wanted if act == PUBLISH][-1:]
        return "E-hub-unpublished" in held.why and held.content["model"] not in newest

    def turn(self, well: bool = False) -> None:
        """Let the clock go to what is due next, and each attempt that then lives come to some end."""
        moments = [each.next_at for each in self.due() if each.state == "waiting"]
        ahead = max(0, min(moments) - self.house.clock.now()) if moments else 0
        self.house.tick(ahead / SECOND)
        for attempt in sorted(self.house.living):
            if attempt.startswith("d"):
                self.end(attempt, well)

    def end(self, attempt: str, well: bool) -> None:
        fate = "well" if well else self.chance.choice(("well", "well", "later", "refused", "lost", "before", "after"))
        if fate == "before":  # killed before it did anything
            self.house.finish(attempt, "lost", outputs={})
            return
        self.hub.script.clear()
        if fate == "later":
            self.hub.script.append(fault_of(Answered(self.chance.choice((429, 500, 503, 412))), REPO))
        elif fate == "refused":
            self.hub.script.append(fault_of(Answered(self.chance.choice((401, 403, 409, 413))), REPO))
        elif fate == "lost":
            self.hub.script.append(Lost(later("late", "the hub did not answer in time.", REPO)))
        try:
            receipt = self.send(attempt)
        except Refused as error:
            self.house.finish(attempt, "refused", outputs={}, error=error.refusal)
        except Later as error:
            self.house.finish(attempt, "failed", outputs={}, error=error.refusal)
        else:
            done = fate != "after"  # killed after it has done it, and before anybody heard of that
            self.house.finish(attempt, "succeeded" if done else "lost", outputs={}, receipt=receipt if done else None)

    def send(self, attempt: str) -> Any:
        """What the worker does."""
        told = self.house.told.attempts[attempt]
        store = self.prepared.desk.store
        kinds = {
            port: KIND_CLASSES[held[0].kind](held[0].digest, store.path(held[0].digest))
            for port, held in told.inputs.items()
        }
        submission = kinds["submission"]
        assert isinstance(submission, Submission)
        says = read_submission((submission.path / SUBMISSION).read_bytes())
        return sent(At(told, self.root), says, submission, kinds.get("model"), self.hub)

    def delivery(self, name: str) -> Delivery:
        """A delivery."""
        held: Delivery = self.house.engine.ledger.state(f"delivery/{name}")
        return held

    def wrong(self) -> Iterator[str]:
        """What is not as it has to be in the end."""
        held = self.hub.world.repos.get(("models", REPO))
        history = self.hub.world.history(held, "main") if held is not None else []
        keys = Counter(line for commit in history for line in commit.text.splitlines() if "Sentinel-Key" in line)
        yield from (f"{key} was committed {times} times" for key, times in keys.items() if times > 1)
        left = [self.delivery(name) for name, state in rows(self.house) if state not in ("done", "overtaken")]
        yield from (f"{each.id} is {each.state}" for each in left if not self.waits_for_its_model(each))
        published = [name for act, name in self.wanted if act == PUBLISH]
        if not published:
            return
        if held is None:
            yield "nothing was published"
            return
        files = self.hub.files(REPO, "main")
        newest = published[-1]
        if json.loads(self.hub.read(REPO, "main", "sentinel.json", 10**6))["model"] != self.prepared.models[newest]:
            yield f"{newest} was wanted last, and is not there"
        scores = {self.hub.read(REPO, "main", name, 10**6) for name in files if name.startswith(".eval_results/")}
        wanted = {str(SCORES[newest]).encode()} if (SUBMIT, newest) in self.wanted else set()
        if not all(any(value in each for each in scores) for value in wanted) or len(scores) != len(wanted):
            yield f"the scores of {newest} are not there as they were wanted: {scores}"


def lived(prepared: Prepared, root: Path, seed: int, hub: type[FakeHub] = FakeHub) -> list[str]:
    """What went wrong in one sequence."""
    root.mkdir()
    life = Life(prepared, root, random.Random(seed), hub(world=known(), token=OURS))
    try:
        life.live()
        return list(life.wrong())
    except AssertionError as error:
        return [str(error)]
    finally:
        life.house.engine.ledger.close()


def test_no_sequence_sends_twice_or_loses_anything(prepared: Prepared, tmp_path: Path) -> None:
    for seed in range(SEED, SEED + often(25, 1000)):
        assert lived(prepared, tmp_path / str(seed), seed) == [], f"seed {seed}"


class Forgetful(FakeHub):
    """The seeded fault: a hub of which nobody asks what it has done already."""

    def done(self, repo: str, key: str, request: bool) -> None:
        return None

    def _commits(self, held: Repo, key: str) -> list[Any]:
        return []


def test_a_hub_that_is_not_asked_for_the_key_is_caught(prepared: Prepared, tmp_path: Path) -> None:
    wrong = (says for seed in range(SEED, SEED + 50) for says in lived(prepared, tmp_path / str(seed), seed, Forgetful))
    assert any("was committed 2 times" in says for says in wrong)


@pytest.mark.parametrize(
    ("broken", "says"), [("_take_place", "is not there"), ("lay_again", "are not there as they were wanted")]
)
def test_an_outbox_without_order_is_caught(
    prepared: Prepared, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, broken: str, says: str
) -> None:
    """The seeded faults: nothing takes the place of what waits; nothing is laid beside what is published again."""
    from sentinel.supervisor import outbox

    monkeypatch.setattr(intents if broken == "_take_place" else outbox, broken, lambda *_: None)
    monkeypatch.setattr(outbox, "overtaken_by", lambda *_: None)
    wrong = (said for seed in range(SEED, SEED + 50) for said in lived(prepared, tmp_path / str(seed), seed))
    assert any(says in said for said in wrong)
