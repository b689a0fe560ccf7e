//! Evidence against a log that an audit finds unsound, and checkpoints that were seen elsewhere.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::{Value, json};

use crate::audit::{AuditReport, Detail, Finding, LogSource, Place, Rule};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::report::Outcome;
use crate::cli::verdict::Lang;
use crate::cli::words::{Text, argument};
use crate::cli::{files, fraud};
use crate::fraud::{Advance, Follower, FraudProof, Seen, SeenError, TreeCopy};
use crate::genesis::Genesis;
use crate::log_key::LogKeys;
use crate::note::{Note, TlogProof};

/// The largest file with a checkpoint that is read: a receipt.
const SEEN_BYTES_MAX: usize = 1 << 20;

/// What an auditor brings from elsewhere, and where evidence goes.
#[derive(Args, Debug)]
pub(super) struct Evidence {
    /// A checkpoint of this log that you got elsewhere, as a file of `--seen`, from another reader or
    /// from a witness, or a receipt: the log has to begin with its tree; may be given several times
    #[arg(long, value_name = "CHECKPOINT")]
    seen: Vec<PathBuf>,
    /// Where to write evidence of fraud, if the log is not sound and it can be made; anybody checks
    /// it with `verify`
    #[arg(long, value_name = "FILE.fraud")]
    evidence: Option<PathBuf>,
}

/// What came of it.
#[derive(Debug, Default)]
pub(super) struct Found {
    seen: Vec<Compared>,
    proof: Option<Box<FraudProof>>,
    /// Why evidence that was asked for could not be made.
    why_not: Option<String>,
}

/// A checkpoint from elsewhere, and what came of comparing it.
#[derive(Debug)]
struct Compared {
    file: String,
    /// Nothing if it could not be compared.
    seen: Option<Seen>,
    /// Why it could not, where the report does not say so.
    why_not: Option<String>,
}

impl Evidence {
    /// Says so at once if the evidence could not be written.
    pub(super) fn check(&self) -> Result<(), Failure> {
        self.evidence.as_deref().map_or(Ok(()), files::expect_new)
    }

    /// What was seen elsewhere, as options of a command that is to be run again.
    pub(super) fn again(&self) -> impl Iterator<Item = String> {
        self.seen.iter().flat_map(|path| ["--seen".to_owned(), argument(path)])
    }

    /// Compares what was seen elsewhere, which may add findings; then, of a log that is not sound,
    /// makes the evidence and writes it.
    pub(super) fn look(
        &self,
        source: &mut dyn LogSource,
        (genesis, known): (&Genesis, &LogKeys),
        report: &mut AuditReport,
    ) -> Result<Found, Failure> {
        let mut found = Found::default();
        if !self.seen.is_empty() {
            self.compare(source, (genesis, known), report, &mut found)?;
        }
        let Some(path) = &self.evidence else { return Ok(found) };
        if report.is_sound() {
            return Ok(found);
        }
        if found.proof.is_none() {
            follow(source, (genesis, known), &mut found)?;
        }
        if let Some(proof) = &found.proof {
            fraud::write(path, proof)?;
        }
        Ok(found)
    }

    fn compare(
        &self,
        source: &mut dyn LogSource,
        (genesis, known): (&Genesis, &LogKeys),
        report: &mut AuditReport,
        found: &mut Found,
    ) -> Result<(), Failure> {
        let notes = self.seen.iter().map(|path| Ok((path, read_seen(path)?)));
        let notes = notes.collect::<Result<Vec<_>, Failure>>()?;
        // Of a copy whose own checkpoint or tiles do not hold the audit has said so.
        let copy = match TreeCopy::read(source, genesis, known) {
            Ok(copy) => Some(copy),
            Err(error @ SeenError::Source(_)) => return Err(Failure::of("--seen", error)),
            Err(_) => None,
        };
        for (path, note) in notes {
            let file = path.display().to_string();
            let step = format!("--seen {file}");
            let (seen, why_not) = match copy.as_ref().map(|copy| copy.compare(source, note)) {
                None => (None, None),
                Some(Ok(seen)) => (Some(seen), None),
                Some(Err(error @ SeenError::Source(_))) => return Err(Failure::of(step, error)),
                // It may be of another log, or by a key that it does not have any more.
                Some(Err(error)) => {
                    let chain = Failure::of(step, error).chain();
                    (None, chain.get(1..).map(|causes| causes.join(": ")))
                }
            };
            if let Some(Seen::Differs { size, found: root, expected, proof }) = &seen {
                let (size, expected) = (*size, *expected);
                let detail = Detail::SeenElsewhere { size, found: *root, expected };
                let place = Place::file(file.clone());
                report.findings.push(Finding { rule: Rule::Seen, place, detail });
                if let Ok(proof) = proof.as_ref() {
                    found.proof.get_or_insert_with(|| Box::new(proof.clone()));
                }
            }
            found.seen.push(Compared { file, seen, why_not });
        }
        Ok(())
    }
}

