//! One call: who asks, from where, with which reason; and how the thing asked for lies to them.

use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use census::access::{Allowed, Ground, Role, TaskWork, Verb, may, may_ever};
use census::area::{AreaCode, Tree};
use census::frame::Unit;
use census::review::{Actor, StateKind};
use instrument::model::AreaLevel;
use store::{Kept, Login, Read, Scope};

use crate::app::App;
use crate::fault::Fault;

/// A signed-in person.
#[derive(Debug, Clone)]
pub struct Caller {
    pub login: Login,
    /// Hash of the session's token.
    pub session: String,
    pub csrf: String,
    /// What must be done before anything else; `done`: nothing.
    pub must: String,
}

/// A call on its way through the server.
#[derive(Debug)]
pub struct Call {
    pub app: Arc<App>,
    pub who: Caller,
    pub verb: Verb,
    pub now: String,
    pub address: IpAddr,
    pub agent: String,
    /// Why the person looks at what is not their daily work.
    pub reason: Option<String>,
    /// Units that were shown for a reason: they go into the log before the answer.
    looked: Mutex<Vec<String>>,
}

/// A unit with where it stands.
#[derive(Debug, Clone)]
pub struct Met {
    pub unit: Unit,
    pub kept: Kept,
}

impl Call {
    pub fn new(app: Arc<App>, who: Caller, verb: Verb, address: IpAddr, agent: String, reason: Option<String>) -> Call {
        let now = app.now();
        Call { app, who, verb, now, address, agent, reason, looked: Mutex::default() }
    }

    pub fn role(&self) -> Role {
        self.who.login.role
    }

    /// Id of the account, as events and revisions name it.
    #[expect(clippy::misnamed_getters, reason = "the id stands for the person everywhere but in the account itself")]
    pub fn person(&self) -> &str {
        &self.who.login.id
    }

    /// The person's own area.
    pub fn area(&self) -> Result<AreaCode, Fault> {
        self.who.login.area.parse().map_err(|_| Fault::Internal { why: "an account without an area".to_owned() })
    }

    /// Whether the role ever does this; for parts of an answer.
    pub fn can(&self, verb: Verb) -> bool {
        may_ever(self.role(), verb)
    }

    /// The areas the person works in: own area, or those of the tasks.
    fn areas(&self) -> Result<Vec<AreaCode>, Fault> {
        let bound = matches!(
            self.role(),
            Role::Enumerator | Role::Instructor | Role::ThirdParty | Role::Inspector | Role::Supervisor
        );
        let tasks = &self.who.login.tasks;
        if !bound || (tasks.is_empty() && matches!(self.role(), Role::Enumerator | Role::Instructor | Role::Supervisor))
        {
            return Ok(vec![self.area()?]);
        }
        Ok(tasks.iter().filter(|task| self.does(task.work)).map(|task| task.area).collect())
    }

    /// Whether work of a task is what this call does.
    fn does(&self, work: TaskWork) -> bool {
        match self.verb {
            Verb::FillSheets | Verb::EnterAgain => matches!(work, TaskWork::Enumerate | TaskWork::Enter),
            Verb::Inspect => work == TaskWork::Inspect,
            _ => true,
        }
    }

    /// How an area lies to the person.
    pub fn ground(&self, area: AreaCode) -> Result<Ground, Fault> {
        let tree = self.app.areas;
        let within = |own: AreaCode| {
            own.cut(0) == own
                || tree.within(Tree::Reporting, area, own)
                // An enumeration area or a code of later years that the tree does not have.
                || (tree.get(area).is_none() && area.under(own))
        };
        Ok(if self.areas()?.into_iter().any(within) { Ground::Within } else { Ground::Foreign })
    }

    /// Refuses what lies elsewhere, as if it were not there.
    pub fn within(&self, area: AreaCode) -> Result<(), Fault> {
        self.judge(may(self.role(), self.verb, self.ground(area)?, None))
    }

    fn judge(&self, answer: Allowed) -> Result<(), Fault> {
        match answer {
            Allowed::Yes => Ok(()),
            Allowed::WithReason if self.reason.is_some() => Ok(()),
            Allowed::WithReason => Err(Fault::ReasonRequired),
            Allowed::No => Err(Fault::Forbidden),
            Allowed::Hidden => Err(Fault::NotFound),
        }
    }

