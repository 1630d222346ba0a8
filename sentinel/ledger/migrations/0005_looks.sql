-- How often gates have judged on the same documents of a set, across runs.

CREATE TABLE looks (
    line TEXT NOT NULL REFERENCES lines (line) DEFERRABLE INITIALLY DEFERRED,
    "set" TEXT NOT NULL,
    documents TEXT NOT NULL,
    looks INTEGER NOT NULL,
    last_of TEXT NOT NULL,
    last_at INTEGER NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (line, "set", documents)
) STRICT, WITHOUT ROWID;

-- A look that was taken is never untaken.
CREATE TRIGGER looks_only_grow BEFORE UPDATE ON looks WHEN NEW.looks < OLD.looks
BEGIN SELECT RAISE(ABORT, 'a look that was taken is never untaken'); END;
