-- The census itself, the audit chain, jobs and the frame.
-- Plain PostgreSQL subset; columns are BIGINT and TEXT only; decimals and times are text; documents are JSON text.
-- A line `--! append-only <table>` becomes the triggers that forbid UPDATE and DELETE on that table.
-- Append-only tables carry the audit event that wrote the row, and the row's place within that event.
-- Those two have no foreign keys: the audit row comes last, when its digest is known, and `verify` checks them.

CREATE TABLE meta (
    key TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE audit (
    seq BIGINT NOT NULL PRIMARY KEY,
    id TEXT NOT NULL UNIQUE,
    at TEXT NOT NULL,
    who TEXT NOT NULL,
    what TEXT NOT NULL,
    about TEXT NOT NULL,
    detail TEXT NOT NULL,
    rows_written BIGINT NOT NULL,
    digest TEXT NOT NULL,
    previous TEXT NOT NULL,
    hash TEXT NOT NULL
);
--! append-only audit

CREATE TABLE job (
    id TEXT NOT NULL PRIMARY KEY,
    event BIGINT NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    state TEXT NOT NULL,
    due TEXT NOT NULL,
    attempts BIGINT NOT NULL,
    worker TEXT NOT NULL,
    failure TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX job_waiting ON job (state, due, id);

CREATE TABLE import_file (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    hash TEXT NOT NULL,
    size BIGINT NOT NULL,
    rows_read BIGINT NOT NULL,
    rejected BIGINT NOT NULL,
    PRIMARY KEY (event, place),
    UNIQUE (kind, hash)
);
--! append-only import_file

CREATE TABLE listing (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    import TEXT NOT NULL,
    file TEXT NOT NULL,
    sheet TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    hash TEXT NOT NULL,
    cells TEXT NOT NULL,
    reading TEXT NOT NULL,
    rejected TEXT,
    PRIMARY KEY (event, place)
);
--! append-only listing

CREATE TABLE verdict (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    listing TEXT NOT NULL REFERENCES listing (id),
    verdict TEXT NOT NULL,
    document TEXT NOT NULL,
    why TEXT NOT NULL,
    decided_by TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX verdict_of_listing ON verdict (listing, event, place);
--! append-only verdict

CREATE TABLE unit (
    id TEXT NOT NULL PRIMARY KEY,
    event BIGINT NOT NULL,
    respondent TEXT NOT NULL,
    name TEXT NOT NULL,
    code TEXT NOT NULL,
    area TEXT NOT NULL,
    simulated BIGINT NOT NULL,
    withdrawn BIGINT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX unit_in_area ON unit (area, id);
CREATE INDEX unit_by_code ON unit (code);
CREATE INDEX unit_by_name ON unit (name);

CREATE TABLE unit_history (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX unit_history_of_unit ON unit_history (unit, event, place);
--! append-only unit_history
