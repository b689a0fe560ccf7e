//! Entries read on trial: what the log comes to, if all of them keep the rules.

use crate::encoding::Writer;
use crate::entry::{
    Body, Entry, EntryBundle, EntryError, LogError, LogState, Payload, PayloadBundle,
};
use crate::fraud::error::FraudProofError;
use crate::fraud::follower::advance::{Advance, Stop, Unserved};
use crate::fraud::follower::erasures::Erasures;
use crate::fraud::follower::evidence::{Item, Maker, ShownBy};
use crate::fraud::keys::judge;
use crate::fraud::wire::FRAUD_PROOF_BYTES_MAX;
use crate::merkle::{EntryIndex, TileId, TileKind, leaf_hash};

/// What is kept of the entries that have been read.
#[derive(Clone, Debug)]
pub(super) struct Reading {
    pub(super) state: LogState,
    /// The last entry's bytes: a seal, once there is a checkpoint.
    pub(super) last: Vec<u8>,
    pub(super) erasures: Erasures,
}

/// A log as far as its entries have been read.
pub(super) struct Trial<'a> {
    maker: &'a Maker<'a>,
    reading: Reading,
    /// The last seal, or the genesis, and all entries since, as an entry bundle has them.
    open: Vec<u8>,
    open_from: EntryIndex,
    /// The first payload that is not as it should be. Entries behind it are read all the same: who
    /// keeps a payload back must not hide behind that what the entries alone show.
    unserved: Option<Advance>,
}

impl<'a> Trial<'a> {
    /// Goes on from what was read before.
    pub(super) fn new(maker: &'a Maker<'a>, reading: Reading) -> Self {
        let mut open = Vec::new();
        if !reading.last.is_empty() {
            put(&mut open, &reading.last);
        }
        let open_from = reading.state.last_seal().unwrap_or_default();
        Self { maker, reading, open, open_from, unserved: None }
    }

    /// Reads a bundle and the payloads beside it; entries that were read before are passed over.
    pub(super) fn read(&mut self, id: TileId) -> Result<(), Stop> {
        let (path, width) = (id.to_string(), usize::from(id.width()));
        let payloads = TileId::new(TileKind::Payloads, id.index(), id.width()).unwrap_or(id);
        let payload_path = payloads.to_string();
        let tree = self.maker.tree;
        let leaves = tree.tile(id.index())?;
        let bundle = tree.read(&path)?;
        let entries =
            EntryBundle::decode(&bundle, width).map_err(|cause| Stop::at(&path, cause))?;
        let bundle = self.served(tree.read(&payload_path))?.unwrap_or_default();
        let payloads = PayloadBundle::decode(&bundle, width);
        let payloads = self.served(payloads.map_err(|cause| Stop::at(&payload_path, cause)))?;
        let mut payloads = payloads.unwrap_or_default().into_iter();
        let first = id.first_entry().unwrap_or_default();
        for (place, (bytes, leaf)) in (0..).zip(entries.into_iter().zip(leaves.hashes().iter())) {
            let index = EntryIndex::new(first.get().saturating_add(place));
            let payload = payloads.next();
            if self.reading.state.size().contains(index) {
                continue;
            }
            if leaf_hash(bytes) != *leaf {
                return Err(Stop::of(&path, index, Unserved::OtherEntry));
            }
            let entry = self.push(Item { index, bytes })?;
            if let Some(payload) = payload {
                let of = Item { index, bytes };
                let checked = self.check_payload(of, &entry, payload, &payload_path);
                let _checked = self.served(checked)?;
            }
        }
        Ok(())
    }

    /// What there is; none of what was not served, which is remembered.
    fn served<T>(&mut self, read: Result<T, Stop>) -> Result<Option<T>, Stop> {
        match read {
            Ok(read) => Ok(Some(read)),
            Err(Stop::Ended(of @ (Advance::NotServed(_) | Advance::Unproved { .. }))) => {
                self.unserved.get_or_insert(of);
                Ok(None)
            }
            Err(stop) => Err(stop),
        }
    }

