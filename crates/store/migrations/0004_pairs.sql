-- What matching and persons said of pairs of listings. The latest word on a pair stands; a person's over a rule's.

CREATE TABLE listing_pair (
    event BIGINT NOT NULL,
    place BIGINT NOT NULL,
    first_listing TEXT NOT NULL REFERENCES listing (id),
    second_listing TEXT NOT NULL REFERENCES listing (id),
    says TEXT NOT NULL,
    weight BIGINT NOT NULL,
    decided_by TEXT NOT NULL,
    document TEXT NOT NULL,
    PRIMARY KEY (event, place)
);
CREATE INDEX pair_of_listing ON listing_pair (first_listing, second_listing);
--! append-only listing_pair
