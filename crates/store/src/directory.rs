//! The directory as a list (名录): filtered and paged by key, quick on hundreds of thousands of units.

use census::area::AreaCode;
use census::review::StateKind;

use crate::db::{Value, values};
use crate::read::{Read, Scope};
use crate::{Error, Result};

/// What to look for; empty or `None`: everything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DirectoryFilter {
    /// Part of the name or the beginning of the code.
    pub text: String,
    /// Only at or below this area, by its digits.
    pub area: Option<AreaCode>,
    pub respondent: String,
    pub state: Option<StateKind>,
    /// Only units with a finding of this rule.
    pub rule: String,
    /// Only units with a standing finding of this grade: `error`, `verify`, `hint`.
    pub grade: String,
    /// Only units with a query that is not closed.
    pub queried: bool,
}

/// One line of the list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryRow {
    pub id: String,
    pub name: String,
    pub code: String,
    pub area: String,
    pub respondent: String,
    pub state: StateKind,
}

impl Read<'_> {
    /// Units of a scope that fit, by area and id, after a key, at most so many. The key is `area/id`.
    pub fn directory(
        &mut self,
        scope: &Scope,
        filter: &DirectoryFilter,
        after: &str,
        limit: usize,
    ) -> Result<Vec<DirectoryRow>> {
        let mut found = Vec::new();
        for (condition, values) in scope.parts() {
            if found.len() < limit {
                found.extend(self.directory_part(&condition, values, filter, after, limit - found.len())?);
            }
        }
        Ok(found)
    }

    /// How many fit.
    pub fn directory_count(&mut self, scope: &Scope, filter: &DirectoryFilter) -> Result<u64> {
        let mut count = 0;
        for (condition, mut values) in scope.parts() {
            let condition = conditions(&condition, &mut values, filter);
            let join = if filter.state.is_some() { " LEFT JOIN unit_state t ON t.unit = u.id" } else { "" };
            count += self.db.int(&format!("SELECT COUNT(*) FROM unit u{join} WHERE {condition}"), &values)? as u64;
        }
        Ok(count)
    }

    fn directory_part(
        &mut self,
        condition: &str,
        mut values: Vec<Value>,
        filter: &DirectoryFilter,
        after: &str,
        limit: usize,
    ) -> Result<Vec<DirectoryRow>> {
        let mut condition = conditions(condition, &mut values, filter);
        if let Some((area, id)) = after.split_once('/') {
            let n = values.len();
            condition += &format!(" AND (u.area > ${} OR (u.area = ${} AND u.id > ${}))", n + 1, n + 1, n + 2);
            values.extend(values![area, id]);
        }
        values.push(Value::from(limit));
        let sql = format!(
            "SELECT u.id, u.name, u.code, u.area, u.respondent, t.state FROM unit u \
             LEFT JOIN unit_state t ON t.unit = u.id WHERE {condition} ORDER BY u.area, u.id LIMIT ${}",
            values.len()
        );
        let rows = self.db.query(&sql, &values)?;
        rows.iter()
            .map(|row| {
                let state = row.maybe(5)?.unwrap_or_else(|| StateKind::Draft.name().to_owned());
                Ok(DirectoryRow {
                    id: row.text(0)?,
                    name: row.text(1)?,
                    code: row.text(2)?,
                    area: row.text(3)?,
                    respondent: row.text(4)?,
                    state: StateKind::from_name(&state).ok_or_else(|| Error::unreadable("unit_state", &state))?,
                })
            })
            .collect()
    }
}

fn conditions(scope: &str, values: &mut Vec<Value>, filter: &DirectoryFilter) -> String {
    let mut all = scope.to_owned();
    let mut place = |value: Value| {
        values.push(value);
        format!("${}", values.len())
    };
    if let Some(area) = filter.area {
        let low = area.to_string()[..area.significant() as usize].to_owned();
        let (from, to) = (place(Value::from(&low)), place(Value::from(format!("{low}:"))));
        all += &format!(" AND u.area >= {from} AND u.area < {to}");
    }
    if !filter.text.is_empty() {
        let part = place(Value::from(format!("%{}%", escaped(&filter.text))));
        let begin = place(Value::from(format!("{}%", escaped(&filter.text.to_uppercase()))));
        all += &format!(" AND (u.name LIKE {part} ESCAPE '!' OR u.code LIKE {begin} ESCAPE '!')");
    }
    if !filter.respondent.is_empty() {
        let kind = place(Value::from(&filter.respondent));
        all += &format!(" AND u.respondent = {kind}");
    }
    match filter.state {
        // A unit nobody has touched has no row of its own.
        Some(StateKind::Draft) => all += " AND (t.state IS NULL OR t.state = 'draft')",
        Some(state) => {
            let state = place(Value::from(state.name()));
            all += &format!(" AND t.state = {state}");
        }
        None => {}
    }
    if !filter.rule.is_empty() {
        let rule = place(Value::from(&filter.rule));
        all += &format!(" AND EXISTS (SELECT 1 FROM finding f WHERE f.rule = {rule} AND f.unit = u.id)");
    }
    if !filter.grade.is_empty() {
        let grade = place(Value::from(&filter.grade));
        all += &format!(
            " AND EXISTS (SELECT 1 FROM finding f WHERE f.unit = u.id AND f.grade = {grade} AND f.kind <> 'not-computable')"
        );
    }
    if filter.queried {
        all += " AND EXISTS (SELECT 1 FROM query q WHERE q.unit = u.id AND q.state <> 'closed')";
    }
    all
}

/// `%`, `_` and our own escape mean themselves.
fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        if matches!(c, '%' | '_' | '!') {
            out.push('!');
        }
        out.push(c);
    }
    out
}
