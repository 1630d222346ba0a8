"""Progress drawn: how far an attempt is, on one line."""

from sentinel.domain.digest import Json
from sentinel.domain.quantity import is_number
from sentinel.domain.text import plain


def progress_line(told: Json) -> str:
    """How far an attempt is, on one line."""
    done, total = told.get("done"), told.get("total")
    far = f" {done:g} of {total:g}" if is_number(done) and is_number(total) else f" {done:g}" if is_number(done) else ""
    figures = told.get("figures")
    more = "".join(f" {name}={value}" for name, value in figures.items()) if isinstance(figures, dict) else ""
    return plain(f"{told['step']}{far}{more} {told.get('says') or ''}".rstrip())
