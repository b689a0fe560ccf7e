//! A record that somebody had the right to make: entry, envelope, signatures and authority in one
//! step. Dossiers and handovers read their entries by it.

use std::collections::BTreeMap;

use crate::attestation::{KeyRecord, Signers, Statement, StatementError};
use crate::entry::Entry;
use crate::envelope::{Envelope, EnvelopeError};
use crate::key::{KeyId, PublicKey};
use crate::merkle::EntryIndex;
use crate::record::{Record, RecordError};
use crate::registry::authority::authorise;
use crate::registry::authority_error::Unauthorised;
use crate::registry::state::Registry;

/// Why an entry and the envelope record beside it are no record that counts.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Unattributed {
    /// The envelope record is malformed, or a signature does not hold.
    #[error(transparent)]
    Envelope(#[from] EnvelopeError),
    /// A signature by a key that is not registered before the entry.
    #[error("key {key} is not shown to be registered")]
    KeyUnknown {
        /// The key.
        key: KeyId,
    },
    /// The payload is no statement.
    #[error(transparent)]
    Statement(#[from] StatementError),
    /// Entry and envelope do not belong together.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// Meant for another ledger, and replayed in this one.
    #[error("it is for ledger {found:?}")]
    OtherLedger {
        /// The ledger that it names, cut after 80 characters.
        found: String,
    },
    /// Those who signed had no right to say it.
    #[error("not signed by those who may say it")]
    Authority(#[from] Unauthorised),
}

/// Reads the record of an entry from its envelope record: what the entry commits to, meant for this
/// ledger, every signature verified, and signed by those who may say it as of that entry.
pub fn attribute(
    registry: &Registry,
    index: EntryIndex,
    entry: &Entry,
    bytes: &[u8],
) -> Result<Record, Unattributed> {
    let envelope = Envelope::decode(bytes)?;
    let statement = Statement::parse(envelope.payload())?;
    if let Some(found) = statement.header().ledger.as_ref().filter(|of| *of != registry.origin()) {
        return Err(Unattributed::OtherLedger { found: found.chars().take(80).collect() });
    }
    let own = own_keys(&statement);
    let key_of = |key: &KeyId| registry.public_key(key).or_else(|| own.get(key).copied());
    let envelope = envelope.verify(key_of).map_err(|cause| match cause {
        EnvelopeError::UnknownKey { key } => Unattributed::KeyUnknown { key },
        other => Unattributed::Envelope(other),
    })?;
    let record = Record::of_parsed(index, entry, &envelope, statement)?;
    if let Some(statement) = record.statement() {
        let time = record.time();
        let _authority = authorise(registry, statement, record.signers(), index, time)?;
    }
    Ok(record)
}

/// The keys that a statement brings with it, by the ids that they really have: each signs the
/// statement by which it is registered.
fn own_keys(statement: &Statement) -> BTreeMap<KeyId, PublicKey> {
    let records: Vec<KeyRecord> = match statement.predicate().signers() {
        Signers::Registrars(act) => act.adds,
        Signers::NewKey { key, .. } | Signers::OwnKey { key } => vec![key],
        Signers::Issuer | Signers::Parties(_) => Vec::new(),
    };
    records.into_iter().map(|record| (record.public_key.id(), record.public_key)).collect()
}
