//! A handover of the log key in plain words.

use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::note;
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::log_key::{Handover, LogKeys};
use crate::merkle::EntryIndex;
use crate::note::Checkpoint;

/// Shows a handover; with a trust root, verifies it, as one that is known or as the next one.
pub(super) fn show(
    handover: &Handover,
    bytes: &[u8],
    trust: Option<&LogKeys>,
) -> Result<Shown, Failure> {
    let mut facts = Facts::default();
    facts.put("new_log_key", handover.log_key().to_string());
    facts.put("new_keyid", handover.log_key().public_key().id().to_string());
    note::put_checkpoint(
        &mut facts,
        &handover.note().text().parse::<Checkpoint>().step("checkpoint")?,
    );
    note::put_signatures(&mut facts, handover.note());
    let shown: Vec<u64> = handover.shown().map(EntryIndex::get).collect();
    facts.put("registrar_changes", json!(shown));
    let shown = Shown::new("handover", "Handover: how the log key changed hands", facts);
    let Some(keys) = trust else {
        return Ok(shown.unchecked("anything: give the ledger's genesis with --trust"));
    };
    let known = keys.handovers().iter().find(|known| known.bytes() == bytes);
    let number = if let Some(known) = known {
        known.number()
    } else {
        keys.clone().follow(bytes).rejected("handover")?.number()
    };
    let shown = shown.checked(format!(
        "both keys signed the checkpoint of handover {number}, and the registrars in force had \
         announced the new one"
    ));
    Ok(shown.unchecked(
        "that it shows every change of registrars, and that the log goes on from its checkpoint: a \
         dossier, a client and `probant audit` do",
    ))
}
