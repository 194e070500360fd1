//! The two databases behind a few primitives: execute, query, insert many, begin, commit.
//!
//! Whatever differs between SQLite and PostgreSQL is in this file. All other code writes one SQL
//! text with `$1` places and columns of BIGINT and TEXT.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::time::Duration;

use postgres::error::SqlState;
use postgres::fallible_iterator::FallibleIterator;
use postgres::types::{IsNull, ToSql, Type, to_sql_checked};
use rusqlite::ErrorCode;
use rusqlite::types::ValueRef;

use crate::holder;
use crate::place::Place;
pub(crate) use crate::row::{Row, Value, bind, values};
use crate::{Error, Foreign, Holder, Result};

/// `wupu` in the header of a SQLite file.
const APPLICATION: i64 = 0x7775_7075;

/// A connection to one of the two.
pub(crate) struct Db {
    pub(crate) place: Place,
    /// How long a writer waits for another.
    wait: Duration,
    kind: Kind,
}

enum Kind {
    Sqlite(rusqlite::Connection),
    Postgres { client: Box<postgres::Client>, prepared: BTreeMap<String, postgres::Statement> },
}

/// What a transaction is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// One consistent view, whatever others write meanwhile.
    Read,
    /// The only writer, from the beginning.
    Write,
}

impl Db {
    /// Connects; a file that is not there is made only when `create` says so.
    pub(crate) fn connect(place: Place, wait: Duration, create: bool) -> Result<Db> {
        let kind = match &place {
            Place::File { path, read_only } => {
                use rusqlite::OpenFlags as Flags;
                let access = match (read_only, create) {
                    (true, _) => Flags::SQLITE_OPEN_READ_ONLY,
                    (false, true) => Flags::SQLITE_OPEN_READ_WRITE | Flags::SQLITE_OPEN_CREATE,
                    (false, false) => Flags::SQLITE_OPEN_READ_WRITE,
                };
                let connection = rusqlite::Connection::open_with_flags(path, access | Flags::SQLITE_OPEN_NO_MUTEX)
                    .map_err(|error| sqlite_error(&place, wait, &error))?;
                Kind::Sqlite(connection)
            }
            Place::Server { url } => {
                let mut config: postgres::Config = url.parse().map_err(|error: postgres::Error| {
                    Error::Unreachable { place: place.to_string(), why: told(&error) }
                })?;
                config.application_name("wupu").connect_timeout(Duration::from_secs(10));
                let client = config.connect(postgres::NoTls).map_err(|error| postgres_error(&place, wait, &error))?;
                Kind::Postgres { client: Box::new(client), prepared: BTreeMap::new() }
            }
        };
        let mut db = Db { place, wait, kind };
        db.set_up()?;
        Ok(db)
    }

    pub(crate) fn wait(&self) -> Duration {
        self.wait
    }

    fn set_up(&mut self) -> Result<()> {
        let wait = self.wait;
        match &mut self.kind {
            Kind::Sqlite(connection) => {
                connection.set_prepared_statement_cache_capacity(128);
                let done = connection.busy_timeout(wait).and_then(|()| {
                    if !connection.is_readonly(rusqlite::MAIN_DB)? {
                        connection.pragma_update(None, "journal_mode", "WAL")?;
                    }
                    connection.pragma_update(None, "synchronous", "FULL")?;
                    connection.pragma_update(None, "foreign_keys", true)?;
                    connection.pragma_update(None, "cache_size", -65_536)?;
                    connection.pragma_update(None, "temp_store", "MEMORY")
                });
                done.map_err(|error| sqlite_error(&self.place, wait, &error))
            }
            Kind::Postgres { .. } => {
                let wait = wait.as_millis().max(1);
                self.batch(&format!("SET lock_timeout = {wait}; SET client_min_messages = warning"))
            }
        }
    }

