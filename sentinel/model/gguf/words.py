"""A tokenizer as GGUF tells it: byte-level pieces with their merges, and how text is cut before they apply."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.refusal import refuse
from sentinel.model.base import tokenizer

NORMAL, CONTROL, USER_DEFINED, UNUSED = 1, 3, 4, 5
"""What a token is, in GGUF's numbers."""
_BYTES = {"type": "ByteLevel", "add_prefix_space": False, "use_regex": True}
CUTS: dict[str, list[dict[str, Json]]] = {
    "gpt-2": [_BYTES],
    "smollm": [{"type": "Digits", "individual_digits": True}, _BYTES],
}
"""The ways to cut text that llama.cpp knows by these names and cuts exactly as the tokenizers library does."""


@dataclass(frozen=True, slots=True)
class Words:
    """What a tokenizer is made of."""

    tokens: tuple[str, ...]
    sorts: tuple[int, ...]
    merges: tuple[str, ...]
    cut: str
    begin: int
    end: int
    unknown: int | None
    pad: int | None
    adds_begin: bool
    adds_end: bool
    template: str | None


def words_of(model: Path, vocabulary: int) -> Words:
    """The words of a Model folder whose embeddings have so many rows. Refused where GGUF would read text otherwise."""
    try:
        told: Json = json.loads((model / "tokenizer.json").read_bytes())
        faults = [*_faults(told), *_unfit(told, vocabulary)]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise _refused(model, [f"tokenizer.json cannot be read: {type(error).__name__} {error}."[:160]]) from error
    if faults:
        raise _refused(model, faults)
    held = tokenizer(model)
    end = held.eos_token_id
    if end is None:
        raise _refused(model, ["It has no token that ends a text, and llama.cpp would take another for it."])
    tokens, sorts = _pieces(told, vocabulary)
    bare, dressed = (held("a", add_special_tokens=each)["input_ids"] for each in (False, True))
    begins, ends = dressed[: -len(bare)] == [held.bos_token_id], dressed[len(bare) :] == [end]
    if len(dressed) != len(bare) + begins + ends:
        raise _refused(model, ["It puts more around a text than one token at its beginning and one at its end."])
    merges = tuple(each if isinstance(each, str) else " ".join(each) for each in told["model"]["merges"])
    begin = held.bos_token_id if held.bos_token_id is not None else end
    return Words(tokens, sorts, merges, _cut(told) or "", begin, end, held.unk_token_id, held.pad_token_id,
                 begins, ends, _template(held))  # fmt: skip


def _faults(told: Json) -> list[str]:
    """What of a tokenizer llama.cpp would do otherwise."""
    inner = told["model"]
    if inner.get("type") != "BPE":
        return [f"GGUF is written with byte-level BPE, and its tokenizer is {inner.get('type')}."]
    faults = []
    if _cut(told) is None:
        known = ", ".join(CUTS)
        faults.append(f"Its tokenizer cuts text in a way that llama.cpp has no name for; written are {known}.")
    if (told.get("normalizer") or {}).get("normalizers", told.get("normalizer")):
        faults.append("Its tokenizer changes text before it is cut, which llama.cpp would not.")
    if inner.get("byte_fallback") or inner.get("continuing_subword_prefix") or inner.get("end_of_word_suffix"):
        faults.append("Its pieces are not those of bytes.")
    if inner.get("ignore_merges"):
        faults.append("It takes whole words before merges, which llama.cpp does for none of these cuts.")
    faults += [
        f"Its added token {each['id']} takes in the blanks around it, which llama.cpp would leave."
        for each in told.get("added_tokens") or () if each.get("lstrip") or each.get("rstrip")
    ]  # fmt: skip
    return faults


def _unfit(told: Json, vocabulary: int) -> list[str]:
    inner = told["model"].get("vocab")
    ids = [*(inner.values() if isinstance(inner, dict) else ()), *(each["id"] for each in told["added_tokens"])]
    most = max(ids, default=-1)
    if most < vocabulary:
        return []
    return [f"The tokenizer does not fit: it has a token {most}, and the model's embeddings have {vocabulary} rows."]


def _cut(told: Json) -> str | None:
    """What llama.cpp calls the way in which this tokenizer cuts text."""
    outer = told.get("pre_tokenizer") or {}
    steps = outer.get("pretokenizers") if outer.get("type") == "Sequence" else [outer]
    for name, wanted in CUTS.items():
        pairs = zip(steps or (), wanted, strict=False)
        if len(steps or ()) == len(wanted) and all(_is(step, each) for step, each in pairs):
            return name
    return None


def _is(step: Json, wanted: dict[str, Json]) -> bool:
    # a first part that cuts only at digits may be written with or without its own default
    told = {"use_regex": True, "individual_digits": False, "add_prefix_space": True, **step}
    return all(told.get(key) == value for key, value in wanted.items())


def _pieces(told: Json, vocabulary: int) -> tuple[tuple[str, ...], tuple[int, ...]]:
    tokens = [f"[PAD{number}]" for number in range(vocabulary)]
    sorts = [UNUSED] * vocabulary
    for piece, number in told["model"]["vocab"].items():
        tokens[number], sorts[number] = piece, NORMAL
    for each in told["added_tokens"]:
        tokens[each["id"]] = each["content"]
        sorts[each["id"]] = CONTROL if each["special"] else USER_DEFINED
    return tuple(tokens), tuple(sorts)


def _template(held: Any) -> str | None:
    template = held.chat_template
    return template if isinstance(template, str) else (template or {}).get("default")


def _refused(model: Path, faults: list[str]) -> Exception:
    return refuse("E-gguf-tokenizer", " ".join(faults), where=model.name, todo="Package it as `huggingface`.")
