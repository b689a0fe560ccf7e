//! What the entries of a dossier say, and that each was said by somebody whom the chains of the
//! same dossier show to have the right (formats.md, section 6, step 5).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::admission::may_have_erased;
use crate::attestation::{Predicate, Statement};
use crate::dossier::container::{Container, TableEntry};
use crate::dossier::error::{DossierError, RecordFault};
use crate::envelope::StatementDigest;
use crate::genesis::Genesis;
use crate::identifier::Class;
use crate::merkle::EntryIndex;
use crate::record::Record;
use crate::registry::{Registry, Unattributed, attribute};

/// Checks every entry against its envelope, and every signature against the registry as it was at
/// that entry; gives the records in the order of the table, and the registry after them.
pub(super) fn check_records(
    container: &Container,
    genesis: &Genesis,
) -> Result<(Vec<Arc<Record>>, Registry), DossierError> {
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
    Ok((records, registry))
}

fn check_record(entry: &TableEntry, registry: &Registry) -> Result<Record, RecordFault> {
    let index = entry.index;
    let Some(bytes) = entry.record() else {
        return Ok(Record::erased(index, &entry.entry).map_err(Unattributed::from)?);
    };
    Ok(attribute(registry, index, &entry.entry, bytes)?)
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
