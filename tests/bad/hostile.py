"""The hardest files there are: each as large as it may be, in a way that some part of the check might mind."""

K = 256 * 1024
HEAD = "recipe: tickets\nsteps:\n"
REST = "steps: [{id: a, wait: 0s}]\n"
_STEP = "- {id: s#, use: evaluate, in: {model: s#.model}}\n"
_WAIT = "- {id: s#, wait: 0s, after: [s+]}\n"
_ASK = "- {id: s#, approve: {ask: x, within: 1h, else: reject}}\n"
_WORDS = "steps:\n- {id: a, use: program, with: {run: export-tickets, args: ["


def _each(text: str, count: int, between: str = "") -> str:
    """A text many times over, with a number for its `#` and the next one for its `+`."""
    numbers = ((f"{number:03}", f"{(number + 1) % count:03}") for number in range(count))
    return between.join(text.replace("#", this).replace("+", following) for this, following in numbers)


def _filled(text: str, head: str = "", tail: str = "") -> str:
    """A text as often as it goes into a file."""
    return head + text * ((K - len(head) - len(tail) - 1) // len(text)) + tail


def _bomb(first: str, line: str) -> str:
    letters = zip("abcdefgh", "bcdefghi", strict=True)
    return first + "".join(line.replace("NEW", new).replace("OLDS", ",".join([f"*{old}"] * 9)) for old, new in letters)


HOSTILE: dict[str, str] = {
    "items": HEAD + "- [" + "a," * 19_900 + "a]\n",
    "keys": _each("k#: v\n", 9_990),
    "open brackets": "[" * K,
    "open braces": "{" * K,
    "one key of brackets": "recipe: " + "[" * (K - 10),
    "dashes on a line": "- " * (K // 2),
    "question marks": "? " * (K // 2),
    "one long word": _filled("a"),
    "many short words": _filled("a "),
    "many short lines": _filled("a\n"),
    "comments": _filled("#\n"),
    "an open quote": _filled("a\n", "'"),
    "escapes": _filled("\\n", '"', '"'),
    "bad escapes": _filled("\\q", '"', '"'),
    "folded": _filled(" a\n", "a: |\n"),
    "spaces": _filled(" "),
    "empty lines": _filled("\n"),
    "quotes in quotes": _filled("''", "'", "'"),
    "exclamation marks": _filled("!"),
    "short tags": _filled("!a "),
    "anchors": _filled("&a "),
    "an alias bomb": _bomb("a: &a [x,x,x,x,x,x,x,x,x]\n", "NEW: &NEW [OLDS]\n"),
    "a merge bomb": _bomb("a: &a {x: 1}\n", "NEW: &NEW {<<: [OLDS]}\n"),
    "directives": _filled("%a\n"),
    "documents": _filled("---\n"),
    "keys without values": _filled("a:\n"),
    "keys on a line": _filled("a: "),
    "null keys": "{" + "~: ~, " * 9_000 + "}\n",
    "depth": "recipe: tickets\nabout: " + "[" * 22 + "a, " * 19_000 + "]" * 22 + "\n",
    "a long key": "recipe: tickets\n? " + "a" * (K - 100) + "\n: b\n",
    "a long name": "recipe: " + "a" * (K - 100) + "\n" + REST,
    "bad numbers": HEAD + _each("- {id: s#, wait: " + "9" * 400 + "}\n", 490),
    "steps of a typo": HEAD + _each(_STEP.replace("s#.", "s#x."), 500),
    "steps of a wrong port": HEAD + _each(_STEP.replace("s#.model", "champion.modle"), 500),
    "steps of a misspelt sort": HEAD + _each(_STEP.replace("evaluate", "evalaute"), 500),
    "too many steps": HEAD + _each("- {id: s#, wait: 0s}\n", 3_300),
    "a ring": HEAD + _each(_WAIT, 500),
    "steps that wait for all": HEAD + "".join(
        _WAIT.replace("#", f"{number:03}").replace("s+", _each("s#", number, ", ")) for number in range(190)
    ),
    "bars": HEAD + _each(_ASK, 500),
    "bars that ask for the next": HEAD + _each(_ASK[:-2] + ", when: {s+: [expired, approved]}}\n", 500),
    "outcomes": HEAD + "- {id: a, wait: 0s}\n- {id: b, wait: 0s, when: {a: [" + "don, " * 15_000 + "]}}\n",
    "bindings": HEAD + "- {id: rows, use: assemble, in: {raw: [" + "rowz.dataset, " * 15_000 + "]}}\n",
    "ports": HEAD + "- {id: a, use: program, with: {run: x}, in: {" + _each("p#: champion.modle, ", 8_000) + "}}\n",
    "inputs": "recipe: tickets\ninputs:\n" + _each("  i#: {type: int}\n", 4_500) + REST,
    "parameters": HEAD + "- {id: rows, use: assemble, with: {" + _each("windo#: 1", 9_000, ", ") + "}}\n",
    "filled words": "recipe: tickets\ninputs: {i: {type: {one_of: [" + _each("c#", 100, ", ") + "]}}}\n"
                    + _WORDS + "inputs.i, " * 15_000 + "]}}\n",
    "filled words of a typo": "recipe: tickets\ninputs:\n" + _each("  i#: {type: int}\n", 300)
                              + _WORDS + "inputs.ix, " * 15_000 + "]}}\n",
    "triggers": "recipe: tickets\ntriggers:\n" + "- {corn: {at: x}}\n" * 3_900 + REST,
    "lines": "recipe: tickets\nline: [" + "suport-router, " * 15_000 + "]\n" + REST,
}  # fmt: skip
