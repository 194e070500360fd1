//! Accounts: granted, changed and closed by the security administrator, who sees no business data.

use axum::http::Method;
use census::access::{Role, Task, Verb, conflict};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use store::{Login, LoginState, Secrets, What};

use crate::api::{Page, limit};
use crate::call::Call;
use crate::fault::Fault;
use crate::route::{Done, Nothing, Routes};
use crate::sign_in::{hash_password, one_time_password};

pub fn add(routes: &mut Routes) {
    routes
        .read("/api/accounts", Verb::GrantAccounts, "accounts, by id", list)
        .read("/api/accounts/{id}", Verb::GrantAccounts, "an account and how it came to be", one)
        .write(
            (Method::POST, "/api/accounts"),
            (Verb::GrantAccounts, What::Grant),
            "grant an account; the password is told once",
            |call, writing, _: Nothing, asked: Wanted| {
                let id = call.app.id();
                let login = asked.login(call, id)?;
                if writing.read().login_named(&login.name)?.is_some() {
                    return Err(Fault::refused("name-taken", json!({ "name": login.name })));
                }
                let password = one_time_password();
                writing.login(&login, "granted")?;
                writing.secrets(&login.id, &Secrets { password: hash_password(&password)?, ..Secrets::default() })?;
                Ok(Granted { account: shown(&login), password })
            },
        )
        .write(
            (Method::PUT, "/api/accounts/{id}"),
            (Verb::GrantAccounts, What::Grant),
            "change an account",
            |call, writing, at: Account, asked: Wanted| {
                let (old, _) = writing.read().login_by_id(&at.id)?.ok_or(Fault::NotFound)?;
                if old.id == call.person() {
                    return Err(Fault::refused("own-account", json!({})));
                }
                let mut login = asked.login(call, old.id.clone())?;
                login.must_change = old.must_change;
                if login.name != old.name && writing.read().login_named(&login.name)?.is_some() {
                    return Err(Fault::refused("name-taken", json!({ "name": login.name })));
                }
                writing.login(&login, if login.state == LoginState::Closed { "closed" } else { "changed" })?;
                if login.state == LoginState::Closed || login.role != old.role || login.area != old.area {
                    writing.end_sessions(&login.id, "")?;
                }
                call.app.sessions.forget_login(&login.id);
                Ok(shown(&login))
            },
        )
        .write(
            (Method::POST, "/api/accounts/{id}/reset"),
            (Verb::GrantAccounts, What::Grant),
            "a new one-time password; the second factor is enrolled anew",
            |call, writing, at: Account, _: Nothing| {
                let (mut login, old) = writing.read().login_by_id(&at.id)?.ok_or(Fault::NotFound)?;
                if login.id == call.person() {
                    return Err(Fault::refused("own-account", json!({})));
                }
                let password = one_time_password();
                login.must_change = true;
                login.failures = 0;
                login.locked_until.clear();
                let mut before = old.before;
                before.insert(0, old.password);
                writing.login(&login, "reset")?;
                writing.secrets(
                    &login.id,
                    &Secrets {
                        password: hash_password(&password)?,
                        before,
                        last_step: old.last_step,
                        ..Secrets::default()
                    },
                )?;
                writing.end_sessions(&login.id, "")?;
                call.app.sessions.forget_login(&login.id);
                Ok(Granted { account: shown(&login), password })
            },
        )
        .write(
            (Method::DELETE, "/api/accounts/{id}/sessions"),
            (Verb::GrantAccounts, What::Grant),
            "end all sessions of an account",
            |call, writing, at: Account, _: Nothing| {
                writing.end_sessions(&at.id, "")?;
                call.app.sessions.forget_login(&at.id);
                Ok(Done {})
            },
        );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct Account {
    id: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct After {
    after: Option<String>,
    limit: Option<u32>,
}

/// An account as it is asked for.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Wanted {
    name: String,
    person: String,
    role: String,
    /// 12 digits.
    area: String,
    #[serde(default)]
    unit: String,
    #[serde(default)]
    closed: bool,
    /// `{contract, area, work}`; work: `enumerate`, `enter`, `audit`, `inspect`.
    #[serde(default)]
    tasks: Vec<Value>,
    /// Day of the confidentiality undertaking.
    #[serde(default)]
    undertaking: String,
}

impl Wanted {
    fn login(self, call: &Call, id: String) -> Result<Login, Fault> {
        let role = Role::from_name(&self.role).ok_or_else(|| Fault::invalid("role", "no such role"))?;
        let name = self.name.trim().to_owned();
        let fits = |c: char| c.is_alphanumeric() || matches!(c, '-' | '_' | '.');
        if !(3..=40).contains(&name.chars().count()) || !name.chars().all(fits) {
            return Err(Fault::invalid("name", "3 to 40 letters, digits, - _ ."));
        }
        let area = self.area.parse().map_err(|_| Fault::invalid("area", "not an area code"))?;
        if call.app.areas.get(area).is_none() && area.cut(0) != area {
            return Err(Fault::invalid("area", "not in the area table"));
        }
        let own = matches!(role, Role::Respondent | Role::Manager);
        if own == self.unit.is_empty() {
            return Err(Fault::invalid("unit", "respondents and managers belong to a unit, others do not"));
        }
        let tasks: Vec<Task> = serde_json::from_value(Value::Array(self.tasks))
            .map_err(|error| Fault::invalid("tasks", error.to_string()))?;
        if matches!(role, Role::ThirdParty | Role::Inspector) && tasks.is_empty() {
            return Err(Fault::invalid("tasks", "a third party and an inspector are bound to tasks"));
        }
        if let Some(conflict) = conflict(&tasks) {
            return Err(Fault::refused(
                "does-and-checks",
                json!({ "area": conflict.area.to_string(), "does": conflict.does, "checks": conflict.checks }),
            ));
        }
        Ok(Login {
            id,
            name,
            person: self.person.trim().to_owned(),
            role,
            area: area.to_string(),
            unit: self.unit,
            state: if self.closed { LoginState::Closed } else { LoginState::Active },
            tasks,
            must_change: true,
            locked_until: String::new(),
            failures: 0,
            undertaking: self.undertaking,
        })
    }
}

/// An account as the security administrator sees it.
#[derive(Debug, Clone, Serialize, JsonSchema)]
pub struct Shown {
    id: String,
    name: String,
    person: String,
    role: String,
    area: String,
    unit: String,
    closed: bool,
    tasks: Vec<Value>,
    undertaking: String,
    must_change: bool,
    /// Empty: not locked.
    locked_until: String,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Granted {
    account: Shown,
    /// Told this once; nobody can read it again.
    password: String,
}

fn shown(login: &Login) -> Shown {
    Shown {
        id: login.id.clone(),
        name: login.name.clone(),
        person: login.person.clone(),
        role: login.role.name().to_owned(),
        area: login.area.clone(),
        unit: login.unit.clone(),
        closed: login.state == LoginState::Closed,
        tasks: login.tasks.iter().filter_map(|task| serde_json::to_value(task).ok()).collect(),
        undertaking: login.undertaking.clone(),
        must_change: login.must_change,
        locked_until: login.locked_until.clone(),
    }
}

fn list(_: &Call, read: &mut store::Read<'_>, asked: After) -> Result<Page<Shown>, Fault> {
    let limit = limit(asked.limit);
    let rows = read.logins(asked.after.as_deref().unwrap_or_default(), limit + 1)?;
    Ok(Page::of(rows.iter().map(shown).collect(), limit, |row| row.id.clone()))
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct WithHistory {
    account: Shown,
    changes: Vec<Change>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Change {
    event: i64,
    what: String,
    account: Shown,
}

fn one(_: &Call, read: &mut store::Read<'_>, at: Account) -> Result<WithHistory, Fault> {
    let (login, _) = read.login_by_id(&at.id)?.ok_or(Fault::NotFound)?;
    let changes = read.login_changes(&at.id)?;
    Ok(WithHistory {
        account: shown(&login),
        changes: changes
            .into_iter()
            .map(|c| Change { event: c.event, what: c.what, account: shown(&c.login) })
            .collect(),
    })
}
