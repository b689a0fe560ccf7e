//! Waiting for the next checkpoint to be published.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use crate::ledger::{Ledger, ListenFn};
use crate::merkle::TreeSize;
use crate::service::receipt::witnessed_size;

/// Whoever waits for checkpoints. Clones wait each for themselves.
#[derive(Clone)]
pub(in crate::service) struct Published {
    receiver: watch::Receiver<()>,
    /// How large the log is, by what is published.
    size: fn(&Ledger) -> TreeSize,
    /// The ledger keeps nobody else's hold on it.
    _listener: Arc<ListenFn>,
}

impl Published {
    /// Those of a ledger, from now on.
    pub(in crate::service) fn of(ledger: &Ledger) -> Self {
        Self::new(ledger, Ledger::on_publish, Ledger::size)
    }

    /// Those of them that a quorum of witnesses has cosigned.
    pub(in crate::service) fn witnessed(ledger: &Ledger) -> Self {
        let size = |ledger: &Ledger| witnessed_size(ledger).unwrap_or(TreeSize::EMPTY);
        Self::new(ledger, Ledger::on_witness, size)
    }

    fn new(
        ledger: &Ledger,
        tell: fn(&Ledger, &Arc<ListenFn>),
        size: fn(&Ledger) -> TreeSize,
    ) -> Self {
        let (sender, receiver) = watch::channel(());
        let listener: Arc<ListenFn> = Arc::new(move || {
            sender.send_replace(());
        });
        tell(ledger, &listener);
        Self { receiver, size, _listener: listener }
    }

    /// Comes back once the log is larger than this.
    pub(in crate::service) async fn beyond(&mut self, size: TreeSize, ledger: &Ledger) {
        loop {
            // First this, then the look: what is published in between is not missed.
            self.receiver.mark_unchanged();
            if (self.size)(ledger) > size {
                return;
            }
            // The sender is held beside the receiver.
            drop(self.receiver.changed().await);
        }
    }
}

impl fmt::Debug for Published {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Published")
    }
}
