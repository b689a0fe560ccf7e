//! How much of something each peer has, so that no peer has all of it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex, PoisonError};

/// Counts what is in use, in total and for each peer. Cheap to clone; clones share the count.
#[derive(Clone, Debug)]
pub(crate) struct Peers {
    in_use: Arc<Mutex<InUse>>,
    total_max: usize,
    peer_max: usize,
}

#[derive(Debug, Default)]
struct InUse {
    total: usize,
    by_peer: HashMap<IpAddr, usize>,
}

/// A share; given back when it is dropped.
#[derive(Debug)]
pub(crate) struct Share {
    peers: Peers,
    peer: Option<IpAddr>,
    count: usize,
}

impl Peers {
    pub(crate) fn new(total_max: usize, peer_max: usize) -> Self {
        Self { in_use: Arc::default(), total_max, peer_max }
    }

    /// A share for this peer, if it and everybody together have room. All addresses of one IPv6
    /// network of 64 bits are one peer: any host has that many. A peer without an address, as
    /// in a process that talks to itself, counts in total alone.
    pub(crate) fn take(&self, peer: Option<IpAddr>) -> Option<Share> {
        self.take_many(peer, 1)
    }

    /// The same, of so many at once.
    pub(crate) fn take_many(&self, peer: Option<IpAddr>, count: usize) -> Option<Share> {
        let peer = peer.map(network);
        let mut in_use = self.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        let of_peer = peer.and_then(|peer| in_use.by_peer.get(&peer)).copied().unwrap_or(0);
        let (total, of_peer) = (in_use.total.saturating_add(count), of_peer.saturating_add(count));
        if total > self.total_max || of_peer > self.peer_max {
            return None;
        }
        in_use.total = total;
        if let Some(peer) = peer {
            in_use.by_peer.insert(peer, of_peer);
        }
        Some(Share { peers: self.clone(), peer, count })
    }
}

/// The network that stands for an address; for IPv4 the address itself, however it is written.
pub(crate) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(address) => {
            IpAddr::V6(Ipv6Addr::from_bits(address.to_bits() & !u128::from(u64::MAX)))
        }
        address @ IpAddr::V4(_) => address,
    }
}

impl Share {
    /// Gives back what is beyond `count`.
    pub(crate) fn keep(&mut self, count: usize) {
        self.give_back(self.count.saturating_sub(count));
    }

    fn give_back(&mut self, count: usize) {
        self.count = self.count.saturating_sub(count);
        let mut in_use = self.peers.in_use.lock().unwrap_or_else(PoisonError::into_inner);
        in_use.total = in_use.total.saturating_sub(count);
        let Some(peer) = self.peer else { return };
        if let Some(of_peer) = in_use.by_peer.get_mut(&peer) {
            *of_peer = of_peer.saturating_sub(count);
            if *of_peer == 0 {
                in_use.by_peer.remove(&peer);
            }
        }
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        self.give_back(self.count);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_peer_leaves_room_for_others_and_all_share_the_total() {
        let peers = Peers::new(3, 2);
        let [one, other] = [Some(IpAddr::from([127, 0, 0, 1])), Some(IpAddr::from([127, 0, 0, 2]))];
        let first = peers.take(one).unwrap();
        let _second = peers.take(one).unwrap();
        assert!(peers.take(one).is_none());
        let _third = peers.take(other).unwrap();
        assert!(peers.take(other).is_none());
        assert!(peers.take(None).is_none());
        drop(first);
        let _again = peers.take(one).unwrap();
        assert!(peers.take(other).is_none());
    }

    #[test]
    fn a_host_with_many_addresses_is_one_peer() {
        let take = |first: &str, second: &str| {
            let peers = Peers::new(9, 1);
            let _first = peers.take(Some(first.parse().unwrap())).unwrap();
            peers.take(Some(second.parse().unwrap())).is_some()
        };
        assert!(!take("2001:db8:0:1::1", "2001:db8:0:1:ffff::2"));
        assert!(take("2001:db8:0:1::1", "2001:db8:0:2::1"));
        assert!(!take("192.0.2.1", "::ffff:192.0.2.1"));
        assert!(take("::ffff:192.0.2.1", "::ffff:192.0.2.2"));
    }

    #[test]
    fn several_at_once_are_had_together_or_not_at_all() {
        let peers = Peers::new(10, 8);
        let [one, other] = [Some(IpAddr::from([127, 0, 0, 1])), Some(IpAddr::from([127, 0, 0, 2]))];
        let first = peers.take_many(one, 7).unwrap();
        assert!(peers.take_many(one, 2).is_none());
        assert!(peers.take_many(other, 4).is_none());
        assert!(peers.take_many(other, usize::MAX).is_none());
        let _second = peers.take_many(other, 3).unwrap();
        assert!(peers.take(None).is_none());
        drop(first);
        peers.take_many(one, 7).unwrap();
    }

    #[test]
    fn a_part_of_a_share_is_given_back_alone() {
        let peers = Peers::new(10, 8);
        let one = Some(IpAddr::from([127, 0, 0, 1]));
        let mut share = peers.take_many(one, 8).unwrap();
        share.keep(9);
        assert!(peers.take(one).is_none());
        share.keep(3);
        assert!(peers.take_many(one, 6).is_none());
        drop(peers.take_many(one, 5).unwrap());
        drop(share);
        assert_eq!(peers.in_use.lock().unwrap().total, 0);
    }

    #[test]
    fn a_peer_that_left_is_forgotten() {
        let peers = Peers::new(2, 2);
        drop(peers.take(Some(IpAddr::from([127, 0, 0, 1]))));
        assert!(peers.in_use.lock().unwrap().by_peer.is_empty());
    }
}
