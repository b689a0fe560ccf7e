//! Bundles, held to what commits to them: entries to their leaf hashes and to each other, payloads to
//! their entries.

use crate::entry::{Body, Entry, EntryBundle, Payload, PayloadBundle};
use crate::export::error::ExportError;
use crate::hash::Digest;
use crate::merkle::leaf_hash;

/// The entries of the bundle at `path`, which have these leaf hashes. Each goes on from the one before
/// it in the bundle; whether the first does is for the caller to see.
pub(super) fn check_entries(
    path: &str,
    bytes: &[u8],
    leaves: &[Digest],
) -> Result<Vec<Entry>, ExportError> {
    let items = EntryBundle::decode(bytes, leaves.len()).map_err(|error| content(path, &error))?;
    for (place, (item, expected)) in items.iter().zip(leaves).enumerate() {
        let found = leaf_hash(item);
        if found != *expected {
            let reason = format!("entry {place} has leaf hash {found}, expected {expected}");
            return Err(ExportError::Content { path: path.to_owned(), reason });
        }
    }
    let entries: Result<Vec<Entry>, _> = items.iter().map(|item| Entry::decode(item)).collect();
    let entries = entries.map_err(|error| content(path, &error))?;
    for (place, (entry, before)) in (1_usize..).zip(entries.iter().skip(1).zip(leaves)) {
        if entry.prev() != before {
            let reason = format!("entry {place} goes on from {}, expected {before}", entry.prev());
            return Err(ExportError::Content { path: path.to_owned(), reason });
        }
    }
    Ok(entries)
}

/// Checks the payloads of the bundle at `path` against their entries.
pub(super) fn check_payloads(
    path: &str,
    bytes: &[u8],
    entries: &[Entry],
) -> Result<(), ExportError> {
    let payloads =
        PayloadBundle::decode(bytes, entries.len()).map_err(|error| content(path, &error))?;
    for (place, (payload, entry)) in payloads.iter().zip(entries).enumerate() {
        let is_right = match (payload, entry.body()) {
            (Payload::Bytes(bytes), _) => entry.commits_to(bytes),
            (Payload::Absent, Body::Attestation { .. } | Body::Seal { .. })
            | (Payload::Withheld, Body::Attestation { .. }) => true,
            (Payload::Absent | Payload::Withheld, _) => false,
        };
        if !is_right {
            let reason = format!("payload {place} is not the one that its entry commits to");
            return Err(ExportError::Content { path: path.to_owned(), reason });
        }
    }
    Ok(())
}

/// What is wrong with a file.
pub(super) fn content(path: &str, error: &dyn std::error::Error) -> ExportError {
    ExportError::Content { path: path.to_owned(), reason: error.to_string() }
}
