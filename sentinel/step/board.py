"""What the steps for the Hub have in common: whose it is, which repository is meant, and what a report measured."""

from importlib.metadata import version
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.domain.digest import Json
from sentinel.domain.names import is_repository
from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from sentinel.domain.benchmark import Measured

_TWO_SIDED = 0.025
"""Of each one-sided limit, so that both together leave out one of twenty."""


def has_board(at: At) -> bool:
    """Whether sentinel.yaml names a hub; says so where it does not, since the step then has nothing to do."""
    if (at.reads or {}).get("board"):
        return True
    at.say("nothing is sent: sentinel.yaml names no hub (`hub: {owner: NAME, token: credential:NAME}`)")
    return False


def board_of(at: At) -> Json:
    """Whose Hub it is, and what may be submitted there."""
    return (at.reads or {})["board"]


def repository(at: At, asked: str | None) -> str:
    """The repository that is meant: of the owner, and called like the line where no other is named."""
    owner = board_of(at)["owner"]
    line = ((at.reads or {}).get("line") or {}).get("name")
    if asked is None and line is None:
        raise refuse("E-line-needed", "a repository is called like its line, and this run is for none.", where=at.step,
                     todo="Name it with `repo: OWNER/NAME`.")  # fmt: skip
    name = asked or f"{owner}/{line}"
    if not is_repository(name):
        raise refuse("E-hub-name", f"no repository can be called {name[:100]!r}.", where=at.step,
                     todo="Write OWNER/NAME: letters, digits and ._- .")  # fmt: skip
    return name


def is_ours(at: At, repo: str) -> bool:
    """Whether a repository is the owner's own."""
    owner: str = board_of(at)["owner"]
    return repo.partition("/")[0] == owner


def measured_in(report: "Path", seed: int) -> "list[Measured]":
    """What a report measured, set by set, with the interval that it lies in but for one time of twenty."""
    from sentinel.data.report import documents, settings_of, told_of
    from sentinel.domain.benchmark import Measured
    from sentinel.evidence.level import level

    settings = settings_of(report)
    found = []
    for name, told in told_of(report).items():
        _has_form(name, told)
        held = documents(report, name)
        at_hand = level(held.values, held.weights, held.groups, alpha=_TWO_SIDED, seed=seed)
        value, lower, upper = (round(each, 6) for each in (at_hand.estimate, at_hand.lower, at_hand.upper))
        is_lm_eval = "lm-eval" in (told.get("harness"), settings.get("harness"))
        found.append(Measured(
            name, held.metric or "measure", value, lower, upper, at_hand.n, told.get("filter"), told.get("shots"),
            settings.get("limit"), bool(told.get("bundled")), _by(told, is_lm_eval),
        ))  # fmt: skip
    return found


def _has_form(name: str, told: Json) -> None:
    """Refused where a report, which any program may have written, tells of a set what goes into no sentence."""
    kinds = {"filter": str, "shots": int, "version": str | int | float, "metric": str, "harness": str}
    is_odd = not isinstance(told, dict) or any(
        told.get(word) is not None and (not isinstance(told[word], kind) or plain(told[word])[:80] != str(told[word]))
        for word, kind in kinds.items()
    )
    if is_odd or isinstance(told.get("shots"), bool) or plain(name) != name:
        shown = plain(name)[:60]
        raise refuse("E-report-form", f"the report does not tell of `{shown}` as reports do.", where="report",
                     todo="Have `evaluate` or `lm-eval` score it, or mend the program that writes it.")  # fmt: skip


def _by(told: Json, is_lm_eval: bool) -> str:
    if not is_lm_eval:
        import sentinel

        return f"Sentinel {sentinel.__version__}"
    task = f", task version {told['version']}" if told.get("version") is not None else ""
    return f"lm-eval {version('lm-eval')}{task}"
