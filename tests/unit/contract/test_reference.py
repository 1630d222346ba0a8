"""The reference says all that the registry knows, and what each fault means."""

from sentinel.contract.codes import CODES
from sentinel.contract.kinds import KIND_CLASSES
from sentinel.contract.reference import reference
from tests.bad.stock import STOCK

PAGE = reference(STOCK)


def section(name: str) -> str:
    return PAGE.partition(f"### `{name}`\n")[2].partition("\n### ")[0].partition("\n## ")[0]


def test_every_step_check_trigger_kind_and_code_is_on_the_page() -> None:
    written_otherwise = {"gate", "approve", "wait", "resolve"}
    for name in {*STOCK.steps, *STOCK.checks, *STOCK.triggers} - written_otherwise:
        assert f"### `{name}`" in PAGE
    assert all(f"| {kind} |" in PAGE for kind in KIND_CLASSES)
    assert all(f"| `{code}` |" in PAGE for code in CODES)


def test_a_step_says_its_ports_its_promises_and_its_parameters() -> None:
    forge = section("forge")
    assert "A model trained from a base." in forge
    assert "- takes `base`: Model, `data`: Dataset" in forge
    assert "- makes a version" in forge
    assert '| `train.method` | `lora` or `full` | `"lora"` |' in forge
    assert "- its reports are about `model`" in section("evaluate")
    assert "- `model` has to be what the verdict judged" in section("promote")
    assert "- done by the daemon itself" in section("promote")


def test_a_parameter_without_a_default_is_required() -> None:
    assert "| `set` | like `support-router` | required |" in section("drift")
    assert "| `margin` | a number | required |" in section("drift")
    assert "- looks in the worker" in section("drift")


def test_a_comparative_check_says_so() -> None:
    assert "says nothing of a first one" in section("no_regression")


def test_the_page_is_the_same_each_time() -> None:
    assert reference(STOCK) == PAGE
