-- What attempts at each kind of step took and what that may depend on; and when runs were expected to start and to end.
-- Rows are made anew from the events afterwards, so that tables which gain a column are simply made anew too.

DROP TABLE verdicts;
DROP TABLE attempts;

CREATE TABLE attempts (
    id TEXT NOT NULL,
    run TEXT NOT NULL REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
    step TEXT NOT NULL,
    base TEXT NOT NULL,
    recipe TEXT NOT NULL,
    state TEXT NOT NULL,
    node TEXT NOT NULL,
    gpus TEXT NOT NULL,
    started_at INTEGER NOT NULL,
    ended_at INTEGER,
    inputs TEXT NOT NULL,
    "key" TEXT,
    effect TEXT,
    outputs TEXT NOT NULL,
    says TEXT NOT NULL,
    error TEXT,
    receipt TEXT,
    cpu_ms INTEGER NOT NULL,
    peak_memory INTEGER NOT NULL,
    "use" TEXT NOT NULL,
    traits TEXT NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (run, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_live ON attempts (run, step) WHERE state = 'started';
CREATE INDEX attempts_by_key ON attempts ("key", ended_at) WHERE state = 'succeeded' AND "key" IS NOT NULL;
CREATE UNIQUE INDEX attempts_by_effect ON attempts (effect) WHERE state = 'succeeded' AND effect IS NOT NULL;
CREATE INDEX attempts_by_use ON attempts ("use", ended_at) WHERE state = 'succeeded';

CREATE TRIGGER attempts_begin BEFORE INSERT ON attempts
WHEN NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'attempt' AND source = '' AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'an attempt does not begin in this state'); END;

CREATE TRIGGER attempts_run BEFORE INSERT ON attempts
WHEN (SELECT state FROM runs WHERE id = NEW.run) IS NOT 'running'
BEGIN SELECT RAISE(ABORT, 'an attempt starts only in a running run'); END;

CREATE TRIGGER attempts_move BEFORE UPDATE OF state ON attempts
WHEN NEW.state IS NOT OLD.state
    AND NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'attempt' AND source = OLD.state AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'no legal move of an attempt'); END;

CREATE TABLE verdicts (
    seq INTEGER PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    gate TEXT NOT NULL,
    verdict TEXT NOT NULL,
    sentence TEXT NOT NULL,
    subject TEXT,
    against TEXT,
    round INTEGER NOT NULL,
    at INTEGER NOT NULL,
    body TEXT NOT NULL,
    sum BLOB NOT NULL,
    FOREIGN KEY (run, id) REFERENCES attempts (run, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;
CREATE INDEX verdicts_of_run ON verdicts (run, seq);
CREATE INDEX verdicts_on_subject ON verdicts (subject, seq) WHERE subject IS NOT NULL;

CREATE TRIGGER verdicts_never_change BEFORE UPDATE ON verdicts
BEGIN SELECT RAISE(ABORT, 'a verdict never changes'); END;

CREATE TABLE forecasts (
    seq INTEGER PRIMARY KEY,
    run TEXT NOT NULL,
    "when" TEXT NOT NULL,
    start_middle INTEGER,
    start_bound INTEGER,
    end_middle INTEGER,
    end_bound INTEGER,
    at INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;
CREATE INDEX forecasts_of_run ON forecasts (run, seq);

CREATE TRIGGER forecasts_never_change BEFORE UPDATE ON forecasts
BEGIN SELECT RAISE(ABORT, 'what was expected of a run never changes'); END;
