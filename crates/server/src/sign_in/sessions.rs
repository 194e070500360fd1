//! Open sessions: kept in the census by the hash of their token, remembered here for a few seconds.

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};
use store::{Login, LoginState};

use crate::app::{App, Settings};
use crate::fault::Fault;

/// How long an account is taken as it was read: another program may have closed it.
const FRESH: Duration = Duration::from_secs(5);

/// What the census keeps of a session beside its times.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Open {
    pub address: String,
    pub agent: String,
    /// `second_factor`, `change_password`, `enrol`, `done`.
    pub must: String,
}

/// A session with its account.
#[derive(Debug, Clone)]
pub struct Found {
    pub id: String,
    pub login: Login,
    pub must: String,
}

#[derive(Debug)]
struct Remembered {
    found: Found,
    expires: String,
    read: Instant,
    seen: Instant,
}

/// Sessions that were used lately.
#[derive(Debug)]
pub struct Sessions {
    idle: Duration,
    known: Mutex<HashMap<String, Remembered>>,
}

impl Sessions {
    pub fn new(settings: &Settings) -> Sessions {
        Sessions { idle: settings.idle, known: Mutex::default() }
    }

    /// The open session of this id, or nobody.
    pub async fn find(&self, app: &Arc<App>, id: &str) -> Result<Found, Fault> {
        if let Some(found) = self.remembered(app, id)? {
            return Ok(found);
        }
        let key = id.to_owned();
        let read = app.readers.read(move |read| {
            let Some(session) = read.session(&key)? else { return Ok(None) };
            let login = read.login_by_id(&session.login)?;
            Ok(login.map(|(login, _)| (session, login)))
        });
        let (session, login) = read.await?.ok_or(Fault::Unauthenticated)?;
        if session.expires < app.now() || login.state != LoginState::Active {
            return Err(Fault::Unauthenticated);
        }
        let open: Open = serde_json::from_str(&session.document)
            .map_err(|error| Fault::Internal { why: format!("session: {error}") })?;
        let found = Found { id: session.id, login, must: open.must };
        if let Ok(mut known) = self.known.lock() {
            let seen = known.get(id).map_or_else(Instant::now, |old| old.seen);
            let now = Instant::now();
            let entry = Remembered { found: found.clone(), expires: session.expires, read: now, seen: seen.max(now) };
            known.insert(id.to_owned(), entry);
        }
        Ok(found)
    }

    fn remembered(&self, app: &App, id: &str) -> Result<Option<Found>, Fault> {
        let mut known = self.known.lock().map_err(|_| Fault::Internal { why: "sessions".to_owned() })?;
        let Some(entry) = known.get_mut(id) else { return Ok(None) };
        if entry.seen.elapsed() > self.idle || entry.expires < app.now() {
            return Err(Fault::Unauthenticated);
        }
        entry.seen = Instant::now();
        Ok((entry.read.elapsed() < FRESH).then(|| entry.found.clone()))
    }

    /// Seconds since a session was used; `None`: not since the server started.
    pub fn quiet(&self, id: &str) -> Option<u64> {
        self.known.lock().ok()?.get(id).map(|entry| entry.seen.elapsed().as_secs())
    }

    /// What was remembered of a session no longer holds.
    pub fn forget(&self, id: &str) {
        if let Ok(mut known) = self.known.lock() {
            known.remove(id);
        }
    }

    /// The same for all sessions of an account.
    pub fn forget_login(&self, login: &str) {
        if let Ok(mut known) = self.known.lock() {
            known.retain(|_, entry| entry.found.login.id != login);
        }
    }
}

/// With TLS the name binds the cookie to this host and to secure connections.
pub fn cookie_name(secure: bool) -> &'static str {
    if secure { "__Host-wupu" } else { "wupu" }
}

pub fn cookie(secure: bool, token: &str) -> String {
    let secure_word = if secure { "; Secure" } else { "" };
    format!("{}={token}; Path=/; HttpOnly; SameSite=Strict{secure_word}", cookie_name(secure))
}

pub fn gone_cookie(secure: bool) -> String {
    format!("{}; Max-Age=0", cookie(secure, ""))
}
