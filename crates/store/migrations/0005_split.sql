-- Where rows belong, what was handed to which office and received from which, and frozen versions of the directory.

-- Where a listing belongs. The latest word stands; a person's over a rule's.
CREATE TABLE listing_place (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    listing TEXT NOT NULL REFERENCES listing (id),
    decided_by TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX place_of_listing ON listing_place (listing);
--! append-only listing_place

-- What offices say of rows: theirs or not. A row that is only offered here is in no list of this office.
CREATE TABLE claim (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    listing TEXT NOT NULL,
    area TEXT NOT NULL,
    says TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX claim_of_listing ON claim (listing, area);
--! append-only claim

-- Disputed rows the parent shows to those who may claim them.
CREATE TABLE offered (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    listing TEXT NOT NULL,
    says TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
--! append-only offered

-- Rows given to offices below, and taken back.
CREATE TABLE handed (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    listing TEXT NOT NULL REFERENCES listing (id),
    area TEXT NOT NULL,
    package TEXT NOT NULL,
    says TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX handed_of_listing ON handed (listing);
--! append-only handed

-- Packages sealed and received.
CREATE TABLE package (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    id TEXT NOT NULL,
    direction TEXT NOT NULL,
    kind TEXT NOT NULL,
    peer TEXT NOT NULL,
    sequence BIGINT NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE UNIQUE INDEX package_once ON package (direction, kind, peer, sequence);
--! append-only package

-- Keys that packages of an office may be sealed with.
CREATE TABLE trusted_key (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    area TEXT NOT NULL,
    algorithm TEXT NOT NULL,
    public_key TEXT NOT NULL,
    says TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
--! append-only trusted_key

-- Frozen versions of the directory, of this office and of those below.
CREATE TABLE library (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    area TEXT NOT NULL,
    number BIGINT NOT NULL,
    hash TEXT NOT NULL,
    units BIGINT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE UNIQUE INDEX library_once ON library (area, number);
--! append-only library

CREATE TABLE library_unit (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    area TEXT NOT NULL,
    number BIGINT NOT NULL,
    unit TEXT NOT NULL,
    hash TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX units_of_library ON library_unit (area, number, unit);
--! append-only library_unit
