"""Submit: what a report measured, as entries for the Hub's boards; they are sent once the step has ended."""

from pathlib import Path
from typing import TYPE_CHECKING

from sentinel.contract.at import At
from sentinel.contract.kinds import EvalReport, Model, Submission
from sentinel.contract.registry import step
from sentinel.contract.scalars import Name, Text
from sentinel.contract.submission import FileTold, Told, write_submission
from sentinel.domain.refusal import refuse
from sentinel.domain.sending import SUBMIT
from sentinel.domain.text import plain
from sentinel.step.board import board_of, has_board, is_ours, repository
from sentinel.step.measured import measured_in

if TYPE_CHECKING:
    from sentinel.domain.benchmark import Mapping


@step("submit", reads=("line", "board"), distributions=("polars", "numpy", "huggingface-hub"))
def submit(
    at: At, report: EvalReport, model: Model | None, *, only: list[Name] | None = None, repo: Text | None = None
) -> Submission | None:
    """Sends what a report measured to the Hub's boards: each set and task that `hub: benchmarks:` in sentinel.yaml, or
    the map that comes with Sentinel, names a benchmark for (`only:` some of them). What is named and was measured
    otherwise is refused, and nothing is guessed.

    The scores go into the line's own repository, beside the very model that was scored; into another's (`repo:`) by a
    pull request, and then `model` has to be what that repository holds. The step ends with what is to be sent; the
    outbox sends it, as long as it takes, and never twice. Where sentinel.yaml names no hub, nothing is sent.
    """
    if not has_board(at):
        return None
    from sentinel.data.report import model_of
    from sentinel.outside.hub.results import results_files

    name = repository(at, repo)
    ours, scored = is_ours(at, name), model_of(report.path)
    if model is not None and model.digest != scored:
        raise refuse("E-card-subject", f"the report is about {scored[:12]}, and not about {model.digest[:12]}.",
                     where=at.step, todo="Bind the report of the model that is bound.")  # fmt: skip
    if not ours and model is None:
        raise refuse("E-submit-model", f"{name} is another's, and it is not known what was scored.", where=at.step,
                     todo="Bind `model:`, so that it can be held against what is there.")  # fmt: skip
    found = _mapped(at, report, only)
    line = ((at.reads or {}).get("line") or {}).get("name")
    weights = {} if ours or model is None else _weights(at, model)
    title = plain(f"Add the scores of {scored[:12]} on {_sets(found)}")[:200].strip()
    told = Told(SUBMIT, name, title, scored, line, request=not ours, files=weights, entries=found.entries)
    owner = board_of(at)["owner"]
    small = results_files(found.entries, name, owner, "sentinel" if ours else f"sentinel-{owner}")
    for each in found.entries:
        at.say(f"{each.of}: {each.value:g} on {each.dataset}, {each.task} ({each.notes})")
    return Submission.made(write_submission(at.out / "submission", told, small))


def _mapped(at: At, report: EvalReport, only: list[str] | None) -> "Mapping":
    from sentinel.domain.benchmark import Benchmark, mapped
    from sentinel.domain.form import from_json

    known = [from_json(Benchmark, each) for each in board_of(at)["benchmarks"]]
    held = measured_in(report.path, at.seed)
    missing = sorted(set(only or ()) - {each.of for each in held})
    if missing:
        raise refuse("E-submit-set", f"the report holds no `{missing[0]}`.", where=at.step,
                     todo=f"It holds {', '.join(each.of for each in held)}.")  # fmt: skip
    found = mapped([each for each in held if not only or each.of in only], known)
    faults = [*found.faults, *(f"`{each}` is no benchmark of the Hub that is named." for each in found.unnamed if only)]
    if not found.entries and not faults:
        faults = [f"none of {', '.join(f'`{each}`' for each in found.unnamed)} is named as a benchmark of the Hub."]
    if faults:
        raise refuse("E-submit-unmapped", " ".join(faults), where=at.step,
                     todo="Say which they are under `hub: benchmarks:`, or name others with `only:`.")  # fmt: skip
    if found.unnamed:
        at.say(f"not submitted, being no benchmarks: {', '.join(found.unnamed)}")
    return found


def _weights(at: At, model: Model) -> dict[str, FileTold]:
    from sentinel.store import Store

    entries = Store(Path(at.told.store)).manifest(model.digest)
    return {each.path: FileTold(each.size, each.sha256) for each in entries if each.path.endswith(".safetensors")}


def _sets(found: "Mapping") -> str:
    return ", ".join(dict.fromkeys(each.of for each in found.entries))
