"""The map to benchmarks: all that is submitted was measured so, and all that was measured is told of."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from sentinel.domain.benchmark import PERCENT, SHARE, Benchmark, Measured, mapped

VALUES = st.floats(-0.2, 1.2) | st.just(float("nan"))
MEASURED = st.builds(
    Measured, st.sampled_from("ab"), st.sampled_from(("accuracy", "f1")), VALUES, VALUES, VALUES, st.integers(0, 3),
    st.none() | st.just("strict"), st.none() | st.just(5), st.none() | st.just(10), st.booleans(),
)  # fmt: skip
BENCHMARKS = st.builds(
    Benchmark, st.sampled_from("ab"), st.sampled_from(("accuracy", "f1")), st.just("x/y"), st.sampled_from("st"),
    st.sampled_from((PERCENT, SHARE)), st.none() | st.just("strict"), st.none() | st.just(5),
    st.none() | st.just(2), st.booleans(),
)  # fmt: skip


@given(st.lists(MEASURED, max_size=4, unique_by=lambda each: each.of), st.lists(BENCHMARKS, max_size=4))
def test_nothing_is_guessed_and_nothing_dropped_in_silence(measured: list[Measured], known: list[Benchmark]) -> None:
    found = mapped(measured, known)
    by_name = {each.of: each for each in measured}
    for entry in found.entries:
        was = by_name[entry.of]
        (one, *_) = [
            each for each in known
            if (each.of, each.task, each.metric, each.filter) == (was.of, entry.task, was.metric, was.filter)
            and each.scale == entry.scale and (was.bundled or not each.bundled)
            and each.shots in (None, was.shots) and each.documents in (None, was.n)
        ]  # fmt: skip
        assert was.limit is None and 0 <= was.value <= 1 and was.n > 0
        assert abs(entry.value - was.value * (100 if one.scale == PERCENT else 1)) < 1e-3
        assert (entry.score, entry.lower, entry.upper, entry.n) == (was.value, was.lower, was.upper, was.n)
    for each in measured:
        told = [entry for entry in found.entries if entry.of == each.of]
        said = [fault for fault in found.faults if f"`{each.of}`" in fault]
        assert bool(told) or bool(said) or each.of in found.unnamed


@given(st.sampled_from(("metric", "filter", "shots", "documents")))
def test_what_differs_in_one_thing_is_no_benchmark(what: str) -> None:
    one = Benchmark("a", "accuracy", "x/y", "s", PERCENT, "strict", 5, 200)
    was = Measured("a", "accuracy", 0.5, 0.4, 0.6, 200, "strict", 5)
    assert [entry.value for entry in mapped([was], [one]).entries] == [50.0]
    other = {"metric": "f1", "filter": None, "shots": 4, "documents": 201}
    found = mapped([was], [replace(one, **{what: other[what]})])  # type: ignore[arg-type]
    assert found.entries == () and len(found.faults) == 1
