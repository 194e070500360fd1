//! Which rows a block covers, in each domain.

use std::ops::Range;

use crate::batch::{Batch, TableData};
use crate::compile::Home;
use crate::graph::{Access, Domain, Op};
use crate::outcome::Place;
use crate::schema::TableId;

/// The rows of a domain within the block.
#[derive(Debug, Default)]
pub struct Frame {
    pub len: usize,
    /// First row when the rows follow each other; else `rows` lists them.
    pub start: Option<usize>,
    pub rows: Vec<u32>,
    /// Unit of each row, in the batch.
    pub unit: Vec<u32>,
    /// Home row of each pair, in the block.
    pub outer: Vec<u32>,
    /// Owner `k` has rows `segments[k]..segments[k + 1]`: units of the block, or home rows for pairs.
    pub segments: Vec<u32>,
    /// The units follow each other one a row.
    pub unit_per_row: bool,
}

impl Frame {
    pub fn row(&self, at: usize) -> usize {
        self.start.map_or_else(|| self.rows[at] as usize, |s| s + at)
    }

    fn begin(&mut self) {
        self.len = 0;
        self.start = None;
        self.rows.clear();
        self.unit.clear();
        self.outer.clear();
        self.segments.clear();
        self.unit_per_row = false;
    }
}

/// The domains of a home's graph over one block.
#[derive(Debug)]
pub struct Frames {
    pub home: Frame,
    pub others: Vec<(Domain, Frame)>,
    pub units: Range<usize>,
    /// First home row of each unit of the block, in the batch.
    first_row: u32,
    /// Flat table → words of home rows whose unit has no row there.
    absent: Vec<(TableId, Vec<u64>)>,
}

impl Frames {
    pub fn new(home: &Home) -> Frames {
        let mut domains: Vec<Domain> =
            home.graph.nodes.iter().map(|(d, _)| *d).filter(|d| *d != Domain::Home).collect();
        for (_, op) in &home.graph.nodes {
            if let Op::Fold { domain, .. } | Op::Exists { domain, .. } | Op::Every { domain, .. } = op {
                domains.push(*domain);
            }
        }
        domains.sort_unstable();
        domains.dedup();
        let mut tables: Vec<TableId> = home.rules.iter().flat_map(|r| r.speaks_of.iter().copied()).collect();
        tables.sort_unstable();
        tables.dedup();
        Frames {
            home: Frame::default(),
            others: domains.into_iter().map(|d| (d, Frame::default())).collect(),
            units: 0..0,
            first_row: 0,
            absent: tables.into_iter().map(|t| (t, Vec::new())).collect(),
        }
    }

    pub fn frame(&self, domain: Domain) -> &Frame {
        match domain {
            Domain::Home => &self.home,
            other => self.others.iter().find(|(d, _)| *d == other).map_or(&self.home, |(_, f)| f),
        }
    }

    /// Lays out the rows of some units.
    pub fn build(&mut self, home: &Home, batch: &Batch, units: Range<usize>) {
        self.units = units.clone();
        contiguous(&mut self.home, table(batch, home.table), &units);
        self.first_row = self.home.start.unwrap_or(0) as u32;
        for (domain, frame) in &mut self.others {
            match domain {
                Domain::Home => {}
                Domain::Child(of) => contiguous(frame, table(batch, *of), &units),
                Domain::Pair(of) => pairs(frame, &self.home, table(batch, *of)),
            }
        }
        for (of, words) in &mut self.absent {
            words.clear();
            words.resize(self.home.len.div_ceil(64), 0);
            let offsets = table(batch, *of).map(|t| &t.offsets);
            for (row, unit) in self.home.unit.iter().enumerate() {
                let unit = *unit as usize;
                if offsets.is_none_or(|o| o[unit] == o[unit + 1]) {
                    words[row / 64] |= 1 << (row % 64);
                }
            }
        }
    }

    pub fn absent(&self, of: TableId, word: usize) -> u64 {
        self.absent.iter().find(|(t, _)| *t == of).map_or(0, |(_, words)| words[word])
    }

    pub fn place(&self, row: usize) -> Place {
        let unit = self.home.unit[row];
        let of_unit = self.home.segments[unit as usize - self.units.start];
        Place { unit, row: row as u32 - of_unit }
    }
}

pub fn table(batch: &Batch, of: TableId) -> Option<&TableData> {
    batch.tables.get(of.0 as usize).and_then(Option::as_ref)
}

fn contiguous(frame: &mut Frame, table: Option<&TableData>, units: &Range<usize>) {
    frame.begin();
    let Some(table) = table else {
        frame.start = Some(0);
        frame.segments.resize(units.len() + 1, 0);
        return;
    };
    let start = table.offsets[units.start];
    frame.start = Some(start as usize);
    frame.len = (table.offsets[units.end] - start) as usize;
    frame.segments.push(0);
    frame.unit_per_row = frame.len == units.len();
    for unit in units.clone() {
        let rows = table.offsets[unit + 1] - table.offsets[unit];
        frame.unit_per_row &= rows == 1;
        for _ in 0..rows {
            frame.unit.push(unit as u32);
        }
        frame.segments.push(table.offsets[unit + 1] - start);
    }
}

fn pairs(frame: &mut Frame, home: &Frame, table: Option<&TableData>) {
    frame.begin();
    frame.segments.push(0);
    for (row, unit) in home.unit.iter().enumerate() {
        if let Some(table) = table {
            for child in table.offsets[*unit as usize]..table.offsets[*unit as usize + 1] {
                frame.rows.push(child);
                frame.unit.push(*unit);
                frame.outer.push(row as u32);
            }
        }
        frame.segments.push(frame.rows.len() as u32);
    }
    frame.len = frame.rows.len();
}

/// The row of a column's table that a row of a domain reaches.
pub fn reach(frame: &Frame, access: Access, home: &Frame, table: &TableData, at: usize) -> Option<usize> {
    match access {
        Access::Own => Some(frame.row(at)),
        Access::Outer => Some(home.row(frame.outer[at] as usize)),
        Access::Unit => {
            let unit = frame.unit[at] as usize;
            let (from, to) = (table.offsets[unit], table.offsets[unit + 1]);
            (from < to).then_some(from as usize)
        }
    }
}
