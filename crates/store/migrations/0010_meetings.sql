-- Joint reviews (联合会审): what was said and decided, about which units. A record that is completed is written once more.

CREATE TABLE meeting (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL,
    area TEXT NOT NULL,
    held_on TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX meeting_of ON meeting (id, event, place);
--! append-only meeting

CREATE TABLE meeting_unit (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    meeting TEXT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    PRIMARY KEY (event, place)
);
CREATE INDEX meeting_unit_of ON meeting_unit (unit, event, place);
--! append-only meeting_unit

-- The work list of a step begins with the unit that has stood there longest.
CREATE INDEX unit_state_waiting ON unit_state (state, event, unit);
