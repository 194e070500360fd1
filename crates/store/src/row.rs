//! Cells and rows, as both databases give and take them.

use crate::{Error, Result};

/// A cell of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    Null,
    Int(i64),
    Text(String),
}

/// A row of a query.
#[derive(Debug)]
pub(crate) struct Row(Vec<Value>);

/// Values of a statement's places, in order.
macro_rules! bind {
    ($($value:expr),* $(,)?) => { [$($crate::db::Value::from($value)),*] };
}

/// A row to be written.
macro_rules! values {
    ($($value:expr),* $(,)?) => { vec![$($crate::db::Value::from($value)),*] };
}
pub(crate) use {bind, values};

impl Row {
    pub(crate) fn of(cells: Vec<Value>) -> Row {
        Row(cells)
    }

    pub(crate) fn int(&self, at: usize) -> Result<i64> {
        match self.0.get(at) {
            Some(Value::Int(number)) => Ok(*number),
            other => Err(Error::unreadable(format!("column {}", at + 1), format!("{other:?} is not a number"))),
        }
    }

    pub(crate) fn text(&self, at: usize) -> Result<String> {
        self.str(at).map(str::to_owned)
    }

    pub(crate) fn str(&self, at: usize) -> Result<&str> {
        match self.0.get(at) {
            Some(Value::Text(text)) => Ok(text),
            other => Err(Error::unreadable(format!("column {}", at + 1), format!("{other:?} is not a text"))),
        }
    }

    pub(crate) fn maybe(&self, at: usize) -> Result<Option<String>> {
        if self.0.get(at) == Some(&Value::Null) { Ok(None) } else { self.text(at).map(Some) }
    }

    pub(crate) fn maybe_int(&self, at: usize) -> Result<Option<i64>> {
        if self.0.get(at) == Some(&Value::Null) { Ok(None) } else { self.int(at).map(Some) }
    }

    /// A stored document, read back.
    pub(crate) fn document<T: serde::de::DeserializeOwned>(&self, at: usize, what: &str) -> Result<T> {
        serde_json::from_str(self.str(at)?).map_err(|error| Error::unreadable(what, error))
    }

    pub(crate) fn values(&self) -> &[Value] {
        &self.0
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.0
    }
}

macro_rules! whole {
    ($($ty:ty),*) => { $(impl From<$ty> for Value {
        fn from(number: $ty) -> Value {
            Value::Int(number as i64)
        }
    })* };
}
whole!(i64, u64, u32, i32, u16, usize, bool);

impl From<String> for Value {
    fn from(text: String) -> Value {
        Value::Text(text)
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Value {
        Value::Text(text.to_owned())
    }
}

impl From<&String> for Value {
    fn from(text: &String) -> Value {
        Value::Text(text.clone())
    }
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(value: Option<T>) -> Value {
        value.map_or(Value::Null, Into::into)
    }
}
