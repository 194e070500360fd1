//! How a run ends: exit codes are part of the interface.
//!
//! | code | meaning |
//! |---|---|
//! | 0 | done |
//! | 1 | done, and something was found that a person must look at (findings of grade 强制性, failed cases, a broken chain) |
//! | 2 | the command line was not understood |
//! | 3 | bad input: nothing was changed |
//! | 4 | refused by a rule of the census: nothing was changed |
//! | 5 | the census could not be opened, read or written, or a file could not be written: the census was not changed |
//! | 130 | stopped by Ctrl-C: nothing was changed |

use std::process::ExitCode;

/// How a command that ran to its end ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    Done,
    /// Done, but not all is well.
    Attention,
}

impl Ending {
    pub fn code(self) -> ExitCode {
        match self {
            Ending::Done => ExitCode::SUCCESS,
            Ending::Attention => ExitCode::from(1),
        }
    }
}

/// Bad input: nothing was changed.
#[derive(Debug, Clone)]
pub struct BadInput(pub String);

/// Refused by a rule of the census: nothing was changed.
#[derive(Debug, Clone)]
pub struct Refused(pub String);

impl std::fmt::Display for BadInput {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::fmt::Display for Refused {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for BadInput {}
impl std::error::Error for Refused {}

/// Says what went wrong, and gives the exit code.
pub fn failed(error: &anyhow::Error, json: bool) -> ExitCode {
    let work = error.downcast_ref::<work::Error>();
    let code = match work {
        Some(work::Error::BadInput(_)) => 3,
        Some(work::Error::Refused(_) | work::Error::Review(_) | work::Error::Conflict(_)) => 4,
        Some(work::Error::Stopped) => 130,
        Some(_) => 5,
        None if error.is::<BadInput>() => 3,
        None if error.is::<Refused>() => 4,
        None => 5,
    };
    let words = match (work, error.downcast_ref::<store::Error>()) {
        (Some(error), _) if crate::say::chinese() => error.zh(),
        (_, Some(error)) if crate::say::chinese() => error.zh(),
        _ => format!("{error:#}"),
    };
    if json {
        println!("{}", serde_json::json!({ "error": words, "exit": code }));
    } else {
        eprintln!("{}{words}", crate::say::pick("错误：", "error: "));
    }
    ExitCode::from(code)
}
