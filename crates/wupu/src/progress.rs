//! Progress of long work, on the error stream and only for people.

use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

/// A bar over `total` things; hidden for machines.
pub fn bar(total: u64, what: &str, json: bool) -> ProgressBar {
    let bar = ProgressBar::new(total);
    if json {
        bar.set_draw_target(ProgressDrawTarget::hidden());
    }
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {pos}/{len} {elapsed}") {
        bar.set_style(style);
    }
    bar.set_message(what.to_owned());
    bar
}

/// A bar over the bytes or rows of a file.
pub fn file(total: u64, what: &str, json: bool) -> ProgressBar {
    let bar = bar(total, what, json);
    if let Ok(style) = ProgressStyle::with_template("{msg} [{bar:30}] {percent}% {elapsed}") {
        bar.set_style(style);
    }
    bar
}
