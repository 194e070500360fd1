//! The shipped package loads, whole, and passes its own cases.

use std::collections::BTreeSet;
use std::path::Path;

use expr::Severity;
use expr::compile::{RuleText, compile, compile_values};
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
    // `B035.2` is a part of check B035.
    let checks: BTreeSet<&str> = instrument.rules.iter().filter_map(|r| r.code.split('.').next()).collect();
    assert_eq!(checks.len(), 270);
}

#[test]
fn messages_compile_on_every_home() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../instruments/cn-2017");
    let instrument = read(&Folder::new(&folder), false).instrument;
    let (schema, limits) = (&instrument.schema, instrument.limits());
    let mut wrong = Vec::new();
    for rule in &instrument.rules {
        for home in instrument.homes(rule) {
            for piece in rule.message.split('{').skip(1) {
                let text = piece.split_once('}').map_or("", |(inner, _)| inner);
                let (_, found) = compile_values(schema, &limits, &[RuleText { code: &rule.code, home, text }]);
                wrong.extend(found.into_iter().map(|(_, d)| format!("{} {{{text}}}: {}", rule.code, d.message)));
            }
            // The cases run on one form; a rule for every form must compile on each.
            if rule.scope == "*" && !rule.text.is_empty() {
                let (_, found) = compile(schema, &limits, &[RuleText { code: &rule.code, home, text: &rule.text }]);
                wrong.extend(found.into_iter().map(|(_, d)| format!("{}: {}", rule.code, d.message)));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
