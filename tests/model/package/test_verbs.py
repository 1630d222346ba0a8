"""A version leaves the house by verb: real daemon, real workers, a bundle and a card in fresh folders."""

import json
from pathlib import Path

import pytest

from sentinel.model.bundle import verify
from tests.e2e.house import House

CONFIG = """\
timezone: UTC
nodes: {here: {slots: {cpus: 2, memory: 8GiB}}}
lines: {router: {task: classification}}
"""


@pytest.mark.timeout(400)  # real daemons and workers, and torch is imported in each
def test_an_adopted_version_is_exported_and_has_a_card(tmp_path: Path, tiny: Path) -> None:
    with House(tmp_path / "house", {"sentinel.yaml": CONFIG, "recipes/none.yaml": "recipe: none\nsteps:\n"
                                    "  - {id: rest, wait: 1ms}\n"}) as house:  # fmt: skip
        house.up()
        assert house("adopt", "router", str(tiny), "--reason", "it serves").returncode == 0
        out = tmp_path / "out"
        said = house("export", "champion", "--line", "router", "--target", "mobile", "-o", str(out))
        assert said.returncode == 0, said.stdout + said.stderr
        assert "each as its manifest says" in said.stdout
        assert verify(out) == [] and (out / "model.gguf").read_bytes()[:4] == b"GGUF"
        version = house.told("versions", "router")["versions"][0]
        told = json.loads((out / "manifest.json").read_text())
        assert (told["model"], told["target"], told["weights"]) == (version["model"], "mobile", "q8_0")

        again = house("export", "champion", "--line", "router", "--target", "vllm", "-o", str(out))
        assert again.returncode == 2 and "There is something already." in again.stderr
        plain = house.told("export", version["version"], "-o", str(tmp_path / "plain"))
        assert plain["manifest"]["format"] == "huggingface" and verify(tmp_path / "plain") == []
        wrong = house("export", version["version"], "--target", "mobile", "--weights", "f16", "-o", str(tmp_path / "x"))
        assert wrong.returncode == 3 and "mobile takes weights as q8_0 or q4_0, and these are f16" in wrong.stdout
        assert not (tmp_path / "x").exists()

        card = house.told("card", "champion", "--line", "router")
        assert (card["model"], card["lineage"]["version"]) == (version["model"], version["version"])
        shown = house("card", version["version"])
        assert shown.returncode == 0 and "## Making it again" in shown.stdout
        assert house("card", version["version"], "-o", str(tmp_path / "card")).returncode == 0
        assert sorted(each.name for each in (tmp_path / "card").iterdir()) == ["README.md", "card.json"]

        same = house("diff", version["version"], "champion", "--line", "router")
        assert same.returncode == 0 and "nothing that is on record differs" in same.stdout
        assert house.told("doctor")["healthy"]
