//! Following the log: every checkpoint must be consistent with the last one seen, so that whoever
//! serves this client can't change the past without being found out.

use tokio::sync::Mutex;

use crate::client::connect::Client;
use crate::client::error::ClientError;
use crate::merkle::ConsistencyProof;
use crate::note::VerifiedCheckpoint;
use crate::proto;
use crate::service::convert::consistency_from;

/// The newest checkpoint that this client has accepted.
#[derive(Debug, Default)]
pub(super) struct Seen {
    latest: Mutex<Option<VerifiedCheckpoint>>,
}

impl Seen {
    pub(super) fn new(latest: Option<VerifiedCheckpoint>) -> Self {
        Self { latest: Mutex::new(latest) }
    }
}

impl Client {
    /// The newest checkpoint that this client has accepted, to be kept and given to the next one.
    pub async fn seen(&self) -> Option<VerifiedCheckpoint> {
        self.seen.latest.lock().await.clone()
    }

    /// Verifies a checkpoint, and that it and the last one seen are of one history.
    pub(super) async fn accept(&self, note: &str) -> Result<VerifiedCheckpoint, ClientError> {
        // Held while the proof is fetched: of two answers, the second is compared with the first.
        let mut latest = self.seen.latest.lock().await;
        if let Some(seen) = latest.as_ref().filter(|seen| is_same_note(seen, note)) {
            return Ok(seen.clone());
        }
        let found = VerifiedCheckpoint::verify(note.as_bytes(), self.genesis.log_key())?;
        let Some(seen) = latest.as_ref() else {
            *latest = Some(found.clone());
            return Ok(found);
        };
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