    /// An area from a request: 12 digits, 6 digits or empty for one's own.
    pub fn area_of(&self, text: &str) -> Result<AreaCode, Fault> {
        if text.is_empty() {
            return self.area();
        }
        let area: AreaCode = text.parse().map_err(|_| Fault::invalid("area", format!("{text}: not an area code")))?;
        self.within(area)?;
        Ok(area)
    }

    /// The units the person may read in lists: within the area asked for, by reporting.
    pub fn scope(&self, asked: Option<AreaCode>) -> Result<Scope, Fault> {
        if matches!(self.role(), Role::Respondent | Role::Manager) {
            return Ok(Scope::unit(&self.who.login.unit));
        }
        if let Some(area) = asked {
            self.within(area)?;
            return Ok(Scope::Areas(self.codes(area)));
        }
        Ok(Scope::Areas(self.areas()?.into_iter().flat_map(|area| self.codes(area)).collect()))
    }

    /// The codes an area of the reporting tree is made of.
    pub fn codes(&self, area: AreaCode) -> Vec<AreaCode> {
        codes_of(&self.app, area)
    }

    /// The unit, when it exists for this person; else as if it did not.
    pub fn unit(&self, read: &mut Read<'_>, id: &str) -> Result<Met, Fault> {
        let unit = read.units(&Scope::unit(id))?.into_iter().next().ok_or(Fault::NotFound)?;
        let kept = read.review(id)?;
        self.meets(&unit, kept.review.state.kind())?;
        Ok(Met { unit, kept })
    }

    /// Whether the unit exists for this person, for lists.
    pub fn sees(&self, unit: &Unit, state: StateKind) -> bool {
        self.lies(unit, state).is_ok_and(|answer| matches!(answer, Allowed::Yes | Allowed::WithReason))
    }

    /// Refuses a unit that this person may not see, or not without a reason.
    pub fn meets(&self, unit: &Unit, state: StateKind) -> Result<(), Fault> {
        let answer = self.lies(unit, state)?;
        self.judge(answer)?;
        if answer == Allowed::WithReason {
            self.look(&unit.id);
        }
        Ok(())
    }

    fn lies(&self, unit: &Unit, state: StateKind) -> Result<Allowed, Fault> {
        let own = matches!(self.role(), Role::Respondent | Role::Manager);
        let ground = if own {
            if unit.id == self.who.login.unit { Ground::Own } else { Ground::Foreign }
        } else if self.role() == Role::Agriculture && !matches!(unit.respondent.as_str(), "farm" | "county") {
            Ground::Foreign
        } else {
            self.ground(unit.area.parse().map_err(|_| Fault::NotFound)?)?
        };
        Ok(may(self.role(), self.verb, ground, Some(state)))
    }

    /// Units that were shown for a reason.
    pub(crate) fn take_looked(&self) -> Vec<String> {
        self.looked.lock().map(|mut looked| std::mem::take(&mut *looked)).unwrap_or_default()
    }

    /// Puts a unit, an export, on the list of what the log keeps of this call.
    pub fn look(&self, what: &str) {
        if let Ok(mut looked) = self.looked.lock() {
            looked.push(what.to_owned());
        }
    }

    /// The person as the review chain knows them.
    pub fn actor(&self, unit: &Unit) -> Result<Actor, Fault> {
        let own = matches!(self.role(), Role::Respondent | Role::Manager);
        let role = match self.role() {
            // A third party does what an enumerator does, never what an office does.
            Role::ThirdParty => "enumerator",
            role => role.name(),
        };
        Ok(Actor {
            person: self.person().to_owned(),
            role: role.to_owned(),
            area: if own { unit.area.parse().map_err(|_| Fault::NotFound)? } else { self.area()? },
            unit: own.then(|| self.who.login.unit.clone()),
        })
    }
}

/// The codes an area of the reporting tree is made of: a city without its directly administered counties.
pub fn codes_of(app: &App, area: AreaCode) -> Vec<AreaCode> {
    let tree = app.areas;
    let city = tree.get(area).is_some_and(|a| a.level == AreaLevel::City);
    if !city {
        return vec![area];
    }
    let by_code = tree.children(Tree::Code, area);
    let by_reporting = tree.children(Tree::Reporting, area);
    if by_code == by_reporting { vec![area] } else { by_reporting.to_vec() }
}