/// A second pass over the log, entry by entry.
fn follow(
    source: &mut dyn LogSource,
    (genesis, known): (&Genesis, &LogKeys),
    found: &mut Found,
) -> Result<(), Failure> {
    let step = "evidence";
    let copy = match TreeCopy::read(source, genesis, known) {
        Ok(copy) => copy,
        Err(error @ SeenError::Source(_)) => return Err(Failure::of(step, error)),
        Err(error) => {
            found.why_not = Some(Failure::of(step, error).chain().join(": "));
            return Ok(());
        }
    };
    match Follower::new(genesis).advance(source, copy.checkpoint()).step(step)? {
        Advance::Sound => {}
        Advance::Fraud(proof) => found.proof = Some(proof),
        Advance::NotServed(of) => {
            found.why_not = Some(Failure::of(step, of).chain().join(": "));
        }
        Advance::Unproved { cause, .. } => {
            found.why_not = Some(Failure::of(step, cause).chain().join(": "));
        }
    }
    Ok(())
}

impl Found {
    /// What the process ends with, where the log by itself gives `outcome`.
    pub(super) fn outcome(&self, outcome: Outcome) -> Outcome {
        let is_agreed = |of: &Compared| matches!(of.seen, Some(Seen::Agrees { .. }));
        // What was to be compared and was not is not agreed on.
        let is_open = outcome == Outcome::Accepted && !self.seen.iter().all(is_agreed);
        if is_open { Outcome::Unknown } else { outcome }
    }

    /// The comparisons, for programs.
    pub(super) fn seen(&self) -> Value {
        let value = |Compared { file, seen, why_not }: &Compared| {
            let (result, size) = match seen {
                None => ("not_compared", None),
                Some(Seen::Agrees { size }) => ("agrees", Some(size)),
                Some(Seen::Larger { size }) => ("larger", Some(size)),
                Some(Seen::Differs { size, .. }) => ("differs", Some(size)),
            };
            json!({"file": file, "tree_size": size, "result": result, "message": why_not})
        };
        Value::Array(self.seen.iter().map(value).collect())
    }

    /// What the evidence proves, for programs; null without any.
    pub(super) fn fraud(&self) -> Value {
        self.proof.as_deref().map_or(Value::Null, fraud::value)
    }

    /// The file with the evidence, if there is any.
    pub(super) fn file(&self, of: &Evidence) -> Option<String> {
        self.proof.as_ref().and(of.evidence.as_ref()).map(|path| path.display().to_string())
    }

    /// The same, for people.
    pub(super) fn put(&self, text: &mut Text, of: &Evidence, is_sound: bool, lang: Lang) {
        let colon = lang.locale().colon();
        for Compared { file, seen: of, why_not } in &self.seen {
            let what = match of {
                None => {
                    let what = lang.choose("NOT COMPARED", "NON COMPARÉ");
                    let why = why_not.as_ref().map(|why| format!("{colon} {why}"));
                    format!("{what}{}", why.unwrap_or_default())
                }
                Some(Seen::Agrees { size }) => match lang {
                    Lang::En => format!("the log begins with its {size} entries"),
                    Lang::Fr => format!("le registre commence par ses {size} entrées"),
                },
                Some(Seen::Larger { size }) => match lang {
                    Lang::En => {
                        format!("NOT COMPARED, of {size} entries it is larger than this copy")
                    }
                    Lang::Fr => format!("NON COMPARÉ, de {size} entrées il dépasse cette copie"),
                },
                Some(Seen::Differs { .. }) => {
                    lang.choose("ANOTHER HISTORY", "AUTRE HISTOIRE").to_owned()
                }
            };
            let seen = lang.choose("seen elsewhere", "vu ailleurs");
            text.line(format_args!("{seen} {file}{colon} {what}"));
        }
        if let Some(proof) = &self.proof {
            text.styled(anstyle::AnsiColor::Red.on_default().bold(), fraud::title(lang));
            fraud::put(text, proof, lang);
            fraud::put_file(text, of.evidence.as_deref(), lang);
        } else if of.evidence.is_some() && !is_sound {
            let none = lang.choose(
                "no evidence of fraud can be made of what is wrong",
                "aucune preuve de fraude ne peut être tirée de ce qui est irrégulier",
            );
            match &self.why_not {
                None => text.line(none),
                Some(why) => text.line(format_args!("{none}{colon} {why}")),
            };
        }
    }
}

/// A checkpoint in a file of its own, or that of a receipt.
fn read_seen(path: &Path) -> Result<Note, Failure> {
    let step = || format!("--seen {}", path.display());
    let bytes = files::read(path, SEEN_BYTES_MAX)?;
    if bytes.starts_with(b"c2sp.org/tlog-proof@") {
        return Ok(TlogProof::parse(&bytes).step(step())?.checkpoint);
    }
    Note::parse(&bytes).step(step())
}
