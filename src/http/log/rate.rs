//! How fast each peer may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::atomic::{AtomicU32, Ordering};

use governor::clock::{Clock, DefaultClock};
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::http::log::failure::Failure;
use crate::peers::network;

/// Requests after which peers are forgotten that have not asked for a second: between two times, no
/// more than so many peers are added.
const REQUESTS_PER_ROUND: u32 = 1024;

type Limiter<C> =
    RateLimiter<IpAddr, HashMapStateStore<IpAddr>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Counts requests of each peer; all addresses of one IPv6 network of 64 bits are one.
#[derive(Debug)]
pub(super) struct Rate<C: Clock = DefaultClock> {
    /// `None` for as many as it likes.
    limiter: Option<Limiter<C>>,
    asked: AtomicU32,
}

impl Rate {
    /// So many requests of each peer in a second, and as many at once; 0 for as many as it likes.
    pub(super) fn new(per_second: u32) -> Self {
        Self::with_clock(per_second, DefaultClock::default())
    }
}

impl<C: Clock> Rate<C> {
    fn with_clock(per_second: u32, clock: C) -> Self {
        let quota = NonZeroU32::new(per_second).map(Quota::per_second);
        let limiter = quota.map(|quota| RateLimiter::hashmap_with_clock(quota, clock));
        Self { limiter, asked: AtomicU32::new(0) }
    }

    /// Counts a request, if this peer may make it now.
    pub(super) fn count(&self, peer: IpAddr) -> Result<(), Failure> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(REQUESTS_PER_ROUND) {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(&network(peer)).map_err(|until| {
            let wait = until.wait_time_from(limiter.clock().now());
            // In whole seconds, and not before it.
            Failure::TooFast { retry_s: wait.as_secs() + 1 }
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use governor::clock::FakeRelativeClock;

    use super::*;

    #[test]
    fn each_peer_asks_so_often_in_a_second() {
        let clock = FakeRelativeClock::default();
        let rate = Rate::with_clock(2, clock.clone());
        let [one, other] = [1, 2].map(|host| IpAddr::from([192, 0, 2, host]));
        let [host, neighbour] =
            ["2001:db8::1", "2001:db8::2"].map(|it| it.parse::<IpAddr>().unwrap());
        rate.count(one).unwrap();
        rate.count(one).unwrap();
        assert!(matches!(rate.count(one), Err(Failure::TooFast { retry_s: 1 })));
        rate.count(other).unwrap();
        rate.count(host).unwrap();
        rate.count(neighbour).unwrap();
        rate.count(host).unwrap_err();
        clock.advance(Duration::from_millis(500));
        rate.count(one).unwrap();
        rate.count(one).unwrap_err();
        let unlimited = Rate::with_clock(0, clock);
        for _ in 0..10 {
            unlimited.count(one).unwrap();
        }
    }

    #[test]
    fn who_has_not_asked_for_a_while_is_forgotten() {
        let clock = FakeRelativeClock::default();
        let rate = Rate::with_clock(10, clock.clone());
        for host in 0..10_000_u32 {
            rate.count(IpAddr::from((10 << 24 | host).to_be_bytes())).unwrap();
            clock.advance(Duration::from_millis(1));
        }
        // One second's peers, and those of one round.
        let kept = rate.limiter.unwrap().len();
        assert!(kept <= 1000 + REQUESTS_PER_ROUND as usize + 100, "{kept} peers");
    }
}
