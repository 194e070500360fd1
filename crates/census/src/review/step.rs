//! The step function of the review chain.

use instrument::model::{ReviewChain, ReviewStep};
use serde::{Deserialize, Serialize};

use super::event::{Actor, Answer, Event, EventKind};
use super::query::{Explanation, Query, QueryState};
use super::refusal::Refusal;
use super::state::{AreaLevelName, Draft, Frozen, Passed, PreChecked, SelfChecked, Signed, Stamp, UnitState, Visit};
use super::steps::{FREEZE, SELF_CHECK, SIGN, after, is_pre_check, is_unit_step};
use super::table;
use crate::area::{AreaCode, AreaTree, Tree};
use crate::finding::{Finding, FindingGrade};
use crate::sheet::Version;

/// All that the chain keeps of a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct UnitReview {
    pub state: UnitState,
    #[serde(default)]
    pub visits: Vec<Visit>,
    #[serde(default)]
    pub queries: Vec<Query>,
    #[serde(default)]
    pub explanations: Vec<Explanation>,
}

/// What a step is judged by, besides the state and the actor.
#[derive(Debug, Clone, Copy)]
pub struct Case<'a> {
    pub chain: &'a ReviewChain,
    pub areas: &'a AreaTree,
    pub unit: &'a str,
    pub unit_area: AreaCode,
    /// The newest revisions of the unit's sheets.
    pub version: &'a Version,
    /// Findings of that version, all grades.
    pub findings: &'a [Finding],
    /// RFC 3339.
    pub now: &'a str,
}

/// What a step did.
#[must_use]
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Moved {
    pub review: UnitReview,
    /// Levels whose totals contained the unit and no longer may: they are stale now.
    pub stale: Vec<AreaLevelName>,
}

impl UnitReview {
    /// A unit that nobody has filled yet.
    pub fn begin() -> UnitReview {
        UnitReview { state: UnitState::begin(), visits: Vec::new(), queries: Vec::new(), explanations: Vec::new() }
    }

    /// Findings of grade 强制性 that stand. A rule that could not be computed blocks nothing by
    /// itself: what it misses is a finding of its own where it is required.
    pub fn open_errors<'a>(&self, findings: &'a [Finding]) -> Vec<&'a Finding> {
        findings.iter().filter(|f| f.grade == FindingGrade::Error && f.is_failure()).collect()
    }

    /// Findings of grade 核实性 that nobody has explained with the values as they are now.
    pub fn unexplained<'a>(&self, findings: &'a [Finding]) -> Vec<&'a Finding> {
        findings
            .iter()
            .filter(|f| f.grade == FindingGrade::Verify && f.is_failure())
            .filter(|f| !self.explanations.iter().any(|e| e.holds(f)))
            .collect()
    }
}

/// Moves a unit, or says why not.
pub fn step(review: &UnitReview, event: &Event, by: &Actor, case: &Case<'_>) -> Result<Moved, Refusal> {
    let turn = Turn { review, by, case, kind: kind(event, case.chain)? };
    // Who may never do a thing hears so whatever the state.
    if turn.kind == EventKind::Fill && !turn.may_fill() {
        return Err(Refusal::ReviewerCannotEdit { role: by.role.clone() });
    }
    turn.own_area()?;
    let from = review.state.kind();
    if table::targets(from, turn.kind).is_none() {
        return Err(Refusal::WrongOrder { state: from, event: turn.kind.name().to_owned() });
    }
    let moved = match event {
        Event::Fill => turn.fill(),
        Event::SelfCheck => turn.self_check(),
        Event::Sign { sole_person } => turn.sign(*sole_person),
        Event::Visit { persons, met } => turn.visit(persons, *met),
        Event::Pass { step } => turn.pass(step),
        Event::Return { why } => turn.give_back(why),
        Event::RaiseQuery { query, finding, question, deadline } => {
            turn.raise(query, finding.as_ref(), question, deadline)
        }
        Event::Answer { query, answer } => turn.answer(query, answer),
        Event::CloseQuery { query } => turn.close(query),
        Event::Explain { finding, text } => turn.explain(finding, text),
        Event::Freeze => turn.freeze(),
        Event::Reopen { why } => turn.reopen(why),
    }?;
    debug_assert!(
        table::targets(from, turn.kind).is_some_and(|to| to.contains(&moved.review.state.kind())),
        "{from:?} {:?} led to {:?}, which the table of steps does not show",
        turn.kind,
        moved.review.state.kind()
    );
    Ok(moved)
}

