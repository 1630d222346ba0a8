"""The zoo with real daemons and real workers: programs train, one of them fails, and the turns go round."""

from pathlib import Path

from tests.e2e.house import House

TRAIN = """\
#!/bin/sh
[ "$1" = broken ] && { echo "out of ideas" >&2; exit 3; }
mkdir "$OUT/model"
echo '{"name": "'"$1"'"}' > "$OUT/model/config.json"
echo "weights of $1" > "$OUT/model/model.safetensors"
"""
CONFIG = """\
timezone: UTC
nodes: {here: {slots: {cpus: 4, memory: 8GiB}}}
lines: {router: {sets: {canary: {from: outcomes, window: 4d}}}}
programs: {train: [programs/train]}
zoo: {budget: 2}
"""
CHALLENGER = """\
recipe: challenger
line: router
gives: {model: made.model}
steps:
  - id: trained
    use: program
    with: {run: train, args: [small]}
    gives: {model: Model}
  - {id: made, use: import, in: {model: trained.model}}
"""
ROTATION = (Path(__file__).resolve().parent.parent.parent / "recipes/rotation.yaml").read_text()
FILES = {
    "sentinel.yaml": CONFIG, "programs/train": TRAIN, "recipes/challenger.yaml": CHALLENGER,
    "recipes/rotation.yaml": ROTATION,
    **{
        f"zoo/{name}.yaml": f"spec: {name}\nrecipe: challenger\noverrides: {{trained: {{with: {{args: [{name}]}}}}}}\n"
        for name in ("broken", "deep", "wide")
    },
}  # fmt: skip


def test_the_shipped_rotation_trains_the_zoo_in_turn_and_goes_on_past_a_failure(tmp_path: Path) -> None:
    with House(tmp_path, FILES) as house:
        assert house("check").stdout == "6 files, no faults.\n"
        house.up()
        first = house("rotate")
        assert first.returncode == 0, first.stderr
        house.until(lambda: house.state("r1") == "done")
        assert _labels(house) == ["spec-deep"], house.log
        assert "broken: chosen, it never trained" in _said(house, "r1")
        second = house.told("rotate")["run"]
        house.until(lambda: house.state(second) == "done")
        assert _labels(house) == ["spec-deep", "spec-wide"]
        # broken was tried before deep ended, and was chosen again beside wide, which had never trained
        shown = {each["spec"]: each for each in house.told("zoo")["rotations"][0]["specs"]}
        assert {name: each["made"] for name, each in shown.items()} == {"broken": 0, "deep": 1, "wide": 1}
        assert all(each["tried"] for each in shown.values())
        version = shown["wide"]["versions"][0]["version"]
        signalled = house(
            "signal", "router", "canary", "accuracy", "9/10", "--version", version, "--from", "2026-01-01", "--to",
            "2026-01-02",
        )  # fmt: skip
        assert "of a shadow" in signalled.stdout, signalled.stderr
        assert house("zoo").stdout.count("0/28 days, 0/982") == 2, "it came before the version was made"
        assert house.told("doctor")["healthy"]


def _labels(house: House) -> list[str]:
    return sorted(each["label"] for each in house.told("versions", "router")["versions"])


def _said(house: House, run: str) -> str:
    folder = house.workspace / ".sentinel/attempts" / f"{run}.turn.a1"
    return (folder / "progress.jsonl").read_text()
