"""What a file may be before any value is built from it: small, plain YAML that holds text and nothing hidden."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from ruamel.yaml import YAML
from ruamel.yaml.error import MarkedYAMLError, YAMLError
from ruamel.yaml.events import (
    AliasEvent,
    DocumentStartEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sentinel.contract.words import quoted
from sentinel.domain.fault import Fault

LARGEST = 256 * 1024
DEEPEST = 24
MOST_NODES = 20_000
_SHOWN = 20
_HIDDEN = re.compile(
    r"\r(?!\n)|"
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_LONG_TAG = re.compile(r"(?:^|[\s,:\[{-])(![^\s]{256})")
"""A tag that the parser would be long in reading, only for it to be refused."""
_BIDI = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")

_IN_OUR_WORDS = (
    ("cannot start any token", "{0} cannot stand here.", "Indent with spaces; put text that begins so in quotes."),
    ("mapping values are not allowed", "A `:` stands where no key can be.", "Quote the text, or mend the line above."),
    ("could not find expected ':'", "A key lacks its `:`.", "Write `key: value`; mend this line or the one above."),
    ("expected <block end>", "This does not line up with the lines above.", "Indent it as its neighbours are."),
    ("expected ',' or", "A bracket is not closed, or a comma is missing.", "Close it, or put a comma between items."),
    ("unexpected end of stream", "A quote or a bracket is not closed.", "Close it."),
    ("expected the node content", "Something is missing here.", "Write a value, or take the comma or dash away."),
    ("unknown escape character", "A backslash in double quotes starts no known escape.", "Use single quotes."),
    ("expected '<document start>'", "Something stands after the end of the file's one value.", "Take it away."),
    ("sequence entries are not allowed", "A `-` stands where no item can be.", "Put it on its own line, indented."),
    ("block mapping", "This does not line up with the lines above.", "Indent it as its neighbours are."),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Broken(Exception):
    """The file cannot be read on from here."""

    fault: Fault


def decoded(data: bytes, file: str) -> tuple[str, list[Fault]]:
    """The text of a file, and what is wrong with its size, its encoding and its characters."""
    if len(data) > LARGEST:
        what = f"The file is larger than {LARGEST // 1024} KiB."
        return "", [Fault("E-size", what, "Split it.", file, 1, 1)]
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        what = "The file is not UTF-8 text."
        return data.decode("utf-8", "replace"), [
            Fault("E-encoding", what, "Save it as UTF-8.", file, *_place(before, len(before)))
        ]
    if long := _LONG_TAG.search(text):
        what, place = f"{quoted(long[1])} gives this a type.", _place(text, long.start(1))
        return text, [Fault("E-tag", what, "Take it away: types come from the key.", file, *place)]
    found = [
        Fault("E-hidden", f"{_named(match[0])} hides here.", "Take it away.", file, *_place(text, match.start()))
        for _, match in zip(range(_SHOWN), _HIDDEN.finditer(text), strict=False)
    ]
    return text, found


def events(text: str, file: str, faults: list[Fault]) -> Iterator[Event]:
    """The parser's events, once they are known to be harmless; what can be read over goes into `faults`.

    Raises Broken where the file cannot be read on.
    """
    _refuse_directives(text, file)
    nodes = depth = documents = 0
    try:
        for event in YAML(typ="safe", pure=True).parse(text):
            line, column = event.start_mark.line + 1, event.start_mark.column + 1
            if isinstance(event, DocumentStartEvent):
                documents += 1
                if documents > 1:
                    raise Broken(
                        Fault("E-documents", "A second document begins here.", "Keep one a file.", file, line, column)
                    )
            elif isinstance(event, NodeEvent):
                nodes += 1
                if nodes > MOST_NODES:
                    what = f"The file has more than {MOST_NODES} keys and values."
                    raise Broken(Fault("E-nodes", what, "Split it.", file, line, column))
                faults.extend(each.placed(file, line, column) for each in _marks(event))
                if isinstance(event, SequenceStartEvent | MappingStartEvent):
                    depth += 1
                    if depth > DEEPEST:
                        what = f"The file is nested more than {DEEPEST} deep."
                        raise Broken(Fault("E-depth", what, "Make it flatter.", file, line, column))
            elif isinstance(event, SequenceEndEvent | MappingEndEvent):
                depth -= 1
            yield event
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        raise Broken(_in_our_words(error.problem or "", text, file, line, column)) from error
    except (YAMLError, ValueError, RecursionError, OverflowError, AttributeError, IndexError) as error:
        # the parser's own slips on strange input, such as an escape that names no character
        raise Broken(Fault("E-yaml", "This is not YAML.", "Look for a stray quote or escape.", file, 1, 1)) from error


def _marks(event: NodeEvent) -> Iterator[Fault]:
    if isinstance(event, AliasEvent):
        yield Fault("E-alias", f"{quoted(f'*{event.anchor}')} repeats another place.", "Write the value out.")
        return
    if event.anchor is not None:
        yield Fault(
            "E-anchor",
            f"{quoted(f'&{event.anchor}')} marks this for repetition.",
            "Take it away, and write values out.",
        )
    tag = getattr(event, "tag", None)
    if tag is not None:
        shown = quoted(str(tag).replace("tag:yaml.org,2002:", "!!"))
        yield Fault("E-tag", f"{shown} gives this a type.", "Take it away: types come from the key.")
    if isinstance(event, ScalarEvent) and (hidden := _HIDDEN.search(event.value)):
        yield Fault("E-hidden", f"{_named(hidden[0])} hides in this text.", "Take the escape away.")


def _refuse_directives(text: str, file: str) -> None:
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith("%"):
            raise Broken(
                Fault(
                    "E-directive", "A line that begins with % instructs the parser.", "Take it away.", file, number, 1
                )
            )
        if line.strip() and not line.lstrip().startswith("#"):
            return


def _in_our_words(problem: str, text: str, file: str, line: int, column: int) -> Fault:
    lines = text.splitlines()
    here = lines[line - 1][column - 1 : column] if line <= len(lines) else ""
    shown = {"\t": "A tab", "": "The end", "`": "A backtick"}.get(here, f"`{here}`")
    for key, what, todo in _IN_OUR_WORDS:
        if key in problem:
            return Fault("E-yaml", what.format(shown), todo, file, line, column)
    return Fault("E-yaml", "This is not YAML.", "Look at this line and the one above it.", file, line, column)


def _named(character: str) -> str:
    noun = "A character that turns the direction of text" if _BIDI.match(character) else "A control character"
    return f"{noun} (U+{ord(character):04X})"


def _place(text: str, index: int) -> tuple[int, int]:
    start = text.rfind("\n", 0, index) + 1
    return text.count("\n", 0, index) + 1, index - start + 1
