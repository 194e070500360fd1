//! Several changes in one commit: each with its own event and undone by itself, all on the disk at once.
//!
//! A commit waits for the disk; sharing it is what lets hundreds of people save in the same second.

use crate::audit;
use crate::db::Purpose;
use crate::write::inside_at;
use crate::{Event, Result, Store, Writing};

/// A change that is made together with others. `work` keeps its own outcome; `false` undoes it.
pub struct Change {
    pub event: Event,
    pub work: Work,
}

type Work = Box<dyn FnOnce(&mut Writing<'_>) -> bool + Send>;

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Landed {
    /// It is on the disk.
    Written,
    /// It changed nothing: there is no trace of it.
    Nothing,
    /// It was undone.
    Undone,
}

impl std::fmt::Debug for Change {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Change").field("event", &self.event).finish_non_exhaustive()
    }
}

/// Only to end the inner work.
struct Undo;

impl From<crate::Error> for Undo {
    fn from(_: crate::Error) -> Undo {
        Undo
    }
}

impl Store {
    /// Makes the changes in their order. An error: none of them was made.
    pub fn write_together(&mut self, changes: Vec<Change>) -> Result<Vec<Landed>> {
        let db = &mut self.db;
        db.begin(Purpose::Write)?;
        let done = || {
            let mut head = audit::head(db)?;
            let mut landed = Vec::with_capacity(changes.len());
            for Change { event, work } in changes {
                db.batch("SAVEPOINT one_change")?;
                let outcome = inside_at(db, &mut head, &event, |w| if work(w) { Ok(()) } else { Err(Undo) });
                landed.push(match outcome {
                    Ok(((), true)) => Landed::Written,
                    Ok(((), false)) => Landed::Nothing,
                    Err(Undo) => {
                        db.batch("ROLLBACK TO SAVEPOINT one_change")?;
                        Landed::Undone
                    }
                });
                db.batch("RELEASE SAVEPOINT one_change")?;
            }
            Ok(landed)
        };
        match done() {
            Ok(landed) if landed.iter().all(|one| *one != Landed::Written) => {
                db.rollback();
                Ok(landed)
            }
            Ok(landed) => {
                db.commit()?;
                Ok(landed)
            }
            Err(error) => {
                db.rollback();
                Err(error)
            }
        }
    }
}
