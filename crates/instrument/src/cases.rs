//! Rules compiled and run on their own cases: a package that fails one does not load.

use std::collections::BTreeMap;

use expr::batch::{Batch, Bits, ColumnData, TableData, Texts};
use expr::compile::{Context, Parameters, Program, RuleText, compile, compile_values};
use expr::diagnostic::line_column;
use expr::exact::Decimal;
use expr::schema::{ColumnType, Period, Schema, Table, TableId};
use expr::{Outcome, RuleOutcomes};

use crate::model::{Instrument, Rule, RuleCase};
use crate::problem::{PackageError, Problems};

/// How many cases were run.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize)]
pub struct CaseCounts {
    pub passed: u32,
    pub failed: u32,
}

/// Day on which cases run, for rules that ask for today: 2018-11-30.
const TODAY: i64 = 17_865;

/// Compiles every rule with its message on every home it has, and runs its cases.
pub fn check_rules(instrument: &Instrument, problems: &mut Problems) -> CaseCounts {
    let limits = instrument.limits();
    let mut counts = CaseCounts::default();
    for rule in &instrument.rules {
        let homes = instrument.homes(rule);
        if homes.is_empty() && !(rule.native.is_some() && SETS.contains(&rule.scope.as_str())) {
            let known = instrument.schema.tables.iter().filter(|t| t.prior_of.is_none()).map(Table::code);
            let known: Vec<String> = known.chain(["*".to_owned()]).collect();
            let place = (rule.file.as_str(), rule.line, rule.code.as_str());
            problems.unknown(place, "scope", &rule.scope, known.iter().map(String::as_str));
            continue;
        }
        check_message(instrument, &limits, rule, &homes, problems);
        if rule.text.is_empty() {
            continue;
        }
        if homes.is_empty() {
            let message = format!("scope `{}` has no rows a condition could be asked of", rule.scope);
            let error = PackageError::new(&rule.file, rule.line, &rule.code, message);
            problems.add(error.hint("write G102, G102/facility, or * for every form"));
            continue;
        }
        let hub = case_home(instrument, &homes);
        let mut program = None;
        for home in homes {
            let text = RuleText { code: &rule.code, home, text: &rule.text };
            let (compiled, found) = compile(&instrument.schema, &limits, &[text]);
            tell(rule, &found.into_iter().map(|(_, d)| d).collect::<Vec<_>>(), problems);
            if home == hub && compiled.has(0) {
                program = Some(compiled);
            }
        }
        let Some(program) = program else { continue };
        demand_both(rule, problems);
        for case in &rule.cases {
            match run_case(instrument, &program, rule, hub, case) {
                Ok(()) => counts.passed += 1,
                Err(message) => {
                    counts.failed += 1;
                    problems.add(PackageError::new(&rule.file, case.line, &rule.code, message));
                }
            }
        }
    }
    counts
}

/// Scopes that are not rows of a form; only natively implemented rules may have them.
const SETS: [&str; 2] = ["directory", "area"];

/// A rule for every form is tried on the hub form.
fn case_home(instrument: &Instrument, homes: &[TableId]) -> TableId {
    let hub = instrument.schema.table("G101-1", "");
    hub.filter(|h| homes.contains(h)).unwrap_or(homes[0])
}

/// The `{…}` of a message are expressions over the row the rule failed on.
fn check_message(
    instrument: &Instrument,
    limits: &Parameters,
    rule: &Rule,
    homes: &[TableId],
    problems: &mut Problems,
) {
    let place = format!("{} message", rule.code);
    let mut pieces = Vec::new();
    for piece in rule.message.split('{').skip(1) {
        match piece.split_once('}') {
            Some((inner, _)) => pieces.push(inner),
            None => {
                let error = PackageError::new(&rule.file, rule.line, &place, "`{` without `}`");
                problems.add(error.hint("write {[01]} where the value belongs"));
            }
        }
    }
    let texts: Vec<RuleText<'_>> = homes
        .iter()
        .flat_map(|home| pieces.iter().map(|text| RuleText { code: &rule.code, home: *home, text }))
        .collect();
    if texts.is_empty() {
        return;
    }
    for (at, wrong) in compile_values(&instrument.schema, limits, &texts).1 {
        let message = format!("{} in `{{{}}}`", wrong.message, texts[at].text);
        let mut error = PackageError::new(&rule.file, rule.line, &place, message);
        error.hint = wrong.hint;
        error.severity = wrong.severity;
        problems.add(error);
    }
}

