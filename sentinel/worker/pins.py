"""What a version pins that only the worker can see: the machine, the interpreter, every distribution, the tokenizer."""

import os
import platform
import sys
from collections.abc import Iterable
from importlib.metadata import distributions
from pathlib import Path

from sentinel.domain.digest import Json, tree_digest
from sentinel.store import Entry

_TOKENIZER = ("tokenizer", "special_tokens_map", "added_tokens", "vocab", "merges", "spiece", "chat_template")


def pins_of(entries: Iterable[Entry], threads: int) -> Json:
    """The pins of a version whose model holds these files."""
    words = [each for each in entries if each.path.startswith(_TOKENIZER)]
    return {
        "python": platform.python_version(),
        "lock": sorted({f"{each.name}=={each.version}" for each in distributions()}),
        "hardware": {"machine": platform.machine(), "cpu": _cpu(), "cpus": os.cpu_count(), "gpus": _gpus()},
        "threads": threads,
        "tokenizer": tree_digest((each.path, each.size, each.sha256) for each in words) if words else None,
    }


def _cpu() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.partition(":")[2].strip() for line in lines if line.startswith("model name")), "")


def _gpus() -> list[str]:
    """The GPUs that this process used: where it never imported torch, it used none."""
    torch = sys.modules.get("torch")
    if torch is None or not torch.cuda.is_initialized():
        return []
    return [torch.cuda.get_device_name(number) for number in range(torch.cuda.device_count())]
