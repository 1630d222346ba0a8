-- Events, the rows that they make, and the locks that hold both. Times are UTC in ms. Every row carries the first
-- eight bytes of its sum, which is checked whenever it is read.

CREATE TABLE events (
    seq INTEGER PRIMARY KEY,
    stream TEXT NOT NULL,
    version INTEGER NOT NULL,
    kind TEXT NOT NULL,
    payload_version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    cause INTEGER,
    payload TEXT NOT NULL,
    sum BLOB NOT NULL,
    UNIQUE (stream, version)
) STRICT;

CREATE TRIGGER events_never_change BEFORE UPDATE ON events
BEGIN SELECT RAISE(ABORT, 'an event never changes'); END;

CREATE TRIGGER events_never_go BEFORE DELETE ON events
BEGIN SELECT RAISE(ABORT, 'an event never goes'); END;

CREATE TRIGGER events_follow BEFORE INSERT ON events
WHEN NEW.seq IS NOT (SELECT coalesce(max(seq), 0) + 1 FROM events)
BEGIN SELECT RAISE(ABORT, 'an event follows the one before'); END;

-- What is true now: the last event, and the sum over all events and rows. Sealed: what was true when all was checked.
CREATE TABLE checkpoint (id INTEGER PRIMARY KEY CHECK (id = 1), seq INTEGER NOT NULL, sum BLOB NOT NULL) STRICT;
INSERT INTO checkpoint VALUES (1, 0, zeroblob(32));

CREATE TABLE seals (seq INTEGER PRIMARY KEY, sum BLOB NOT NULL) STRICT;

-- Filled from the domain's tables of moves each time the ledger is opened; '' is where a thing comes from.
CREATE TABLE legal_moves (
    what TEXT NOT NULL, source TEXT NOT NULL, target TEXT NOT NULL, PRIMARY KEY (what, source, target)
) STRICT, WITHOUT ROWID;

