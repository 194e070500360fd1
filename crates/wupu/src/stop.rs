//! Ctrl-C: long work that would leave half of something behind asks whether to stop.

use std::sync::atomic::{AtomicBool, Ordering};

static ASKED: AtomicBool = AtomicBool::new(false);

/// From now on Ctrl-C (or a signal to end) does not end the program at once but is asked for; the second one does.
pub fn watch() {
    // Where no handler can be set, Ctrl-C ends the program at once, and the change is undone when the census is opened.
    let _ = ctrlc::set_handler(|| {
        if ASKED.swap(true, Ordering::Relaxed) {
            std::process::exit(130);
        }
    });
}

/// Whether the person asked to stop.
pub fn wanted() -> bool {
    ASKED.load(Ordering::Relaxed)
}
