"""The place where a training is to be: its libraries, its disk, its memory and its word at the Hub."""

import re
from collections.abc import Callable, Iterable, Mapping
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from shutil import disk_usage

from sentinel.domain.needs import MIB, Needs, Slots
from sentinel.domain.preflight import DEPENDENCIES, DISK, MEMORY, NO, OK, WARN, Point
from sentinel.domain.refusal import Refused
from sentinel.model.memory import Memory
from sentinel.model.shape import Shape

BREAKS = {
    "llmcompressor": "it brings an older transformers with it",
    "optimum": "it brings an older transformers and an older client of the Hub with it",
}
"""Distributions that are known to take others down with them."""
CERTAIN = 0.25
"""How far the estimate may be off, as measured."""
_BOUND = re.compile(r"(>=|<=|==|<|>)\s*([0-9][0-9.]*)")
_GIB = 2**30


def dependencies(names: Iterable[str], installed: Callable[[str], str] = version) -> Point:
    """Whether what the training imports is here, in the versions that Sentinel declares, and nothing that breaks it."""
    found: dict[str, str] = {}
    wrong: list[str] = []
    ranges = _ranges()
    for name in sorted(names):
        try:
            found[name] = installed(name)
        except PackageNotFoundError:
            wrong.append(f"{name} is not installed")
            continue
        outside = [bound for bound in ranges.get(name, ()) if not _holds(found[name], *bound)]
        if outside:
            wrong.append(f"{name} is {found[name]}, and has to be {' '.join(map(''.join, ranges[name]))}")
    figures = {"versions": dict(found), "wrong": list(wrong)}
    if wrong:
        return Point(DEPENDENCIES, NO, f"{'; '.join(wrong)}.", figures, "Run `pip install 'sentinel[models]'`.")
    there = [name for name in BREAKS if _is_there(name, installed)]
    if there:
        said = f"{there[0]} is installed, and {BREAKS[there[0]]}."
        return Point(DEPENDENCIES, WARN, said, figures, f"Keep {there[0]} in an environment of its own.")
    return Point(DEPENDENCIES, OK, f"All {len(found)} libraries are of versions that are declared.", figures)


def disk(
    folder: Path, shape: Shape, trained: int, keeps_best: bool, usage: Callable[[Path], int] | None = None
) -> Point:
    """Whether what a training writes has room: two checkpoints at a time, the model, and its copy in the store."""
    free = usage(folder) if usage is not None else disk_usage(folder).free
    checkpoint = 4 * trained * (4 if keeps_best else 3)
    needed = 2 * checkpoint + 2 * 4 * shape.parameters
    figures = {"needed": needed, "free_gib": free // _GIB}
    if free < needed:
        said = f"A training writes {_size(needed)}, and {_size(free)} are free."
        return Point(DISK, NO, said, figures, "Run `sentinel gc`, or give the state a larger disk.")
    if free < 2 * needed:
        said = f"A training writes {_size(needed)}, and only {_size(free)} are free."
        return Point(DISK, WARN, said, figures, "Run `sentinel gc` before the disk is full.")
    return Point(DISK, OK, f"A training writes {_size(needed)}, and there is room.", figures)


def memory(told: Memory, needs: Needs, nodes: Mapping[str, Slots], measured: int | None = None) -> Point:
    """Whether the peak fits into what the step may take, and whether any node has as much."""
    largest = max((each.memory for each in nodes.values()), default=None)
    figures = {
        "estimate": told.total, "parts": dict(told.parts), "allowed": needs.memory, "largest_node": largest,
        "measured_mib": measured // MIB if measured is not None else None,
    }  # fmt: skip
    peak = max(told.total, measured or 0)
    if peak > needs.memory:
        said = f"The training takes {_size(peak)} at its peak, and the step may take {_size(needs.memory)}."
        wanted = f"{-(-round(peak * (1 + CERTAIN)) // _GIB)}GiB"
        if largest is not None and peak > largest:
            todo = (
                f"No node has more than {_size(largest)}: take lora, a smaller `batch` or `max_tokens`, `accumulate`."
            )
        else:
            todo = f"Give this step and the training `needs: {{memory: {wanted}}}`, or a smaller `batch`."
        return Point(MEMORY, NO, said, figures, todo)
    if peak * (1 + CERTAIN) > needs.memory:
        said = f"The training takes about {_size(peak)}, near the {_size(needs.memory)} that the step may take."
        return Point(MEMORY, WARN, said, figures, "Give the training more, or a smaller `batch`.")
    return Point(MEMORY, OK, f"The training takes about {_size(peak)} of {_size(needs.memory)}.", figures)


def token(base: Mapping[str, object], name: str | None, read: Callable[[str], str]) -> Point:
    """Whether the word that the Hub wants can be read, where the line's base lies there."""
    if "hub" not in base:
        return Point("token", OK, "The base does not lie on the Hub, and no token is wanted.")
    if name is None:
        said = f"{base['hub']} is on the Hub, and sentinel.yaml names no token: public bases alone can be read."
        return Point("token", OK, said)
    try:
        is_there = bool(read(name).strip())
    except Refused as error:
        return Point("token", NO, error.refusal.what, todo=error.refusal.todo)
    if not is_there:
        return Point("token", NO, "The credential for the Hub is empty.", todo="Put the token into its file.")
    return Point("token", OK, "The token for the Hub can be read.")


def _ranges() -> dict[str, list[tuple[str, str]]]:
    """What Sentinel itself declares of each distribution."""
    found: dict[str, list[tuple[str, str]]] = {}
    for line in requires("sentinel") or ():
        name = re.match(r"[A-Za-z0-9._-]+", line)
        bounds = sorted(_BOUND.findall(line.partition(";")[0]), reverse=True)
        if name is not None and bounds:
            found[name.group().lower().replace("_", "-")] = bounds
    return found


def _holds(here: str, sign: str, bound: str) -> bool:
    one, other = _numbers(here), _numbers(bound)
    width = max(len(one), len(other))
    one, other = (each + (0,) * (width - len(each)) for each in (one, other))
    return {">=": one >= other, "<=": one <= other, "==": one == other, "<": one < other, ">": one > other}[sign]


def _numbers(text: str) -> tuple[int, ...]:
    held = re.match(r"[0-9]+(\.[0-9]+)*", text)
    return tuple(map(int, held.group().split("."))) if held is not None else ()


def _is_there(name: str, installed: Callable[[str], str]) -> bool:
    try:
        return bool(installed(name))
    except PackageNotFoundError:
        return False


def _size(count: int) -> str:
    return f"{count / _GIB:.1f} GiB" if count >= _GIB else f"{count / MIB:.0f} MiB"
