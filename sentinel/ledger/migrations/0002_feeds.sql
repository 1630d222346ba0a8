-- Signals and the baselines that lines are held to, and how the triggers that gather evidence stand.

CREATE TABLE feeds (
    feed TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    rate REAL,
    spread REAL,
    rows REAL,
    signals INTEGER,
    because TEXT NOT NULL,
    set_at INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;
CREATE INDEX feeds_of_line ON feeds (line, feed);

CREATE TABLE signals (
    feed TEXT NOT NULL REFERENCES feeds (feed) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    value REAL NOT NULL,
    n REAL NOT NULL,
    variance REAL,
    version TEXT,
    "of" TEXT NOT NULL,
    "first" INTEGER NOT NULL,
    "last" INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    late INTEGER NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (feed, id)
) STRICT, WITHOUT ROWID;
CREATE INDEX signals_in_time ON signals (feed, "of", "first");

-- The domain refuses what counts a thing twice; the schema refuses it too.
CREATE TRIGGER signals_count_once BEFORE INSERT ON signals
WHEN EXISTS (
    SELECT 1 FROM signals
    WHERE feed = NEW.feed AND "of" = NEW."of" AND "first" < NEW."last" AND NEW."first" < "last"
)
BEGIN SELECT RAISE(ABORT, 'a signal counts what another has counted'); END;

CREATE TABLE watches (
    stream TEXT PRIMARY KEY REFERENCES triggers (stream) DEFERRABLE INITIALLY DEFERRED,
    feed TEXT NOT NULL,
    champion TEXT,
    signals INTEGER NOT NULL,
    standing TEXT NOT NULL,
    since INTEGER NOT NULL,
    reason TEXT NOT NULL,
    numbers TEXT,
    silent INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;
