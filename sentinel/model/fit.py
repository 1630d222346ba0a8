"""Whether a base, the rows of a task and their prompt belong together: looked at before anything is trained."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sentinel.domain.digest import Json
from sentinel.domain.preflight import NO, OK, WARN, Point
from sentinel.domain.refusal import Refused
from sentinel.domain.task import CHAT, Task
from sentinel.model.prompt import Row, rendered
from sentinel.model.tokens import Encoded, Sample

UNKNOWN_WARN, UNKNOWN_NO = 0.01, 0.2
"""Shares of tokens that the tokenizer has no word for."""
CUT_WARN, CUT_NO = 0.02, 0.5
"""Shares of rows that are cut to fit."""
QUANTILES = (0.5, 0.9, 0.99, 1.0)
SOME = 500
"""Rows on which the tokenizer is tried."""
_CAUSAL = ("ForCausalLM", "LMHeadModel")


@dataclass(frozen=True, slots=True)
class Config:
    """A base's config.json, where it can be read."""

    held: Mapping[str, Any]

    @property
    def vocabulary(self) -> int | None:
        """How many tokens the model knows."""
        found = self.held.get("vocab_size") or (self.held.get("text_config") or {}).get("vocab_size")
        return found if isinstance(found, int) else None


def config_of(folder: Path) -> Config | None:
    """What a folder's config.json says; None where it is no JSON object."""
    try:
        held = json.loads((folder / "config.json").read_bytes())
    except (OSError, ValueError, RecursionError):
        return None
    return Config(held) if isinstance(held, dict) else None