/// The kind of an event; a passed step is known by what its chain entry opens.
fn kind(event: &Event, chain: &ReviewChain) -> Result<EventKind, Refusal> {
    Ok(match event {
        Event::Fill => EventKind::Fill,
        Event::SelfCheck => EventKind::SelfCheck,
        Event::Sign { .. } => EventKind::Sign,
        Event::Visit { .. } => EventKind::Visit,
        Event::Pass { step } => {
            let found = chain.steps.iter().find(|s| s.code == *step && !is_unit_step(s) && s.code != FREEZE);
            match found.ok_or_else(|| Refusal::NoSuchStep { step: step.clone() })?.totals.map(AreaLevelName::from) {
                None => EventKind::PreCheck,
                Some(AreaLevelName::City) => EventKind::PassCity,
                Some(AreaLevelName::Province) => EventKind::PassProvince,
                Some(_) => EventKind::PassCounty,
            }
        }
        Event::Return { .. } => EventKind::Return,
        Event::RaiseQuery { .. } => EventKind::RaiseQuery,
        Event::Answer { answer: Answer::Correct, .. } => EventKind::AnswerCorrect,
        Event::Answer { answer: Answer::Explain { .. }, .. } => EventKind::AnswerExplain,
        Event::CloseQuery { .. } => EventKind::CloseQuery,
        Event::Explain { .. } => EventKind::Explain,
        Event::Freeze => EventKind::Freeze,
        Event::Reopen { .. } => EventKind::Reopen,
    })
}

/// One event on its way through the guards.
struct Turn<'a> {
    review: &'a UnitReview,
    by: &'a Actor,
    case: &'a Case<'a>,
    kind: EventKind,
}

