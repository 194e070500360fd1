//! Where a census lies: a file, or a database of a PostgreSQL server.

use std::fmt;
use std::path::PathBuf;

/// Where a census lies.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Place {
    /// A SQLite file.
    File { path: PathBuf, read_only: bool },
    /// A PostgreSQL database.
    Server { url: String },
}

impl Place {
    /// `postgres://…` and `postgresql://…` name a server; `sqlite:…` and anything else a file.
    /// `?mode=ro` after a file opens it for reading only.
    pub(crate) fn parse(text: &str) -> Place {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Place::Server { url: text.to_owned() };
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        let path = path.strip_prefix("//").filter(|_| text.starts_with("sqlite:")).unwrap_or(path);
        let (path, read_only) = path.strip_suffix("?mode=ro").map_or((path, false), |path| (path, true));
        Place::File { path: PathBuf::from(path), read_only }
    }
}

impl fmt::Display for Place {
    /// As shown to people: a password is never shown.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::File { path, .. } => write!(f, "{}", path.display()),
            Place::Server { url } => {
                let (scheme, rest) = url.split_once("://").unwrap_or(("postgres", url));
                let rest = rest.split_once('?').map_or(rest, |(front, _)| front);
                match rest.rsplit_once('@') {
                    None => write!(f, "{scheme}://{rest}"),
                    Some((login, host)) => {
                        let user = login.split_once(':').map_or(login, |(user, _)| user);
                        write!(f, "{scheme}://{user}@{host}")
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Place;

    #[track_caller]
    fn check(given: &str, shown: &str, expect: &str) {
        let place = Place::parse(given);
        let kind = match &place {
            Place::File { read_only: true, .. } => "read-only file",
            Place::File { .. } => "file",
            Place::Server { .. } => "server",
        };
        assert_eq!((place.to_string().as_str(), kind), (shown, expect));
    }

    #[test]
    fn a_place_is_read_and_shown_without_its_password() {
        check("wupu.db", "wupu.db", "file");
        check("sqlite:/var/county.db", "/var/county.db", "file");
        check("sqlite:///var/county.db", "/var/county.db", "file");
        check("sqlite:a.db?mode=ro", "a.db", "read-only file");
        check("postgres://wang:s3:cr@et@db:5432/census?sslmode=disable", "postgres://wang@db:5432/census", "server");
        check("postgresql://db/census", "postgresql://db/census", "server");
    }
}
