-- Sheets as chains of revisions, their findings, and where each unit stands in the review chain.

CREATE TABLE revision (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    unit TEXT NOT NULL REFERENCES unit (id),
    form TEXT NOT NULL,
    period BIGINT NOT NULL,
    base TEXT,
    instrument TEXT NOT NULL,
    author TEXT NOT NULL,
    at TEXT NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX revision_of_sheet ON revision (unit, form, period, event, place);
--! append-only revision

-- The newest revision of each sheet, with its values once more: every check and total reads this table in one pass.
CREATE TABLE sheet (
    unit TEXT NOT NULL REFERENCES unit (id),
    form TEXT NOT NULL,
    period BIGINT NOT NULL,
    event BIGINT NOT NULL,
    revision TEXT NOT NULL REFERENCES revision (id),
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, form, period)
);

CREATE TABLE unit_state (
    unit TEXT NOT NULL PRIMARY KEY REFERENCES unit (id),
    event BIGINT NOT NULL,
    counter BIGINT NOT NULL,
    state TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX unit_by_state ON unit_state (state, unit);

CREATE TABLE review_step (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    counter BIGINT NOT NULL,
    state TEXT NOT NULL,
    step TEXT NOT NULL,
    actor TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place),
    UNIQUE (unit, counter)
);
--! append-only review_step

-- Lists over the review documents; rewritten with them, never the truth.
CREATE TABLE query (
    unit TEXT NOT NULL REFERENCES unit (id),
    id TEXT NOT NULL,
    step TEXT NOT NULL,
    rule TEXT NOT NULL,
    state TEXT NOT NULL,
    deadline TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, id)
);
CREATE INDEX query_waiting ON query (state, deadline, unit);

CREATE TABLE explanation (
    unit TEXT NOT NULL REFERENCES unit (id),
    place BIGINT NOT NULL,
    rule TEXT NOT NULL,
    made_by TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, place)
);

CREATE TABLE visit (
    unit TEXT NOT NULL REFERENCES unit (id),
    place BIGINT NOT NULL,
    at TEXT NOT NULL,
    met TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, place)
);

-- Which version of a unit was checked last, and what stood then.
CREATE TABLE checked (
    unit TEXT NOT NULL PRIMARY KEY REFERENCES unit (id),
    event BIGINT NOT NULL,
    version TEXT NOT NULL,
    findings BIGINT NOT NULL
);

CREATE TABLE finding (
    unit TEXT NOT NULL REFERENCES unit (id),
    place BIGINT NOT NULL,
    rule TEXT NOT NULL,
    grade TEXT NOT NULL,
    kind TEXT NOT NULL,
    home TEXT NOT NULL,
    row_number BIGINT NOT NULL,
    item TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, place)
);
CREATE INDEX finding_of_rule ON finding (rule, unit);

CREATE TABLE check_run (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    units BIGINT NOT NULL,
    findings BIGINT NOT NULL,
    counts TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
--! append-only check_run

-- A unit's whole set of findings, written when a run found another set than stood before.
CREATE TABLE finding_history (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    version TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX finding_history_of_unit ON finding_history (unit, event, place);
--! append-only finding_history
