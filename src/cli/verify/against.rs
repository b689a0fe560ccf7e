//! Receipts beside a dossier: whether it holds what they say is in the log.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::verdict::Lang;
use crate::cli::words::{Text, argument};
use crate::dossier::VerifiedDossier;
use crate::fraud::{self, Comparison, FraudProof};
use crate::genesis::Genesis;
use crate::log_key::LogKeys;
use crate::note::TlogProof;

/// The largest receipt that is read.
const RECEIPT_BYTES_MAX: usize = 1 << 20;

/// What a reader has to hold a dossier against.
#[derive(Args, Debug)]
pub(super) struct Against {
    /// A receipt that you hold (tlog-proof, as `submit --receipts` keeps them): the dossier has to have
    /// its entry wherever the entry is called for; may be given several times
    #[arg(long, value_name = "RECEIPT")]
    against: Vec<PathBuf>,
    /// Where to write the evidence if the dossier leaves the entry of a receipt out
    #[arg(long, value_name = "FILE.fraud", requires = "against")]
    evidence: Option<PathBuf>,
}

/// What came of it, unless there is fraud.
#[derive(Debug, Default)]
pub(super) struct Compared {
    receipts: Vec<(String, Comparison)>,
}

impl Against {
    /// Whether there is anything to compare.
    pub(super) const fn is_asked(&self) -> bool {
        !self.against.is_empty()
    }

    /// Says so at once if the evidence could not be written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.evidence.as_deref().map_or(Ok(()), files::expect_new)
    }

    /// The receipts, as options of a command that is to be run again.
    pub(super) fn again(&self) -> impl Iterator<Item = String> {
        self.against.iter().flat_map(|path| ["--against".to_owned(), argument(path)])
    }

    /// Where the evidence goes.
    pub(super) fn evidence(&self) -> Option<&Path> {
        self.evidence.as_deref()
    }

    /// Holds a dossier against every receipt, or gives the first evidence.
    pub(super) fn run(
        &self,
        dossier: &VerifiedDossier,
        genesis: &Genesis,
        keys: &LogKeys,
    ) -> Result<Result<Compared, Box<FraudProof>>, Failure> {
        let mut receipts = Vec::new();
        for path in &self.against {
            let step = || format!("receipt {}", path.display());
            let receipt = TlogProof::parse(&files::read(path, RECEIPT_BYTES_MAX)?).step(step())?;
            match fraud::compare(&receipt, dossier, genesis, keys).step(step())? {
                Comparison::Fraud(proof) => return Ok(Err(proof)),
                other => receipts.push((path.display().to_string(), other)),
            }
        }
        Ok(Ok(Compared { receipts }))
    }
}

impl Compared {
    /// Whether every receipt could be compared.
    pub(super) fn is_whole(&self) -> bool {
        self.receipts.iter().all(|(_, of)| matches!(of, Comparison::Agrees { .. }))
    }

    /// The comparisons, for programs.
    pub(super) fn value(&self) -> Value {
        let value = |(file, of): &(String, Comparison)| {
            let (result, index, chains) = match of {
                Comparison::Agrees { index, chains } => ("agrees", Some(*index), *chains),
                Comparison::NoChain { index } => ("no_chain", Some(*index), 0),
                Comparison::Later { index } => ("later", Some(*index), 0),
                Comparison::Fraud(_) => ("fraud", None, 0),
            };
            json!({"receipt": file, "result": result, "entry": index, "chains": chains})
        };
        Value::Array(self.receipts.iter().map(value).collect())
    }

    /// The same, for people.
    pub(super) fn put(&self, text: &mut Text, lang: Lang) {
        for (file, of) in &self.receipts {
            let line = match (of, lang) {
                (Comparison::Agrees { index, chains }, Lang::En) => {
                    format!(
                        "Receipt {file}: entry {index} is in all {chains} lists that call for it."
                    )
                }
                (Comparison::Agrees { index, chains }, Lang::Fr) => format!(
                    "Récépissé {file} : l'entrée {index} est dans les {chains} listes où elle doit \
                     être."
                ),
                (Comparison::NoChain { index }, Lang::En) => format!(
                    "Receipt {file}: NOTHING COMPARED, the dossier is about no subject of entry \
                     {index}."
                ),
                (Comparison::NoChain { index }, Lang::Fr) => format!(
                    "Récépissé {file} : RIEN N'A ÉTÉ COMPARÉ, le dossier ne porte sur aucun sujet de \
                     l'entrée {index}."
                ),
                (Comparison::Later { index }, Lang::En) => format!(
                    "Receipt {file}: NOTHING COMPARED, entry {index} is later than the dossier."
                ),
                (Comparison::Later { index }, Lang::Fr) => format!(
                    "Récépissé {file} : RIEN N'A ÉTÉ COMPARÉ, l'entrée {index} est postérieure au \
                     dossier."
                ),
                (Comparison::Fraud(_), _) => continue,
            };
            text.line(line);
        }
    }
}
