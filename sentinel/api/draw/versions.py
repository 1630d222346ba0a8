"""The versions of a line drawn: where each comes from, its aliases, and what became of it."""

from sentinel.api.draw.moments import ago
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.text import plain

_SHORT = 12


def draw_versions(pen: Pen, told: Json, now: int) -> None:
    """Draw the versions of a line, the latest first."""
    for word in ("held", "frozen"):
        if told[word]:
            pen.line(f"{plain(told['line'])} is {pen.state(word)}: {plain(told[word])}")
    rows = [
        (
            each["version"], each["label"], ", ".join(each["aliases"]), each["run"], each["model"][:_SHORT],
            ago(each["registered_at"], now), remark(each),
        )
        for each in told["versions"]
    ]  # fmt: skip
    if rows:
        pen.table(("VERSION", "LABEL", "ALIASES", "RUN", "MODEL", "MADE", "REMARK"), rows)
    else:
        pen.say(
            f"{told['line']} has no versions yet. `sentinel adopt {told['line']} MODEL --reason TEXT` brings the first."
        )


def remark(version: Json) -> str:
    """What became of a version, where that is to be known."""
    if version["frozen"]:
        return f"frozen: {version['frozen']}"
    if version["rejected"]:
        return f"did not pass: {version['rejected']}"
    return "has been champion" if version["was_champion"] and "champion" not in version["aliases"] else ""
