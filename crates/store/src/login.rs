//! Accounts (账号) and sessions (会话). Secrets lie in a column of their own and never in the audit chain.

use serde::{Deserialize, Serialize};

use census::access::{Role, Task};

use crate::db::{Row, bind, values};
use crate::frame::text;
use crate::read::Read;
use crate::write::Writing;
use crate::{Error, Result, schema};

/// Whether an account may be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum LoginState {
    /// 可用.
    Active,
    /// 停用.
    Closed,
}

/// An account (账号) without its secrets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Login {
    pub id: String,
    /// What is typed to sign in (登录名).
    pub name: String,
    /// Name of the person (姓名).
    pub person: String,
    pub role: Role,
    /// The area the person works for, 12 digits.
    pub area: String,
    /// The unit of a respondent or manager; else empty.
    pub unit: String,
    pub state: LoginState,
    /// Tasks of a third party, an inspector; areas assigned to an enumerator.
    #[serde(default)]
    pub tasks: Vec<Task>,
    /// The password was given by somebody else and must be changed.
    pub must_change: bool,
    /// RFC 3339; empty: not locked.
    #[serde(default)]
    pub locked_until: String,
    /// Wrong passwords or codes in a row.
    #[serde(default)]
    pub failures: u32,
    /// Day of the confidentiality undertaking (保密承诺); empty: none.
    #[serde(default)]
    pub undertaking: String,
}

/// The secret parts of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Secrets {
    /// Argon2id, in its own text form.
    pub password: String,
    /// Sealed second factor; empty: none.
    #[serde(default)]
    pub second: String,
    /// One begun but not confirmed.
    #[serde(default)]
    pub second_begun: String,
    /// The last time step whose code was used: a code works once.
    #[serde(default)]
    pub last_step: u64,
    /// Earlier passwords, newest first: not to be used again.
    #[serde(default)]
    pub before: Vec<String>,
}

/// A change of an account, as the security administrator reads it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LoginChange {
    pub event: i64,
    /// `granted`, `changed`, `closed`, `password` …
    pub what: String,
    pub login: Login,
}

/// An open session.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Session {
    /// Hash of the token.
    pub id: String,
    pub login: String,
    pub created: String,
    pub expires: String,
    /// Address, agent and what is still to be done, as JSON text.
    pub document: String,
}

const LOGIN: &str = "document, secrets";

impl Writing<'_> {
    /// Grants or changes an account; the name is unique.
    pub fn login(&mut self, login: &Login, what: &str) -> Result<()> {
        let document = text(login)?;
        let changed = self.execute(
            "UPDATE login SET event = $2, name = $3, role = $4, area = $5, unit = $6, state = $7, document = $8 WHERE id = $1",
            &bind![&login.id, self.seq, &login.name, login.role.name(), &login.area, &login.unit, state(login), &document],
        )?;
        if changed == 0 {
            let row = values![
                &login.id,
                self.seq,
                &login.name,
                login.role.name(),
                &login.area,
                &login.unit,
                state(login),
                &document,
                text(&Secrets::default())?
            ];
            self.insert(&schema::LOGIN, &[row])?;
        }
        self.append(&schema::LOGIN_CHANGE, vec![values![&login.id, what, document]])
    }

    /// What changes with every wrong password; not a change of rights.
    pub fn login_failures(&mut self, login: &Login) -> Result<()> {
        self.execute("UPDATE login SET document = $2 WHERE id = $1", &bind![&login.id, text(login)?])?;
        Ok(())
    }

    pub fn secrets(&mut self, login: &str, secrets: &Secrets) -> Result<()> {
        self.execute("UPDATE login SET secrets = $2 WHERE id = $1", &bind![login, text(secrets)?])?;
        Ok(())
    }

    pub fn open_session(&mut self, session: &Session) -> Result<()> {
        let row = values![&session.id, self.seq, &session.login, &session.created, &session.expires, &session.document];
        self.insert(&schema::SESSION, &[row])
    }

    /// Writes what is still to be done in a session.
    pub fn session_moves(&mut self, id: &str, document: &str) -> Result<()> {
        self.execute("UPDATE session SET document = $2 WHERE id = $1", &bind![id, document])?;
        Ok(())
    }

    /// Ends a session of an account.
    pub fn end_session(&mut self, login: &str, id: &str) -> Result<bool> {
        Ok(self.execute("DELETE FROM session WHERE id = $1 AND login = $2", &bind![id, login])? > 0)
    }

    /// Ends all sessions of an account but one.
    pub fn end_sessions(&mut self, login: &str, but: &str) -> Result<u64> {
        self.execute("DELETE FROM session WHERE login = $1 AND id <> $2", &bind![login, but])
    }

    /// Removes sessions that ended by themselves.
    pub fn sweep_sessions(&mut self, now: &str) -> Result<u64> {
        self.execute("DELETE FROM session WHERE expires < $1", &bind![now])
    }
}

impl Read<'_> {
    pub fn login_named(&mut self, name: &str) -> Result<Option<(Login, Secrets)>> {
        let sql = format!("SELECT {LOGIN} FROM login WHERE name = $1");
        self.db.first(&sql, &bind![name])?.as_ref().map(login).transpose()
    }

    pub fn login_by_id(&mut self, id: &str) -> Result<Option<(Login, Secrets)>> {
        let sql = format!("SELECT {LOGIN} FROM login WHERE id = $1");
        self.db.first(&sql, &bind![id])?.as_ref().map(login).transpose()
    }

    /// Accounts by id, after one, at most so many.
    pub fn logins(&mut self, after: &str, limit: u32) -> Result<Vec<Login>> {
        let sql = format!("SELECT {LOGIN} FROM login WHERE id > $1 ORDER BY id LIMIT $2");
        let rows = self.db.query(&sql, &bind![after, i64::from(limit)])?;
        rows.iter().map(|row| login(row).map(|(login, _)| login)).collect()
    }

    pub fn login_changes(&mut self, id: &str) -> Result<Vec<LoginChange>> {
        let sql = "SELECT event, what, document FROM login_change WHERE login = $1 ORDER BY event, place";
        let rows = self.db.query(sql, &bind![id])?;
        rows.iter()
            .map(|row| Ok(LoginChange { event: row.int(0)?, what: row.text(1)?, login: row.document(2, "account")? }))
            .collect()
    }

    pub fn session(&mut self, id: &str) -> Result<Option<Session>> {
        let sql = "SELECT id, login, created, expires, document FROM session WHERE id = $1";
        self.db.first(sql, &bind![id])?.as_ref().map(session).transpose()
    }

    pub fn sessions_of(&mut self, login: &str) -> Result<Vec<Session>> {
        let sql = "SELECT id, login, created, expires, document FROM session WHERE login = $1 ORDER BY created, id";
        self.db.query(sql, &bind![login])?.iter().map(session).collect()
    }
}

fn state(login: &Login) -> &'static str {
    match login.state {
        LoginState::Active => "active",
        LoginState::Closed => "closed",
    }
}

fn login(row: &Row) -> Result<(Login, Secrets)> {
    let document: std::result::Result<Login, Error> = row.document(0, "account");
    Ok((document?, row.document(1, "secrets of an account")?))
}

fn session(row: &Row) -> Result<Session> {
    Ok(Session {
        id: row.text(0)?,
        login: row.text(1)?,
        created: row.text(2)?,
        expires: row.text(3)?,
        document: row.text(4)?,
    })
}
