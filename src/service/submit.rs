//! Recording one envelope.

use prost::bytes::Bytes;
use tokio::sync::oneshot;

use crate::envelope::{Envelope, StatementDigest};
use crate::ledger::{Door, Receipt, ReplyFn, Submission};
use crate::proto;
use crate::proto::ReceiptState;
use crate::service::api::Api;
use crate::service::convert::{envelope_from, hashes_to};
use crate::service::failure::Failure;
use crate::service::gate::Room;

/// What became of a submission.
pub(super) type Outcome = Result<Receipt, Failure>;

impl Api {
    pub(super) async fn submit(
        &self,
        request: proto::SubmitRequest,
    ) -> Result<proto::SubmitResponse, Failure> {
        let envelope = envelope_of(request.envelope)?;
        let room = self.gate.room_now(envelope.payload().len())?;
        match self.record(envelope, room).await {
            Ok(receipt) => {
                let receipt = Some(receipt_to(receipt, ReceiptState::Signed));
                Ok(proto::SubmitResponse { receipt })
            }
            Err(failure) => Err(self.signed(failure).await),
        }
    }

    /// Has an envelope recorded. Whoever stops waiting for the outcome does not stop the recording.
    pub(super) async fn record(&self, envelope: Envelope, room: Room) -> Result<Receipt, Failure> {
        let door = self.ledger.door();
        let (statement, submission) = self.gate.work(move || check(&door, envelope)).await?;
        let (sender, receiver) = oneshot::channel();
        self.ledger.submit(submission?, reply(statement, sender, room));
        receiver.await.unwrap_or_else(|_gone| Err(Failure::unconfirmed()))
    }
}

/// Checks an envelope at the door; its statement is known whether or not it is let in.
pub(super) fn check(
    door: &Door,
    envelope: Envelope,
) -> (StatementDigest, Result<Submission, Failure>) {
    let statement = envelope.statement_digest();
    let refused = |refusal| Failure::refused(statement, &refusal);
    (statement, door.check(envelope).map_err(refused))
}

/// The envelope of a request.
pub(super) fn envelope_of(message: Option<proto::Envelope>) -> Result<Envelope, Failure> {
    let missing = || Failure::Malformed { member: "envelope", message: "missing".to_owned() };
    Ok(envelope_from(message.ok_or_else(missing)?)?)
}

/// Passes the outcome of a statement on and gives back what the submission `held`, whether or not
/// anybody still waits.
pub(super) fn reply(
    statement: StatementDigest,
    sender: oneshot::Sender<Outcome>,
    held: impl Send + 'static,
) -> ReplyFn {
    Box::new(move |outcome| {
        drop(held);
        // What is recorded stays recorded; the caller learns of it when it asks again.
        drop(sender.send(outcome.map_err(|error| Failure::of_submit(statement, error))));
    })
}

/// The message of a receipt whose checkpoint makes it one of this state.
pub(super) fn receipt_to(receipt: Receipt, state: ReceiptState) -> proto::Receipt {
    proto::Receipt {
        index: receipt.index.get(),
        entry: Bytes::from(receipt.entry),
        inclusion: hashes_to(&receipt.proof.0),
        checkpoint: receipt.checkpoint,
        state: state.into(),
        duplicate: receipt.is_duplicate,
    }
}