    /// Whether the tables of a census are here.
    pub(crate) fn has_table(&mut self, name: &str) -> Result<bool> {
        let sql = match self.kind {
            Kind::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master WHERE type = 'table' AND name = $1",
            Kind::Postgres { .. } => {
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema() AND table_name = $1"
            }
        };
        Ok(self.int(sql, &bind![name])? > 0)
    }

    /// Whether anything at all is here.
    pub(crate) fn is_empty(&mut self) -> Result<bool> {
        let sql = match self.kind {
            Kind::Sqlite(_) => "SELECT COUNT(*) FROM sqlite_master",
            Kind::Postgres { .. } => {
                "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = current_schema()"
            }
        };
        Ok(self.int(sql, &[])? == 0)
    }

    /// Statements of a migration, in this database's words.
    pub(crate) fn migrate(&mut self, sql: &str) -> Result<()> {
        match self.kind {
            Kind::Sqlite(_) => {
                self.batch(sql)?;
                self.batch(&format!("PRAGMA application_id = {APPLICATION}"))
            }
            // Order by bytes, as SQLite does, whatever the locale of the database.
            Kind::Postgres { .. } => self.batch(&sql.replace(" TEXT", " TEXT COLLATE \"C\"")),
        }
    }

    /// Makes UPDATE and DELETE on a table impossible.
    pub(crate) fn forbid_changes(&mut self, table: &str) -> Result<()> {
        let sql = match self.kind {
            Kind::Sqlite(_) => format!(
                "CREATE TRIGGER {table}_no_update BEFORE UPDATE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;
                 CREATE TRIGGER {table}_no_delete BEFORE DELETE ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END;"
            ),
            Kind::Postgres { .. } => format!(
                "CREATE OR REPLACE FUNCTION wupu_append_only() RETURNS trigger LANGUAGE plpgsql AS
                 $$ BEGIN RAISE EXCEPTION '% is append-only', TG_TABLE_NAME; END $$;
                 CREATE TRIGGER {table}_no_update BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW EXECUTE PROCEDURE wupu_append_only();
                 CREATE TRIGGER {table}_no_truncate BEFORE TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE PROCEDURE wupu_append_only();"
            ),
        };
        self.batch(&sql)
    }

    /// Begins a transaction. There is one writer at a time on both databases.
    pub(crate) fn begin(&mut self, purpose: Purpose) -> Result<()> {
        let sql = match (&self.kind, purpose) {
            (Kind::Sqlite(_), Purpose::Read) => "BEGIN DEFERRED",
            (Kind::Sqlite(_), Purpose::Write) => "BEGIN IMMEDIATE",
            (Kind::Postgres { .. }, Purpose::Read) => "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY",
            (Kind::Postgres { .. }, Purpose::Write) => {
                "BEGIN ISOLATION LEVEL READ COMMITTED; SELECT pg_advisory_xact_lock(hashtext('wupu ' || current_schema()))"
            }
        };
        let begun = self.batch(sql);
        if begun.is_err() && matches!(self.kind, Kind::Postgres { .. }) {
            let _ = self.batch("ROLLBACK");
            return begun.map_err(|error| self.name_the_writer(error));
        }
        begun
    }

    /// Puts the names of those who hold the writer's lock into the error, where the server tells them.
    fn name_the_writer(&mut self, error: Error) -> Error {
        let Error::Locked { place, holder: Holder::Connection, waited } = error else { return error };
        let sql = "SELECT a.application_name || ' (server process ' || a.pid || ')' \
                   FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid \
                   WHERE l.locktype = 'advisory' AND l.granted AND l.objsubid = 1 AND a.datname = current_database() \
                   AND ((l.classid::bigint << 32) | l.objid::bigint) = hashtext('wupu ' || current_schema())::bigint \
                   ORDER BY a.pid";
        let rows = self.query(sql, &[]).unwrap_or_default();
        let names: Vec<String> = rows.iter().filter_map(|row| row.text(0).ok()).collect();
        let holder = if names.is_empty() { Holder::Connection } else { Holder::Named(names) };
        Error::Locked { place, holder, waited }
    }

