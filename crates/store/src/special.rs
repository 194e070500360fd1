//! Records from the field that no form holds: visits to outlets, quality records of dose rates.

use std::collections::BTreeMap;

use census::minerals::DoseReading;
use census::outlet::Sampling;

use crate::db::values;
use crate::frame::text;
use crate::read::Read;
use crate::write::Writing;
use crate::{Error, Result, schema};

/// A record with who kept it and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FieldRecord<T> {
    pub record: T,
    pub who: String,
    /// RFC 3339.
    pub at: String,
}

/// What became of records that were handed in.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct KeptRecords {
    pub new: u64,
    /// Kept beside the earlier record of the same thing, which no longer stands.
    pub corrected: u64,
    pub unchanged: u64,
}

impl Writing<'_> {
    /// Keeps visits to outlets.
    pub fn keep_samplings(&mut self, samplings: &[Sampling]) -> Result<KeptRecords> {
        let mut known: BTreeMap<String, Sampling> = BTreeMap::new();
        for kept in self.read().samplings()? {
            known.insert(kept.record.number.clone(), kept.record);
        }
        let mut counts = KeptRecords::default();
        let mut rows = Vec::new();
        for sampling in samplings {
            // Where a record came from is no part of what it says.
            match known.get(&sampling.number) {
                Some(old) if old.says_the_same(sampling) => {
                    counts.unchanged += 1;
                    continue;
                }
                Some(_) => counts.corrected += 1,
                None => counts.new += 1,
            }
            rows.push(values![&sampling.number, &sampling.outlet, text(sampling)?]);
            known.insert(sampling.number.clone(), sampling.clone());
        }
        self.append(&schema::SAMPLING, rows)?;
        Ok(counts)
    }

    /// Keeps quality records; `unit` of each is an id of the directory.
    pub fn keep_readings(&mut self, readings: &[DoseReading]) -> Result<KeptRecords> {
        let mut known: BTreeMap<(String, String), DoseReading> = BTreeMap::new();
        for kept in self.read().dose_readings()? {
            known.insert((kept.record.unit.clone(), kept.record.point.clone()), kept.record);
        }
        let mut counts = KeptRecords::default();
        let mut rows = Vec::new();
        for reading in readings {
            let key = (reading.unit.clone(), reading.point.clone());
            match known.get(&key) {
                Some(old) if DoseReading { source: reading.source.clone(), ..old.clone() } == *reading => {
                    counts.unchanged += 1;
                    continue;
                }
                Some(_) => counts.corrected += 1,
                None => counts.new += 1,
            }
            rows.push(values![&reading.unit, &reading.point, text(reading)?]);
            known.insert(key, reading.clone());
        }
        self.append(&schema::DOSE_READING, rows)?;
        Ok(counts)
    }
}

impl Read<'_> {
    /// All records of visits, in the order they were kept: of those with one number the last stands.
    pub fn samplings(&mut self) -> Result<Vec<FieldRecord<Sampling>>> {
        let sql = "SELECT s.document, a.who, a.at FROM sampling s JOIN audit a ON a.seq = s.event \
                   ORDER BY s.event, s.place";
        self.records(sql, "sampling")
    }

    /// All quality records, in the order they were kept: of those of one unit and point the last stands.
    pub fn dose_readings(&mut self) -> Result<Vec<FieldRecord<DoseReading>>> {
        let sql = "SELECT r.document, a.who, a.at FROM dose_reading r JOIN audit a ON a.seq = r.event \
                   ORDER BY r.event, r.place";
        self.records(sql, "dose reading")
    }

    fn records<T: serde::de::DeserializeOwned>(&mut self, sql: &str, what: &str) -> Result<Vec<FieldRecord<T>>> {
        let mut found = Vec::new();
        self.db.each(sql, &[], |row| {
            found.push(FieldRecord { record: row.document(0, what)?, who: row.text(1)?, at: row.text(2)? });
            Ok::<(), Error>(())
        })?;
        Ok(found)
    }
}
