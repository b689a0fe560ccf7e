//! Checkpoints, refusals and other signed notes in plain words.

use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::genesis::Genesis;
use crate::note::{Checkpoint, Note};
use crate::reason::Reason;
use crate::refusal::{Refused, VerifiedRefusal};

/// Shows a note; with a trust root, verifies the log's signature.
pub(super) fn show(note: &Note, trust: Option<&Genesis>) -> Result<Shown, Failure> {
    if let Ok(refused) = note.text().parse::<Refused>() {
        return show_refusal(note, &refused, trust);
    }
    let mut facts = Facts::default();
    let (kind, title) = if let Ok(checkpoint) = note.text().parse::<Checkpoint>() {
        put_checkpoint(&mut facts, &checkpoint);
        ("checkpoint", "Checkpoint: what a log commits to")
    } else {
        facts.put("lines", json!(note.text().lines().collect::<Vec<_>>()));
        ("note", "Signed note")
    };
    put_signatures(&mut facts, note);
    let shown = Shown::new(kind, title, facts);
    let Some(genesis) = trust else {
        return Ok(shown.unchecked("the signatures: give the ledger's genesis with --trust"));
    };
    let verified = note.verify(std::slice::from_ref(genesis.log_key())).rejected("signature")?;
    let named = verified.text().lines().next().unwrap_or_default();
    let origin = genesis.origin().as_str();
    if named != origin {
        let message = format!("the note is of {named}, expected {origin}");
        return Err(Failure::new(message).into_rejected());
    }
    Ok(shown
        .checked(format!("the signature of {origin}"))
        .unchecked("witnesses: `probant verify` does, with the policy you choose"))
}

/// Adds what a checkpoint commits to.
pub(super) fn put_checkpoint(facts: &mut Facts, checkpoint: &Checkpoint) {
    facts
        .put("origin", checkpoint.origin().as_str())
        .put("tree_size", checkpoint.size().get())
        .put("root", checkpoint.root().to_string());
}

/// Adds who signed a note, by their own account.
pub(super) fn put_signatures(facts: &mut Facts, note: &Note) {
    let names: Vec<String> = note
        .signatures()
        .iter()
        .map(|line| format!("{} (key {})", line.name(), hex::encode(line.key_id())))
        .collect();
    facts.put("signatures_claimed", json!(names));
}

/// Shows a refusal; with a trust root, verifies it.
fn show_refusal(note: &Note, refused: &Refused, trust: Option<&Genesis>) -> Result<Shown, Failure> {
    let mut facts = Facts::default();
    facts
        .put("origin", refused.origin().as_str())
        .put("statement", refused.statement().to_string())
        .put("reason", refused.code())
        .put_some("meaning", refused.reason().map(Reason::english))
        .put("time", refused.time().to_string())
        .put("time_s", refused.time().seconds());
    put_signatures(&mut facts, note);
    let title = "Refusal: the ledger did not record a statement, and signed that it did not";
    let shown = Shown::new("refusal", title, facts);
    let Some(genesis) = trust else {
        return Ok(shown.unchecked("the signature: give the ledger's genesis with --trust"));
    };
    let verified = VerifiedRefusal::of_note(note.clone(), genesis.log_key()).rejected("refusal")?;
    let origin = verified.refused().origin();
    Ok(shown.checked(format!("the signature of {origin}")).unchecked(
        "whether the ledger was right to refuse, and whether the statement was recorded at another \
         time: submit it again, and the ledger answers with its receipt or a new refusal",
    ))
}
