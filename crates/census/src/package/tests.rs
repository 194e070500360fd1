//! A package opens as it was sealed, and a change to any byte of it is found.

use std::collections::BTreeMap;

use super::{Algorithm, Key, Kind, Manifest, Opened, PackageProblem, open, peek, seal};
use crate::split::{RowMark, RowSet};

fn manifest(key: &Key) -> Manifest {
    Manifest {
        id: "p1".into(),
        kind: Kind::Listings,
        from: "41".parse().expect("a code"),
        to: "4101".parse().expect("a code"),
        office: "河南省普查办".into(),
        who: "office".into(),
        at: "2018-02-10T08:00:00Z".into(),
        sequence: 1,
        previous: String::new(),
        instrument: "cn-2017".into(),
        version: "1".into(),
        simulated: true,
        holds: RowSet::of([RowMark { id: "a", hash: "1" }]),
        parts: Vec::new(),
        counts: BTreeMap::from([("下发".to_owned(), 1)]),
        key: key.public(),
    }
}

fn algorithms() -> Vec<Algorithm> {
    vec![
        Algorithm::Ed25519,
        #[cfg(feature = "sm2")]
        Algorithm::Sm2,
    ]
}

fn sealed(key: &Key) -> Vec<u8> {
    let rows: Vec<String> = (0..20).map(|n| format!("{{\"id\":\"{n}\",\"name\":\"荥阳市某厂\"}}")).collect();
    seal(manifest(key), &[("rows", rows), ("taken", vec![])], key).expect("sealed")
}

fn opened(file: &[u8], key: &Key) -> Result<Opened, PackageProblem> {
    open(file, |_| vec![key.public()])
}

#[test]
fn a_package_opens_as_it_was_sealed() {
    for algorithm in algorithms() {
        let key = Key::from_seed(algorithm, &[7; 32]).expect("a key");
        let again = Key::from_text(&key.to_text()).expect("a key");
        assert_eq!(again.public(), key.public());
        let file = sealed(&key);
        let found = opened(&file, &again).expect("opens");
        assert_eq!(found.lines("rows").count(), 20);
        assert_eq!(found.lines("taken").count(), 0);
        assert_eq!(found.manifest.counts["下发"], 1);
        assert_eq!(peek(&file).expect("a manifest"), found.manifest);
    }
}

#[test]
fn a_change_to_any_byte_is_found() {
    for algorithm in algorithms() {
        let key = Key::from_seed(algorithm, &[7; 32]).expect("a key");
        let file = sealed(&key);
        // SM2 verifies slowly in a debug build: every byte with the one, every thirteenth with the other.
        let step = if algorithm == Algorithm::Ed25519 { 1 } else { 13 };
        for at in (0..file.len()).step_by(step) {
            for change in [1u8, 0x80] {
                let mut other = file.clone();
                other[at] ^= change;
                assert!(opened(&other, &key).is_err(), "byte {at} of {}", file.len());
            }
        }
        for length in (0..file.len()).step_by(7) {
            assert!(opened(&file[..length], &key).is_err(), "cut to {length}");
        }
        let mut longer = file.clone();
        longer.push(b'\n');
        assert_eq!(opened(&longer, &key), Err(PackageProblem::Trailing { bytes: 1 }));
    }
}

#[test]
fn a_key_must_be_trusted_first() {
    let key = Key::from_seed(Algorithm::Ed25519, &[7; 32]).expect("a key");
    let other = Key::from_seed(Algorithm::Ed25519, &[8; 32]).expect("a key");
    let refused = opened(&sealed(&key), &other).expect_err("not trusted");
    assert!(refused.to_string().contains(&key.public().fingerprint()), "{refused}");
    assert!(refused.zh().contains("电话"), "{}", refused.zh());
    assert_eq!(key.public().fingerprint().split(' ').count(), 8);
}

#[test]
fn the_same_content_and_key_make_the_same_bytes() {
    for algorithm in algorithms() {
        let key = Key::from_seed(algorithm, &[7; 32]).expect("a key");
        assert_eq!(sealed(&key), sealed(&key), "{algorithm:?}");
    }
}

#[test]
fn what_is_no_package_is_said() {
    let key = Key::from_seed(Algorithm::Ed25519, &[7; 32]).expect("a key");
    assert_eq!(opened(b"PK\x03\x04", &key), Err(PackageProblem::NotPackage));
    assert_eq!(opened(b"", &key), Err(PackageProblem::NotPackage));
    assert_eq!(opened(b"WUPU-PACKAGE-2\n", &key), Err(PackageProblem::Newer));
}
