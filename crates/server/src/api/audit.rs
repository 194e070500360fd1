//! The audit log (审计日志): searched, exported and verified by the audit administrator.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use census::access::Verb;
use report::write::{FlatTable, csv_bytes, plain_text};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::json;
use store::{AuditRow, AuditSearch, Read};

use crate::api::jobs::{JobShown, shown};
use crate::api::{Page, limit};
use crate::call::Call;
use crate::dispatch::download;
use crate::fault::Fault;
use crate::jobs::Kind;
use crate::route::{Asked, JobStarted, Nothing, Routes, started};

/// Rows of one export at most; a narrower time gives the others.
const MOST_ROWS: u32 = 50_000;

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/audit", Verb::ReadAudit, "the audit log, newest first", list)
        .raw::<Search, Nothing, String, _>(
            (Method::GET, "/api/audit/export"),
            Verb::ReadAudit,
            "the audit log as a file",
            export,
        )
        .media("text/csv")
        .raw::<Nothing, Nothing, JobStarted, _>(
            (Method::POST, "/api/audit/verify"),
            Verb::ReadAudit,
            "verify the whole chain and all that hangs on it; a job",
            verify,
        )
        .read("/api/audit/verify", Verb::ReadAudit, "the last verification", verified);
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Search {
    /// Id or name of an account; `server`.
    who: Option<String>,
    /// Kind of change: `fill`, `grant` …
    what: Option<String>,
    about: Option<String>,
    /// RFC 3339 or a date: from then on.
    since: Option<String>,
    /// Before this time.
    until: Option<String>,
    /// Rows older than this number.
    after: Option<String>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Row {
    seq: i64,
    id: String,
    at: String,
    who: String,
    /// Name of the account; empty for programs.
    who_name: String,
    what: String,
    about: String,
    detail: String,
    /// Rows the event wrote into append-only tables.
    rows: i64,
    hash: String,
}

fn found(read: &mut Read<'_>, asked: &Search, limit: u32) -> Result<Vec<Row>, Fault> {
    let text = |given: &Option<String>| given.as_deref().unwrap_or_default().trim().to_owned();
    let (mut who, what, about) = (text(&asked.who), text(&asked.what), text(&asked.about));
    let (since, until) = (text(&asked.since), text(&asked.until));
    if !who.is_empty()
        && let Some((login, _)) = read.login_named(&who)?
    {
        who = login.id;
    }
    let before = match text(&asked.after).as_str() {
        "" => i64::MAX,
        seq => seq.parse().map_err(|_| Fault::invalid("after", "no such key"))?,
    };
    let search = AuditSearch { who: &who, what: &what, about: &about, since: &since, until: &until };
    let rows = read.search_audit(&search, before, limit)?;
    let mut names: BTreeMap<String, String> = BTreeMap::new();
    rows.into_iter()
        .map(|row| {
            if !names.contains_key(&row.who) {
                let name = read.login_by_id(&row.who)?.map(|(login, _)| login.name).unwrap_or_default();
                names.insert(row.who.clone(), name);
            }
            let AuditRow { seq, id, at, who, what, about, detail, rows, hash, .. } = row;
            Ok(Row {
                who_name: names.get(&who).cloned().unwrap_or_default(),
                seq,
                id,
                at,
                who,
                what,
                about,
                detail,
                rows,
                hash,
            })
        })
        .collect()
}

fn list(_: &Call, read: &mut Read<'_>, asked: Search) -> Result<Page<Row>, Fault> {
    let limit = limit(asked.limit);
    Ok(Page::of(found(read, &asked, limit + 1)?, limit, |row| row.seq.to_string()))
}

async fn export(call: Arc<Call>, asked: Search, _: Asked) -> Result<Response, Fault> {
    call.look("audit log export");
    let rows = call.app.readers.read(move |read| found(read, &asked, MOST_ROWS + 1)).await?;
    if rows.len() > MOST_ROWS as usize {
        return Err(Fault::refused("too-many-rows", json!({ "most": MOST_ROWS })));
    }
    let headings = [
        ("seq", "序号"),
        ("at", "时间"),
        ("who", "账号编号"),
        ("name", "账号"),
        ("what", "事项"),
        ("about", "对象"),
        ("detail", "详情"),
        ("rows", "写入行数"),
        ("hash", "校验值"),
    ];
    let table = FlatTable {
        title: "审计日志".to_owned(),
        headings: headings.iter().map(|(code, name)| [(*code).to_owned(), (*name).to_owned()]).collect(),
        rows: rows
            .into_iter()
            .map(|r| {
                let cells =
                    [r.seq.to_string(), r.at, r.who, r.who_name, r.what, r.about, r.detail, r.rows.to_string(), r.hash];
                cells.iter().map(|cell| plain_text(cell)).collect()
            })
            .collect(),
    };
    Ok(download(csv_bytes(&table), "text/csv", "audit.csv"))
}

async fn verify(call: Arc<Call>, _: Nothing, _: Asked) -> Result<Response, Fault> {
    Ok(started(call.start(Kind::Verify, String::new(), json!({})).await?))
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct LastVerified {
    /// `null`: never asked for.
    job: Option<JobShown>,
}

fn verified(call: &Call, read: &mut Read<'_>, _: Nothing) -> Result<LastVerified, Fault> {
    Ok(LastVerified { job: read.newest_job(Kind::Verify.name())?.map(|row| super::server::live(call, shown(row))) })
}
