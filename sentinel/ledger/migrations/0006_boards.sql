-- What the Hub's boards say of each line's models, and what was wanted to be sent for whom.

CREATE TABLE boards (
    line TEXT PRIMARY KEY,
    rejected TEXT NOT NULL,
    unread TEXT NOT NULL,
    seen TEXT NOT NULL,
    read_at INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE places (
    line TEXT NOT NULL REFERENCES boards (line) DEFERRABLE INITIALLY DEFERRED,
    repo TEXT NOT NULL,
    dataset TEXT NOT NULL,
    derived INTEGER NOT NULL,
    rank INTEGER,
    "of" INTEGER NOT NULL,
    value REAL,
    since INTEGER NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (line, repo, dataset, derived)
) STRICT, WITHOUT ROWID;

CREATE TABLE ranks (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    repo TEXT NOT NULL,
    dataset TEXT NOT NULL,
    derived INTEGER NOT NULL,
    rank INTEGER,
    "of" INTEGER NOT NULL,
    value REAL,
    at INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;
CREATE INDEX ranks_of_line ON ranks (line, repo, dataset, derived, seq);

CREATE TRIGGER ranks_never_change BEFORE UPDATE ON ranks
BEGIN SELECT RAISE(ABORT, 'a rank that was read never changes'); END;

CREATE TABLE sendings (
    delivery TEXT PRIMARY KEY REFERENCES deliveries (id) DEFERRABLE INITIALLY DEFERRED,
    num INTEGER NOT NULL,
    target TEXT NOT NULL,
    "key" TEXT NOT NULL,
    line TEXT,
    run TEXT NOT NULL,
    act TEXT NOT NULL,
    model TEXT NOT NULL,
    submission TEXT NOT NULL,
    request INTEGER NOT NULL,
    datasets TEXT NOT NULL,
    sum BLOB NOT NULL
) STRICT;
CREATE INDEX sendings_of_key ON sendings ("key");
CREATE INDEX sendings_to ON sendings (target, act, num);
CREATE INDEX sendings_of_line ON sendings (line, num);
CREATE INDEX sendings_about ON sendings (line, model, num);
CREATE INDEX sendings_of_scores ON sendings (line, target, datasets, num) WHERE act = 'submit';
CREATE INDEX sendings_of_run ON sendings (run, num);

CREATE INDEX deliveries_given_up ON deliveries (num) WHERE state = 'given-up';
