"""The streaming: files of a base to files of the same layout, in parts of which each can be proven when a kill came
between. What no adapter touches is copied by the kernel; the rest passes through memory a few rows at a time.
"""

import errno
import hashlib
import mmap
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

from sentinel.domain.refusal import Refused, refuse
from sentinel.model.fold.layout import FLOATS, Layout, ended, fill, shown
from sentinel.model.fold.merge import WHOLE, Factors, bias_of, blocks_of, factors, fold, is_kept, parts, way_for
from sentinel.model.fold.plan import Plan, Touched

_AT_ONCE = 2**20
_COPIED = 2**25
_SEEN = 2**25
_CANNOT = frozenset({errno.EXDEV, errno.ENOSYS, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM})

Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Range:
    """Bytes of one file."""

    file: int
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Job(Range):
    """Bytes that are copied, or folded where it says into what."""

    touched: Touched | None = None
    rows: slice | None = None


@dataclass(frozen=True, slots=True)
class Proof(Range):
    """Bytes that are written, and their sha256."""

    sha256: str


@dataclass(frozen=True, slots=True)
class Part:
    """So many bytes of jobs, one after another."""

    jobs: tuple[Job, ...]

    @property
    def ranges(self) -> tuple[Range, ...]:
        """The stretches that it writes, one for each file."""
        held: dict[int, Range] = {}
        for job in self.jobs:
            first = held.get(job.file, job)
            held[job.file] = Range(job.file, first.start, job.end)
        return tuple(held.values())


def parts_of(plan: Plan, ways: "Ways", every: int) -> list[Part]:
    """All that is to be done, in the order of the bytes, cut where a checkpoint is worth its price."""
    made: list[Part] = []
    jobs: list[Job] = []
    size = 0
    for job in _jobs(plan, ways):
        jobs.append(job)
        size += job.end - job.start
        if size >= every:
            made.append(Part(tuple(jobs)))
            jobs, size = [], 0
    return [*made, Part(tuple(jobs))] if jobs else made


def laid_out(plan: Plan, folder: Path) -> None:
    """Every file at its full length, so that a disk without room is known of before any work."""
    folder.mkdir(parents=True, exist_ok=True)
    for file in plan.files:
        handle = os.open(folder / file.path.name, os.O_RDWR | os.O_CREAT, 0o644)
        try:
            if os.fstat(handle).st_size != file.size:
                os.ftruncate(handle, 0)
                os.posix_fallocate(handle, 0, file.size)
        finally:
            os.close(handle)


def proven(plan: Plan, folder: Path, proofs: Sequence[Proof]) -> bool:
    """Whether these bytes lie there as they were written."""
    for each in proofs:
        path = folder / plan.files[each.file].path.name
        try:
            if _hash(path, each) != each.sha256:
                return False
        except (OSError, Refused):
            return False
    return True


def proofs_of(plan: Plan, folder: Path, part: Part) -> list[Proof]:
    """Make a part durable, and say what lies there."""
    made = []
    for each in part.ranges:
        path = folder / plan.files[each.file].path.name
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fdatasync(handle)
        finally:
            os.close(handle)
        made.append(Proof(each.file, each.start, each.end, _hash(path, each)))
    return made


def write(plan: Plan, folder: Path, todo: Sequence[Part], ways: "Ways", threads: int, done: Callable[[Part], None],
          progress: Progress) -> None:  # fmt: skip
    """Do these parts, one after another, and each by several threads; `done` is told of every part but the last."""
    with _Files(plan, folder) as files, ThreadPoolExecutor(threads) as pool:
        told = _Told(progress, sum(job.end - job.start for part in todo for job in part.jobs))
        for number, part in enumerate(todo):
            crew = _Crew(files, ways, part.jobs, told)
            for each in [pool.submit(crew.work) for _ in range(threads)]:
                each.result()
            if number + 1 < len(todo):
                done(part)


@dataclass(slots=True)
class Ways:
    """How tensors of each shape are folded, found out on the first of its kind."""

    known: dict[Any, str] = field(default_factory=dict)

    def find(self, plan: Plan, threads: int) -> None:
        """Find out about every shape that is folded."""
        firsts = {_kind(each): each for each in plan.touched.values() if each.terms}
        with ThreadPoolExecutor(threads) as pool:
            self.known |= zip(firsts, pool.map(_way, firsts.values()), strict=True)

    def of(self, touched: Touched) -> str:
        """The way for a tensor."""
        return self.known[_kind(touched)] if touched.terms else WHOLE


def _kind(touched: Touched) -> Any:
    terms = ((each.a.shape, each.scaling, each.magnitude is None, each.turned) for each in touched.terms)
    return touched.tensor.shape, tuple(terms)


def _way(touched: Touched) -> str:
    return way_for(touched, [factors(each) for each in touched.terms])


