//! The shipped package loads, whole, and passes its own cases.

use std::path::Path;

use expr::Severity;
use instrument::files::Folder;
use instrument::read::read;

#[test]
fn the_second_census_loads() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017");
    let reading = read(&Folder::new(&folder), true);
    let errors: Vec<String> =
        reading.problems.iter().filter(|p| p.severity == Severity::Error).map(ToString::to_string).collect();
    assert!(errors.is_empty(), "{} errors, the first:\n{}", errors.len(), errors[..errors.len().min(400)].join("\n"));
    let instrument = &reading.instrument;
    assert_eq!(instrument.forms.len(), 66);
    assert_eq!(reading.cases.failed, 0);
}
