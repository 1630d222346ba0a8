"""Data as it may be shown on a terminal: without what would drive one."""

import re
import unicodedata

_ESCAPES = re.compile(r"\x1b(?:\[[0-?]*[ -/]*[@-~]|[\]PX^_][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])")
_SPACES = re.compile(r"\r\n|[\s\u2028\u2029]")
_BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def plain(text: object, *, lines: bool = False) -> str:
    """Text without escape sequences, control and bidirectional characters; on one line unless `lines` may stay."""
    shown = _ESCAPES.sub("", str(text).encode(errors="replace").decode())
    if lines:
        return "".join(letter for letter in shown if letter in "\n\t" or _is_harmless(letter))
    return "".join(letter for letter in _SPACES.sub(" ", shown) if _is_harmless(letter))


def _is_harmless(letter: str) -> bool:
    return unicodedata.category(letter) not in ("Cc", "Zl", "Zp") and letter not in _BIDI
