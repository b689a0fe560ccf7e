//! Which writer is the current one.

/// The number of a claim: each is higher than all before it in the store.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Epoch(u64);

impl Epoch {
    /// The epoch with this number; only engines number them.
    pub(super) const fn new(number: u64) -> Self {
        Self(number)
    }

    /// The number: 1 for the first claim on a store.
    pub const fn number(self) -> u64 {
        self.0
    }
}
