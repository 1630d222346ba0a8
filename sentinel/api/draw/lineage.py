"""A lineage drawn: a version, and those that it comes from."""

from sentinel.api.draw.controls import told_again
from sentinel.api.draw.pen import Pen
from sentinel.domain.digest import Json
from sentinel.domain.text import plain


def draw_lineage(pen: Pen, told: Json) -> None:
    """Draw where a version comes from."""
    for each in told["ancestors"]:
        aliases = f" ({', '.join(each['aliases'])})" if each["aliases"] else ""
        pen.line(f"{pen.ink(each['version'], 'bold')}{plain(aliases)}  {plain(each['label'])}")
        pen.say(f"  model    {each['model']}")
        pen.say(f"  made by  {each['run']} {each['step']}")
        pen.say(f"  parents  {', '.join(each['parents']) or 'none'}")
        if each["reforge"]:
            pen.say(f"  again    {plain(told_again(each['reforge']))}")
        for one in each["folded"]:
            pen.say(f"  folded   {one['adapter']} at weight {one['weight']:g}")
        if each["cites"]:
            pen.say(f"  cites    {', '.join(each['cites'])}")
        for name, value in sorted((each["pins"] or {}).items()):
            pen.say(f"  pin      {name}: {value}")
