"""What an evaluation costs: beside the plain lm-eval command, of two models beside one, and of documents that are new.

Each is a process of its own on one thread. `BENCH_MODEL` names the model that is scored, else one is made of chance;
`BENCH_DOCUMENTS` and `BENCH_ROUNDS` say of how many documents, and how often.
"""

import argparse
import hashlib
import json
import os
import random
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from typing import Any

from bench.environment import python_of
from bench.figure import Figure, Skipped, tell
from bench.house import BENCH, Folder

WHAT = "an evaluation"
REQUIREMENTS = ["torch==2.13.0", "-c", str(BENCH.parent / "constraints.txt"), "-e", f"{BENCH.parent}[models]"]
LABELS = ("billing", "delivery", "hardware", "login")
WORDS = ("invoice", "parcel", "printer", "password", "late", "lost", "again", "my", "the", "broken", "since", "today")
TASK = {
    "task": "tickets", "dataset_path": "json", "dataset_kwargs": {"data_files": {"test": "rows.jsonl"}},
    "test_split": "test", "output_type": "multiple_choice", "doc_to_text": "{{text}}\nAnswer:",
    "doc_to_target": "{{['billing', 'delivery', 'hardware', 'login'].index(label)}}", "doc_to_choice": list(LABELS),
    "metric_list": [{"metric": "acc", "aggregation": "mean", "higher_is_better": True}], "metadata": {"version": 1.0},
}  # fmt: skip
_WHERE = "seconds of a processor; a process each, on one thread"