    pub(crate) fn commit(&mut self) -> Result<()> {
        let done = self.batch("COMMIT");
        if done.is_err() {
            // SQLite keeps the transaction open when the commit could not be done.
            self.rollback();
        }
        done
    }

    /// Undoes what is open. An error here changes nothing: the database undoes by itself.
    pub(crate) fn rollback(&mut self) {
        if let Kind::Sqlite(connection) = &self.kind
            && connection.is_autocommit()
        {
            return;
        }
        let _ = self.batch("ROLLBACK");
    }

    /// Statements without places or results.
    pub(crate) fn batch(&mut self, sql: &str) -> Result<()> {
        let (place, wait) = (&self.place, self.wait);
        match &mut self.kind {
            Kind::Sqlite(connection) => {
                connection.execute_batch(sql).map_err(|error| sqlite_error(place, wait, &error))
            }
            Kind::Postgres { client, .. } => {
                client.batch_execute(sql).map_err(|error| postgres_error(place, wait, &error))
            }
        }
    }

    /// One statement; gives the number of rows changed.
    pub(crate) fn execute(&mut self, sql: &str, places: &[Value]) -> Result<u64> {
        no_nul(places)?;
        let (place, wait) = (&self.place, self.wait);
        match &mut self.kind {
            Kind::Sqlite(connection) => {
                let run = || {
                    let mut statement = connection.prepare_cached(&sql.replace('$', "?"))?;
                    statement.execute(rusqlite::params_from_iter(places))
                };
                run().map(|n| n as u64).map_err(|error| sqlite_error(place, wait, &error))
            }
            Kind::Postgres { client, prepared } => prepare(client, prepared, sql)
                .and_then(|statement| client.execute(&statement, &bound(places)))
                .map_err(|error| postgres_error(place, wait, &error)),
        }
    }

    /// Reads rows one by one, in constant memory.
    pub(crate) fn each<E: From<Error>>(
        &mut self,
        sql: &str,
        places: &[Value],
        mut take: impl FnMut(Row) -> std::result::Result<(), E>,
    ) -> std::result::Result<(), E> {
        let (place, wait) = (&self.place, self.wait);
        match &mut self.kind {
            Kind::Sqlite(connection) => {
                let wrong = |error: rusqlite::Error| E::from(sqlite_error(place, wait, &error));
                let mut statement = connection.prepare_cached(&sql.replace('$', "?")).map_err(wrong)?;
                let width = statement.column_count();
                let mut rows = statement.query(rusqlite::params_from_iter(places)).map_err(wrong)?;
                while let Some(row) = rows.next().map_err(wrong)? {
                    take(sqlite_row(row, width)?)?;
                }
                Ok(())
            }
            Kind::Postgres { client, prepared } => {
                let wrong = |error: postgres::Error| E::from(postgres_error(place, wait, &error));
                let statement = prepare(client, prepared, sql).map_err(wrong)?;
                let mut rows = client.query_raw(&statement, places).map_err(wrong)?;
                while let Some(row) = rows.next().map_err(wrong)? {
                    take(postgres_row(&row)?)?;
                }
                Ok(())
            }
        }
    }