fn tell(rule: &Rule, found: &[expr::Diagnostic], problems: &mut Problems) {
    for problem in found {
        let (line, column) = line_column(&rule.text, problem.span.start);
        let place = format!("{} column {column}", rule.code);
        let mut error = PackageError::new(&rule.file, rule.text_line + line - 1, &place, problem.message.clone());
        error.hint.clone_from(&problem.hint);
        error.severity = problem.severity;
        problems.add(error);
    }
}

/// A rule without a line that passes and one that fails is refused.
fn demand_both(rule: &Rule, problems: &mut Problems) {
    for (outcome, word) in [(Outcome::Pass, "ok"), (Outcome::Fail, "fail")] {
        if !rule.cases.iter().any(|c| c.expect == outcome) {
            let message = format!("the rule has no case that must give `{word}`");
            problems.add(PackageError::new(&rule.file, rule.line, &rule.code, message));
        }
    }
}

fn run_case(
    instrument: &Instrument,
    program: &Program,
    rule: &Rule,
    home: TableId,
    case: &RuleCase,
) -> Result<(), String> {
    let batch = batch(&instrument.schema, home, case)?;
    let found = program.run(&batch, &Context { today: Some(TODAY) }).remove(0);
    let got = verdict(&found);
    if got == case.expect {
        return Ok(());
    }
    let reasons: Vec<String> = found.not_computable.iter().map(|(_, r)| format!("{r:?}")).collect();
    Err(format!("the case gives {} where {} is expected {}", shown(got), shown(case.expect), reasons.join(" "))
        .trim_end()
        .to_owned()
        + &format!(" (`{}`)", rule.text.lines().next().unwrap_or_default()))
}

/// One outcome for all rows of a case: the worst.
fn verdict(found: &RuleOutcomes) -> Outcome {
    match &found.counts {
        c if c.fail > 0 => Outcome::Fail,
        c if c.not_computable > 0 => Outcome::NotComputable,
        c if c.pass > 0 => Outcome::Pass,
        _ => Outcome::NotApplicable,
    }
}

fn shown(outcome: Outcome) -> &'static str {
    match outcome {
        Outcome::Pass => "ok",
        Outcome::Fail => "fail",
        Outcome::NotApplicable => "-",
        Outcome::NotComputable => "?",
    }
}

/// Table → unit → rows → column → text.
type Filled = BTreeMap<u32, Vec<Vec<BTreeMap<u32, String>>>>;

/// The units of a case: `//` separates units, `;` separates rows.
fn batch(schema: &Schema, home: TableId, case: &RuleCase) -> Result<Batch, String> {
    let units = case.given.iter().map(|(_, cell)| cell.split("//").count()).max().unwrap_or(1);
    let mut filled = Filled::new();
    filled.insert(home.0, vec![Vec::new(); units]);
    let mut marks = Vec::new();
    let named: Vec<&str> = case.given.iter().map(|(h, _)| h.as_str()).filter(|h| !h.contains('[')).collect();
    for (heading, cell) in &case.given {
        let (table, column) = place(schema, home, heading)?;
        // One cell for all units when it does not say otherwise.
        let parts: Vec<&str> = cell.split("//").map(str::trim).collect();
        let rows_of = filled.entry(table.0).or_insert_with(|| vec![Vec::new(); units]);
        for (unit, part) in parts.iter().enumerate() {
            let Some(column) = column else {
                if matches!(*part, "✓" | "1" | "是") {
                    marks.push((table, unit));
                }
                continue;
            };
            if part.is_empty() {
                // A blank cell of another form's flat item: the sheet is there, the box is empty -
                // unless the case has a column that says whether the sheet is there.
                let of = schema.at(table);
                if of.block.is_empty() && of.prior_of.is_none() && !named.contains(&of.form.as_str()) {
                    marks.push((table, unit));
                }
                continue;
            }
            for (row, text) in part.split(';').map(str::trim).enumerate() {
                let rows = &mut rows_of[unit];
                if rows.len() <= row {
                    rows.resize(row + 1, BTreeMap::new());
                }
                if !text.is_empty() {
                    rows[row].insert(column, text.to_owned());
                }
            }
        }
    }
    for (table, unit) in marks {
        let rows = &mut filled.entry(table.0).or_insert_with(|| vec![Vec::new(); units])[unit];
        if rows.is_empty() {
            rows.push(BTreeMap::new());
        }
    }
    complete(schema, home, &mut filled, units);
    lay_out(schema, &filled, units)
}

