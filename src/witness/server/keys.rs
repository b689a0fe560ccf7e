//! The keys that are trusted for a log: those that the operator named, and those that they were handed
//! over to.

use std::sync::{Mutex, PoisonError, RwLock};
use std::time::Duration;

use crate::causes::chain;
use crate::merkle::TreeSize;
use crate::note::{Note, NoteError, TreeHeadError, VerifiedTreeHead, VerifierKey};
use crate::witness::server::directory::Directory;
use crate::witness::server::files::{FollowedKeys, LogFiles};

/// How long a log's files are not looked into again for a handover: anybody can sign a note by a key
/// that nobody knows.
const LOOK_AGAIN: Duration = Duration::from_secs(30);

/// The keys of one log.
#[derive(Debug)]
pub(super) struct Keys {
    named: Vec<VerifierKey>,
    files: Option<LogFiles>,
    /// As they are kept, or before: a key that was handed over does not count again after a restart.
    followed: RwLock<Option<FollowedKeys>>,
    /// When the files were looked into last; locked while they are.
    looked: Mutex<Option<Duration>>,
}

impl Keys {
    /// The keys that the operator named, and those that a witness has kept that followed them.
    pub(super) const fn new(
        named: Vec<VerifierKey>,
        files: Option<LogFiles>,
        kept: Option<FollowedKeys>,
    ) -> Self {
        Self { named, files, followed: RwLock::new(kept), looked: Mutex::new(None) }
    }

    /// The keys that the operator named.
    pub(super) fn named(&self) -> &[VerifierKey] {
        &self.named
    }

    /// Where the log's files are.
    pub(super) const fn files(&self) -> Option<&LogFiles> {
        self.files.as_ref()
    }

    /// Checks that a note is a checkpoint of the log, of this size, that one of its keys has signed. If
    /// none has, and the log's files are known, they are asked for a handover, which is kept before it
    /// counts: `now` is the time by a clock that does not jump.
    pub(super) fn verify(
        &self,
        note: &Note,
        size: TreeSize,
        now: Duration,
        directory: &Directory,
    ) -> Result<VerifiedTreeHead, TreeHeadError> {
        match VerifiedTreeHead::of_note(note, &self.at(size)) {
            Err(TreeHeadError::Note(NoteError::NoKnownSignature)) if self.look(now, directory) => {
                VerifiedTreeHead::of_note(note, &self.at(size))
            }
            other => other,
        }
    }

    /// The keys whose signatures count under a checkpoint of this size. A key that was handed over
    /// counts below the handover alone.
    fn at(&self, size: TreeSize) -> Vec<VerifierKey> {
        let followed = self.followed.read().unwrap_or_else(PoisonError::into_inner);
        let Some(FollowedKeys { keys, .. }) = followed.as_ref() else { return self.named.clone() };
        let is_other = |key: &&VerifierKey| !keys.line().any(|of_line| of_line == *key);
        let others = self.named.iter().filter(is_other);
        others.chain([keys.at(size)]).cloned().collect()
    }

    /// Looks for handovers in the log's files; says whether there is a key that was not known.
    fn look(&self, now: Duration, directory: &Directory) -> bool {
        let Some(files) = &self.files else { return false };
        // Who comes while somebody looks need not look again.
        let Ok(mut looked) = self.looked.try_lock() else { return false };
        if looked.is_some_and(|before| now.saturating_sub(before) < LOOK_AGAIN) {
            return false;
        }
        *looked = Some(now);
        let before = self.followed.read().unwrap_or_else(PoisonError::into_inner).clone();
        let followed = match files.follow_keys(&self.named, before) {
            Ok(Some(followed)) => followed,
            Ok(None) => return false,
            Err(error) => {
                tracing::warn!(error = chain(&error), "handovers of a log");
                return false;
            }
        };
        let key = followed.keys.newest();
        if let Err(error) = directory.write_keys(&followed) {
            tracing::error!(error = chain(&error), %key, "a handover can't be kept, nor counts");
            return false;
        }
        tracing::info!(%key, "the key of a log was handed over");
        *self.followed.write().unwrap_or_else(PoisonError::into_inner) = Some(followed);
        true
    }
}
