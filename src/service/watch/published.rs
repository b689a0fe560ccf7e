//! Waiting for the next checkpoint to be published.

use std::fmt;
use std::sync::Arc;

use tokio::sync::watch;

use crate::ledger::{Ledger, ListenFn};
use crate::merkle::TreeSize;

/// Whoever waits for checkpoints. Clones wait each for themselves.
#[derive(Clone)]
pub(in crate::service) struct Published {
    receiver: watch::Receiver<()>,
    /// The ledger keeps nobody else's hold on it.
    _listener: Arc<ListenFn>,
}

impl Published {
    /// Those of a ledger, from now on.
    pub(in crate::service) fn of(ledger: &Ledger) -> Self {
        let (sender, receiver) = watch::channel(());
        let listener: Arc<ListenFn> = Arc::new(move || {
            sender.send_replace(());
        });
        ledger.on_publish(&listener);
        Self { receiver, _listener: listener }
    }

    /// Comes back once the log is larger than this.
    pub(super) async fn beyond(&mut self, size: TreeSize, ledger: &Ledger) {
        loop {
            // First this, then the look: what is published in between is not missed.
            self.receiver.mark_unchanged();
            if ledger.size() > size {
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
