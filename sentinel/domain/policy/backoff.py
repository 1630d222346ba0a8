"""How long to wait before trying again."""

from sentinel.domain.digest import digest_of
from sentinel.domain.plan import Retry
from sentinel.domain.quantity import HOUR

LONGEST = HOUR


def pause_before(retry: Retry, nth: int, attempt: str) -> int:
    """Milliseconds before the nth further try: doubling from `backoff`, at most an hour, spread by a tenth.

    The spread is a hash of the attempt's id, so that a replay and a restart come to the same moment.
    """
    pause: int = min(retry.backoff << min(nth - 1, 40), max(LONGEST, retry.backoff))
    spread = int(digest_of(attempt)[:8], 16) / 2**32
    return round(pause * (0.95 + 0.1 * spread))
