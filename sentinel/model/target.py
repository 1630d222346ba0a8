"""Target profiles: what each place that serves models wants of a bundle, as data, and what a bundle lacks for it."""

from dataclasses import dataclass

from sentinel.domain.quantity import rough_size

HUGGINGFACE, GGUF = "huggingface", "gguf"
HALVES = ("f32", "f16", "bf16")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a bundle is, as far as a target asks."""

    format: str
    architecture: str
    weights: str
    """f32, f16, bf16, q8_0 or q4_0."""
    tokenizer: str
    """`byte-bpe`, `other`, or `none`."""
    template: bool
    chats: bool
    """Whether the model's task speaks in turns, so that whoever serves it needs its template."""
    context: int
    size: int
    """Bytes of all weights."""
    files: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """What one place wants. An empty list lets anything pass."""

    name: str
    format: str
    weights: tuple[str, ...]
    default: str
    """How weights are kept, unless something else is asked for; `as-is` keeps the model's own."""
    architectures: tuple[str, ...] = ()
    tokenizers: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    endings: tuple[str, ...] = ()
    """Of each of these endings there is at least one file at the top."""
    alone: bool = False
    """Whether all weights are one file."""
    largest: int | None = None


VLLM = Target(
    "vllm", HUGGINGFACE, HALVES, "as-is",
    architectures=(
        "GPT2LMHeadModel", "GPTNeoXForCausalLM", "Gemma2ForCausalLM", "GemmaForCausalLM", "LlamaForCausalLM",
        "MistralForCausalLM", "MixtralForCausalLM", "OPTForCausalLM", "Phi3ForCausalLM", "PhiForCausalLM",
        "Qwen2ForCausalLM", "Qwen3ForCausalLM",
    ),
    files=("config.json", "tokenizer.json"), endings=(".safetensors",),
)  # fmt: skip
LLAMA_CPP = Target(
    "llama.cpp", GGUF, ("f16", "q8_0", "q4_0"), "f16", architectures=("LlamaForCausalLM",), tokenizers=("byte-bpe",),
    endings=(".gguf",), alone=True,
)  # fmt: skip
MOBILE = Target(
    "mobile", GGUF, ("q8_0", "q4_0"), "q8_0", architectures=("LlamaForCausalLM",), tokenizers=("byte-bpe",),
    endings=(".gguf",), alone=True, largest=2**30,
)  # fmt: skip
TARGETS = {each.name: each for each in (VLLM, LLAMA_CPP, MOBILE)}


def faults_for(target: Target, held: Facts, needed: int = 1) -> list[str]:
    """What keeps a bundle from this target, a sentence each. `needed` is the context that the line's contract asks."""
    name = target.name
    faults = []
    if held.format != target.format:
        faults.append(f"{name} takes {target.format}, and this is {held.format}.")
    if held.weights not in target.weights:
        faults.append(f"{name} takes weights as {_either(target.weights)}, and these are {held.weights}.")
    if target.architectures and held.architecture not in target.architectures:
        faults.append(f"{name} serves {_either(target.architectures)}, and this is {held.architecture}.")
    if target.tokenizers and held.tokenizer not in target.tokenizers:
        faults.append(f"{name} needs a tokenizer of the sort {_either(target.tokenizers)}, and it is {held.tokenizer}.")
    if held.chats and not held.template:
        faults.append(f"The model's task is a chat, and {name} finds no chat template with it.")
    if held.context < needed:
        faults.append(f"It reads {held.context} tokens, and the line's contract promises {needed}.")
    faults += [f"{name} wants {each} at the top, and it is not there." for each in target.files
               if each not in held.files]  # fmt: skip
    for ending in target.endings:
        found = [each for each in held.files if each.endswith(ending)]
        if not found or (target.alone and len(found) > 1):
            wanted = f"one {ending} file" if target.alone else f"{ending} files"
            faults.append(f"{name} wants {wanted} at the top, and there are {len(found)}.")
    if target.largest is not None and held.size > target.largest:
        faults.append(f"{name} takes {rough_size(target.largest)} at most, and its weights are "
                      f"{rough_size(held.size)}.")  # fmt: skip
    return faults


def _either(names: tuple[str, ...]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} or {names[-1]}"
