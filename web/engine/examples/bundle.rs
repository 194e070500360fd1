//! Writes the instrument as a browser loads it.
//!
//! usage: bundle INSTRUMENT FILE [AREA]

use std::path::PathBuf;

use instrument::files::Folder;

fn main() {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [from, to, within @ ..] = words.as_slice() else {
        eprintln!("usage: bundle INSTRUMENT FILE [AREA]");
        std::process::exit(2);
    };
    let within = within.first().map_or("", String::as_str);
    let bytes = engine::browser_bundle(&Folder::new(&PathBuf::from(from)), within);
    std::fs::write(to, bytes).expect("the file can be written");
}
