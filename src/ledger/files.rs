//! The log as files: the bytes that tlog-tiles serves under each name, under one checkpoint.

use crate::attestation::Statement;
use crate::audit::LogFile;
use crate::entry::{Body, ENTRY_BYTES_MAX, Entry, EntryBundle, Payload, PayloadBundle};
use crate::envelope::Envelope;
use crate::ledger::log_reader::Stored;
use crate::ledger::store_error::StoreError;
use crate::ledger::view::View;
use crate::ledger::view_error::ViewError;
use crate::log_key::VerifiedHandover;
use crate::merkle::{EntryIndex, TILE_WIDTH, TileId, TileKind};

/// Who is given payloads.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Access {
    /// Anybody: what is not public is withheld.
    Public,
    /// Whoever has the store anyway, for a copy of it.
    Full,
}

/// A payload as a reader is given it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PayloadBytes {
    /// The envelope record; of entry 0 the genesis document.
    Bytes(Vec<u8>),
    /// A seal has none, and an erased one is gone.
    Absent,
    /// Not for this reader.
    Withheld,
}

impl View {
    /// The payload of an entry.
    pub fn payload(&self, index: EntryIndex, access: Access) -> Result<PayloadBytes, ViewError> {
        let stored =
            Stored { entry: self.entry_bytes(index)?, payload: self.shared.log.payload(index)? };
        Self::withhold(index, stored, access)
    }

    /// Some entries from `start` on, each with its payload: those that were committed together, so
    /// that they are not many bytes, and at least one.
    pub fn entries_from(
        &self,
        start: EntryIndex,
        access: Access,
    ) -> Result<Vec<(Vec<u8>, PayloadBytes)>, ViewError> {
        self.expect(start)?;
        let stored = self.shared.log.rest_of_chunk(start)?;
        let placed = (start.get()..).map(EntryIndex::new).zip(stored);
        let entries = placed.take_while(|(index, _)| self.size().contains(*index));
        let given = entries.map(|(index, stored)| {
            let entry = stored.entry.clone();
            Ok((entry, Self::withhold(index, stored, access)?))
        });
        given.collect()
    }

    /// The bytes of a file of the log; `None` if this tree has none of that name.
    pub fn file(&self, file: LogFile, access: Access) -> Result<Option<Vec<u8>>, ViewError> {
        match file {
            LogFile::Checkpoint => Ok(Some(self.checkpoint_note().as_bytes().to_vec())),
            LogFile::Genesis => Ok(Some(self.genesis().bytes().to_vec())),
            LogFile::Handover(number) => {
                Ok(self.handover(number).map(|handover| handover.bytes().to_vec()))
            }
            LogFile::Tile(id) => self.tile(id, access),
        }
    }

    /// How many bytes a file of the log can have at the most, so that there is room before it is read;
    /// `None` if this tree has none of that name.
    pub fn file_bytes_max(&self, file: LogFile) -> Result<Option<usize>, ViewError> {
        let id = match file {
            LogFile::Checkpoint => return Ok(Some(self.checkpoint_note().len())),
            LogFile::Genesis => return Ok(Some(self.genesis().bytes().len())),
            LogFile::Handover(number) => {
                return Ok(self.handover(number).map(|handover| handover.bytes().len()));
            }
            LogFile::Tile(id) => id,
        };
        if !self.has_tile(id) {
            return Ok(None);
        }
        let width = usize::from(id.width());
        Ok(Some(match id.kind() {
            TileKind::Hashes(_) => width * 32,
            TileKind::Entries => width * (2 + ENTRY_BYTES_MAX),
            // What entries commit to is as long as they say, or is not there.
            TileKind::Payloads => {
                let entries = self.shared.log.entries(entries_of(id))?;
                let lengths = entries_of(id).zip(entries).map(|(index, bytes)| {
                    let entry = Entry::decode(&bytes);
                    let entry = entry.map_err(|it| StoreError::malformed("entry", index, it))?;
                    Ok(4 + self.payload_bytes(&entry))
                });
                lengths.sum::<Result<usize, StoreError>>()?
            }
        }))
    }