impl Turn<'_> {
    fn fill(&self) -> Result<Moved, Refusal> {
        if self.is_enumerator() {
            self.met_unit()?;
        }
        let mut draft = match &self.review.state {
            UnitState::SelfChecked(checked) => checked.draft.clone(),
            UnitState::Draft(draft) => draft.clone(),
            _ => return Err(self.wrong_order()),
        };
        if !draft.filled_by.contains(&self.by.person) {
            draft.filled_by.push(self.by.person.clone());
        }
        Ok(self.to(UnitState::Draft(draft)))
    }

    fn self_check(&self) -> Result<Moved, Refusal> {
        let UnitState::Draft(draft) = &self.review.state else { return Err(self.wrong_order()) };
        self.role(&self.chain_step(SELF_CHECK)?.role)?;
        self.own_unit()?;
        if self.case.version.revisions.is_empty() {
            return Err(Refusal::NothingFilled);
        }
        self.no_open_errors()?;
        Ok(self.to(UnitState::SelfChecked(SelfChecked {
            draft: draft.clone(),
            version: self.case.version.clone(),
            by: self.stamp(SELF_CHECK),
        })))
    }

    fn sign(&self, sole_person: bool) -> Result<Moved, Refusal> {
        let UnitState::SelfChecked(checked) = &self.review.state else { return Err(self.wrong_order()) };
        self.role(&self.chain_step(SIGN)?.role)?;
        self.own_unit()?;
        self.same_version(&checked.version, SELF_CHECK)?;
        if !sole_person {
            self.not_also(&checked.by.person, SELF_CHECK)?;
        }
        self.no_open_errors()?;
        self.all_explained()?;
        self.no_queries(|q| q.state == QueryState::Open)?;
        let correcting = self.review.queries.iter().any(|q| matches!(q.state, QueryState::Correcting { .. }));
        if correcting && checked.draft.signed_before.as_ref() == Some(self.case.version) {
            return Err(Refusal::NothingCorrected { version: self.case.version.hash.clone() });
        }
        let mut moved = self.to(UnitState::Signed(Signed {
            round: checked.draft.round,
            version: self.case.version.clone(),
            filled_by: checked.draft.filled_by.clone(),
            stamps: vec![checked.by.clone(), self.stamp(SIGN)],
        }));
        for query in &mut moved.review.queries {
            if let QueryState::Correcting { by, at } = &query.state {
                query.state =
                    QueryState::Corrected { by: by.clone(), at: at.clone(), version: self.case.version.hash.clone() };
            }
        }
        Ok(moved)
    }

    fn visit(&self, persons: &[String], met: super::event::Met) -> Result<Moved, Refusal> {
        self.one_of(self.case.chain.steps.iter().filter(|s| is_pre_check(s)))?;
        let mut different: Vec<&String> = persons.iter().filter(|p| !p.trim().is_empty()).collect();
        different.sort();
        different.dedup();
        let needed = self.case.chain.steps.iter().filter(|s| is_pre_check(s)).map(|s| s.persons).max().unwrap_or(0);
        if different.len() < usize::from(needed) {
            return Err(Refusal::TooFewPersons { needed, given: different.len() });
        }
        let mut moved = self.to(self.review.state.clone());
        moved.review.visits.push(Visit { persons: persons.to_vec(), at: self.case.now.to_owned(), met });
        Ok(moved)
    }

    fn pass(&self, step: &str) -> Result<Moved, Refusal> {
        let next = self.next_step()?;
        if next.code != step {
            return Err(Refusal::NotNextStep { expected: next.code.clone(), given: step.to_owned() });
        }
        self.role(&next.role)?;
        let signed = self.signed()?;
        self.not_done_before(signed)?;
        if is_pre_check(next) {
            self.met_unit()?;
        }
        self.fit_to_pass(signed)?;
        let mut signed = signed.clone();
        signed.stamps.push(self.stamp(step));
        let state = match next.totals {
            Some(level) => UnitState::Passed(Passed { level: level.into(), signed }),
            None if after(&signed, self.case).is_some_and(is_pre_check) => UnitState::Signed(signed),
            None => UnitState::PreChecked(PreChecked { signed }),
        };
        Ok(self.to(state))
    }

    fn freeze(&self) -> Result<Moved, Refusal> {
        let freeze = self.chain_step(FREEZE)?;
        self.role(&freeze.role)?;
        let signed = self.signed()?;
        self.not_done_before(signed)?;
        self.fit_to_pass(signed)?;
        Ok(self.to(UnitState::Frozen(Frozen { signed: signed.clone(), by: self.stamp(FREEZE) })))
    }

    /// One step back, by whoever would do the next one.
    fn give_back(&self, why: &str) -> Result<Moved, Refusal> {
        not_blank("why", why)?;
        if let UnitState::SelfChecked(checked) = &self.review.state {
            self.role(&self.chain_step(SIGN)?.role)?;
            self.own_unit()?;
            return Ok(self.to(UnitState::Draft(checked.draft.clone())));
        }
        self.role(&self.next_step()?.role)?;
        let mut signed = self.signed()?.clone();
        if matches!(self.review.state, UnitState::Signed(_)) {
            return Ok(self.fall_back(&signed));
        }
        // The last step that was passed is taken back; a pre-check in several parts as a whole.
        let mut stale = Vec::new();
        if let Some(level) = self.last(&signed).and_then(|s| s.totals) {
            stale.push(AreaLevelName::from(level));
            signed.stamps.pop();
        } else {
            while self.last(&signed).is_some_and(is_pre_check) {
                signed.stamps.pop();
            }
        }
        let state = match self.last(&signed) {
            Some(ReviewStep { totals: Some(level), .. }) => {
                UnitState::Passed(Passed { level: (*level).into(), signed })
            }
            Some(last) if is_pre_check(last) => UnitState::PreChecked(PreChecked { signed }),
            _ => UnitState::Signed(signed),
        };
        Ok(Moved { stale, ..self.to(state) })
    }

    fn reopen(&self, why: &str) -> Result<Moved, Refusal> {
        not_blank("why", why)?;
        if matches!(self.review.state, UnitState::Frozen(_)) {
            self.role(&self.chain_step(FREEZE)?.role)?;
        } else {
            self.one_of(self.case.chain.steps.iter().filter(|s| s.totals.is_some() || s.code == FREEZE))?;
        }
        Ok(self.fall_back(self.signed()?))
    }

    fn raise(
        &self,
        query: &str,
        finding: Option<&crate::finding::FindingKey>,
        question: &str,
        deadline: &str,
    ) -> Result<Moved, Refusal> {
        let office = self.one_of(self.case.chain.steps.iter().filter(|s| !is_unit_step(s)))?;
        not_blank("query", query)?;
        not_blank("question", question)?;
        if self.review.queries.iter().any(|q| q.id == query) {
            return Err(Refusal::QueryExists { query: query.to_owned() });
        }
        if let Some(key) = finding {
            self.standing(key)?;
        }
        let mut moved = self.to(self.review.state.clone());
        moved.review.queries.push(Query {
            id: query.to_owned(),
            step: office.code.clone(),
            finding: finding.cloned(),
            question: question.to_owned(),
            deadline: deadline.to_owned(),
            raised_by: self.by.person.clone(),
            raised_at: self.case.now.to_owned(),
            state: QueryState::Open,
        });
        Ok(moved)
    }

    fn answer(&self, id: &str, answer: &Answer) -> Result<Moved, Refusal> {
        self.one_of(self.case.chain.steps.iter().filter(|s| is_unit_step(s)))?;
        self.own_unit()?;
        let query = self.query(id)?;
        if query.state != QueryState::Open {
            return Err(self.query_is(query));
        }
        let (by, at) = (self.by.person.clone(), self.case.now.to_owned());
        match answer {
            Answer::Correct => {
                let mut moved = match &self.review.state {
                    UnitState::Draft(draft) => self.to(UnitState::Draft(draft.clone())),
                    UnitState::SelfChecked(checked) => self.to(UnitState::Draft(checked.draft.clone())),
                    _ => self.fall_back(self.signed()?),
                };
                set(&mut moved.review.queries, id, QueryState::Correcting { by, at });
                Ok(moved)
            }
            Answer::Explain { text, evidence } => {
                not_blank("text", text)?;
                let mut moved = self.to(self.review.state.clone());
                if let Some(key) = &query.finding {
                    let finding = self.standing(key)?;
                    moved.review.explanations.push(self.explanation(finding, text));
                }
                let state = QueryState::Explained { by, at, text: text.clone(), evidence: evidence.clone() };
                set(&mut moved.review.queries, id, state);
                Ok(moved)
            }
        }
    }

    fn close(&self, id: &str) -> Result<Moved, Refusal> {
        let query = self.query(id)?;
        let step = self.chain_step(&query.step)?;
        if step.role != self.by.role {
            return Err(Refusal::OtherOffice { query: id.to_owned(), step: query.step.clone() });
        }
        if matches!(query.state, QueryState::Correcting { .. } | QueryState::Closed { .. }) {
            return Err(self.query_is(query));
        }
        let mut moved = self.to(self.review.state.clone());
        let closed = QueryState::Closed { by: self.by.person.clone(), at: self.case.now.to_owned() };
        set(&mut moved.review.queries, id, closed);
        Ok(moved)
    }

    fn explain(&self, key: &crate::finding::FindingKey, text: &str) -> Result<Moved, Refusal> {
        self.one_of(self.case.chain.steps.iter().filter(|s| is_unit_step(s)))?;
        self.own_unit()?;
        not_blank("text", text)?;
        let finding = self.standing(key)?;
        let mut moved = self.to(self.review.state.clone());
        moved.review.explanations.push(self.explanation(finding, text));
        Ok(moved)
    }

    // What follows are the guards and small parts the events above share.

    fn to(&self, state: UnitState) -> Moved {
        Moved { review: UnitReview { state, ..self.review.clone() }, stale: Vec::new() }
    }

    /// Back to a draft of a new version; every total the unit had entered is stale.
    fn fall_back(&self, signed: &Signed) -> Moved {
        let draft =
            Draft { round: signed.round + 1, filled_by: Vec::new(), signed_before: Some(signed.version.clone()) };
        let stale = signed
            .stamps
            .iter()
            .filter_map(|stamp| self.case.chain.steps.iter().find(|s| s.code == stamp.step))
            .filter_map(|s| s.totals.map(AreaLevelName::from))
            .collect();
        Moved { stale, ..self.to(UnitState::Draft(draft)) }
    }

    fn stamp(&self, step: &str) -> Stamp {
        Stamp {
            step: step.to_owned(),
            person: self.by.person.clone(),
            role: self.by.role.clone(),
            at: self.case.now.to_owned(),
        }
    }

    fn explanation(&self, finding: &Finding, text: &str) -> Explanation {
        Explanation {
            finding: finding.key(),
            values: finding.values.clone(),
            text: text.to_owned(),
            by: self.by.person.clone(),
            at: self.case.now.to_owned(),
        }
    }

    fn wrong_order(&self) -> Refusal {
        Refusal::WrongOrder { state: self.review.state.kind(), event: self.kind.name().to_owned() }
    }

    fn signed(&self) -> Result<&Signed, Refusal> {
        self.review.state.signed().ok_or_else(|| self.wrong_order())
    }

    fn chain_step(&self, code: &str) -> Result<&ReviewStep, Refusal> {
        let found = self.case.chain.steps.iter().find(|s| s.code == code);
        found.ok_or_else(|| Refusal::NoSuchStep { step: code.to_owned() })
    }

    /// The step stamped last.
    fn last(&self, signed: &Signed) -> Option<&ReviewStep> {
        let stamp = signed.stamps.last()?;
        self.case.chain.steps.iter().find(|s| s.code == stamp.step)
    }

    fn next_step(&self) -> Result<&ReviewStep, Refusal> {
        after(self.signed()?, self.case).ok_or_else(|| self.wrong_order())
    }

    fn role(&self, expected: &str) -> Result<(), Refusal> {
        if self.by.role == expected { Ok(()) } else { Err(self.wrong_role(expected.to_owned())) }
    }

    /// The step, among some, that the actor's role does.
    fn one_of<'s>(&self, steps: impl Iterator<Item = &'s ReviewStep>) -> Result<&'s ReviewStep, Refusal> {
        let steps: Vec<&ReviewStep> = steps.collect();
        steps.iter().find(|s| s.role == self.by.role).copied().ok_or_else(|| {
            let mut roles: Vec<&str> = steps.iter().map(|s| s.role.as_str()).collect();
            roles.dedup();
            self.wrong_role(roles.join(" / "))
        })
    }

    fn wrong_role(&self, expected: String) -> Refusal {
        Refusal::WrongRole { event: self.kind.name().to_owned(), expected, given: self.by.role.clone() }
    }

    fn may_fill(&self) -> bool {
        let unit = self.case.chain.steps.iter().filter(|s| is_unit_step(s)).any(|s| s.role == self.by.role);
        unit && self.by.unit.as_deref() == Some(self.case.unit) || self.is_enumerator()
    }

    /// The enumerator enters figures beside the unit; an instructor and an office do not.
    fn is_enumerator(&self) -> bool {
        self.case.chain.steps.iter().find(|s| is_pre_check(s)).is_some_and(|s| s.role == self.by.role)
    }

    /// By reporting, since that is whom an office works for. The country's office has code zero.
    fn own_area(&self) -> Result<(), Refusal> {
        let country = self.by.area.cut(0) == self.by.area;
        if self.case.areas.get(self.case.unit_area).is_none() {
            return Err(Refusal::UnknownArea { area: self.case.unit_area.to_string() });
        }
        if country || self.case.areas.within(Tree::Reporting, self.case.unit_area, self.by.area) {
            return Ok(());
        }
        Err(Refusal::OtherArea { unit: self.case.unit_area.to_string(), actor: self.by.area.to_string() })
    }

    fn own_unit(&self) -> Result<(), Refusal> {
        if self.by.unit.as_deref() == Some(self.case.unit) {
            return Ok(());
        }
        Err(Refusal::OtherUnit { person: self.by.person.clone() })
    }

    fn met_unit(&self) -> Result<(), Refusal> {
        if self.review.visits.iter().any(|v| v.met == super::event::Met::Met) {
            return Ok(());
        }
        Err(Refusal::NoVisit { event: self.kind.name().to_owned() })
    }

    fn not_also(&self, person: &str, done: &str) -> Result<(), Refusal> {
        if self.by.person != person {
            return Ok(());
        }
        Err(Refusal::SamePerson {
            person: person.to_owned(),
            done: done.to_owned(),
            event: self.kind.name().to_owned(),
        })
    }

    fn not_done_before(&self, signed: &Signed) -> Result<(), Refusal> {
        signed.filled_by.iter().try_for_each(|person| self.not_also(person, "fill"))?;
        signed.stamps.iter().try_for_each(|stamp| self.not_also(&stamp.person, &stamp.step))
    }

    fn fit_to_pass(&self, signed: &Signed) -> Result<(), Refusal> {
        self.same_version(&signed.version, SIGN)?;
        self.no_open_errors()?;
        self.all_explained()?;
        self.no_queries(Query::is_open)
    }

    fn same_version(&self, version: &Version, after: &str) -> Result<(), Refusal> {
        if version == self.case.version {
            return Ok(());
        }
        Err(Refusal::VersionMoved { after: after.to_owned() })
    }

    fn no_open_errors(&self) -> Result<(), Refusal> {
        let rules = rules(&self.review.open_errors(self.case.findings));
        if rules.is_empty() { Ok(()) } else { Err(Refusal::OpenErrors { rules }) }
    }

    fn all_explained(&self) -> Result<(), Refusal> {
        let rules = rules(&self.review.unexplained(self.case.findings));
        if rules.is_empty() { Ok(()) } else { Err(Refusal::Unexplained { rules }) }
    }

    fn no_queries(&self, open: impl Fn(&Query) -> bool) -> Result<(), Refusal> {
        let queries: Vec<String> = self.review.queries.iter().filter(|q| open(q)).map(|q| q.id.clone()).collect();
        if queries.is_empty() { Ok(()) } else { Err(Refusal::OpenQueries { queries }) }
    }

    fn query(&self, id: &str) -> Result<&Query, Refusal> {
        let found = self.review.queries.iter().find(|q| q.id == id);
        found.ok_or_else(|| Refusal::NoSuchQuery { query: id.to_owned() })
    }

    fn query_is(&self, query: &Query) -> Refusal {
        let state = match query.state {
            QueryState::Open => "open",
            QueryState::Correcting { .. } => "being corrected",
            QueryState::Corrected { .. } => "corrected",
            QueryState::Explained { .. } => "explained",
            QueryState::Closed { .. } => "closed",
        };
        let event = self.kind.name().to_owned();
        Refusal::QueryState { query: query.id.clone(), state: state.to_owned(), event }
    }

    fn standing(&self, key: &crate::finding::FindingKey) -> Result<&Finding, Refusal> {
        self.case.findings.iter().find(|f| f.key() == *key).ok_or_else(|| Refusal::NoSuchFinding {
            rule: key.rule.clone(),
            place: format!("{} row {}", key.table, key.row + 1),
        })
    }
}

fn rules(findings: &[&Finding]) -> Vec<String> {
    let mut rules: Vec<String> = findings.iter().map(|f| f.rule.clone()).collect();
    rules.sort();
    rules.dedup();
    rules
}

fn set(queries: &mut [Query], id: &str, state: QueryState) {
    if let Some(query) = queries.iter_mut().find(|q| q.id == id) {
        query.state = state;
    }
}

fn not_blank(what: &str, text: &str) -> Result<(), Refusal> {
    if text.trim().is_empty() { Err(Refusal::Blank { what: what.to_owned() }) } else { Ok(()) }
}