    pub(crate) fn query(&mut self, sql: &str, places: &[Value]) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        self.each(sql, places, |row| {
            rows.push(row);
            Ok::<(), Error>(())
        })?;
        Ok(rows)
    }

    /// The first row, if there is one.
    pub(crate) fn first(&mut self, sql: &str, places: &[Value]) -> Result<Option<Row>> {
        Ok(self.query(sql, places)?.into_iter().next())
    }

    /// One number: `SELECT COUNT(*) …`.
    pub(crate) fn int(&mut self, sql: &str, places: &[Value]) -> Result<i64> {
        self.first(sql, places)?.map_or(Ok(0), |row| row.int(0))
    }

    /// Adds many rows to a table: one prepared statement in SQLite, COPY in PostgreSQL.
    pub(crate) fn insert(&mut self, table: &str, columns: &[&str], rows: &[Vec<Value>]) -> Result<()> {
        rows.iter().try_for_each(|row| no_nul(row))?;
        let (place, wait) = (&self.place, self.wait);
        match &mut self.kind {
            Kind::Sqlite(connection) => {
                let run = || {
                    let mut statement = connection.prepare_cached(&insert_text(table, columns).replace('$', "?"))?;
                    for row in rows {
                        statement.execute(rusqlite::params_from_iter(row))?;
                    }
                    Ok(())
                };
                run().map_err(|error| sqlite_error(place, wait, &error))
            }
            Kind::Postgres { client, prepared } => {
                let done = if rows.len() < 8 {
                    prepare(client, prepared, &insert_text(table, columns)).and_then(|statement| {
                        rows.iter().try_for_each(|row| client.execute(&statement, &bound(row)).map(|_| ()))
                    })
                } else {
                    let text = copy_text(rows);
                    client.copy_in(&format!("COPY {table} ({}) FROM STDIN", columns.join(", "))).and_then(
                        |mut writer| {
                            // The writer buffers; what goes wrong on the way is told by `finish`.
                            let _ = writer.write_all(text.as_bytes());
                            writer.finish().map(|_| ())
                        },
                    )
                };
                done.map_err(|error| postgres_error(place, wait, &error))
            }
        }
    }

    /// The database's own check of its pages and references; one line for each problem.
    pub(crate) fn check_pages(&mut self) -> Result<Vec<String>> {
        if matches!(self.kind, Kind::Postgres { .. }) {
            return Ok(Vec::new());
        }
        let mut found = Vec::new();
        for row in self.query("PRAGMA integrity_check", &[])? {
            found.push(row.text(0)?);
        }
        found.retain(|line| line != "ok");
        for row in self.query("PRAGMA foreign_key_check", &[])? {
            found.push(format!("a row of {} refers to a row of {} that is not there", row.text(0)?, row.text(2)?));
        }
        Ok(found)
    }

    /// Copies a SQLite database page by page while others may write; the copy is one moment's state.
    /// `None` when this is not SQLite.
    pub(crate) fn copy_pages(&mut self, to: &std::path::Path, seen: &mut dyn FnMut(u64, u64)) -> Option<Result<()>> {
        let (place, wait) = (&self.place, self.wait);
        let Kind::Sqlite(connection) = &self.kind else { return None };
        let mut run = || {
            let mut target = rusqlite::Connection::open(to)?;
            // A reading transaction holds the moment, so that a busy writer cannot make the copy start anew.
            connection.execute_batch("BEGIN DEFERRED")?;
            connection.query_row("SELECT COUNT(*) FROM sqlite_master", [], |_| Ok(()))?;
            let copied = rusqlite::backup::Backup::new(connection, &mut target).and_then(|backup| {
                while backup.step(1024)? != rusqlite::backup::StepResult::Done {
                    let progress = backup.progress();
                    seen((progress.pagecount - progress.remaining) as u64, progress.pagecount as u64);
                }
                Ok(())
            });
            connection.execute_batch("ROLLBACK")?;
            copied
        };
        Some(run().map_err(|error| sqlite_error(place, wait, &error)))
    }

    /// Limits a SQLite file to so many pages, so that tests can fill it.
    #[cfg(test)]
    pub(crate) fn limit_pages(&mut self, extra: i64) -> Result<()> {
        let pages = self.int("PRAGMA page_count", &[])?;
        self.query(&format!("PRAGMA max_page_count = {}", pages + extra), &[]).map(|_| ())
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Db({})", self.place)
    }
}

fn insert_text(table: &str, columns: &[&str]) -> String {
    let places: Vec<String> = (1..=columns.len()).map(|at| format!("${at}")).collect();
    format!("INSERT INTO {table} ({}) VALUES ({})", columns.join(", "), places.join(", "))
}

