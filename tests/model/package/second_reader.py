"""A second implementation of GGUF and of a llama, in numpy, that shares no line with the writer.

It parses the container by the format's own description, takes quantised blocks apart itself, and runs the forward pass
the way llama.cpp does: neighbouring numbers of a head are a pair that turns together.
"""

import struct
from pathlib import Path
from typing import Any

import numpy as np

_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_STRING, _ARRAY = 8, 9


class Gguf:
    """A file, read whole."""

    def __init__(self, path: Path) -> None:
        self._data, self._at = path.read_bytes(), 0
        assert self._data[:4] == b"GGUF"
        self._at = 4
        assert self._take("I") == 3
        tensors, keys = self._take("Q"), self._take("Q")
        self.keys: dict[str, Any] = {}
        for _ in range(keys):
            name = self._string()
            self.keys[name] = self._value(self._take("I"))
        places = [self._place() for _ in range(tensors)]
        align = self.keys.get("general.alignment", 32)
        start = -(-self._at // align) * align
        assert all(offset % align == 0 for _, _, _, offset in places)
        self.sorts = {name: sort for name, _, sort, _ in places}
        self.tensors = {name: self._tensor(shape, sort, start + offset) for name, shape, sort, offset in places}

    def _take(self, code: str) -> Any:
        (value,) = struct.unpack_from(f"<{code}", self._data, self._at)
        self._at += struct.calcsize(f"<{code}")
        return value

    def _string(self) -> str:
        size = self._take("Q")
        self._at += size
        return self._data[self._at - size : self._at].decode()

    def _value(self, sort: int) -> Any:
        if sort == _STRING:
            return self._string()
        if sort == _ARRAY:
            inner, size = self._take("I"), self._take("Q")
            return [self._value(inner) for _ in range(size)]
        return self._take(_SCALARS[sort])

    def _place(self) -> tuple[str, tuple[int, ...], int, int]:
        name, dimensions = self._string(), self._take("I")
        shape = tuple(self._take("Q") for _ in range(dimensions))[::-1]
        return name, shape, self._take("I"), self._take("Q")

    def _tensor(self, shape: tuple[int, ...], sort: int, start: int) -> np.ndarray[Any, Any]:
        count = int(np.prod(shape))
        if sort in (0, 1):
            return np.frombuffer(self._data, ("<f4", "<f2")[sort], count, start).astype(np.float32).reshape(shape)
        size = {2: 18, 8: 34}[sort]  # q4_0 and q8_0: a half as scale, and 32 numbers
        blocks = np.frombuffer(self._data, np.uint8, count // 32 * size, start).reshape(-1, size)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        if sort == 8:
            whole = blocks[:, 2:].copy().view(np.int8).astype(np.float32)
        else:
            low, high = blocks[:, 2:] & 15, blocks[:, 2:] >> 4
            whole = np.concatenate([low, high], axis=1).astype(np.float32) - 8
        return (whole * scales).reshape(shape)


class Llama:
    """The forward pass over a file."""

    def __init__(self, file: Gguf) -> None:
        self.of = {name.removesuffix(".weight"): tensor for name, tensor in file.tensors.items()}
        told = {name.removeprefix("llama."): value for name, value in file.keys.items()}
        self.heads, self.groups = told["attention.head_count"], told["attention.head_count_kv"]
        self.head, self.layers = told["rope.dimension_count"], told["block_count"]
        self.epsilon, self.theta = told["attention.layer_norm_rms_epsilon"], told["rope.freq_base"]

    def logits(self, ids: list[int]) -> np.ndarray[Any, Any]:
        """What it would say after each of the words."""
        x = self.of["token_embd"][ids]
        for number in range(self.layers):
            at = f"blk.{number}."
            x = x + self._attend(self._norm(x, at + "attn_norm"), at)
            y = self._norm(x, at + "ffn_norm")
            gate = y @ self.of[at + "ffn_gate"].T
            x = x + (gate / (1 + np.exp(-gate)) * (y @ self.of[at + "ffn_up"].T)) @ self.of[at + "ffn_down"].T
        out = self.of.get("output", self.of["token_embd"])
        return np.asarray(self._norm(x, "output_norm") @ out.T)

    def greedy(self, ids: list[int], more: int) -> tuple[list[int], list[float]]:
        """The likeliest words one after the other, and by how much each stood before the second."""
        said, leads = list(ids), []
        for _ in range(more):
            last = self.logits(said)[-1]
            second, first = np.sort(last)[-2:]
            said.append(int(last.argmax()))
            leads.append(float(first - second))
        return said[len(ids) :], leads

    def _norm(self, x: Any, name: str) -> Any:
        return x / np.sqrt((x**2).mean(-1, keepdims=True) + self.epsilon) * self.of[name]

    def _attend(self, x: Any, at: str) -> Any:
        n = len(x)
        q = self._turned((x @ self.of[at + "attn_q"].T).reshape(n, self.heads, self.head))
        k = self._turned((x @ self.of[at + "attn_k"].T).reshape(n, self.groups, self.head))
        v = (x @ self.of[at + "attn_v"].T).reshape(n, self.groups, self.head)
        k, v = (each.repeat(self.heads // self.groups, axis=1) for each in (k, v))
        scores = np.einsum("qhd,khd->hqk", q, k) / np.sqrt(self.head)
        scores = np.where(np.tril(np.ones((n, n), bool)), scores, -np.inf)
        weights = np.exp(scores - scores.max(-1, keepdims=True))
        weights /= weights.sum(-1, keepdims=True)
        return np.einsum("hqk,khd->qhd", weights, v).reshape(n, -1) @ self.of[at + "attn_output"].T

    def _turned(self, x: Any) -> Any:
        angles = np.arange(len(x))[:, None] * self.theta ** (-np.arange(0, self.head, 2) / self.head)
        cos, sin = np.cos(angles)[:, None], np.sin(angles)[:, None]
        even, odd = x[..., 0::2], x[..., 1::2]
        return np.stack([even * cos - odd * sin, even * sin + odd * cos], axis=-1).reshape(x.shape).astype(np.float32)
