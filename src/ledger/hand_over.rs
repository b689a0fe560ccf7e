//! Handing the log over to another key: a seal whose checkpoint both keys sign. From its size on the
//! new key signs, and nobody else (formats.md, section 7).

use std::sync::Arc;

use crate::causes::chain;
use crate::key::Signer;
use crate::ledger::answers::{Answers, SealReply, send_seal};
use crate::ledger::group::{Group, SealError, SealedGroup};
use crate::ledger::handle::Ledger;
use crate::ledger::inbox::Message;
use crate::ledger::nodes::{Edge, Nodes};
use crate::ledger::sequencer::{Halt, Sequencer, after_failure};
use crate::ledger::shared::of_build;
use crate::ledger::signing::Signing;
use crate::ledger::store_error::StoreError;
use crate::ledger::submit_error::SubmitError;
use crate::ledger::timekeeper::TimeError;
use crate::log_key::{Handover, HandoverError, LogKeys, ShownChange};
use crate::merkle::{self, TreeSize};
use crate::note::{KeyType, VerifierKey};
use crate::storage::{Table, index_key};
use crate::time::Timestamp;

/// Why the log was not handed over.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum HandOverError {
    /// The key may not have the log.
    #[error(transparent)]
    Handover(#[from] HandoverError),
    /// Not done, or not known to be; asking again is safe.
    #[error(transparent)]
    Submit(#[from] SubmitError),
}

/// Why there is no handover to commit.
#[derive(Debug, thiserror::Error)]
enum MakeError {
    #[error(transparent)]
    Seal(#[from] SealError),
    #[error("the handover does not hold")]
    Handover(#[from] HandoverError),
}

impl From<StoreError> for MakeError {
    fn from(cause: StoreError) -> Self {
        Self::Seal(cause.into())
    }
}

impl Ledger {
    /// Hands the log over to the key of `to`, which the registrars have announced, and waits for it:
    /// the size from which that key signs alone. This ledger signs by it from then on.
    pub fn hand_over(&self, to: Arc<dyn Signer>) -> Result<TreeSize, HandOverError> {
        let newest = self.shared.newest();
        let key = to.public_key().id();
        newest.signing.keys.check_next(&key, &newest.registry, newest.edge.size())?;
        Ok(self.ask(|reply| Message::HandOver(to, reply))?)
    }

    /// The log's keys, as of the newest checkpoint.
    pub fn log_keys(&self) -> LogKeys {
        self.shared.newest().signing.keys.clone()
    }
}

impl Sequencer {
    /// Writes a seal with a checkpoint that both keys sign, and the evidence of it, in one commit.
    pub(super) fn hand_over(&mut self, to: Arc<dyn Signer>, reply: SealReply) -> Result<(), Halt> {
        let made = match self.time.next_time(self.tip.time, &self.shared) {
            Ok(time) => self.make_handover(to, time),
            Err(TimeError::Clock(fault)) => {
                send_seal(&reply, Err(fault.into()));
                return Ok(());
            }
            Err(TimeError::Alarm(alarm)) => {
                let reason = alarm.to_string();
                send_seal(&reply, Err(SubmitError::Halted { reason: reason.clone() }));
                return Err(Halt(reason));
            }
        };
        match made {
            Ok((sealed, signing)) => {
                let answers = Answers { items: Vec::new(), seals: vec![reply] };
                let registry = Arc::clone(&self.registry);
                self.commit(sealed, registry, Vec::new(), answers, Arc::new(signing))
            }
            Err(cause) => {
                tracing::error!(cause = %chain(&cause), "the log could not be handed over");
                send_seal(&reply, Err(SubmitError::NotStored));
                match cause {
                    MakeError::Seal(SealError::Store(cause)) => after_failure(cause),
                    MakeError::Seal(_) | MakeError::Handover(_) => Ok(()),
                }
            }
        }
    }

    /// Nothing that is made here leaves this process before it is committed.
    fn make_handover(
        &self,
        to: Arc<dyn Signer>,
        time: Timestamp,
    ) -> Result<(SealedGroup, Signing), MakeError> {
        let (genesis, log) = (&self.shared.genesis, &self.shared.log);
        let log_key =
            VerifierKey::new(genesis.origin().clone(), KeyType::Ed25519, *to.public_key());
        let group = Group::begin(genesis, &log_key, &self.tip, time);
        let signer = self.signing.signer.as_ref();
        let mut sealed = group.seal(log, signer, Some(to.as_ref()))?;
        let changes = self.changes(&sealed)?;
        let bytes = Handover::write(&log_key, &sealed.head.checkpoint, changes);
        let mut keys = self.signing.keys.clone();
        let number = keys.follow(&bytes)?.number();
        // Below HANDOVERS_MAX.
        let number = u64::try_from(number).unwrap_or(u64::MAX);
        sealed.batch.insert(Table::Handovers, index_key(number), bytes);
        Ok((sealed, Signing { keys, signer: to }))
    }

    /// Every change of registrars since the handover before, with its place under the new seal.
    fn changes(&self, sealed: &SealedGroup) -> Result<Vec<ShownChange>, StoreError> {
        let (log, size) = (&self.shared.log, sealed.tip.size());
        // No store has the tiles that the group completes.
        let edge = Edge::of(&sealed.tip.tiles).with(sealed.tiles.iter().cloned());
        let nodes = Nodes { cache: &self.shared.tiles, edge: &edge };
        let since = self.signing.keys.since().next_index();
        let changes = self.registry.registrar_changes().filter(|index| *index >= since);
        changes
            .map(|index| {
                let record = log.payload(index)?;
                let inclusion = merkle::inclusion_proof(&nodes, index, size).map_err(of_build)?;
                Ok(ShownChange {
                    index,
                    entry: log.entry(index)?,
                    record: record
                        .ok_or(StoreError::Missing { what: "payload", index: index.get() })?,
                    inclusion,
                })
            })
            .collect()
    }
}
