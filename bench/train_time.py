"""What training costs: useful tokens a second beside transformers' Trainer and TRL's SFTTrainer, on one CPU thread.

All train the same fresh model on the same rows, in the same number of steps, in fp32, from the same learning rate. Only
taking the steps is timed; ours includes its plan and its trials of packing. Useful tokens are those of rows.
"""

import argparse
import importlib.util
import random
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from contextlib import redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

from bench.environment import python_of
from bench.figure import Figure, Skipped, tell
from bench.house import BENCH

REQUIREMENTS = ["torch==2.13.0", "trl==1.16.0", "-c", str(BENCH.parent / "constraints.txt"), "-e",
                f"{BENCH.parent}[models]"]  # fmt: skip
NEEDED = ("torch", "transformers", "trl", "polars")
BATCH, RATE, SEED = 16, 1.5e-3, 11
WHAT = "useful tokens a second"
APART = 1.1
"""Times that one held-out loss may be the other: who learns another thing is not compared in speed."""


@dataclass
class Taken:
    """What the rounds of one way took."""

    seconds: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)
    loss: float = 0.0
    padding: float = 0.0


@dataclass(frozen=True)
class World:
    """Rows to train on, rows to be judged by, and what makes a fresh model."""

    samples: Any
    aside: Any
    words: Any
    fresh: Callable[[], Any]

    @property
    def tokens(self) -> int:
        """What one look at all rows reads."""
        return sum(len(each.ids) for each in self.samples)

    @property
    def steps(self) -> int:
        """One look at all rows."""
        return -(-len(self.samples) // BATCH)


def world(count: int, skewed: bool, tiny: bool) -> World:
    """Tickets whose words tell their queue; where they are skewed, one in eight is as long as the model can hold."""
    from sentinel.contract.training import Scratch
    from sentinel.domain.task import Prompt, task_of
    from sentinel.model import scratch
    from sentinel.model.tokens import encode

    chance = random.Random(SEED)
    queues = {f"queue{number}": [f"word{number}x{place}" for place in range(12)] for number in range(10)}
    common = [f"common{number}" for number in range(150)]

    def row() -> dict[str, str]:
        queue = chance.choice(sorted(queues))
        length = chance.randint(120, 200) if skewed and chance.random() < 0.125 else chance.randint(4, 24)
        words = chance.choices(common, k=length) + chance.choices(queues[queue], k=3)
        chance.shuffle(words)
        return {"text": " ".join(words), "label": queue}

    rows = [row() for _ in range(count)]
    sizes = Scratch(hidden=32, layers=1, vocabulary=512) if tiny else Scratch()
    words = scratch.tokenizer([each["text"] for each in rows], sizes.vocabulary)
    task = task_of("classification", Prompt(after="\nAnswer:"), queues)
    return World(
        encode(rows, task, words, sizes.context).samples, encode([row() for _ in range(64)], task, words, 512).samples,
        words, lambda: scratch.model(sizes, words, SEED),
    )  # fmt: skip


def ours(held: World, taken: Taken) -> Any:
    """Ours, at its defaults."""
    from sentinel.contract.training import Train
    from sentinel.model.train.learn import learn

    figures: dict[str, Any] = {}

    class At:
        checkpoint = None

        def progress(self, *_: Any, **more: Any) -> None:
            figures.update(more)

        def say(self, text: str) -> None:
            raise AssertionError(text)

        alarm = say

        def save_checkpoint(self) -> Any:
            raise AssertionError("nobody else saves, either")

    told = {"epochs": 1, "batch": BATCH, "lr": RATE, "precision": "fp32", "checkpoint_every": 10**6}
    settings = Train.model_validate(told)
    model = held.fresh()
    _timed(taken, lambda: learn(model, held.samples, (), settings, At(), seed=SEED, fill=held.words.pad_token_id))
    taken.padding = figures["padding"]
    return model


def trainer(held: World, taken: Taken, **best: Any) -> Any:
    """transformers' Trainer, its own collator, at its defaults but for the rows, steps, rate and dtype."""
    from transformers import DataCollatorForSeq2Seq, Trainer

    rows = [
        {"input_ids": list(each.ids), "attention_mask": [1] * len(each.ids),
         "labels": [token if counts else -100 for token, counts in zip(each.ids, each.counts, strict=True)]}
        for each in held.samples
    ]  # fmt: skip
    model, filled = held.fresh(), [0, 0]
    bare = DataCollatorForSeq2Seq(held.words)

    def collate(batch: list[Any]) -> Any:
        made = bare(batch)
        filled[0] += int(made["attention_mask"].sum())
        filled[1] += made["attention_mask"].numel()
        return made

    with tempfile.TemporaryDirectory() as place:
        made = Trainer(model=model, args=_arguments(place, **best), train_dataset=rows, data_collator=collate)
        _timed(taken, made.train)
    taken.padding = 1 - filled[0] / filled[1]
    return model


def sft(held: World, taken: Taken) -> Any:
    """TRL's SFTTrainer at its defaults but for the rows, steps, rate and dtype; it is given the tokens.

    Left to itself it minds `completion_mask` only beside columns of its own names, and would learn the prompts too.
    """
    from datasets import Dataset
    from trl import SFTConfig, SFTTrainer

    rows = Dataset.from_list([
        {"input_ids": list(each.ids), "completion_mask": [int(counts) for counts in each.counts]}
        for each in held.samples
    ])  # fmt: skip
    model = held.fresh()
    with tempfile.TemporaryDirectory() as place:
        arguments = _arguments(place, kind=SFTConfig, bf16=False, max_length=512, completion_only_loss=True)
        made = SFTTrainer(model=model, args=arguments, train_dataset=rows, processing_class=held.words)
        filled, bare = [0, 0], made.data_collator

        def collate(batch: list[Any]) -> Any:
            laid = bare(batch)
            filled[0] += sum(len(each["input_ids"]) for each in batch)
            filled[1] += laid["input_ids"].numel()
            return laid

        made.data_collator = collate
        _timed(taken, made.train)
    taken.padding = 1 - filled[0] / filled[1]
    return model


def _arguments(place: str, kind: Any = None, **more: Any) -> Any:
    from transformers import TrainingArguments

    return (kind or TrainingArguments)(
        output_dir=place, num_train_epochs=1, per_device_train_batch_size=BATCH, learning_rate=RATE, use_cpu=True,
        seed=SEED, report_to="none", disable_tqdm=True, save_strategy="no", lr_scheduler_type="cosine",
        weight_decay=0.01, warmup_steps=0.05, **more,
    )  # fmt: skip


def _timed(taken: Taken, train: Callable[[], Any]) -> None:
    begun, used = time.perf_counter(), time.process_time()
    train()
    taken.seconds.append(time.perf_counter() - begun)
    taken.cpu.append(time.process_time() - used)


def compared(held: World, ways: dict[str, Callable[[World, Taken], Any]], rounds: int) -> dict[str, Taken]:
    """Each way so often, taking turns after one round to warm up."""
    from sentinel.model.train.watch import held_out_loss

    taken = {name: Taken() for name in ways}
    for number in range(rounds + 1):
        for name, way in ways.items():
            model = way(held, taken[name] if number else Taken())
            taken[name].loss = held_out_loss(model, held.aside, held.words.pad_token_id)
    return taken


def measure(tiny: bool) -> list[Figure | Skipped]:
    """The figures, in an interpreter that has what they need."""
    import torch
    import transformers

    torch.set_num_threads(1)
    transformers.logging.set_verbosity_error()
    warnings.simplefilter("ignore")
    rounds, count = (1, 48) if tiny else (7, 320)
    best = {"logging_strategy": "no", "train_sampling_strategy": "group_by_length", "dataloader_pin_memory": False}
    told = "bucketed (group_by_length), fused AdamW, nothing logged"
    plain = "Trainer at its best documented settings for a CPU"
    even, skewed = world(count, False, tiny), world(count, True, tiny)
    figures = _figures(
        "routing tickets", even,
        compared(even, {"ours": ours, plain: lambda *given: trainer(*given, **best)}, rounds), {plain: (0.97, told)},
    )  # fmt: skip
    usual, other = "Trainer at its defaults", "TRL's SFTTrainer at its defaults"
    return figures + _figures(
        "lengths skewed", skewed, compared(skewed, {"ours": ours, usual: trainer, other: sft}, rounds),
        {usual: (1.3, "padded, in any order"), other: (1.3, "fp32; gradient checkpointing and entropy as it ships")},
    )  # fmt: skip


def _figures(
    what: str, held: World, taken: dict[str, Taken], bounds: dict[str, tuple[float, str]]
) -> list[Figure | Skipped]:
    mine, found = taken["ours"], []
    for name, (bound, settings) in bounds.items():
        theirs = taken[name]
        spread = max(theirs.seconds) / min(theirs.seconds)
        note = (
            f"{settings}; {held.steps} steps of {BATCH} rows; padding {mine.padding:.0%} and {theirs.padding:.0%}; "
            f"held-out loss {mine.loss:.3f} and {theirs.loss:.3f}; by CPU time "
            f"{median(theirs.cpu) / median(mine.cpu):.2f}; slowest round {spread:.1f} times the quickest"
        )
        found.append(Figure(
            f"{WHAT}, {what}", "/s", held.tokens / median(mine.seconds), name, held.tokens / median(theirs.seconds),
            at_least=bound, where="one process and thread, 7 rounds that take turns", note=note,
        ))  # fmt: skip
        apart = max(theirs.loss, mine.loss) / min(theirs.loss, mine.loss)
        found.append(Figure(
            f"held-out losses apart, {what}: ours and {name}", "times", apart, at_most=APART,
            where="the same rows, steps and rate", note=f"{mine.loss:.3f} and {theirs.loss:.3f}",
        ))  # fmt: skip
    return found


def main(argv: list[str] | None = None) -> None:
    """Measure and tell, here where everything is installed, else in an environment of its own."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--here", action="store_true", help="this interpreter has what is needed")
    told = parser.parse_args(argv)
    if told.here or (not told.tiny and all(importlib.util.find_spec(each) for each in NEEDED)):
        with redirect_stdout(sys.stderr):  # what the peers print
            figures = measure(told.tiny)
        tell(figures)
        return
    python: Path | str = python_of("train", REQUIREMENTS) if not told.tiny else "it takes too long for a try"
    if isinstance(python, str):
        tell([Skipped(WHAT, python)])
        return
    subprocess.run([python, "-m", "bench.train_time", "--here"], check=True)


if __name__ == "__main__":
    main()
