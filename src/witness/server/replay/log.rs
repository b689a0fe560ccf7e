//! One ledger that is replayed.

use std::sync::{Arc, OnceLock};
use std::time::Duration;

use prost::bytes::Bytes;
use tokio::sync::{OwnedMutexGuard, oneshot};

use crate::causes::chain;
use crate::fraud::{Advance, Follower, FraudProof};
use crate::http::HttpSource;
use crate::note::{VerifiedCheckpoint, VerifierKey};
use crate::witness::server::files::{LogFiles, LogFilesError};
use crate::witness::server::rejection::Rejection;

/// How long a log waits for a replay: less than this program's own client does. What is not done by then
/// goes on, and the next request finds it done.
const PATIENCE: Duration = Duration::from_secs(4);

/// A ledger that is replayed, as far as it was.
#[derive(Debug)]
pub(super) struct ReplayedLog {
    origin: String,
    named: Vec<VerifierKey>,
    files: LogFiles,
    /// Locked while it is replayed.
    following: Arc<tokio::sync::Mutex<Option<Following>>>,
    /// Set if nothing of it is cosigned ever again: the evidence against its operator, if that is kept.
    fraud: OnceLock<Option<Bytes>>,
}

/// Where a replay has come to, and where it reads on.
#[derive(Debug)]
struct Following {
    source: HttpSource,
    follower: Follower,
}

/// What keeps evidence, durably; or at least that there is some.
pub(super) type KeepFn = Arc<dyn Fn(&FraudProof) + Send + Sync>;

impl ReplayedLog {
    /// A log of which nothing has been replayed, and perhaps evidence is there already. One that is
    /// stopped is not cosigned, with evidence or without.
    pub(super) fn new(
        origin: String,
        named: Vec<VerifierKey>,
        files: LogFiles,
        evidence: Option<Bytes>,
        is_stopped: bool,
    ) -> Self {
        let is_sound = evidence.is_none() && !is_stopped;
        let fraud = if is_sound { OnceLock::new() } else { OnceLock::from(evidence) };
        Self { origin, named, files, following: Arc::default(), fraud }
    }

    /// The log's name.
    pub(super) fn origin(&self) -> &str {
        &self.origin
    }

    /// Evidence against its operator.
    pub(super) fn evidence(&self) -> Option<Bytes> {
        self.fraud.get().cloned().flatten()
    }

    /// Replays the log up to a checkpoint, in a thread of its own: the process may end meanwhile.
    pub(super) async fn follow(
        self: &Arc<Self>,
        checkpoint: VerifiedCheckpoint,
        keep: KeepFn,
    ) -> Result<(), Rejection> {
        self.check_sound()?;
        let log = Arc::clone(self);
        let followed = async move {
            let following = Arc::clone(&log.following).lock_owned().await;
            let (sender, answer) = oneshot::channel();
            let replay = move || {
                let outcome = log.advance(following, &checkpoint, &keep);
                // Whoever has the answer may close the witness, whose directory this holds.
                drop(keep);
                if sender.send(outcome).is_err() {
                    tracing::debug!("nobody waits for this replay any more");
                }
            };
            let spawned = std::thread::Builder::new().name("replay".to_owned()).spawn(replay);
            let _thread = spawned.map_err(|_no_thread| Rejection::Internal)?;
            answer.await.unwrap_or(Err(Rejection::Internal))
        };
        let elapsed = |_elapsed| Err(Rejection::Replaying);
        tokio::time::timeout(PATIENCE, followed).await.unwrap_or_else(elapsed)
    }

    /// Reads and recomputes everything behind what was replayed before.
    fn advance(
        &self,
        mut following: OwnedMutexGuard<Option<Following>>,
        checkpoint: &VerifiedCheckpoint,
        keep: &KeepFn,
    ) -> Result<(), Rejection> {
        self.check_sound()?;
        let (origin, size) = (&self.origin, checkpoint.size());
        let unserved = |why: String| {
            tracing::warn!(origin, %size, why, "a log is not served, and not cosigned");
            Rejection::Unserved { why }
        };
        let following = match &mut *following {
            Some(following) => following,
            none => none.insert(self.begin().map_err(|cause| unserved(chain(&cause)))?),
        };
        let Following { source, follower } = following;
        let advance = follower.advance(source, checkpoint);
        match advance.map_err(|cause| unserved(chain(&cause)))? {
            Advance::Sound => Ok(()),
            Advance::NotServed(what) => Err(unserved(chain(&what))),
            Advance::Unproved { entry, cause } => {
                Err(unserved(format!("entry {entry}: {}", chain(&cause))))
            }
            Advance::Fraud(proof) => {
                tracing::error!(origin, %size, "the log breaks its rules: nothing of it is cosigned");
                let evidence = Some(Bytes::copy_from_slice(proof.bytes()));
                let _evidence = self.fraud.get_or_init(|| evidence);
                keep(&proof);
                Err(Rejection::Fraud)
            }
        }
    }

    fn begin(&self) -> Result<Following, LogFilesError> {
        let mut source = self.files.open()?;
        let genesis = LogFiles::genesis(&mut source, &self.named)?;
        Ok(Following { source, follower: Follower::new(&genesis) })
    }

    /// Checks that no evidence was found against its operator, as of now.
    pub(super) fn check_sound(&self) -> Result<(), Rejection> {
        if self.fraud.get().is_some() { Err(Rejection::Fraud) } else { Ok(()) }
    }
}
