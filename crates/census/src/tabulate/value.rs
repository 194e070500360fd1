//! What a column of a table counts or adds up.
//!
//! `count(units)`, `count(G102/facility)`, `count(G103-1)`, `sum(G102[01])`, `sum(G102/outlet[22])`,
//! `sum(emitted)` of the row's pollutant, `sum(emitted[化学需氧量])` of a named one; `generated`,
//! `removed` and `emitted` are the three. Each may end in ` where respondent = industrial`.

use expr::exact::{Decimal, Ratio};
use expr::measure::Measure;
use instrument::model::{Instrument, ItemType, TableColumn};

use super::cell::Cell;
use super::entry::{Entry, Refused};
use crate::sheet::{Parsed, Row, parse_as};

/// A compiled column.
#[derive(Debug, Clone)]
pub(super) struct Value {
    what: What,
    only: Option<(Field, String)>,
    /// As printed; empty: the unit of what is added, said in the row.
    unit: String,
}

#[derive(Debug, Clone)]
enum What {
    Units,
    Rows { form: String, block: String },
    Item { form: String, block: String, item: String, ty: ItemType, measure: Measure, common: bool },
    Figure { part: Part, pollutant: Option<String> },
}

#[derive(Debug, Clone, Copy)]
enum Part {
    Generated,
    Removed,
    Emitted,
}

#[derive(Debug, Clone, Copy)]
enum Field {
    Respondent,
    Status,
}

impl Value {
    /// Compiles a column; says what is wrong with it otherwise.
    pub fn compile(column: &TableColumn, instrument: &Instrument) -> Result<Value, String> {
        let text = column.value.trim();
        let (call, only) = text.split_once(" where ").map_or((text, None), |(call, only)| (call, Some(only)));
        let only = only.map(condition).transpose()?;
        let (function, inner) = call
            .trim()
            .strip_suffix(')')
            .and_then(|call| call.split_once('('))
            .ok_or_else(|| format!("`{call}` is not count(…) or sum(…)"))?;
        let (name, item) = match inner.strip_suffix(']').and_then(|inner| inner.split_once('[')) {
            Some((name, item)) => (name.trim(), Some(item.trim())),
            None => (inner.trim(), None),
        };
        let what = match (function.trim(), name, item) {
            ("count", "units", None) => What::Units,
            ("count", table, None) => {
                let (form, block) = table_of(table, instrument)?;
                What::Rows { form, block }
            }
            ("sum", part @ ("generated" | "removed" | "emitted"), pollutant) => What::Figure {
                part: match part {
                    "generated" => Part::Generated,
                    "removed" => Part::Removed,
                    _ => Part::Emitted,
                },
                pollutant: pollutant.map(str::to_owned),
            },
            ("sum", table, Some(code)) => {
                let (form, block) = table_of(table, instrument)?;
                let at = instrument.form(&form).and_then(|f| f.blocks.iter().position(|b| b.name == block));
                let own =
                    instrument.form(&form).and_then(|f| f.items.iter().find(|i| i.code == code && Some(i.block) == at));
                let shared = instrument.common.iter().find(|i| i.code == code && block.is_empty());
                let item = own.or(shared).ok_or_else(|| format!("{table} has no item [{code}]"))?;
                if !matches!(item.ty, ItemType::Number { .. }) {
                    return Err(format!("{table}[{code}] is not a number"));
                }
                What::Item {
                    form,
                    block,
                    item: code.to_owned(),
                    ty: item.ty.clone(),
                    measure: item.measure.clone(),
                    common: own.is_none(),
                }
            }
            _ => {
                return Err(format!(
                    "`{call}` is not understood; write count(units), count(G102/facility), sum(G102[01]) or sum(emitted)"
                ));
            }
        };
        Ok(Value { what, only, unit: column.unit.trim().to_owned() })
    }

    /// The named pollutant of a figure column, or `None` when it is the row's.
    pub fn wants_pollutant_row(&self) -> bool {
        matches!(&self.what, What::Figure { pollutant: None, .. })
    }

    /// Counts units or rows instead of adding figures.
    pub fn counts(&self) -> bool {
        matches!(&self.what, What::Units | What::Rows { .. })
    }

