//! The one writer: changes wait in a queue and are committed together, each with its own event.
//!
//! An answer is sent only after the commit that holds the change.

use std::sync::mpsc::{Receiver, SyncSender, TryRecvError, sync_channel};

use store::{Change, Error, Event, Landed, Store, Writing};
use tokio::sync::oneshot;

use crate::fault::Fault;

/// Changes in one commit at most: nobody waits for more than this many others.
const TOGETHER: usize = 64;
/// Changes that may wait; beyond that the server says that it is busy.
const WAITING: usize = 4096;

/// A door to the writer; cheap to copy.
#[derive(Debug, Clone)]
pub struct Writer {
    queue: SyncSender<Queued>,
}

#[derive(Debug)]
struct Queued {
    change: Change,
    landed: oneshot::Sender<Result<Landed, Error>>,
}

impl Writer {
    /// Starts the writer on a store of its own. It ends when the last door is closed, after the last change.
    pub fn start(store: Store) -> (Writer, std::thread::JoinHandle<()>) {
        let (queue, waiting) = sync_channel(WAITING);
        let thread = std::thread::Builder::new()
            .name("writer".to_owned())
            .spawn(move || run(store, &waiting))
            .unwrap_or_else(|error| panic!("no thread for the writer: {error}"));
        (Writer { queue }, thread)
    }

    /// Makes a change. `work` runs inside the writer's transaction; its error undoes it alone.
    pub async fn write<T: Send + 'static>(
        &self,
        event: Event,
        work: impl FnOnce(&mut Writing<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let (told, answer) = oneshot::channel();
        let work = Box::new(move |writing: &mut Writing<'_>| {
            let outcome = work(writing);
            let stands = outcome.is_ok();
            let _ = told.send(outcome);
            stands
        });
        let (landed, committed) = oneshot::channel();
        let queued = Queued { change: Change { event, work }, landed };
        self.queue.try_send(queued).map_err(|_| Fault::TooMany)?;
        let closed = |_| Fault::Unavailable { why: "the writer has ended".to_owned() };
        committed.await.map_err(closed)??;
        answer.await.map_err(closed)?
    }
}

fn run(mut store: Store, waiting: &Receiver<Queued>) {
    while let Ok(first) = waiting.recv() {
        let mut together = vec![first];
        while together.len() < TOGETHER {
            match waiting.try_recv() {
                Ok(next) => together.push(next),
                Err(TryRecvError::Empty | TryRecvError::Disconnected) => break,
            }
        }
        let (changes, doors): (Vec<_>, Vec<_>) = together.into_iter().map(|q| (q.change, q.landed)).unzip();
        match store.write_together(changes) {
            Ok(landed) => {
                for (door, landed) in doors.into_iter().zip(landed) {
                    let _ = door.send(Ok(landed));
                }
            }
            Err(error) => {
                for door in doors {
                    let _ = door.send(Err(error.clone()));
                }
                // A server that was started anew is reached again by the next change.
                if let Ok(fresh) = store.again() {
                    store = fresh;
                }
            }
        }
    }
}
