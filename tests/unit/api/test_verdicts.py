"""What is told of a verdict besides what the gate said: whose it is, and which version was judged."""

from tests.unit.api.house import House
from tests.unit.api.test_record import JUDGED, judged
from tests.unit.api.test_routes import has_version


def test_a_verdict_names_the_line_and_the_recipe_of_its_run_and_the_version_that_was_judged(house: House) -> None:
    (house.workspace / "recipes/judged.yaml").write_text(JUDGED)
    assert house.client.ask("reload")["faults"] == []
    version = has_version(house, "a" * 64, line="router")
    mine, theirs = (judged(house, line, "promotion") for line in ("router", "other"))
    told = {each["verdict_id"]: each for each in house.client.ask("verdicts")["verdicts"]}
    assert (told[mine]["line"], told[mine]["recipe"], told[mine]["version"]) == ("router", "judged", version)
    # the same model is no version of the other line
    assert (told[theirs]["line"], told[theirs]["version"]) == ("other", None)
    assert told[theirs]["seq"] > told[mine]["seq"]
    whole = house.client.ask("verdict", id=mine)
    assert {name: whole[name] for name in told[mine]} == told[mine]
