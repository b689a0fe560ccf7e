//! An envelope in plain words.

use serde_json::json;

use crate::attestation::Statement;
use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::shown::Shown;
use crate::cli::show::statement;
use crate::cli::words::Facts;
use crate::envelope::Envelope;

/// Shows an envelope and the statement in it.
pub(super) fn show(envelope: &Envelope) -> Result<Shown, Failure> {
    let statement = Statement::parse(envelope.payload()).step("statement in the envelope")?;
    let signers: Vec<String> =
        envelope.signatures().iter().map(|(key, _)| key.to_string()).collect();
    let title = format!("Envelope: {}", statement::title(&statement));
    let mut facts = Facts::default();
    facts
        .put("statement", envelope.statement_digest().to_string())
        .put("envelope", envelope.digest().to_string())
        .put("signed_by_keys", json!(signers));
    statement::put(&mut facts, &statement, envelope.payload());
    Ok(Shown::new("envelope", title, facts)
        .checked("the statement's form, its identifiers, its subjects and their digests")
        .unchecked(
            "the signatures: whose key a key id names is known in the ledger, and proved by a \
             dossier",
        ))
}
