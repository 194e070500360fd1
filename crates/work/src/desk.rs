//! Where work is done: the instrument, the area, who, when.

use census::area::{AreaCode, AreaTree};
use census::check;
use instrument::model::Instrument;
use store::{Census, Event, Ids, Scope, What};

use crate::error::both;
use crate::{Error, Language, Result};

/// A desk (办公桌): for whom, when and under which instrument a piece of work is done.
///
/// Made for one request or job; what it borrows is kept by the program.
#[derive(Debug)]
pub struct Desk<'d> {
    pub instrument: &'d Instrument,
    pub areas: &'d AreaTree,
    pub census: &'d Census,
    /// The area worked for: the office's own, or one below it.
    pub area: AreaCode,
    pub ids: &'d mut Ids,
    /// RFC 3339, in UTC.
    pub now: &'d str,
    /// Id of the person or program at work.
    pub who: &'d str,
    /// Of reasons that are kept in words.
    pub language: Language,
}

impl<'d> Desk<'d> {
    /// A desk of the office itself.
    pub fn of_office(
        instrument: &'d Instrument,
        areas: &'d AreaTree,
        census: &'d Census,
        ids: &'d mut Ids,
        now: &'d str,
        who: &'d str,
    ) -> Result<Desk<'d>> {
        let area = office_area(census)?;
        Ok(Desk { instrument, areas, census, area, ids, now, who, language: Language::Zh })
    }

    /// The same desk for an area below: what is added up or checked is that area's.
    pub fn for_area(self, area: AreaCode) -> Desk<'d> {
        Desk { area, ..self }
    }

    /// The same desk with reasons kept in another language.
    pub fn speaking(self, language: Language) -> Desk<'d> {
        Desk { language, ..self }
    }

    /// The area a text names: a code, a name, or a path of names.
    pub fn resolve(&self, text: &str) -> Result<AreaCode> {
        self.areas.resolve(text).map_err(|e| Error::BadInput(both!("area", e)))
    }

    /// The event of a change made now.
    pub fn event(&mut self, what: What) -> Event {
        Event::new(self.ids.make(), self.who, self.now, what)
    }

    /// The units worked on.
    pub fn scope(&self) -> Scope {
        Scope::area(self.area)
    }

    /// The day as rules see it.
    pub fn today(&self) -> check::Context {
        on(self.now)
    }
}

/// The office's own area.
pub(crate) fn office_area(census: &Census) -> Result<AreaCode> {
    census.area.parse().map_err(|_| Error::Fault(format!("the census has no area: {}", census.area)))
}

/// The day of a time as rules see it.
pub fn on(now: &str) -> check::Context {
    let part = |range: std::ops::Range<usize>| now.get(range).and_then(|t| t.parse::<i64>().ok());
    let day = part(0..4).zip(part(5..7)).zip(part(8..10));
    day.and_then(|((y, m), d)| check::Context::on(y, m, d))
        .or_else(|| check::Context::on(1970, 1, 1))
        .expect("the first day is a day")
}

/// How far a piece of work has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// `reading`, `checking`, `keeping` …: of a closed list, named by each workflow.
    pub stage: &'static str,
    /// Which of several files, from 0.
    pub part: usize,
    /// Rows so far, where `done` counts the bytes of a file.
    pub rows: u64,
    pub done: u64,
    /// How much there is; 0: not known.
    pub of: u64,
}

/// Whoever waits for a piece of work: is told how far it is, and may ask to stop.
pub struct Watch<'w> {
    told: &'w mut dyn FnMut(Progress),
    stop: &'w dyn Fn() -> bool,
}

impl<'w> Watch<'w> {
    pub fn new(told: &'w mut dyn FnMut(Progress), stop: &'w dyn Fn() -> bool) -> Watch<'w> {
        Watch { told, stop }
    }

    /// Tells how far the work is; an error once stopping was asked for.
    pub fn at(&mut self, stage: &'static str, done: u64, of: u64) -> Result<()> {
        self.tell(Progress { stage, part: 0, rows: 0, done, of })
    }

    /// The same, of one of several files.
    pub fn tell(&mut self, progress: Progress) -> Result<()> {
        (self.told)(progress);
        self.asked()
    }

    /// An error once stopping was asked for.
    pub fn asked(&self) -> Result<()> {
        if (self.stop)() { Err(Error::Stopped) } else { Ok(()) }
    }
}

impl std::fmt::Debug for Watch<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Watch").finish_non_exhaustive()
    }
}
