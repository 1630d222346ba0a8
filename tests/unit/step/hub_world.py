"""Artifacts in a store, and the steps that put them on a hub in memory, as a worker and the outbox would call them."""

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Bundle, Card, EvalReport, Kind, Model, Submission
from sentinel.contract.submission import SUBMISSION, read_submission
from sentinel.data.report import write_report
from sentinel.domain.benchmark import Benchmark
from sentinel.domain.form import to_json
from sentinel.domain.sending import key_of
from sentinel.outside.hub.fake import FakeHub
from sentinel.step.publish import publish
from sentinel.step.send import sent
from sentinel.step.submit import submit
from sentinel.store import Store

TICKETS = Benchmark("regression", "accuracy", "bench/tickets", "default", "percent")
HARD = Benchmark("hard", "accuracy", "bench/tickets", "hard", "share")


@dataclass
class Desk:
    """A store and a hub, and what can be done with them."""

    root: Path
    hub: FakeHub
    benchmarks: tuple[Benchmark, ...] = (TICKETS, HARD)
    made: int = 0
    line: dict[str, Any] = field(default_factory=lambda: {"name": "router"})

    @property
    def store(self) -> Store:
        return Store(self.root / "store")

    def at(self, step: str, key: str | None = None, **reads: Any) -> At:
        """An attempt in a folder of its own."""
        self.made += 1
        folder = self.root / f"a{self.made}"
        folder.mkdir()
        board = {"owner": "acme", "benchmarks": to_json(self.benchmarks)}
        told = AttemptIn(f"a{self.made}", "r1", step, step, {}, {}, str(self.root / "store"), str(self.root),
                         reads={"line": self.line, "board": board, **reads}, effect_key=key)  # fmt: skip
        return At(told, folder)

    def keep(self, kind: type[Kind], files: dict[str, bytes]) -> Any:
        """An artifact of these files."""
        self.made += 1
        folder = self.root / f"made{self.made}"
        for name, data in files.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(data)
        return self.kept(kind.made(folder))

    def kept(self, made: Any) -> Any:
        """What was made, as the store has it."""
        digest = self.store.put(made.path).digest
        return type(made)(digest, self.store.path(digest))

    def model(self, word: str = "one", **more: bytes) -> Model:
        """A model whose weights say this."""
        files = {
            "config.json": b'{"model_type": "llama"}',
            "model.safetensors": word.encode() * 9,
            "training.json": b"{}",
        }
        model: Model = self.keep(Model, {**files, **more})
        return model

    def card(self, of: Model, **more: Any) -> Card:
        """A card of it."""
        told = {"model": of.digest, "licence": "apache-2.0", "base": {"hub": "acme/base", "revision": "3f"}, **more}
        page = b'---\nlibrary_name: "transformers"\nlicense: "apache-2.0"\nbase_model: "acme/base"\n---\n\n# router\n'
        card: Card = self.keep(Card, {"card.json": json.dumps(told).encode(), "README.md": page})
        return card

    def report(self, model: Model, settings: Any = None, **sets: Any) -> EvalReport:
        """A report of it: of each set, how many of a hundred were right."""
        self.made += 1
        rows = [
            {"set": name, "doc": f"{name}{place}", "prompt": "p", "task": "t", "metric": "accuracy",
             "value": float(place < right)}
            for name, right in sets.items() for place in range(100)
        ]  # fmt: skip
        told = {name: {"metric": "accuracy"} for name in sets}
        folder = self.root / f"made{self.made}"
        write_report(folder, model.digest, "classification", settings or {}, told, pl.DataFrame(rows))
        report: EvalReport = self.kept(EvalReport.made(folder))
        return report

    def publish(self, model: Model, card: Card | None = None, bundle: Bundle | None = None, **more: Any) -> Submission:
        """Run the step."""
        adapter = more.pop("adapter", None)
        made = publish(self.at("publish"), model, card or self.card(model), bundle, adapter, **more)
        submission: Submission = self.kept(made)
        return submission

    def submit(self, report: EvalReport, model: Model | None = None, **more: Any) -> Submission:
        """Run the step."""
        submission: Submission = self.kept(submit(self.at("submit"), report, model, **more))
        return submission

    def send(self, submission: Submission, of: Kind | None = None, hub: Any = None, after: str = "") -> Any:
        """Do what the outbox has done."""
        told = read_submission((submission.path / SUBMISSION).read_bytes())
        return sent(self.at("send", key_of(told.repo, submission.digest, after)), told, submission, of, hub or self.hub)