/// The home has a row even when all its cells are blank, and a form with a row has its flat part.
fn complete(schema: &Schema, home: TableId, filled: &mut Filled, units: usize) {
    for rows in filled.entry(home.0).or_default() {
        if rows.is_empty() {
            rows.push(BTreeMap::new());
        }
    }
    let with_rows: Vec<(u32, usize)> = filled
        .iter()
        .flat_map(|(t, u)| u.iter().enumerate().filter(|(_, r)| !r.is_empty()).map(|(unit, _)| (*t, unit)))
        .collect();
    for (table, unit) in with_rows {
        let table = schema.at(TableId(table));
        if table.prior_of.is_some() {
            continue;
        }
        if let Some(flat) = schema.table(&table.form, "") {
            let rows = &mut filled.entry(flat.0).or_insert_with(|| vec![Vec::new(); units])[unit];
            if rows.is_empty() {
                rows.push(BTreeMap::new());
            }
        }
    }
}

/// The table and column a heading names; no column: the heading is a form or block.
fn place(schema: &Schema, home: TableId, heading: &str) -> Result<(TableId, Option<u32>), String> {
    let (heading, period) = match heading.strip_prefix("prior(").and_then(|h| h.strip_suffix(')')) {
        Some(inner) => match inner.split_once(',') {
            Some((item, _)) => (item.trim(), Some(Period::LastCensus)),
            None => (inner, Some(Period::LastYear)),
        },
        None => (heading, None),
    };
    let (owner, item) = match heading.split_once('[') {
        Some((owner, item)) => (owner.trim(), Some(item.trim_end_matches(']'))),
        None => (heading, None),
    };
    let own = schema.at(home);
    let (form, block, item) = match (owner, item) {
        ("H" | "F", Some(item)) => (own.form.as_str(), Some(""), Some(format!("{owner}{item}"))),
        ("", Some(item)) => (own.form.as_str(), None, Some(item.to_owned())),
        (owner, item) => {
            let (form, block) = owner.split_once('/').map_or((owner, None), |(f, b)| (f, Some(b)));
            (form, block, item.map(str::to_owned))
        }
    };
    let Some(item) = item else {
        let table = schema.table(form, block.unwrap_or(""));
        return table.map(|t| (t, None)).ok_or_else(|| format!("no form or block `{heading}`"));
    };
    let mut tables: Vec<TableId> = match block {
        Some(block) => schema.table(form, block).into_iter().collect(),
        None => {
            let all = (0..schema.tables.len() as u32).map(TableId);
            all.filter(|t| schema.at(*t).form == form && schema.at(*t).prior_of.is_none()).collect()
        }
    };
    // The home's own block answers first.
    tables.sort_by_key(|t| *t != home);
    let found = tables.iter().find_map(|t| schema.at(*t).column(&item).map(|c| (*t, c)));
    let (table, column) = found.ok_or_else(|| format!("no item `{heading}`"))?;
    let table = match period {
        Some(period) => schema.prior(table, period).ok_or_else(|| format!("`{heading}` has no earlier period"))?,
        None => table,
    };
    Ok((table, Some(column)))
}

