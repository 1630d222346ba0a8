"""Write what is missing among the committed samples: `python -m tests.samples.make`. It never changes what is there.

Run it once an event has a new kind or version, and once before each release: the database of that release is then part
of what every later one must open.
"""

import json
import random
import sqlite3
from pathlib import Path
from tempfile import TemporaryDirectory

from sentinel import __version__
from sentinel.domain.event import encode, event_kinds
from sentinel.ledger import Ledger
from tests.samples.bodies import BODIES
from tests.unit.ledger.world import World

HERE = Path(__file__).resolve().parent
EVENTS = HERE / "events"


def main() -> None:
    """Write each sample that is not there yet."""
    for body in BODIES:
        kind, version, payload = encode(body)
        path = EVENTS / f"{kind}-v{version}.json"
        if not path.exists():
            path.write_text(json.dumps(payload, indent=1, sort_keys=True, ensure_ascii=False) + "\n", encoding="utf-8")
    database = HERE / f"ledger-{__version__}.db"
    if not database.exists():
        make_database(database)


def make_database(target: Path) -> None:
    """A ledger in which a little of everything has happened, as this release leaves it."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "ledger.db"
        with Ledger.open(path) as ledger:
            world = World(ledger, random.Random(39))
            while {type(event.body) for event in world.acknowledged} != set(event_kinds().values()):
                world.turn()
            ledger.seal()
        with sqlite3.connect(path, isolation_level=None) as connection:
            connection.execute("PRAGMA journal_mode = DELETE")
            connection.execute("VACUUM")
        target.write_bytes(path.read_bytes())


if __name__ == "__main__":
    main()
