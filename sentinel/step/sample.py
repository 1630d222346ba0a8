"""Sample: which bases or settings are worth training in full, by successive halving on samples of the rows."""

import json
from typing import Annotated

from pydantic import Field

from sentinel.contract.at import At, NothingTrained
from sentinel.contract.kinds import Dataset, Model, Shortlist
from sentinel.contract.registry import step
from sentinel.contract.scalars import Whole
from sentinel.contract.training import Train
from sentinel.domain.digest import Json
from sentinel.domain.form import from_json
from sentinel.domain.needs import MIB, Needs
from sentinel.domain.refusal import refuse
from sentinel.domain.task import Prompt

LIBRARIES = ("accelerate", "numpy", "peft", "polars", "safetensors", "tokenizers", "torch", "transformers")
FEWEST = 20
"""Rows to be scored on, of which an order says something."""
_STATE = "scores.json"


@step(
    "sample",
    version=2,
    reads=("line",),
    needs=Needs(memory=4096 * MIB),
    preload=("torch", "transformers", "peft", "accelerate", "polars"),
    distributions=LIBRARIES,
)
def sample(
    at: At, bases: list[Model], data: Dataset, *, settings: list[Train] | None = None,
    rungs: Annotated[Whole, Field(ge=1, le=8)] = 3, keep: Annotated[Whole, Field(ge=1)] = 1,
    rows: Annotated[Whole, Field(ge=8)] = 2048, steps: Annotated[Whole, Field(ge=1)] = 128,
    score: Annotated[Whole, Field(ge=FEWEST)] = 400,
) -> Shortlist:  # fmt: skip
    """Ranks bases, or settings (each a `train:` of its own), or each base with each setting, and says how sure that is.

    At each of the `rungs` those that are left train anew, on twice the rows and for twice the steps of the rung before
    (`rows` and `steps` at the last), are scored on the same rows of the train side, `score` at most, that nobody
    learned from, and the better half goes on, `keep` at least. `shortlist.json` has the order with intervals, the
    neighbours whose order is chance as far as these rows tell, and the tags to find it again.
    """
    from importlib.metadata import version

    import numpy as np

    from sentinel.data.dataset import NotADataset
    from sentinel.data.training import NotTrainable, training
    from sentinel.evidence.halving import doubts, ranked, sizes, survivors
    from sentinel.model.sample import Arm, comparable, lesson, tags, tried
    from sentinel.step.room import within_contract

    try:
        held = training(data.path)
    except (NotADataset, NotTrainable) as error:
        raise refuse("E-forge-rows", str(error), where=at.step, todo="See what made the dataset.") from error
    line = (at.reads or {}).get("line") or {}
    prompt = from_json(Prompt, line["prompt"]) if "prompt" in line else Prompt(after="\nAnswer:")
    given = lesson(held.form, prompt, held.labels, held.rows, held.digests, score)
    if not given.learned:
        raise NothingTrained("the dataset has no row on the train side to learn from")
    trains = [within_contract(each, line, at.step) for each in settings or [Train()]]
    arms = {
        arm.name: arm
        for arm in (
            Arm(_name(base, setting, bases, settings), bases[base].path, bases[base].digest, train)
            for base in range(len(bases))
            for setting, train in enumerate(trains)
        )
    }
    if len(arms) < 2:
        raise refuse("E-sample-few", "one base with one setting has nobody to be ranked against.", where=at.step,
                     todo="Bind more bases, or list more `settings`.")  # fmt: skip
    aside = len(given.scored)
    given = comparable(arms.values(), given)
    if len(given.scored) < aside:
        at.say(f"{aside - len(given.scored)} of {aside} rows kept aside do not fit whole into {given.room} tokens, the "
               "fewest that a base holds: nobody is scored on them")  # fmt: skip
    if len(given.scored) < FEWEST:
        what = f"{len(given.scored)} rows are left to be scored on, and {FEWEST} are the fewest that tell an order."
        raise refuse("E-sample-rows", what, where=at.step, todo="Gather more rows, or train what you have in full.")
    known = _known(at)
    left, told = tuple(arms), []
    for rung, (some, taken) in enumerate(zip(sizes(rows, rungs, 8), sizes(steps, rungs), strict=True)):
        for number, name in enumerate(left):
            key = f"{rung} {name}"
            if key not in known:
                known[key] = tried(arms[name], given, some, taken, at.seed, at.say)
                with at.save_checkpoint() as folder:
                    (folder / _STATE).write_text(json.dumps(known), encoding="utf-8")
            at.progress(rung + (number + 1) / len(left), rungs, arms=len(left))
        places = ranked({name: np.array(known[f"{rung} {name}"]) for name in left}, seed=at.seed)
        is_last = rung == rungs - 1
        kept, sure = survivors(places, keep) if not is_last else (tuple(each.arm for each in places[:keep]), True)
        if is_last and len(places) > keep:
            sure = places[keep - 1].certain
        at.say(f"rung {rung + 1}: {', '.join(f'{each.arm} {each.value:.3f}' for each in places)}")
        told.append({
            "rows": min(some, len(given.learned)), "steps": taken, "scored_on": len(given.scored),
            "places": [_told(each) for each in places], "on": list(kept), "cut_certain": sure,
        })  # fmt: skip
        left = kept
    found = _shortlist(told, [_arm(each) for each in arms.values()], doubts(places), given.metric)
    found["tags"] = tags(list(arms.values()), data.digest, given, at.seed, {name: version(name) for name in LIBRARIES})
    folder = at.out / "shortlist"
    folder.mkdir()
    text = json.dumps(found, indent=2, sort_keys=True, ensure_ascii=False)
    (folder / "shortlist.json").write_text(text + "\n", encoding="utf-8")
    at.say(found["says"])
    return Shortlist.made(folder)


