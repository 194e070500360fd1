//! Computing the nodes of a graph over one block, in order.

use crate::batch::{Batch, Bits, ColumnData};
use crate::calendar;
use crate::compile::Home;
use crate::graph::{Access, NodeId, Op};
use crate::schema::ColumnId;
use crate::sets::{self, Answers};
use crate::texts::{Asked, Mapped, Words};

use super::Context;
use super::block::{Frame, Frames, reach, table};
use super::buffer::{self, Buffer, Ids, Numbers, Truths, full};
use super::fold::{self, owner};
use super::kernel;

/// One buffer a node, and what is remembered between blocks.
#[derive(Debug)]
pub struct Workspace<'b> {
    buffers: Vec<Buffer>,
    operands: Vec<Vec<NodeId>>,
    extras: Vec<Extra<'b>>,
    words: Words<'b>,
    today: Option<i64>,
}

#[derive(Debug)]
enum Extra<'g> {
    None,
    Asked(Asked<'g>),
    Mapped(Mapped<'g>),
    Answers(Answers),
}

impl<'b> Workspace<'b> {
    pub fn new(home: &'b Home, batch: &'b Batch, context: &Context) -> Workspace<'b> {
        let nodes = &home.graph.nodes;
        Workspace {
            buffers: nodes.iter().map(|(_, op)| empty(op)).collect(),
            operands: nodes.iter().map(|(_, op)| op.operands()).collect(),
            extras: nodes
                .iter()
                .map(|(_, op)| match op {
                    Op::TextTest(_, test) => Extra::Asked(Asked::new(test)),
                    Op::TextMap(_, map) => Extra::Mapped(Mapped::new(map)),
                    Op::Set(test) => Extra::Answers(sets::answer(test, batch, home.table)),
                    _ => Extra::None,
                })
                .collect(),
            words: Words::new(&batch.texts),
            today: context.today,
        }
    }

    pub fn truth(&self, id: NodeId) -> &Truths {
        match &self.buffers[id as usize] {
            Buffer::Truths(t) => t,
            _ => unreachable!("the compiler gives conditions to conditions"),
        }
    }

    pub fn number(&self, id: NodeId, row: usize) -> Option<i128> {
        match &self.buffers[id as usize] {
            Buffer::Numbers(n) => n.has(row).then(|| n.get(row)),
            _ => None,
        }
    }

    pub fn text(&self, id: NodeId, row: usize) -> Option<&str> {
        match &self.buffers[id as usize] {
            Buffer::Ids(t) => t.has(row).then(|| self.words.get(t.ids[row])),
            _ => None,
        }
    }

    pub fn has_value(&self, id: NodeId, row: usize) -> bool {
        match &self.buffers[id as usize] {
            Buffer::Numbers(n) => n.has(row),
            Buffer::Truths(t) => t.get(row).is_some(),
            Buffer::Ids(t) => t.has(row),
        }
    }

    /// Which of 64 rows have a value.
    pub fn present(&self, id: NodeId, word: usize) -> u64 {
        match &self.buffers[id as usize] {
            Buffer::Numbers(n) => n.present[word],
            Buffer::Truths(t) => t.yes[word] | t.no[word],
            Buffer::Ids(t) => t.present[word],
        }
    }

    /// Computes every node over a block.
    pub fn compute(&mut self, home: &Home, batch: &Batch, frames: &Frames) {
        for (at, (domain, op)) in home.graph.nodes.iter().enumerate() {
            let (before, rest) = self.buffers.split_at_mut(at);
            let inputs = Inputs { buffers: before, frames, frame: frames.frame(*domain), batch };
            match &mut rest[0] {
                Buffer::Numbers(out) => number(out, op, &inputs, self.today, &self.words),
                Buffer::Truths(out) => truth(out, op, &inputs, &mut self.extras[at], &self.words),
                Buffer::Ids(out) => text(out, op, &inputs, &mut self.extras[at], &mut self.words),
            }
            for operand in &self.operands[at] {
                inherit(&mut rest[0], op, *operand, &inputs);
            }
        }
    }
}

