"""Text from elsewhere as it may be shown or sent on: without what would drive a terminal."""

import re
import unicodedata

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_SPACES = re.compile(r"\r\n|[\s\u2028\u2029]")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object, *, lines: bool = False) -> str:
    """Text without escape sequences, control and bidirectional characters; on one line unless `lines` may stay."""
    shown = _ESCAPES.sub("", str(text).encode(errors="replace").decode())
    if lines:
        return "".join(letter for letter in shown if letter in "\n\t" or is_harmless(letter))
    return "".join(letter for letter in _SPACES.sub(" ", shown) if is_harmless(letter))


def is_harmless(letter: str) -> bool:
    """Whether a letter only says something: it ends no line, moves no cursor and turns no text around."""
    return unicodedata.category(letter) not in ("Cc", "Zl", "Zp") and letter not in _BIDI
