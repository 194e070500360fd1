use std::path::Path;
use std::sync::OnceLock;

use instrument::factors::accounting_cases;
use instrument::files::Folder;
use instrument::problem::Problems;

use super::*;

fn package() -> Folder {
    Folder::new(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017"))
}

/// The library of the second census, loaded once.
fn library() -> &'static FactorLibrary {
    static LIBRARY: OnceLock<FactorLibrary> = OnceLock::new();
    LIBRARY.get_or_init(|| FactorLibrary::load(&package(), &mut Problems::default()))
}

#[test]
fn worked_examples_to_the_printed_digits() {
    let mut problems = Problems::default();
    let cases = accounting_cases(&package(), &mut problems);
    assert!(problems.0.is_empty(), "{:?}", problems.0);
    let outcomes = run_cases(library(), &cases);
    let failed: Vec<String> = outcomes
        .iter()
        .filter_map(|o| match &o.verdict {
            CaseVerdict::Failed(wrong) => Some(format!("{}: {}", o.code, wrong.join("; "))),
            _ => None,
        })
        .collect();
    assert_eq!(failed, Vec::<String>::new());
    let passed = outcomes.iter().filter(|o| o.verdict == CaseVerdict::Passed).count();
    let pending = outcomes.iter().filter(|o| matches!(o.verdict, CaseVerdict::Pending(_))).count();
    assert_eq!((passed, pending), (17, 19));
}
