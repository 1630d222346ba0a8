"""The sizes of a model as its config.json tells them, under the names of the families that we know."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_NAMES = {
    "hidden": ("hidden_size", "n_embd", "d_model"),
    "layers": ("num_hidden_layers", "n_layer", "num_layers"),
    "heads": ("num_attention_heads", "n_head", "num_heads"),
    "mlp": ("intermediate_size", "n_inner", "ffn_dim"),
    "context": ("max_position_embeddings", "n_positions"),
}
_UNGATED = frozenset({"bloom", "falcon", "gpt2", "gpt_bigcode", "gpt_neo", "gpt_neox", "gptj", "opt", "phi"})
"""Families whose MLP is two matrices; in all others a third one is its gate."""


class NoShape(Exception):
    """A config.json does not tell the sizes of a causal model."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What memory and time go by. `queries` and `keys` are the widths of all heads together."""

    hidden: int
    layers: int
    heads: int
    queries: int
    keys: int
    mlp: int
    vocabulary: int
    tied: bool
    gated: bool = True
    context: int | None = None

    @property
    def linear(self) -> int:
        """Parameters of the linear layers of all blocks: what adapters stand on, and what most of the sums are."""
        attention = self.hidden * 2 * (self.queries + self.keys)
        return self.layers * (attention + (3 if self.gated else 2) * self.hidden * self.mlp)

    @property
    def embeddings(self) -> int:
        """Parameters of one table of embeddings."""
        return self.vocabulary * self.hidden

    @property
    def parameters(self) -> int:
        """All of them; a tied table counts once."""
        return self.linear + self.embeddings * (1 if self.tied else 2) + (2 * self.layers + 1) * self.hidden

    def adapter(self, rank: int) -> int:
        """The parameters of an adapter of this rank on all linear layers: `rank` for each way in and each way out."""
        attention = 4 * self.hidden + 2 * (self.queries + self.keys)
        mlp = (3 if self.gated else 2) * (self.hidden + self.mlp)
        return rank * self.layers * (attention + mlp)


def shape_of(config: Mapping[str, Any]) -> Shape:
    """The shape that a config.json tells; of a model of several parts, that of the one that reads text."""
    held = {**config, **(config.get("text_config") or {})}
    hidden, layers, heads = (_whole(held, name) for name in ("hidden", "layers", "heads"))
    vocabulary = held.get("vocab_size")
    if hidden is None or layers is None or heads is None or not isinstance(vocabulary, int):
        raise NoShape("It does not say how wide and deep the model is, or how many tokens it knows.")
    head = held.get("head_dim") or hidden // heads
    groups = held.get("num_key_value_heads") or heads
    tied = held.get("tie_word_embeddings", config.get("tie_word_embeddings", True))
    return Shape(
        hidden, layers, heads, heads * head, groups * head, _whole(held, "mlp") or 4 * hidden, vocabulary, bool(tied),
        held.get("model_type") not in _UNGATED, _whole(held, "context"),
    )  # fmt: skip


def _whole(held: Mapping[str, Any], name: str) -> int | None:
    found = (held.get(each) for each in _NAMES[name])
    return next((each for each in found if isinstance(each, int) and each > 0), None)
