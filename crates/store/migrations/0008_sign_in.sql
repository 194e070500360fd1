-- Who signs in, what they have open, and what stands beside the figures of a sheet.

-- Accounts as they stand. The secret parts (hash of the password, sealed second factor) are in `secrets` alone.
CREATE TABLE login (
    id TEXT NOT NULL PRIMARY KEY,
    event BIGINT NOT NULL,
    name TEXT NOT NULL UNIQUE,
    role TEXT NOT NULL,
    area TEXT NOT NULL,
    unit TEXT NOT NULL,
    state TEXT NOT NULL,
    document TEXT NOT NULL,
    secrets TEXT NOT NULL
);
CREATE INDEX login_of_unit ON login (unit, id);

-- Every account as it was granted, changed, locked; never a secret.
CREATE TABLE login_change (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    login TEXT NOT NULL,
    what TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX login_change_of ON login_change (login, event, place);
--! append-only login_change

-- Open sessions, by the hash of their token.
CREATE TABLE session (
    id TEXT NOT NULL PRIMARY KEY,
    event BIGINT NOT NULL,
    login TEXT NOT NULL REFERENCES login (id),
    created TEXT NOT NULL,
    expires TEXT NOT NULL,
    document TEXT NOT NULL
);
CREATE INDEX session_of_login ON session (login, id);

-- What somebody has typed and not saved yet; theirs alone, gone with the saved revision.
CREATE TABLE draft (
    unit TEXT NOT NULL REFERENCES unit (id),
    form TEXT NOT NULL,
    period BIGINT NOT NULL,
    login TEXT NOT NULL,
    event BIGINT NOT NULL,
    base TEXT,
    at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (unit, form, period, login)
);

-- The same paper typed a second time by another person.
CREATE TABLE second_entry (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    form TEXT NOT NULL,
    period BIGINT NOT NULL,
    revision TEXT NOT NULL,
    author TEXT NOT NULL,
    at TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX second_entry_of_sheet ON second_entry (unit, form, period, event, place);
--! append-only second_entry

-- Which paper a figure was read from. The newest of a spot counts.
CREATE TABLE citation (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    form TEXT NOT NULL,
    period BIGINT NOT NULL,
    spot TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX citation_of_sheet ON citation (unit, form, period, event, place);
--! append-only citation

-- Photos and papers of a unit, in parts of base 64, so that one backup holds everything.
CREATE TABLE attachment (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    unit TEXT NOT NULL REFERENCES unit (id),
    form TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    size BIGINT NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX attachment_of_unit ON attachment (unit, event, place);
--! append-only attachment

CREATE TABLE attachment_part (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    attachment TEXT NOT NULL,
    number BIGINT NOT NULL,
    content TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX attachment_part_of ON attachment_part (attachment, number);
--! append-only attachment_part

-- What an inspector found before the original was shown.
CREATE TABLE inspection (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL UNIQUE,
    unit TEXT NOT NULL REFERENCES unit (id),
    form TEXT NOT NULL,
    spot TEXT NOT NULL,
    inspector TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX inspection_of_unit ON inspection (unit, event, place);
--! append-only inspection

-- Packs of rules of a level, on top of the instrument's. The newest of a name counts.
CREATE TABLE rule_pack (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    area TEXT NOT NULL,
    name TEXT NOT NULL,
    state TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX rule_pack_of ON rule_pack (area, name, event, place);
--! append-only rule_pack

-- Who asked for a job, and what came of it.
ALTER TABLE job ADD COLUMN asked_by TEXT NOT NULL DEFAULT '';
ALTER TABLE job ADD COLUMN outcome TEXT NOT NULL DEFAULT '';
CREATE INDEX job_of ON job (asked_by, id);

-- The list of the directory reads this index alone.
CREATE INDEX unit_list ON unit (withdrawn, area, id, name, code, respondent);
