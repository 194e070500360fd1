//! Columns in: the values of many units, laid out by column and clustered by unit.
//!
//! One record is a batch of one. Rows of a table belonging to unit `u` are
//! `offsets[u]..offsets[u + 1]`; there is never a join.

/// One bit per row.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    len: usize,
}

impl Bits {
    /// `len` bits, all alike.
    pub fn filled(len: usize, value: bool) -> Bits {
        let mut bits = Bits { words: vec![if value { u64::MAX } else { 0 }; len.div_ceil(64)], len };
        bits.clear_tail();
        bits
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn get(&self, row: usize) -> bool {
        self.words[row / 64] >> (row % 64) & 1 == 1
    }

    pub fn set(&mut self, row: usize, value: bool) {
        let mask = 1 << (row % 64);
        if value { self.words[row / 64] |= mask } else { self.words[row / 64] &= !mask }
    }

    pub fn push(&mut self, value: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        self.set(self.len - 1, value);
    }

    /// The bits as 64-bit words, unused high bits zero.
    pub fn words(&self) -> &[u64] {
        &self.words
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|w| w.count_ones() as usize).sum()
    }

    fn clear_tail(&mut self) {
        if !self.len.is_multiple_of(64)
            && let Some(last) = self.words.last_mut()
        {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }
}

/// Index of a text in a batch's [`Texts`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextId(pub u32);

/// The distinct texts and codes of a batch, in order of first appearance.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Texts {
    texts: Vec<String>,
    index: std::collections::HashMap<String, u32>,
}

impl Texts {
    pub fn intern(&mut self, text: &str) -> TextId {
        if let Some(&id) = self.index.get(text) {
            return TextId(id);
        }
        let id = self.texts.len() as u32;
        self.texts.push(text.to_owned());
        self.index.insert(text.to_owned(), id);
        TextId(id)
    }

    pub fn get(&self, id: TextId) -> &str {
        &self.texts[id.0 as usize]
    }

    pub fn find(&self, text: &str) -> Option<TextId> {
        self.index.get(text).copied().map(TextId)
    }

    pub fn len(&self) -> usize {
        self.texts.len()
    }

    pub fn is_empty(&self) -> bool {
        self.texts.is_empty()
    }

    pub fn iter(&self) -> impl Iterator<Item = &str> {
        self.texts.iter().map(String::as_str)
    }
}

/// The values of one column. A row without its `present` bit is missing; its value slot is 0.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ColumnData {
    /// Numbers (scaled), dates, year-months and angles.
    Number { values: Vec<i64>, present: Bits },
    /// Texts, codes and code chains, as [`TextId`]s.
    Text { ids: Vec<u32>, present: Bits },
}

impl ColumnData {
    pub fn len(&self) -> usize {
        self.present().len()
    }

    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    pub fn present(&self) -> &Bits {
        match self {
            ColumnData::Number { present, .. } | ColumnData::Text { present, .. } => present,
        }
    }
}

/// The rows of one table, clustered by unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TableData {
    /// `units + 1` ascending numbers; unit `u` owns rows `offsets[u]..offsets[u + 1]`.
    pub offsets: Vec<u32>,
    /// One per column of the table, in the schema's order. `None`: the column was not loaded (no rule needs it).
    pub columns: Vec<Option<ColumnData>>,
}

/// The values of many units.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    /// Number of units.
    pub units: usize,
    /// One per table of the schema, in its order. `None`: no unit has a row there.
    pub tables: Vec<Option<TableData>>,
    pub texts: Texts,
}
