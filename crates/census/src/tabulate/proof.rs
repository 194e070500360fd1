//! The proof that a table adds up: every parent row equals the sum of its parts, to the last digit.

use std::collections::BTreeMap;

use expr::exact::Decimal;

use super::cell::{Cell, TableResult};

/// What was compared, and what does not add up.
#[must_use]
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proof {
    /// Parent cells compared with the sum of their parts.
    pub compared: u64,
    /// `郑州市 / 工业企业数: 12 ≠ 11`.
    pub wrong: Vec<String>,
}

impl TableResult {
    /// Adds the parts of every parent row, for each key apart: the areas below it, the divisions
    /// of its total. Withheld cells cannot be compared.
    pub fn proof(&self) -> Proof {
        let codes = |row: usize| self.rows[row].keys.iter().map(|k| k.code.as_str()).collect::<Vec<&str>>();
        let place: BTreeMap<Vec<&str>, usize> = (0..self.rows.len()).map(|row| (codes(row), row)).collect();
        let mut parts: BTreeMap<(Vec<&str>, usize), Vec<usize>> = BTreeMap::new();
        for (at, row) in self.rows.iter().enumerate() {
            for (position, key) in row.keys.iter().enumerate() {
                if let Some(above) = &key.part_of {
                    let mut parent = codes(at);
                    parent[position] = above;
                    parts.entry((parent, position)).or_default().push(at);
                }
            }
        }
        let mut proof = Proof::default();
        for ((parent, _), children) in &parts {
            match place.get(parent) {
                Some(&parent) => self.compare(parent, children, &mut proof),
                None => proof.wrong.push(format!("{}: the row is missing", parent.join(" "))),
            }
        }
        proof
    }

    fn compare(&self, parent: usize, children: &[usize], proof: &mut Proof) {
        for (column, head) in self.columns.iter().enumerate() {
            let cell = |row: usize| amount(&self.rows[row].cells[column]);
            let Some(whole) = cell(parent) else { continue };
            let Some(parts) = children.iter().try_fold(Decimal::ZERO, |sum, &row| sum.checked_add(cell(row)?)) else {
                continue;
            };
            proof.compared += 1;
            if whole != parts {
                let names: Vec<&str> = self.rows[parent].keys.iter().map(|k| k.name.as_str()).collect();
                proof.wrong.push(format!("{} / {}: {whole} ≠ {parts}", names.join(" "), head.title));
            }
        }
    }
}

/// A blank adds nothing; a withheld cell cannot be added.
fn amount(cell: &Cell) -> Option<Decimal> {
    match cell {
        Cell::Absent | Cell::Zero => Some(Decimal::ZERO),
        Cell::Value { value } | Cell::Part { value, .. } => Some(*value),
        Cell::Withheld { .. } => None,
    }
}
