//! Who else has the census open, so that a message can name the program to close.

use crate::Holder;
use crate::place::Place;

/// Names the programs that have the file open, as far as this system tells.
pub(crate) fn of(place: &Place) -> Holder {
    let others = match place {
        Place::File { path, .. } => others(path),
        Place::Server { .. } => Vec::new(),
    };
    if others.is_empty() { Holder::Program } else { Holder::Named(others) }
}

/// On Linux every process lists its open files; elsewhere nobody can be named.
#[cfg(target_os = "linux")]
fn others(path: &std::path::Path) -> Vec<String> {
    let Ok(wanted) = path.canonicalize() else { return Vec::new() };
    let Ok(processes) = std::fs::read_dir("/proc") else { return Vec::new() };
    let own = std::process::id();
    let mut found: Vec<(u32, String)> = processes
        .filter_map(|entry| entry.ok()?.file_name().to_str()?.parse::<u32>().ok())
        .filter(|process| *process != own)
        .filter(|process| {
            std::fs::read_dir(format!("/proc/{process}/fd")).is_ok_and(|files| {
                files.flatten().any(|file| std::fs::read_link(file.path()).is_ok_and(|target| target == wanted))
            })
        })
        .map(|process| {
            let name = std::fs::read_to_string(format!("/proc/{process}/comm")).unwrap_or_default();
            (process, format!("{} (process {process})", name.trim()))
        })
        .collect();
    found.sort();
    found.into_iter().map(|(_, name)| name).collect()
}

#[cfg(not(target_os = "linux"))]
fn others(_: &std::path::Path) -> Vec<String> {
    Vec::new()
}
