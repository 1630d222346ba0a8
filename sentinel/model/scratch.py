"""A model from nothing: a small llama of given sizes, and a tokenizer trained on the rows that it will learn."""

from collections.abc import Iterable
from typing import Any

from sentinel.contract.training import Scratch

END, PAD = "<|end|>", "<|pad|>"
TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>\n{{ message['content'] }}<|end|>\n{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>\n{% endif %}"
)
ROLES = ("<|system|>", "<|user|>", "<|assistant|>")


def tokenizer(texts: Iterable[str], size: int) -> Any:
    """A byte-level BPE learned from texts: the same texts, in whatever order, make the same file."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=size, special_tokens=[END, PAD, *ROLES], show_progress=False,
        initial_alphabet=sorted(pre_tokenizers.ByteLevel.alphabet()),
    )  # fmt: skip
    bare.train_from_iterator(sorted(texts), trainer)
    words = PreTrainedTokenizerFast(tokenizer_object=bare, eos_token=END, pad_token=PAD)
    words.chat_template = TEMPLATE
    return words


def model(sizes: Scratch, words: Any, seed: int) -> Any:
    """A llama of these sizes with weights from the seed, its input and output embeddings tied."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    config = LlamaConfig(
        vocab_size=len(words), hidden_size=sizes.hidden, num_hidden_layers=sizes.layers,
        num_attention_heads=sizes.heads, num_key_value_heads=sizes.kv_heads or sizes.heads,
        intermediate_size=sizes.mlp or 3 * sizes.hidden, max_position_embeddings=sizes.context,
        tie_word_embeddings=True, bos_token_id=None, eos_token_id=words.eos_token_id, pad_token_id=words.pad_token_id,
        attention_bias=False,
    )  # fmt: skip
    torch.manual_seed(seed)
    return LlamaForCausalLM(config).float()
