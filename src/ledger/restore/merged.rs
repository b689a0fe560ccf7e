//! The files of the copy that is restored, with the payloads that it lacks out of other copies, and
//! without those that the log orders to erase.

use std::collections::BTreeSet;

use crate::audit::{LogSource, SourceError};
use crate::entry::{Body, Entry, EntryBundle, Payload, PayloadBundle};
use crate::envelope::StatementDigest;
use crate::export::DirSource;
use crate::merkle::{EntryIndex, TileId, TileKind, TreeSize};

/// A copy, as far as its checkpoint goes.
#[derive(Clone, Debug)]
pub(super) struct Part {
    pub(super) files: DirSource,
    pub(super) size: TreeSize,
}

/// Several copies of one log, read as one.
#[derive(Debug)]
pub(super) struct Merged {
    /// The one that everything but payloads comes from.
    pub(super) base: Part,
    /// Each has a beginning of the same log.
    pub(super) others: Vec<Part>,
    /// Payloads that are gone for good, whoever has them.
    pub(super) erased: BTreeSet<StatementDigest>,
}

/// Entries and payloads of a bundle, in order.
pub(super) type Bundle = Vec<(Vec<u8>, Option<Vec<u8>>)>;

impl Merged {
    /// How many payloads nobody has, and the first of them.
    pub(super) fn missing(&mut self) -> Result<Option<(u64, EntryIndex)>, SourceError> {
        let mut missing: Option<(u64, EntryIndex)> = None;
        for id in TileKind::Payloads.all_in_tree(self.base.size) {
            let Some(bytes) = self.payloads(id)? else { continue };
            let payloads = PayloadBundle::decode(&bytes, usize::from(id.width()));
            let first = id.first_entry().unwrap_or_default().get();
            let payloads = (first..).zip(payloads.unwrap_or_default());
            for (index, _) in payloads.filter(|(_, payload)| *payload == Payload::Withheld) {
                let (count, first) = missing.unwrap_or_else(|| (0, EntryIndex::new(index)));
                missing = Some((count + 1, first));
            }
        }
        Ok(missing)
    }

    /// The entries of a bundle of the base with their payloads, as they are to be stored; `None` if
    /// the files are not whole.
    pub(super) fn bundle(&mut self, index: u64) -> Result<Option<Bundle>, SourceError> {
        let ids =
            [TileKind::Entries, TileKind::Payloads].map(|of| of.in_tree(index, self.base.size));
        let [Some(entries_id), Some(payloads_id)] = ids else { return Ok(None) };
        let (entries, payloads) =
            (self.base.files.read(&entries_id.to_string())?, self.payloads(payloads_id)?);
        let (Some(entries), Some(payloads)) = (entries, payloads) else { return Ok(None) };
        let width = usize::from(entries_id.width());
        let entries = EntryBundle::decode(&entries, width).ok();
        let payloads = PayloadBundle::decode(&payloads, width).ok();
        let (Some(entries), Some(payloads)) = (entries, payloads) else { return Ok(None) };
        let both = entries.into_iter().zip(payloads).map(|(entry, payload)| match payload {
            Payload::Bytes(bytes) => (entry.to_vec(), Some(bytes.to_vec())),
            Payload::Absent | Payload::Withheld => (entry.to_vec(), None),
        });
        Ok(Some(both.collect()))
    }

    /// A bundle of payloads, each the first one that its entry commits to. If the entries can't be
    /// read, what the base has: an audit says so.
    fn payloads(&mut self, id: TileId) -> Result<Option<Vec<u8>>, SourceError> {
        let own = self.base.files.read(&id.to_string())?;
        let Some(entries) = self.entries(id)? else { return Ok(own) };
        let mut bundles = vec![(id, own.clone())];
        for other in &mut self.others {
            let Some(there) = id.kind().in_tree(id.index(), other.size) else { continue };
            bundles.push((there, other.files.read(&there.to_string())?));
        }
        let mut bundles = bundles.iter().map(|(id, bytes)| {
            let width = usize::from(id.width());
            bytes.as_ref().and_then(|bytes| PayloadBundle::decode(bytes, width).ok())
        });
        let own_payloads = bundles.next().flatten();
        let others: Vec<Vec<Payload<'_>>> = bundles.flatten().collect();
        if own_payloads.is_none() && own.is_some() && others.is_empty() {
            return Ok(own);
        }
        let chosen = entries.iter().zip(0_usize..).map(|(entry, place)| {
            let own = own_payloads.as_ref().and_then(|of| of.get(place).copied());
            self.choose(entry, own, others.iter().filter_map(|of| of.get(place).copied()))
        });
        Ok(Some(PayloadBundle::encode(chosen.collect::<Vec<_>>())))
    }

    fn choose<'p>(
        &self,
        entry: &Entry,
        own: Option<Payload<'p>>,
        others: impl Iterator<Item = Payload<'p>>,
    ) -> Payload<'p> {
        if let Body::Attestation { statement, .. } = entry.body()
            && self.erased.contains(statement)
        {
            return Payload::Absent;
        }
        let is_right = |it: &Payload<'_>| matches!(it, Payload::Bytes(of) if entry.commits_to(of));
        match own {
            // What is gone from the longest copy was erased, or the audit finds that it was not.
            Some(Payload::Absent) => Payload::Absent,
            Some(own) if is_right(&own) => own,
            own => {
                let mut is_absent = matches!(entry.body(), Body::Seal { .. });
                for other in others {
                    if is_right(&other) {
                        return other;
                    }
                    is_absent |= other == Payload::Absent;
                }
                match own {
                    // Not what the entry commits to: an audit says so.
                    Some(own @ Payload::Bytes(_)) => own,
                    _ if is_absent => Payload::Absent,
                    _ => Payload::Withheld,
                }
            }
        }
    }

    /// The entries beside a bundle of payloads.
    fn entries(&mut self, id: TileId) -> Result<Option<Vec<Entry>>, SourceError> {
        let Some(of) = TileKind::Entries.in_tree(id.index(), self.base.size) else {
            return Ok(None);
        };
        let Some(bytes) = self.base.files.read(&of.to_string())? else { return Ok(None) };
        let Ok(items) = EntryBundle::decode(&bytes, usize::from(of.width())) else {
            return Ok(None);
        };
        Ok(items.into_iter().map(|item| Entry::decode(item).ok()).collect())
    }
}

impl LogSource for Merged {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match path.parse::<TileId>() {
            Ok(id)
                if id.kind() == TileKind::Payloads
                    && id.kind().in_tree(id.index(), self.base.size) == Some(id) =>
            {
                self.payloads(id)
            }
            _ => self.base.files.read(path),
        }
    }

    /// A copy that was broken off holds files of a larger tree too: they count for nothing.
    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}
