//! The tables, by name and column, in an order in which each refers only to those before it.
//! A test compares this with what the migrations make.

/// A table of the census.
#[derive(Debug)]
pub(crate) struct Table {
    pub name: &'static str,
    /// An append-only table begins with `event` and `place`, and each of its rows enters the digest of its event.
    pub columns: &'static [&'static str],
    pub append_only: bool,
    /// Key in which a copy reads the table.
    pub order: &'static str,
}

const fn kept(name: &'static str, columns: &'static [&'static str]) -> Table {
    Table { name, columns, append_only: true, order: "event, place" }
}

const fn current(name: &'static str, columns: &'static [&'static str], order: &'static str) -> Table {
    Table { name, columns, append_only: false, order }
}

pub(crate) const IMPORT_FILE: Table =
    kept("import_file", &["event", "place", "id", "kind", "name", "hash", "size", "rows_read", "rejected"]);
pub(crate) const LISTING: Table = kept(
    "listing",
    &["event", "place", "id", "import", "file", "sheet", "row_number", "hash", "cells", "reading", "rejected"],
);
pub(crate) const VERDICT: Table =
    kept("verdict", &["event", "place", "listing", "verdict", "document", "why", "decided_by"]);
pub(crate) const LISTING_PAIR: Table = kept(
    "listing_pair",
    &["event", "place", "first_listing", "second_listing", "says", "weight", "decided_by", "document"],
);
pub(crate) const LISTING_PLACE: Table = kept("listing_place", &["event", "place", "listing", "decided_by", "document"]);
pub(crate) const CLAIM: Table = kept("claim", &["event", "place", "listing", "area", "says", "document"]);
pub(crate) const OFFERED: Table = kept("offered", &["event", "place", "listing", "says", "document"]);
pub(crate) const HANDED: Table = kept("handed", &["event", "place", "listing", "area", "package", "says"]);
pub(crate) const PACKAGE: Table =
    kept("package", &["event", "place", "id", "direction", "kind", "peer", "sequence", "hash", "document"]);
pub(crate) const TRUSTED_KEY: Table =
    kept("trusted_key", &["event", "place", "area", "algorithm", "public_key", "says"]);
pub(crate) const LIBRARY: Table = kept("library", &["event", "place", "area", "number", "hash", "units", "document"]);
pub(crate) const LIBRARY_UNIT: Table =
    kept("library_unit", &["event", "place", "area", "number", "unit", "hash", "document"]);
pub(crate) const GROUND_CHANGE: Table = kept("ground_change", &["event", "place", "kind", "about", "document"]);
pub(crate) const GROUND_SHAPE: Table = kept("ground_shape", &["event", "place", "area", "source", "document"]);
pub(crate) const UNIT: Table =
    current("unit", &["id", "event", "respondent", "name", "code", "area", "simulated", "withdrawn", "document"], "id");
pub(crate) const UNIT_HISTORY: Table = kept("unit_history", &["event", "place", "unit", "document"]);
pub(crate) const SAMPLING: Table = kept("sampling", &["event", "place", "number", "outlet", "document"]);
pub(crate) const DOSE_READING: Table = kept("dose_reading", &["event", "place", "unit", "point_name", "document"]);
pub(crate) const REVISION: Table = kept(
    "revision",
    &["event", "place", "id", "unit", "form", "period", "base", "instrument", "author", "at", "hash", "document"],
);
pub(crate) const SHEET: Table =
    current("sheet", &["unit", "form", "period", "event", "revision", "hash", "document"], "unit, form, period");
pub(crate) const UNIT_STATE: Table = current("unit_state", &["unit", "event", "counter", "state", "document"], "unit");
pub(crate) const REVIEW_STEP: Table =
    kept("review_step", &["event", "place", "unit", "counter", "state", "step", "actor", "document"]);
pub(crate) const QUERY: Table =
    current("query", &["unit", "id", "step", "rule", "state", "deadline", "document"], "unit, id");
pub(crate) const EXPLANATION: Table =
    current("explanation", &["unit", "place", "rule", "made_by", "document"], "unit, place");
pub(crate) const VISIT: Table = current("visit", &["unit", "place", "at", "met", "document"], "unit, place");
pub(crate) const CHECKED: Table = current("checked", &["unit", "event", "version", "findings"], "unit");
pub(crate) const FINDING: Table = current(
    "finding",
    &["unit", "place", "rule", "grade", "kind", "home", "row_number", "item", "document"],
    "unit, place",
);
pub(crate) const CHECK_RUN: Table = kept("check_run", &["event", "place", "units", "findings", "counts"]);
pub(crate) const FINDING_HISTORY: Table = kept("finding_history", &["event", "place", "unit", "version", "document"]);
pub(crate) const ACCOUNTED: Table = current("accounted", &["unit", "event", "version", "lines", "incomplete"], "unit");
pub(crate) const LINE: Table = current(
    "accounted_line",
    &["unit", "place", "form", "outlet", "row_number", "pollutant", "method", "result", "document"],
    "unit, place",
);
pub(crate) const FIGURE: Table = current(
    "figure",
    &["unit", "pollutant", "measure", "generated", "emitted", "incomplete", "document"],
    "unit, pollutant",
);
pub(crate) const SOURCE_VERSION: Table = kept("source_version", &["event", "place", "built_from", "unit", "version"]);
pub(crate) const TABLE_RESULT: Table =
    kept("table_result", &["event", "place", "id", "code", "level", "area", "tree", "built_from", "document"]);
pub(crate) const TABLE_HEAD: Table = current(
    "table_head",
    &["code", "level", "area", "tree", "event", "result", "built_from", "stale", "stale_why"],
    "code, level, area, tree",
);
pub(crate) const JOB: Table = current(
    "job",
    &[
        "id", "event", "kind", "about", "state", "due", "attempts", "worker", "failure", "document", "asked_by",
        "outcome",
    ],
    "id",
);
pub(crate) const LOGIN: Table =
    current("login", &["id", "event", "name", "role", "area", "unit", "state", "document", "secrets"], "id");
pub(crate) const LOGIN_CHANGE: Table = kept("login_change", &["event", "place", "login", "what", "document"]);
pub(crate) const SESSION: Table = current("session", &["id", "event", "login", "created", "expires", "document"], "id");
pub(crate) const DRAFT: Table = current(
    "draft",
    &["unit", "form", "period", "login", "event", "base", "at", "document"],
    "unit, form, period, login",
);
pub(crate) const SECOND_ENTRY: Table =
    kept("second_entry", &["event", "place", "unit", "form", "period", "revision", "author", "at", "document"]);
pub(crate) const CITATION: Table = kept("citation", &["event", "place", "unit", "form", "period", "spot", "document"]);
pub(crate) const ATTACHMENT: Table =
    kept("attachment", &["event", "place", "id", "unit", "form", "name", "kind", "size", "hash", "document"]);
pub(crate) const ATTACHMENT_PART: Table =
    kept("attachment_part", &["event", "place", "attachment", "number", "content"]);
pub(crate) const INSPECTION: Table =
    kept("inspection", &["event", "place", "id", "unit", "form", "spot", "inspector", "document"]);
pub(crate) const RULE_PACK: Table = kept("rule_pack", &["event", "place", "area", "name", "state", "document"]);
pub(crate) const MEETING: Table = kept("meeting", &["event", "place", "id", "area", "held_on", "document"]);
pub(crate) const MEETING_UNIT: Table = kept("meeting_unit", &["event", "place", "meeting", "unit"]);
pub(crate) const PROGRESS_SNAPSHOT: Table =
    kept("progress_snapshot", &["event", "place", "id", "area", "month", "taken_at", "taken_by", "document"]);
pub(crate) const META: Table = current("meta", &["key", "value"], "key");
/// Chained by itself; its rows enter no digest.
pub(crate) const AUDIT: Table = Table {
    name: "audit",
    columns: &["seq", "id", "at", "who", "what", "about", "detail", "rows_written", "digest", "previous", "hash"],
    append_only: false,
    order: "seq",
};
pub(crate) const MIGRATION: Table = current("migration", &["number", "name", "checksum", "program", "at"], "number");

pub(crate) const ALL: [&Table; 52] = [
    &META,
    &AUDIT,
    &JOB,
    &IMPORT_FILE,
    &LISTING,
    &VERDICT,
    &LISTING_PAIR,
    &LISTING_PLACE,
    &CLAIM,
    &OFFERED,
    &HANDED,
    &PACKAGE,
    &TRUSTED_KEY,
    &LIBRARY,
    &LIBRARY_UNIT,
    &GROUND_CHANGE,
    &GROUND_SHAPE,
    &UNIT,
    &UNIT_HISTORY,
    &SAMPLING,
    &DOSE_READING,
    &REVISION,
    &SHEET,
    &UNIT_STATE,
    &REVIEW_STEP,
    &QUERY,
    &EXPLANATION,
    &VISIT,
    &CHECKED,
    &FINDING,
    &CHECK_RUN,
    &FINDING_HISTORY,
    &ACCOUNTED,
    &LINE,
    &FIGURE,
    &SOURCE_VERSION,
    &TABLE_RESULT,
    &TABLE_HEAD,
    &LOGIN,
    &LOGIN_CHANGE,
    &SESSION,
    &DRAFT,
    &SECOND_ENTRY,
    &CITATION,
    &ATTACHMENT,
    &ATTACHMENT_PART,
    &INSPECTION,
    &RULE_PACK,
    &MEETING,
    &MEETING_UNIT,
    &PROGRESS_SNAPSHOT,
    &MIGRATION,
];