/// PostgreSQL refuses the character NUL in a text, so SQLite must not take it either.
fn no_nul(values: &[Value]) -> Result<()> {
    for value in values {
        if let Value::Text(text) = value
            && text.as_bytes().contains(&0)
        {
            let shown: String = text.chars().filter(|c| *c != '\0').take(40).collect();
            return Err(Error::Nul { text: shown });
        }
    }
    Ok(())
}

fn sqlite_row(row: &rusqlite::Row<'_>, width: usize) -> Result<Row> {
    let cell = |at: usize| match row.get_ref(at) {
        Ok(ValueRef::Null) => Ok(Value::Null),
        Ok(ValueRef::Integer(number)) => Ok(Value::Int(number)),
        Ok(ValueRef::Text(text)) => match std::str::from_utf8(text) {
            Ok(text) => Ok(Value::Text(text.to_owned())),
            Err(error) => Err(Error::unreadable(format!("column {}", at + 1), error)),
        },
        Ok(other) => Err(Error::unreadable(format!("column {}", at + 1), format!("holds {}", other.data_type()))),
        Err(error) => Err(Error::unreadable(format!("column {}", at + 1), error)),
    };
    (0..width).map(cell).collect::<Result<_>>().map(Row::of)
}

fn postgres_row(row: &postgres::Row) -> Result<Row> {
    let cell = |at: usize| {
        let ty = row.columns()[at].type_();
        let value = if *ty == Type::INT8 {
            row.try_get::<_, Option<i64>>(at).map(Value::from)
        } else if *ty == Type::INT4 {
            row.try_get::<_, Option<i32>>(at).map(|n| Value::from(n.map(i64::from)))
        } else {
            row.try_get::<_, Option<String>>(at).map(Value::from)
        };
        value.map_err(|error| Error::unreadable(format!("column {}", at + 1), error))
    };
    (0..row.len()).map(cell).collect::<Result<_>>().map(Row::of)
}

fn prepare(
    client: &mut postgres::Client,
    prepared: &mut BTreeMap<String, postgres::Statement>,
    sql: &str,
) -> std::result::Result<postgres::Statement, postgres::Error> {
    if let Some(statement) = prepared.get(sql) {
        return Ok(statement.clone());
    }
    let statement = client.prepare(sql)?;
    if prepared.len() > 256 {
        prepared.clear();
    }
    prepared.insert(sql.to_owned(), statement.clone());
    Ok(statement)
}

fn bound(values: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    values.iter().map(|value| value as &(dyn ToSql + Sync)).collect()
}

/// Rows in the text format of COPY.
fn copy_text(rows: &[Vec<Value>]) -> String {
    let mut text = String::new();
    for row in rows {
        for (at, value) in row.iter().enumerate() {
            if at > 0 {
                text.push('\t');
            }
            match value {
                Value::Null => text.push_str("\\N"),
                Value::Int(number) => text.push_str(&number.to_string()),
                Value::Text(cell) => {
                    for c in cell.chars() {
                        match c {
                            '\\' => text.push_str("\\\\"),
                            '\n' => text.push_str("\\n"),
                            '\r' => text.push_str("\\r"),
                            '\t' => text.push_str("\\t"),
                            other => text.push(other),
                        }
                    }
                }
            }
        }
        text.push('\n');
    }
    text
}

fn sqlite_error(place: &Place, wait: Duration, error: &rusqlite::Error) -> Error {
    let at = place.to_string();
    let why = error.to_string();
    match error.sqlite_error_code() {
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            Error::Locked { place: at, holder: holder::of(place), waited: wait }
        }
        Some(ErrorCode::DiskFull) => Error::Full { place: at },
        Some(ErrorCode::SystemIoFailure) => Error::Disk { place: at, why },
        Some(ErrorCode::ReadOnly) => Error::ReadOnly { place: at },
        Some(ErrorCode::NotADatabase) => Error::NotWupu { place: at, why: Foreign::NotSqlite },
        Some(ErrorCode::DatabaseCorrupt) => Error::Damaged { place: at, why },
        Some(ErrorCode::PermissionDenied | ErrorCode::CannotOpen) => Error::Denied { place: at, why },
        _ => Error::Database { place: at, why },
    }
}

