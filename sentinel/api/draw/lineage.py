"""A lineage drawn: a version, and those that it comes from."""

from collections.abc import Iterator, Mapping

from sentinel.api.draw.controls import told_again
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.text import plain


def draw_lineage(pen: Pen, told: Json) -> None:
    """Draw where a version comes from."""
    for each in told["ancestors"]:
        aliases = f" ({', '.join(each['aliases'])})" if each["aliases"] else ""
        label = f"  {each['label']}" if each["label"] != each["version"] else ""
        pen.line(f"{pen.ink(each['version'], 'bold')}{plain(aliases)}{plain(label)}")
        pen.say(f"  model    {each['model']}")
        pen.say(f"  made by  {each['run']} {each['step']}")
        pen.say(f"  parents  {', '.join(each['parents']) or 'none'}")
        if each["reforge"]:
            pen.say(f"  again    {plain(told_again(each['reforge']))}")
        for one in each["folded"]:
            pen.say(f"  folded   {one['adapter']} at weight {one['weight']:g}")
        if each["cites"]:
            pen.say(f"  cites    {', '.join(each['cites'])}")
        for name, value in _pins("", each["pins"] or {}):
            pen.say(f"  pin      {name}: {value}")


def _pins(under: str, pins: Mapping[str, Json]) -> Iterator[tuple[str, Json]]:
    """What is pinned, one thing after the other, each by its whole name."""
    for name, value in sorted(pins.items()):
        if isinstance(value, dict):
            yield from _pins(f"{under}{name}.", value)
        else:
            yield under + name, ", ".join(map(str, value)) if isinstance(value, list) else value
