//! The calls of the API, room by room.

mod accounts;
mod areas;
mod audit;
mod auth;
mod changes;
mod compute;
mod desk;
mod export;
mod files;
mod health;
mod instrument;
mod jobs;
mod lines;
mod meetings;
mod people;
mod progress;
mod queries;
mod review;
mod server;
mod sheets;
mod tables;
mod unit;
mod unit_past;
mod units;

use crate::route::Routes;

pub(crate) use server::folder as backup_folder;

/// All calls.
pub fn routes() -> Routes {
    let mut routes = Routes::default();
    auth::add(&mut routes);
    health::add(&mut routes);
    accounts::add(&mut routes);
    areas::add(&mut routes);
    jobs::add(&mut routes);
    units::add(&mut routes);
    sheets::add(&mut routes);
    files::add(&mut routes);
    instrument::add(&mut routes);
    unit::add(&mut routes);
    unit_past::add(&mut routes);
    review::add(&mut routes);
    queries::add(&mut routes);
    meetings::add(&mut routes);
    compute::add(&mut routes);
    tables::add(&mut routes);
    audit::add(&mut routes);
    changes::add(&mut routes);
    desk::add(&mut routes);
    export::add(&mut routes);
    lines::add(&mut routes);
    progress::add(&mut routes);
    server::add(&mut routes);
    routes
}

/// Rows of a list and the key the next page begins after.
#[derive(Debug, Clone, serde::Serialize, schemars::JsonSchema)]
pub struct Page<T> {
    pub rows: Vec<T>,
    /// `null`: there are no more.
    pub next: Option<String>,
}

/// Rows of a page when nothing is said, and at most.
const USUAL: u32 = 100;
const MOST: u32 = 500;

pub fn limit(asked: Option<u32>) -> u32 {
    asked.unwrap_or(USUAL).clamp(1, MOST)
}

impl<T> Page<T> {
    /// From rows that were read one beyond the page.
    pub fn of(mut rows: Vec<T>, limit: u32, key: impl Fn(&T) -> String) -> Page<T> {
        let more = rows.len() > limit as usize;
        rows.truncate(limit as usize);
        let next = if more { rows.last().map(key) } else { None };
        Page { rows, next }
    }
}
