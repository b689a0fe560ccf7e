//! All entries on a subject, with the proof that these are all.

use prost::Message as _;
use prost::bytes::Bytes;

use crate::identifier::{SubjectKey, SubjectUri};
use crate::ledger::{Access, Ledger, PayloadBytes, View};
use crate::merkle::EntryIndex;
use crate::proto;
use crate::service::convert::{class_from, hashes_to};
use crate::service::failure::Failure;
use crate::service::proofs::size_of;

/// What all entries of a chain may have in one answer, in bytes: as much as a dossier.
const HISTORY_BYTES_MAX: usize = 64 << 20;

pub(super) fn subject(
    ledger: &Ledger,
    request: &proto::GetSubjectRequest,
) -> Result<proto::GetSubjectResponse, Failure> {
    let uri: SubjectUri = request.uri.parse().map_err(|error| malformed("uri", &error))?;
    let class =
        class_from(request.class).ok_or_else(|| malformed("class", &"expected 0, 1 or 2"))?;
    let size = size_of(request.tree_size);
    let view = if request.witnessed { ledger.view_witnessed(size)? } else { ledger.view(size)? };
    let (mut entries, mut bytes) = (Vec::new(), 0_usize);
    for index in view.history(class, &uri)? {
        let entry = entry(&view, index)?;
        bytes = bytes.saturating_add(entry.encoded_len());
        if bytes > HISTORY_BYTES_MAX {
            let message = format!(
                "the chain has more than the {HISTORY_BYTES_MAX} bytes that are given at once"
            );
            return Err(Failure::ChainTooLong { message });
        }
        entries.push(entry);
    }
    Ok(proto::GetSubjectResponse {
        checkpoint: view.checkpoint_note().to_owned(),
        seal: Bytes::copy_from_slice(view.seal_bytes()),
        seal_inclusion: hashes_to(&view.inclusion(view.seal_index())?.0),
        map_proof: view.map_proof(&SubjectKey::of(class, &uri)).encode().into(),
        entries,
    })
}

fn entry(view: &View, index: EntryIndex) -> Result<proto::SubjectEntry, Failure> {
    let (record, withheld) = payload_to(view.payload(index, Access::Public)?);
    Ok(proto::SubjectEntry {
        index: index.get(),
        entry: view.entry_bytes(index)?.into(),
        record,
        withheld,
        inclusion: hashes_to(&view.inclusion(index)?.0),
    })
}

/// A payload as messages have it: the bytes, and whether they are withheld.
pub(super) fn payload_to(payload: PayloadBytes) -> (Bytes, bool) {
    match payload {
        PayloadBytes::Bytes(bytes) => (bytes.into(), false),
        PayloadBytes::Absent => (Bytes::new(), false),
        PayloadBytes::Withheld => (Bytes::new(), true),
    }
}

/// A member of a request that is not what it has to be.
pub(super) fn malformed(member: &'static str, error: &dyn std::fmt::Display) -> Failure {
    Failure::Malformed { member, message: error.to_string() }
}
