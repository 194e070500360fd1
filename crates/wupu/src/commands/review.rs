//! The review chain on the command line: where units stand, moving them on, sending them back.
//!
//! On the web each person acts for himself; here one office records what persons have done. The chain
//! and its refusals are the same.

use std::collections::BTreeMap;

use anyhow::Result;
use census::area::AreaCode;
use census::finding::Finding;
use census::review::{Actor, Answer, Case, Event, Met, Moved, Refusal, StateKind, UnitReview, step};
use census::sheet::Version;
use store::{Scope, What};

use super::print_json;
use crate::arguments::{Arguments, Pass, Review};
use crate::ending::{BadInput, Ending};
use crate::office::Office;
use crate::{say, told};

pub fn run(arguments: &Arguments, review: &Review) -> Result<Ending> {
    let mut office = Office::open(arguments)?;
    match review {
        Review::Status => status(arguments, &mut office),
        Review::Pass(pass) => pass_units(arguments, &mut office, pass),
        Review::Return { unit, reason } => one(&mut office, unit, "county", &Event::Return { why: reason.clone() }),
        Review::Reopen { unit, reason } => one(&mut office, unit, "county", &Event::Reopen { why: reason.clone() }),
        Review::Query { unit, rule, question, deadline } => {
            query(&mut office, unit, rule.as_deref(), question, deadline.as_deref())
        }
        Review::Answer { unit, rule, explanation } => answer(&mut office, unit, rule, explanation),
    }
}

fn status(arguments: &Arguments, office: &mut Office) -> Result<Ending> {
    let scope = Scope::area(office.area()?);
    let states = office.store.read().states(&scope)?;
    let units = office.store.read().units(&scope)?.len() as u64;
    let begun: u64 = states.values().sum();
    if arguments.json {
        let named: BTreeMap<&str, u64> = states.iter().map(|(s, n)| (s.name(), *n)).collect();
        print_json(&serde_json::json!({ "units": units, "not_begun": units - begun, "states": named }));
        return Ok(Ending::Done);
    }
    println!("{:>7}  {}", units - begun, say::pick("未开始", "not begun"));
    for (state, count) in &states {
        println!("{count:>7}  {}", if say::chinese() { state.title() } else { state.name() });
    }
    for table in office.store.read().tables()?.into_iter().filter(|t| t.stale.is_some()) {
        say!("已失效：{} {}", "stale: {} {}", table.result.code, table.result.title);
    }
    Ok(Ending::Done)
}

/// A unit on its way through the chain.
struct Walker<'o> {
    chain: &'o instrument::model::ReviewChain,
    areas: &'o census::area::AreaTree,
    office_area: AreaCode,
    now: &'o str,
}

/// A step that was taken: the counter seen, what it did, who did it, and what it was.
type Taken = (i64, Moved, Actor, Event);

/// How far a unit has come in this run.
struct Walk {
    review: UnitReview,
    counter: i64,
    taken: Vec<Taken>,
}

struct UnitFile {
    id: String,
    area: AreaCode,
    version: Version,
    findings: Vec<Finding>,
}

impl Walker<'_> {
    fn case<'c>(&'c self, unit: &'c UnitFile) -> Case<'c> {
        Case {
            chain: self.chain,
            areas: self.areas,
            unit: &unit.id,
            unit_area: unit.area,
            version: &unit.version,
            findings: &unit.findings,
            now: self.now,
        }
    }

    /// Moves a unit on, step by step, until it has passed `to`; the steps taken stand even when a later one is refused.
    fn walk(&self, unit: &UnitFile, walk: &mut Walk, to: &str, explain: Option<&str>) -> Result<(), Refusal> {
        loop {
            let stamped: Vec<String> = walk
                .review
                .state
                .signed()
                .map(|s| s.stamps.iter().map(|t| t.step.clone()).collect())
                .unwrap_or_default();
            let kind = walk.review.state.kind();
            let there = match to {
                "self-check" => kind != StateKind::Draft,
                "sign" => !matches!(kind, StateKind::Draft | StateKind::SelfChecked),
                step => stamped.iter().any(|s| s == step),
            };
            if there {
                return Ok(());
            }
            if kind == StateKind::Draft {
                // The figures were typed: that is the first event of a unit's file.
                if walk.counter == 0 {
                    self.take(unit, walk, Event::Fill, "respondent")?;
                }
                if let Some(text) = explain {
                    let open: Vec<_> = walk.review.unexplained(&unit.findings).iter().map(|f| f.key()).collect();
                    for finding in open {
                        self.take(unit, walk, Event::Explain { finding, text: text.to_owned() }, "respondent")?;
                    }
                }
            }
            let Some((event, role)) = self.next(kind, &stamped) else { return Ok(()) };
            if role == "enumerator" && walk.review.visits.is_empty() {
                let office = self.office_area;
                let persons = vec![format!("enumerator-{office}"), format!("enumerator-2-{office}")];
                self.take(unit, walk, Event::Visit { persons, met: Met::Met }, "enumerator")?;
            }
            self.take(unit, walk, event, role)?;
        }
    }

    fn take(&self, unit: &UnitFile, walk: &mut Walk, event: Event, role: &str) -> Result<(), Refusal> {
        let actor = actor(self.office_area, &unit.id, unit.area, role);
        let moved = step(&walk.review, &event, &actor, &self.case(unit))?;
        walk.review = moved.review.clone();
        walk.taken.push((walk.counter, moved, actor, event));
        walk.counter += 1;
        Ok(())
    }

    /// What must happen next to a unit in this state, and who does it.
    fn next(&self, state: StateKind, stamped: &[String]) -> Option<(Event, &'static str)> {
        match state {
            StateKind::Draft => Some((Event::SelfCheck, "respondent")),
            StateKind::SelfChecked => Some((Event::Sign { sole_person: false }, "manager")),
            _ => {
                let waiting =
                    self.chain.steps.iter().filter(|s| !matches!(s.code.as_str(), "self-check" | "sign" | "freeze"));
                let step = waiting.into_iter().find(|s| !stamped.contains(&s.code))?;
                let role = match step.role.as_str() {
                    "enumerator" => "enumerator",
                    "instructor" => "instructor",
                    "county" => "county",
                    "city" => "city",
                    "province" => "province",
                    _ => return None,
                };
                Some((Event::Pass { step: step.code.clone() }, role))
            }
        }
    }
}

