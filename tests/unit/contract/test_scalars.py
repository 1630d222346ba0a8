"""Parameters are read as people write them, and read back from the JSON that they become."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from sentinel.contract import scalars
from sentinel.domain.quantity import Rate

READS = [
    (scalars.Duration, "1h30m", 5_400_000), (scalars.Size, "20GiB", 20 * 2**30), (scalars.Share, "5%", 0.05),
    (scalars.Rate, "1 per 3 years", {"times": 1, "per_ms": 94_608_000_000}), (scalars.Name, "a-b", "a-b"),
    (scalars.Flag, "True", True), (scalars.Whole, "-12", -12), (scalars.Number, "1e-4", 0.0001),
    (scalars.Credential, "credential:hf-token", "credential:hf-token"), (scalars.Text, "3f2c9e1", "3f2c9e1"),
]  # fmt: skip
REFUSES = [
    (scalars.Duration, "an hour"), (scalars.Size, "20G"), (scalars.Share, "130%"), (scalars.Rate, "often"),
    (scalars.Name, "Acme"), (scalars.Flag, "yes"), (scalars.Flag, "1"), (scalars.Whole, "1.5"),
    (scalars.Whole, "1_000"), (scalars.Whole, "0x10"), (scalars.Number, "nan"), (scalars.Number, "1e999999"),
    (scalars.Number, "٣"), (scalars.Credential, "hf_secretsecret"), (scalars.Whole, "9" * 5000),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "value"), READS)
def test_a_text_is_read_and_its_json_is_read_back(kind: Any, text: str, value: object) -> None:
    adapter: TypeAdapter[object] = TypeAdapter(kind)
    held = adapter.validate_python(text)
    assert adapter.dump_python(held, mode="json") == value
    assert adapter.validate_python(value) == held


@pytest.mark.parametrize(("kind", "text"), REFUSES)
def test_a_text_of_another_form_is_refused(kind: Any, text: str) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(text)


@pytest.mark.parametrize("kind", [kind for kind, _, _ in READS])
@pytest.mark.parametrize("value", [None, [], {}, ["1h"]])
def test_a_list_a_mapping_or_nothing_is_refused(kind: Any, value: object) -> None:
    with pytest.raises(ValidationError):
        TypeAdapter(kind).validate_python(value)


@settings(deadline=None)
@given(st.text(max_size=40))
def test_no_text_breaks_a_type(text: str) -> None:
    for kind, _, _ in READS:
        try:
            TypeAdapter(kind).validate_python(text)
        except ValidationError:
            continue


def test_a_number_that_fills_a_word_is_that_word() -> None:
    adapter: TypeAdapter[str] = TypeAdapter(scalars.Text)
    assert [adapter.validate_python(value) for value in (3, 0.5, True)] == ["3", "0.5", "true"]


def test_a_rate_is_a_value_of_the_domain() -> None:
    assert TypeAdapter(scalars.Rate).validate_python("5 per day") == Rate(5, 86_400_000)
