"""Controls of a recipe, and what a re-forge changed of them, in words."""

from sentinel.domain.digest import Json


def told_again(reforge: Json) -> str:
    """What a re-forge changed."""
    moves = [f"{each['control']} {shown(each['was'])} → {shown(each['now'])}" for each in reforge["changes"]]
    data = "on the data of its day" if reforge["fresh"] else "on the same data"
    return f"{reforge['of']}, {data}: {', '.join(moves) or 'nothing changed'}"


def shown(value: Json) -> str:
    """A control's value."""
    return "none" if value is None else str(value)
