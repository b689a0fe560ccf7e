//! What the entries of a dossier say, and that each was said by somebody whom the chains of the
//! same dossier show to have the right (formats.md, section 6, step 5).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::admission::may_have_erased;
use crate::attestation::{KeyRecord, Predicate, Signers, Statement};
use crate::dossier::container::{Container, TableEntry};
use crate::dossier::error::{DossierError, RecordFault};
use crate::envelope::{Envelope, EnvelopeError, StatementDigest};
use crate::genesis::Genesis;
use crate::identifier::Class;
use crate::key::{KeyId, PublicKey};
use crate::merkle::EntryIndex;
use crate::record::Record;
use crate::registry::{Registry, authorise};

/// Checks every entry against its envelope, and every signature against the registry as it was at
/// that entry; gives the records in the order of the table.
pub(super) fn check_records(
    container: &Container,
    genesis: &Genesis,
) -> Result<Vec<Arc<Record>>, DossierError> {
    let mut registry = Registry::new(genesis);
    let mut statements = BTreeSet::new();
    let mut records = Vec::with_capacity(container.entries().len());
    for entry in container.entries() {
        let index = entry.index;
        let record = check_record(entry, &registry)
            .and_then(|record| {
                let is_new = statements.insert(*record.digest());
                if is_new { Ok(record) } else { Err(RecordFault::StatementTwice) }
            })
            .map_err(|cause| DossierError::Record { index, cause })?;
        registry.apply(&record);
        records.push(Arc::new(record));
    }
    check_erased(container, &records)?;
    Ok(records)
}

fn check_record(entry: &TableEntry, registry: &Registry) -> Result<Record, RecordFault> {
    let index = entry.index;
    let Some(bytes) = entry.record() else {
        return Ok(Record::erased(index, &entry.entry)?);
    };
    let envelope = Envelope::decode(bytes)?;
    let statement = Statement::parse(envelope.payload())?;
    if let Some(found) = statement.header().ledger.as_ref().filter(|of| *of != registry.origin()) {
        return Err(RecordFault::OtherLedger { found: found.chars().take(80).collect() });
    }
    let own = own_keys(&statement);
    let key_of = |key: &KeyId| registry.public_key(key).or_else(|| own.get(key).copied());
    let envelope = envelope.verify(key_of).map_err(|cause| match cause {
        EnvelopeError::UnknownKey { key } => RecordFault::KeyUnknown { key },
        other => RecordFault::Envelope(other),
    })?;
    let record = Record::of_parsed(index, &entry.entry, &envelope, statement)?;
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

/// Checks that no adverse chain has a gap, that what is erased was ordered to be, by an order in the
/// same dossier, and that what was ordered to be is erased: whoever kept the payload would else have
/// another verdict than the ledger.
fn check_erased(container: &Container, records: &[Arc<Record>]) -> Result<(), DossierError> {
    for chain in container.chains().iter().filter(|chain| chain.class == Class::Adverse) {
        if let Some(erased) = container.entries_of(chain).find(|entry| entry.is_erased()) {
            let cause = RecordFault::ErasedAdverse { uri: chain.uri.clone() };
            return Err(DossierError::Record { index: erased.index, cause });
        }
    }
    let mut orders: BTreeMap<StatementDigest, Vec<(EntryIndex, &Statement)>> = BTreeMap::new();
    for record in records {
        if let Some((target, order)) = order_of(record) {
            orders.entry(target).or_default().push((record.index(), order));
        }
    }
    for record in records {
        let mut orders = orders.get(record.digest()).into_iter().flatten();
        let order = orders.find(|(order_index, order)| {
            *order_index > record.index() && may_have_erased(order, record)
        });
        let cause = match (record.is_erased(), order) {
            (true, None) => RecordFault::ErasedWithoutOrder { statement: *record.digest() },
            (false, Some((order, _))) => RecordFault::NotErased { order: *order },
            (true, Some(_)) | (false, None) => continue,
        };
        return Err(DossierError::Record { index: record.index(), cause });
    }
    Ok(())
}

/// The statement that a record orders to be erased, and the order.
fn order_of(record: &Record) -> Option<(StatementDigest, &Statement)> {
    let statement = record.statement()?;
    match statement.predicate() {
        Predicate::ErasureOrder(order) => Some((order.target, statement)),
        _ => None,
    }
}
