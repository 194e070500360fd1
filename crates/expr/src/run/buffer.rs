//! The values of one node over one block.

/// Numbers, 64 bits wide unless they do not fit.
#[derive(Debug, Clone, Default)]
pub struct Numbers {
    pub narrow: Vec<i64>,
    pub wide: Vec<i128>,
    pub is_wide: bool,
    /// No value is larger than this, whatever its sign.
    pub largest: u128,
    /// Rows that have a value; bits beyond the block are zero.
    pub present: Vec<u64>,
    /// Rows lost to an overflow.
    pub overflow: Vec<u64>,
}

impl Numbers {
    pub fn get(&self, row: usize) -> i128 {
        if self.is_wide { self.wide[row] } else { i128::from(self.narrow[row]) }
    }

    pub fn has(&self, row: usize) -> bool {
        self.present[row / 64] >> (row % 64) & 1 == 1
    }

    /// Ready for narrow values to be pushed; presence is left as it was.
    pub fn begin_pushing(&mut self) -> &mut Vec<i64> {
        self.is_wide = false;
        self.overflow.clear();
        self.narrow.clear();
        &mut self.narrow
    }

    /// Ready for `len` narrow values, none present.
    pub fn begin(&mut self, len: usize) {
        self.is_wide = false;
        self.narrow.clear();
        self.narrow.resize(len, 0);
        self.clear(len);
    }

    /// Ready for `len` wide values, none present.
    pub fn begin_wide(&mut self, len: usize) {
        self.is_wide = true;
        self.wide.clear();
        self.wide.resize(len, 0);
        self.clear(len);
    }

    fn clear(&mut self, len: usize) {
        self.largest = 0;
        self.present.clear();
        self.present.resize(len.div_ceil(64), 0);
        self.overflow.clear();
    }

    /// Rows that `of` lost to an overflow are lost here too, whatever was computed for them.
    pub fn inherit(&mut self, of: &[u64]) {
        lose(&mut self.overflow, of, [&mut self.present]);
    }

    /// Marks a row as lost to an overflow.
    pub fn lose(&mut self, row: usize) {
        if self.overflow.is_empty() {
            self.overflow.resize(self.present.len(), 0);
        }
        self.overflow[row / 64] |= 1 << (row % 64);
    }

    pub fn mark(&mut self, row: usize) {
        self.present[row / 64] |= 1 << (row % 64);
    }

    /// Stores a checked value of a wide buffer; `None` is an overflow.
    pub fn put_wide(&mut self, row: usize, value: Option<i128>) {
        match value {
            Some(value) => {
                self.wide[row] = value;
                self.largest = self.largest.max(value.unsigned_abs());
                self.mark(row);
            }
            None => self.lose(row),
        }
    }
}

/// Truth values: a row is in `yes`, in `no`, or in neither when it cannot be computed.
#[derive(Debug, Clone, Default)]
pub struct Truths {
    pub yes: Vec<u64>,
    pub no: Vec<u64>,
    /// Rows lost to an overflow; empty when there are none.
    pub overflow: Vec<u64>,
}

impl Truths {
    pub fn begin(&mut self, len: usize) {
        for side in [&mut self.yes, &mut self.no] {
            side.clear();
            side.resize(len.div_ceil(64), 0);
        }
        self.overflow.clear();
    }

    /// Rows that `of` lost to an overflow are lost here too, whatever was computed for them.
    pub fn inherit(&mut self, of: &[u64]) {
        lose(&mut self.overflow, of, [&mut self.yes, &mut self.no]);
    }

    pub fn put(&mut self, row: usize, value: bool) {
        let side = if value { &mut self.yes } else { &mut self.no };
        side[row / 64] |= 1 << (row % 64);
    }

    pub fn get(&self, row: usize) -> Option<bool> {
        let at = |side: &[u64]| side[row / 64] >> (row % 64) & 1 == 1;
        if at(&self.yes) { Some(true) } else { at(&self.no).then_some(false) }
    }
}

/// Texts by id.
#[derive(Debug, Clone, Default)]
pub struct Ids {
    pub ids: Vec<u32>,
    pub present: Vec<u64>,
}

impl Ids {
    pub fn begin(&mut self, len: usize) {
        self.ids.clear();
        self.ids.resize(len, 0);
        self.present.clear();
        self.present.resize(len.div_ceil(64), 0);
    }

    pub fn has(&self, row: usize) -> bool {
        self.present[row / 64] >> (row % 64) & 1 == 1
    }

    pub fn put(&mut self, row: usize, id: u32) {
        self.ids[row] = id;
        self.present[row / 64] |= 1 << (row % 64);
    }
}

/// What a node holds.
#[derive(Debug, Clone)]
pub enum Buffer {
    Numbers(Numbers),
    Truths(Truths),
    Ids(Ids),
}

fn lose<const N: usize>(overflow: &mut Vec<u64>, of: &[u64], known: [&mut Vec<u64>; N]) {
    if of.is_empty() {
        return;
    }
    overflow.resize(of.len(), 0);
    overflow.iter_mut().zip(of).for_each(|(o, of)| *o |= of);
    for words in known {
        words.iter_mut().zip(of).for_each(|(word, of)| *word &= !of);
    }
}

/// Whether a bit of words that may be empty is set.
pub fn bit(words: &[u64], row: usize) -> bool {
    words.get(row / 64).is_some_and(|word| word >> (row % 64) & 1 == 1)
}

/// All ones for `len` rows.
pub fn full(len: usize, words: &mut Vec<u64>) {
    words.clear();
    words.resize(len.div_ceil(64), u64::MAX);
    if !len.is_multiple_of(64)
        && let Some(last) = words.last_mut()
    {
        *last = (1 << (len % 64)) - 1;
    }
}
