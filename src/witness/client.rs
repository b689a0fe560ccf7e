//! All witnesses of a policy, asked at once.

use std::fmt;
use std::sync::{Arc, OnceLock, mpsc};
use std::time::Duration;

use tokio::runtime::{Builder, Runtime};

use crate::causes::chain;
use crate::http::Transport;
use crate::ledger::{LateFn, Question, WitnessAlarm, WitnessError, Witnesses};
use crate::note::{CosignedCheckpoint, NoteError, QuorumError, VerifiedCheckpoint, WitnessPolicy};
use crate::time::Timestamp;
use crate::witness::conversation::{Cosignature, Peer, Request};
use crate::witness::error::{Outcome, Unavailable, WitnessClientError};

/// Witnesses that are asked: a note with all their cosignatures is one that can be read.
const WITNESSES_MAX: usize = 64;

/// How witnesses are asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WitnessOptions {
    /// How long each of them has to answer, all attempts together.
    pub timeout: Duration,
}

impl Default for WitnessOptions {
    fn default() -> Self {
        Self { timeout: Duration::from_secs(5) }
    }
}

/// Asks the witnesses of a policy for cosignatures. Remembers what each of them has cosigned, as long
/// as it lives.
pub struct WitnessClient {
    policy: Arc<WitnessPolicy>,
    options: WitnessOptions,
    peers: Vec<Arc<Peer>>,
    transport: Transport,
    alarm: Arc<OnceLock<WitnessAlarm>>,
    /// There until the client is dropped.
    runtime: Option<Runtime>,
}

/// The answer of one witness.
type Reply = (Arc<Peer>, Result<Cosignature, Outcome>);

impl WitnessClient {
    /// A client for the witnesses that a policy has URLs of; they have to be enough for its quorum.
    pub fn new(policy: WitnessPolicy, options: WitnessOptions) -> Result<Self, WitnessClientError> {
        if !policy.has_quorum() {
            return Err(WitnessClientError::NoQuorum);
        }
        if !policy.is_met_by(|witness| witness.url.is_some()) {
            return Err(WitnessClientError::Unreachable);
        }
        let mut peers = Vec::new();
        for witness in policy.witnesses() {
            peers.extend(Peer::new(witness)?.map(Arc::new));
        }
        if peers.len() > WITNESSES_MAX {
            let (found, limit) = (peers.len(), WITNESSES_MAX);
            return Err(WitnessClientError::TooMany { found, limit });
        }
        let addresses: Vec<_> = peers.iter().map(|peer| peer.address().clone()).collect();
        let transport = Transport::new(&addresses)?;
        // A runtime of its own: the ledger asks from a thread that is in none.
        let runtime = Builder::new_multi_thread()
            .worker_threads(1)
            .max_blocking_threads(WITNESSES_MAX)
            .thread_name("witnesses")
            .enable_all()
            .build()
            .map_err(WitnessClientError::Thread)?;
        let (policy, runtime) = (Arc::new(policy), Some(runtime));
        Ok(Self { policy, options, peers, transport, alarm: Arc::default(), runtime })
    }

    /// The policy by which it asks.
    pub fn policy(&self) -> &WitnessPolicy {
        &self.policy
    }

    /// Asks everybody. The conversations go on when nobody waits for the replies any more, so that
    /// slow witnesses see the checkpoint too, and an alarm is not lost.
    fn start(&self, request: &Request) -> mpsc::Receiver<Reply> {
        let (sender, receiver) = mpsc::channel();
        let Some(runtime) = &self.runtime else { return receiver };
        for peer in &self.peers {
            let (peer, request, sender) = (Arc::clone(peer), request.clone(), sender.clone());
            let (transport, limit) = (self.transport.clone(), self.options.timeout);
            let alarm = Arc::clone(&self.alarm);
            runtime.spawn(async move {
                let answer = peer.cosign(&transport, &request);
                let answer = match tokio::time::timeout(limit, answer).await {
                    Ok(answer) => answer,
                    Err(_elapsed) => Err(Unavailable::Time { limit }.into()),
                };
                match &answer {
                    Ok(_cosignature) => peer.log(None),
                    // It has cosigned a later one.
                    Err(Outcome::Unavailable(Unavailable::Overtaken)) => {}
                    Err(Outcome::Unavailable(cause)) => peer.log(Some(chain(cause))),
                    Err(Outcome::Alarm(raised)) => {
                        tracing::error!(witness = peer.name(), %raised, "a witness raises the alarm");
                        alarm.get_or_init(|| raised.clone());
                    }
                }
                if sender.send((peer, answer)).is_err() {
                    tracing::debug!("nobody waits for this witness any more");
                }
            });
        }
        receiver
    }

