//! Lines of a unit (核算结果) and how each came about.

use std::collections::BTreeMap;

use census::access::Verb;
use census::line::{Line, LineResult, Method, Step};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use store::Scope;

use crate::call::Call;
use crate::fault::Fault;
use crate::route::Routes;

pub fn add(routes: &mut Routes) {
    routes.read("/api/units/{id}/lines", Verb::ReadUnits, "accounted lines and figures of a unit", list).read(
        "/api/units/{id}/lines/{n}",
        Verb::ReadUnits,
        "how one line came about",
        one,
    );
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfUnit {
    id: String,
}

#[derive(Debug, Clone, Deserialize, JsonSchema)]
struct OfLine {
    id: String,
    n: u32,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Lines {
    unit: String,
    name: String,
    code: String,
    /// `null`: never accounted.
    accounted: Option<Made>,
    figures: Vec<FigureShown>,
    lines: Vec<LineShown>,
    /// By pollutant, each method with what it comes to: side by side.
    methods: Vec<ByMethod>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Made {
    /// Version the lines were made from.
    version: String,
    /// Whether that is the unit's version now.
    current: bool,
}

/// Numbers are exact texts.
#[derive(Debug, Clone, Serialize, JsonSchema)]
struct FigureShown {
    pollutant: String,
    measure: String,
    generated: String,
    emitted: String,
    lines: u32,
    /// More than 0: the figure is a part.
    incomplete: u32,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct LineShown {
    n: u32,
    form: String,
    outlet: String,
    /// Row of the accounting form, from 0.
    row: u32,
    segment: String,
    pollutant: String,
    /// `coefficient`, `monitoring`, `material-balance`.
    method: &'static str,
    /// `null` when it could not be computed.
    generated: Option<String>,
    removed: Option<String>,
    emitted: Option<String>,
    measure: String,
    /// What is missing; `null` when computed.
    incomplete: Option<String>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct ByMethod {
    pollutant: String,
    methods: Vec<MethodSum>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct MethodSum {
    method: &'static str,
    measure: String,
    /// `null`: no line was computed, or the sum is too large.
    generated: Option<String>,
    emitted: Option<String>,
    lines: u32,
    incomplete: u32,
}

fn list(call: &Call, read: &mut store::Read<'_>, at: OfUnit) -> Result<Lines, Fault> {
    let met = call.unit(read, &at.id)?;
    let scope = Scope::unit(&at.id);
    let lines = read.lines(&scope)?.remove(&at.id).unwrap_or_default();
    let figures = read.figures(&scope)?.remove(&at.id).unwrap_or_default();
    let now = read.collected(&scope, call.app.census.period, None, 1)?.pop().map(|c| c.version.hash);
    let accounted = read.accounted(&scope)?.remove(&at.id);
    Ok(Lines {
        accounted: accounted.map(|version| Made { current: now.as_ref() == Some(&version), version }),
        methods: by_method(&lines),
        lines: lines.iter().enumerate().map(|(n, line)| shown(n as u32, line)).collect(),
        figures: figures
            .into_iter()
            .map(|f| FigureShown {
                pollutant: f.pollutant,
                measure: f.measure,
                generated: f.generated.to_string(),
                emitted: f.emitted.to_string(),
                lines: f.lines,
                incomplete: f.incomplete,
            })
            .collect(),
        unit: met.unit.id,
        name: met.unit.name,
        code: met.unit.code,
    })
}

fn shown(n: u32, line: &Line) -> LineShown {
    let (generated, removed, emitted, measure, incomplete) = match &line.result {
        LineResult::Computed { generated, removed, emitted, measure } => (
            Some(generated.shortest().to_string()),
            Some(removed.shortest().to_string()),
            Some(emitted.shortest().to_string()),
            measure.clone(),
            None,
        ),
        LineResult::Incomplete { reason } => (None, None, None, String::new(), Some(reason.clone())),
    };
    LineShown {
        n,
        form: line.form.clone(),
        outlet: line.outlet.clone(),
        row: line.row,
        segment: line.segment.clone(),
        pollutant: line.pollutant.clone(),
        method: method(line.method),
        generated,
        removed,
        emitted,
        measure,
        incomplete,
    }
}

fn method(method: Method) -> &'static str {
    match method {
        Method::Coefficient => "coefficient",
        Method::Monitoring => "monitoring",
        Method::MaterialBalance => "material-balance",
    }
}

fn by_method(lines: &[Line]) -> Vec<ByMethod> {
    let mut found: BTreeMap<&str, BTreeMap<Method, Vec<&Line>>> = BTreeMap::new();
    for line in lines {
        found.entry(&line.pollutant).or_default().entry(line.method).or_default().push(line);
    }
    found
        .into_iter()
        .map(|(pollutant, methods)| ByMethod {
            pollutant: pollutant.to_owned(),
            methods: methods.into_iter().map(|(of, lines)| sum(of, &lines)).collect(),
        })
        .collect()
}

fn sum(of: Method, lines: &[&Line]) -> MethodSum {
    let zero = expr::exact::Decimal::ZERO;
    let (mut generated, mut emitted, mut measure, mut computed) = (Some(zero), Some(zero), String::new(), 0);
    for line in lines {
        if let LineResult::Computed { generated: g, emitted: e, measure: m, .. } = &line.result {
            generated = generated.and_then(|sum| sum.checked_add(*g));
            emitted = emitted.and_then(|sum| sum.checked_add(*e));
            measure.clone_from(m);
            computed += 1;
        }
    }
    let text = |sum: Option<expr::exact::Decimal>| sum.filter(|_| computed > 0).map(|s| s.shortest().to_string());
    MethodSum {
        method: method(of),
        measure,
        generated: text(generated),
        emitted: text(emitted),
        lines: computed,
        incomplete: lines.len() as u32 - computed,
    }
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Trace {
    unit: String,
    name: String,
    line: LineShown,
    /// The figure at the top, below each step what it was made from.
    tree: Vec<Node>,
    /// Who typed the sheets it rests on.
    sheets: Vec<Typed>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Node {
    what: String,
    how: String,
    /// Place on a sheet, or page of the handbook; may be empty.
    source: String,
    parts: Vec<Node>,
}

#[derive(Debug, Clone, Serialize, JsonSchema)]
struct Typed {
    form: String,
    revision: String,
    /// Name of the person, or of the program.
    author: String,
    at: String,
}

fn one(call: &Call, read: &mut store::Read<'_>, at: OfLine) -> Result<Trace, Fault> {
    let met = call.unit(read, &at.id)?;
    let scope = Scope::unit(&at.id);
    let lines = read.lines(&scope)?.remove(&at.id).unwrap_or_default();
    let line = lines.get(at.n as usize).ok_or(Fault::NotFound)?;
    let revisions = read.collected(&scope, call.app.census.period, None, 1)?.pop().map(|c| c.version.revisions);
    let mut sheets = Vec::new();
    for (form, id) in revisions.unwrap_or_default() {
        let rests = form == line.form || line.trace.iter().any(|step| step.source.contains(&form));
        if let Some(revision) = if rests { read.revision(&id)? } else { None } {
            let author = read.login_by_id(&revision.author)?.map(|(login, _)| login.person);
            sheets.push(Typed { form, revision: id, author: author.unwrap_or(revision.author), at: revision.at });
        }
    }
    Ok(Trace { unit: met.unit.id, name: met.unit.name, line: shown(at.n, line), tree: tree(&line.trace), sheets })
}

const GENERATED: &str = "产生量";
const REMOVED: &str = "去除量";
const EMITTED: &str = "排放量";

/// The steps in their order, hung below what they lead to: generated ← activity and coefficient, removed ← treatment
/// and k, emitted ← both. What leads to nothing, in a line that stopped halfway, stands by itself.
fn tree(steps: &[Step]) -> Vec<Node> {
    let mut open: Vec<Node> = Vec::new();
    let mut made: Vec<Node> = Vec::new();
    for step in steps {
        let mut node =
            Node { what: step.what.clone(), how: step.how.clone(), source: step.source.clone(), parts: Vec::new() };
        match step.what.as_str() {
            GENERATED | REMOVED => {
                node.parts = std::mem::take(&mut open);
                made.push(node);
            }
            EMITTED => {
                node.parts = std::mem::take(&mut made);
                node.parts.append(&mut open);
                made.push(node);
            }
            _ => open.push(node),
        }
    }
    made.append(&mut open);
    made
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(nodes: &[Node]) -> String {
        nodes
            .iter()
            .map(|n| if n.parts.is_empty() { n.what.clone() } else { format!("{}({})", n.what, drawn(&n.parts)) })
            .collect::<Vec<_>>()
            .join(" ")
    }

    #[track_caller]
    fn check(steps: &str, expect: &str) {
        let step = |what: &str| Step { what: what.to_owned(), how: String::new(), source: String::new() };
        let steps: Vec<Step> = steps.split_whitespace().map(step).collect();
        assert_eq!(drawn(&tree(&steps)), expect);
    }

    #[test]
    fn steps_hang_below_what_they_lead_to() {
        check(
            "活动量 产污系数 产生量 治理 实际运行率 去除量 排放量",
            "排放量(产生量(活动量 产污系数) 去除量(治理 实际运行率))",
        );
        check("活动量 产污系数", "活动量 产污系数");
        check("活动量 产生量 治理", "产生量(活动量) 治理");
    }
}
