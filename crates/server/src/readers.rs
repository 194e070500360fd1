//! Connections for reading, handed out and taken back.

use std::sync::Mutex;

use store::{Options, Read, Store};
use tokio::sync::Semaphore;

use crate::fault::Fault;

/// So many read at the same time at most; more wait.
const MOST: usize = 8;

/// A pool of stores that only read.
#[derive(Debug)]
pub struct Readers {
    url: String,
    options: Options,
    idle: Mutex<Vec<Store>>,
    free: Semaphore,
}

impl Readers {
    pub fn new(url: String, options: Options) -> Readers {
        Readers { url, options, idle: Mutex::new(Vec::new()), free: Semaphore::new(MOST) }
    }

    /// Asks questions of one consistent state, on a thread that may wait.
    pub async fn read<T: Send + 'static>(
        self: &std::sync::Arc<Self>,
        ask: impl FnOnce(&mut Read<'_>) -> Result<T, Fault> + Send + 'static,
    ) -> Result<T, Fault> {
        let _turn = self.free.acquire().await.map_err(|_| Fault::Unavailable { why: "closing".to_owned() })?;
        let readers = std::sync::Arc::clone(self);
        let done = tokio::task::spawn_blocking(move || readers.ask(ask)).await;
        done.map_err(|error| Fault::Internal { why: error.to_string() })?
    }

    /// The same on the present thread.
    pub fn ask<T>(&self, ask: impl FnOnce(&mut Read<'_>) -> Result<T, Fault>) -> Result<T, Fault> {
        let idle = self.idle.lock().map_err(|_| Fault::Internal { why: "readers".to_owned() })?.pop();
        let mut store = match idle {
            Some(store) => store,
            None => Store::open_with(&self.url, &self.options)?,
        };
        let answer = store.view(ask);
        // A connection that failed is not handed out again.
        if !matches!(answer, Err(Fault::Unavailable { .. } | Fault::Internal { .. }))
            && let Ok(mut idle) = self.idle.lock()
            && idle.len() < MOST
        {
            idle.push(store);
        }
        answer
    }
}
