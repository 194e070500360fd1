-- Accounted lines and figures, and tables with the versions they were built from.

CREATE TABLE accounted (
    unit TEXT NOT NULL PRIMARY KEY REFERENCES unit (id),
    event BIGINT NOT NULL,
    version TEXT NOT NULL,
    lines BIGINT NOT NULL,
    incomplete BIGINT NOT NULL
);

CREATE TABLE accounted_line (
    unit TEXT NOT NULL REFERENCES unit (id),
    place BIGINT NOT NULL,
    form TEXT NOT NULL,
    outlet TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    pollutant TEXT NOT NULL,
    method TEXT NOT NULL,
    result TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, place)
);
CREATE INDEX line_of_pollutant ON accounted_line (pollutant, unit);

CREATE TABLE figure (
    unit TEXT NOT NULL REFERENCES unit (id),
    pollutant TEXT NOT NULL,
    measure TEXT NOT NULL,
    generated TEXT NOT NULL,
    emitted TEXT NOT NULL,
    incomplete BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, pollutant)
);

-- A set of versions is kept once, however many tables were built from it.
CREATE TABLE source_version (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    built_from TEXT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    version TEXT NOT NULL,
    PRIMARY KEY (event, place),
    UNIQUE (built_from, unit)
);
CREATE INDEX source_of_unit ON source_version (unit, built_from);
--! append-only source_version

CREATE TABLE table_result (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    code TEXT NOT NULL,
    level TEXT NOT NULL,
    area TEXT NOT NULL,
    tree TEXT NOT NULL,
    built_from TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
--! append-only table_result

-- The newest result of each table, and whether it still holds.
CREATE TABLE table_head (
    code TEXT NOT NULL,
    level TEXT NOT NULL,
    area TEXT NOT NULL,
    tree TEXT NOT NULL,
    event BIGINT NOT NULL,
    result TEXT NOT NULL REFERENCES table_result (id),
    built_from TEXT NOT NULL,
    stale BIGINT NOT NULL,
    stale_why TEXT NOT NULL,
    PRIMARY KEY (code, level, area, tree)
);
CREATE INDEX table_head_source ON table_head (built_from);
