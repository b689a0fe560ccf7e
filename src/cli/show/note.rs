//! Checkpoints, refusals and other signed notes in plain words.

use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::log_key::LogKeys;
use crate::note::{Checkpoint, Note, VerifierKey};
use crate::reason::Reason;
use crate::refusal::Refused;

/// Shows a note; with a trust root, verifies the log's signature.
pub(super) fn show(note: &Note, trust: Option<&LogKeys>) -> Result<Shown, Failure> {
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
    let Some(keys) = trust else {
        return Ok(shown.unchecked("the signatures: give the ledger's genesis with --trust"));
    };
    let signed = if kind == "checkpoint" {
        keys.verify_note(note.clone()).rejected("signature").map_err(hint(keys))?.log().clone()
    } else {
        let all: Vec<VerifierKey> = keys.line().cloned().collect();
        let verified = note.verify(&all).rejected("signature").map_err(hint(keys))?;
        let key = verified.signatures().first().map(|signature| signature.key().clone());
        key.unwrap_or_else(|| keys.newest().clone())
    };
    let named = note.text().lines().next().unwrap_or_default();
    let origin = signed.name().as_str();
    if named != origin {
        let message = format!("the note is of {named}, expected {origin}");
        return Err(Failure::new(message).into_rejected());
    }
    Ok(shown
        .checked(format!("the signature of {origin}{}", by(keys, &signed)))
        .unchecked("witnesses: `probant verify` does, with the policy you choose"))
}

/// Names the key that signed, where the log has had several.
pub(super) fn by(keys: &LogKeys, signed: &VerifierKey) -> String {
    let keyid = signed.public_key().id();
    let until = keys.line().zip(keys.handovers()).find(|(key, _)| *key == signed);
    match until {
        None if keys.handovers().is_empty() => String::new(),
        None => format!(", by the newest log key known, {keyid}"),
        Some((_, next)) => {
            format!(", by log key {keyid}, which was handed over at size {}", next.size())
        }
    }
}

/// What may be missing, where no known key signed.
pub(super) fn hint(keys: &LogKeys) -> impl Fn(Failure) -> Failure {
    let known = keys.handovers().len();
    move |failure| {
        let message = format!(
            "not signed by a log key that is known ({known} handovers): if the log was handed over \
             since, give the handovers with --handovers"
        );
        let is_unknown = failure.chain().iter().any(|line| line.contains("of a known key"));
        if is_unknown { failure.in_step(message) } else { failure }
    }
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
fn show_refusal(note: &Note, refused: &Refused, trust: Option<&LogKeys>) -> Result<Shown, Failure> {
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
    let Some(keys) = trust else {
        return Ok(shown.unchecked("the signature: give the ledger's genesis with --trust"));
    };
    let verified = keys.verify_refusal(note).rejected("refusal").map_err(hint(keys))?;
    let (verified, signed) = verified;
    let origin = verified.refused().origin();
    Ok(shown.checked(format!("the signature of {origin}{}", by(keys, signed))).unchecked(
        "whether the ledger was right to refuse, and whether the statement was recorded at another \
         time: submit it again, and the ledger answers with its receipt or a new refusal",
    ))
}
