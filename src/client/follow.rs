//! Following the log: every checkpoint must be consistent with the last one seen, so that whoever
//! serves this client can't change the past without being found out.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;

use crate::client::connect::Client;
use crate::client::error::ClientError;
use crate::merkle::{ConsistencyProof, TreeSize};
use crate::note::VerifiedCheckpoint;
use crate::proto;
use crate::service::convert::consistency_from;

/// The newest checkpoint that this client has accepted.
#[derive(Debug, Default)]
pub(super) struct Seen {
    latest: Mutex<Option<VerifiedCheckpoint>>,
    /// Its size, to be had while it is being replaced; 0 before the first.
    size: AtomicU64,
}

impl Seen {
    pub(super) fn new(latest: Option<VerifiedCheckpoint>) -> Self {
        let size = latest.as_ref().map_or(0, |latest| latest.size().get());
        Self { latest: Mutex::new(latest), size: AtomicU64::new(size) }
    }
}

impl Client {
    /// The newest checkpoint that this client has accepted, to be kept and given to the next one.
    pub async fn seen(&self) -> Option<VerifiedCheckpoint> {
        self.seen.latest.lock().await.clone()
    }

    /// Holds a checkpoint that somebody else has seen against this client's: they are of one history,
    /// and the newer one is what this client has seen from here on.
    pub async fn compare(&self, note: &str) -> Result<(), ClientError> {
        self.accept(note, TreeSize::EMPTY).await.map(drop)
    }

    /// How large the log is known to be. Whoever asks for the newest takes this before the call, for
    /// no answer may be older; while the call is under way, others may be shown more.
    pub(super) fn since(&self) -> TreeSize {
        TreeSize::new(self.seen.size.load(Ordering::SeqCst))
    }

    /// Verifies a checkpoint of the size that was asked for, or the newest, which is no older than
    /// `since`.
    pub(super) async fn accept_at(
        &self,
        note: &str,
        asked: Option<TreeSize>,
        since: TreeSize,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        let Some(expected) = asked else { return self.accept(note, since).await };
        let checkpoint = self.accept(note, TreeSize::EMPTY).await?;
        let found = checkpoint.size();
        if found == expected { Ok(checkpoint) } else { Err(ClientError::Size { expected, found }) }
    }

    /// Verifies a checkpoint, and that it and the last one seen are of one history; and that it is
    /// no older than `since`.
    pub(super) async fn accept(
        &self,
        note: &str,
        since: TreeSize,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        // Held while the proof is fetched: of two answers, the second is compared with the first.
        let mut latest = self.seen.latest.lock().await;
        if let Some(seen) = latest.as_ref().filter(|seen| is_same_note(seen, note)) {
            return Ok(seen.clone());
        }
        let found = VerifiedCheckpoint::verify(note.as_bytes(), self.genesis.log_key())?;
        let Some(seen) = latest.as_ref() else {
            self.seen.size.store(found.size().get(), Ordering::SeqCst);
            *latest = Some(found.clone());
            return Ok(found);
        };
        if found.size() < since {
            return Err(ClientError::WentBack {
                seen: Box::new(seen.note().clone()),
                found: Box::new(found.note().clone()),
            });
        }
        if seen.size() == found.size() {
            if seen.root() != found.root() {
                return Err(ClientError::Fork {
                    seen: Box::new(seen.note().clone()),
                    found: Box::new(found.note().clone()),
                });
            }
            return Ok(found);
        }
        let (old, new) = if seen.size() < found.size() { (seen, &found) } else { (&found, seen) };
        let proof = self.consistency_proof(old, new).await?;
        new.extends(old.checkpoint(), &proof).map_err(|source| ClientError::Inconsistent {
            seen: Box::new(seen.note().clone()),
            found: Box::new(found.note().clone()),
            source,
        })?;
        if seen.size() < found.size() {
            self.seen.size.store(found.size().get(), Ordering::SeqCst);
            *latest = Some(found.clone());
        }
        Ok(found)
    }

    async fn consistency_proof(
        &self,
        old: &VerifiedCheckpoint,
        new: &VerifiedCheckpoint,
    ) -> Result<ConsistencyProof, ClientError> {
        let request = proto::GetConsistencyProofRequest {
            old_size: old.size().get(),
            new_size: new.size().get(),
        };
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(request, timeout);
                async move { api.get_consistency_proof(request).await }
            })
            .await?;
        consistency_from(&answer.hashes)
            .map_err(|cause| ClientError::HashLength { found: cause.found })
    }
}

fn is_same_note(seen: &VerifiedCheckpoint, note: &str) -> bool {
    // The text is a prefix of the note: a cheap test before the one that writes it out.
    note.starts_with(seen.note().text()) && seen.note().to_string() == note
}
