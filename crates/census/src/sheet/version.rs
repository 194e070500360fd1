//! Which revisions a step, a figure or a table was made from.

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::Revision;
use crate::text;

/// The set of revisions of one unit that was signed, passed or added up.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Version {
    /// SHA-256 over form, revision id and revision hash of each sheet, in the order of forms.
    pub hash: String,
    /// Form → revision id, in the order of forms.
    pub revisions: Vec<(String, String)>,
}

impl Version {
    /// The version made by the newest revisions of a unit, given in any order.
    pub fn of<'a>(newest: impl IntoIterator<Item = &'a Revision>) -> Version {
        Version::from_hashes(newest.into_iter().map(|r| (r.sheet.form.clone(), r.id.clone(), hash(r))))
    }

    /// The same from stored (form, revision id, revision hash), so that no sheet need be read.
    pub fn from_hashes(newest: impl IntoIterator<Item = (String, String, String)>) -> Version {
        let mut parts: Vec<_> = newest.into_iter().collect();
        parts.sort();
        let lines: Vec<String> = parts.iter().map(|(form, id, hash)| format!("{form}\t{id}\t{hash}\n")).collect();
        Version {
            hash: sha256(&lines.concat()),
            revisions: parts.into_iter().map(|(form, id, _)| (form, id)).collect(),
        }
    }
}

/// SHA-256 of a revision's canonical JSON: keys in order, no blanks, texts as typed.
pub fn hash(revision: &Revision) -> String {
    // Struct fields come in declared order and maps are ordered, so the text is canonical.
    sha256(&serde_json::to_string(revision).unwrap_or_default())
}

/// SHA-256 of a text in hexadecimal.
pub(crate) fn sha256(text: &str) -> String {
    text::hex(&Sha256::digest(text.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::super::{SheetKey, Values};
    use super::*;

    fn revision(id: &str, form: &str, value: &str) -> Revision {
        Revision {
            id: id.into(),
            sheet: SheetKey { unit: "u".into(), form: form.into(), period: 2017 },
            base: None,
            instrument: "1".into(),
            values: Values { flat: [("01".to_owned(), value.to_owned())].into(), ..Values::default() },
            author: "张".into(),
            at: "2018-08-01T08:00:00Z".into(),
        }
    }

    #[test]
    fn order_does_not_matter_and_every_change_shows() {
        let (a, b) = (revision("1", "G101-1", "5"), revision("2", "G102", "6"));
        assert_eq!(Version::of([&a, &b]), Version::of([&b, &a]));
        assert_ne!(Version::of([&a]).hash, Version::of([&a, &b]).hash);
        assert_ne!(hash(&a), hash(&revision("1", "G101-1", "5.0")));
        assert_eq!(Version::of([&b, &a]).revisions[0], ("G101-1".into(), "1".into()));
    }

    #[test]
    fn the_hash_of_a_known_revision_never_changes() {
        let text = serde_json::to_string(&revision("1", "G101-1", "5")).unwrap();
        assert_eq!(
            text,
            r#"{"id":"1","sheet":{"unit":"u","form":"G101-1","period":2017},"base":null,"instrument":"1","values":{"flat":{"01":"5"}},"author":"张","at":"2018-08-01T08:00:00Z"}"#
        );
        assert_eq!(sha256("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    }
}
