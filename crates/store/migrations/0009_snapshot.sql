-- Progress of an area as it stood at the end of a month; taken once and never changed.
CREATE TABLE progress_snapshot (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    area TEXT NOT NULL,
    month TEXT NOT NULL,
    taken_at TEXT NOT NULL,
    taken_by TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place),
    UNIQUE (area, month)
);
--! append-only progress_snapshot