/// The person who does a role: of the unit, or of an office.
fn actor(office: AreaCode, unit: &str, unit_area: AreaCode, role: &str) -> Actor {
    let own = matches!(role, "respondent" | "manager");
    Actor {
        person: if own { format!("{role}-{unit}") } else { format!("{role}-{office}") },
        role: role.to_owned(),
        area: if own { unit_area } else { office },
        unit: own.then(|| unit.to_owned()),
    }
}

fn pass_units(arguments: &Arguments, office: &mut Office, pass: &Pass) -> Result<Ending> {
    if !office.instrument.review.steps.iter().any(|s| s.code == pass.to) {
        let known: Vec<&str> = office.instrument.review.steps.iter().map(|s| s.code.as_str()).collect();
        return Err(BadInput(told!("没有环节 {}；有：{}", "no step {}; known: {}", pass.to, known.join(" "))).into());
    }
    let scope = Scope::area(office.area()?);
    let files = files(office, &scope, &pass.units)?;
    let mut kept = office.store.read().reviews(&scope)?;
    let walker = Walker {
        chain: &office.instrument.review,
        areas: &office.areas,
        office_area: office.area()?,
        now: &office.now,
    };
    let mut refused: BTreeMap<String, (u64, String)> = BTreeMap::new();
    let mut done: Vec<(String, Vec<Taken>)> = Vec::new();
    let mut reached = 0u64;
    for unit in &files {
        let mut walk = match kept.remove(&unit.id) {
            Some(k) => Walk { review: k.review, counter: k.counter, taken: Vec::new() },
            None => Walk { review: UnitReview::begin(), counter: 0, taken: Vec::new() },
        };
        match walker.walk(unit, &mut walk, &pass.to, pass.explain.as_deref()) {
            Ok(()) => reached += 1,
            Err(refusal) => refused.entry(reason(&refusal)).or_insert((0, unit.id.clone())).0 += 1,
        }
        if !walk.taken.is_empty() {
            done.push((unit.id.clone(), walk.taken));
        }
    }
    let event = office.event(What::Review);
    office.store.write::<_, anyhow::Error>(&event, |w| {
        for (unit, steps) in &done {
            for (seen, moved, actor, event) in steps {
                w.step(unit, *seen, moved, actor, event)?;
            }
        }
        Ok(())
    })?;
    if arguments.json {
        let reasons: BTreeMap<&str, u64> = refused.iter().map(|(r, (n, _))| (r.as_str(), *n)).collect();
        print_json(&serde_json::json!({ "units": files.len(), "reached": reached, "refused": reasons }));
    } else {
        let rest = files.len() as u64 - reached;
        say!(
            "{} 个单位：{} 个到达环节 {}，{} 个未到达",
            "{} units: {} reached {}, {} did not",
            files.len(),
            reached,
            pass.to,
            rest
        );
        for (reason, (count, example)) in &refused {
            say!("  {:>6}  {}（如 {}）", "  {:>6}  {} (such as {})", count, reason, example);
        }
    }
    Ok(Ending::Done)
}

/// A refusal without the names of single rules, so that like refusals are counted together.
fn reason(refusal: &Refusal) -> String {
    match refusal {
        Refusal::OpenErrors { .. } => say::pick("有未改正的强制性问题", "open findings of grade 强制性").to_owned(),
        Refusal::Unexplained { .. } => say::pick(
            "有未说明的核实性问题（--explain 可代记说明）",
            "findings of grade 核实性 without explanation (--explain records one)",
        )
        .to_owned(),
        other => other.to_string(),
    }
}

