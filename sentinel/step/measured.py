"""What a report measured, for whoever tells of it outside: cards and boards."""

from importlib.metadata import version
from typing import TYPE_CHECKING

from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.domain.text import plain

if TYPE_CHECKING:
    from pathlib import Path

    from sentinel.domain.benchmark import Measured

_TWO_SIDED = 0.025
"""Of each one-sided limit, so that both together leave out one of twenty."""


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