    /// What the log came to.
    pub(super) fn finish(self) -> Result<Reading, Stop> {
        if let Err(LogError::LastSeal { size }) = self.reading.state.finish() {
            let index = size.last().unwrap_or_default();
            return Err(self.maker.order(Item { index, bytes: &self.reading.last }, None)?);
        }
        if let Some(unserved) = self.unserved {
            return Err(Stop::Ended(unserved));
        }
        self.reading.erasures.check()?;
        Ok(self.reading)
    }

    /// Takes the next entry, or makes evidence against it.
    fn push(&mut self, of: Item<'_>) -> Result<Entry, Stop> {
        let entry = match Entry::decode(of.bytes) {
            Ok(entry) => entry,
            Err(cause @ EntryError::Version { .. }) => {
                let cause = FraudProofError::Entry { index: of.index, cause };
                return Err(Stop::Ended(Advance::Unproved { entry: of.index, cause }));
            }
            Err(_) => return Err(self.maker.order(of, None)?),
        };
        if let Err(fault) = self.reading.state.push(&entry) {
            return Err(self.broken(of, &entry, &fault)?);
        }
        if matches!(entry.body(), Body::Seal { .. }) {
            self.open.clear();
            self.open_from = of.index;
        }
        // Beyond this no evidence could hold them.
        if self.open.len() <= FRAUD_PROOF_BYTES_MAX {
            put(&mut self.open, of.bytes);
        }
        self.reading.last = of.bytes.to_vec();
        Ok(entry)
    }

    fn broken(&mut self, of: Item<'_>, entry: &Entry, fault: &LogError) -> Result<Stop, Stop> {
        let before = of.index.get().checked_sub(1).map(EntryIndex::new);
        let before = before.map(|index| Item { index, bytes: &self.reading.last });
        match ShownBy::of(fault, of.index) {
            ShownBy::Itself => self.maker.order(of, None),
            ShownBy::EntryBefore => self.maker.order(of, before),
            ShownBy::Statement => {
                let Body::Attestation { statement, .. } = entry.body() else {
                    return self.maker.order(of, None);
                };
                let first = self.reading.state.entry_of(statement).unwrap_or_default();
                self.maker.again(of, first)
            }
            ShownBy::Seals => {
                put(&mut self.open, of.bytes);
                self.maker.seal(of.index, (self.open_from, &self.open), self.reading.state.map())
            }
        }
    }

    fn check_payload(
        &mut self,
        of: Item<'_>,
        entry: &Entry,
        payload: Payload<'_>,
        path: &str,
    ) -> Result<(), Stop> {
        let other = || Stop::of(path, of.index, Unserved::OtherPayload);
        match (entry.body(), payload) {
            (Body::Genesis { .. }, Payload::Bytes(bytes)) if entry.commits_to(bytes) => Ok(()),
            (Body::Seal { .. }, Payload::Absent) => Ok(()),
            (Body::Genesis { .. } | Body::Seal { .. }, _) => Err(other()),
            (Body::Attestation { .. }, Payload::Withheld) => {
                Err(Stop::of(path, of.index, Unserved::Withheld))
            }
            (Body::Attestation { .. }, Payload::Absent) => {
                self.reading.erasures.note_gone(of.index, entry, path);
                Ok(())
            }
            (Body::Attestation { .. }, Payload::Bytes(bytes)) => {
                match judge(of.index, entry, bytes) {
                    Ok(Ok(statement)) => {
                        self.reading.erasures.take(of.index, entry, bytes, &statement);
                        Ok(())
                    }
                    Ok(Err(_)) => Err(self.maker.keys(of, bytes)?),
                    Err(FraudProofError::Record { .. }) => Err(other()),
                    Err(cause) => Err(Stop::Ended(Advance::Unproved { entry: of.index, cause })),
                }
            }
        }
    }
}

/// Adds an entry to a bundle.
fn put(bundle: &mut Vec<u8>, entry: &[u8]) {
    let mut writer = Writer::default();
    // What is longer was refused by the reader of bundles.
    writer.bytes_u16(entry);
    bundle.extend(writer.into_bytes());
}
