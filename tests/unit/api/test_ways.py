"""What is asked of each way from one version to another, and what the answers come to."""

from sentinel.api.ways import Way, scored, ways

SET = {"set": "regression", "n": 600, "only_one": 2, "only_other": 30}


def test_there_is_one_way_where_no_version_stands_half_way() -> None:
    assert ways({"one": "v1", "other": "v2", "between": None, "moved": "both"}) == [Way("both", "v1", "v2")]


def test_a_version_half_way_tells_data_from_recipe() -> None:
    told = {"one": "v1", "other": "v2", "moved": "both"}
    half = {"version": "v3", "data_of": "v1"}
    assert ways(told | {"between": half}) == [Way("recipe", "v1", "v3"), Way("data", "v3", "v2")]
    assert ways(told | {"between": half | {"data_of": "v2"}}) == [Way("data", "v1", "v3"), Way("recipe", "v3", "v2")]


def test_a_score_that_moved_is_told_from_chance_and_one_that_nobody_knows_from_both() -> None:
    way = Way("data", "v1", "v2")
    assert scored(way, {"sets": [SET]})["sets"] == [SET | {"beyond_chance": True}]
    assert scored(way, {"sets": [SET | {"only_one": 28}]})["sets"][0]["beyond_chance"] is False
    assert scored(way, None) == {"of": "data", "one": "v1", "other": "v2", "sets": None}
