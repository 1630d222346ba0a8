"""What the steps of these lives do: they write down that they were there, and act on an outside that can be asked."""

import os
import time
from pathlib import Path

from sentinel.contract.at import At
from sentinel.contract.registry import step
from sentinel.contract.types import Registry

IN_DOUBT_S = 0.03
"""How long an effect is done already and nobody has been told."""


@step("mark")
def mark(at: At, *, file: str, ms: int = 0, until: str = "", tag: str = "") -> None:
    """Write down that it began, take its time, or wait for a file to be there; write down that it ended."""
    write_down(file, f"begin {at.run}.{at.step} {at.attempt} {os.getpid()} {time.monotonic_ns()}")
    time.sleep(ms / 1000)
    while until and not Path(until).exists():
        time.sleep(0.002)
    write_down(file, f"end {at.run}.{at.step} {at.attempt} {os.getpid()} {time.monotonic_ns()}")


@step("post", effect="post")
def post(at: At, *, outside: str) -> None:
    """Do an effect as the contract says: ask the outside for the key, act only where it is absent."""
    if str(at.effect_key) not in Path(outside).read_text().split():
        write_down(outside, str(at.effect_key))
    time.sleep(IN_DOUBT_S)


@step("post-naively", effect="post")
def post_naively(at: At, *, outside: str) -> None:
    """The seeded bug: an effect that asks nobody."""
    write_down(outside, str(at.effect_key))
    time.sleep(IN_DOUBT_S)


def write_down(file: str, line: str) -> None:
    """One line at the end of a file, whole or not at all, whoever else writes."""
    handle = os.open(file, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, f"{line}\n".encode())
    os.close(handle)


REGISTRY = Registry.of([mark, post, post_naively])