def architecture(config: Config | None) -> Point:
    """Whether the base is a causal language model of a family that transformers knows."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES as KNOWN

    what = "architecture"
    if config is None:
        return Point(what, NO, "The base has no config.json that can be read.", todo="Bring the whole checkpoint.")
    family, named = str(config.held.get("model_type")), config.held.get("architectures") or []
    figures = {"family": family, "architectures": [str(each) for each in named]}
    if family not in KNOWN:
        todo = "Take a base of a family that it knows; code that comes with a model is never run."
        return Point(what, NO, f"transformers here knows no causal model of the family {family}.", figures, todo)
    is_causal = all(str(each).endswith(_CAUSAL) for each in named)
    if not is_causal or config.held.get("is_encoder_decoder"):
        todo = "Take a base that goes on from a prompt, token by token."
        return Point(what, NO, f"{named[0] if named else family} is no causal language model.", figures, todo)
    return Point(what, OK, f"A causal language model of the family {family}.", figures)


def form(task: Task, known: Task | None, rows: int, lacking: int) -> Point:
    """Whether the rows are of the form that the base was taught before, and how many there are."""
    figures = {"form": task.form, "rows": rows, "lacking": lacking, "labels": len(task.labels)}
    if known is not None and known.form != task.form:
        said = f"The rows are {task.form}, and the base was taught {known.form}."
        return Point("form", WARN, said, figures, "See that this is the base that was meant.")
    if lacking > rows:
        said = f"{lacking} rows lack a field of the form {task.form}, and {rows} have all."
        return Point("form", WARN, said, figures, "See the mapping that the rows were normalised by.")
    more = f", {len(task.labels)} labels" if task.labels else ""
    return Point("form", OK, f"{rows} rows to learn from, of the form {task.form}{more}.", figures)


def tokenizer(words: Any, vocabulary: int | None) -> Point:
    """Whether the tokenizer knows no more tokens than the model, and can say where an answer ends."""
    highest = max(words.get_vocab().values(), default=0)
    figures = {"tokens": highest + 1, "embeddings": vocabulary, "end": words.eos_token, "pad": words.pad_token}
    if vocabulary is not None and highest >= vocabulary:
        said = f"The tokenizer has tokens up to {highest}, and the model knows {vocabulary}."
        return Point("tokenizer", NO, said, figures, "Bring the tokenizer that the model was trained with.")
    if words.eos_token_id is None:
        said = "The tokenizer has no token for the end of a text, so the model cannot learn where an answer ends."
        return Point("tokenizer", WARN, said, figures, "Take a base whose tokenizer has one.")
    return Point("tokenizer", OK, f"{highest + 1} tokens of {vocabulary} that the model knows; it has an end.", figures)


def template(words: Any, task: Task) -> Point:
    """Whether there is a chat template where the rows or the prompt want one, and it can be rendered."""
    if task.form != CHAT and not task.prompt.chat:
        return Point("template", OK, "Neither the rows nor the prompt want a chat template.")
    if not getattr(words, "chat_template", None):
        said = "The rows or the prompt are a chat, and the tokenizer has no chat template."
        todo = "Take a base that was made for chats, or write `prompt: {chat: false}`."
        return Point("template", NO, said, todo=todo)
    try:
        rendered([{"role": "user", "content": "Hello."}], words, asks=True)
    except Refused as error:
        return Point("template", NO, error.refusal.what, todo=error.refusal.todo)
    return Point("template", OK, "The tokenizer has a chat template, and it can be rendered.")


def unknown(words: Any, texts: Sequence[str]) -> Point:
    """The share of tokens for which the tokenizer has no word: its unknown token, and bytes that it falls back to."""
    seen = unknown = 0
    marks = {f"<0x{byte:02X}>" for byte in range(256)}
    vocabulary = words.get_vocab()
    strange = {vocabulary[mark] for mark in marks if mark in vocabulary}
    if words.unk_token_id is not None and words.unk_token_id != words.eos_token_id:
        strange.add(words.unk_token_id)
    for text in texts[:: max(1, len(texts) // SOME)][:SOME]:
        ids = words(text, add_special_tokens=False)["input_ids"]
        seen += len(ids)
        unknown += sum(each in strange for each in ids)
    share = unknown / seen if seen else 0.0
    letters = sum(map(len, texts[:: max(1, len(texts) // SOME)][:SOME])) / seen if seen else 0.0
    figures = {"share": round(share, 4), "tokens": seen, "letters_a_token": round(letters, 2)}
    if share > UNKNOWN_WARN:
        said = f"For {100 * share:.2g} % of the tokens of the rows the tokenizer has no word."
        todo = "Take a base that has read this language and these signs."
        return Point("unknown", NO if share > UNKNOWN_NO else WARN, said, figures, todo)
    said = f"{100 * share:.2g} % of the tokens of the rows are unknown; a token stands for {letters:.2g} letters."
    return Point("unknown", OK, said, figures)


def context(encoded: Encoded, room: int, most: int | None) -> Point:
    """How long the rows are beside what is kept of each, and how many had to be cut."""
    lengths = sorted(len(each.ids) for each in encoded.samples)
    rows = len(lengths) + encoded.left_out
    told = {f"{share:g}": lengths[min(len(lengths) - 1, int(share * len(lengths)))] for share in QUANTILES if lengths}
    share = encoded.cut / rows if rows else 0.0
    figures = {"room": room, "context": most, "lengths": told, "cut": round(share, 4), "left_out": encoded.left_out}
    if not lengths:
        said = f"No row holds anything to learn within {room} tokens."
        return Point("context", NO, said, figures, "See what the rows say.")
    if share > CUT_WARN:
        more = f"Give `max_tokens` up to {most}" if most is not None and most > room else "Take a base that holds more"
        said = f"{100 * share:.2g} % of the rows are cut to {room} tokens."
        return Point("context", NO if share > CUT_NO else WARN, said, figures, f"{more}, or shorten the texts.")
    half, nearly = told["0.5"], told["0.99"]
    said = f"Half of the rows have {half} tokens or fewer, 99 of 100 {nearly}; {encoded.cut} are cut to {room}."
    return Point("context", OK, said, figures)


def contract(promised: int, asked: int | None, most: int | None) -> Point:
    """Whether rows as long as the line's contract lets requests be can be learned, and none beyond it."""
    figures: dict[str, Json] = {"contract": promised, "asked": asked, "context": most}
    if asked is not None and asked > promised:
        said = f"Rows of {asked} tokens are asked for, and the line's contract ends at {promised}."
        return Point("contract", NO, said, figures, f"Ask for {promised} at most, or raise `contract.max_tokens`.")
    if most is not None and most < promised:
        said = f"The line's contract lets requests of {promised} tokens come, and the model holds {most}."
        return Point("contract", NO, said, figures, "Take a base that holds more, or lower `contract.max_tokens`.")
    return Point("contract", OK, f"Rows of up to {asked or promised} tokens are learned, and requests have no more "
                 f"than {promised}.", figures)  # fmt: skip


def tried(what: str, look: Callable[[], Point]) -> Point:
    """A look, or the refusal that it ran into as a point of its own."""
    try:
        return look()
    except Refused as error:
        return Point(what, NO, error.refusal.what, todo=error.refusal.todo)


def heaviest(samples: Sequence[Sample], rows: Sequence[int], packs: bool) -> tuple[int, int, int, bool]:
    """How a batch of these rows lies: so many rows of such a width, what is learned, and whether rows share one."""
    lengths = [len(samples[row].ids) for row in rows]
    width = max(lengths, default=1)
    count = -(-sum(lengths) // width) if packs else len(lengths)
    return max(1, count), width, sum(samples[row].useful for row in rows), packs and count < len(lengths)


def looks(samples: Sequence[Sample], at_once: int) -> list[tuple[int, int, int]]:
    """How held-out rows lie when they are looked at: so many of such a width, and what is learned of them."""
    rows = sorted(samples, key=lambda each: len(each.ids))
    batches = [rows[start : start + at_once] for start in range(0, len(rows), at_once)]
    return [(len(each), len(each[-1].ids), sum(row.useful for row in each)) for each in batches]


def texts_of(rows: Sequence[Row]) -> list[str]:
    """All that rows say."""
    return [str(value) for row in rows for value in row.values()]
