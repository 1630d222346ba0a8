"""Which version of a line an evaluation speaks of, by the model that was scored."""

from sentinel.domain.line.state import Line, Version


def scored_version(line: Line, model: str) -> Version | None:
    """The version whose model was scored: of several that have it the champion, else one that was, else the latest."""
    held = [version for version in line.versions.values() if version.model == model]
    return max(held, key=lambda each: (each.id == line.champion, each.was_champion, each.registered_at), default=None)
