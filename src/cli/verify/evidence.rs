//! Evidence of fraud, verified: it proves something, and never that a product may be listed.

use std::path::Path;

use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::fraud;
use crate::cli::report::{Outcome, Report};
use crate::cli::verdict::Lang;
use crate::cli::words::Text;
use crate::fraud::FraudProof;
use crate::genesis::Genesis;
use crate::log_key::LogKeys;

/// Verifies evidence. One that holds is a rejection, of a log; of one that does not, nothing can be
/// said.
pub(super) fn verify(
    path: &Path,
    bytes: &[u8],
    (genesis, known): (&Genesis, &LogKeys),
    lang: Lang,
) -> Result<Report, Failure> {
    let proof = FraudProof::verify_knowing(bytes, genesis, known);
    let proof = proof.step(format!("evidence {}", path.display()))?;
    let mut text = titled(lang);
    fraud::put(&mut text, &proof, lang);
    Ok(report(&proof, path, text))
}

/// Says that a receipt and a dossier prove fraud, and writes the evidence.
pub(super) fn found(
    proof: &FraudProof,
    path: Option<&Path>,
    lang: Lang,
) -> Result<Report, Failure> {
    let mut text = titled(lang);
    fraud::put(&mut text, proof, lang);
    if let Some(path) = path {
        fraud::write(path, proof)?;
    }
    fraud::put_file(&mut text, path, lang);
    let facts = json!({
        "fraud": fraud::value(proof),
        "evidence_file": path.map(|path| path.display().to_string()),
    });
    Ok(Report::new(Outcome::Rejected, facts, text))
}

fn titled(lang: Lang) -> Text {
    let mut text = Text::default();
    text.styled(anstyle::AnsiColor::Red.on_default().bold(), fraud::title(lang));
    text
}

fn report(proof: &FraudProof, path: &Path, text: Text) -> Report {
    let facts = json!({
        "fraud": fraud::value(proof),
        "evidence_file": path.display().to_string(),
    });
    Report::new(Outcome::Rejected, facts, text)
}
