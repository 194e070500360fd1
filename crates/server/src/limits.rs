//! How often somebody may call.

use std::net::IpAddr;
use std::num::NonZeroU32;

use governor::clock::DefaultClock;
use governor::state::keyed::DashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::app::Settings;
use crate::fault::Fault;

type Keyed<K> = RateLimiter<K, DashMapStateStore<K>, DefaultClock>;

/// Limits by address before signing in, and by session after.
#[derive(Debug)]
pub struct Limits {
    addresses: Keyed<IpAddr>,
    sessions: Keyed<String>,
}

impl Limits {
    pub fn new(settings: &Settings) -> Limits {
        let a_minute = |calls: u32| Quota::per_minute(NonZeroU32::new(calls).unwrap_or(NonZeroU32::MIN));
        Limits {
            addresses: RateLimiter::keyed(a_minute(settings.sign_in_calls)),
            sessions: RateLimiter::keyed(a_minute(settings.session_calls)),
        }
    }

    pub fn address(&self, address: IpAddr) -> Result<(), Fault> {
        self.addresses.check_key(&address).map_err(|_| Fault::TooMany)
    }

    pub fn session(&self, session: &str) -> Result<(), Fault> {
        self.sessions.check_key(&session.to_owned()).map_err(|_| Fault::TooMany)
    }

    /// Forgets those who have been quiet long enough.
    pub fn sweep(&self) {
        self.addresses.retain_recent();
        self.sessions.retain_recent();
    }
}
