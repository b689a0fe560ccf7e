//! Why an event of a watch does not hold.

use crate::dossier::DossierError;
use crate::merkle::TreeSize;
use crate::proto::WatchCause;

/// Why an event of a watch does not hold.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum WatchError {
    /// It is on a query that was not asked, or that was refused before.
    #[error("event on query {id}, which is not watched")]
    NotWatched {
        /// Its number, from 0.
        id: u64,
    },
    /// It is said to be the first answer to a query of which something was told before.
    #[error("query {id} is answered as if nothing had been told of it")]
    Again {
        /// Its number, from 0.
        id: u64,
    },
    /// It says that it rests on another checkpoint than its verdict does.
    #[error("event says that it rests on {found} entries, its verdict on {expected}")]
    Size {
        /// What the verdict says.
        expected: TreeSize,
        /// What the event says.
        found: TreeSize,
    },
    /// It is compared with a state that does not lie before it.
    #[error("event under {size} entries is compared with a state of {found}")]
    Compared {
        /// The size that the verdict rests on.
        size: TreeSize,
        /// The size that it was compared with.
        found: TreeSize,
    },
    /// The dossier shows another cause.
    #[error("event says that its cause is {found:?}, the dossier shows {expected:?}")]
    Cause {
        /// What the dossier shows.
        expected: WatchCause,
        /// What the event says.
        found: WatchCause,
    },
    /// The dossier does not verify.
    #[error("dossier")]
    Dossier(#[from] Box<DossierError>),
}

impl WatchError {
    /// Whether nothing could be said, as against: it does not hold.
    pub fn is_undecided(&self) -> bool {
        matches!(self, Self::Dossier(error) if error.is_undecided())
    }
}
