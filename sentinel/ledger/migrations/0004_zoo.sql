-- When each spec of the zoo was tried last: runs by what they are for.

CREATE INDEX runs_by_purpose ON runs (purpose, line, ended_at) WHERE purpose IS NOT NULL;