    /// The cell of a row: exact, never rounded here.
    pub fn cell(&self, entries: &[&Entry<'_>], row_pollutant: Option<&str>) -> Result<Cell, Refused> {
        let chosen = entries.iter().filter(|entry| self.holds(entry));
        match &self.what {
            What::Units => Ok(number(chosen.count() as i128)),
            What::Rows { form, block } => {
                let rows: Vec<usize> =
                    chosen.filter_map(|e| e.sheets.sheets.get(form)).map(|values| values.rows(block).len()).collect();
                if rows.is_empty() { Ok(Cell::Absent) } else { Ok(number(rows.iter().sum::<usize>() as i128)) }
            }
            What::Item { form, block, item, ty, measure, common } => {
                let mut sum = Sum::default();
                let factor = self.factor(measure)?;
                for values in chosen.filter_map(|e| e.sheets.sheets.get(form)) {
                    let rows = if *common { std::slice::from_ref(&values.common) } else { values.rows(block) };
                    for value in rows.iter().filter_map(|row| read(row, item, ty, &measure.text)) {
                        sum.add(value, &factor)?;
                    }
                }
                Ok(sum.cell())
            }
            What::Figure { part, pollutant } => {
                let Some(wanted) = pollutant.as_deref().or(row_pollutant) else { return Ok(Cell::Absent) };
                self.figures(chosen, *part, wanted)
            }
        }
    }

    fn figures<'e>(
        &self,
        chosen: impl Iterator<Item = &'e &'e Entry<'e>>,
        part: Part,
        pollutant: &str,
    ) -> Result<Cell, Refused> {
        let mut sum = Sum::default();
        let mut measure: Option<&str> = None;
        for entry in chosen {
            for figure in entry.figures.iter().filter(|f| f.pollutant == pollutant) {
                let first = *measure.get_or_insert(&figure.measure);
                let from = Measure::parse(&figure.measure).unwrap_or_else(|| Measure::unknown(&figure.measure));
                let to = if self.unit.is_empty() { first } else { &self.unit };
                let factor = factor(&from, to).ok_or_else(|| Refused::MixedMeasures {
                    unit: entry.unit.id.clone(),
                    pollutant: pollutant.to_owned(),
                    given: figure.measure.clone(),
                    other: to.to_owned(),
                })?;
                let value = match part {
                    Part::Generated => figure.generated,
                    Part::Emitted => figure.emitted,
                    Part::Removed => figure.generated.checked_sub(figure.emitted).ok_or(Refused::Overflow)?,
                };
                sum.add(value, &factor)?;
                sum.incomplete += figure.incomplete;
            }
        }
        Ok(sum.cell())
    }

    fn holds(&self, entry: &Entry<'_>) -> bool {
        match &self.only {
            None => true,
            Some((Field::Respondent, value)) => entry.unit.respondent == *value,
            Some((Field::Status, value)) => entry.unit.status == *value,
        }
    }

    fn factor(&self, measure: &Measure) -> Result<Ratio, Refused> {
        if self.unit.is_empty() {
            return Ok(Ratio::one());
        }
        factor(measure, &self.unit).ok_or_else(|| Refused::Definition {
            table: String::new(),
            why: format!("{} cannot be printed in {}", measure.text, self.unit),
        })
    }
}

/// The sum of one number item over a unit's rows: `("G101-2", "product", "07")`; blanks are skipped.
pub(super) fn item_sum(
    instrument: &Instrument,
    entry: &Entry<'_>,
    (form, block, code): (&str, &str, &str),
) -> Option<Decimal> {
    let item = instrument.form(form)?.items.iter().find(|i| i.code == code)?;
    let rows = entry.sheets.sheets.get(form)?.rows(block);
    let values = rows.iter().filter_map(|row| read(row, code, &item.ty, &item.measure.text));
    values.fold(None, |sum: Option<Decimal>, x| sum.unwrap_or(Decimal::ZERO).checked_add(x))
}

/// A sum that knows whether anything was added.
#[derive(Default)]
struct Sum {
    total: Option<Decimal>,
    incomplete: u32,
}

impl Sum {
    fn add(&mut self, value: Decimal, factor: &Ratio) -> Result<(), Refused> {
        let value = if *factor == Ratio::one() {
            value
        } else {
            (&value.to_ratio() * factor).exact_decimal().ok_or(Refused::Overflow)?
        };
        let total = self.total.unwrap_or(Decimal::ZERO);
        self.total = Some(total.checked_add(value).ok_or(Refused::Overflow)?);
        Ok(())
    }

    fn cell(self) -> Cell {
        match self.total {
            None => Cell::Absent,
            Some(value) if self.incomplete > 0 => Cell::Part { value, incomplete: self.incomplete },
            Some(value) if value.is_zero() => Cell::Zero,
            Some(value) => Cell::Value { value },
        }
    }
}

fn number(count: i128) -> Cell {
    if count == 0 { Cell::Zero } else { Cell::Value { value: Decimal::new(count, 0) } }
}

fn read(row: &Row, item: &str, ty: &ItemType, unit: &str) -> Option<Decimal> {
    let ItemType::Number { scale } = ty else { return None };
    match parse_as(ty, unit, row.get(item)?) {
        Parsed::Number(value) => Some(Decimal::new(value.into(), *scale)),
        _ => None,
    }
}

/// What a value is multiplied with to be in the printed unit. Counts of things are printed in
/// whatever the column calls them.
fn factor(from: &Measure, to: &str) -> Option<Ratio> {
    if from.text == to || !from.known {
        return (from.text == to || !from.known).then(Ratio::one);
    }
    from.conversion(&Measure::parse(to)?)
}

fn table_of(text: &str, instrument: &Instrument) -> Result<(String, String), String> {
    let (form, block) = text.split_once('/').unwrap_or((text, ""));
    let found = instrument.form(form).ok_or_else(|| {
        let near = expr::diagnostic::nearest(form, instrument.forms.iter().map(|f| f.code.as_str()));
        format!("no form {form}{}", near.map(|n| format!("; {n} exists")).unwrap_or_default())
    })?;
    let known = found.blocks.iter().find(|b| b.name == block || (b.title == block && !block.is_empty()));
    let known = known.ok_or_else(|| format!("form {form} has no block {block}"))?;
    Ok((form.to_owned(), known.name.clone()))
}

fn condition(text: &str) -> Result<(Field, String), String> {
    let (field, value) = text.split_once('=').ok_or_else(|| format!("`{text}` is not field = value"))?;
    let field = match field.trim() {
        "respondent" => Field::Respondent,
        "status" => Field::Status,
        other => return Err(format!("`{other}` cannot be asked; respondent and status can")),
    };
    Ok((field, value.trim().trim_matches('"').to_owned()))
}
