//! What witnesses have cosigned: by the policy of this client's user, or else by the server's word.

use crate::client::connect::{Client, may_retry, retry_wait};
use crate::client::error::ClientError;
use crate::client::receipt::VerifiedReceipt;
use crate::ledger::{Clock as _, SystemClock};
use crate::merkle::TreeSize;
use crate::note::{VerifiedCheckpoint, WitnessPolicy};
use crate::proto;
use crate::time::CLOCK_SKEW_MS_MAX;

impl Client {
    /// The policy that witnesses have to meet, if the user has one.
    pub fn witnesses(&self) -> Option<&WitnessPolicy> {
        self.witnesses.as_deref()
    }

    /// The newest checkpoint that a quorum of the server's witnesses has cosigned, or the one of a
    /// given size.
    pub async fn witnessed_checkpoint(
        &self,
        size: Option<TreeSize>,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        let tree_size = size.map_or(0, TreeSize::get);
        let message = proto::GetCheckpointRequest { tree_size, witnessed: true };
        let since = self.since_witnessed();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message, timeout);
                async move { api.get_checkpoint(request).await }
            })
            .await?;
        self.accept_witnessed_at(&answer.checkpoint, size, since).await
    }

    /// The receipt once more, under a checkpoint that a quorum of witnesses has cosigned. The server
    /// waits for one that has the entry, and says after a while that there is none. Asks again for some
    /// seconds if the user's policy asks for more than the server's quorum: cosignatures may come later.
    pub async fn witness(&self, receipt: &VerifiedReceipt) -> Result<VerifiedReceipt, ClientError> {
        let mut attempt = 1;
        loop {
            match self.witness_once(receipt).await {
                Err(ClientError::Quorum { .. }) if may_retry(attempt) => {
                    tokio::time::sleep(retry_wait(attempt, None)).await;
                    attempt += 1;
                }
                answer => return answer,
            }
        }
    }

    async fn witness_once(
        &self,
        receipt: &VerifiedReceipt,
    ) -> Result<VerifiedReceipt, ClientError> {
        let message = proto::GetReceiptRequest {
            statement_digest: receipt.statement_digest().digest().as_bytes().to_vec().into(),
            state: proto::ReceiptState::Witnessed.into(),
        };
        let since = self.since_witnessed();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message.clone(), timeout);
                async move { api.get_receipt(request).await }
            })
            .await?;
        let answer = answer.receipt.ok_or(ClientError::Incomplete { what: "receipt" })?;
        if answer.state() != proto::ReceiptState::Witnessed {
            return Err(ClientError::Incomplete { what: "witnessed receipt" });
        }
        let checkpoint = self.accept_witnessed_at(&answer.checkpoint, None, since).await?;
        Ok(receipt.witnessed(checkpoint, &answer)?)
    }

    /// Verifies a checkpoint of the size that was asked for, or the newest that is cosigned, which is
    /// no older than `since`; and that it meets the user's policy, if there is one.
    pub(super) async fn accept_witnessed_at(
        &self,
        note: &str,
        asked: Option<TreeSize>,
        since: TreeSize,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        let least = asked.map_or(since, |_size| TreeSize::EMPTY);
        let checkpoint = self.accept_witnessed(note, least).await?;
        let found = checkpoint.size();
        if let Some(expected) = asked.filter(|expected| *expected != found) {
            return Err(ClientError::Size { expected, found });
        }
        if let Some(policy) = &self.witnesses {
            let latest = SystemClock.now().saturating_add_ms(CLOCK_SKEW_MS_MAX);
            let cosigned = policy.verify(checkpoint.clone(), latest);
            drop(cosigned.map_err(|source| ClientError::Quorum { size: found, source })?);
        }
        Ok(checkpoint)
    }
}
