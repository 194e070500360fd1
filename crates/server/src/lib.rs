//! The server (服务): HTTP, sign-in, permissions, jobs, the embedded pages.
//!
//! Each call takes the same way ([`dispatch`]): limits → who → may they → handler → reply. A handler reads from
//! one consistent view, or changes the census inside the writer's transaction under its own event. Start
//! reading at [`route`], then `api`.
//!
//! Knows nothing of how a rule, a figure or a table is computed.

mod api;
mod app;
mod bundle;
mod call;
mod dispatch;
mod fault;
mod jobs;
mod limits;
mod openapi;
mod readers;
mod route;
mod seal;
mod serve;
mod sign_in;
#[cfg(test)]
mod tests;
mod tls;
mod ui;
mod writer;

pub use app::{App, Settings};
pub use fault::Fault;
pub use openapi::OPEN;
pub use serve::{Address, Running, grant, secrets_beside, serve, start};

/// The description of the API as it is kept in the repository.
pub fn openapi() -> String {
    let document = openapi::document(api::routes());
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}
