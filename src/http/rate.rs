//! How fast each peer may ask.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use governor::clock::Clock as _;
use governor::middleware::NoOpMiddleware;
use governor::state::keyed::HashMapStateStore;
use governor::{Quota, RateLimiter};

use crate::ledger::Clock;
use crate::peers::network;

/// Requests after which peers are forgotten that have not asked for a second: between two times, no
/// more than so many peers are added.
const REQUESTS_PER_ROUND: u32 = 1024;

type Limiter = RateLimiter<IpAddr, HashMapStateStore<IpAddr>, Elapsed, NoOpMiddleware<Duration>>;

/// Counts requests of each peer; all addresses of one IPv6 network of 64 bits are one.
#[derive(Debug)]
pub(crate) struct Rate {
    /// `None` for as many as it likes.
    limiter: Option<Limiter>,
    asked: AtomicU32,
}

/// The time by a clock that does not jump.
#[derive(Clone, Debug)]
struct Elapsed(Arc<dyn Clock>);

impl governor::clock::Clock for Elapsed {
    type Instant = Duration;

    fn now(&self) -> Duration {
        self.0.elapsed()
    }
}

impl Rate {
    /// So many requests of each peer in a second, and as many at once; 0 for as many as it likes.
    pub(crate) fn new(per_second: u32, clock: Arc<dyn Clock>) -> Self {
        let quota = NonZeroU32::new(per_second).map(Quota::per_second);
        let limiter = quota.map(|quota| RateLimiter::hashmap_with_clock(quota, Elapsed(clock)));
        Self { limiter, asked: AtomicU32::new(0) }
    }

    /// Counts a request, if this peer may make it now; else in how many seconds.
    pub(crate) fn count(&self, peer: IpAddr) -> Result<(), u64> {
        let Some(limiter) = &self.limiter else { return Ok(()) };
        if self.asked.fetch_add(1, Ordering::Relaxed).is_multiple_of(REQUESTS_PER_ROUND) {
            limiter.retain_recent();
            limiter.shrink_to_fit();
        }
        limiter.check_key(&network(peer)).map_err(|until| {
            let wait = until.wait_time_from(limiter.clock().now());
            // In whole seconds, and not before it.
            wait.as_secs() + 1
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SetClock;

    #[test]
    fn each_peer_asks_so_often_in_a_second() {
        let clock = Arc::new(SetClock::default());
        let rate = Rate::new(2, clock.clone());
        let [one, other] = [1, 2].map(|host| IpAddr::from([192, 0, 2, host]));
        let [host, neighbour] =
            ["2001:db8::1", "2001:db8::2"].map(|it| it.parse::<IpAddr>().unwrap());
        rate.count(one).unwrap();
        rate.count(one).unwrap();
        assert_eq!(rate.count(one), Err(1));
        rate.count(other).unwrap();
        rate.count(host).unwrap();
        rate.count(neighbour).unwrap();
        rate.count(host).unwrap_err();
        clock.advance_ms(500);
        rate.count(one).unwrap();
        rate.count(one).unwrap_err();
        let unlimited = Rate::new(0, clock);
        for _ in 0..10 {
            unlimited.count(one).unwrap();
        }
    }

    #[test]
    fn who_has_not_asked_for_a_while_is_forgotten() {
        let clock = Arc::new(SetClock::default());
        let rate = Rate::new(10, clock.clone());
        for host in 0..10_000_u32 {
            rate.count(IpAddr::from((10 << 24 | host).to_be_bytes())).unwrap();
            clock.advance_ms(1);
        }
        // One second's peers, and those of one round.
        let kept = rate.limiter.unwrap().len();
        assert!(kept <= 1000 + REQUESTS_PER_ROUND as usize + 100, "{kept} peers");
    }
}
