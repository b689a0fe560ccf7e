//! Why a command has no result, as one chain from the step down to the cause.

use std::error::Error;
use std::path::{Path, PathBuf};

use crate::cli::report::Outcome;
use crate::fraud::FraudProof;

/// Why a command stopped. Written as one line: the steps, then the chain of causes.
#[derive(Debug)]
pub(super) struct Failure {
    outcome: Outcome,
    steps: Vec<String>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    evidence: Vec<String>,
    proof: Option<Box<FraudProof>>,
    proof_file: Option<PathBuf>,
}

impl Failure {
    /// Something that keeps the command from saying anything: files, network, usage.
    pub(super) fn new(message: impl Into<String>) -> Self {
        let (steps, evidence) = (vec![message.into()], Vec::new());
        Self {
            outcome: Outcome::Unknown,
            steps,
            cause: None,
            evidence,
            proof: None,
            proof_file: None,
        }
    }

    /// The same with a cause.
    pub(super) fn of(step: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self { cause: Some(cause.into()), ..Self::new(step) }
    }

    /// The same one step further out.
    pub(super) fn in_step(mut self, step: impl Into<String>) -> Self {
        self.steps.insert(0, step.into());
        self
    }

    /// The same, as something that was judged and does not hold.
    pub(super) fn into_rejected(mut self) -> Self {
        self.outcome = Outcome::Rejected;
        self
    }

    /// The same with what proves it to others: whole files, for whoever is told to keep.
    pub(super) fn with_evidence(mut self, evidence: impl IntoIterator<Item = String>) -> Self {
        self.evidence.extend(evidence);
        self
    }

    /// The same with evidence of fraud.
    pub(super) fn with_proof(mut self, proof: Option<FraudProof>) -> Self {
        self.proof = proof.map(Box::new);
        self
    }

    /// Evidence of fraud, to be written for whoever is told of it.
    pub(super) fn proof(&self) -> Option<&FraudProof> {
        self.proof.as_deref()
    }

    /// The same, with the file that the evidence of fraud is in.
    pub(super) fn with_proof_file(mut self, path: PathBuf) -> Self {
        self.proof_file = Some(path);
        self
    }

    /// The file that the evidence of fraud is in.
    pub(super) fn proof_file(&self) -> Option<&Path> {
        self.proof_file.as_deref()
    }

    /// What proves it to others.
    pub(super) fn evidence(&self) -> &[String] {
        &self.evidence
    }

    /// What the process ends with.
    pub(super) const fn outcome(&self) -> Outcome {
        self.outcome
    }

    /// The steps and the causes, outermost first. What a message already says of its cause is not
    /// said again.
    pub(super) fn chain(&self) -> Vec<String> {
        let mut chain = self.steps.clone();
        let mut next = self.cause.as_deref().map(|cause| cause as &dyn Error);
        while let Some(cause) = next {
            let message = cause.to_string();
            if !chain.last().is_some_and(|last| last.ends_with(&message)) {
                chain.push(message);
            }
            next = cause.source();
        }
        chain
    }
}

/// A cause of any type.
pub(super) type Cause = Box<dyn Error + Send + Sync>;

/// Names the step in which something went wrong.
pub(super) trait Step<T> {
    /// The command could not say: exit status 2.
    fn step(self, step: impl Into<String>) -> Result<T, Failure>;

    /// What was judged does not hold: exit status 1.
    fn rejected(self, step: impl Into<String>) -> Result<T, Failure>;
}

impl<T, E: Into<Cause>> Step<T> for Result<T, E> {
    fn step(self, step: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|cause| Failure::of(step, cause))
    }

    fn rejected(self, step: impl Into<String>) -> Result<T, Failure> {
        self.map_err(|cause| Failure::of(step, cause).into_rejected())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    enum Outer {
        #[error("outer")]
        Plain(#[source] std::num::ParseIntError),
        #[error("outer: {0}")]
        Says(#[from] std::num::ParseIntError),
    }

    #[test]
    fn a_chain_says_every_cause_once() {
        let cause = || "x".parse::<u8>().unwrap_err();
        for outer in [Outer::Plain(cause()), Outer::Says(cause())] {
            let failure = Err::<(), _>(outer).step("open dossier").unwrap_err();
            let chain = failure.in_step("verify").chain().join(": ");
            assert_eq!(chain, "verify: open dossier: outer: invalid digit found in string");
        }
    }
}
