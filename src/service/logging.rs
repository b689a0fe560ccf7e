//! Which verdicts are logged: whoever reaches the port may ask, and each verdict that is logged stays
//! in the ledger for good.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use tokio::time::Instant;

use crate::attestation::Role;
use crate::ledger::Checked;
use crate::merkle::EntryIndex;
use crate::peers::network;

/// Verdicts that each peer may have logged in a minute, unless the operator says otherwise: a hundred
/// a second.
pub const VERDICTS_PER_MINUTE: u32 = 6000;

/// Peers that are counted in one minute: as many addresses as a host of some size has, and a few
/// megabytes. Beyond them, those with few verdicts are forgotten.
const PEERS_MAX: usize = 65_536;

const MINUTE: Duration = Duration::from_mins(1);

/// Whose questions have their verdicts logged, if these are signed at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogVerdicts {
    /// Questions that name as `offer.platform` an operator in the role of a platform.
    #[default]
    Platforms,
    /// All questions.
    All,
    /// None.
    Never,
}

/// Says which verdicts are logged.
#[derive(Debug)]
pub(super) struct Logging {
    of: LogVerdicts,
    /// For each peer in a minute; 0 for as many as it likes.
    per_minute: u32,
    minute: Mutex<Minute>,
}

#[derive(Debug, Default)]
struct Minute {
    start: Option<Instant>,
    by_peer: HashMap<IpAddr, u32>,
}

impl Logging {
    pub(super) fn new(of: LogVerdicts, per_minute: u32) -> Self {
        Self { of, per_minute, minute: Mutex::default() }
    }

    /// Why the verdict is not to be logged, if it is not.
    pub(super) fn refusal(&self, checked: &Checked) -> Option<&'static str> {
        match self.of {
            LogVerdicts::All => None,
            LogVerdicts::Never => Some("this server logs no verdicts"),
            LogVerdicts::Platforms => {
                let (view, platform) = (&checked.view, &checked.query.offer.platform);
                let at = EntryIndex::new(view.size().get());
                let standing = view.registry().role(platform, Role::Platform, at);
                let is_platform = standing.is_granted(view.seal_time().date());
                (!is_platform).then_some("offer.platform is no platform in this ledger")
            }
        }
    }

    /// Counts a verdict of this peer. Why it is not to be logged, if the peer has had as many as it
    /// may. A peer without an address, as in a process that talks to itself, is not counted.
    pub(super) fn count(&self, peer: Option<IpAddr>, now: Instant) -> Result<(), &'static str> {
        let (Some(peer), true) = (peer.map(network), self.per_minute > 0) else { return Ok(()) };
        let mut minute = self.minute.lock().unwrap_or_else(PoisonError::into_inner);
        let is_over = |start: Instant| now.saturating_duration_since(start) >= MINUTE;
        if minute.start.is_none_or(is_over) {
            *minute = Minute { start: Some(now), by_peer: HashMap::new() };
        }
        if minute.by_peer.len() >= PEERS_MAX && !minute.by_peer.contains_key(&peer) {
            minute.forget_half();
        }
        let count = minute.by_peer.entry(peer).or_default();
        if *count >= self.per_minute {
            return Err("this peer has had as many verdicts logged as it may in a minute");
        }
        *count += 1;
        Ok(())
    }
}

impl Minute {
    /// Forgets half of the peers or more, those with the fewest verdicts: whoever has had many stays
    /// counted, and no crowd of others keeps anybody out.
    fn forget_half(&mut self) {
        let mut counts: Vec<u32> = self.by_peer.values().copied().collect();
        let middle = counts.len() / 2;
        if middle < counts.len() {
            let (_, middle, _) = counts.select_nth_unstable(middle);
            let few = *middle;
            self.by_peer.retain(|_, count| *count > few);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_peer_has_so_many_verdicts_logged_in_a_minute() {
        let logging = Logging::new(LogVerdicts::All, 2);
        let [one, other] = [Some(IpAddr::from([127, 0, 0, 1])), Some(IpAddr::from([127, 0, 0, 2]))];
        let start = Instant::now();
        logging.count(one, start).unwrap();
        logging.count(one, start + MINUTE / 2).unwrap();
        logging.count(one, start + MINUTE / 2).unwrap_err();
        logging.count(other, start + MINUTE / 2).unwrap();
        logging.count(None, start).unwrap();
        logging.count(one, start + MINUTE).unwrap();
        let unlimited = Logging::new(LogVerdicts::All, 0);
        for _ in 0..10 {
            unlimited.count(one, start).unwrap();
        }
    }

    #[test]
    fn a_crowd_keeps_nobody_out_and_makes_nobody_forget_who_has_had_many() {
        let logging = Logging::new(LogVerdicts::All, 2);
        let start = Instant::now();
        let many = Some(IpAddr::from([192, 0, 2, 1]));
        logging.count(many, start).unwrap();
        logging.count(many, start).unwrap();
        for host in 0..=u32::try_from(PEERS_MAX).unwrap() {
            logging.count(Some(IpAddr::from((10 << 24 | host).to_be_bytes())), start).unwrap();
        }
        logging.count(many, start).unwrap_err();
        assert!(logging.minute.lock().unwrap().by_peer.len() <= PEERS_MAX);
    }
}
