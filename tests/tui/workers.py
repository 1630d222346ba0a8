"""What the workers of a history leave: artifacts, pins, verdicts of the real checks, and what is to be sent."""

import json
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn, AttemptOut
from sentinel.contract.kinds import EvalReport
from sentinel.contract.types import Registry
from sentinel.domain.artifact import Artifact
from sentinel.domain.benchmark import Entry
from sentinel.domain.board import Place, Reading, Rejected, Seen
from sentinel.domain.digest import digest_of
from sentinel.domain.form import from_json, to_json
from sentinel.domain.policy.rotation import Challenger, select_rotation
from sentinel.domain.quantity import DAY
from sentinel.domain.sending import PUBLISH, SEND, SUBMIT, Intended, Sending
from sentinel.domain.verdict import Finding, Verdict
from sentinel.domain.zoo import ZooSpec
from sentinel.step.gate import judged
from sentinel.store import Store
from tests.tui.models import Change, Models
from tests.tui.past import chance

DATASET = "bench/tickets"
EVAL_FILE = ".eval_results/sentinel.yaml"
_REAL = ("promotion", "challenge")
"""The gates whose checks judge reports; they are asked. The others say that all is well."""
_SIZES = {"Model": 181_403_648, "Dataset": 6_291_456, "RawSnapshot": 48_211, "Card": 9_310, "Submission": 2_107,
          "Spec": 412}  # fmt: skip
_SAID = {
    "schema": ("All 4 fields are what they should be.", {"fields": 4}),
    "coverage": ("18240 rows, 4 classes; every field is filled in at least 99%.", {"rows": 18240}),
    "duplicates": ("Of 18240 rows, 1.2% repeat another word for word, 6% at least nearly.", {"rows": 18240}),
    "leakage": ("Of 3648 rows that judge none trains, and 4 are nearly the same as one that does.", {"near": 4}),
    "sample_ratio": ("The shares are such as chance gives, by 18240 counted: `train` 80% (of 80%).", {"p": 0.41}),
    "new_classes": ("No class came in new.", {"new": []}),
    "label_balance": ("Each of 4 classes is within what 3 sets before had, or near enough.", {"classes": 4}),
    "distribution": ("Nothing of 24 measures moved far.", {"measures": 24}),
    "checksum": ("All 1 files are, byte for byte, what was made.", {"files": 1}),
    "trace": ("It says what it was made from.", {}),
}  # fmt: skip


