//! A finding in words.

use instrument::model::Instrument;

use crate::finding::Finding;

/// The finding in Chinese, from the rule's template.
pub fn message(instrument: &Instrument, finding: &Finding) -> String {
    let _ = (instrument, finding);
    String::new()
}
