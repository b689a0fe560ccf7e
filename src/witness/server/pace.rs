//! How fast a witness may be asked, by each peer and by all together.

use std::net::{IpAddr, Ipv4Addr};
use std::sync::Arc;

use crate::http::Rate;
use crate::ledger::Clock;

/// Requests of each peer in a second, and as many at once, unless the operator says otherwise: a log
/// asks about once a second, and some logs may stand behind one address.
pub const REQUESTS_PER_SECOND: u32 = 50;

/// Requests in a second in all, if each peer may not make more: each may take two checks of a signature,
/// a signature and a write.
const IN_ALL: u32 = 500;

/// Whom all together are counted as.
const ALL: IpAddr = IpAddr::V4(Ipv4Addr::UNSPECIFIED);

/// Counts requests.
#[derive(Debug)]
pub(super) struct Pace {
    each: Rate,
    all: Rate,
}

impl Pace {
    /// So many requests of each peer in a second; 0 for as many as all together may make.
    pub(super) fn new(per_second: u32, clock: Arc<dyn Clock>) -> Self {
        let all = Rate::new(IN_ALL.max(per_second), Arc::clone(&clock));
        Self { each: Rate::new(per_second, clock), all }
    }

    /// Counts a request, if this peer may make it now; else in how many seconds.
    pub(super) fn count(&self, peer: IpAddr) -> Result<(), u64> {
        self.each.count(peer)?;
        self.all.count(ALL)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ledger::SetClock;

    #[test]
    fn each_peer_asks_so_often_in_a_second_and_all_so_often() {
        let clock = Arc::new(SetClock::default());
        let pace = Pace::new(50, clock.clone());
        let peer = |host: u32| IpAddr::from((10 << 24 | host).to_be_bytes());
        let accepted = |host| (0..100).filter(|_| pace.count(peer(host)).is_ok()).count();
        assert_eq!(accepted(1), 50);
        assert_eq!(pace.count(peer(1)), Err(1));
        let others: usize = (2..100).map(accepted).sum();
        assert_eq!(others, IN_ALL as usize - 50);
        clock.advance_ms(1000);
        pace.count(peer(1)).unwrap();
    }

    #[test]
    fn a_peer_may_be_given_more_than_all_would_have() {
        let accepted = |per_second| {
            let pace = Pace::new(per_second, Arc::new(SetClock::default()));
            (0..1000).filter(|_| pace.count(ALL).is_ok()).count()
        };
        assert_eq!([accepted(0), accepted(700), accepted(7)], [500, 700, 7]);
    }
}