    /// Gives what is still to come to whoever wants it.
    fn go_on(
        &self,
        replies: mpsc::Receiver<Reply>,
        checkpoint: VerifiedCheckpoint,
        mut signatures: Vec<Cosignature>,
        latest: Timestamp,
        late: LateFn,
    ) {
        let Some(runtime) = &self.runtime else { return };
        let policy = Arc::clone(&self.policy);
        drop(runtime.spawn_blocking(move || {
            for (_peer, reply) in replies {
                match reply {
                    // Nobody is to see what is from the future.
                    Ok(signature) if signature.time > latest => {}
                    Ok(signature) => {
                        signatures.push(signature);
                        if let Ok(cosigned) = cosigned(&policy, &checkpoint, &signatures) {
                            late(Ok(cosigned));
                        }
                    }
                    Err(Outcome::Alarm(alarm)) => late(Err(alarm)),
                    Err(Outcome::Unavailable(_)) => {}
                }
            }
        }));
    }
}

/// The checkpoint with these cosignatures, if they meet the quorum.
fn cosigned(
    policy: &WitnessPolicy,
    checkpoint: &VerifiedCheckpoint,
    signatures: &[Cosignature],
) -> Result<CosignedCheckpoint, QuorumError> {
    let checkpoint = checkpoint.with_signatures(signatures.iter().map(|it| it.line.clone()));
    // The log's signature was verified before, and nothing but lines of witnesses was added.
    let checkpoint = checkpoint.map_err(|_cause| NoteError::NoKnownSignature)?;
    // Which of them are from the future, whoever has a clock has decided.
    policy.verify(checkpoint, Timestamp::MAX)
}

impl Witnesses for WitnessClient {
    fn ask(&self, question: Question) -> Result<CosignedCheckpoint, WitnessError> {
        if let Some(alarm) = self.alarm() {
            return Err(alarm.into());
        }
        let Question { checkpoint, newest, prove, enough, latest, late } = question;
        let replies = self.start(&Request { checkpoint: checkpoint.clone(), newest, prove });
        let (mut signatures, mut ahead, mut missing) = (Vec::new(), Vec::new(), Vec::new());
        let mut best = None;
        // Ends when the last witness has answered, or its time is over.
        while let Ok((peer, reply)) = replies.recv() {
            match reply {
                Ok(signature) if signature.time > latest => {
                    missing.push(format!("{}: it cosigned at {}", peer.name(), signature.time));
                    ahead.push(signature);
                    continue;
                }
                Ok(signature) => signatures.push(signature),
                Err(Outcome::Alarm(alarm)) => return Err(alarm.into()),
                Err(Outcome::Unavailable(cause)) => {
                    missing.push(format!("{}: {}", peer.name(), chain(&cause)));
                    continue;
                }
            }
            match cosigned(&self.policy, &checkpoint, &signatures) {
                Ok(cosigned) if cosigned.witnessed_at() >= Some(enough) => {
                    if let Some(alarm) = self.alarm() {
                        return Err(alarm.into());
                    }
                    if let Some(late) = late {
                        self.go_on(replies, checkpoint, signatures, latest, late);
                    }
                    return Ok(cosigned);
                }
                Ok(cosigned) => best = Some(cosigned),
                Err(QuorumError::NotMet { .. }) => {}
                Err(cause) => return Err(WitnessError::NoQuorum { detail: cause.to_string() }),
            }
        }
        best.ok_or_else(|| {
            let detail = missing.join("; ");
            signatures.append(&mut ahead);
            // Whoever has the time by them is to hear that they are all ahead.
            let cosigned = cosigned(&self.policy, &checkpoint, &signatures).ok();
            match cosigned.and_then(|cosigned| cosigned.witnessed_at()) {
                Some(found) => WitnessError::Future { expected: latest, found, detail },
                None => WitnessError::NoQuorum { detail },
            }
        })
    }

    fn verify(&self, checkpoint: VerifiedCheckpoint) -> Result<CosignedCheckpoint, QuorumError> {
        self.policy.verify(checkpoint, Timestamp::MAX)
    }

    fn alarm(&self) -> Option<WitnessAlarm> {
        self.alarm.get().cloned()
    }
}

impl fmt::Debug for WitnessClient {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { options, peers, alarm, .. } = self;
        f.debug_struct("WitnessClient")
            .field("options", options)
            .field("peers", peers)
            .field("alarm", alarm)
            .finish_non_exhaustive()
    }
}

impl Drop for WitnessClient {
    /// Whatever is under way is broken off: nobody is there to hear of it.
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}
