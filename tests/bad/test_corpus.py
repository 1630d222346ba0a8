"""Every fault has a natural example, and says exactly what it should."""

import re
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from sentinel.contract.codes import CODES
from sentinel.recipe.check import Checked
from tests.bad.workspaces import CORPUS, EXAMPLES, MADE, SAID, Made, checked, said, workspace


@cache
def found(code: str) -> Checked:
    """The check of an example, made once."""
    with TemporaryDirectory() as folder:
        return checked(workspace(CORPUS / code, Path(folder) / "house"))


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_mistake_gets_its_sentences(code: str) -> None:
    assert said(found(code)) == (CORPUS / code / SAID).read_text().splitlines()
    assert code in {fault.code for fault in [*found(code).faults, *found(code).warnings]}


@pytest.mark.parametrize("code", MADE)
def test_a_mistake_that_no_file_can_show_gets_its_sentences(code: str, tmp_path: Path) -> None:
    example = MADE[code]
    sentences = said(checked(workspace(example, tmp_path / "house"), example.paths))
    told = [sentence for sentence in sentences if f" {code}: " in f" {sentence}"]
    assert told == example.says


def test_the_workspace_that_the_mistakes_are_made_in_has_none(tmp_path: Path) -> None:
    assert said(checked(workspace(Made(lambda root: None, []), tmp_path / "house"))) == []


@pytest.mark.parametrize("code", CODES)
def test_every_code_has_a_natural_example(code: str) -> None:
    assert code in EXAMPLES or code in MADE


def test_every_code_in_use_is_explained_and_every_explained_one_is_in_use(root: Path) -> None:
    written = re.compile(r"""Fault\(\s*"(E-[a-z-]+)"|Mistake\(\s*"(E-[a-z-]+)"|"(E-[a-z-]+)", (?:f?"|what)""")
    texts = [path.read_text() for room in ("contract", "recipe") for path in (root / "sentinel" / room).rglob("*.py")]
    used = {code for text in texts for found in written.findall(text) for code in found if code}
    assert set(CODES) <= {code for text in texts for code in re.findall(r'"(E-[a-z-]+)"', text)}
    assert used - set(CODES) <= {"E-registry", "E-secret", "E-init-taken", "E-unknown-input", "E-value"}


@pytest.mark.parametrize("code", EXAMPLES)
def test_a_warning_is_a_warning_wherever_it_is_told(code: str) -> None:
    assert all(CODES[fault.code].warning for fault in found(code).warnings)
    assert not any(CODES[fault.code].warning for fault in found(code).faults)


def test_every_sentence_says_what_is_wrong_and_what_to_do() -> None:
    for code in EXAMPLES:
        for line in (CORPUS / code / SAID).read_text().splitlines():
            assert re.fullmatch(r"(?:[\w./-]+:(?:\d+:\d+:)? )?E-[a-z-]+: .+[.?!…`)] .+[.?!]", line), line
            assert not re.search(r"pydantic|validation|str_type|\\bdict|Traceback|None\b", line), line


@pytest.mark.parametrize("code", [code for code in EXAMPLES if not (CORPUS / code / "sentinel.yaml").exists()])
def test_a_faulty_file_takes_no_other_down(code: str) -> None:
    assert "lifecycle" in found(code).recipes
    assert "promotion" in found(code).gates
    assert found(code).config is not None
