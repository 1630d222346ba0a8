"""A Model folder as one GGUF file, tensor by tensor; what is half-written never bears the file's name."""

from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sentinel.domain.refusal import Refused, refuse
from sentinel.model.gguf.shape import ARCHITECTURE, Shape, shape_of
from sentinel.model.gguf.tensors import Tensor, read_tensors, tensors_of
from sentinel.model.gguf.words import Words, words_of

KINDS = ("f16", "q8_0", "q4_0")
"""How weights are kept: halves, or blocks of 32 in eight or four bits with a scale."""
_BLOCK = 32
_MOST = 65504.0
"""The largest half."""


@dataclass(frozen=True, slots=True)
class Written:
    """What a file came to."""

    shape: Shape
    parameters: int
    halves: int
    """Matrices of a quantised file that had to stay halves: their rows are no multiple of 32."""


def write_gguf(
    model: Path, file: Path, kind: str, name: str, progress: Callable[[int, int], None] = lambda _done, _all: None
) -> Written:
    """Write a model in one file. Refused, before a byte is written, where another reader would make another model."""
    from gguf import GGUFWriter

    shape = shape_of(model)
    words = words_of(model, shape.vocabulary)
    tensors = tensors_of(shape)
    aside = file.with_name(f"{file.name}.part")
    try:
        with closing(GGUFWriter(aside, ARCHITECTURE)) as writer:
            _tell_shape(writer, shape, kind, name)
            _tell_words(writer, words)
            for tensor in tensors:
                _announce(writer, tensor, kind)
            read = read_tensors(model, shape)
            first = next(read)  # what is amiss with the weights is told before the file is there
            writer.write_header_to_file()
            writer.write_kv_data_to_file()
            writer.write_ti_data_to_file()
            for done, (tensor, weights) in enumerate(_all(first, read), 1):
                writer.write_tensor_data(_packed(model, tensor, weights, kind))
                progress(done, len(tensors))
            writer.flush()
        aside.rename(file)
    except BaseException:
        aside.unlink(missing_ok=True)
        raise
    halves = sum(_is_matrix(each) and kind_of(each, kind) == "f16" for each in tensors) if kind != "f16" else 0
    return Written(shape, sum(int(np.prod(each.shape)) for each in tensors), halves)


def kind_of(tensor: Tensor, kind: str) -> str:
    """How one tensor is kept in a file of a kind."""
    if not _is_matrix(tensor):
        return "f32"
    if kind == "f16" or tensor.shape[-1] % _BLOCK:
        return "f16"
    # what reads and writes words tells most and is small beside it: it keeps eight bits
    return "q8_0" if tensor.gguf in ("token_embd", "output") else kind


def _is_matrix(tensor: Tensor) -> bool:
    return len(tensor.shape) > 1


def _all(first: Any, rest: Any) -> Any:
    yield first
    yield from rest


def _packed(model: Path, tensor: Tensor, weights: Any, kind: str) -> Any:
    from gguf import GGMLQuantizationType, quantize

    held = kind_of(tensor, kind)
    most = float(np.abs(weights).max())
    if held != "f32" and most > _MOST:
        raise _too_large(model, tensor, most)
    return quantize(weights, GGMLQuantizationType[held.upper()])


def _too_large(model: Path, tensor: Tensor, most: float) -> Refused:
    what = f"{tensor.name}.weight reaches {most:.3g}, and a half ends at {_MOST:.0f}."
    return refuse("E-gguf-weights", what, where=model.name, todo="Package it as `huggingface`.")


def _announce(writer: Any, tensor: Tensor, kind: str) -> None:
    from gguf import GGMLQuantizationType
    from gguf.quants import quant_shape_to_byte_shape

    sort = GGMLQuantizationType[kind_of(tensor, kind).upper()]
    of_bytes = quant_shape_to_byte_shape(tensor.shape, sort)
    size = int(np.prod(of_bytes))
    writer.add_tensor_info(f"{tensor.gguf}.weight", tensor.shape, np.dtype(np.float32), size, sort)


def _tell_shape(writer: Any, shape: Shape, kind: str, name: str) -> None:
    from gguf import LlamaFileType

    file_type = {"f16": LlamaFileType.MOSTLY_F16, "q8_0": LlamaFileType.MOSTLY_Q8_0, "q4_0": LlamaFileType.MOSTLY_Q4_0}
    writer.add_name(name)
    writer.add_file_type(int(file_type[kind]))
    writer.add_quantization_version(2)
    writer.add_block_count(shape.layers)
    writer.add_context_length(shape.context)
    writer.add_embedding_length(shape.hidden)
    writer.add_feed_forward_length(shape.inner)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.groups)
    writer.add_key_length(shape.head)
    writer.add_value_length(shape.head)
    writer.add_rope_dimension_count(shape.head)
    writer.add_rope_freq_base(shape.theta)
    writer.add_layer_norm_rms_eps(shape.epsilon)
    writer.add_vocab_size(shape.vocabulary)


def _tell_words(writer: Any, words: Words) -> None:
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre(words.cut)
    writer.add_token_list(list(words.tokens))
    writer.add_token_types(list(words.sorts))
    writer.add_token_merges(list(words.merges))
    writer.add_bos_token_id(words.begin)
    writer.add_eos_token_id(words.end)
    if words.unknown is not None:
        writer.add_unk_token_id(words.unknown)
    if words.pad is not None:
        writer.add_pad_token_id(words.pad)
    writer.add_add_bos_token(words.adds_begin)
    writer.add_add_eos_token(words.adds_end)
    if words.template:
        writer.add_chat_template(words.template)
