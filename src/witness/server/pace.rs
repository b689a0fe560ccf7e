//! How fast a witness may be asked, by each peer and by all together.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{NotUntil, Quota, RateLimiter};

use crate::peers::network;

/// Requests of each peer in a second, and as many at once: a log asks about once a second, and some
/// logs may stand behind one address.
const PER_PEER: u32 = 50;

/// Requests in a second in all: each may take two checks of a signature, a signature and a write.
const IN_ALL: u32 = 500;

/// Requests after which peers are forgotten that have not asked for a second.
const REQUESTS_PER_ROUND: u32 = 1024;

type Middleware<C> = NoOpMiddleware<<C as Clock>::Instant>;

/// Counts requests; all addresses of one IPv6 network of 64 bits are one peer.
#[derive(Debug)]
pub(super) struct Pace<C: Clock = DefaultClock> {
    each: RateLimiter<IpAddr, HashMapStateStore<IpAddr>, C, Middleware<C>>,
    all: RateLimiter<NotKeyed, InMemoryState, C, Middleware<C>>,
    asked: AtomicU32,
    clock: C,
}

impl Default for Pace {
    fn default() -> Self {
        Self::with_clock(DefaultClock::default())
    }
}

impl<C: Clock + Clone> Pace<C> {
    fn with_clock(clock: C) -> Self {
        let quota = |count| Quota::per_second(NonZeroU32::new(count).unwrap_or(NonZeroU32::MIN));
        let each = RateLimiter::hashmap_with_clock(quota(PER_PEER), clock.clone());
        let all = RateLimiter::direct_with_clock(quota(IN_ALL), clock.clone());
        Self { each, all, asked: AtomicU32::new(0), clock }
    }

    /// Counts a request, if this peer may make it now; else in how many seconds.
    pub(super) fn count(&self, peer: IpAddr) -> Result<(), u64> {
        let asked = self.asked.fetch_add(1, Ordering::Relaxed);
        if asked.is_multiple_of(REQUESTS_PER_ROUND) {
            self.each.retain_recent();
            self.each.shrink_to_fit();
        }
        self.each.check_key(&network(peer)).map_err(|until| self.wait_s(&until))?;
        self.all.check().map_err(|until| self.wait_s(&until))
    }

    fn wait_s(&self, until: &NotUntil<C::Instant>) -> u64 {
        // In whole seconds, and not before it.
        until.wait_time_from(self.clock.now()).as_secs() + 1
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn each_peer_asks_so_often_in_a_second_and_all_so_often() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::with_clock(clock.clone());
        let peer = |host: u32| IpAddr::from((10 << 24 | host).to_be_bytes());
        let accepted = |host| (0..2 * PER_PEER).filter(|_| pace.count(peer(host)).is_ok()).count();
        assert_eq!(accepted(1), PER_PEER as usize);
        assert_eq!(pace.count(peer(1)), Err(1));
        let others: usize = (2..100).map(accepted).sum();
        assert_eq!(others, (IN_ALL - PER_PEER) as usize);
        clock.advance(Duration::from_secs(1));
        pace.count(peer(1)).unwrap();
    }

    #[test]
    fn who_has_not_asked_for_a_while_is_forgotten() {
        let clock = FakeRelativeClock::default();
        let pace = Pace::with_clock(clock.clone());
        for host in 0..10_000_u32 {
            pace.count(IpAddr::from((10 << 24 | host).to_be_bytes())).unwrap();
            clock.advance(Duration::from_millis(2));
        }
        let kept = pace.each.len();
        assert!(kept <= 500 + REQUESTS_PER_ROUND as usize + 100, "{kept} peers");
    }
}