def _jobs(plan: Plan, ways: Ways) -> Iterator[Job]:
    for number, file in enumerate(plan.files):
        at = 0
        for tensor in file.tensors:
            touched = plan.touched.get(tensor.name)
            if touched is None:
                continue
            yield from _copies(number, at, tensor.start)
            at = tensor.end
            yield from _folds(number, touched, ways)
        yield from _copies(number, at, file.size)


def _copies(file: int, start: int, end: int) -> Iterator[Job]:
    for first in range(start, end, _COPIED):
        yield Job(file, first, min(first + _COPIED, end))


def _folds(file: int, touched: Touched, ways: Ways) -> Iterator[Job]:
    tensor, way = touched.tensor, ways.of(touched)
    if way == WHOLE:
        yield Job(file, tensor.start, tensor.end, touched)
        return
    rows, width = tensor.shape[0], (tensor.end - tensor.start) // max(1, tensor.shape[0])
    for part in parts(rows, blocks_of(touched, way)):
        yield Job(file, tensor.start + part.start * width, tensor.start + part.stop * width, touched, part)


class _Files:
    """Every file of the base with the one that is made of it, open."""

    def __init__(self, plan: Plan, folder: Path) -> None:
        self.layouts: tuple[Layout, ...] = plan.files
        self.sources = [os.open(each.path, os.O_RDONLY) for each in plan.files]
        self.targets = [os.open(folder / each.path.name, os.O_RDWR) for each in plan.files]

    def __enter__(self) -> "_Files":
        return self

    def __exit__(self, *_: object) -> None:
        for each in (*self.sources, *self.targets):
            os.close(each)

    def copy(self, job: Range) -> None:
        """These bytes as they are, by the kernel where it can."""
        source, target, at = self.sources[job.file], self.targets[job.file], job.start
        while at < job.end:
            try:
                got = os.copy_file_range(source, target, job.end - at, at, at)
            except OSError as error:
                if error.errno not in _CANNOT:
                    raise
                got = 0
            if not got:  # nothing came, or the two lie where the kernel does not copy: then by hand, which tells why
                held = bytearray(min(_AT_ONCE, job.end - at))
                fill(source, memoryview(held), at, self.layouts[job.file].path.name)
                self.put(job.file, memoryview(held), at)
                got = len(held)
            at += got

    def seen(self, part: Range) -> mmap.mmap:
        """A stretch of the base in memory: of it there is only what is looked at. Refused where the file has ended."""
        source, layout = self.sources[part.file], self.layouts[part.file]
        if os.fstat(source).st_size < layout.size:
            raise ended(layout.path.name)
        # to be written to, else torch would warn of it; nobody does
        return mmap.mmap(source, part.end - part.start, offset=part.start, access=mmap.ACCESS_COPY)

    def put(self, file: int, held: memoryview, at: int) -> None:
        """Write all of these bytes."""
        while len(held):
            put = os.pwrite(self.targets[file], held, at)
            held, at = held[put:], at + put


