//! The audit log (审计日志): searched, and given out whole.

use std::sync::Arc;

use axum::http::Method;
use axum::response::Response;
use census::access::Verb;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::{AuditRow, AuditSearch, Read};

use crate::api::{Page, limit};
use crate::call::Call;
use crate::dispatch::download;
use crate::fault::Fault;
use crate::route::{Asked, Nothing, Routes};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/audit", Verb::ReadAudit, "the audit log, newest first", list)
        .raw::<Search, Nothing, String, _>(
            (Method::GET, "/api/audit/export"),
            Verb::ReadAudit,
            "what a search finds, as CSV",
            export,
        )
        .media("text/csv");
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Search {
    /// Id of an account.
    who: Option<String>,
    /// `sign-in`, `fill`, `review` …
    what: Option<String>,
    about: Option<String>,
    /// RFC 3339.
    since: Option<String>,
    until: Option<String>,
    /// Only before this number.
    after: Option<i64>,
    limit: Option<u32>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Row {
    seq: i64,
    at: String,
    who: String,
    /// Name of the account, where it is one.
    name: String,
    what: String,
    about: String,
    detail: Value,
    hash: String,
}

impl Search {
    fn find(&self, read: &mut Read<'_>, before: i64, limit: u32) -> Result<Vec<AuditRow>, Fault> {
        let text = |field: &Option<String>| field.clone().unwrap_or_default();
        let (who, what, about) = (text(&self.who), text(&self.what), text(&self.about));
        let (since, until) = (text(&self.since), text(&self.until));
        let search = AuditSearch { who: &who, what: &what, about: &about, since: &since, until: &until };
        Ok(read.search_audit(&search, before, limit)?)
    }
}

fn list(_: &Call, read: &mut Read<'_>, asked: Search) -> Result<Page<Row>, Fault> {
    let limit = limit(asked.limit);
    let found = asked.find(read, asked.after.unwrap_or(i64::MAX), limit + 1)?;
    let mut names = std::collections::BTreeMap::new();
    for row in &found {
        if !names.contains_key(&row.who) {
            let name = read.login_by_id(&row.who)?.map(|(login, _)| login.name).unwrap_or_default();
            names.insert(row.who.clone(), name);
        }
    }
    let page = Page::of(found, limit, |row| row.seq.to_string());
    let rows = page.rows.into_iter().map(|row| Row {
        name: names.get(&row.who).cloned().unwrap_or_default(),
        detail: serde_json::from_str(&row.detail).unwrap_or(Value::String(row.detail)),
        seq: row.seq,
        at: row.at,
        who: row.who,
        what: row.what,
        about: row.about,
        hash: row.hash,
    });
    Ok(Page { rows: rows.collect(), next: page.next })
}

/// Rows read at a time for a file.
const PART: u32 = 5000;

async fn export(call: Arc<Call>, asked: Search, _: Asked) -> Result<Response, Fault> {
    let found = call.app.readers.read(move |read| {
        let mut text = String::from("\u{feff}序号,时间,人员,事项,对象,详情,哈希\r\n");
        let mut before = i64::MAX;
        loop {
            let rows = asked.find(read, before, PART)?;
            let Some(last) = rows.last() else { return Ok(text) };
            before = last.seq;
            for row in rows {
                let cells = [row.seq.to_string(), row.at, row.who, row.what, row.about, row.detail, row.hash];
                text += &cells.map(|cell| csv_cell(&cell)).join(",");
                text += "\r\n";
            }
        }
    });
    let text = found.await?;
    call.look("audit log");
    Ok(download(text.into_bytes(), "text/csv; charset=utf-8", "审计日志.csv"))
}

/// A cell no spreadsheet takes for a formula.
fn csv_cell(text: &str) -> String {
    let begins = text.starts_with(['=', '+', '-', '@', '\t', '\r']);
    let guard = if begins { "'" } else { "" };
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

#[cfg(test)]
mod tests {
    use super::csv_cell;

    #[test]
    fn a_cell_is_never_a_formula() {
        for begin in ["=", "+", "-", "@", "\t", "\r"] {
            assert!(csv_cell(&format!("{begin}cmd|' /C calc'!A0")).starts_with("\"'"));
        }
        assert_eq!(csv_cell("荥阳\"一厂\""), "\"荥阳\"\"一厂\"\"\"");
    }
}
