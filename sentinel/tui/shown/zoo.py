"""The zoo in sentences and rows: which specs train when, the clocks of their versions, and how those did."""

import time
from collections.abc import Iterator, Sequence

from sentinel.api.draw.moments import ago, day
from sentinel.api.draw.versions import remark
from sentinel.api.draw.zoo import furthest, result
from sentinel.domain.digest import Json
from sentinel.domain.quantity import DAY, rough_duration
from sentinel.domain.text import plain
from sentinel.tui.marks import BAD, BOLD, DIM, GOOD, LIVE, WARN, Cell, bar, state, tone_of
from sentinel.tui.widgets.grid import Column, Row

SPECS = (
    Column("turn", most=14), Column("spec", most=20, least=8), Column("trains", most=20),
    Column("in", most=8, rank=6), Column("tried", most=14, rank=9), Column("made", right=True, rank=8),
    Column("days", most=14, rank=2), Column("outcomes", most=18, rank=3), Column("shadow", most=16, rank=5),
    Column("result", most=24, rank=4), Column("looks", most=60, rank=7), Column("rotation", most=30, rank=10),
)  # fmt: skip
VERSIONS = (
    Column("version", most=22, least=8), Column("days", most=14), Column("outcomes", most=18),
    Column("result", most=24, rank=1), Column("shadow", most=18, rank=4), Column("run", most=8, rank=2),
    Column("made", most=14, rank=3), Column("remark", most=120, least=6, rank=5, grows=True),
)  # fmt: skip
_TURNS = {"too-dear": "never", "unfit": "not here", "retired": "retired", "trains": "trains now"}
_BAR = 5


# Which specs train when.


def sentences(told: Json, now: int) -> list[str]:
    """A rotation in sentences: which specs train next and when, and which do so now."""
    if not told["specs"]:
        return ["The zoo is empty. A file in zoo/ defines a challenger: docs/zoo.md says how."]
    if not told["recipe"]:
        return ["No recipe in force rotates the zoo, so nothing of it trains by itself: docs/zoo.md has one."]
    first = [spec for spec in told["specs"] if spec["turn"] == 1]
    said = [_next(told, first, now)]
    if training := [spec for spec in told["specs"] if spec["word"] == "trains"]:
        said.append(f"{_train(training)} now.")
    return said


def _next(told: Json, first: Sequence[Json], now: int) -> str:
    at, next_at = first[0].get("trains_at") if first else None, told.get("next_at")
    if not first:
        when = f"{moment(next_at, now)} ({ago(next_at, now)})" if next_at is not None else "The next rotation"
        return f"{when}: nothing trains, for no spec can"
    if at is not None:
        return f"{moment(at, now)} ({ago(at, now)}): {_train(first)}"
    if next_at is not None:
        return f"As soon as the rotation starts that waits in the queue: {_train(first)}"
    return f"The next rotation, whenever that is: {_train(first)}"


def _train(specs: Sequence[Json]) -> str:
    names = [plain(spec["spec"]) for spec in specs]
    return f"{', '.join(names[:-1])} and {names[-1]} train" if len(names) > 1 else f"{names[0]} trains"


def calendar(told: Json, now: int) -> Iterator[tuple[str, str, str]]:
    """The rotations to come: when each is, how long it is until then, and which specs train in it."""
    turns = sorted({spec["turn"] for spec in told["specs"] if spec["turn"]})
    for turn in turns:
        held = [spec for spec in told["specs"] if spec["turn"] == turn]
        at = held[0].get("trains_at")
        when = day(at, now) if at is not None else "next" if turn == 1 else f"in {turn} rotations"
        yield when, ago(at, now), ", ".join(plain(spec["spec"]) for spec in held)


def moment(at: int, now: int) -> str:
    """A moment ahead with its whole day of the week, in this machine's own time."""
    short = day(at, now)
    return f"{time.strftime('%A', time.localtime(at / 1000))}{short[short.index(' ') :]}"