/// Newest versions and findings of the units asked for, or of all.
fn files(office: &mut Office, scope: &Scope, wanted: &[String]) -> Result<Vec<UnitFile>> {
    let mut chosen: Vec<String> = Vec::new();
    for text in wanted {
        chosen.push(named(office, text)?);
    }
    let mut findings = office.store.read().findings(scope)?;
    let checked = office.store.read().checked(scope)?;
    let period = office.census.period;
    let mut found = Vec::new();
    let mut unchecked = 0u64;
    office.store.read().each_chunk::<anyhow::Error>(scope, period, 2000, |chunk| {
        for collected in chunk {
            if !chosen.is_empty() && !chosen.contains(&collected.unit.id) {
                continue;
            }
            unchecked += u64::from(checked.get(&collected.unit.id) != Some(&collected.version.hash));
            found.push(UnitFile {
                area: collected
                    .unit
                    .area
                    .parse()
                    .map_err(|_| anyhow::anyhow!("{}: area {}", collected.unit.name, collected.unit.area))?,
                findings: findings.remove(&collected.unit.id).unwrap_or_default(),
                version: collected.version,
                id: collected.unit.id,
            });
        }
        Ok(())
    })?;
    if unchecked > 0 {
        return Err(work::review::not_checked(unchecked).into());
    }
    Ok(found)
}

/// The one unit a text names: id, code or name.
pub fn named(office: &mut Office, text: &str) -> Result<String> {
    let found = office.store.read().find_units(text)?;
    match found.as_slice() {
        [unit] => Ok(unit.id.clone()),
        [] => Err(BadInput(told!("没有找到普查对象：{}", "no such unit: {}", text)).into()),
        several => {
            let names: Vec<String> = several.iter().take(8).map(|u| format!("{} {}", u.id, u.name)).collect();
            Err(BadInput(told!(
                "有 {} 个普查对象符合“{}”：\n{}",
                "{} units match {}:\n{}",
                several.len(),
                text,
                names.join("\n")
            ))
            .into())
        }
    }
}

/// Lets one thing happen to one unit.
fn one(office: &mut Office, text: &str, role: &str, event: &Event) -> Result<Ending> {
    let id = named(office, text)?;
    let unit = office.store.read().units(&Scope::unit(&id))?.pop().ok_or_else(|| anyhow::anyhow!("{id} has gone"))?;
    let area = unit.area.parse().map_err(|_| anyhow::anyhow!("{}: area {}", unit.name, unit.area))?;
    let actor = actor(office.area()?, &id, area, role);
    let audit = office.event(What::Review).about(&id);
    let (desk, store) = office.desk()?;
    let done = store.write(&audit, |w| work::review::event(w, &desk, &id, None, event, &actor))?;
    let state = done.state();
    say!("{} 现在：{}", "{} is now: {}", id, if say::chinese() { state.title() } else { state.name() });
    if !done.moved.stale.is_empty() {
        say!("含有它的汇总表已标为失效，需要重新汇总", "tables that contain it are marked stale; tabulate again");
    }
    Ok(Ending::Done)
}

fn query(
    office: &mut Office,
    unit: &str,
    rule: Option<&str>,
    question: &str,
    deadline: Option<&str>,
) -> Result<Ending> {
    let id = named(office, unit)?;
    let finding = match rule {
        None => None,
        Some(rule) => Some(finding_of(office, &id, rule)?),
    };
    let event = Event::RaiseQuery {
        query: office.ids.make(),
        finding,
        question: question.to_owned(),
        deadline: deadline.unwrap_or_default().to_owned(),
    };
    one(office, &id, "county", &event)
}

/// Answers the open query about a rule, or explains the finding where no query is open.
fn answer(office: &mut Office, unit: &str, rule: &str, explanation: &str) -> Result<Ending> {
    let id = named(office, unit)?;
    let key = finding_of(office, &id, rule)?;
    let kept = office.store.read().review(&id)?;
    let open = census::review::open_queries(&kept.review.queries)
        .find(|q| q.finding.as_ref() == Some(&key))
        .map(|q| q.id.clone());
    let event = match open {
        Some(query) => {
            Event::Answer { query, answer: Answer::Explain { text: explanation.to_owned(), evidence: String::new() } }
        }
        None => Event::Explain { finding: key, text: explanation.to_owned() },
    };
    one(office, &id, "respondent", &event)
}

fn finding_of(office: &mut Office, unit: &str, rule: &str) -> Result<census::finding::FindingKey> {
    let findings = office.store.read().findings(&Scope::unit(unit))?.remove(unit).unwrap_or_default();
    let found = findings.iter().find(|f| f.rule == rule || f.rule.split('.').next() == Some(rule));
    match found {
        Some(finding) => Ok(finding.key()),
        None => Err(BadInput(told!("{} 没有规则 {} 的问题", "{} has no finding of rule {}", unit, rule)).into()),
    }
}
