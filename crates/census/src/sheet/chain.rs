//! The chain of revisions of one sheet: each is made from the one before, none is overwritten.

use serde::{Deserialize, Serialize};

use super::{Revision, Row, SheetKey, Values};

/// What a new revision does to the chain.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Head {
    /// It becomes the newest.
    New,
    /// It is there already: nothing changes, nothing is lost.
    Known,
}

/// Why a revision cannot be put on the chain. Both versions are named; nothing is overwritten in silence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[serde(tag = "conflict", rename_all = "kebab-case")]
pub enum Conflict {
    #[error(transparent)]
    BaseMoved(Box<BaseMoved>),
    #[error("revision {id} is already stored with other content; make a new id")]
    SameIdOtherContent { id: String },
    #[error("revision {id} belongs to {} of unit {}, not to {} of unit {}", .sheets.0.form, .sheets.0.unit, .sheets.1.form, .sheets.1.unit)]
    OtherSheet {
        id: String,
        /// The sheet it names, and the sheet of the chain.
        sheets: Box<(SheetKey, SheetKey)>,
    },
}

/// The sheet went on since the new revision was begun: both versions, for a person to join.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("the sheet moved on: made from {}, newest is {theirs} by {author} at {at}; differing items: {}", .base.as_deref().unwrap_or("nothing"), .differs.join(", "))]
pub struct BaseMoved {
    pub base: Option<String>,
    pub ours: String,
    pub theirs: String,
    pub author: String,
    pub at: String,
    /// Items whose text differs between the two: `[01]`, `facility 2 [08]`.
    pub differs: Vec<String>,
}

/// Decides what becomes of a new revision of a sheet, given the newest one and, when its id is
/// stored already, that one.
pub fn apply(newest: Option<&Revision>, same_id: Option<&Revision>, new: &Revision) -> Result<Head, Conflict> {
    if let Some(known) = same_id {
        return if known == new { Ok(Head::Known) } else { Err(Conflict::SameIdOtherContent { id: new.id.clone() }) };
    }
    let Some(newest) = newest else {
        // A chain that begins here cannot have a base; a base that was never stored is a lost revision.
        return match &new.base {
            None => Ok(Head::New),
            Some(base) => Err(Conflict::BaseMoved(Box::new(BaseMoved {
                base: Some(base.clone()),
                ours: new.id.clone(),
                theirs: "nothing".into(),
                author: String::new(),
                at: String::new(),
                differs: differing(&Values::default(), &new.values),
            }))),
        };
    };
    if newest.sheet != new.sheet {
        return Err(Conflict::OtherSheet {
            id: new.id.clone(),
            sheets: Box::new((new.sheet.clone(), newest.sheet.clone())),
        });
    }
    if newest == new {
        return Ok(Head::Known);
    }
    if new.base.as_deref() == Some(newest.id.as_str()) {
        return Ok(Head::New);
    }
    Err(Conflict::BaseMoved(Box::new(BaseMoved {
        base: new.base.clone(),
        ours: new.id.clone(),
        theirs: newest.id.clone(),
        author: newest.author.clone(),
        at: newest.at.clone(),
        differs: differing(&newest.values, &new.values),
    })))
}

/// The items whose typed text differs, in the order of the form.
pub fn differing(left: &Values, right: &Values) -> Vec<String> {
    let mut found = Vec::new();
    row_differs("", &left.common, &right.common, &mut found);
    row_differs("", &left.flat, &right.flat, &mut found);
    let blocks: std::collections::BTreeSet<&String> = left.blocks.keys().chain(right.blocks.keys()).collect();
    let none = Row::new();
    for block in blocks {
        let (ours, theirs) = (left.rows(block), right.rows(block));
        for at in 0..ours.len().max(theirs.len()) {
            let place = format!("{block} {} ", at + 1);
            row_differs(&place, ours.get(at).unwrap_or(&none), theirs.get(at).unwrap_or(&none), &mut found);
        }
    }
    found
}

fn row_differs(place: &str, left: &Row, right: &Row, found: &mut Vec<String>) {
    let items: std::collections::BTreeSet<&String> = left.keys().chain(right.keys()).collect();
    let text = |row: &Row, item: &String| row.get(item).cloned().unwrap_or_default();
    found.extend(
        items.into_iter().filter(|item| text(left, item) != text(right, item)).map(|item| format!("{place}[{item}]")),
    );
}

#[cfg(test)]
mod tests {
    use super::*;

    fn revision(id: &str, base: &str, value: &str) -> Revision {
        Revision {
            id: id.into(),
            sheet: SheetKey { unit: "u".into(), form: "G102".into(), period: 2017 },
            base: (!base.is_empty()).then(|| base.to_owned()),
            instrument: "1".into(),
            values: Values {
                flat: [("01".to_owned(), value.to_owned())].into(),
                blocks: [("facility".to_owned(), vec![[("08".to_owned(), value.to_owned())].into()])].into(),
                ..Values::default()
            },
            author: "李".into(),
            at: "t".into(),
        }
    }

    #[track_caller]
    fn check(newest: Option<&Revision>, same: Option<&Revision>, new: &Revision, expect: &str) {
        let got = apply(newest, same, new).map_or_else(|c| c.to_string(), |h| format!("{h:?}"));
        assert_eq!(got, expect);
    }

    #[test]
    fn a_chain_grows_only_at_its_end() {
        let (first, second) = (revision("1", "", "5"), revision("2", "1", "6"));
        check(None, None, &first, "New");
        check(Some(&first), None, &second, "New");
        check(Some(&first), Some(&first), &first, "Known");
        check(Some(&second), Some(&first), &first, "Known");
        check(
            Some(&first),
            Some(&first),
            &revision("1", "", "7"),
            "revision 1 is already stored with other content; make a new id",
        );
        check(
            Some(&second),
            None,
            &revision("3", "1", "7"),
            "the sheet moved on: made from 1, newest is 2 by 李 at t; differing items: [01], facility 1 [08]",
        );
        check(
            Some(&second),
            None,
            &revision("3", "", "6"),
            "the sheet moved on: made from nothing, newest is 2 by 李 at t; differing items: ",
        );
        let mut other = revision("9", "2", "5");
        other.sheet.form = "G101-1".into();
        check(Some(&second), None, &other, "revision 9 belongs to G101-1 of unit u, not to G102 of unit u");
    }
}
