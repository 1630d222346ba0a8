"""What can be told of a text without knowing what it means: its length, its script, its language, its words."""

import math
import re
import unicodedata
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise

LONGEST = 4096
"""Letters of a text that its words are taken from."""
MOST_WORDS = 200
"""Words that a profile keeps count of."""
LEAST_SHARE = 0.01
"""A word that stands in fewer texts is not told."""
_WORD = re.compile(r"\w+")
_LOOKED_AT = 64
_MOST_COUNTED = 200_000

_SCRIPTS = (
    (0x0041, "latin"), (0x0250, ""), (0x0370, "greek"), (0x0400, "cyrillic"), (0x0530, "armenian"), (0x0590, "hebrew"),
    (0x0600, "arabic"), (0x0780, ""), (0x0900, "indic"), (0x0E00, "thai"), (0x0E80, ""), (0x10A0, "georgian"),
    (0x1100, "hangul"), (0x1200, ""), (0x1E00, "latin"), (0x1F00, "greek"), (0x2000, ""), (0x3040, "kana"),
    (0x3100, ""), (0x3400, "han"), (0xA000, ""), (0xAC00, "hangul"), (0xD7B0, ""), (0xF900, "han"), (0xFB00, ""),
    (0x20000, "han"), (0x30000, ""),
)  # fmt: skip
_STARTS = [start for start, _ in _SCRIPTS]

_FUNCTION_WORDS = {
    "cs": "a je se na že to v s z do jsem ale jak za co by jsme pro si tak",
    "de": "der die das und ist nicht ich zu ein eine mit auf für den dem von es wir sie auch",
    "en": "the and is to of a in i you it that for my with on this not have be was",
    "es": "el la los las de que y en un una no es por con para mi se lo me está",
    "fr": "le la les de des et est je pas un une que pour dans vous mon ne sur avec ce",
    "it": "il lo gli di che e è un una non per con mi sono della ho del si anche le",
    "nl": "de het een en is niet ik van in dat op te voor met zijn mijn maar er aan heb",
    "pl": "nie jest się i w na to że z do jak mi czy ale o mam co za po jestem",
    "pt": "o a os as de que e em um uma não é por com para meu eu se no na",
    "sv": "och det att i en jag är som på inte för med har den av ett om min till så",
    "tr": "bir ve bu da de için ne ben çok ile ama var yok mi gibi değil daha olarak kadar sonra",
}
LANGUAGES = {language: frozenset(words.split()) for language, words in _FUNCTION_WORDS.items()}
_BY_SCRIPT = {"kana": "ja", "hangul": "ko", "han": "zh", "thai": "th", "greek": "el", "hebrew": "he"}


@dataclass
class Described:
    """The features of many texts, a value for each; and in how many texts each word stands."""

    length: list[float | None] = field(default_factory=list)
    distinct: list[float | None] = field(default_factory=list)
    """Of a text's words, the share that are different ones."""
    repeated: list[float | None] = field(default_factory=list)
    """Of a text's pairs of words, the share that have stood there before."""
    symbols: list[float | None] = field(default_factory=list)
    """Of a text's letters, the share that are neither letters nor blanks: digits, signs, emoji."""
    script: list[str | None] = field(default_factory=list)
    language: list[str | None] = field(default_factory=list)
    words: list[frozenset[str]] = field(default_factory=list)

    @property
    def numbers(self) -> dict[str, list[float | None]]:
        """The numeric features by name."""
        return {
            "length": self.length, "distinct": self.distinct, "repeated": self.repeated, "symbols": self.symbols,
        }  # fmt: skip

    @property
    def values(self) -> dict[str, list[str | None]]:
        """The features that take one of a few values."""
        return {"script": self.script, "language": self.language}


def described(texts: Iterable[str | None], vocabulary: Iterable[str]) -> Described:
    """The features of these texts, and which words of a vocabulary stand in each."""
    held, known = Described(), frozenset(vocabulary)
    for text in texts:
        _add(held, text, known)
    return held


def frequent(texts: Iterable[str | None]) -> tuple[list[str], int]:
    """The words that stand in the most texts, and in one of a hundred at least; and in how many any other may stand."""
    counted: Counter[str] = Counter()
    number = 0
    for text in texts:
        if text is not None:
            counted.update(set(_tokens(text[:LONGEST])))
            number += 1
        if len(counted) > _MOST_COUNTED:  # what has come once is let go, so that no vocabulary fills the memory
            counted = Counter({word: count for word, count in counted.items() if count > 1})
    least = max(2, math.ceil(LEAST_SHARE * number))
    ranked = sorted((word for word, count in counted.items() if count >= least), key=lambda w: (-counted[w], w))
    cut = ranked[MOST_WORDS:]
    return ranked[:MOST_WORDS], counted[cut[0]] if cut else least - 1


def script_of(text: str) -> str:
    """The script that most of a text's first letters are in."""
    letters = [letter for letter in text[: 4 * _LOOKED_AT] if letter.isalpha()][:_LOOKED_AT]
    if not letters:
        return "none"
    if text.isascii():
        return "latin"
    found = Counter(_SCRIPTS[bisect_right(_STARTS, ord(letter)) - 1][1] for letter in letters)
    return found.most_common(1)[0][0] or "other"


def language_of(words: frozenset[str], script: str) -> str:
    """A guess by a text's function words, or by a script that one language has to itself."""
    if script != "latin":
        return _BY_SCRIPT.get(script, script)
    found = sorted(((len(words & of), language) for language, of in LANGUAGES.items()), reverse=True)
    (most, language), (next_most, _) = found[:2]
    return language if most >= 2 and most > next_most else "unsure"


def _tokens(text: str) -> list[str]:
    return _WORD.findall(unicodedata.normalize("NFKC", text).casefold())


def _add(held: Described, text: str | None, known: frozenset[str]) -> None:
    if text is None:
        for numbers in held.numbers.values():
            numbers.append(None)
        for values in held.values.values():
            values.append(None)
        held.words.append(frozenset())
        return
    start = text[:LONGEST]
    tokens = _tokens(start)
    words = frozenset(tokens)
    pairs = list(pairwise(tokens))
    script = script_of(start)
    held.length.append(float(len(text)))
    held.distinct.append(len(words) / len(tokens) if tokens else None)
    held.repeated.append(1 - len(set(pairs)) / len(pairs) if pairs else None)
    plain = sum(map(len, re.findall(r"[^\W\d_]+|\s+", start)))
    held.symbols.append(1 - plain / len(start) if start else None)
    held.script.append(script)
    held.language.append(language_of(words, script))
    held.words.append(known & words)
