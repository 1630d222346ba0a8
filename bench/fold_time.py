"""What folding costs: beside a plain copy of the same files, and beside peft's merge and save; and at which memory.

1.1 billion numbers in 16 bits, in five files, and LoRA of rank 16 on all 154 linear modules; for the memory a model of
twice as many, too. All ways read files that were read before, and none waits for the disk at its end. Each way has as
many threads as `fold` asks for. `--alike` also proves that the files hold, bit for bit, what peft merges.
"""

import argparse
import json
import resource
import shutil
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from bench.figure import Figure, Skipped, interleaved, tell
from bench.fold_world import Size, make_adapter, make_base
from bench.house import Folder
from sentinel.contract.types import StepType
from sentinel.domain.needs import Needs

ROUNDS = 5
TINY = Size(2, 64, 96, 4, 2, 128, 2)
MOST = 600
KINDS: dict[str, list[dict[str, Any]]] = {
    "LoRA": [{}],
    "rsLoRA": [{"use_rslora": True}],
    "DoRA": [{"use_dora": True}],
    "three adapters": [{}, {"use_rslora": True, "lora_alpha": 11}, {"rank": 8}],
}
_BASE = "b" * 64


def main(argv: list[str] | None = None) -> None:
    """Measure and tell; `--one` is one of the processes that it starts."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--tiny", action="store_true", help="only to see that it works")
    parser.add_argument("--one", nargs="+", help="a way, its base, where to, and its adapters")
    parser.add_argument("--alike", action="store_true", help="prove each kind of adapter to the bit")
    told = parser.parse_args(argv)
    if told.one is not None:
        way, base, out, *adapters = told.one
        print(json.dumps(_one(way, Path(base), Path(out), [Path(each) for each in adapters])))
        return
    tell(_figures(told.tiny, told.alike))


def _figures(tiny: bool, alike: bool) -> Iterator[Figure | Skipped]:
    with Folder() as place:
        size = TINY if tiny else Size()
        base = make_base(place / "base", size)
        adapter = make_adapter(place / "adapter", size)
        yield from _times(place, base, adapter, 1 if tiny else ROUNDS)
        peak = _peak(place, base, [adapter])
        where = "a process of its own, torch included"
        yield Figure("peak memory of a fold, 1.1 B in 16 bits", "MiB", peak, at_most=MOST, where=where)
        if alike:
            yield from _alike(place, base, size)
        shutil.rmtree(base)
        twice = replace(size, layers=2 * size.layers + 1, files=2 * size.files)
        base, adapter = make_base(place / "twice", twice), make_adapter(place / "twice-adapter", twice)
        more = _peak(place, base, [adapter])
        yield Figure("peak memory of a fold, 2.2 B in 16 bits", "MiB", more, "1.1 B", peak, at_most=1.1, where=where)
        for each in (base, place / "out"):
            shutil.rmtree(each)  # at once, though a folder of the bench stays until the last figure: it is large


def _times(place: Path, base: Path, adapter: Path, rounds: int) -> Iterator[Figure]:
    out = place / "out"
    seconds: dict[str, list[float]] = {"fold": [], "fold, cpu": [], "copy, cpu": []}

    def copy() -> float:
        shutil.rmtree(out, ignore_errors=True)
        used, begun = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
        subprocess.run(["cp", "-r", str(base), str(out)], check=True)
        taken, now = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
        seconds["copy, cpu"].append(now.ru_utime + now.ru_stime - used.ru_utime - used.ru_stime)
        return taken

    def other(way: str) -> float:
        shutil.rmtree(out, ignore_errors=True)
        told = _process(way, base, out, [adapter])
        if way == "fold":
            seconds["fold, cpu"].append(told["cpu"])
        return float(told["seconds"])

    ways = {"fold": lambda: other("fold"), "copy": copy, "peft": lambda: other("peft")}
    taken = interleaved(ways, rounds, warm_up=1)
    cpu = {name: sorted(held)[len(held) // 2] for name, held in seconds.items() if held}
    note = f"{cpu['fold, cpu']:.2f} s of a processor, the copy {cpu['copy, cpu']:.2f} s"
    where = "processes that have torch imported, medians of turns"
    yield Figure("fold of 1.1 B in 16 bits", "s", taken["fold"], "cp -r of the files", taken["copy"], at_most=1.5,
                 where=where, note=note)  # fmt: skip
    yield Figure("peft's merge and save", "s", taken["peft"], "our fold", taken["fold"], at_least=3, where=where)


def _alike(place: Path, base: Path, size: Size) -> Iterator[Figure]:
    for name, asked in KINDS.items():
        adapters = []
        for number, each in enumerate(asked):
            adapters.append(make_adapter(place / f"{name}{number}", size, number, **each))
        shutil.rmtree(place / "out", ignore_errors=True)
        _process("fold", base, place / "out", adapters)
        told = _process("alike", base, place / "out", adapters)
        yield Figure(f"tensors of 1.1 B that are not bit for bit what peft merges: {name}", "", told["other"],
                     at_most=0, where="a process of its own", note=f"{told['tensors']} tensors")  # fmt: skip


def _peak(place: Path, base: Path, adapters: list[Path]) -> float:
    shutil.rmtree(place / "out", ignore_errors=True)
    return float(_process("fold", base, place / "out", adapters)["peak"])


def _process(way: str, base: Path, out: Path, adapters: list[Path]) -> Any:
    argv = [sys.executable, "-m", "bench.fold_time", "--one", way, base, out, *adapters]
    done = subprocess.run(list(map(str, argv)), capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-800:]
    return json.loads(done.stdout.splitlines()[-1])


def _one(way: str, base: Path, out: Path, adapters: list[Path]) -> dict[str, Any]:
    warnings.simplefilter("ignore")
    import torch

    torch.set_num_threads(_needs().cpus)
    return {"fold": _fold, "peft": _peft, "alike": _same}[way](base, out, adapters)


def _needs() -> Needs:
    from sentinel.step.fold import fold

    held: StepType = fold.__registers__  # type: ignore[attr-defined]
    return held.needs


def _fold(base: Path, out: Path, adapters: list[Path]) -> dict[str, Any]:
    from sentinel.contract.at import At
    from sentinel.contract.attempt import AttemptIn
    from sentinel.model.fold.fold import Folding, fold

    told = AttemptIn("a1", "r1", "folded", "fold", {}, {}, "", "", needs=_needs())
    held = tuple((each, f"{number:064x}") for number, each in enumerate(adapters, 1))
    place = out.with_name("attempt")
    place.mkdir(exist_ok=True)
    used, begun = time.process_time(), time.perf_counter()
    fold(Folding((base, _BASE), held, (1.0,) * len(held)), out, At(told, place))
    taken, cpu = time.perf_counter() - begun, time.process_time() - used
    return {"seconds": taken, "cpu": cpu, "peak": _highest()}


def _highest() -> float:
    """MiB at the most; getrusage would tell of the process that started this one, if that was larger."""
    told = Path("/proc/self/status").read_text()
    return int(told.partition("VmHWM:")[2].split()[0]) / 1024


def _peft(base: Path, out: Path, adapters: list[Path]) -> dict[str, Any]:
    import peft  # noqa: F401
    import torch
    import transformers.models.llama.modeling_llama  # noqa: F401

    begun = time.perf_counter()
    # as its documentation says: in the width that the model is kept in
    _merged(base, adapters, torch.bfloat16).save_pretrained(out)
    return {"seconds": time.perf_counter() - begun}


def _same(base: Path, out: Path, adapters: list[Path]) -> dict[str, Any]:
    """Hold every tensor against peft's merge in 32 bits."""
    import torch
    from safetensors import safe_open

    theirs = _merged(base, adapters, torch.float32).state_dict()
    tensors = other = 0
    for file in sorted(out.glob("*.safetensors")):
        with safe_open(file, framework="pt") as held:
            for name in held.keys():  # noqa: SIM118
                mine = held.get_tensor(name)
                tensors += 1
                other += not torch.equal(mine, theirs[name].to(mine.dtype))
    return {"tensors": tensors, "other": other}


def _merged(base: Path, adapters: list[Path], dtype: Any) -> Any:
    from peft import PeftModel
    from transformers import AutoModelForCausalLM

    names = [f"a{number}" for number in range(len(adapters))]
    model: Any = PeftModel.from_pretrained(AutoModelForCausalLM.from_pretrained(base, dtype=dtype), adapters[0], "a0")
    for name, each in zip(names[1:], adapters[1:], strict=True):
        model.load_adapter(each, name)
    model.base_model.set_adapter(names)
    return model.merge_and_unload()


if __name__ == "__main__":
    main()
