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

-- Polygons of enumeration areas, in degrees of CGCS2000. The latest of an area stands.
CREATE TABLE ground_shape (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    area TEXT NOT NULL,
    source TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
--! append-only ground_shape