@dataclass
class Workers:
    """Workers that do in no time what they say took long."""

    place: Path
    now: int
    """When the story ends: days are counted back from there."""
    registry: Registry
    specs: Callable[[], dict[str, ZooSpec]]
    champion: Callable[[str], str | None]
    """The model of a line's champion."""
    changes: dict[str, Change] = field(default_factory=dict)
    """What the candidates of some runs are like."""
    ranks: dict[str, int] = field(default_factory=lambda: {"acme/tickets": 10, "acme/chat": 14})
    lines: dict[str, str | None] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """There is a store."""
        self.store = Store(self.place / ".sentinel" / "store")
        self.models = Models(self.store)

    def __call__(self, told: AttemptIn, at: int) -> AttemptOut:
        """What comes of an attempt."""
        does: dict[str, Callable[[AttemptIn, int], AttemptOut]] = {
            "resolve": self._resolve, "forge": self._forge, "reforge": self._forge,
            "import": self._import, "evaluate": self._evaluate,
            "gate": self._gate, "rotation": self._rotation, "challenger": self._challenger, "ranks": self._ranks,
            "send": self._send, "publish": partial(self._intend, PUBLISH), "submit": partial(self._intend, SUBMIT),
        }  # fmt: skip
        return does.get(told.use, self._made)(told, at)

    def _made(self, told: AttemptIn, at: int) -> AttemptOut:
        outputs = {port: (Artifact(kind, digest_of([told.attempt, port])),) for port, kind in told.gives.items()}
        return _succeeded(told, outputs)

    def _resolve(self, told: AttemptIn, at: int) -> AttemptOut:
        """What a line's names stand for changes from day to day, its base does not."""
        day = (self.now - at) // DAY
        line = ((told.reads or {}).get("line") or {}).get("name")
        named = {"base": [line, "base"], "sets": [line, "sets", day], "rows": [line, "rows", day]}
        outputs = {port: (Artifact(kind, digest_of(named[port])),) for port, kind in told.gives.items()}
        return _succeeded(told, outputs)

    def _forge(self, told: AttemptIn, at: int) -> AttemptOut:
        found = self._made(told, at)
        model, line = found.outputs["model"][0].digest, self.lines.get(told.run) or ""
        before = self.champion(line)
        change = self.changes.get(told.run) or Change((9 + chance(told.run, 12), 8 + chance(model, 9)))
        if before is not None:
            self.models.after(model, before, change)
        return replace(found, pins=_pins(told), says=f"{model[:12]}: 684 steps, the loss is 0.412")

    def _import(self, told: AttemptIn, at: int) -> AttemptOut:
        """What serves today is what every retrain starts from."""
        line = self.lines.get(told.run) or ""
        model = Artifact("Model", digest_of([line, "base"]))
        self.models.first(model.digest, line)
        return replace(_succeeded(told, {"model": (model,)}), pins=_pins(told))

    def _evaluate(self, told: AttemptIn, at: int) -> AttemptOut:
        only = tuple((told.params or {}).get("only") or ())
        report, size = self.models.report(told.inputs["model"][0].digest, only)
        return AttemptOut(told.attempt, "succeeded", {"report": (report,)}, {report.digest: size})

    def _gate(self, told: AttemptIn, at: int) -> AttemptOut:
        plan = told.gate["plan"]
        if plan["gate"] in _REAL:
            inputs = {port: tuple(EvalReport(each.digest, self.store.path(each.digest)) for each in held)
                      for port, held in told.inputs.items()}  # fmt: skip
            found = judged(At(told, self.place, inputs), self.registry)
        else:
            findings = tuple(_fine(check["use"]) for check in plan["checks"])
            subject = told.inputs[plan["judges"]][0].digest
            found = Verdict(plan["gate"], "pass", f"All {len(findings)} checks passed.", subject, None,
                            told.gate["round"], findings)  # fmt: skip
        with tempfile.TemporaryDirectory() as aside:
            (Path(aside) / "verdict.json").write_text(json.dumps(to_json(found), sort_keys=True), encoding="utf-8")
            kept = self.store.put(Path(aside))
        artifact = Artifact("Verdict", kept.digest)
        return AttemptOut(
            told.attempt, "succeeded", {"verdict": (artifact,)}, {kept.digest: kept.size},
            f"{found.verdict}: {found.sentence}", verdict=replace(found, artifact=kept.digest),
        )  # fmt: skip

    def _rotation(self, told: AttemptIn, at: int) -> AttemptOut:
        facts = told.reads["zoo"]
        held = [from_json(Challenger, each) for each in facts["challengers"]]
        asked = facts["asked"] if facts["asked"] is not None else facts["budget"]
        chosen = select_rotation(held, asked, facts["gpu"]).chosen
        if not chosen:
            return AttemptOut(told.attempt, "nothing-trained", says="none of the specs in the zoo can train now")
        specs = tuple(self.specs()[name].artifact for name in chosen)
        return replace(_succeeded(told, {"chosen": specs}), says=", ".join(chosen))

    def _challenger(self, told: AttemptIn, at: int) -> AttemptOut:
        found: Any = told.reads["challenger"]
        if found is None:
            return AttemptOut(told.attempt, "nothing-trained", says="no version of the zoo has matured")
        return _succeeded(told, {"model": (Artifact("Model", found["model"]),)})

    def _ranks(self, told: AttemptIn, at: int) -> AttemptOut:
        """Each week they climb by one place."""
        places = tuple(
            Place(repo, DATASET, derived, rank + 4 * derived, 41 + 30 * derived, 92.1 - 0.4 * rank)
            for repo, rank in sorted(self.ranks.items()) for derived in (False, True)
        )  # fmt: skip
        rejected = (Rejected("acme/chat", EVAL_FILE, "[0] value must be a number"),)
        self.ranks = {repo: max(2, rank - 1) for repo, rank in self.ranks.items()}
        reading = Reading(places, rejected, (), tuple(Seen(repo, False) for repo in sorted(self.ranks)))
        return AttemptOut(told.attempt, "succeeded", reading=reading)

    def _intend(self, act: str, told: AttemptIn, at: int) -> AttemptOut:
        line = self.lines.get(told.run) or ""
        model = next((held[0].digest for port, held in told.inputs.items() if port == "model"), None)
        model = model or self.champion(line) or ""
        submission = Artifact("Submission", digest_of([told.attempt, act]))
        sending = Sending(
            submission.digest, {"submission": (submission,)}, act, model, line, told.run, told.step, False, False,
            (self._entry(model),) if act == SUBMIT else (), 181_405_755 if act == PUBLISH else 2107,
        )  # fmt: skip
        outputs = {"submission": (submission,)}
        return replace(_succeeded(told, outputs), intends=Intended(SEND, f"acme/{line}", sending))

    def _entry(self, model: str) -> Entry:
        score = self.models.rate(model, "holdout")
        low, high = score - 0.018, score + 0.017
        notes = f"accuracy, 1200 documents, 95 % interval {100 * low:.2f} to {100 * high:.2f}"
        return Entry("holdout", "accuracy", DATASET, "default", "percent", round(100 * score, 4), score, low, high,
                     1200, notes)  # fmt: skip

    def _send(self, told: AttemptIn, at: int) -> AttemptOut:
        commit = digest_of(told.effect_key)[:40]
        receipt = {"commit": commit, "url": f"https://hub.example/acme/commit/{commit[:7]}", "private": False}
        return AttemptOut(told.attempt, "succeeded", receipt=receipt)


def _succeeded(told: AttemptIn, outputs: Mapping[str, tuple[Artifact, ...]]) -> AttemptOut:
    made = [each for held in outputs.values() for each in held]
    sizes = {each.digest: _SIZES.get(each.kind, 4096) + chance(each.digest, 4096) for each in made}
    return AttemptOut(told.attempt, "succeeded", dict(outputs), sizes)


def _fine(check: str) -> Finding:
    sentence, evidence = _SAID.get(check, ("All is well.", {}))
    return Finding(check, "pass", sentence, evidence)


def _pins(told: AttemptIn) -> Any:
    return {
        "python": "3.11.9", "lock": ["peft==0.21.0", "torch==2.9.1", "transformers==5.1.0"],
        "hardware": {"machine": "x86_64", "cpu": "An ordinary one", "cpus": 4, "gpus": []},
        "threads": told.needs.cpus, "tokenizer": digest_of("tokenizer"),
    }  # fmt: skip
