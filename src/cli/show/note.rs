//! Checkpoints, refusals and other signed notes in plain words.

use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::genesis::Genesis;
use crate::note::{Checkpoint, Note};

/// Shows a note; with a trust root, verifies the log's signature.
pub(super) fn show(note: &Note, trust: Option<&Genesis>) -> Result<Shown, Failure> {
    let mut facts = Facts::default();
    let (kind, title) = if let Ok(checkpoint) = note.text().parse::<Checkpoint>() {
        put_checkpoint(&mut facts, &checkpoint);
        ("checkpoint", "Checkpoint: what a log commits to")
    } else if put_refusal(&mut facts, note.text()).is_some() {
        ("refusal", "Refusal: the ledger did not record a statement, and signed that it did not")
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
    if named != origin && named != format!("{origin}/refusal") {
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

/// Adds what a refusal says (formats.md, section 6), if the text is one.
fn put_refusal(facts: &mut Facts, text: &str) -> Option<()> {
    let lines: Vec<&str> = text.lines().collect();
    let &[name, statement, code, time_s] = lines.as_slice() else { return None };
    let (origin, time_s) = (name.strip_suffix("/refusal")?, time_s.parse::<u64>().ok()?);
    facts
        .put("origin", origin)
        .put("statement", statement)
        .put("reason", code)
        .put("time_s", time_s);
    Some(())
}
