//! The witness itself: what it knows of each log, and the one place where it decides to sign.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::hash::Digest;
use crate::ledger::Clock;
use crate::note::{
    AddCheckpoint, NoteSignature, TreeHead, VerifiedTreeHead, VerifierKey, cosign_head,
};
use crate::witness::server::cosigned::CosignedTreeHead;
use crate::witness::server::directory::Directory;
use crate::witness::server::error::WitnessOpenError;
use crate::witness::server::files::LogFiles;
use crate::witness::server::keys::Keys;
use crate::witness::server::log::{Cosigner, Status, WitnessedLog};
use crate::witness::server::rejection::Rejection;
use crate::witness::server::submission::Submission;

/// Cosigns checkpoints. What it answers was durable before.
pub struct Witness {
    cosigner: Cosigner,
    key: VerifierKey,
    clock: Arc<dyn Clock>,
    directory: Directory,
    /// By the hash of the origin.
    logs: BTreeMap<Digest, Watched>,
}

/// A log, and what was cosigned of it last. Whoever decides holds the lock until it is stored.
#[derive(Debug)]
struct Watched {
    origin: String,
    keys: Keys,
    latest: Mutex<Latest>,
    /// What is shown of it, set once it is durable: whoever looks waits for no write.
    shown: RwLock<Option<Arc<CosignedTreeHead>>>,
}

#[derive(Debug)]
struct Latest {
    cosigned: Option<Arc<CosignedTreeHead>>,
    /// A write failed: nobody knows what is on the disk.
    is_stopped: bool,
}

impl Witness {
    /// Opens the witness of these logs on its state. Several of them under one origin are one log.
    pub fn open(
        directory: Directory,
        cosigner: Cosigner,
        clock: Arc<dyn Clock>,
        logs: Vec<WitnessedLog>,
    ) -> Result<Self, WitnessOpenError> {
        let key = cosigner.key();
        let mut found = directory.load(&key)?;
        let mut known: BTreeMap<String, (Vec<VerifierKey>, Option<LogFiles>)> = BTreeMap::new();
        for log in logs {
            let (keys, files) = known.entry(log.origin).or_default();
            keys.extend(log.keys);
            *files = files.take().or(log.files);
        }
        let watched = |(origin, (keys, files))| {
            let (origin, keys): (String, Vec<VerifierKey>) = (origin, keys);
            let kept = directory.read_keys(&keys)?;
            let keys = Keys::new(keys, files, kept);
            let hash = Digest::of(origin.as_bytes());
            let known = found.remove(&hash).map(Arc::new);
            let shown = RwLock::new(known.clone());
            let latest = Mutex::new(Latest { cosigned: known, is_stopped: false });
            Ok::<_, WitnessOpenError>((hash, Watched { origin, keys, latest, shown }))
        };
        let logs = known.into_iter().map(watched).collect::<Result<_, _>>()?;
        Ok(Self { cosigner, key, clock, directory, logs })
    }

    /// The key by which others verify what it cosigns.
    pub const fn key(&self) -> &VerifierKey {
        &self.key
    }

    /// Reads a request, and checks that a key of the log has signed the checkpoint: all that can be
    /// checked without a look at what was cosigned before.
    pub fn verify(&self, body: &[u8]) -> Result<Submission, Rejection> {
        let AddCheckpoint { old_size, proof, checkpoint } = AddCheckpoint::parse(body)?;
        let head: TreeHead = checkpoint.text().parse().map_err(Rejection::Checkpoint)?;
        let log = Digest::of(head.origin().as_bytes());
        let watched = self.logs.get(&log).ok_or_else(|| Rejection::UnknownLog {
            origin: head.origin().chars().take(255).collect(),
        })?;
        // SPEC: 403 if either no signature from a trusted key for the origin is present, or one whose
        // name and ID match a trusted key fails to verify.
        let verified =
            watched.keys.verify(&checkpoint, head.size(), self.clock.elapsed(), &self.directory);
        let head = verified
            .map_err(|cause| Rejection::Signature { origin: watched.origin.clone(), cause })?;
        Submission::new(log, old_size, proof, head)
    }

    /// Checks that the checkpoint goes on from what was cosigned last, as of now.
    pub fn check(&self, submission: &Submission) -> Result<(), Rejection> {
        self.watched(submission)?.latest().check(submission)
    }