@dataclass(slots=True)
class _Told:
    """How many bytes are done, told now and then."""

    progress: Progress
    total: int
    done: int = 0
    said: int = 0

    def more(self, count: int) -> None:
        self.done += count
        if self.done - self.said > max(2**26, self.total // 100) or self.done == self.total:
            self.said = self.done
            self.progress(self.done, self.total)


class _Crew:
    """Threads that take one job after another of a part.

    Each has a file of its own while there are enough, since of one file the kernel lets one write at a time; the rest
    is shared from both ends, so that no two of them need the matrices of one tensor.
    """

    def __init__(self, files: _Files, ways: Ways, jobs: Iterable[Job], told: _Told) -> None:
        self.files, self.ways, self.told = files, ways, told
        self._lock, self._ended = threading.Lock(), False
        self._left: dict[int, deque[Job]] = {}
        for job in jobs:
            self._left.setdefault(job.file, deque()).append(job)
        self._owned: set[int] = set()

    def work(self) -> None:
        """Do jobs until there are none, or until one of the threads has failed."""
        desk, take = _Desk(self.files), self._taker()
        try:
            while (job := next(take, None)) is not None:
                if job.touched is None:
                    self.files.copy(job)
                elif job.rows is None:
                    self._whole(job, job.touched)
                else:
                    self._rows(job, job.touched, job.rows, desk)
                with self._lock:
                    self.told.more(job.end - job.start)
        except BaseException:
            self._ended = True
            raise

    def _taker(self) -> Iterator[Job]:
        while (found := self._file()) is not None:
            jobs, is_own = found
            take = jobs.popleft if is_own else jobs.pop
            while not self._ended:
                with self._lock:
                    job = take() if jobs else None
                if job is None:
                    break
                yield job

    def _file(self) -> tuple[deque[Job], bool] | None:
        """The jobs of the file of which the most is left, one that nobody has begun on first, and whether it is."""
        with self._lock:
            left = [(file not in self._owned, len(jobs), file) for file, jobs in self._left.items() if jobs]
            if not left or self._ended:
                return None
            is_own, _, file = max(left)
            self._owned.add(file)
            return self._left[file], is_own

    def _rows(self, job: Job, touched: Touched, rows: slice, desk: "_Desk") -> None:
        tensor = touched.tensor
        held, kept, values = desk.room(job.end - job.start, tensor.dtype, (-1, *tensor.shape[1:]))
        values.copy_(desk.numbers(job, tensor.dtype).view(values.shape))
        values = fold(values, desk.terms(touched), rows, self.ways.of(touched))
        kept.copy_(values)
        if not is_kept(values, kept):
            raise overflown(touched)
        self.files.put(job.file, held, job.start)

    def _whole(self, job: Job, touched: Touched) -> None:
        import torch

        tensor = touched.tensor
        if touched.instead is not None:
            values = touched.instead.read()
        elif touched.shifts:
            values = bias_of(touched)
        else:
            rows = slice(0, tensor.shape[0])
            values = fold(tensor.read(), [factors(each) for each in touched.terms], rows, WHOLE)
        kept = values.to(getattr(torch, FLOATS[tensor.dtype])).contiguous()
        if not is_kept(values, kept):
            raise overflown(touched)
        self.files.put(job.file, memoryview(kept.view(-1).view(torch.uint8).numpy()), job.start)


class _Desk:
    """What one thread works on: a window on the base, the matrices of a tensor until its last row is done, and room
    that is made once, and grows where a block is larger.
    """

    def __init__(self, files: _Files) -> None:
        self._files = files
        self._window, self._seen = Range(-1, 0, 0), cast(Any, None)
        self._name, self._terms = "", list[Factors]()
        self._bytes = bytearray(0)
        self._values: Any = None
        self._rooms: dict[tuple[int, str, tuple[int, ...]], tuple[memoryview, Any, Any]] = {}

    def numbers(self, job: Range, dtype: str) -> Any:
        """These numbers as the base keeps them, where they lie: to copy them would take as long as to widen them."""
        import torch

        window = self._window
        if job.file != window.file or job.start < window.start or job.end > window.end:
            start = job.start - job.start % mmap.ALLOCATIONGRANULARITY
            window = Range(job.file, start, max(job.end, min(start + _SEEN, self._files.layouts[job.file].size)))
            self._seen = None  # first, so that no more than one is there at once
            self._seen = torch.frombuffer(self._files.seen(window), dtype=torch.uint8)
            self._window = window
        found = self._seen[job.start - window.start : job.end - window.start]
        wide = getattr(torch, FLOATS[dtype])
        return (found if found.storage_offset() % wide.itemsize == 0 else found.clone()).view(wide)

    def terms(self, touched: Touched) -> list[Factors]:
        """The matrices of a tensor; those of the one before are let go."""
        if touched.tensor.name != self._name:
            self._name, self._terms = touched.tensor.name, [factors(each) for each in touched.terms]
        return self._terms

    def room(self, size: int, dtype: str, shape: tuple[int, ...]) -> tuple[memoryview, Any, Any]:
        """Room for so many bytes, the same as numbers of this kind, and room for them in 32 bits."""
        known = self._rooms.get((size, dtype, shape))
        if known is None:
            known = self._rooms[size, dtype, shape] = self._made(size, dtype, shape)
        return known

    def _made(self, size: int, dtype: str, shape: tuple[int, ...]) -> tuple[memoryview, Any, Any]:
        import torch

        if len(self._bytes) < size:
            self._bytes, self._rooms = bytearray(size), {}
        held = memoryview(self._bytes)[:size]
        raw = torch.frombuffer(held, dtype=getattr(torch, FLOATS[dtype]))
        if self._values is None or len(self._values) < len(raw):
            self._values, self._rooms = torch.empty(len(raw)), {}
        return held, raw.view(shape), self._values[: len(raw)].view(shape)


def overflown(touched: Touched) -> Refused:
    """The refusal of what a base cannot hold."""
    tensor = touched.tensor
    return refuse("E-fold-range", f"{shown(tensor.name)} with the adapters in it holds what {tensor.dtype} cannot, or "
                  "what is no number.", todo="Give them less weight, or fold into the base in 32 bits.")  # fmt: skip


def _hash(path: Path, part: Range) -> str:
    digest, at = hashlib.sha256(), part.start
    held = bytearray(2**22)
    with path.open("rb", buffering=0) as file:
        while at < part.end:
            view = memoryview(held)[: min(len(held), part.end - at)]
            fill(file.fileno(), view, at, path.name)
            digest.update(view)
            at += len(view)
    return digest.hexdigest()
