"""Whatever a hub answers and whenever an attempt dies: a change is made, and made once."""

import hashlib
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sentinel.outside.hub import real
from tests.effort import often, slow
from tests.fault.hub_lives import HubProcess, Sequence, Tally, drawn_change
from tests.hub.known import OURS

pytest.importorskip("huggingface_hub")


@pytest.fixture(scope="module")
def hub() -> Iterator[HubProcess]:
    warm()
    process = HubProcess()
    yield process
    process.close()


def warm() -> None:
    """Load what each attempt needs, once."""
    from huggingface_hub import CommitOperationAdd, HfApi, constants  # noqa: F401

    from sentinel.outside.hub import wire

    wire._authorities()
    HfApi()


def play(hub: HubProcess, seed: int, folder: Path, tally: Tally, first: Callable[[], None] = lambda: None) -> None:
    """One sequence, and whether it ended as it must."""
    chance = random.Random(seed)
    change = drawn_change(chance, seed, folder)
    if not change.create:
        hub.ask("put", repo=change.repo)
    receipt = Sequence(hub, change, chance, tally, first).run()
    stands = hub.ask("look", repo=change.repo, key=change.key)
    assert receipt["was_there"], f"seed {seed}: it was made again"
    if change.request:
        open_ = [number for number, state, _ in stands["requests"] if state == "open"]
        assert open_ == [receipt["request"]], f"seed {seed}: {stands['requests']}"
        first_open, *more = stands["requests"]
        assert first_open[0] == receipt["request"]
        assert all(comments for _, _, comments in more), f"seed {seed}: closed without a word"
        tally.closed += len(more)
        assert stands["commits"] == []
    else:
        assert stands["commits"] == [receipt["commit"]], f"seed {seed}: {stands['commits']}"
        held = {path: content if isinstance(content, bytes) else content.read_bytes()
                for path, content in change.files.items()}  # fmt: skip
        there = {path: stands["files"].get(path) for path in held}
        assert there == {path: hashlib.sha256(content).hexdigest() for path, content in held.items()}, f"seed {seed}"
        assert stands["private"] == change.create
    assert OURS not in str(receipt)


def test_a_change_is_made_once_through_refusals_silence_lost_answers_and_kills(
    hub: HubProcess, tmp_path: Path, record_property: Callable[[str, Any], None]
) -> None:
    began, tally = 20_260_000, Tally()
    for seed in range(began, began + often(15, 1000)):
        play(hub, seed, tmp_path, tally)
    assert tally.killed and tally.shot_when_done and tally.later and tally.meddled
    record_property("figures", f"hub: seeds from {began}: {tally.figures()}")


def asks_for_no_key() -> None:
    """A port that does not look whether it was done."""
    real._commits = lambda *_: []
    real._requests = lambda *_: []


def names_no_parent() -> None:
    """A port whose commit fits on whatever is there."""
    from huggingface_hub import HfApi

    plain = HfApi.create_commit
    HfApi.create_commit = lambda self, *args, parent_commit, **more: plain(self, *args, **more)  # type: ignore


def looks_once() -> None:
    """A port that does not look again after its own request."""
    real.RealHub._alone = staticmethod(  # type: ignore[assignment]
        lambda api, change, found, ours=None: real.Receipt(
            change.repo, "", "", ours or found[0].request, ours is None, "open"
        )
    )


@pytest.mark.parametrize(
    ("bug", "began"), [(asks_for_no_key, 30_260_000), slow(names_no_parent, 30_270_030), slow(looks_once, 30_280_028)]
)
def test_a_port_with_a_planted_fault_is_caught(
    hub: HubProcess, tmp_path: Path, bug: Callable[[], None], began: int
) -> None:
    for seed in range(began, began + 300):
        try:
            play(hub, seed, tmp_path, Tally(), bug)
        except AssertionError as caught:
            assert f"seed {seed}" in str(caught)
            return
    pytest.fail(f"{bug.__doc__} It was never noticed.")
