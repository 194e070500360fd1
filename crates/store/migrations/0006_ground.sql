-- What the office said of its enumeration areas and teams, one change after the other.
CREATE TABLE ground_change (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    kind TEXT NOT NULL,
    about TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
--! append-only ground_change
