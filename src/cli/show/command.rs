//! The command: finds out what a file is, and hands it to the one who knows.

use std::path::PathBuf;

use clap::Args;
use serde_json::Value;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::handovers::Handovers;
use crate::cli::report::Report;
use crate::cli::show::shown::Shown;
use crate::cli::show::{
    dossier, entry, envelope, fraud, genesis, handover, key, note, receipt, statement,
};
use crate::dossier::DOSSIER_BYTES_MAX;
use crate::entry::Entry;
use crate::envelope::{Envelope, JSON_BYTES_MAX};
use crate::fraud::{FRAUD_PROOF_BYTES_MAX, is_fraud_proof};
use crate::genesis::{GENESIS_BYTES_MAX, Genesis};
use crate::log_key::{Handover, LogKeys};
use crate::note::{Note, VerifierKey};

/// The largest file that is shown: nothing that can be is larger than a dossier or evidence.
const FILE_BYTES_MAX: usize = {
    let (dossier, evidence) = (DOSSIER_BYTES_MAX, FRAUD_PROOF_BYTES_MAX);
    if dossier > evidence { dossier } else { evidence }
};

/// Says in plain words what a file is, and what it says.
///
/// The file is a statement, envelope, entry, receipt (tlog-proof), dossier, evidence of fraud,
/// checkpoint, refusal, genesis document, handover of the log key or key. Showing is not verifying:
/// the result says what was checked and what was not. With --trust, the log's signature on a checkpoint
/// or receipt is verified, and the entry's place in the log; with --handovers, also under a key that
/// the log was handed over to.
#[derive(Args, Debug)]
#[command(after_help = "\
Examples:
  probant show declaration.dsse.json
  probant show receipt.tlog-proof --trust genesis.toml")]
pub(in crate::cli) struct Show {
    /// The file
    file: PathBuf,
    /// The ledger's genesis document, from your own keeping
    #[arg(long, value_name = "genesis.toml")]
    trust: Option<PathBuf>,
    #[command(flatten)]
    handovers: Handovers,
}

impl Show {
    pub(in crate::cli) fn run(&self) -> Result<Report, Failure> {
        let bytes = files::read(&self.file, FILE_BYTES_MAX)?;
        let trust = self.trust.as_deref().map(genesis::read).transpose()?;
        let keys = trust.as_ref().map(|genesis| self.handovers.log_keys(genesis)).transpose()?;
        let shown = if is_fraud_proof(&bytes) {
            fraud::show(&bytes, trust.as_ref(), keys.as_ref())
        } else {
            show(&bytes, keys.as_ref())
        };
        let shown = shown.map_err(|failure| failure.in_step(self.file.display().to_string()))?;
        Ok(shown.into_report())
    }
}

fn show(bytes: &[u8], trust: Option<&LogKeys>) -> Result<Shown, Failure> {
    if bytes.is_empty() {
        return Err(Failure::new("the file is empty"));
    }
    match std::str::from_utf8(bytes) {
        // A dossier begins with its origin, and may happen to be all text.
        Ok(text) if !bytes.starts_with(b"\x01") && !bytes.starts_with(b"\x0a") => {
            show_text(text, trust)
        }
        _ => show_binary(bytes, trust),
    }
}

fn show_text(text: &str, trust: Option<&LogKeys>) -> Result<Shown, Failure> {
    let bytes = text.as_bytes();
    let start = text.trim_start();
    if start.starts_with("c2sp.org/tlog-proof@") {
        return receipt::show(bytes, trust);
    }
    if start.starts_with("-----BEGIN ") {
        return key::show_pem(text);
    }
    if start.starts_with('{') {
        if bytes.len() > JSON_BYTES_MAX {
            let (found, max) = (bytes.len(), JSON_BYTES_MAX);
            let message =
                format!("{found} bytes of JSON, a statement or envelope has at most {max}");
            return Err(Failure::new(message));
        }
        let json: Value = serde_json::from_str(text).step("JSON")?;
        if json.get("payloadType").is_some() {
            return envelope::show(&Envelope::from_json(bytes).step("envelope")?);
        }
        if json.get("_type").is_some() {
            return statement::show(bytes);
        }
        return Err(Failure::new("JSON that is neither a statement nor an envelope"));
    }
    if let Ok(key) = text.trim_end().parse::<VerifierKey>() {
        return Ok(key::show_verifier_key(&key));
    }
    if text.contains("\n\n\u{2014} ") {
        return note::show(&Note::parse(bytes).step("note")?, trust);
    }
    if bytes.len() <= GENESIS_BYTES_MAX && text.contains("origin") {
        return Ok(genesis::show(&Genesis::parse(bytes).step("genesis document")?));
    }
    Err(Failure::new(UNKNOWN))
}

fn show_binary(bytes: &[u8], trust: Option<&LogKeys>) -> Result<Shown, Failure> {
    if let Ok(entry) = Entry::decode(bytes) {
        return Ok(entry::show(&entry));
    }
    if let Ok(envelope) = Envelope::decode(bytes) {
        return envelope::show(&envelope);
    }
    if let Ok(found) = Handover::decode(bytes) {
        return handover::show(&found, bytes, trust);
    }
    // Whatever else the bytes are, a dossier is what people keep.
    dossier::show(bytes).map_err(|failure| failure.in_step(UNKNOWN))
}

const UNKNOWN: &str = "not a statement, envelope, entry, receipt, dossier, checkpoint, refusal, \
                       genesis document, handover, evidence of fraud or key";