    /// The bytes of a tile or a bundle; `None` if this tree is not that large.
    pub fn tile(&self, id: TileId, access: Access) -> Result<Option<Vec<u8>>, ViewError> {
        if !self.has_tile(id) {
            return Ok(None);
        }
        let bytes = match id.kind() {
            TileKind::Hashes(level) => self.hashes(level, id)?,
            TileKind::Entries => {
                let entries = self.shared.log.entries(entries_of(id))?;
                EntryBundle::encode(entries.iter().map(Vec::as_slice))
            }
            TileKind::Payloads => self.payloads(id, access)?,
        };
        Ok(Some(bytes))
    }

    /// Whether this tree has all of a tile; of a full one it has every partial one too.
    fn has_tile(&self, id: TileId) -> bool {
        let available = id.kind().in_tree(id.index(), self.size());
        available.is_some_and(|available| id.width() <= available.width())
    }

    fn handover(&self, number: usize) -> Option<&VerifiedHandover> {
        self.handovers().get(number.checked_sub(1)?)
    }

    /// How long the payload of an entry is, if it is there.
    fn payload_bytes(&self, entry: &Entry) -> usize {
        match entry.body() {
            Body::Genesis { .. } => self.genesis().bytes().len(),
            Body::Attestation { envelope_len, .. } => {
                usize::try_from(*envelope_len).unwrap_or(usize::MAX)
            }
            Body::Seal { .. } => 0,
        }
    }

    /// A partial tile is a prefix of the one that it grows into.
    fn hashes(&self, level: u8, id: TileId) -> Result<Vec<u8>, StoreError> {
        let mut bytes = match self.newest.edge.partial(level, id.index()) {
            Some(tile) => tile.to_bytes(),
            None => self.shared.tiles.read_full(level, id.index())?.to_bytes(),
        };
        bytes.truncate(usize::from(id.width()) * 32);
        Ok(bytes)
    }

    fn payloads(&self, id: TileId, access: Access) -> Result<Vec<u8>, ViewError> {
        let range = entries_of(id);
        let stored = self.shared.log.stored(range.clone())?;
        let payloads = range
            .zip(stored)
            .map(|(index, stored)| Self::withhold(EntryIndex::new(index), stored, access));
        let payloads = payloads.collect::<Result<Vec<_>, _>>()?;
        Ok(PayloadBundle::encode(payloads.iter().map(|payload| match payload {
            PayloadBytes::Bytes(bytes) => Payload::Bytes(bytes),
            PayloadBytes::Absent => Payload::Absent,
            PayloadBytes::Withheld => Payload::Withheld,
        })))
    }

    fn withhold(
        index: EntryIndex,
        stored: Stored,
        access: Access,
    ) -> Result<PayloadBytes, ViewError> {
        let Some(payload) = stored.payload else { return Ok(PayloadBytes::Absent) };
        if access == Access::Full {
            return Ok(PayloadBytes::Bytes(payload));
        }
        let entry = Entry::decode(&stored.entry)
            .map_err(|cause| StoreError::malformed("entry", index.get(), cause))?;
        if !matches!(entry.body(), Body::Attestation { .. }) {
            return Ok(PayloadBytes::Bytes(payload));
        }
        // Out of these bytes: whoever copies the log must not push out of the cache what verdicts need.
        let envelope = Envelope::decode(&payload)
            .map_err(|cause| StoreError::malformed("payload", index.get(), cause))?;
        let statement = Statement::parse(envelope.payload())
            .map_err(|cause| StoreError::malformed("statement", index.get(), cause))?;
        if statement.header().audience.is_public() {
            Ok(PayloadBytes::Bytes(payload))
        } else {
            Ok(PayloadBytes::Withheld)
        }
    }
}

fn entries_of(id: TileId) -> std::ops::Range<u64> {
    let start = id.index().saturating_mul(u64::from(TILE_WIDTH));
    start..start.saturating_add(u64::from(id.width()))
}
