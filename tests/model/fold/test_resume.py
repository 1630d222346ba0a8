"""A fold that is cut off goes on, and ends with the same bytes; what was torn is made again."""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import CHECKPOINT
from sentinel.contract.checkpoint import saving, take_over
from sentinel.domain.digest import tree_digest
from sentinel.model.fold import fold as folding
from sentinel.model.fold import stream
from sentinel.model.fold.fold import Folding, fold
from tests.model.fold.made import BASE, adapter, attempt, base, folded

ALL = ["q_proj", "k_proj", "v_proj", "o_proj", "gate_proj", "up_proj", "down_proj"]
EVERY = 20_000
ROOT = Path(__file__).parents[3]


class Killed(BaseException):
    """The process ends here."""


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list[Path]]:
    """A base in several files, and two adapters."""
    place = tmp_path_factory.mktemp("world")
    of = base(place / "base", shards="60KB", dtype="bfloat16")
    return of, [adapter(place / f"a{number}", of, number, target_modules=ALL) for number in range(2)]


def told(world: tuple[Path, list[Path]]) -> Folding:
    of, adapters = world
    return Folding((of, BASE), tuple((each, f"{number:064x}") for number, each in enumerate(adapters, 1)), (1.0, 0.5))


def digest(folder: Path) -> str:
    """What the store would name a folder."""
    return tree_digest([
        (each.relative_to(folder).as_posix(), each.stat().st_size, hashlib.sha256(each.read_bytes()).hexdigest())
        for each in sorted(folder.rglob("*")) if each.is_file()
    ])  # fmt: skip


@pytest.fixture(scope="module")
def whole(world: tuple[Path, list[Path]], tmp_path_factory: pytest.TempPathFactory) -> str:
    """What comes of it undisturbed."""
    return digest(folded(tmp_path_factory.mktemp("whole"), *world, [1.0, 0.5]))


@contextmanager
def killed(monkeypatch: pytest.MonkeyPatch, at: int) -> Iterator[None]:
    """The process ends as it writes for the so many-th time; nothing that would clean up after it runs."""
    count = 0
    put = stream._Files.put

    def counted(self: stream._Files, *given: object) -> None:
        nonlocal count
        count += 1
        if count == at:
            raise Killed
        put(self, *given)  # type: ignore[arg-type]

    with monkeypatch.context() as patch:
        patch.setattr(stream._Files, "put", counted)
        patch.setattr(folding.shutil, "rmtree", lambda *_, **__: None)
        yield


def after(earlier: At, folder: Path) -> At:
    """The next attempt, as a worker begins it."""
    is_there = (earlier.folder / CHECKPOINT / "last.json").exists()
    at = attempt(folder, earlier.folder if is_there else None, cpus=1)
    if is_there:
        take_over(earlier.folder, at.folder)
    return at


def said(at: At) -> str:
    return (at.folder / "progress.jsonl").read_text()


@pytest.mark.parametrize(("when", "least"), [(1, 0), (9, 2), (30, 5)])
def test_the_next_attempt_goes_on_and_ends_with_the_same_bytes(
    tmp_path: Path,
    world: tuple[Path, list[Path]],
    whole: str,
    monkeypatch: pytest.MonkeyPatch,
    when: int,
    least: int,
) -> None:
    first = attempt(tmp_path / "one", cpus=1)
    with killed(monkeypatch, when), pytest.raises(Killed):
        fold(told(world), first.out / "model", first, EVERY)
    second = after(first, tmp_path / "two")
    assert digest(fold(told(world), second.out / "model", second, EVERY)) == whole
    assert least <= int(said(second).split("goes on after ")[1].split()[0]) < 7
    assert not (first.folder / CHECKPOINT / "folding").exists(), "what lay there was taken over, not doubled"


