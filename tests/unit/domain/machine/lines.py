"""A machine that does to a line what steps, gates and people do, and keeps its own account of who may be champion."""

from dataclasses import dataclass

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from sentinel.domain.event import Happened
from sentinel.domain.line import decide as d
from sentinel.domain.line import events as e
from sentinel.domain.line.state import Line, evolve
from sentinel.domain.refusal import Refusal
from sentinel.domain.verdict import Verdict

models = st.sampled_from(("m0", "m1", "m2", "m3"))
words = st.sampled_from(("pass", "pass", "inconclusive", "error", "fail", "freeze", "freeze"))
yes = st.booleans()


@dataclass(frozen=True)
class Judgement:
    """A verdict that a gate of this machine has given."""

    cited: d.Cited

    @property
    def verdict(self) -> Verdict:
        """What it says."""
        return self.cited.verdict


class LineMachine(RuleBasedStateMachine):
    """One line under random commands. Its own account is made of what was asked for, not of the line's state."""

    def __init__(self) -> None:
        super().__init__()
        self.line = Line("router")
        self.events: list[Happened] = []
        self.judgements: list[Judgement] = []
        self.models: dict[str, str] = {}
        self.champions: list[str] = []
        self.adoptions = 0
        self.frozen: set[str] = set()
        self.line_frozen = self.held = False

    @property
    def champion(self) -> str | None:
        """The version that was made champion last."""
        return self.champions[-1] if self.champions else None

    @rule(model=models, pins=st.sampled_from(range(6)))
    def register(self, model: str, pins: int) -> None:
        """A step makes a model; the same pins may give another one on another machine."""
        for body in self.do(d.Register(model, "r1", "tuned", "", (), {"pins": pins})):
            assert isinstance(body, e.VersionRegistered)
            assert body.version not in self.models, "a version is registered twice"
            self.models[body.version] = body.model

    @rule(model=models, word=words, stale=yes, freezes=yes)
    def judge(self, model: str, word: str, stale: bool, freezes: bool) -> None:
        """A gate judges a model against the champion, of now or of before."""
        against = self.champion
        if stale and len(self.champions) > 1:
            against = self.champions[-2]
        verdict = Verdict("promotion", word, f"It was judged {word}.", model, against, 1, ())
        cited = d.Cited(f"r{len(self.judgements)}.proof.a1", verdict)
        self.judgements.append(Judgement(cited))
        frozen = word == "freeze" and freezes
        before = self.line.version_of(model)
        self.do(d.Judged(cited, frozen))
        if frozen and before is not None:
            self.frozen.add(before.id)
            self.line_frozen = self.line_frozen or self.models.get(self.champion or "") == model

    @rule(
        alias=st.sampled_from(("champion", "champion", "champion", "challenger", "previous")),
        model=models,
        which=st.sampled_from(range(4)),
        more=yes,
    )
    def promote(self, alias: str, model: str, which: int, more: bool) -> None:
        """A step promotes a model, citing some of the latest verdicts."""
        cited = tuple(each.cited for each in self.judgements[::-1][which : which + 1 + more])
        for body in self.do(d.Promote(alias, model, cited)):
            assert isinstance(body, e.AliasMoved)
            assert not self.held, "an alias of a held line moved"
            assert not self.line_frozen, "an alias of a frozen line moved"
            if body.alias == "previous":
                continue
            assert body.alias == alias != "previous"
            assert body.because == "verdict"
            assert body.verdicts, "nothing is cited"
            for name in body.verdicts:
                verdict = next(each.verdict for each in self.judgements if each.cited.id == name)
                assert verdict.verdict == "pass", "a verdict that did not pass promoted"
                assert verdict.subject == self.models[body.version], "a verdict on another model promoted"
                assert verdict.against in (None, self.champion), "a stale verdict promoted"
            against = [each.verdict.against for each in self.judgements if each.cited.id in body.verdicts]
            assert alias != "champion" or self.champion in against, "nothing was held against the champion"
            self.unfrozen(body.version)
            if alias == "champion":
                self.champions.append(body.version)

    @rule(model=models, stale=yes)
    def prove(self, model: str, stale: bool) -> None:
        """What steps do most: a gate passes a model, and the next step promotes it."""
        self.judge(model, "pass", stale, freezes=False)
        self.promote("champion", model, 0, more=False)

    @rule(model=models, pins=st.sampled_from(range(6)))
    def make_anew(self, model: str, pins: int) -> None:
        """What was frozen is made once more, and a gate with other questions passes it."""
        self.judge(model, "freeze", stale=False, freezes=True)
        self.register(model, pins)
        self.prove(model, stale=False)

    @rule(model=models)
    def adopt(self, model: str) -> None:
        """A person adopts the model that serves today."""
        for body in self.do(d.Adopt(model, "it serves today")):
            assert isinstance(body, e.AliasMoved)
            assert not self.champions, "a line that has a champion adopted"
            assert not self.held
            assert body.because == "adoption"
            self.unfrozen(body.version)
            self.adoptions += 1
            self.champions.append(body.version)

    @rule(which=st.sampled_from(range(4)), previous=yes)
    def roll_back(self, which: int, previous: bool) -> None:
        """A person goes back to a version."""
        names = list(self.models)
        asked = None if previous or which >= len(names) else names[which]
        for body in self.do(d.RollBack(asked, "complaints")):
            assert isinstance(body, e.AliasMoved)
            assert not self.held
            if body.alias == "champion":
                assert body.version in self.champions, "rolled back to where the line has never been"
                assert body.version != self.champions[-1]
                assert body.verdicts, "a roll-back cites what once made its version champion"
                self.unfrozen(body.version)
                self.champions.append(body.version)

    @rule(reason=st.sampled_from(("looked into it", "")), which=st.sampled_from(range(8)))
    def acknowledge(self, reason: str, which: int) -> None:
        """A person takes note of a freeze."""
        names = list(self.models)
        asked = names[which] if which < len(names) else None
        for body in self.do(d.Acknowledge(asked, reason)):
            assert reason
            if isinstance(body, e.LineAcknowledged):
                self.line_frozen = False
            elif isinstance(body, e.VersionAcknowledged):
                self.frozen.discard(body.version)

    @rule(hold=yes)
    def hold_or_release(self, hold: bool) -> None:
        """A person holds the line, or releases it."""
        for body in self.do(d.Hold("fair") if hold else d.Release("over")):
            self.held = isinstance(body, e.LineHeld)

    @invariant()
    def the_aliases_are_what_the_account_says(self) -> None:
        """Champion is the last one made so, and previous the one before it."""
        assert self.line.champion == self.champion
        assert self.adoptions <= 1
        assert self.line.adopted == bool(self.adoptions)
        before = self.champions[-2] if len(self.champions) > 1 else None
        assert self.line.aliases.get("previous") == before
        assert set(self.line.aliases.values()) <= set(self.models)

    @invariant()
    def nothing_is_forgotten(self) -> None:
        """What a version is known for stays with it."""
        assert {name: version.model for name, version in self.line.versions.items()} == self.models
        assert {name for name, version in self.line.versions.items() if version.was_champion} == set(self.champions)
        assert {name for name, version in self.line.versions.items() if version.frozen is not None} == self.frozen
        assert (self.line.frozen is not None, self.line.held is not None) == (self.line_frozen, self.held)

    def teardown(self) -> None:
        """The replay of the events is the line."""
        again = Line("router")
        for body in self.events:
            again = evolve(again, body, 0)
        assert again == self.line

    def unfrozen(self, version: str) -> None:
        """No version of these weights is frozen."""
        same = {name for name, model in self.models.items() if model == self.models[version]}
        assert not same & self.frozen, "frozen weights were made champion"

    def do(self, command: object) -> list[Happened]:
        """Carry a command out, if it may be."""
        decided = d.decide(self.line, command, 0)
        if isinstance(decided, Refusal):
            return []
        for body in decided:
            self.line = evolve(self.line, body, 0)
        self.events.extend(decided)
        return decided