/// What an operand lost to an overflow is lost to the result: a sum that skips blanks does not skip it.
fn inherit(out: &mut Buffer, op: &Op, operand: NodeId, inputs: &Inputs) {
    let lost = match &inputs.buffers[operand as usize] {
        Buffer::Numbers(n) => &n.overflow,
        Buffer::Truths(t) => &t.overflow,
        Buffer::Ids(_) => return,
    };
    if lost.is_empty() {
        return;
    }
    match (op, out) {
        (Op::Fold { domain, filter, .. } | Op::Exists { domain, filter } | Op::Every { domain, filter, .. }, out) => {
            let rows = inputs.frames.frame(*domain);
            let filter = filter.map(|f| inputs.truths(f));
            let matters = |row: usize| buffer::bit(lost, row) && filter.is_none_or(|f| !buffer::bit(&f.no, row));
            let mut of_home = vec![0; inputs.frame.len.div_ceil(64)];
            for at in 0..inputs.frame.len {
                let owner = owner(*domain, inputs, at);
                if (rows.segments[owner] as usize..rows.segments[owner + 1] as usize).any(matters) {
                    of_home[at / 64] |= 1 << (at % 64);
                }
            }
            match out {
                Buffer::Numbers(out) => out.inherit(&of_home),
                Buffer::Truths(out) => out.inherit(&of_home),
                Buffer::Ids(_) => {}
            }
        }
        // What the other side decides stays decided.
        (Op::And(..) | Op::Or(..), Buffer::Truths(out)) => {
            let open: Vec<u64> = lost.iter().zip(out.yes.iter().zip(&out.no)).map(|(l, (y, n))| l & !y & !n).collect();
            out.inherit(&open);
        }
        (_, Buffer::Numbers(out)) => out.inherit(lost),
        (_, Buffer::Truths(out)) => out.inherit(lost),
        (_, Buffer::Ids(_)) => {}
    }
}

/// What a node is computed from.
pub struct Inputs<'a> {
    pub buffers: &'a [Buffer],
    pub frames: &'a Frames,
    pub frame: &'a Frame,
    batch: &'a Batch,
}

impl<'a> Inputs<'a> {
    pub fn numbers(&self, id: NodeId) -> &'a Numbers {
        match &self.buffers[id as usize] {
            Buffer::Numbers(n) => n,
            _ => unreachable!("the compiler gives numbers to numbers"),
        }
    }

    pub fn truths(&self, id: NodeId) -> &'a Truths {
        match &self.buffers[id as usize] {
            Buffer::Truths(t) => t,
            _ => unreachable!("the compiler gives conditions to conditions"),
        }
    }

    fn ids(&self, id: NodeId) -> &'a Ids {
        match &self.buffers[id as usize] {
            Buffer::Ids(t) => t,
            _ => unreachable!("the compiler gives texts to texts"),
        }
    }

    pub fn has(&self, id: NodeId, row: usize) -> bool {
        match &self.buffers[id as usize] {
            Buffer::Numbers(n) => n.has(row),
            Buffer::Truths(t) => t.get(row).is_some(),
            Buffer::Ids(t) => t.has(row),
        }
    }

    /// The column's data and the row each row of the frame reaches.
    fn each_reached(&self, id: ColumnId, access: Access, mut f: impl FnMut(&ColumnData, usize, usize)) {
        let Some(of) = table(self.batch, id.table) else { return };
        let Some(Some(column)) = of.columns.get(id.column as usize) else { return };
        for at in 0..self.frame.len {
            if let Some(row) = reach(self.frame, access, &self.frames.home, of, at)
                && column.present().get(row)
            {
                f(column, at, row);
            }
        }
    }

    /// The first row of the column's table when the frame's rows are a plain slice of it.
    fn slice(&self, id: ColumnId, access: Access) -> Option<usize> {
        match access {
            Access::Own => self.frame.start,
            Access::Unit if self.frame.unit_per_row => {
                let of = table(self.batch, id.table)?;
                let (first, last) = (self.frames.units.start, self.frames.units.end);
                // Exactly one row a unit: the rows follow the units.
                let one_each = of.offsets[last] - of.offsets[first] == (last - first) as u32
                    && (first..last).all(|u| of.offsets[u + 1] - of.offsets[u] == 1);
                one_each.then(|| of.offsets[first] as usize)
            }
            _ => None,
        }
    }
}

