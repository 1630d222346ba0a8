"""The curve of an attempt: points in the order of time, however many, and only numbers."""

from hypothesis import given
from hypothesis import strategies as st

from sentinel.tui.widgets.curve import Curve

VALUES = st.one_of(st.floats(), st.integers(), st.text(max_size=3), st.none(), st.booleans())


@given(st.lists(st.tuples(VALUES, VALUES, st.dictionaries(st.text(max_size=3), VALUES, max_size=3)), max_size=20))
def test_whatever_is_told_lines_are_numbers(told: list[tuple[object, object, dict[str, object]]]) -> None:
    curve = Curve([{"at": None, "done": None, "total": None, "figures": {"x": 1.0}}])
    for at, done, figures in told:
        curve.take({"at": at, "done": done, "total": None, "figures": figures})
    curve.take({"figures": {"x": 2.0}})
    for name in curve.names():
        places, values = curve.line(name)
        assert len(places) == len(values)
        assert all(abs(each) < 1e301 for each in (*places, *values))


def test_the_newest_points_stay_and_the_older_half_thins_out() -> None:
    curve = Curve()
    for at in range(5_000):
        assert curve.take({"at": at, "done": at, "figures": {"loss": at}})
    assert len(curve.points) <= 1_000
    places, _ = curve.line("loss")
    assert places == sorted(places) and places[-400:] == [float(at) for at in range(4_600, 5_000)]


def test_a_point_that_was_told_before_is_not_taken_again() -> None:
    curve = Curve([{"at": 5, "done": 1, "total": 2, "figures": {"loss": 1.0}}])
    assert not curve.take({"at": 5, "done": 1, "figures": {"loss": 1.0}})
    assert not curve.take({"at": 6, "figures": {"loss": "NaN"}})
    assert not curve.take({"at": 7, "says": "hello"})


def test_it_goes_by_steps_where_all_tell_them_else_by_minutes() -> None:
    points = [{"at": 60_000 * n, "done": n, "total": 3, "figures": {"b": n, "loss": n}} for n in range(3)]
    assert Curve(points).line("b") == ([0.0, 1.0, 2.0], [0.0, 1.0, 2.0])
    assert Curve(points).names() == ["loss", "b"]
    again = [*points, {"at": 240_000, "done": 0, "total": 3, "figures": {"b": 9}}]
    assert not Curve(again).by_steps and Curve(again).line("b")[0] == [0.0, 1.0, 2.0, 4.0]
