"""A model from outside is taken in as data, or refused with every reason at once."""

import json
from pathlib import Path

import pytest

from sentinel.contract.at import At
from sentinel.contract.attempt import AttemptIn
from sentinel.contract.kinds import Model, form_faults
from sentinel.domain.refusal import Refused
from sentinel.step.import_ import import_
from sentinel.step.resolve import resolve
from sentinel.store import Store


@pytest.fixture
def at(tmp_path: Path) -> At:
    """An attempt whose workspace is the folder of the test."""
    folder = tmp_path / "attempt"
    (folder / "out").mkdir(parents=True)
    return At(AttemptIn("a1", "r1", "taken", "import", {}, {}, str(tmp_path / "store"), str(tmp_path)), folder)


def model(folder: Path, **files: str) -> Path:
    """A model's folder; two underscores in a name stand for a dot."""
    folder.mkdir()
    for name, text in {"config__json": "{}", "model__safetensors": "weights", **files}.items():
        (folder / name.replace("__", ".")).write_text(text)
    return folder


def store(at: At) -> Store:
    return Store(Path(at.told.store))


def test_a_model_is_taken_in_as_it_is_and_stays_where_it_was(at: At, tmp_path: Path) -> None:
    model(tmp_path / "base", tokenizer__json="{}")
    taken = import_(at, None, path="base")
    assert isinstance(taken, Model)
    assert [entry.path for entry in store(at).manifest(taken.digest)] == [
        "config.json", "model.safetensors", "tokenizer.json",
    ]  # fmt: skip
    assert (tmp_path / "base" / "config.json").exists()


def test_an_absolute_path_and_gguf_weights_will_do_too(at: At, tmp_path: Path) -> None:
    folder = model(tmp_path / "base", model__gguf="weights")
    (folder / "model.safetensors").unlink()
    assert store(at).has(import_(at, None, path=str(folder)).digest)


@pytest.mark.parametrize(
    "name",
    ["pytorch_model.bin", "model.PT", "optimizer.pth", "x.pkl", "x.ckpt", "x.pickle", "x.npy", "modeling_x.py", "x.so"],
)
def test_a_file_that_could_hold_code_is_refused_by_name(at: At, tmp_path: Path, name: str) -> None:
    (model(tmp_path / "base") / name).write_text("")
    with pytest.raises(Refused, match="E-import-form") as told:
        import_(at, None, path="base")
    assert f"{name} is " in str(told.value)


def test_a_pickle_deep_inside_is_found_and_all_reasons_are_given_at_once(at: At, tmp_path: Path) -> None:
    folder = model(tmp_path / "base")
    for name in ("config.json", "model.safetensors"):
        (folder / name).unlink()
    (folder / "deep" / "er").mkdir(parents=True)
    (folder / "deep" / "er" / "x.bin").write_text("")
    with pytest.raises(Refused) as told:
        import_(at, None, path="base")
    for reason in ("deep/er/x.bin is a pickle", "there is no config.json", "no weights as .safetensors or .gguf"):
        assert reason in str(told.value)
    assert list(store(at).walk()) == []


@pytest.mark.parametrize("inside", [False, True])
def test_a_link_is_refused(at: At, tmp_path: Path, inside: bool) -> None:
    real = model(tmp_path / "real")
    if inside:
        (real / "extra.json").symlink_to("/etc/hostname")
    else:
        (tmp_path / "base").symlink_to(real)
    with pytest.raises(Refused):
        import_(at, None, path="real" if inside else "base")


def test_what_is_not_there_is_refused(at: At) -> None:
    with pytest.raises(Refused, match="there is no folder of a model there"):
        import_(at, None, path="nowhere")


def test_code_that_a_configuration_would_load_is_taken_out_and_told(at: At, tmp_path: Path) -> None:
    config = {"model_type": "x", "auto_map": {"AutoModel": "evil--x"}, "text_config": {"auto_map": {}, "layers": 2}}
    model(tmp_path / "base", config__json=json.dumps(config), tokenizer_config__json="not json")
    taken = import_(at, None, path="base")
    assert taken.path == at.out / "model"
    assert json.loads((taken.path / "config.json").read_text()) == {"model_type": "x", "text_config": {"layers": 2}}
    assert (taken.path / "tokenizer_config.json").read_text() == "not json"
    assert form_faults("Model", taken.path) == []
    assert "auto_map was taken out of config.json" in (at.folder / "progress.jsonl").read_text()


def resolving(at: At, base: object) -> At:
    told = AttemptIn("a1", "r1", "resolve", "resolve", {}, {}, at.told.store, at.told.workspace, reads={"line": base})
    return At(told, at.folder)


def test_a_lines_base_in_a_folder_is_resolved_to_a_model(at: At, tmp_path: Path) -> None:
    model(tmp_path / "base")
    found = resolve(resolving(at, {"name": "router", "base": {"file": "base"}}), None, wants=("base",))
    assert found.base is not None and store(at).has(found.base.digest)
    assert (found.sets, found.rows) == ([], [])


@pytest.mark.parametrize(
    ("line", "says"),
    [
        ({"name": "router"}, "the line has no base"),
        (None, "the line has no base"),
    ],
)
def test_a_base_that_is_not_here_is_refused_in_plain_words(at: At, line: object, says: str) -> None:
    with pytest.raises(Refused, match=says):
        resolve(resolving(at, line), None, wants=("base",))


def test_what_a_program_has_made_is_taken_in_from_a_port_under_the_same_rules(at: At, tmp_path: Path) -> None:
    kept = store(at).put(model(tmp_path / "made"))
    assert import_(at, Model(kept.digest, store(at).path(kept.digest))).digest == kept.digest
    bad = store(at).put(model(tmp_path / "bad", weights__pt="x"))
    with pytest.raises(Refused, match="E-import-form"):
        import_(at, Model(bad.digest, store(at).path(bad.digest)))


def test_a_model_comes_from_a_folder_or_from_a_port_and_not_from_both(at: At, tmp_path: Path) -> None:
    kept = store(at).put(model(tmp_path / "made"))
    with pytest.raises(Refused, match="E-import-which"):
        import_(at, None)
    with pytest.raises(Refused, match="E-import-which"):
        import_(at, Model(kept.digest, store(at).path(kept.digest)), path="made")
