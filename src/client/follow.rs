//! Following the log: every checkpoint must be consistent with the last one seen, so that whoever
//! serves this client can't change the past without being found out.

use std::sync::atomic::{AtomicU64, Ordering};

use tokio::sync::Mutex;
use tonic::Code;

use crate::client::connect::Client;
use crate::client::error::ClientError;
use crate::fraud::two_histories;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::merkle::{ConsistencyProof, ProofError, Tile, TileKind, TreeSize};
use crate::note::{CheckpointError, NoteError, VerifiedCheckpoint};
use crate::proto;
use crate::refusal::{RefusalError, VerifiedRefusal};
use crate::service::convert::consistency_from;

/// The newest checkpoint that this client has accepted.
#[derive(Debug)]
pub(super) struct Seen {
    known: Mutex<Known>,
    /// The size of the newest checkpoint, to be had while that is being replaced; 0 before the first.
    size: AtomicU64,
    /// The same of the newest one that witnesses have cosigned.
    witnessed_size: AtomicU64,
}

/// What this client knows of the log.
#[derive(Debug)]
struct Known {
    latest: Option<VerifiedCheckpoint>,
    /// The newest that was given as cosigned by witnesses.
    witnessed: Option<VerifiedCheckpoint>,
    keys: LogKeys,
}

impl Seen {
    pub(super) fn new(keys: LogKeys) -> Self {
        let known = Known { latest: None, witnessed: None, keys };
        let (size, witnessed_size) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { known: Mutex::new(known), size, witnessed_size }
    }

    fn put(&self, known: &mut Known, latest: VerifiedCheckpoint) {
        self.size.store(latest.size().get(), Ordering::SeqCst);
        known.latest = Some(latest);
    }
}

impl Client {
    /// The newest checkpoint that this client has accepted, to be kept and given to the next one.
    pub async fn seen(&self) -> Option<VerifiedCheckpoint> {
        self.seen.known.lock().await.latest.clone()
    }

    /// The log's keys, as far as this client had to follow them.
    pub async fn log_keys(&self) -> LogKeys {
        self.seen.known.lock().await.keys.clone()
    }

    /// Takes a checkpoint that was seen before by this client's user.
    pub(super) async fn take_seen(&self, note: &str) -> Result<(), ClientError> {
        let mut known = self.seen.known.lock().await;
        let seen = self.verify(&mut known, note).await?;
        // What was learned of the log to verify it has to be of the same one.
        if let Some(latest) = &known.latest {
            self.check_same_log(&known.keys, &seen, latest).await?;
        }
        if known.latest.as_ref().is_none_or(|latest| latest.size() < seen.size()) {
            self.seen.put(&mut known, seen);
        }
        Ok(())
    }

    /// Holds a checkpoint that somebody else has seen against this client's: they are of one history,
    /// and the newer one is what this client has seen from here on.
    pub async fn compare(&self, note: &str) -> Result<(), ClientError> {
        self.accept(note, TreeSize::EMPTY).await.map(drop)
    }

    /// How large the log is known to be. Whoever asks for the newest takes this before the call, for
    /// no answer may be older; while the call is under way, others may be shown more.
    pub(super) fn since(&self) -> TreeSize {
        TreeSize::new(self.seen.size.load(Ordering::SeqCst))
    }

    /// Verifies a checkpoint of the size that was asked for, or the newest, which is no older than
    /// `since`.
    pub(super) async fn accept_at(
        &self,
        note: &str,
        asked: Option<TreeSize>,
        since: TreeSize,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        let Some(expected) = asked else { return self.accept(note, since).await };
        let checkpoint = self.accept(note, TreeSize::EMPTY).await?;
        let found = checkpoint.size();
        if found == expected { Ok(checkpoint) } else { Err(ClientError::Size { expected, found }) }
    }

