"""A file as plain dicts, lists and text, with the place of every key and value. Types are the model's business."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from ruamel.yaml.events import (
    AliasEvent,
    Event,
    MappingEndEvent,
    MappingStartEvent,
    NodeEvent,
    ScalarEvent,
    SequenceEndEvent,
    SequenceStartEvent,
)

from sentinel.contract.words import quoted
from sentinel.domain.digest import digest_of_bytes
from sentinel.domain.fault import Fault
from sentinel.recipe.guard import Broken, decoded, events

Tree: TypeAlias = "dict[str, Tree] | list[Tree] | str | None"
Path: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

_READ_OVER = ("E-twice", "E-anchor", "E-tag")
_NOTHING = ("", "~", "null", "Null", "NULL")


@dataclass(slots=True)
class Document:
    """What a file holds: every scalar is the text that was written, and nothing written is None."""

    file: str
    tree: Tree = None
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    whole: bool = False
    """Whether the tree holds what was meant, so that it is worth looking for further faults in it."""
    text: str = ""
    digest: str = ""

    def placed(self, fault: Fault) -> Fault:
        """A fault that knows its path, at the line and column of that path or of the nearest one around it."""
        path = fault.at
        places = (self.keys, self.values) if fault.key else (self.values, self.keys)
        while path:
            for known in places:
                if path in known:
                    return fault.placed(self.file, *known[path])
            path = path[:-1]
        return fault.placed(self.file, *self.values.get((), (1, 1)))


def read(data: bytes, file: str) -> Document:
    """Read a file's bytes. Never raises: what is wrong is among the document's faults."""
    document = Document(file, digest=digest_of_bytes(data))
    document.text, document.faults = decoded(data, file)
    if document.faults:
        return document
    try:
        document.tree = _Builder(document).built(events(document.text, file, document.faults))
        document.whole = all(fault.code in _READ_OVER for fault in document.faults)
    except Broken as broken:
        document.faults.append(broken.fault)
    return document


class _Builder:
    def __init__(self, document: Document) -> None:
        self._document = document

    def built(self, stream: Iterator[Event]) -> Tree:
        """The document's one value. A loop, not a recursion, so that depth costs nothing."""
        found: list[Tree] = []
        inside: list[tuple[dict[str, Tree] | list[Tree], Path | None]] = [(found, None)]
        for event in stream:
            if isinstance(event, SequenceEndEvent | MappingEndEvent):
                inside.pop()
            if not isinstance(event, NodeEvent):
                continue
            holder, path = inside[-1]
            value: Event | None = event
            at: Path = () if path is None else (*path, len(holder))
            if isinstance(holder, dict) and path is not None:
                key, value = self._entry(event, stream, holder, path)
                at = (*path, key)
            if value is not None:
                node = _empty(value)
                self._document.values[at] = (value.start_mark.line + 1, value.start_mark.column + 1)
                if isinstance(holder, dict):
                    holder[str(at[-1])] = node
                else:
                    holder.append(node)
                if isinstance(node, dict | list):
                    inside.append((node, at))
        return found[0] if found else None

    def _entry(
        self, event: Event, stream: Iterator[Event], holder: dict[str, Tree], path: Path
    ) -> tuple[str, Event | None]:
        """The key of an entry and the event of its value; no value where the entry is not taken."""
        place = (event.start_mark.line + 1, event.start_mark.column + 1)
        key = self._key(event, stream, place)
        value = next(stream)
        if key is None or self._twice(key, holder, path, place):
            self._skip(value, stream)
            return "", None
        self._document.keys[*path, key] = place
        return key, value

    def _key(self, event: Event, stream: Iterator[Event], place: Place) -> str | None:
        key = _text(event) if isinstance(event, ScalarEvent) else None
        if key == "<<" and isinstance(event, ScalarEvent) and event.style is None:
            self._fault("E-merge", "`<<` merges another mapping into this one.", "Write its keys out.", place)
            return None
        if key is None:
            self._fault("E-key", "This key is not plain text.", "Write a word before the `:`.", place)
            if not isinstance(event, ScalarEvent):
                self._skip(event, stream)
        return key

    def _twice(self, key: str, held: dict[str, Tree], path: Path, place: Place) -> bool:
        if key not in held:
            return False
        line = self._document.keys[*path, key][0]
        self._fault(
            "E-twice", f"{quoted(key)} is here a second time; it was in line {line} already.", "Keep one.", place
        )
        return True

    def _skip(self, event: Event, stream: Iterator[Event]) -> None:
        depth = isinstance(event, SequenceStartEvent | MappingStartEvent)
        count = int(depth)
        while count:
            event = next(stream)
            count += isinstance(event, SequenceStartEvent | MappingStartEvent)
            count -= isinstance(event, SequenceEndEvent | MappingEndEvent)

    def _fault(self, code: str, what: str, todo: str, place: Place) -> None:
        self._document.faults.append(Fault(code, what, todo, self._document.file, *place))


def _empty(event: Event) -> Tree:
    """A value before what is inside of it: an empty list or mapping, or the text itself."""
    if isinstance(event, SequenceStartEvent):
        return []
    return {} if isinstance(event, MappingStartEvent) else _text(event)


def _text(event: Event) -> str | None:
    if isinstance(event, AliasEvent) or not isinstance(event, ScalarEvent):
        return None
    return None if event.style is None and event.value in _NOTHING else str(event.value)
