"""Progress drawn: how far an attempt is, on one line."""

from sentinel.domain.digest import Json
from sentinel.domain.text import plain


def progress_line(told: Json) -> str:
    """How far an attempt is, on one line."""
    done, total = told.get("done"), told.get("total")
    far = (
        f" {done:g} of {total:g}"
        if _is_number(done) and _is_number(total)
        else f" {done:g}"
        if _is_number(done)
        else ""
    )
    figures = told.get("figures")
    more = "".join(f" {name}={value}" for name, value in figures.items()) if isinstance(figures, dict) else ""
    return plain(f"{told['step']}{far}{more} {told.get('says') or ''}".rstrip())


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
