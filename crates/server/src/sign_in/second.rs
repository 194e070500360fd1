//! The second factor: time-based codes (RFC 6238) of any authenticator, with a clock a minute wrong at most.

use store::Secrets;
use totp_rs::{Builder, Secret, Totp};

use crate::app::App;
use crate::fault::Fault;
use crate::seal::random;

/// Seconds a code holds.
const STEP: u64 = 30;

/// A code from a call.
#[derive(Debug, Clone, serde::Deserialize, schemars::JsonSchema)]
pub struct Code {
    /// Six digits.
    pub code: String,
}

fn totp(secret: &[u8], name: &str) -> Result<Totp, Fault> {
    Builder::new()
        .with_secret(Secret::from(secret))
        .with_skew(1)
        .with_step_duration(STEP)
        .with_account_name(name.replace(':', "-"))
        .with_issuer(Some("wupu"))
        .build()
        .map_err(|error| Fault::Internal { why: format!("{error:?}") })
}

/// A new secret: what is shown to the person, and what is kept of it until a code confirms it.
pub fn begin(app: &App, name: &str) -> Result<(String, String, String), Fault> {
    let secret = random::<20>();
    let uri = totp(&secret, name)?.to_url().map_err(|error| Fault::Internal { why: format!("{error:?}") })?;
    Ok((Secret::from(&secret[..]).to_base32(), uri, app.sealer.seal(&secret)))
}

/// Checks a code against a sealed secret. Gives the time step it was of; a code works once.
pub fn check(app: &App, sealed: &str, secrets: &Secrets, code: &str, now: u64) -> Option<u64> {
    let secret = app.sealer.open_sealed(sealed)?;
    let totp = totp(&secret, "wupu").ok()?;
    let code: String = code.chars().filter(|c| !c.is_whitespace()).collect();
    let of = totp.check(&code, now)?;
    (of > secrets.last_step).then_some(of)
}