def main(argv: list[str] | None = None) -> None:
    """Measure and tell; `--one` is one of the processes that it starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--here", action="store_true", help="this interpreter has the models extra")
    parser.add_argument("--one", nargs="+", metavar="WHAT")
    told = parser.parse_args(argv)
    if told.one:
        print(json.dumps(_one(Path(told.one[0]), told.one[1], int(told.one[2]))))
        return
    if told.here:
        with Folder() as folder:
            tell(measure(folder, 24 if told.tiny else int(os.environ.get("BENCH_DOCUMENTS", "400")), told.tiny))
        return
    python = python_of("models", REQUIREMENTS)
    if isinstance(python, str):
        tell([Skipped(WHAT, python)])
        return
    subprocess.run([str(python), "-m", "bench.score_time", "--here", *sys.argv[1:]], check=True)


def measure(folder: Path, documents: int, tiny: bool) -> Iterator[Figure]:
    """The figures, on so many documents."""
    _prepare(folder, documents)
    rounds = 1 if tiny else int(os.environ.get("BENCH_ROUNDS", "3"))
    taken: dict[str, list[Any]] = {}
    for _ in range(rounds):
        for what in ("plain", "task", "own", "one", "pair", "grown"):
            taken.setdefault(what, []).append(_process(folder, what, documents))
    seconds = {what: median(each["seconds"] for each in held) for what, held in taken.items()}
    wall = {what: median(each["wall"] for each in held) for what, held in taken.items()}
    (scores,) = {tuple(taken[what][0]["scores"]) for what in ("plain", "task", "own")}
    of = f"{documents} documents, {len(LABELS)} labels, {_params(folder) / 1e6:.0f} M parameters"
    plain = "the plain lm-eval command, equal answers on all"
    accuracy = f"accuracy {sum(scores) / len(scores):.3f} on each; "
    yield Figure(f"evaluate, an lm-eval task: {of}", "s", seconds["task"], plain, seconds["plain"], 1.1, where=_WHERE,
                 note=accuracy + _beside(wall["task"], wall["plain"]))  # fmt: skip
    yield Figure(f"evaluate, the same as a set: {of}", "s", seconds["own"], plain, seconds["plain"], 1.1, where=_WHERE,
                 note=accuracy + _beside(wall["own"], wall["plain"]))  # fmt: skip
    yield Figure("champion and candidate, cold", "s", seconds["pair"], "one of them", seconds["one"], 2.0,
                 where="seconds of a processor; a process that imports, then a fork for each",
                 note=_beside(wall["pair"], wall["one"]))  # fmt: skip
    grown = taken["grown"][0]["passed"]
    yield Figure(f"canary that gained {documents // 2}: documents scored", "documents", grown, "new and the anchor's 8",
                 documents // 2 + 8, 1.0, where=_WHERE)  # fmt: skip
    yield Figure("the same: time", "s", seconds["grown"], "all of it", seconds["own"], where=_WHERE)


def _beside(one: float, other: float) -> str:
    return f"on the wall {one:.1f} beside {other:.1f} s, {one / other:.2f}"


def _process(folder: Path, what: str, documents: int) -> Any:
    environment = {**os.environ, "OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "HF_HUB_OFFLINE": "1",
                   "HF_DATASETS_OFFLINE": "1", "HF_HOME": str(folder / "hf")}  # fmt: skip
    begun, clock = _cpu(), time.monotonic()
    if what == "plain":
        out = folder / "plain"
        argv = ["-m", "lm_eval", "run", "--model", "hf", "--model_args", f"pretrained={folder / 'model'},dtype=float32",
                "--tasks", "tickets", "--include_path", str(folder / "plain-task"), "--batch_size", "16", "--device",
                "cpu", "--output_path", str(out), "--log_samples"]  # fmt: skip
        _ran([sys.executable, *argv], folder, environment)
        seconds, wall = _cpu() - begun, time.monotonic() - clock
        newest = max(out.rglob("samples_*.jsonl"), key=lambda file: file.stat().st_mtime)
        samples = sorted(
            (json.loads(line) for line in newest.read_text().splitlines()), key=lambda each: each["doc_id"]
        )
        return {"seconds": seconds, "wall": wall, "scores": [float(each["acc"]) for each in samples]}
    argv = ["-m", "bench.score_time", "--one", str(folder), what, str(documents)]
    told = json.loads(_ran([sys.executable, *argv], BENCH.parent, environment).splitlines()[-1])
    # what is only made ready for the measurement is no part of it
    return {"seconds": _cpu() - begun - told.pop("aside", 0.0), "wall": time.monotonic() - clock, **told}


def _cpu() -> float:
    """The processor's time of the processes that have ended: each has one thread, and the machine is shared."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _ran(argv: list[str], cwd: Path, environment: dict[str, str]) -> str:
    done = subprocess.run(argv, cwd=cwd, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(done.stderr[-2000:])
    return done.stdout


def _one(folder: Path, what: str, documents: int) -> Any:
    import torch
    import transformers  # noqa: F401 - what the fork server has imported before it forks

    torch.set_num_threads(1)
    if what in ("one", "pair"):
        for number in range(1 if what == "one" else 2):
            pid = os.fork()
            if pid == 0:
                torch.set_num_threads(1)
                _scored(folder, f"{what}{number}", "own", documents)
                os._exit(0)
            if os.waitpid(pid, 0)[1]:
                raise RuntimeError("a child failed")
        return {}
    begun = time.process_time()
    earlier = [_stored(folder, _scored(folder, "first", "own", documents - documents // 2))] if what == "grown" else []
    aside = time.process_time() - begun if earlier else 0.0
    seen: list[int] = []
    report = _scored(folder, what, "task" if what == "task" else "own", documents, earlier, seen)
    import polars as pl

    values = pl.read_parquet(report / "documents.parquet")["value"].to_list()
    return {"scores": values, "passed": sum(seen), "aside": aside}


def _scored(
    folder: Path, name: str, how: str, documents: int, earlier: list[str] | None = None, seen: list[int] | None = None
) -> Path:
    """One evaluation, as a worker does it; the rows of each forward pass are noted."""
    from sentinel.contract.at import At
    from sentinel.contract.attempt import AttemptIn
    from sentinel.contract.kinds import Dataset, Model
    from sentinel.model import base
    from sentinel.step.evaluate import evaluate

    load = base.load

    def noting(place: Path, dtype: str = "float32") -> Any:
        model, words = load(place, dtype)
        model.register_forward_hook(lambda _, __, out: seen.append(len(out.logits)) if seen is not None else None)
        return model, words

    base.load = noting
    own = folder / f"attempt-{name}-{os.getpid()}"
    own.mkdir()
    task, rows = (hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in ("task.yaml", "rows.jsonl"))
    listed = {"file": "task.yaml", "sha256": task, "data": {"rows.jsonl": rows}}
    reads = {"line": {"name": "router", "tasks": {"tickets": listed}}, "earlier": earlier or []}
    told = AttemptIn("a1", "r1", "scores", "evaluate", {}, {}, str(folder / "store"), str(folder), reads=reads)
    sets = [Dataset("", _set(folder, documents))] if how == "own" else None
    tasks = ["tickets"] if how == "task" else None
    report = evaluate(At(told, own), Model("m" * 64, folder / "model"), None, sets, tasks=tasks)
    base.load = load
    return report.path


def _stored(folder: Path, report: Path) -> str:
    from sentinel.store import Store

    return Store(folder / "store").put(report).digest


def _set(folder: Path, documents: int) -> Path:
    return folder / f"set-{documents}"


def _prepare(folder: Path, documents: int) -> None:
    """The model, the rows as lm-eval reads them, and the same as sets."""
    import polars as pl

    from sentinel.data.dataset import write_dataset

    chance = random.Random(4)
    rows = [
        {"text": f"{' '.join(chance.choices(WORDS, k=chance.randint(4, 24)))} {number}", "label": chance.choice(LABELS)}
        for number in range(documents)
    ]
    (folder / "rows.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    (folder / "task.yaml").write_text(json.dumps(TASK))  # JSON is YAML
    (folder / "plain-task").mkdir()
    whole = {**TASK, "dataset_kwargs": {"data_files": {"test": str(folder / "rows.jsonl")}}}
    (folder / "plain-task" / "tickets.yaml").write_text(json.dumps(whole))
    for number in (documents, documents - documents // 2):
        write_dataset(_set(folder, number), pl.DataFrame(rows[:number]), b"salt", 0.2, label="label")
        (_set(folder, number) / "set.json").write_text('{"set": "canary"}')
    if "BENCH_MODEL" in os.environ:
        (folder / "model").symlink_to(os.environ["BENCH_MODEL"])
        return
    _made(folder / "model", [row["text"] for row in rows])


def _made(folder: Path, texts: list[str]) -> None:
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, trainers
    from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

    from sentinel.model import base

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trainer = trainers.BpeTrainer(vocab_size=600, special_tokens=["</s>"], initial_alphabet=alphabet)
    bare.train_from_iterator([*texts, *(f"\nAnswer: {label}" * 9 for label in LABELS)], trainer)
    words = PreTrainedTokenizerFast(tokenizer_object=bare, eos_token="</s>", pad_token="</s>")  # noqa: S106
    torch.manual_seed(0)
    config = LlamaConfig(vocab_size=len(words), hidden_size=256, intermediate_size=704, num_hidden_layers=6,
                         num_attention_heads=8, max_position_embeddings=256, initializer_range=0.1)  # fmt: skip
    base.save(LlamaForCausalLM(config), words, folder)


def _params(folder: Path) -> float:
    return sum(file.stat().st_size for file in (folder / "model").glob("*.safetensors")) / 4


if __name__ == "__main__":
    main()