def _known(at: At) -> dict[str, list[float]]:
    """What was scored before a kill."""
    if at.checkpoint is None:
        return {}
    held: dict[str, list[float]] = json.loads((at.checkpoint / _STATE).read_bytes())
    return held


def _name(base: int, setting: int, bases: list[Model], settings: list[Train] | None) -> str:
    parts = [f"base-{base + 1}"] if len(bases) > 1 or not settings else []
    return " ".join([*parts, *([f"setting-{setting + 1}"] if settings else [])])


def _arm(arm: Json) -> Json:
    return {"arm": arm.name, "base": arm.digest, "train": arm.settings.model_dump(mode="json", exclude_defaults=True)}


def _told(place: Json) -> Json:
    ahead = place.ahead
    return {
        "arm": place.arm, "value": round(place.value, 5), "low": round(place.low, 5), "high": round(place.high, 5),
        "certain": place.certain,
        "ahead": None if ahead is None else {
            "estimate": round(ahead.estimate, 5), "lower": round(ahead.lower, 5), "upper": round(ahead.upper, 5),
            "wins": ahead.wins, "losses": ahead.losses,
        },
    }  # fmt: skip


def _shortlist(rungs: list[Json], arms: list[Json], unsure: tuple[tuple[str, str], ...], metric: str) -> Json:
    """The order: those of the last rung first, then those that went out, the later the better."""
    order: list[Json] = []
    for number, rung in reversed(list(enumerate(rungs))):
        seen = {each["arm"] for each in order}
        order += [{**each, "rung": number + 1} for each in rung["places"] if each["arm"] not in seen]
    chosen, last = rungs[-1]["on"], rungs[-1]
    open_cuts = [str(number + 1) for number, rung in enumerate(rungs) if not rung["cut_certain"]]
    says = f"{', '.join(chosen)} of {len(arms)}, by {metric} on {last['scored_on']} rows"
    if open_cuts:
        says += f"; who went on is not certain at rung {', '.join(open_cuts)}: more rows would tell"
    return {
        "version": 1, "metric": metric, "arms": arms, "chosen": chosen, "ranked": order, "rungs": rungs,
        "uncertain": [list(pair) for pair in unsure], "certain": not open_cuts, "says": f"{says}.",
    }  # fmt: skip
