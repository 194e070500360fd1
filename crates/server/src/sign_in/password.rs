//! Passwords: Argon2id, rules, one-time passwords.

use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use argon2::{Algorithm, Argon2, Params, Version};

use crate::fault::Fault;
use crate::seal::random;

/// Shortest password, in characters.
const SHORTEST: usize = 10;
const LONGEST: usize = 128;
/// Kinds of characters (small, capital, digit, other) it must have.
const KINDS: usize = 3;

/// 19 MiB, two passes: about 30 ms of one core.
fn hasher() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).unwrap_or(Params::DEFAULT);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

pub fn hash_password(password: &str) -> Result<String, Fault> {
    hasher()
        .hash_password_with_salt(password.as_bytes(), &random::<16>())
        .map(|hash| hash.to_string())
        .map_err(|error| Fault::Internal { why: error.to_string() })
}

/// Takes as long for an account that is not there: `None` is checked against a hash nobody has.
pub fn verify_password(password: &str, hash: Option<&str>) -> bool {
    const NOBODY: &str =
        "$argon2id$v=19$m=19456,t=2,p=1$bm9ib2R5LW5vYm9keQ$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA";
    let parsed = PasswordHash::new(hash.filter(|h| !h.is_empty()).unwrap_or(NOBODY));
    let fits = parsed.is_ok_and(|parsed| hasher().verify_password(password.as_bytes(), &parsed).is_ok());
    fits && hash.is_some()
}

/// The rules a new password must keep; the answer names the first it breaks.
pub fn check_rules(password: &str, name: &str, before: &[String]) -> Result<(), Fault> {
    let broken = |rule: &str| {
        Err(Fault::refused("password-rule", serde_json::json!({ "rule": rule, "shortest": SHORTEST, "kinds": KINDS })))
    };
    let length = password.chars().count();
    if length < SHORTEST {
        return broken("too-short");
    }
    if length > LONGEST {
        return broken("too-long");
    }
    let kinds = [
        password.chars().any(char::is_lowercase),
        password.chars().any(char::is_uppercase),
        password.chars().any(|c| c.is_ascii_digit()),
        password.chars().any(|c| !c.is_alphanumeric()),
    ];
    if kinds.into_iter().filter(|there| *there).count() < KINDS {
        return broken("too-few-kinds");
    }
    if !name.is_empty() && password.to_lowercase().contains(&name.to_lowercase()) {
        return broken("holds-the-name");
    }
    let mut letters: Vec<char> = password.chars().collect();
    letters.sort_unstable();
    letters.dedup();
    if letters.len() < 6 {
        return broken("too-few-characters");
    }
    if before.iter().any(|hash| verify_password(password, Some(hash))) {
        return broken("used-before");
    }
    Ok(())
}

/// A password to be told to somebody once, who then changes it. No characters that look alike.
pub fn one_time_password() -> String {
    const SMALL: &[u8] = b"abcdefghjkmnpqrstuvwxyz";
    const LARGE: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
    const DIGIT: &[u8] = b"23456789";
    let drawn = random::<16>();
    let mut text = String::new();
    for (at, byte) in drawn.into_iter().enumerate() {
        let from = [SMALL, LARGE, DIGIT, SMALL][at % 4];
        text.push(char::from(from[byte as usize % from.len()]));
        if at % 4 == 3 && at < 15 {
            text.push('-');
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(password: &str, expect: &str) {
        let got = check_rules(password, "zhang", &[]).err().map_or_else(String::new, |fault| fault.body().to_string());
        assert!(got.contains(expect) && (expect.is_empty() == got.is_empty()), "{password}: {got}");
    }

    #[test]
    fn rules_name_what_is_broken() {
        check("Short-1", "too-short");
        check("onlysmallletters", "too-few-kinds");
        check("Zhang-2018-census", "holds-the-name");
        check("Aa1!Aa1!Aa1!", "too-few-characters");
        check("Wuran-Yuan-2018", "");
        check("污染源普查Wuran-2018", "");
    }

    #[test]
    fn a_hash_fits_its_password_alone() {
        let hash = hash_password("Wuran-Yuan-2018").unwrap();
        assert!(hash.starts_with("$argon2id$"));
        assert!(verify_password("Wuran-Yuan-2018", Some(&hash)));
        assert!(!verify_password("wuran-yuan-2018", Some(&hash)));
        assert!(!verify_password("Wuran-Yuan-2018", None));
        assert!(!verify_password("Wuran-Yuan-2018", Some("")));
        assert!(check_rules("Wuran-Yuan-2018", "li", &[hash]).is_err());
        assert!(check_rules(&one_time_password(), "li", &[]).is_ok());
    }
}