fn empty(op: &Op) -> Buffer {
    match op {
        Op::Truth(_)
        | Op::Compare(..)
        | Op::CompareQuotients(..)
        | Op::NumberIn(..)
        | Op::TextTest(..)
        | Op::SameText(..)
        | Op::And(..)
        | Op::Or(..)
        | Op::Not(_)
        | Op::Filled(_)
        | Op::Sheet(_)
        | Op::Exists { .. }
        | Op::Every { .. }
        | Op::Set(_) => Buffer::Truths(Truths::default()),
        Op::Text(..) | Op::TextConstant(_) | Op::TextMap(..) => Buffer::Ids(Ids::default()),
        _ => Buffer::Numbers(Numbers::default()),
    }
}

/// Bits `start..start + len` of a column, from bit 0 on.
fn copy_bits(from: &Bits, start: usize, len: usize, out: &mut [u64]) {
    let (word, shift) = (start / 64, start % 64);
    let words = from.words();
    for (at, slot) in out.iter_mut().enumerate() {
        let low = words.get(word + at).copied().unwrap_or(0);
        *slot = if shift == 0 {
            low
        } else {
            low >> shift | words.get(word + at + 1).copied().unwrap_or(0) << (64 - shift)
        };
    }
    if !len.is_multiple_of(64)
        && let Some(last) = out.last_mut()
    {
        *last &= (1 << (len % 64)) - 1;
    }
}

fn number(out: &mut Numbers, op: &Op, inputs: &Inputs, today: Option<i64>, words: &Words) {
    let len = inputs.frame.len;
    match op {
        Op::Number(id, access) => {
            let column = table(inputs.batch, id.table).and_then(|t| t.columns.get(id.column as usize));
            if let (Some(start), Some(Some(ColumnData::Number { values, present }))) =
                (inputs.slice(*id, *access), column)
            {
                out.begin_pushing().extend_from_slice(&values[start..start + len]);
                out.present.resize(len.div_ceil(64), 0);
                copy_bits(present, start, len, &mut out.present);
            } else {
                out.begin(len);
                inputs.each_reached(*id, *access, |column, at, row| {
                    if let ColumnData::Number { values, .. } = column {
                        out.narrow[at] = values[row];
                        out.mark(at);
                    }
                });
            }
            out.largest = out.narrow.iter().map(|v| v.unsigned_abs()).max().unwrap_or(0).into();
        }
        Op::Constant(value) => constant(out, *value, len),
        Op::Today => match today {
            Some(day) => constant(out, day.into(), len),
            None => out.begin(len),
        },
        Op::Add(a, b) => kernel::add(out, inputs.numbers(*a), inputs.numbers(*b)),
        Op::Subtract(a, b) => kernel::subtract(out, inputs.numbers(*a), inputs.numbers(*b)),
        Op::Multiply(a, b) => kernel::multiply(out, inputs.numbers(*a), inputs.numbers(*b)),
        Op::Scale(a, factor) => {
            let a = inputs.numbers(*a);
            let bound = a.largest.checked_mul(factor.unsigned_abs());
            let narrow = i64::try_from(*factor).unwrap_or(0);
            kernel::unary(out, a, bound, |x| x.wrapping_mul(narrow), |x| x.checked_mul(*factor));
        }
        Op::Negate(a) => {
            let a = inputs.numbers(*a);
            kernel::unary(out, a, Some(a.largest), i64::wrapping_neg, i128::checked_neg);
        }
        Op::Abs(a) => {
            let a = inputs.numbers(*a);
            kernel::unary(out, a, Some(a.largest), i64::wrapping_abs, i128::checked_abs);
        }
        Op::Round { num, den, up, down } => {
            out.begin_wide(len);
            let (num, den) = (inputs.numbers(*num), den.map(|d| inputs.numbers(d)));
            for row in 0..len {
                if !num.has(row) || den.is_some_and(|d| !d.has(row) || d.get(row) == 0) {
                    continue;
                }
                out.put_wide(row, kernel::round(num.get(row), den.map(|d| d.get(row)), *up, *down));
            }
        }
        Op::SumOf(of) => fold::sum_of(out, of, inputs),
        Op::MinOf(of) => fold::several(out, of, inputs, |a, b| Some(a.min(b))),
        Op::MaxOf(of) => fold::several(out, of, inputs, |a, b| Some(a.max(b))),
        Op::CountOf(of) => {
            out.begin(len);
            for row in 0..len {
                out.narrow[row] = of.iter().filter(|id| inputs.has(**id, row)).count() as i64;
                out.mark(row);
            }
            out.largest = of.len() as u128;
        }
        Op::OrZero(a) => {
            let a = inputs.numbers(*a);
            kernel::unary(out, a, Some(a.largest), |x| x, Some);
            // A missing slot of a calculated value holds whatever the calculation left there.
            if !out.is_wide {
                for row in (0..len).filter(|r| !a.has(*r)) {
                    out.narrow[row] = 0;
                }
            }
            full(len, &mut out.present);
        }
        Op::Length(text) => {
            out.begin(len);
            let text = inputs.ids(*text);
            for row in (0..len).filter(|r| text.has(*r)) {
                out.narrow[row] = words.get(text.ids[row]).chars().count() as i64;
                out.mark(row);
            }
            out.largest = out.narrow.iter().map(|v| v.unsigned_abs()).max().unwrap_or(0).into();
        }
        Op::Month(a, of_months) => kernel::unary(
            out,
            inputs.numbers(*a),
            Some(12),
            |x| if *of_months { x.rem_euclid(12) + 1 } else { calendar::civil(x).1 },
            |_| None,
        ),
        Op::Year(a, of_months) => kernel::unary(
            out,
            inputs.numbers(*a),
            Some(NEVER_MORE_YEARS),
            |x| if *of_months { x.div_euclid(12) } else { calendar::civil(x).0 },
            |_| None,
        ),
        Op::Distance(points) => {
            out.begin_wide(len);
            let points = points.map(|p| inputs.numbers(p));
            for row in 0..len {
                if points.iter().all(|p| p.has(row)) {
                    out.put_wide(row, kernel::distance(points.map(|p| p.get(row))));
                }
            }
        }
        Op::Fold { domain, fold, value, filter } => fold::fold_rows(out, *domain, *fold, *value, *filter, inputs),
        _ => unreachable!("not a number"),
    }
}

