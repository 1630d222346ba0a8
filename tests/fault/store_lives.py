"""Many short lives of processes that put trees into one store, each ended by SIGKILL. Run as a program by the tests.

One warmed parent forks each life: a real process, a real kill, a real disk. Prints one line of JSON.
"""

import json
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType

from sentinel.domain.digest import digest_of_bytes, tree_digest
from sentinel.store import Kept, Store
from tests.forked import forked

CALLS = ("mkdir", "open", "write", "fchmod", "chmod", "fsync", "rename", "unlink", "rmdir")
"""What a put asks of the system that changes something: before each such call is one named point."""


class ShowsTooEarly(Store):
    """The seeded bug: its trees are under their names before they are whole."""

    def put(self, source: Path, *, move: bool = False) -> Kept:
        digest, size = describe(source)
        place = self.root / "objects" / digest[:2] / digest
        place.mkdir(parents=True)
        for path in sorted(source.rglob("*")):
            if path.is_file():
                (place / path.relative_to(source)).parent.mkdir(parents=True, exist_ok=True)
                handle = os.open(place / path.relative_to(source), os.O_WRONLY | os.O_CREAT)
                os.write(handle, path.read_bytes())
                os.fsync(handle)
                os.close(handle)
        return Kept(digest, size, 4)


def describe(source: Path) -> tuple[str, int]:
    """The digest and the bytes of a planted tree."""
    entries = [(p.relative_to(source).as_posix(), p.read_bytes()) for p in source.rglob("*") if p.is_file()]
    return tree_digest((name, len(data), digest_of_bytes(data)) for name, data in entries), sum(
        len(d) for _, d in entries
    )


def plant(source: Path, seed: str) -> Path:
    """A small tree, with one file that takes a while."""
    (source / "inner" / "deep").mkdir(parents=True)
    (source / "inner" / "deep" / "large").write_bytes(random.Random(seed).randbytes(300_000))
    (source / "inner" / "small").write_text(seed)
    (source / "first").write_text(seed)
    (source / "second").write_text(seed)
    return source


def killed_before(count: int) -> list[str]:
    """Make the n-th call from now on the last that this process attempts; 0 only names the calls, as they come."""
    seen: list[str] = []

    def wrapped(name: str, call: Callable[..., object]) -> Callable[..., object]:
        def counted(*given: object, **named: object) -> object:
            seen.append(name)
            if len(seen) == count:
                os.kill(os.getpid(), signal.SIGKILL)
            return call(*given, **named)

        return counted

    system: ModuleType = os
    for name in CALLS:
        setattr(system, name, wrapped(name, getattr(os, name)))
    return seen


def life(store: Store, source: Path, move: bool, at_call: int, after_s: float) -> bool:
    """One put in a child, killed before its n-th call or after some time; whether the child came to its end."""

    def put() -> None:
        if at_call:
            killed_before(at_call)
        store.put(source, move=move)

    child = forked(put)
    if after_s:
        time.sleep(after_s)
        os.kill(child, signal.SIGKILL)
    return os.waitpid(child, 0)[1] == 0


def calls_of(store: Store, source: Path, move: bool) -> list[str]:
    """The calls of one whole put, in their order, as a child makes them."""
    reader, writer = os.pipe()

    def put() -> None:
        tell = os.write
        seen = killed_before(0)
        store.put(source, move=move)
        tell(writer, json.dumps(seen).encode())

    child = forked(put)
    os.close(writer)
    with open(reader, "rb") as pipe:
        names = json.loads(pipe.read())
    os.waitpid(child, 0)
    return list(names)


def faults_after(store: Store, digest: str, ended: bool) -> list[str]:
    """What is wrong with a store after a life: only whole trees are there, and after a whole life its tree is."""
    wrong = [f"{there} is not whole: {store.verify(there)}" for there in store.walk() if store.verify(there)]
    if ended and not store.has(digest):
        wrong.append(f"{digest} was put and is not there")
    store.sweep(-1)
    wrong.extend(f"tmp/{name} outlives a sweep" for name in os.listdir(store.root / "tmp"))
    orphans = [path for path in (store.root / "objects").glob("*/*.files") if not path.with_suffix("").is_dir()]
    return wrong + [f"{path.name} outlives its tree and a sweep" for path in orphans]


def lives(
    root: Path, kind: type[Store], plans: Iterator[tuple[bool, int, float]], kills: int | None = None
) -> dict[str, object]:
    """Live each plan (move, call, seconds) with a tree of its own, look at the store, then put the tree for good."""
    store, sound = kind(root / "store"), Store(root / "store")
    faults, ends, whole = [], 0, 0
    for number, (move, at_call, after_s) in enumerate(plans):
        source = plant(root / f"source-{number}", f"{number}")
        digest, _ = describe(source)
        ended = life(store, source, move, at_call, after_s)
        ends, whole = ends + ended, whole + sound.has(digest)
        found_now = faults_after(sound, digest, ended)
        if not move and not found_now and sound.put(source).digest != digest:
            found_now = ["the next put gave another digest"]
        faults.extend(
            f"life {number} (move {move}, call {at_call}, {after_s * 1e3:.2f} ms): {fault}" for fault in found_now
        )
        sound.drop(digest)
        if number + 1 - ends == kills:
            break
    return {"lives": number + 1, "ended": ends, "whole": whole, "faults": faults}


def points(root: Path, kind: type[Store]) -> dict[str, object]:
    """A life for every call that a put makes, copying and moving."""
    plans, names = [], []
    for move in (False, True):
        calls = calls_of(kind(root / "rehearsal"), plant(root / f"rehearsed-{move}", f"rehearsed {move}"), move)
        plans.extend((move, number, 0.0) for number in range(1, len(calls) + 2))
        names.extend(calls)
    return lives(root, kind, iter(plans)) | {"calls": sorted(set(names))}


def at_random(root: Path, kind: type[Store], seed: int) -> dict[str, object]:
    """Lives killed at a random moment, as many as it takes until sixty were killed before their end."""
    chance = random.Random(seed)
    longest = sorted(_time_of_one(root, kind, number) for number in range(5))[2] * 1.2
    plans = ((chance.random() < 0.5, 0, chance.uniform(0.0001, longest)) for _ in range(300))
    return lives(root, kind, plans, kills=60)


def _time_of_one(root: Path, kind: type[Store], number: int) -> float:
    began = time.monotonic()
    life(kind(root / "rehearsal"), plant(root / f"rehearsed-{number}", f"rehearsed {number}"), False, 0, 0.0)
    return time.monotonic() - began


def main() -> None:
    """`store_lives.py FOLDER random|points|seeded-random|seeded-points SEED`."""
    root, what, seed = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    kind = ShowsTooEarly if what.startswith("seeded") else Store
    print(json.dumps(at_random(root, kind, seed) if what.endswith("random") else points(root, kind)))


if __name__ == "__main__":
    main()