fn lay_out(schema: &Schema, filled: &Filled, units: usize) -> Result<Batch, String> {
    let mut batch = Batch { units, tables: Vec::new(), texts: Texts::default() };
    for (at, table) in schema.tables.iter().enumerate() {
        let Some(of_units) = filled.get(&(at as u32)) else {
            batch.tables.push(None);
            continue;
        };
        let mut offsets = vec![0u32];
        let rows: Vec<&BTreeMap<u32, String>> = of_units
            .iter()
            .flat_map(|rows| {
                offsets.push(offsets.last().copied().unwrap_or(0) + rows.len() as u32);
                rows
            })
            .collect();
        let mut columns = Vec::new();
        for (n, column) in table.columns.iter().enumerate() {
            let angle_of = column.code.strip_suffix(".decimals");
            let mut present = Bits::default();
            let (mut values, mut ids) = (Vec::new(), Vec::new());
            for row in &rows {
                // The decimals of an angle are read off the angle as typed.
                let beside = angle_of.and_then(|a| table.column(a)).and_then(|a| row.get(&a));
                let own = row.get(&(n as u32));
                let text = own.or(beside);
                present.push(text.is_some());
                let value = match text {
                    None => 0,
                    Some(text) if own.is_none() => typed_decimals(text),
                    Some(text) => number(&column.ty, text)
                        .ok_or_else(|| format!("`{text}` is not a value of `{}` ({:?})", column.code, column.ty))?,
                };
                values.push(value);
                ids.push(text.map_or(0, |t| match column.ty {
                    // `;` separates rows here, so a chain of codes is written `1+3`.
                    ColumnType::Codes { .. } => batch.texts.intern(&t.replace('+', ";")).0,
                    _ => batch.texts.intern(t).0,
                }));
            }
            columns.push(Some(match column.ty {
                ColumnType::Text | ColumnType::Code { .. } | ColumnType::Codes { .. } => {
                    ColumnData::Text { ids, present }
                }
                _ => ColumnData::Number { values, present },
            }));
        }
        batch.tables.push(Some(TableData { offsets, columns }));
    }
    Ok(batch)
}

fn number(ty: &ColumnType, text: &str) -> Option<i64> {
    match ty {
        ColumnType::Text | ColumnType::Code { .. } | ColumnType::Codes { .. } => Some(0),
        ColumnType::Number { scale } => {
            let value: Decimal = text.parse().ok()?;
            i64::try_from(value.rescale(*scale)?.units).ok()
        }
        ColumnType::Date => {
            let parts: Vec<i64> = text.split('-').filter_map(|p| p.parse().ok()).collect();
            let [y, m, d] = parts.as_slice() else { return None };
            Some(expr::calendar::days(*y, *m, *d))
        }
        ColumnType::YearMonth => {
            let (y, m) = text.split_once('-')?;
            Some(y.parse::<i64>().ok()? * 12 + m.parse::<i64>().ok()? - 1)
        }
        ColumnType::Angle => angle(text),
    }
}

/// `113°23′45.67″`, `113 23 45.67` or decimal degrees, in arc seconds × 10 000.
fn angle(text: &str) -> Option<i64> {
    let parts: Vec<&str> =
        text.split(['°', '′', '\'', '″', '"', '度', '分', '秒', ' ', ':']).filter(|p| !p.is_empty()).collect();
    let scaled = |t: &str, scale: u8| -> Option<i64> {
        let value: Decimal = t.parse().ok()?;
        i64::try_from(value.round(scale)?.units).ok()
    };
    match parts.as_slice() {
        [degrees] => {
            let value: Decimal = degrees.parse().ok()?;
            let seconds = value.checked_mul(Decimal::new(3600, 0))?;
            i64::try_from(seconds.round(4)?.units).ok()
        }
        [d, m, s] => Some((scaled(d, 0)? * 3600 + scaled(m, 0)? * 60) * 10_000 + scaled(s, 4)?),
        _ => None,
    }
}

fn typed_decimals(text: &str) -> i64 {
    let bare = text.trim_end_matches(|c: char| !c.is_ascii_digit());
    bare.rsplit_once('.').map_or(0, |(_, d)| d.len() as i64)
}