CREATE TABLE house (
    id TEXT PRIMARY KEY,
    "commit" TEXT,
    dirty INTEGER NOT NULL,
    broken TEXT NOT NULL,
    daemon INTEGER,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE files (path TEXT PRIMARY KEY, digest TEXT, broken TEXT, sum BLOB NOT NULL) STRICT;

CREATE TABLE alerts (
    id TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    sentence TEXT NOT NULL,
    raised_at INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE nodes (
    node TEXT PRIMARY KEY,
    cpus INTEGER NOT NULL,
    gpus INTEGER NOT NULL,
    gpu_memory INTEGER NOT NULL,
    memory INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE plans (
    digest TEXT PRIMARY KEY,
    recipe TEXT NOT NULL,
    line TEXT,
    steps INTEGER NOT NULL,
    source TEXT NOT NULL,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE artifacts (
    digest TEXT PRIMARY KEY,
    kind TEXT NOT NULL,
    size INTEGER NOT NULL,
    attempt TEXT NOT NULL,
    kept_at INTEGER NOT NULL,
    dropped TEXT,
    sum BLOB NOT NULL
) STRICT;
CREATE INDEX artifacts_kept ON artifacts (kept_at, digest) WHERE dropped IS NULL;
CREATE INDEX artifacts_kept_by_kind ON artifacts (kind, kept_at, digest) WHERE dropped IS NULL;

CREATE TABLE runs (
    id TEXT NOT NULL UNIQUE,
    num INTEGER PRIMARY KEY,
    recipe TEXT NOT NULL,
    line TEXT,
    plan TEXT NOT NULL REFERENCES plans (digest) DEFERRABLE INITIALLY DEFERRED,
    state TEXT NOT NULL,
    kind TEXT NOT NULL,
    priority INTEGER NOT NULL,
    "trigger" TEXT NOT NULL,
    reason TEXT NOT NULL,
    actor TEXT NOT NULL,
    inputs TEXT NOT NULL,
    only TEXT,
    parent TEXT,
    parent_step TEXT,
    purpose TEXT,
    "commit" TEXT,
    dirty INTEGER NOT NULL,
    why TEXT NOT NULL,
    ending TEXT,
    round INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    ended_at INTEGER,
    running_since INTEGER,
    ran_ms INTEGER NOT NULL,
    gpu_ms INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;
-- A list is always of one kind (a recipe's runs, or what verbs asked for), and may be narrowed by any of these.
CREATE INDEX runs_of_kind ON runs (kind, num);
CREATE INDEX runs_of_state ON runs (kind, state, num);
CREATE INDEX runs_of_line ON runs (kind, line, num);
CREATE INDEX runs_of_line_in_state ON runs (kind, line, state, num);
CREATE INDEX runs_of_recipe ON runs (kind, recipe, num);
CREATE INDEX runs_of_recipe_in_state ON runs (kind, recipe, state, num);
CREATE INDEX runs_of_recipe_and_line ON runs (kind, recipe, line, num);
CREATE INDEX runs_of_recipe_and_line_in_state ON runs (kind, recipe, line, state, num);
CREATE INDEX runs_of_parent ON runs (parent, num) WHERE parent IS NOT NULL;
CREATE INDEX runs_open ON runs (num) WHERE state IN ('queued', 'running', 'waiting', 'paused');

CREATE TRIGGER runs_begin BEFORE INSERT ON runs
WHEN NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'run' AND source = '' AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'a run does not begin in this state'); END;

CREATE TRIGGER runs_move BEFORE UPDATE OF state ON runs
WHEN NEW.state IS NOT OLD.state
    AND NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'run' AND source = OLD.state AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'no legal move of a run'); END;

CREATE TABLE steps (
    run TEXT NOT NULL REFERENCES runs (id) DEFERRABLE INITIALLY DEFERRED,
    "key" TEXT NOT NULL,
    position INTEGER NOT NULL,
    element INTEGER,
    act TEXT NOT NULL,
    use TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    why TEXT NOT NULL,
    tries INTEGER NOT NULL,
    lost INTEGER NOT NULL,
    live TEXT,
    waits_for TEXT,
    until INTEGER,
    outputs TEXT NOT NULL,
    elements INTEGER,
    child TEXT,
    verdict TEXT,
    lifted INTEGER NOT NULL,
    looks INTEGER NOT NULL,
    unset INTEGER NOT NULL,
    source TEXT,
    started_at INTEGER,
    ended_at INTEGER,
    sum BLOB NOT NULL,
    PRIMARY KEY (run, "key")
) STRICT, WITHOUT ROWID;

CREATE TRIGGER steps_begin BEFORE INSERT ON steps
WHEN NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'step' AND source = '' AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'a step does not begin in this state'); END;

CREATE TRIGGER steps_move BEFORE UPDATE OF state ON steps
WHEN NEW.state IS NOT OLD.state
    AND NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'step' AND source = OLD.state AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'no legal move of a step'); END;

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
    sum BLOB NOT NULL,
    PRIMARY KEY (run, id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX attempts_live ON attempts (run, step) WHERE state = 'started';
CREATE INDEX attempts_by_key ON attempts ("key", ended_at) WHERE state = 'succeeded' AND "key" IS NOT NULL;
CREATE UNIQUE INDEX attempts_by_effect ON attempts (effect) WHERE state = 'succeeded' AND effect IS NOT NULL;
CREATE INDEX attempts_for_times ON attempts (recipe, base, ended_at) WHERE state = 'succeeded';

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

CREATE TABLE lines (
    line TEXT PRIMARY KEY,
    champion TEXT,
    adopted INTEGER NOT NULL,
    held TEXT,
    frozen TEXT,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE versions (
    line TEXT NOT NULL REFERENCES lines (line) DEFERRABLE INITIALLY DEFERRED,
    id TEXT NOT NULL,
    model TEXT NOT NULL,
    run TEXT NOT NULL,
    step TEXT NOT NULL,
    label TEXT NOT NULL,
    pins TEXT NOT NULL,
    registered_at INTEGER NOT NULL,
    frozen TEXT,
    rejected TEXT,
    cites TEXT NOT NULL,
    was_champion INTEGER NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (line, id)
) STRICT;
CREATE INDEX versions_of_line ON versions (line, registered_at, id);
CREATE INDEX versions_by_id ON versions (id);
CREATE INDEX versions_by_model ON versions (model, registered_at);

CREATE TABLE aliases (
    line TEXT NOT NULL,
    alias TEXT NOT NULL,
    version TEXT NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (line, alias),
    FOREIGN KEY (line, version) REFERENCES versions (line, id) DEFERRABLE INITIALLY DEFERRED
) STRICT;

CREATE TABLE lineage (
    line TEXT NOT NULL,
    child TEXT NOT NULL,
    parent TEXT NOT NULL,
    kind TEXT NOT NULL,
    sum BLOB NOT NULL,
    PRIMARY KEY (line, child, parent, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX lineage_up ON lineage (child, kind);
CREATE INDEX lineage_down ON lineage (parent, kind);

CREATE TABLE alias_moves (
    seq INTEGER PRIMARY KEY,
    line TEXT NOT NULL,
    alias TEXT NOT NULL,
    version TEXT NOT NULL,
    was TEXT,
    because TEXT NOT NULL,
    verdicts TEXT NOT NULL,
    reason TEXT NOT NULL,
    at INTEGER NOT NULL,
    actor TEXT NOT NULL,
    sum BLOB NOT NULL
) STRICT;
CREATE INDEX alias_moves_of_line ON alias_moves (line, seq);

CREATE TRIGGER alias_moves_never_change BEFORE UPDATE ON alias_moves
BEGIN SELECT RAISE(ABORT, 'a move of an alias never changes'); END;

CREATE TABLE triggers (
    stream TEXT PRIMARY KEY,
    recipe TEXT NOT NULL,
    line TEXT,
    kind TEXT NOT NULL,
    params TEXT NOT NULL,
    armed INTEGER NOT NULL,
    accounted INTEGER NOT NULL,
    fired INTEGER NOT NULL,
    last_run TEXT,
    last_reason TEXT NOT NULL,
    sum BLOB NOT NULL
) STRICT;

CREATE TABLE fires (
    seq INTEGER PRIMARY KEY,
    "trigger" TEXT NOT NULL,
    due_at INTEGER NOT NULL,
    missed INTEGER NOT NULL,
    reason TEXT NOT NULL,
    numbers TEXT,
    run TEXT NOT NULL,
    coalesced INTEGER NOT NULL,
    at INTEGER NOT NULL,
    sum BLOB NOT NULL,
    UNIQUE ("trigger", due_at)
) STRICT;
CREATE INDEX fires_into_run ON fires (run);

CREATE TRIGGER fires_never_change BEFORE UPDATE ON fires
BEGIN SELECT RAISE(ABORT, 'a firing never changes'); END;

CREATE TABLE deliveries (
    id TEXT PRIMARY KEY,
    num INTEGER NOT NULL UNIQUE,
    state TEXT NOT NULL,
    effect TEXT NOT NULL,
    target TEXT NOT NULL,
    "key" TEXT NOT NULL,
    content TEXT NOT NULL,
    attempts INTEGER NOT NULL,
    live TEXT,
    next_at INTEGER NOT NULL,
    why TEXT NOT NULL,
    maybe_sent INTEGER NOT NULL,
    receipt TEXT,
    intended_at INTEGER NOT NULL,
    sum BLOB NOT NULL
) STRICT;
CREATE INDEX deliveries_open ON deliveries (num) WHERE state IN ('waiting', 'trying');
CREATE INDEX deliveries_due ON deliveries (next_at) WHERE state = 'waiting';
CREATE INDEX deliveries_done ON deliveries ("key") WHERE state = 'done';

CREATE TRIGGER deliveries_begin BEFORE INSERT ON deliveries
WHEN NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'delivery' AND source = '' AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'a delivery does not begin in this state'); END;

CREATE TRIGGER deliveries_move BEFORE UPDATE OF state ON deliveries
WHEN NEW.state IS NOT OLD.state
    AND NOT EXISTS (SELECT 1 FROM legal_moves WHERE what = 'delivery' AND source = OLD.state AND target = NEW.state)
BEGIN SELECT RAISE(ABORT, 'no legal move of a delivery'); END;
