//! Signs what is not signed yet.

use std::path::PathBuf;

use serde_json::Value;

use crate::attestation::{Statement, StatementError};
use crate::cli::failure::Failure;
use crate::cli::keys;
use crate::envelope::Envelope;
use crate::key::{PrivateKey, Signer};

/// The keys that sign statements and rows of tables; none if only envelopes are sent.
#[derive(Debug)]
pub(super) struct Signing {
    keys: Vec<PrivateKey>,
}

/// Why something was not sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Unsent {
    /// The column to blame, in a table.
    pub(super) column: Option<String>,
    /// What was found and expected.
    pub(super) reason: String,
}

impl Signing {
    /// Reads the keys.
    pub(super) fn read(paths: &[PathBuf]) -> Result<Self, Failure> {
        let keys = paths.iter().map(|path| keys::read_private(path)).collect::<Result<_, _>>()?;
        Ok(Self { keys })
    }

    /// Whether there is nothing to sign with.
    pub(super) const fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The envelope in a JSON text; of a statement, the one that is signed here.
    pub(super) fn envelope(&self, json: &[u8]) -> Result<Envelope, Unsent> {
        let cause = match Envelope::from_json(json) {
            Ok(envelope) => return Ok(envelope),
            Err(cause) => cause,
        };
        if !is_statement(json) {
            return Err(Unsent::new(&Failure::of("not sent", cause)));
        }
        if self.is_empty() {
            let reason = "not sent: a statement that nobody has signed; sign it with --key";
            return Err(Unsent { column: None, reason: reason.to_owned() });
        }
        let statement = Statement::parse(json);
        drop(statement.map_err(Unsent::of)?);
        self.sign(json.to_vec())
    }

    /// Signs a statement.
    pub(super) fn sign(&self, statement: Vec<u8>) -> Result<Envelope, Unsent> {
        let signers: Vec<&dyn Signer> = self.keys.iter().map(|key| key as &dyn Signer).collect();
        Envelope::sign(statement, &signers)
            .map_err(|cause| Unsent::new(&Failure::of("not signed", cause)))
    }
}

impl Unsent {
    /// What a statement breaks.
    pub(super) fn of(cause: StatementError) -> Self {
        Self::new(&Failure::of("not sent", cause))
    }

    fn new(failure: &Failure) -> Self {
        Self { column: None, reason: failure.chain().join(": ") }
    }
}

fn is_statement(json: &[u8]) -> bool {
    serde_json::from_slice::<Value>(json).is_ok_and(|value| value.get("_type").is_some())
}
