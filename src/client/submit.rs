//! Submitting one envelope, and asking for the receipt of one submitted before.

use crate::client::connect::Client;
use crate::client::error::{ClientError, Refused};
use crate::client::receipt::VerifiedReceipt;
use crate::envelope::{Envelope, StatementDigest};
use crate::merkle::TreeSize;
use crate::proto;
use crate::service::convert::envelope_to;

impl Client {
    /// Has an envelope recorded, and checks the receipt. Made again where no answer comes: the same
    /// statement again gets the first receipt. A refusal that the ledger has signed is checked too.
    pub async fn submit(&self, envelope: &Envelope) -> Result<VerifiedReceipt, ClientError> {
        let message = proto::SubmitRequest { envelope: Some(envelope_to(envelope)) };
        let since = self.since();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message.clone(), timeout);
                async move { api.submit(request).await }
            })
            .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(ClientError::Refused(refused)) => {
                let refused = self.accept_refusal(*refused, envelope.statement_digest()).await?;
                return Err(Box::new(refused).into());
            }
            Err(error) => return Err(error),
        };
        let receipt = answer.receipt.ok_or(ClientError::Incomplete { what: "receipt" })?;
        self.accept_receipt(&receipt, envelope, since).await
    }

    /// The receipt of an envelope that was recorded before, under a new checkpoint.
    pub async fn receipt(&self, envelope: &Envelope) -> Result<VerifiedReceipt, ClientError> {
        let digest = envelope.statement_digest();
        let message = proto::GetReceiptRequest {
            statement_digest: digest.digest().as_bytes().to_vec().into(),
            state: proto::ReceiptState::Signed.into(),
        };
        let since = self.since();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message.clone(), timeout);
                async move { api.get_receipt(request).await }
            })
            .await?;
        let receipt = answer.receipt.ok_or(ClientError::Incomplete { what: "receipt" })?;
        self.accept_receipt(&receipt, envelope, since).await
    }

    /// Checks a receipt, and that its checkpoint goes on from the last one seen and is no older than
    /// `since`.
    pub(super) async fn accept_receipt(
        &self,
        receipt: &proto::Receipt,
        envelope: &Envelope,
        since: TreeSize,
    ) -> Result<VerifiedReceipt, ClientError> {
        let checkpoint = self.accept(&receipt.checkpoint, since).await?;
        Ok(VerifiedReceipt::under(checkpoint, receipt, envelope)?)
    }

    /// Checks that a signed refusal is the log's, of this statement and for the reason given.
    pub(super) async fn accept_refusal(
        &self,
        mut refused: Refused,
        statement: StatementDigest,
    ) -> Result<Refused, ClientError> {
        if let Some(note) = refused.note.take() {
            let refusal = self.verify_refusal(&note).await?;
            refused.signed = Some(Box::new(refusal.expect(statement, &refused.reason)?));
        }
        Ok(refused)
    }
}
