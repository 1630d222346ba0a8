"""What a drift trigger promises: how seldom it is wrong, and how soon it sees a fall at a line's own volume."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from sentinel.domain.digest import Json
from sentinel.domain.quantity import WEEK, Rate
from sentinel.evidence.detector import Baseline, detector, usual_baseline
from sentinel.evidence.drift import delay_from_start, evaluations_in
from sentinel.recipe.compile import CompiledRecipe

FALLS = (0.05, 0.12)
"""Falls that the delay is told of, beyond the margin: what lies within it is never seen, by intent."""
USUAL_RATE = 0.91
"""How often a line is taken to be right of which nothing is known yet."""


@dataclass(frozen=True, slots=True)
class Watched:
    """A drift trigger of a recipe."""

    recipe: str
    params: Json
    streams: int
    """How many drift triggers watch at once, in the whole workspace: one for each line that a recipe is for."""

    @property
    def promised(self) -> Rate:
        """How often it may be wrong."""
        told = self.params["false_alarms"]
        return Rate(told["times"], told["per_ms"])

    def often(self, every_ms: float) -> float:
        """A: the evaluations in the promised time, over all streams."""
        return evaluations_in(self.promised.times, self.promised.per_ms, every_ms, self.streams)


@dataclass(frozen=True, slots=True)
class Volume:
    """What a line's evaluations are made of: the baseline that they are held to, and the rows of each."""

    baseline: Baseline
    rows: float
    because: str
    """`record`, or `labels`: so many a week are assumed."""
    labels: int | None = None


def watched_in(recipes: Mapping[str, CompiledRecipe], name: str) -> Iterator[Watched]:
    """The drift triggers of a recipe, in the order of its file."""
    streams = sum(each.streams("drift") for each in recipes.values())
    return (Watched(name, each.params, streams) for each in recipes[name].triggers if each.kind == "drift")


def assumed_volume(config: Json, params: Json) -> Volume | None:
    """The volume that sentinel.yaml lets one expect of a line; None where labels come from elsewhere, or not at all."""
    held, labels = config["sets"].get(params["set"]) or {}, config["labels"]
    # without an audit nobody is asked for labels that count
    asked = labels["weekly"] if labels["audit"] and labels["follow"] is None else 0
    if held.get("source") != "outcomes" or not asked:
        return None
    return volume_at(asked, params)


def volume_at(weekly: int, params: Json) -> Volume:
    """The volume of so many labels a week, of a line of which nothing else is known."""
    rows = weekly * params["every"] / WEEK
    return Volume(usual_baseline(USUAL_RATE, rows, params["baseline"]), rows, "labels", weekly)


def falls(watched: Watched, volume: Volume) -> list[Json]:
    """How many evaluations it takes to see each fall, had chance no say in it; None where it is never seen."""
    params = watched.params
    found = detector(volume.baseline, params["margin"], watched.often(params["every"]))
    told = []
    for fall in FALLS:
        rate = volume.baseline.rate - params["margin"] - fall
        if rate > 0:
            number = delay_from_start(found, rate, volume.rows) if found is not None and volume.rows > 0 else None
            ms = None if number is None else number * params["every"]
            told.append({"fall": round(params["margin"] + fall, 9), "to": rate, "evaluations": number, "ms": ms})
    return told


def promise_shape(watched: Watched, line: str, volume: Volume | None) -> Json:
    """What a drift trigger promises on a line, as it is shown; a plain rule promises nothing."""
    params, is_plain = watched.params, watched.params["below"] is not None
    known = volume if volume is not None and not is_plain else None
    return {
        "recipe": watched.recipe, "line": line, "set": params["set"], "margin": params["margin"],
        "promise": None if is_plain else str(watched.promised), "streams": watched.streams,
        "often": None if is_plain else watched.often(params["every"]), "every_ms": params["every"],
        "below": params["below"], "for_ms": params["for"],
        "volume": None if known is None else {
            "rate": known.baseline.rate, "rows": known.rows, "because": known.because, "labels_a_week": known.labels,
        },
        "falls": [] if known is None else falls(watched, known),
    }  # fmt: skip
