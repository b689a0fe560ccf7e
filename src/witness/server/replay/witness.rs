//! The replaying witness: an ordinary one, with a state and a key of its own, that nobody gets at but by
//! way of a replay.

use std::collections::BTreeMap;
use std::fmt;
use std::path::Path;
use std::sync::Arc;

use prost::bytes::Bytes;

use crate::causes::chain;
use crate::export::{DirWriter, ExportError, Readers};
use crate::fraud::FraudProof;
use crate::hash::Digest;
use crate::ledger::Clock;
use crate::note::{NoteSignature, VerifiedCheckpoint, VerifiedTreeHead, VerifierKey};
use crate::witness::server::directory::Directory;
use crate::witness::server::error::WitnessOpenError;
use crate::witness::server::log::{Cosigner, Status, WitnessedLog};
use crate::witness::server::rejection::Rejection;
use crate::witness::server::replay::log::{KeepFn, ReplayedLog};
use crate::witness::server::submission::Submission;
use crate::witness::server::witness::Witness;

/// Cosigns what it was served whole, and recomputed.
pub struct ReplayingWitness {
    witness: Arc<Witness>,
    logs: BTreeMap<Digest, Arc<ReplayedLog>>,
    evidence: Arc<DirWriter>,
}

/// Why a replaying witness does not start.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReplayOpenError {
    /// Its state can't be opened.
    #[error(transparent)]
    State(#[from] WitnessOpenError),
    /// The evidence that it found before can't be read.
    #[error("evidence")]
    Evidence(#[from] ExportError),
}

impl ReplayingWitness {
    /// Opens the witness of those of these logs whose files are known. Evidence that it finds goes into a
    /// directory; a log with evidence there is not cosigned.
    pub fn open(
        directory: Directory,
        evidence: &Path,
        cosigner: Cosigner,
        clock: Arc<dyn Clock>,
        logs: Vec<WitnessedLog>,
    ) -> Result<Self, ReplayOpenError> {
        let mut kept = DirWriter::open(evidence)?;
        let witness = Arc::new(Witness::open(directory, cosigner, clock, logs)?);
        let mut logs = BTreeMap::new();
        for log in witness.logs() {
            let Some(files) = log.files else { continue };
            let hash = Digest::of(log.origin.as_bytes());
            let evidence = kept.read(&evidence_path(&hash))?.map(Bytes::from);
            let is_stopped = witness.directory().is_stopped(&log.origin)?;
            let replayed = ReplayedLog::new(log.origin, log.keys, files, evidence, is_stopped);
            logs.insert(hash, Arc::new(replayed));
        }
        Ok(Self { witness, logs, evidence: Arc::new(kept) })
    }

    /// The witness whose key it signs with: what is asked of it is read and shown by it.
    pub(in crate::witness::server) const fn witness(&self) -> &Arc<Witness> {
        &self.witness
    }

    /// The key by which others verify what it cosigns.
    pub fn key(&self) -> &VerifierKey {
        self.witness.key()
    }

    /// How far each log was cosigned, in the order of origins.
    pub fn statuses(&self) -> Vec<Status> {
        self.witness.statuses()
    }

    /// Evidence against the operator of the log with this hash of its origin.
    pub fn evidence(&self, hash: &Digest) -> Option<Bytes> {
        self.logs.get(hash)?.evidence()
    }

    /// Replays every log up to what was cosigned of it, so that a log need not wait for it.
    pub async fn resume(self: Arc<Self>) {
        let resume = |(hash, log): (&Digest, &Arc<ReplayedLog>)| {
            let (witness, hash, log) = (Arc::clone(&self.witness), *hash, Arc::clone(log));
            let keep = self.keep(log.origin(), hash);
            tokio::spawn(async move {
                let recalled = tokio::task::spawn_blocking(move || witness.recall(&hash)).await;
                let Ok(Some(head)) = recalled else { return };
                let followed = match checkpoint(&head) {
                    Ok(checkpoint) => log.follow(checkpoint, keep).await,
                    Err(rejection) => Err(rejection),
                };
                match followed {
                    Ok(()) | Err(Rejection::Replaying) => {}
                    Err(cause) => tracing::warn!(cause = chain(&cause), "a log is not replayed"),
                }
            })
        };
        let tasks: Vec<_> = self.logs.iter().map(resume).collect();
        for task in tasks {
            if let Err(error) = task.await {
                tracing::error!(%error, "a replay broke off");
            }
        }
    }

    /// Cosigns the checkpoint, if the log was served and is sound up to it, and it goes on from what was
    /// cosigned last.
    pub async fn cosign(&self, submission: Submission) -> Result<NoteSignature, Rejection> {
        let hash = submission.log();
        let log = self.logs.get(&hash).ok_or(Rejection::NoFiles)?;
        let log = Arc::clone(log);
        log.follow(checkpoint(submission.head())?, self.keep(log.origin(), hash)).await?;
        let witness = Arc::clone(&self.witness);
        let done = tokio::task::spawn_blocking(move || {
            // Another request may have had it replayed further meanwhile.
            log.check_sound()?;
            witness.cosign(&submission)
        });
        done.await.unwrap_or(Err(Rejection::Internal))
    }

    /// Writes evidence where it is found after a restart. If that can't be done, the state still says that
    /// the log is stopped.
    fn keep(&self, origin: &str, hash: Digest) -> KeepFn {
        let (files, witness) = (Arc::clone(&self.evidence), Arc::clone(&self.witness));
        let (origin, path) = (origin.to_owned(), evidence_path(&hash));
        Arc::new(move |proof: &FraudProof| {
            let Err(error) = files.write(&path, proof.bytes(), Readers::Everybody) else {
                tracing::error!(path, "evidence is written");
                return;
            };
            tracing::error!(path, error = chain(&error), "evidence is not written");
            if let Err(error) = witness.directory().stop(&origin) {
                let error = chain(&error);
                tracing::error!(
                    origin,
                    error,
                    "nor is it kept that nothing of the log is cosigned"
                );
            }
        })
    }
}

/// The checkpoint that a ledger has signed: it has no more lines than it must.
fn checkpoint(head: &VerifiedTreeHead) -> Result<VerifiedCheckpoint, Rejection> {
    let mut cause = None;
    for key in head.signers() {
        match VerifiedCheckpoint::of_note(head.note().clone(), key) {
            Ok(checkpoint) => return Ok(checkpoint),
            Err(error) => cause = Some(error),
        }
    }
    Err(cause.map_or(Rejection::NoFiles, Rejection::NoLedger))
}

fn evidence_path(hash: &Digest) -> String {
    format!("{hash}.fraud")
}

impl fmt::Debug for ReplayingWitness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { witness, logs, .. } = self;
        f.debug_struct("ReplayingWitness")
            .field("witness", witness)
            .field("logs", logs)
            .finish_non_exhaustive()
    }
}