    /// Verifies a checkpoint, and that it and the last one seen are of one history; and that it is
    /// no older than `since`.
    pub(super) async fn accept(
        &self,
        note: &str,
        since: TreeSize,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        // Held while the proof is fetched: of two answers, the second is compared with the first.
        let mut known = self.seen.known.lock().await;
        if let Some(seen) = known.latest.as_ref().filter(|seen| is_same_note(seen, note)) {
            return Ok(seen.clone());
        }
        let found = self.verify(&mut known, note).await?;
        let Some(seen) = known.latest.as_ref() else {
            self.seen.put(&mut known, found.clone());
            return Ok(found);
        };
        if found.size() < since {
            return Err(ClientError::WentBack {
                seen: Box::new(seen.note().clone()),
                found: Box::new(found.note().clone()),
            });
        }
        self.check_same_log(&known.keys, seen, &found).await?;
        if seen.size() < found.size() {
            self.seen.put(&mut known, found.clone());
        }
        Ok(found)
    }

    /// How large the log is known to be that witnesses have cosigned: to be taken before the call, too.
    pub(super) fn since_witnessed(&self) -> TreeSize {
        TreeSize::new(self.seen.witnessed_size.load(Ordering::SeqCst))
    }

    /// The same of a checkpoint that is given as one which witnesses have cosigned: an older one than
    /// the newest, but no older than the last that was given so.
    pub(super) async fn accept_witnessed(
        &self,
        note: &str,
        since: TreeSize,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        let mut known = self.seen.known.lock().await;
        if let Some(seen) = known.witnessed.as_ref().filter(|seen| is_same_note(seen, note)) {
            return Ok(seen.clone());
        }
        let found = self.verify(&mut known, note).await?;
        if let Some(seen) = known.witnessed.as_ref().filter(|_| found.size() < since) {
            return Err(ClientError::WentBack {
                seen: Box::new(seen.note().clone()),
                found: Box::new(found.note().clone()),
            });
        }
        match known.latest.as_ref() {
            Some(latest) => {
                self.check_same_log(&known.keys, latest, &found).await?;
                if latest.size() < found.size() {
                    self.seen.put(&mut known, found.clone());
                }
            }
            None => self.seen.put(&mut known, found.clone()),
        }
        if known.witnessed.as_ref().is_none_or(|seen| seen.size() <= found.size()) {
            self.seen.witnessed_size.store(found.size().get(), Ordering::SeqCst);
            known.witnessed = Some(found.clone());
        }
        Ok(found)
    }

    /// Checks that a note is a refusal of this log by its newest key.
    pub(super) async fn verify_refusal(&self, note: &str) -> Result<VerifiedRefusal, ClientError> {
        let mut known = self.seen.known.lock().await;
        let verify = |known: &Known| VerifiedRefusal::verify(note.as_bytes(), known.keys.newest());
        match verify(&known) {
            Err(RefusalError::Note(NoteError::NoKnownSignature)) => {}
            other => return Ok(other?),
        }
        self.learn(&mut known).await?;
        Ok(verify(&known)?)
    }

    /// Verifies a checkpoint under the log key of its size. If it is one that this client does not
    /// know, the log may have been handed over.
    async fn verify(
        &self,
        known: &mut Known,
        note: &str,
    ) -> Result<VerifiedCheckpoint, ClientError> {
        match known.keys.verify(note.as_bytes()) {
            Err(CheckpointError::Note(NoteError::NoKnownSignature)) => {}
            other => return Ok(other?),
        }
        self.learn(known).await?;
        Ok(known.keys.verify(note.as_bytes())?)
    }

