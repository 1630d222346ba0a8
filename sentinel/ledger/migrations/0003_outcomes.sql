-- Labels of served answers, one by one, and how far the outcomes of each line have settled.

CREATE TABLE outcomes (
    name TEXT PRIMARY KEY,
    line TEXT NOT NULL,
    id TEXT NOT NULL,
    at INTEGER NOT NULL,
    value REAL NOT NULL,
    counts INTEGER NOT NULL,
    why TEXT NOT NULL,
    chance REAL,
    version TEXT,
    answer TEXT,
    label TEXT,
    due INTEGER NOT NULL,
    taken_at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    again TEXT NOT NULL,
    number INTEGER,
    slot INTEGER,
    late INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;
CREATE UNIQUE INDEX outcomes_settle_once ON outcomes (line, number) WHERE number IS NOT NULL;
CREATE INDEX outcomes_to_settle ON outcomes (line, due) WHERE number IS NULL;
CREATE INDEX outcomes_of_answer ON outcomes (line, id);
CREATE INDEX outcomes_in_time ON outcomes (line, taken_at);

CREATE TABLE settlings (
    line TEXT PRIMARY KEY,
    closed INTEGER NOT NULL,
    next INTEGER NOT NULL,
    file TEXT,
    head TEXT,
    "offset" INTEGER NOT NULL,
    taken INTEGER NOT NULL,
    lines INTEGER NOT NULL,
    faulty INTEGER NOT NULL,
    fault TEXT NOT NULL,
    sum BLOB NOT NULL
) STRICT;
