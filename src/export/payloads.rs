//! Payloads that a directory has and the log no longer gives: kept, unless an entry orders that
//! they go. Otherwise a server that gives nothing would empty every copy that trusts it.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::may_have_erased;
use crate::attestation::{Predicate, Statement};
use crate::entry::{Body, Entry, Payload, PayloadBundle};
use crate::envelope::{Envelope, StatementDigest};
use crate::export::error::ExportError;
use crate::export::writer::{DirWriter, Readers};
use crate::merkle::{EntryIndex, TileId, TreeSize};
use crate::record::Record;

/// Orders to erase that were read so far, and where the payloads are that the directory has.
/// Bundles come from the last to the first.
#[derive(Debug)]
pub(super) struct PayloadKeeper {
    /// How many entries the directory held before.
    held_size: TreeSize,
    orders: BTreeMap<StatementDigest, Vec<(EntryIndex, Statement)>>,
    /// What orders are about that the directory did not hold before, until it is found.
    sought: BTreeSet<StatementDigest>,
}

impl PayloadKeeper {
    pub(super) const fn new(held_size: TreeSize) -> Self {
        Self { held_size, orders: BTreeMap::new(), sought: BTreeSet::new() }
    }

    /// Reads the orders in a payload bundle that the directory has.
    pub(super) fn note_orders(&mut self, id: TileId, bytes: &[u8], entries: &[Entry]) {
        let Ok(payloads) = PayloadBundle::decode(bytes, entries.len()) else { return };
        let first = id.first_entry().unwrap_or_default().get();
        for (index, payload) in (first..).map(EntryIndex::new).zip(&payloads) {
            self.note_order(index, payload);
        }
    }

    /// Whether there are new orders about what was not found yet.
    pub(super) fn has_sought(&self) -> bool {
        !self.sought.is_empty()
    }

    /// Whether any of that is among these entries.
    pub(super) fn seeks(&self, entries: &[Entry]) -> bool {
        entries.iter().any(|entry| statement(entry).is_some_and(|it| self.sought.contains(it)))
    }

    /// The same, and it is found now.
    pub(super) fn find(&mut self, entries: &[Entry]) -> bool {
        let found = self.seeks(entries);
        for statement in entries.iter().filter_map(statement) {
            self.sought.remove(statement);
        }
        found
    }

    /// The payload bundle to write in the place of `bytes`, which the log gives for `entries`.
    pub(super) fn keep(
        &mut self,
        writer: &mut DirWriter,
        id: TileId,
        bytes: Vec<u8>,
        entries: &[Entry],
    ) -> Result<Vec<u8>, ExportError> {
        let Ok(payloads) = PayloadBundle::decode(&bytes, entries.len()) else { return Ok(bytes) };
        let first = id.first_entry().unwrap_or_default().get();
        let placed = || (first..).map(EntryIndex::new).zip(entries.iter().zip(&payloads));
        self.note_orders(id, &bytes, entries);
        let held = self.held(writer, id)?;
        let held: Vec<Vec<Payload<'_>>> = held
            .iter()
            .filter_map(|(id, bytes)| PayloadBundle::decode(bytes, usize::from(id.width())).ok())
            .collect();
        let kept = placed().zip(0..).map(|((index, (entry, payload)), place)| {
            let mut held = held.iter().filter_map(|bundle| bundle.get::<usize>(place)).copied();
            let is_gone = match payload {
                Payload::Bytes(_) => return *payload,
                Payload::Absent => self.is_ordered(index, entry),
                Payload::Withheld => false,
            };
            let own = held.find(|held| matches!(held, Payload::Bytes(of) if entry.commits_to(of)));
            own.filter(|_| !is_gone).unwrap_or(*payload)
        });
        Ok(PayloadBundle::encode(kept))
    }

    /// Who may read what the directory has of the payloads of a bundle.
    pub(super) fn readers(&self, writer: &DirWriter, id: TileId) -> Readers {
        let mut readers = self.places(id).map(|id| writer.readers(&id.to_string()));
        let is_private = readers.any(|readers| readers == Readers::Owner);
        if is_private { Readers::Owner } else { Readers::Everybody }
    }

    /// The bundles that the directory has of these entries.
    fn held(
        &self,
        writer: &mut DirWriter,
        id: TileId,
    ) -> Result<Vec<(TileId, Vec<u8>)>, ExportError> {
        let mut held = Vec::new();
        for id in self.places(id) {
            held.extend(writer.read(&id.to_string())?.map(|bytes| (id, bytes)));
        }
        Ok(held)
    }

    /// Where they may be: of the same width, and as it was before.
    fn places(&self, id: TileId) -> impl Iterator<Item = TileId> + use<> {
        let before = id.kind().in_tree(id.index(), self.held_size).filter(|before| *before != id);
        [Some(id), before].into_iter().flatten()
    }

    fn note_order(&mut self, index: EntryIndex, payload: &Payload<'_>) {
        let Payload::Bytes(bytes) = payload else { return };
        let Ok(envelope) = Envelope::decode(bytes) else { return };
        let Ok(statement) = Statement::parse(envelope.payload()) else { return };
        if let Predicate::ErasureOrder(order) = statement.predicate() {
            let target = order.target;
            self.orders.entry(target).or_default().push((index, statement));
            if !self.held_size.contains(index) {
                self.sought.insert(target);
            }
        }
    }

    fn is_ordered(&self, index: EntryIndex, entry: &Entry) -> bool {
        let Body::Attestation { statement, .. } = entry.body() else { return true };
        let (Some(orders), Ok(target)) = (self.orders.get(statement), Record::erased(index, entry))
        else {
            return false;
        };
        orders.iter().any(|(at, order)| *at > index && may_have_erased(order, &target))
    }
}

fn statement(entry: &Entry) -> Option<&StatementDigest> {
    match entry.body() {
        Body::Attestation { statement, .. } => Some(statement),
        Body::Genesis { .. } | Body::Seal { .. } => None,
    }
}