def test_a_part_that_was_torn_is_known_and_made_again(
    tmp_path: Path, world: tuple[Path, list[Path]], whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The seeded bug: a shard that counts as done, and of which a page never reached the disk."""
    first = attempt(tmp_path / "one", cpus=1)
    with killed(monkeypatch, 30), pytest.raises(Killed):
        fold(told(world), first.out / "model", first, EVERY)
    (proof, *_) = json.loads(next((first.folder / CHECKPOINT).glob("*/parts.json")).read_text())["proofs"]
    shard = sorted((first.folder / CHECKPOINT / "folding").glob("*.safetensors"))[proof["file"]]
    with shard.open("r+b") as file:
        file.seek(proof["end"] - 600)
        file.write(bytes(512))
    second = after(first, tmp_path / "two")
    with monkeypatch.context() as patch:  # without looking, it would go unseen
        patch.setattr(folding, "proven", lambda *_: True)
        believed = after(first, tmp_path / "believing")
        (first.folder / CHECKPOINT / "folding").rename(tmp_path / "kept")
        shutil.copytree(tmp_path / "kept", first.folder / CHECKPOINT / "folding")
        assert digest(fold(told(world), believed.out / "model", believed, EVERY)) != whole
    shutil.copytree(tmp_path / "kept", first.folder / CHECKPOINT / "folding")
    assert digest(fold(told(world), second.out / "model", second, EVERY)) == whole
    before = int(said(believed).split("goes on after ")[1].split()[0])
    assert f"goes on after {before - 1} of" in said(second)


def test_a_checkpoint_of_another_fold_is_not_gone_on_from(
    tmp_path: Path, world: tuple[Path, list[Path]], whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = attempt(tmp_path / "one", cpus=1)
    other = Folding(told(world).base, told(world).adapters, (1.0, 0.25))
    with killed(monkeypatch, 30), pytest.raises(Killed):
        fold(other, first.out / "model", first, EVERY)
    second = after(first, tmp_path / "two")
    assert digest(fold(told(world), second.out / "model", second, EVERY)) == whole
    assert "goes on after 0 of" in said(second)


def test_proofs_that_say_nothing_true_harm_nothing(tmp_path: Path, world: tuple[Path, list[Path]], whole: str) -> None:
    at = attempt(tmp_path / "one", cpus=1)
    for proofs in ([asdict(stream.Proof(99, 0, 5, "x"))], [{"file": 0}], "none"):
        with saving(at.folder) as folder:
            (folder / "parts.json").write_text(json.dumps({"key": folding._key(told(world), EVERY), "proofs": proofs}))
        assert digest(fold(told(world), at.out / "model", at, EVERY)) == whole
        (at.out / "model").rename(tmp_path / str(len(list(tmp_path.iterdir()))))


def test_a_small_model_is_folded_anew_and_leaves_no_checkpoint(
    tmp_path: Path, world: tuple[Path, list[Path]], whole: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = attempt(tmp_path / "one", cpus=1)
    with killed(monkeypatch, 9), pytest.raises(Killed):
        fold(told(world), first.out / "model", first)
    assert not (first.folder / CHECKPOINT).exists()
    second = after(first, tmp_path / "two")
    assert digest(fold(told(world), second.out / "model", second)) == whole


PROGRAM = """
import sys, time
from pathlib import Path
import torch
from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.checkpoint import take_over
from sentinel.domain.needs import Needs
from sentinel.model.fold import stream
from sentinel.model.fold.fold import Folding, fold
place, earlier, base, every, pause, *adapters = sys.argv[1:]
Path(place).mkdir()
at = At(AttemptIn("a1", "r1", "folded", "fold", {}, {}, "", place, needs=Needs(cpus=2),
                  checkpoint_from=earlier or None), Path(place))
if earlier:
    take_over(Path(earlier), at.folder)
put = stream._Files.put
def slowly(self, *given):
    time.sleep(float(pause))
    put(self, *given)
stream._Files.put = slowly
held = tuple((Path(each), f"{n:064x}") for n, each in enumerate(adapters, 1))
told = Folding((Path(base), "b" * 64), held, (1.0, 0.5))
print("begins", flush=True)
fold(told, at.out / "model", at, int(every))
"""


def life(place: Path, earlier: Path | None, of: Path, adapters: list[Path], pause: float, after: float) -> bool:
    """One process, killed after so many seconds of folding; whether it came to its end before."""
    argv = [sys.executable, "-c", PROGRAM, place, earlier or "", of, EVERY, pause, *adapters]
    made = subprocess.Popen(list(map(str, argv)), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    with made.stdout, made.stderr:  # type: ignore[union-attr]
        return _killed(made, after)


def _killed(made: subprocess.Popen[str], after: float) -> bool:
    assert made.stdout is not None and made.stderr is not None
    said = made.stdout.readline()
    assert said == "begins\n", made.stderr.read()
    time.sleep(after)
    is_over = made.poll() is not None
    if not is_over:
        os.kill(made.pid, signal.SIGKILL)
    made.wait()
    assert not is_over or made.returncode == 0, made.stderr.read()
    return is_over


@pytest.mark.long
def test_killed_at_twenty_random_moments_it_ends_with_the_same_bytes(
    tmp_path: Path, world: tuple[Path, list[Path]], whole: str
) -> None:
    seed = int(os.environ.get("SENTINEL_SEED", "5"))
    print(f"seed {seed}")
    chance = random.Random(seed)
    kills, round_ = 0, 0
    while kills < 20:
        round_ += 1
        earlier: Path | None = None
        for number in range(20):
            place = tmp_path / f"{round_}-{number}"
            if life(place, earlier, *world, pause=0.01, after=chance.uniform(0, 0.4)):
                break
            kills += 1
            earlier = place if (place / CHECKPOINT / "last.json").exists() else earlier
        assert digest(place / "out" / "model") == whole
