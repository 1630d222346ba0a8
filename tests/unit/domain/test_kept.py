"""Artifacts and plans kept by digest, and the streams of them all."""

import pytest

from sentinel.domain import kept as k
from sentinel.domain.house import DaemonStopped, House
from sentinel.domain.run.state import Run
from sentinel.domain.streams import AGGREGATES, parts_of, stream_of
from tests.unit.domain.plans import plan, use


def test_an_artifact_remembers_who_made_it_first_and_whether_it_is_still_there() -> None:
    artifact = k.evolve_artifact(k.KeptArtifact("d"), k.ArtifactKept("Model", 7, "r1.a.a1"), 5)
    artifact = k.evolve_artifact(artifact, k.ArtifactDropped("older than 90d"), 6)
    assert artifact.dropped == "older than 90d"
    artifact = k.evolve_artifact(artifact, k.ArtifactKept("Model", 7, "r2.a.a1"), 8)
    assert artifact == k.KeptArtifact("d", "Model", 7, "r1.a.a1", 8, None)


def test_a_kept_plan_is_read_back() -> None:
    trial = plan(use("a"))
    assert k.evolve_plan(k.KeptPlan(trial.digest), k.PlanKept(trial.to_json()), 0).plan == trial


def test_each_stream_holds_its_own_events_only() -> None:
    with pytest.raises(TypeError, match="no event of an artifact"):
        k.evolve_artifact(k.KeptArtifact("d"), DaemonStopped(""), 0)
    with pytest.raises(TypeError, match="no event of a plan"):
        k.evolve_plan(k.KeptPlan("d"), DaemonStopped(""), 0)


def test_a_stream_is_named_by_its_aggregate_and_its_own_name() -> None:
    assert [stream_of("run", "r1"), stream_of("house")] == ["run/r1", "house"]
    assert [parts_of("run/r1"), parts_of("house"), parts_of("artifact/a/b")] == [
        ("run", "r1"), ("house", ""), ("artifact", "a/b"),
    ]  # fmt: skip


def test_every_aggregate_begins_from_its_name_and_a_run_from_its_plan_too() -> None:
    assert AGGREGATES["house"].begin("") == House()
    assert AGGREGATES["run"].begin("r1", plan()) == Run("r1", plan())
    for word in ("line", "trigger", "delivery", "artifact", "plan"):
        assert AGGREGATES[word].begin("x") is not None
