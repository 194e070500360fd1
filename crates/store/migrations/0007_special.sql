-- Visits to outlets as recorded; the latest record under a number stands, those before it stay.
CREATE TABLE sampling (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    number TEXT NOT NULL,
    outlet TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX sampling_of_outlet ON sampling (outlet, event, place);
--! append-only sampling

-- How dose rates were measured; the latest record of a unit and point stands.
CREATE TABLE dose_reading (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    unit TEXT NOT NULL REFERENCES unit (id),
    point_name TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX dose_reading_of_unit ON dose_reading (unit, event, place);
--! append-only dose_reading