def room(told: Json) -> str:
    """How a rotation is bounded, and whether the shadow keeps up; `told` is what it would do now."""
    gpu = f" and {rough_duration(told['gpu'])} of GPU time" if told["gpu"] is not None else ""
    said = [f"budget {told['budget']}{gpu}"]
    for each in told["shadows"]:
        waiting = f", {each['waiting']} wait" if each["waiting"] else ""
        said.append(f"shadow of {plain(each['line'])} {each['held']}/{each['slots']} slots{waiting}")
    return " · ".join(said)


def name_of(told: Json) -> str:
    """What a rotation is called."""
    return plain(told["recipe"] + (f" for {told['line']}" if told["line"] else ""))


# Its rows.


def spec_row(spec: Json, told: Json, now: int) -> Row:
    """A spec with its turn, and the clocks of the version of it that is furthest."""
    at, first = spec.get("trains_at"), furthest(spec)
    order = spec["turn"] or 1000
    tried = ago(spec["tried"], now) if spec["tried"] is not None else "never"
    cells: list[Cell | str] = [
        _turn(spec), Cell(spec["spec"], BOLD), Cell(day(at, now) if at is not None else "", "", order),
        Cell(rough_duration(at - now) if at is not None and at > now else "", "", order),
        Cell(tried, DIM, -(spec["tried"] or 0)), Cell(str(spec["made"]), "", spec["made"]),
    ]  # fmt: skip
    cells += (*clocks(first), shadow(first), _result(first)) if first is not None else ("", "", "", "")
    looks = ", ".join(f"{each['set']} {each['looks']}/{each['of']}" for each in spec["looks"])
    return Row(f"{told['recipe']}/{told['line']}/{spec['spec']}", (*cells, looks, name_of(told)), (told, spec))


def version_row(version: Json, now: int) -> Row:
    """A version of a spec."""
    mark, tone = ("★", GOOD) if "champion" in version["aliases"] else ("*", BAD) if version["frozen"] else (
        ("✗", BAD) if version["rejected"] else ("·", "")
    )  # fmt: skip
    made = Cell(ago(version["registered_at"], now), DIM, -version["registered_at"])
    return Row(version["version"], (
        Cell(f"{mark} {version['version']}", tone), *clocks(version), _result(version), shadow(version),
        Cell(version["run"], DIM), made, remark(version),
    ), version)  # fmt: skip


def clocks(version: Json) -> tuple[Cell, Cell]:
    """The two clocks by which a version matures: its days, and its outcomes."""
    needs = version["needs"]
    days = (version["ms"] // DAY, needs["ms"] // DAY)
    return _clock(*days), _clock(round(version["n"]), needs["outcomes"])


def _clock(held: int, needed: int) -> Cell:
    share = min(1.0, held / needed) if needed else 1.0
    return Cell(f"{bar(share, _BAR)} {held}/{needed}", GOOD if share >= 1 else "", share)


def shadow(version: Json) -> Cell:
    """Whether a version is scored in the shadow, or how long it waits for that at most."""
    if version["slot"]:
        return Cell("▸ scored", LIVE, 0)
    if version["waits_ms"] is not None:
        return Cell(f"· waits {rough_duration(version['waits_ms'])}", WARN, version["waits_ms"])
    return Cell("mature" if version["mature"] else "", DIM, 1e18)


def _result(version: Json) -> Cell:
    told = version["result"]
    return Cell(result(told), "", told["rate"] if told else -1)


def _turn(spec: Json) -> Cell:
    mark = state(spec["word"]).text.partition(" ")[0]
    words = _TURNS.get(spec["word"]) or (
        "next" if spec["turn"] == 1 else f"in {spec['turn']}" if spec["turn"] else "never"
    )
    return Cell(f"{mark} {words}", tone_of(spec["word"]), spec["turn"] or 1000)
