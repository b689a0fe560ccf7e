//! A receipt (tlog-proof) in plain words.

use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::shown::Shown;
use crate::cli::show::{entry, note};
use crate::cli::words::Facts;
use crate::entry::Entry;
use crate::log_key::LogKeys;
use crate::note::{Checkpoint, TlogProof};

/// Shows a receipt; with a trust root, verifies it.
pub(super) fn show(bytes: &[u8], trust: Option<&LogKeys>) -> Result<Shown, Failure> {
    let receipt = TlogProof::parse(bytes).step("receipt")?;
    let mut facts = Facts::default();
    facts.put("entry_index", receipt.index.get());
    let held = receipt.extra.as_deref().map(Entry::decode).transpose().step("entry")?;
    if let Some(held) = &held {
        facts.put("entry", entry::title(held));
        entry::put(&mut facts, held);
    }
    let checkpoint: Checkpoint = receipt.checkpoint.text().parse().step("checkpoint")?;
    note::put_checkpoint(&mut facts, &checkpoint);
    note::put_signatures(&mut facts, &receipt.checkpoint);
    facts.put("proof_hashes", receipt.proof.0.len());
    let shown = Shown::new("receipt", "Receipt: an entry and its place in the log", facts);
    let Some(keys) = trust else {
        return Ok(shown.unchecked("anything: give the ledger's genesis with --trust"));
    };
    let signed = keys.verify_note(receipt.checkpoint.clone()).rejected("receipt: checkpoint");
    let signed = signed.map_err(note::hint(keys))?;
    let proven = receipt.verify(signed.log()).rejected("receipt")?;
    let (origin, size) = (signed.origin(), proven.checkpoint().size());
    let by = note::by(keys, signed.log());
    Ok(shown
        .checked(format!("{origin} signed the checkpoint{by}, and the entry is one of its {size}"))
        .unchecked("witnesses, and that the entry's keys are those its statement feeds"))
}
