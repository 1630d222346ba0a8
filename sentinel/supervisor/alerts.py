"""Alerts: what somebody should look at, raised once and cleared when it is over."""

from sentinel.domain.house import House, clear_alert, raise_alert
from sentinel.domain.streams import HOUSE
from sentinel.supervisor.work import Work


def alert(work: Work, kind: str, about: str, sentence: str) -> None:
    """Raise an alert, unless it stands."""
    house: House = work.state(HOUSE)
    work.apply(HOUSE, raise_alert(house, kind, about, sentence))


def all_clear(work: Work, kind: str, about: str, why: str) -> None:
    """End an alert, if it stands."""
    work.apply(HOUSE, clear_alert(work.state(HOUSE), kind, about, why))
