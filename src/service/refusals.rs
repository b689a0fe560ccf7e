//! Having what is refused signed by the ledger, for the one who offered it to keep.

use std::sync::Arc;

use crate::causes::chain;
use crate::service::api::Api;
use crate::service::failure::Failure;
use crate::service::gate::finish;

impl Api {
    /// A failure as it is answered: with the ledger's signature, if it is a refusal.
    pub(super) async fn signed(&self, failure: Failure) -> Failure {
        let Failure::Refused { reason, findings, statement, signed: None } = failure else {
            return failure;
        };
        let ledger = Arc::clone(&self.ledger);
        // Started, not awaited in place: the answers of a stream are made while it is read, and one that
        // nobody reads must not keep a turn.
        let note = finish(self.gate.start(move || ledger.sign_refusal(statement, reason))).await;
        let signed = match note {
            Ok(Ok(note)) => Some(note.to_string()),
            // Refused it is all the same.
            Ok(Err(error)) => {
                tracing::error!(cause = %chain(&error), "a refusal could not be signed");
                None
            }
            Err(failure) => {
                tracing::error!(?failure, "a refusal could not be signed");
                None
            }
        };
        Failure::Refused { reason, findings, statement, signed }
    }
}
