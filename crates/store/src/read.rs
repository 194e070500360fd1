//! Reading: what of the census a question is about, and how it is paged.

use census::area::AreaCode;

use crate::db::{Db, Value};

/// Read access, for one question after another. Every answer has a fixed order.
#[derive(Debug)]
pub struct Read<'s> {
    pub(crate) db: &'s mut Db,
}

/// Which units a question is about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Scope {
    /// All that are not withdrawn.
    All,
    /// Those not withdrawn at or below any of these codes, by their digits. An area of the reporting tree is given by
    /// the codes it is made of.
    Areas(Vec<AreaCode>),
    /// These units, withdrawn or not; ids that are not there are passed over.
    Units(Vec<String>),
}

/// Where a page ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cursor {
    pub(crate) event: i64,
    pub(crate) place: i64,
}

/// Units named in one statement at most.
const LIST: usize = 1000;

impl Scope {
    pub fn area(code: AreaCode) -> Scope {
        Scope::Areas(vec![code])
    }

    pub fn unit(id: impl Into<String>) -> Scope {
        Scope::Units(vec![id.into()])
    }

    /// The scope as one or more conditions over `unit u`, each with its values; units come in
    /// ascending order from one part to the next.
    pub(crate) fn parts(&self) -> Vec<(String, Vec<Value>)> {
        match self {
            Scope::All => vec![("u.withdrawn = 0".to_owned(), Vec::new())],
            Scope::Areas(codes) => {
                let mut places = Vec::new();
                let mut any = Vec::new();
                for code in codes {
                    // The whole country is code zero.
                    let width = if code.cut(0) == *code { 0 } else { code.significant() as usize };
                    let low = &code.to_string()[..width];
                    any.push(format!("(u.area >= ${} AND u.area < ${})", places.len() + 1, places.len() + 2));
                    places.push(Value::from(low));
                    // ':' is the character after '9'.
                    places.push(Value::from(format!("{low}:")));
                }
                if any.is_empty() {
                    return Vec::new();
                }
                vec![(format!("u.withdrawn = 0 AND ({})", any.join(" OR ")), places)]
            }
            Scope::Units(ids) => {
                let mut sorted: Vec<&String> = ids.iter().collect();
                sorted.sort_unstable();
                sorted.dedup();
                sorted
                    .chunks(LIST)
                    .map(|chunk| {
                        let places: Vec<String> = (1..=chunk.len()).map(|at| format!("${at}")).collect();
                        (format!("u.id IN ({})", places.join(", ")), chunk.iter().map(|id| Value::from(*id)).collect())
                    })
                    .collect()
            }
        }
    }
}

/// `$3, $4, $5`: places for a list after those already used.
pub(crate) fn places(after: usize, count: usize) -> String {
    (after + 1..=after + count).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(scope: Scope, expect: &str) {
        let shown: Vec<String> = scope.parts().into_iter().map(|(sql, values)| format!("{sql} {values:?}")).collect();
        assert_eq!(shown.join("; "), expect);
    }

    #[test]
    fn a_scope_becomes_a_condition() {
        check(Scope::All, "u.withdrawn = 0 []");
        check(
            Scope::area("410182".parse().unwrap()),
            r#"u.withdrawn = 0 AND ((u.area >= $1 AND u.area < $2)) [Text("410182"), Text("410182:")]"#,
        );
        check(
            Scope::area("000000000000".parse().unwrap()),
            r#"u.withdrawn = 0 AND ((u.area >= $1 AND u.area < $2)) [Text(""), Text(":")]"#,
        );
        check(Scope::Areas(Vec::new()), "");
        check(Scope::Units(vec!["b".into(), "a".into(), "b".into()]), r#"u.id IN ($1, $2) [Text("a"), Text("b")]"#);
        check(Scope::Units(Vec::new()), "");
    }
}