const NEVER_MORE_YEARS: u128 = 1 << 56;

fn constant(out: &mut Numbers, value: i128, len: usize) {
    if let Ok(narrow) = i64::try_from(value) {
        out.begin(len);
        out.narrow.fill(narrow);
    } else {
        out.begin_wide(len);
        out.wide.fill(value);
    }
    out.largest = value.unsigned_abs();
    full(len, &mut out.present);
}

fn truth(out: &mut Truths, op: &Op, inputs: &Inputs, extra: &mut Extra, words: &Words) {
    let len = inputs.frame.len;
    match op {
        Op::Truth(value) => {
            out.begin(len);
            full(len, if *value { &mut out.yes } else { &mut out.no });
        }
        Op::Compare(order, a, b) => kernel::compare(out, *order, inputs.numbers(*a), inputs.numbers(*b)),
        Op::CompareQuotients(order, of) => {
            kernel::compare_quotients(out, *order, of.map(|id| inputs.numbers(id)), len);
        }
        Op::NumberIn(of, ranges) => kernel::number_in(out, inputs.numbers(*of), ranges),
        Op::TextTest(of, _) => {
            out.begin(len);
            let texts = inputs.ids(*of);
            let Extra::Asked(asked) = extra else { unreachable!("made with the workspace") };
            for row in (0..len).filter(|r| texts.has(*r)) {
                out.put(row, asked.answer(words, texts.ids[row]));
            }
        }
        Op::SameText(a, b) => {
            out.begin(len);
            let (a, b) = (inputs.ids(*a), inputs.ids(*b));
            for row in (0..len).filter(|r| a.has(*r) && b.has(*r)) {
                out.put(row, a.ids[row] == b.ids[row]);
            }
        }
        Op::And(a, b) => joined(out, inputs.truths(*a), inputs.truths(*b), |x, y| x & y, |x, y| x | y, len),
        Op::Or(a, b) => joined(out, inputs.truths(*a), inputs.truths(*b), |x, y| x | y, |x, y| x & y, len),
        Op::Not(a) => {
            let a = inputs.truths(*a);
            out.begin(len);
            out.yes.copy_from_slice(&a.no);
            out.no.copy_from_slice(&a.yes);
        }
        Op::Filled(of) => {
            out.begin(len);
            let mut all = Vec::new();
            full(len, &mut all);
            let present = match &inputs.buffers[*of as usize] {
                Buffer::Numbers(n) => n.present.clone(),
                Buffer::Ids(t) => t.present.clone(),
                Buffer::Truths(t) => t.yes.iter().zip(&t.no).map(|(a, b)| a | b).collect(),
            };
            for (word, all) in all.iter().enumerate() {
                out.yes[word] = present[word];
                out.no[word] = all & !present[word];
            }
        }
        Op::Sheet(of) => {
            out.begin(len);
            let offsets = table(inputs.batch, *of).map(|t| &t.offsets);
            for row in 0..len {
                let unit = inputs.frame.unit[row] as usize;
                out.put(row, offsets.is_some_and(|o| o[unit] < o[unit + 1]));
            }
        }
        Op::Exists { domain, filter } => {
            out.begin(len);
            let rows = inputs.frames.frame(*domain);
            let filter = filter.map(|f| inputs.truths(f));
            for at in 0..len {
                let owner = owner(*domain, inputs, at);
                let mut range = rows.segments[owner] as usize..rows.segments[owner + 1] as usize;
                let found = range.any(|row| filter.is_none_or(|f| f.get(row) == Some(true)));
                out.put(at, found);
            }
        }
        Op::Every { domain, filter, condition } => {
            out.begin(len);
            let rows = inputs.frames.frame(*domain);
            let (filter, condition) = (filter.map(|f| inputs.truths(f)), inputs.truths(*condition));
            for at in 0..len {
                let owner = owner(*domain, inputs, at);
                let range = rows.segments[owner] as usize..rows.segments[owner + 1] as usize;
                let mut all = Some(true);
                for row in range.filter(|r| filter.is_none_or(|f| f.get(*r) == Some(true))) {
                    all = match (all, condition.get(row)) {
                        (Some(false), _) | (_, Some(false)) => Some(false),
                        (None, _) | (_, None) => None,
                        _ => Some(true),
                    };
                }
                if let Some(value) = all {
                    out.put(at, value);
                }
            }
        }
        Op::Set(_) => {
            out.begin(len);
            let Extra::Answers(answers) = extra else { unreachable!("made with the workspace") };
            let start = inputs.frame.start.unwrap_or(0);
            copy_bits(&answers.yes, start, len, &mut out.yes);
            copy_bits(&answers.no, start, len, &mut out.no);
        }
        _ => unreachable!("not a condition"),
    }
}

