"""Lines and their versions in rows: who is champion, what became of the others, and where each comes from."""

from collections.abc import Sequence

from sentinel.api.draw.moments import ago, took
from sentinel.api.draw.versions import remark
from sentinel.domain.digest import Json
from sentinel.tui.marks import BAD, BOLD, DIM, GOOD, WARN, Cell
from sentinel.tui.shown.family import Member
from sentinel.tui.widgets.grid import Column, Row

LINES = (
    Column("line", most=24), Column("champion", most=24, rank=1), Column("since", most=10, rank=2),
    Column("versions", right=True), Column("standing", most=120, least=6, grows=True),
)  # fmt: skip
VERSIONS = (
    Column("version", most=24, least=12), Column("aliases", most=28), Column("label", most=24, rank=2),
    Column("run", most=8), Column("made", most=14, rank=1), Column("remark", most=200, least=8, grows=True),
)  # fmt: skip
FAMILY = (
    Column("version", most=60, least=20), Column("aliases", most=28, rank=2), Column("label", most=24, rank=1),
    Column("made", most=14, rank=3), Column("also from", most=60, least=6, rank=4, grows=True),
)  # fmt: skip
_DEEP = 20
"""Letters of strokes that are drawn before a version."""


def line_row(line: Json, now: int) -> Row:
    """A line, with what keeps it still."""
    champion = Cell(f"★ {line['champion']}", GOOD) if line["champion"] else Cell("none", DIM)
    since = Cell(took(line["since"], None, now) if line["since"] else "", DIM, -(line["since"] or 0))
    frozen = f", {len(line['frozen_versions'])} frozen" if line["frozen_versions"] else ""
    return Row(line["line"], (
        Cell(line["line"], BOLD), champion, since, Cell(f"{line['versions']}{frozen}", "", line["versions"]),
        standing(line),
    ), line)  # fmt: skip


def standing(line: Json) -> Cell:
    """Whether the aliases of a line may move."""
    if line["frozen"]:
        return Cell(f"* frozen: {line['frozen']}", BAD)
    return Cell(f"‖ held: {line['held']}", WARN) if line["held"] else Cell("")


def passed(verdicts: Sequence[Json], champion: str | None) -> str | None:
    """The latest verdict that lets a version replace who is champion now: it was held against that one."""
    return next((each["verdict_id"] for each in verdicts
                 if each["verdict"] == "pass" and each["against"] == champion), None)  # fmt: skip


def version_row(version: Json, now: int, marked: str | None) -> Row:
    """A version; the one that is marked for a comparison says so."""
    became = remark(version)
    tone = BAD if version["frozen"] or version["rejected"] else DIM
    made = Cell(ago(version["registered_at"], now), DIM, -version["registered_at"])
    return Row(version["version"], (
        _named(version, marked), ", ".join(version["aliases"]), _label(version), version["run"], made,
        Cell(became, tone),
    ), version)  # fmt: skip


def member_row(member: Member, now: int, marked: str | None) -> Row:
    """A version in the tree of its line."""
    version = member.version
    named = _named(version, marked)
    made = Cell(ago(version["registered_at"], now), DIM, -version["registered_at"])
    return Row(version["version"], (
        Cell(_branch(member.strokes) + named.text, named.tone), ", ".join(version["aliases"]), _label(version), made,
        Cell(", ".join(member.others), DIM),
    ), version)  # fmt: skip


def _branch(strokes: str) -> str:
    """The strokes before a version; of one very far down only how far that is."""
    return strokes if len(strokes) <= _DEEP else f"⋯{len(strokes) // 2} {strokes[-4:]}"


def _named(version: Json, marked: str | None) -> Cell:
    mark, tone = _mark(version)
    return Cell(f"{mark} {version['version']}" + (" ◂A" if version["version"] == marked else ""), tone)


def _mark(version: Json) -> tuple[str, str]:
    if "champion" in version["aliases"]:
        return "★", GOOD
    if version["frozen"]:
        return "*", BAD
    if version["rejected"]:
        return "✗", BAD
    return ("☆", "") if version["was_champion"] else ("·", "")


def _label(version: Json) -> Cell:
    """A name that a person or the zoo gave it."""
    return Cell(version["label"] if version["label"] != version["version"] else "")
