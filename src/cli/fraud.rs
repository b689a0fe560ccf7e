//! Evidence of fraud, as people and programs are told it.

use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::audit::LogSource;
use crate::cli::failure::Failure;
use crate::cli::files::{self, Access};
use crate::cli::place;
use crate::cli::report::talk;
use crate::cli::verdict::Lang;
use crate::cli::words::Text;
use crate::export::{DirSource, ExportError};
use crate::fraud::{FRAUD_PROOF_BYTES_MAX, FraudProof, Seen, TreeCopy};
use crate::genesis::Genesis;
use crate::log_key::LogKeys;
use crate::note::{Checkpoint, Note, VerifiedCheckpoint};
use crate::policy::Locale;

/// How many files with evidence are kept beside one file: a log that lies can go on with it, and none
/// proves more than the first.
const FILES_MAX: usize = 9;

/// What evidence proves, as an object.
pub(super) fn value(proof: &FraudProof) -> Value {
    let checkpoint = |of: &VerifiedCheckpoint| {
        json!({
            "tree_size": of.size().get(),
            "root": of.root(),
            "log_key": of.log(),
        })
    };
    let mut value = json!({
        "origin": proof.checkpoints().first().map(|of| of.origin().as_str()),
        "kind": proof.kind(),
        "message": proof.contradiction().text(Locale::En),
        "checkpoints": proof.checkpoints().iter().map(checkpoint).collect::<Vec<Value>>(),
    });
    if let (Some(entry), Some(members)) = (proof.entry(), value.as_object_mut()) {
        members.insert("entry".to_owned(), entry.get().into());
    }
    value
}

/// The title of whatever says that there is evidence.
pub(super) const fn title(lang: Lang) -> &'static str {
    lang.choose(
        "FRAUD PROVEN: whoever has this ledger's log key signed what cannot all be true",
        "FRAUDE PROUVÉE : le détenteur de la clé de ce registre a signé des choses qui ne peuvent \
         être toutes vraies",
    )
}

/// What evidence proves, in lines.
pub(super) fn put(text: &mut Text, proof: &FraudProof, lang: Lang) {
    let locale = lang.locale();
    let colon = locale.colon();
    if let Some(first) = proof.checkpoints().first() {
        text.line(format_args!("{}{colon} {}", lang.choose("ledger", "registre"), first.origin()));
    }
    text.line(proof.kind().explanation(locale));
    let what = lang.choose("contradiction", "contradiction");
    text.line(format_args!("{what}{colon} {}", proof.contradiction().text(locale)));
    for of in proof.checkpoints() {
        let (size, root, key) = (of.size(), of.root(), of.log().public_key().id());
        text.line(match lang {
            Lang::En => format!("signed: checkpoint of {size} entries, root {root}, log key {key}"),
            Lang::Fr => format!(
                "signé : point de contrôle de {size} entrées, racine {root}, clé du registre {key}"
            ),
        });
    }
    text.line(lang.choose(
        "not proved: who used the key, why, or when; that whatever else was signed is wrong",
        "non prouvé : qui s'est servi de la clé, pourquoi, ni quand ; que le reste de ce qui a été \
         signé soit faux",
    ));
}

/// Writes evidence into a new file.
pub(super) fn write(path: &Path, proof: &FraudProof) -> Result<(), Failure> {
    files::write_new(path, proof.bytes(), Access::Public)
}

/// Says where evidence was written, or how to have it.
pub(super) fn put_file(text: &mut Text, path: Option<&Path>, lang: Lang) {
    let colon = lang.locale().colon();
    match path {
        Some(path) => {
            let what = lang.choose("evidence written, to be kept", "preuve écrite, à conserver");
            text.line(format_args!("{what}{colon} {}", path.display()));
        }
        None => {
            text.line(lang.choose(
                "evidence was not written: give --evidence FILE",
                "la preuve n'a pas été écrite : donnez --evidence FICHIER",
            ));
        }
    }
}

/// Keeps evidence that a failure comes with beside the file of what was seen: in a file of its own,
/// unless one has it already.
pub(super) fn keep(failure: Failure, seen: Option<&Path>) -> Failure {
    let (Some(proof), Some(seen), None) = (failure.proof(), seen, failure.proof_file()) else {
        return failure;
    };
    match keep_beside(proof, seen) {
        Ok(Some(path)) => failure.with_proof_file(path),
        Ok(None) => failure,
        Err(error) => {
            talk(&error.chain().join(": "));
            failure
        }
    }
}

/// Gives the file that has the evidence, if there is still one to be had.
fn keep_beside(proof: &FraudProof, seen: &Path) -> Result<Option<PathBuf>, Failure> {
    for number in 1..=FILES_MAX {
        let end = if number == 1 { ".fraud".to_owned() } else { format!(".{number}.fraud") };
        let Some(path) = place::beside(seen, &end) else { return Ok(None) };
        if !path.exists() {
            write(&path, proof)?;
            return Ok(Some(path));
        }
        // What stands there may be of another log, or none at all.
        if files::read(&path, FRAUD_PROOF_BYTES_MAX).is_ok_and(|held| held == proof.bytes()) {
            return Ok(Some(path));
        }
    }
    Ok(None)
}

/// Evidence that a directory and a log are of two histories, or a log and its own handover; out of
/// the larger one of them, and none if that can't be made.
pub(super) fn of_fork(
    source: &mut dyn LogSource,
    dir: &Path,
    genesis: &Genesis,
    cause: &ExportError,
) -> Option<FraudProof> {
    match cause {
        ExportError::Fork { held, found, .. } => {
            let [held, found] = [held, found].map(|note| Note::parse(note.as_bytes()).ok());
            let (held, found) = (held?, found?);
            let size = |note: &Note| note.text().parse::<Checkpoint>().map(|of| of.size()).ok();
            let mut copy = DirSource::new(dir);
            let (source, smaller): (&mut dyn LogSource, Note) =
                if size(&held)? <= size(&found)? { (source, held) } else { (&mut copy, found) };
            let larger = TreeCopy::read(source, genesis, &LogKeys::new(genesis)).ok()?;
            difference(&larger, source, smaller)
        }
        ExportError::HandoverRoot { number } => {
            let copy = TreeCopy::read(source, genesis, &LogKeys::new(genesis)).ok()?;
            let handover = copy.log_keys().handovers().get(number.checked_sub(1)?)?;
            difference(&copy, source, handover.checkpoint().note().clone())
        }
        _ => None,
    }
}

fn difference(copy: &TreeCopy, source: &mut dyn LogSource, seen: Note) -> Option<FraudProof> {
    match copy.compare(source, seen).ok()? {
        Seen::Differs { proof, .. } => proof.ok(),
        Seen::Agrees { .. } | Seen::Larger { .. } => None,
    }
}
