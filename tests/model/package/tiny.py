"""A llama small enough to be made in a test, with a tokenizer of its own, and texts to train that on."""

import json
from pathlib import Path
from typing import Any

TEXTS = [
    "the invoice of march was charged twice, please send 25.00 back",
    "where is my parcel? it was due on the 14th and nobody answers",
    "I cannot sign in any more; the password of my account is lost",
    "es geht nicht: der Drucker druckt über Nacht nichts, ärgerlich",
    "cancel order 10077 at once, and tell the courier about it",
    "a discount of 15 % was promised when I signed the contract",
    "the app closes by itself as soon as I open the settings",
    "how do I change the address that my bills are sent to?",
]


def tiny_model(folder: Path, *, tied: bool = True, digits: bool = False, chat: bool = False, **more: Any) -> Path:
    """Write a Model folder: four heads over two groups, two layers, some three hundred words."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    words = tiny_tokenizer(digits)
    if chat:
        words.chat_template = "{% for m in messages %}{{ m['content'] }}{% endfor %}"
    config = LlamaConfig(
        vocab_size=len(words) + 3, hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, head_dim=16, max_position_embeddings=128, tie_word_embeddings=tied,
        bos_token_id=0, eos_token_id=0, pad_token_id=0, **more,
    )  # fmt: skip
    torch.manual_seed(7)
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for name, weights in model.named_parameters():
            if "norm" in name:
                weights.uniform_(0.5, 1.5)
            else:
                weights.normal_(0, 0.15)  # wide enough that the likeliest word stands out
    model.save_pretrained(folder)
    words.save_pretrained(folder)
    return folder


def tiny_tokenizer(digits: bool) -> Any:
    """Pieces of bytes, learned from the texts; one end of text, one word that was added and is no sign."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    held = Tokenizer(models.BPE())
    cuts = pre_tokenizers.ByteLevel(add_prefix_space=False)
    held.pre_tokenizer = (
        pre_tokenizers.Sequence([pre_tokenizers.Digits(individual_digits=True), cuts]) if digits else cuts
    )
    held.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=320, special_tokens=["<|end|>"], initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )  # fmt: skip
    held.train_from_iterator(TEXTS, trainer)
    held.add_tokens([AddedToken("<queue>", normalized=False)])
    return PreTrainedTokenizerFast(tokenizer_object=held, eos_token="<|end|>", bos_token="<|end|>", pad_token="<|end|>")


def altered(folder: Path, name: str, **change: Any) -> None:
    """Change some keys of a JSON file."""
    path = folder / name
    path.write_text(json.dumps({**json.loads(path.read_text()), **change}))
