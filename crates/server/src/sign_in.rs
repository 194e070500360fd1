//! Signing in: names, passwords, second factors, sessions.

mod password;
mod second;
mod sessions;

use std::sync::Arc;

use axum::http::{HeaderMap, header};
use sha2::{Digest, Sha256};

pub use password::{check_rules, hash_password, one_time_password, verify_password};
pub use second::{Code, begin as begin_second, check as check_second};
pub use sessions::{Open, Sessions, cookie, cookie_name, gone_cookie};

use crate::app::App;
use crate::call::Caller;
use crate::fault::Fault;

/// SHA-256 of a token, in hex: what the census keeps of it.
pub fn hash_token(token: &str) -> String {
    census::text::hex(&Sha256::digest(token.as_bytes()))
}

/// The token for calls that change something, bound to the session.
pub fn csrf_of(token: &str) -> String {
    census::text::hex(&Sha256::digest(format!("csrf {token}").as_bytes()))
}

/// Compares without telling by time where two texts differ.
pub fn same(left: &[u8], right: &[u8]) -> bool {
    left.len() == right.len() && left.iter().zip(right).fold(0, |all, (l, r)| all | (l ^ r)) == 0
}

/// Who calls: by the session's cookie.
pub async fn caller(app: &Arc<App>, headers: &HeaderMap) -> Result<Caller, Fault> {
    let token = token_of(app, headers).ok_or(Fault::Unauthenticated)?;
    let open = app.sessions.find(app, &hash_token(&token)).await?;
    Ok(Caller { login: open.login, session: open.id, csrf: csrf_of(&token), must: open.must })
}

fn token_of(app: &App, headers: &HeaderMap) -> Option<String> {
    let name = cookie_name(app.settings.secure);
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find(|(key, _)| *key == name)
        .map(|(_, value)| value.to_owned())
}
