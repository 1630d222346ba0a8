"""The inputs of a recipe as people write them: what each is, and what it is unless something else is given."""

from sentinel.domain.digest import Json
from sentinel.domain.quantity import Rate, format_duration, format_size


def input_words(name: str, declared: Json) -> str:
    """An input in a few words."""
    unless = "must be given" if declared["required"] else f"is {as_written(declared)} unless given"
    return f"{name}: {declared['type']}, {unless}"


def as_written(declared: Json) -> str:
    """What an input is unless given, as it is written in a recipe; nothing where it has no such value."""
    kind, value = declared["type"], declared["default"]
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int) and kind == "duration":
        return format_duration(value)
    if isinstance(value, int) and kind == "size":
        return format_size(value)
    if isinstance(value, dict) and kind == "rate":
        return str(Rate(value["times"], value["per_ms"]))
    return str(value)