    /// Cosigns the checkpoint, if it goes on from what was cosigned last. Look and write are one: nobody
    /// else is answered for the log in between.
    pub fn cosign(&self, submission: &Submission) -> Result<NoteSignature, Rejection> {
        let watched = self.watched(submission)?;
        let mut latest = watched.latest();
        latest.check(submission)?;
        let before = latest.cosigned.as_ref();
        // The clock may be put back; what a witness says of the time is not.
        let now_s = self.clock.now().seconds();
        let time_s = before.map_or(now_s, |before| before.time_s().max(now_s));
        let Cosigner { name, signer } = &self.cosigner;
        let line = cosign_head(submission.head(), name, time_s, &**signer)?;
        let note = submission.head().note().clone().with_signatures([line.clone()]);
        let next = note
            .map_err(Into::into)
            .and_then(|note| CosignedTreeHead::verify(note.to_string().as_bytes(), &self.key))
            .map_err(Rejection::Checkpoint)?;
        // Whoever has an old request can send it as often as he likes: the same answer is written once.
        if latest.cosigned.as_deref() != Some(&next)
            && let Err(cause) = self.directory.write(&next)
        {
            latest.is_stopped = true;
            return Err(Rejection::Storage(cause));
        }
        // From here on the checkpoint is durable: a crash loses the answer, not what was signed for.
        let next = Arc::new(next);
        watched.show(Arc::clone(&next));
        latest.cosigned = Some(next);
        Ok(line)
    }

    /// The checkpoint that was cosigned last of the log with this hash of its origin, with the signatures
    /// of the log and of the witness.
    pub fn latest(&self, hash: &Digest) -> Option<String> {
        self.logs.get(hash)?.shown().map(|it| it.note().to_string())
    }

    /// How far each log was cosigned, in the order of origins.
    pub fn statuses(&self) -> Vec<Status> {
        let status = |(hash, watched): (&Digest, &Watched)| {
            let latest = watched.shown().map(|it| (it.head().clone(), it.time_s()));
            Status { hash: *hash, origin: watched.origin.clone(), latest }
        };
        let mut statuses: Vec<Status> = self.logs.iter().map(status).collect();
        statuses.sort_by(|a, b| a.origin.cmp(&b.origin));
        statuses
    }

    /// The logs that are cosigned, each once.
    pub(super) fn logs(&self) -> Vec<WitnessedLog> {
        let log = |watched: &Watched| WitnessedLog {
            origin: watched.origin.clone(),
            keys: watched.keys.named().to_vec(),
            files: watched.keys.files().cloned(),
        };
        self.logs.values().map(log).collect()
    }

    /// What it tells the time by.
    pub(super) const fn clock(&self) -> &Arc<dyn Clock> {
        &self.clock
    }

    /// What it remembers.
    pub(super) const fn directory(&self) -> &Directory {
        &self.directory
    }

    /// What was cosigned last of a log, as its own keys verify it.
    pub(super) fn recall(&self, hash: &Digest) -> Option<VerifiedTreeHead> {
        let watched = self.logs.get(hash)?;
        let latest = watched.shown()?;
        let (note, size) = (latest.note(), latest.head().size());
        watched.keys.verify(note, size, self.clock.elapsed(), &self.directory).ok()
    }

    fn watched(&self, submission: &Submission) -> Result<&Watched, Rejection> {
        let origin = || submission.head().head().origin().to_owned();
        let unknown = || Rejection::UnknownLog { origin: origin() };
        self.logs.get(&submission.log()).ok_or_else(unknown)
    }
}

impl Watched {
    fn latest(&self) -> MutexGuard<'_, Latest> {
        self.latest.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn shown(&self) -> Option<Arc<CosignedTreeHead>> {
        self.shown.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn show(&self, next: Arc<CosignedTreeHead>) {
        *self.shown.write().unwrap_or_else(PoisonError::into_inner) = Some(next);
    }
}

impl Latest {
    fn check(&self, submission: &Submission) -> Result<(), Rejection> {
        if self.is_stopped {
            return Err(Rejection::Stopped);
        }
        submission.check(self.cosigned.as_deref())
    }
}

impl fmt::Debug for Witness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Witness").field("key", &self.key).finish_non_exhaustive()
    }
}
