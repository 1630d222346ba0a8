"""What the steps behind `export`, `card` and `diff --run` are told, and what of a version is on record for them."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sentinel.domain.artifact import Artifact
from sentinel.domain.digest import digest_of
from sentinel.domain.plan import Plan, PlannedStep, Port
from sentinel.supervisor import packaging
from sentinel.supervisor.halves import difference, run_half
from sentinel.supervisor.work import Work
from tests.unit.domain.plans import plan, source, use
from tests.unit.supervisor.floor import PERSON, ROUTER, House, is_refused

ABOUT = {"evaluate": "model"}


def trained(rank: int) -> Plan:
    """Make rows into a model, and score it."""
    gives = {"dataset": Port("Dataset")}
    rows = PlannedStep("rows", "use", "assemble", params={"window": rank}, gives=gives, reads=("world",))
    made = PlannedStep(
        "tuned", "use", "forge", params={"rank": rank}, binds={"data": (source("rows.dataset"),)},
        takes={"data": Port("Dataset")}, gives={"model": Port("Model")}, makes="version",
    )  # fmt: skip
    scores = PlannedStep(
        "scores", "use", "evaluate", binds={"model": (source("tuned.model"),)}, takes={"model": Port("Model")},
        gives={"report": Port("EvalReport")},
    )  # fmt: skip
    return replace(plan(rows, made, scores), line=ROUTER)


def run(house: House, rank: int, data: str, seconds: float = 1.0) -> str:
    """Run it on some data, to a version."""
    name = house.queue(trained(rank))
    house.finish(f"{name}.rows.a1", outputs={"dataset": (Artifact("Dataset", digest_of(data)),)})
    house.clock.advance(seconds)
    house.finish(f"{name}.tuned.a1")
    house.finish(f"{name}.scores.a1")
    return list(house.line().versions)[-1]


@pytest.fixture
def house(tmp_path: Path) -> House:
    return House(tmp_path)


def told(house: House, run: str, step: str) -> Any:
    return house.told.attempts[f"{run}.{step}.a1"]


def test_a_version_is_packed_with_the_rows_that_it_was_made_of(house: House) -> None:
    version = run(house, 8, "march")
    asked = house.do(lambda e: packaging.export(e, PERSON, version, None, "gguf", None, "q8_0"))
    given = told(house, asked, "export")
    assert given.use == "package"
    assert given.params == {"format": "gguf", "target": None, "weights": "q8_0", "compare": 100}
    assert given.inputs["model"][0].digest == house.line().versions[version].model
    assert given.inputs["texts"] == (Artifact("Dataset", digest_of("march")),)
    assert given.reads["line"]["name"] == ROUTER and house.run(asked).kind == "asked"


def test_a_card_gets_what_is_on_record_about_the_version(house: House) -> None:
    version = run(house, 8, "march")
    run(house, 8, "april")
    asked = house.do(lambda e: packaging.card(e, PERSON, version, None, ABOUT))
    given = told(house, asked, "card")
    assert given.inputs["reports"] == house.run("r1").step("scores").outputs["report"]
    assert given.inputs["data"] == (Artifact("Dataset", digest_of("march")),)
    lineage = given.reads["lineage"]
    assert (lineage["version"], lineage["line"]) == (version, ROUTER)
    made = lineage["made_by"]
    assert (made["run"], made["recipe"], made["step"]) == (
        "r1", "trial", {"id": "tuned", "use": "forge", "params": {"rank": 8}},
    )  # fmt: skip


def test_a_report_that_no_step_of_ours_vouches_for_is_on_no_card(house: House) -> None:
    version = run(house, 8, "march")
    asked = house.do(lambda e: packaging.card(e, PERSON, version, None, {}))
    assert "reports" not in told(house, asked, "card").inputs or not told(house, asked, "card").inputs["reports"]


def test_a_model_that_is_no_version_has_no_lineage(house: House) -> None:
    made = replace(use("made", gives=["model"]))
    carded = PlannedStep("told", "use", "card", binds={"model": (source("made.model"),)},
                         takes={"model": Port("Model")}, gives={"card": Port("Card")}, reads=("lineage",))  # fmt: skip
    name = house.queue(replace(plan(made, carded), line=ROUTER))
    house.finish(f"{name}.made.a1")
    assert told(house, name, "told").reads["lineage"] == {
        "line": ROUTER, "version": None, "ancestors": [], "made_by": None,
    }  # fmt: skip


@pytest.mark.parametrize("name", ["v9", "champion", "0123456789ab"])
def test_what_is_no_version_is_told(house: House, name: str) -> None:
    for ask in (
        lambda e: packaging.export(e, PERSON, name, ROUTER, None, None, None),
        lambda e: packaging.card(e, PERSON, name, ROUTER, ABOUT),
        lambda e: run_half(e, PERSON, name, name, ROUTER),
    ):
        assert is_refused(house.do(ask), "E-unknown-version")


def laid(house: House, one: str, other: str) -> Any:
    return difference(Work(house.engine.ledger, 0, PERSON), one, other, None)


def half(house: House, one: str, other: str) -> Any:
    return house.do(lambda e: run_half(e, PERSON, one, other, None))


def test_where_one_thing_differs_it_is_what_moved_the_score(house: House) -> None:
    march, april, wide = run(house, 8, "march"), run(house, 8, "april"), run(house, 16, "march")
    assert laid(house, march, april)["moved"] == "data"
    assert laid(house, march, wide)["moved"] == "recipe"
    assert is_refused(half(house, march, wide), "E-no-half")


def test_where_both_do_the_cheaper_half_is_named_run_and_then_stands_between(house: House) -> None:
    first, second = run(house, 8, "march", seconds=900), run(house, 16, "april", seconds=60)
    found = laid(house, first, second)
    assert found["moved"] == "both"
    assert (found["half"]["recipe_of"], found["half"]["data_of"], found["half"]["takes"]) == (second, first, 60_000)
    assert found["half"]["unable"] is None

    name = half(house, first, second)
    given, before = told(house, name, "tuned"), told(house, "r2", "tuned")
    assert (given.use, given.params, given.seed) == (before.use, {"rank": 16}, before.seed)
    assert given.inputs == {"data": (Artifact("Dataset", digest_of("march")),)}
    assert house.run(name).kind == "asked"
    house.finish(f"{name}.tuned.a1")
    middle = list(house.line().versions)[-1]
    assert told(house, name, "scores").inputs["model"][0].digest == house.line().versions[middle].model
    house.finish(f"{name}.scores.a1")
    assert house.run(name).state == "done"

    after = laid(house, first, second)
    assert after["half"] is None and after["between"] == {"version": middle, "data_of": first}
    refused = half(house, first, second)
    assert is_refused(refused, "E-no-half") and "stands half-way already" in refused.what


def test_a_half_whose_data_are_gone_is_not_run_and_it_is_told(house: House) -> None:
    from sentinel.domain.kept import ArtifactDropped
    from sentinel.domain.streams import stream_of

    first, second = run(house, 8, "march", seconds=900), run(house, 16, "april")
    gone = stream_of("artifact", digest_of("march"))
    house.do(lambda e: e.do(PERSON, lambda work: work.apply(gone, [ArtifactDropped("no room")])))
    assert "not in the store any more" in laid(house, first, second)["half"]["unable"]
    assert is_refused(half(house, first, second), "E-no-half")


def test_versions_of_two_lines_are_not_compared(house: House) -> None:
    first = run(house, 8, "march")
    house.catalogue = replace(house.catalogue, lines={ROUTER: {}, "other": {}})
    house.engine.catalogue = house.catalogue
    name = house.queue(replace(trained(8), line="other"))
    house.finish(f"{name}.rows.a1")
    house.finish(f"{name}.tuned.a1")
    (second,) = house.line("other").versions
    assert is_refused(laid(house, first, second), "E-other-line")