fn postgres_error(place: &Place, wait: Duration, error: &postgres::Error) -> Error {
    let at = place.to_string();
    let why = told(error);
    let Some(state) = error.code() else { return Error::Unreachable { place: at, why } };
    let state_is = |some: &[SqlState]| some.contains(state);
    if state_is(&[SqlState::LOCK_NOT_AVAILABLE, SqlState::T_R_DEADLOCK_DETECTED]) {
        Error::Locked { place: at, holder: Holder::Connection, waited: wait }
    } else if state_is(&[SqlState::DISK_FULL]) {
        Error::Full { place: at }
    } else if state_is(&[SqlState::READ_ONLY_SQL_TRANSACTION]) {
        Error::ReadOnly { place: at }
    } else if state_is(&[SqlState::INVALID_CATALOG_NAME]) {
        Error::Missing { place: at }
    } else if state_is(&[
        SqlState::INVALID_PASSWORD,
        SqlState::INVALID_AUTHORIZATION_SPECIFICATION,
        SqlState::INSUFFICIENT_PRIVILEGE,
    ]) {
        Error::Denied { place: at, why }
    } else if state_is(&[SqlState::ADMIN_SHUTDOWN, SqlState::CRASH_SHUTDOWN, SqlState::CANNOT_CONNECT_NOW]) {
        Error::Unreachable { place: at, why }
    } else if state_is(&[SqlState::DATA_CORRUPTED, SqlState::INDEX_CORRUPTED]) {
        Error::Damaged { place: at, why }
    } else {
        Error::Database { place: at, why }
    }
}

/// An error with its cause: the client's own text says only `db error`.
fn told(error: &postgres::Error) -> String {
    std::error::Error::source(error).map_or_else(|| error.to_string(), |cause| format!("{error}: {cause}"))
}

impl ToSql for Value {
    fn to_sql(
        &self,
        ty: &Type,
        out: &mut bytes::BytesMut,
    ) -> std::result::Result<IsNull, Box<dyn std::error::Error + Sync + Send>> {
        match self {
            Value::Null => Ok(IsNull::Yes),
            Value::Int(number) if *ty == Type::INT8 => number.to_sql(ty, out),
            Value::Int(number) if *ty == Type::INT4 => i32::try_from(*number)?.to_sql(ty, out),
            Value::Text(text) if *ty != Type::INT8 && *ty != Type::INT4 => text.to_sql(ty, out),
            other => Err(format!("{other:?} does not fit a place of type {ty}").into()),
        }
    }

    fn accepts(ty: &Type) -> bool {
        *ty == Type::INT8 || *ty == Type::INT4 || <String as ToSql>::accepts(ty)
    }

    to_sql_checked!();
}

impl rusqlite::ToSql for Value {
    fn to_sql(&self) -> rusqlite::Result<rusqlite::types::ToSqlOutput<'_>> {
        use rusqlite::types::ToSqlOutput;
        Ok(match self {
            Value::Null => ToSqlOutput::Borrowed(ValueRef::Null),
            Value::Int(number) => ToSqlOutput::Borrowed(ValueRef::Integer(*number)),
            Value::Text(text) => ToSqlOutput::Borrowed(ValueRef::Text(text.as_bytes())),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn copy_text_keeps_every_character() {
        let rows = vec![values!["a\tb\\c\nd\re", 5i64, None::<String>, "荥阳"], values!["", -1i64, "\\N", "x"]];
        assert_eq!(copy_text(&rows), "a\\tb\\\\c\\nd\\re\t5\t\\N\t荥阳\n\t-1\t\\\\N\tx\n");
    }

    #[test]
    fn nul_is_refused() {
        assert!(no_nul(&bind!["ab"]).is_ok());
        assert_eq!(
            no_nul(&bind![1i64, "a\0b"]).unwrap_err().to_string(),
            "ab: cannot be stored: the text holds the character NUL; remove it"
        );
    }
}