    /// Asks for handovers of the log key that this client does not know, and follows those that hold
    /// and go on from what it has seen. A server that gives none leaves everything as it is.
    async fn learn(&self, known: &mut Known) -> Result<(), ClientError> {
        loop {
            let count = known.keys.handovers().len();
            let request =
                proto::GetHandoversRequest { known: u32::try_from(count).unwrap_or(u32::MAX) };
            let answer = self
                .call(|mut api, timeout| {
                    let request = Self::request(request, timeout);
                    async move { api.get_handovers(request).await }
                })
                .await;
            let handovers = match answer {
                Ok(answer) => answer.handovers,
                // It knows of no such thing as handovers.
                Err(ClientError::Refused(refused)) if refused.code == Code::Unimplemented => {
                    return Ok(());
                }
                Err(error) => return Err(error),
            };
            if handovers.is_empty() {
                return Ok(());
            }
            for (place, bytes) in handovers.iter().enumerate() {
                let mut keys = known.keys.clone();
                let number = count + place + 1;
                let handover = keys
                    .follow(bytes)
                    .map_err(|source| ClientError::Handover { number, source })?;
                let found = handover.checkpoint().clone();
                let newest = match &known.latest {
                    None => true,
                    Some(seen) => {
                        // What was signed by one key can't be of the time of the next.
                        if keys.verify_note(seen.note().clone()).is_err() {
                            return Err(ClientError::KeyOutlived {
                                seen: Box::new(seen.note().clone()),
                                found: Box::new(found.note().clone()),
                            });
                        }
                        self.check_same_log(&keys, seen, &found).await?;
                        seen.size() < found.size()
                    }
                };
                if newest {
                    self.seen.put(known, found);
                }
                known.keys = keys;
            }
        }
    }

    /// Checks that two checkpoints are of one history.
    async fn check_same_log(
        &self,
        keys: &LogKeys,
        seen: &VerifiedCheckpoint,
        found: &VerifiedCheckpoint,
    ) -> Result<(), ClientError> {
        let notes = || (Box::new(seen.note().clone()), Box::new(found.note().clone()));
        if seen.size() == found.size() {
            if seen.root() == found.root() {
                return Ok(());
            }
            let proof = two_histories(&self.genesis, keys, (seen, found), None).ok().map(Box::new);
            let (seen, found) = notes();
            return Err(ClientError::Fork { seen, found, proof });
        }
        let (old, new) = if seen.size() < found.size() { (seen, found) } else { (found, seen) };
        let consistency = self.consistency_proof(old, new).await?;
        let Err(source) = new.extends(old.checkpoint(), &consistency) else { return Ok(()) };
        let begins = self.other_root(old.size(), new.size(), &source).await;
        let proof = begins.and_then(|root| {
            two_histories(&self.genesis, keys, (old, new), Some((root, &consistency))).ok()
        });
        let ((seen, found), proof) = (notes(), proof.map(Box::new));
        Err(ClientError::Inconsistent { seen, found, source, proof })
    }

    /// The root that the server's own history has at the older size, as far as it gives that away.
    /// Nothing is believed: evidence is verified.
    async fn other_root(
        &self,
        old: TreeSize,
        new: TreeSize,
        source: &ProofError,
    ) -> Option<Digest> {
        if let ProofError::OldRoot { found, .. } = source {
            return Some(*found);
        }
        // SPEC: a tree that is one complete subtree is not in its own proof; but it is in a tile.
        let level = old.get().is_power_of_two().then(|| old.get().trailing_zeros())?;
        let (tile_level, height) = (level / 8, u8::try_from(level % 8).ok()?);
        let id = TileKind::Hashes(u8::try_from(tile_level).ok()?).in_tree(0, new)?;
        Tile::parse(id, &self.tile(id).await.ok()?).ok()?.node(height, 0)
    }

    async fn consistency_proof(
        &self,
        old: &VerifiedCheckpoint,
        new: &VerifiedCheckpoint,
    ) -> Result<ConsistencyProof, ClientError> {
        let request = proto::GetConsistencyProofRequest {
            old_size: old.size().get(),
            new_size: new.size().get(),
        };
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(request, timeout);
                async move { api.get_consistency_proof(request).await }
            })
            .await?;
        consistency_from(&answer.hashes)
            .map_err(|cause| ClientError::HashLength { found: cause.found })
    }
}

fn is_same_note(seen: &VerifiedCheckpoint, note: &str) -> bool {
    // The text is a prefix of the note: a cheap test before the one that writes it out.
    note.starts_with(seen.note().text()) && seen.note().to_string() == note
}
