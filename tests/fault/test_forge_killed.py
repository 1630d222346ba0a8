"""From rows to a packed candidate, with the daemon and the worker killed in every step: the outcome is the same.

The same version, the same weights, the same answer to every document. SENTINEL_SMOLLM2 names a Model folder of
SmolLM2-135M; without it, the tiny model alone is forged.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from sentinel.domain.digest import Json
from sentinel.store import Store
from tests.e2e.house import ROOT, House

STEPS = ("line", "raw", "rows", "data", "fits", "rank", "tuned", "scores", "packed")
GENERATE = ROOT / "examples/tickets/programs/generate.py"


@dataclass(frozen=True)
class Size:
    """How much is forged."""

    tickets: int
    train: str
    settings: str
    steps: int
    memory: str


TINY = Size(1500, "{epochs: 6, batch: 16, lr: 3e-3, checkpoint_every: 10}", "[{lr: 3e-3}, {lr: 3e-5}]", 16, "3GiB")
SMOL = Size(
    300, "{method: lora, rank: 8, epochs: 1, batch: 8, lr: 2e-4, checkpoint_every: 4}", "[{lr: 2e-4}, {lr: 2e-6}]", 2,
    "6GiB",
)  # fmt: skip


def files(size: Size) -> dict[str, str]:
    """A workspace with a line and the one recipe."""
    config = """\
        timezone: UTC
        nodes: {here: {slots: {cpus: 2, memory: 12GiB}}}
        lines:
          tickets:
            task: classification
            base: {file: base}
            salt: for-ever-the-same
            hold: 20%
            sets: {regression: {file: sets/regression.jsonl}}
        """
    recipe = f"""\
        recipe: whole
        line: tickets
        steps:
          - {{id: raw, use: ingest, with: {{from: {{file: tickets.jsonl}}}}}}
          - id: rows
            use: normalize
            in: {{rows: raw.rows}}
            with: {{map: {{text: [subject, body], label: queue}}, id: id, at: created}}
          - {{id: data, use: assemble, in: {{rows: rows.rows}}}}
          - {{id: fits, use: preflight, in: {{base: line.base, data: data.dataset}}, with: {{train: {size.train}}}}}
          - id: capable
            gate: capability
            in: {{preflight: fits.preflight}}
          - id: rank
            use: sample
            in: {{bases: [line.base], data: data.dataset}}
            with: {{settings: {size.settings}, rungs: 2, rows: 64, steps: {size.steps}, score: 40}}
          - id: tuned
            use: forge
            in: {{base: line.base, data: data.dataset}}
            with: {{train: {size.train}}}
          - {{id: scores, use: evaluate, in: {{model: tuned.model}}}}
          - id: packed
            use: package
            in: {{model: tuned.model, texts: data.dataset}}
            with: {{format: gguf, weights: f16, compare: 10}}
        """
    return {"sentinel.yaml": _flush(config), "recipes/whole.yaml": _flush(recipe),
            "gates/capability.yaml": (ROOT / "gates/capability.yaml").read_text()}  # fmt: skip


def _flush(text: str) -> str:
    return "\n".join(line[8:] for line in text.splitlines()) + "\n"
