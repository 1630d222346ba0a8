"""What a step holds in its hands: what it was told, where it writes, how it speaks."""

import json
from pathlib import Path

import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.domain.refusal import Refused


def at(folder: Path, secrets: tuple[str, ...] = ()) -> At:
    told = AttemptIn(
        "a1", "r1", "rows", "program", {}, {}, "/store", "/house", reads={"clock": 7}, seed=3, effect_key="k",
        secrets=secrets, gives={"rows": "RawSnapshot"},
    )  # fmt: skip
    return At(told, folder, credential=lambda name: f"the {name}")


def test_a_step_sees_what_it_was_told(tmp_path: Path) -> None:
    here = at(tmp_path)
    assert (here.attempt, here.run, here.step, here.seed, here.effect_key) == ("a1", "r1", "rows", 3, "k")
    assert (here.reads, here.out, here.workspace) == ({"clock": 7}, tmp_path / "out", Path("/house"))
    assert here.gives == {"rows": "RawSnapshot"}


def test_progress_and_words_are_lines_of_json(tmp_path: Path) -> None:
    here = at(tmp_path)
    here.progress(1, 4, loss=0.5)
    here.say("half\nway")
    first, second = (json.loads(line) for line in (tmp_path / "progress.jsonl").read_text().splitlines())
    assert (first["done"], first["total"], first["figures"]) == (1, 4, {"loss": 0.5})
    assert second["says"] == "half\nway"
    assert first["at"] <= second["at"]


def test_a_step_gets_the_secrets_that_it_declared_and_no_others(tmp_path: Path) -> None:
    assert at(tmp_path, ("hf-token",)).secret("hf-token") == "the hf-token"
    with pytest.raises(Refused, match=r"E-secret: `program` did not declare the credential `hf-token`\."):
        at(tmp_path).secret("hf-token")


def test_a_checkpoint_that_was_saved_is_there_to_go_on_from(tmp_path: Path) -> None:
    here = at(tmp_path)
    assert here.checkpoint is None
    with here.save_checkpoint() as folder:
        (folder / "state").write_text("7")
    assert here.checkpoint is not None
    assert (here.checkpoint / "state").read_text() == "7"
