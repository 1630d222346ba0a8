"""Several processes that train one model together: each takes its share of every part, and all take the same step."""

import os
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.domain.refusal import Refused
from sentinel.model.train.learn import Team

_WAIT_S = 0.2


@dataclass(frozen=True, slots=True)
class Place:
    """Which of how many processes one is, and the file by which they find each other."""

    rank: int
    count: int
    meeting: Path
    threads: int


def together(work: Any, told: AttemptIn, folder: Path, count: int) -> bool:
    """Do a piece of work in so many processes of their own, and give what the first of them did.

    `work` is called with the attempt and the team, in each process: it is a value that can be handed to them.
    """
    from torch import multiprocessing

    context = multiprocessing.get_context("spawn")
    told_back = context.SimpleQueue()
    threads = max(1, told.needs.cpus // count)
    with TemporaryDirectory() as meeting:
        team = [
            context.Process(
                target=_one, args=(work, told, folder, Place(rank, count, Path(meeting) / "store", threads), told_back)
            )
            for rank in range(count)
        ]
        for each in team:
            each.start()
        try:
            return _ended(team, told_back)
        finally:
            for each in team:
                each.terminate()
                each.join()


def _ended(team: list[Any], told_back: Any) -> bool:
    """Wait for all of them. The first that fails ends it for all, by what it said."""
    said: dict[int, Any] = {}
    while len(said) < len(team):
        for each in team:
            each.join(_WAIT_S / len(team))
        while not told_back.empty():
            rank, kind, value = told_back.get()
            if kind == "refused":
                raise Refused(value)
            if kind == "crashed":
                raise RuntimeError(f"process {rank} of the training crashed: {value}")
            said[rank] = value
        dead = [number for number, each in enumerate(team) if each.exitcode not in (None, 0) and number not in said]
        if dead and told_back.empty():
            raise RuntimeError(f"process {dead[0]} of the training ended with {team[dead[0]].exitcode}")
    return bool(said[0])


def _one(work: Any, told: AttemptIn, folder: Path, place: Place, told_back: Any) -> None:
    import torch
    from torch import distributed

    try:
        _meet(place)
        done = work(At(told, folder), _team(place))
        distributed.barrier()
        told_back.put((place.rank, "done", done))
    except Refused as error:
        told_back.put((place.rank, "refused", error.refusal))
    except Exception as error:
        told_back.put((place.rank, "crashed", f"{type(error).__name__}: {error}"))
    finally:
        if torch.distributed.is_initialized():
            torch.distributed.destroy_process_group()


def _meet(place: Place) -> None:
    """Find the others. accelerate looks at these words of the environment, and sees that all have met."""
    import torch
    from torch import distributed

    torch.set_num_threads(place.threads)
    on_gpus = torch.cuda.is_available()
    if not on_gpus:
        os.environ.update(ACCELERATE_USE_CPU="true", GLOO_SOCKET_IFNAME="lo")
    os.environ.update(
        RANK=str(place.rank), LOCAL_RANK=str(place.rank), WORLD_SIZE=str(place.count),
        LOCAL_WORLD_SIZE=str(place.count), MASTER_ADDR="127.0.0.1", MASTER_PORT="0",
    )  # fmt: skip
    distributed.init_process_group(
        "nccl" if on_gpus else "gloo", init_method=f"file://{place.meeting}", rank=place.rank, world_size=place.count
    )


def _team(place: Place) -> Team:
    import torch
    from torch import distributed

    device = torch.device("cuda", place.rank) if torch.cuda.is_available() else torch.device("cpu")

    def agree(value: Any) -> Any:
        held = [value]
        distributed.broadcast_object_list(held, src=0, device=device)
        return held[0]

    def add(value: float) -> float:
        held = torch.tensor([value], dtype=torch.float64, device=device)
        distributed.all_reduce(held)
        return float(held.item())

    return Team(place.rank, agree, add)
