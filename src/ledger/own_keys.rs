//! Keys that a statement brings with it: a new key signs the statement that registers it, so no
//! registry can know it before.

use crate::attestation::{KeyRecord, Signers, Statement};
use crate::key::{KeyId, PublicKey};

/// The keys that the statement in `payload` brings with it; none if it is no statement.
pub(super) fn own_keys(payload: &[u8]) -> Vec<(KeyId, PublicKey)> {
    let Ok(statement) = Statement::parse(payload) else { return Vec::new() };
    let records: Vec<KeyRecord> = match statement.predicate().signers() {
        Signers::Registrars(act) => act.adds,
        Signers::NewKey { key, .. } | Signers::OwnKey { key } => vec![key],
        Signers::Issuer | Signers::Parties(_) => Vec::new(),
    };
    // The id is recomputed: one that names another key would make that one the signer.
    records.into_iter().map(|record| (record.public_key.id(), record.public_key)).collect()
}
