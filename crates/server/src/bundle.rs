//! The package as a browser's engine takes it: without coefficients, with the villages of one county, compressed.

use std::collections::BTreeMap;
use std::io::Write as _;
use std::sync::{Arc, Mutex};

use instrument::browser;
use instrument::files::Bundle;

use crate::fault::Fault;

/// Bundles that were made, by the digits of the area whose villages they hold.
#[derive(Debug)]
pub struct Bundles {
    package: Bundle,
    made: Mutex<BTreeMap<String, Arc<Vec<u8>>>>,
}

/// Bundles kept at most: a province has fewer counties.
const KEPT: usize = 300;

impl Bundles {
    pub fn new(package: Bundle) -> Bundles {
        Bundles { package, made: Mutex::default() }
    }

    /// The bundle of a county, gzip; `area` is its code or a unit's, anything shorter: no villages.
    pub fn of(&self, area: &str) -> Result<Arc<Vec<u8>>, Fault> {
        let digits: String = area.chars().take_while(char::is_ascii_digit).take(6).collect();
        // No code begins with a zero.
        let within = if digits.len() == 6 { digits } else { "0".to_owned() };
        let failed = |what: &dyn std::fmt::Display| Fault::Internal { why: format!("bundle: {what}") };
        let mut made = self.made.lock().map_err(|error| failed(&error))?;
        if let Some(known) = made.get(&within) {
            return Ok(Arc::clone(known));
        }
        let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        packed.write_all(&browser::bundle(&self.package, &within).to_bytes()).map_err(|error| failed(&error))?;
        let bytes = Arc::new(packed.finish().map_err(|error| failed(&error))?);
        if made.len() >= KEPT {
            made.clear();
        }
        made.insert(within, Arc::clone(&bytes));
        Ok(bytes)
    }
}
