//! Evidence of fraud in plain words.

use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::fraud;
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::fraud::{FraudProof, Outline};
use crate::genesis::Genesis;
use crate::log_key::LogKeys;

/// Shows what evidence claims; with a trust root, verifies it, and ends as `verify` does.
pub(super) fn show(
    bytes: &[u8],
    trust: Option<&Genesis>,
    keys: Option<&LogKeys>,
) -> Result<Shown, Failure> {
    let outline = Outline::read(bytes).step("evidence of fraud")?;
    let mut facts = Facts::default();
    facts.put("claim", json!(outline.kind));
    facts.put_some("entry", outline.entry.map(crate::merkle::EntryIndex::get));
    let checkpoints: Vec<_> = outline.checkpoints.iter().map(|of| json!(of)).collect();
    facts.put("checkpoints", json!(checkpoints)).put("handovers", outline.handovers);
    let title = "Evidence that the holder of a log key signed what cannot all be true";
    let (Some(genesis), Some(keys)) = (trust, keys) else {
        return Ok(Shown::new("fraud_proof", title, facts)
            .unchecked("anything it claims: give the ledger's genesis with --trust"));
    };
    let proof = FraudProof::verify_knowing(bytes, genesis, keys).step("evidence of fraud")?;
    facts.put("fraud", fraud::value(&proof));
    Ok(Shown::new("fraud_proof", title, facts)
        .rejecting()
        .checked("everything it claims holds: FRAUD PROVEN")
        .unchecked("who used the key, why, or when"))
}
