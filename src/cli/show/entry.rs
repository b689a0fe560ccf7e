//! An entry in plain words.

use serde_json::json;

use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::entry::{Body, Entry};

/// Shows an entry by itself.
pub(super) fn show(entry: &Entry) -> Shown {
    let mut facts = Facts::default();
    put(&mut facts, entry);
    Shown::new("entry", title(entry), facts)
        .unchecked("that it stands in any log: a receipt or a dossier shows it")
}

/// What kind of entry it is, in words.
pub(super) fn title(entry: &Entry) -> &'static str {
    match entry.body() {
        Body::Genesis { .. } => "Entry 0 of a ledger: its genesis",
        Body::Attestation { .. } => "Entry: an attestation was admitted",
        Body::Seal { .. } => "Entry: a seal over the subject map",
    }
}

/// Adds what an entry holds.
pub(super) fn put(facts: &mut Facts, entry: &Entry) {
    facts.put("ledger_time", entry.time().to_string());
    facts.put("leaf_hash", entry.leaf_hash().to_string());
    facts.put("leaf_hash_of_entry_before", entry.prev().to_string());
    match entry.body() {
        Body::Genesis { origin, digest } => {
            facts.put("origin", origin.as_str()).put("genesis_sha256", digest.to_string());
        }
        Body::Attestation { statement, envelope, envelope_len, keys } => {
            let keys: Vec<String> = keys.iter().map(ToString::to_string).collect();
            facts
                .put("statement", statement.to_string())
                .put("envelope", envelope.to_string())
                .put("envelope_bytes", *envelope_len)
                .put("subject_keys", json!(keys));
        }
        Body::Seal { map_root, subjects, previous_seal } => {
            facts
                .put("map_root", map_root.to_string())
                .put("subjects_in_map", *subjects)
                .put("previous_seal_index", previous_seal.get());
        }
    }
}