fn joined(
    out: &mut Truths,
    a: &Truths,
    b: &Truths,
    yes: impl Fn(u64, u64) -> u64,
    no: impl Fn(u64, u64) -> u64,
    len: usize,
) {
    out.begin(len);
    for word in 0..out.yes.len() {
        out.yes[word] = yes(a.yes[word], b.yes[word]);
        out.no[word] = no(a.no[word], b.no[word]);
    }
}

fn text(out: &mut Ids, op: &Op, inputs: &Inputs, extra: &mut Extra, words: &mut Words) {
    let len = inputs.frame.len;
    out.begin(len);
    match op {
        Op::Text(id, access) => inputs.each_reached(*id, *access, |column, at, row| {
            if let ColumnData::Text { ids, .. } = column {
                out.put(at, ids[row]);
            }
        }),
        Op::TextConstant(text) => {
            let id = words.intern(text);
            for row in 0..len {
                out.put(row, id);
            }
        }
        Op::TextMap(of, _) => {
            let texts = inputs.ids(*of);
            let Extra::Mapped(mapped) = extra else { unreachable!("made with the workspace") };
            for row in (0..len).filter(|r| texts.has(*r)) {
                if let Some(id) = mapped.map(words, texts.ids[row]) {
                    out.put(row, id);
                }
            }
        }
        _ => unreachable!("not a text"),
    }
}
