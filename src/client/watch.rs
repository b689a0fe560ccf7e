//! Watching what queries are answered. An event is believed for its dossier: that is verified here, by
//! the rule sets that the caller accepts, under a checkpoint that goes on from what was seen.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::stream::{self, Stream};
use prost::Message as _;
use prost::bytes::Bytes;
use tonic::Streaming;

use crate::client::check::expect_on;
use crate::client::connect::Client;
use crate::client::error::{ClientError, Refused};
use crate::client::watch_error::WatchError;
use crate::dossier::{self, Limits, Trust, VerifiedDossier};
use crate::merkle::TreeSize;
use crate::note::VerifiedCheckpoint;
use crate::policy::{Asked, Gist, Moment, PolicySet, Query, Verdict};
use crate::proto;
use crate::proto::WatchCause;
use crate::proto::watch_event::Event;
use crate::record::Record;
use crate::time::Timestamp;

/// A query that is to be watched.
#[derive(Clone, Debug)]
pub struct Watched {
    /// The query: JSON.
    pub query: Bytes,
    /// The size of the checkpoint up to which everything was told; empty if nothing was.
    pub after: TreeSize,
}

/// What a watch says.
#[derive(Debug)]
pub enum WatchStep {
    /// What a query is answered now.
    Answer(Box<WatchedAnswer>),
    /// A query is answered as it was at its `after`, and was not otherwise in between: the server's
    /// word.
    Unchanged {
        /// Place of the query, from 0.
        position: usize,
    },
    /// A query is not watched, or not any more.
    Refused {
        /// Place of the query, from 0.
        position: usize,
        /// Why.
        refused: Refused,
    },
    /// Everything that changed up to this checkpoint was told: the server's word. Its size is the
    /// `after` to go on from. Comes only once every query has been answered.
    Progress(Box<VerifiedCheckpoint>),
}

/// What a query is answered now.
#[derive(Debug)]
pub struct WatchedAnswer {
    /// Place of the query, from 0.
    pub position: usize,
    /// Why it is told; with a dossier, that shows it.
    pub cause: WatchCause,
    /// The verdict.
    pub verdict: Verdict,
    /// The checkpoint under which the answer was the one before; none if this is the first. Its time
    /// is the server's word.
    pub compared: Option<Moment>,
    /// What the verdict came to then, out of the dossier; none if it can't be told.
    pub before: Option<Gist>,
    /// It comes to the same as before, and to something else in between.
    pub was_other: bool,
    /// The proof; or why there is none, and the verdict is the server's word.
    pub proof: Result<WatchProof, String>,
}

/// A dossier that was verified.
#[derive(Debug)]
pub struct WatchProof {
    /// The file, to be kept as it is.
    pub bytes: Bytes,
    /// What it proves.
    pub dossier: VerifiedDossier,
}

impl Client {
    /// Watches queries until the caller drops the stream, or it breaks: an error is the last. A
    /// dossier has to verify for a reader who accepts these rule sets.
    pub async fn watch(
        &self,
        queries: Vec<Watched>,
        policies: Arc<PolicySet>,
    ) -> Result<impl Stream<Item = Result<WatchStep, ClientError>> + use<>, ClientError> {
        let items = (0..).zip(&queries).map(|(id, of)| proto::WatchItem {
            id,
            query: of.query.clone(),
            after: of.after.get(),
        });
        // The newest state is no older than what was seen before it was asked for.
        let since = self.since();
        let items = stream::iter(items.collect::<Vec<_>>());
        let events = self.api.clone().watch(items).await?.into_inner();
        let waiting = (0..queries.len()).collect();
        let watch = Watch {
            client: self.clone(),
            policies,
            queries,
            waiting,
            refused: BTreeSet::new(),
            since,
            events,
            is_over: false,
        };
        Ok(stream::unfold(watch, |mut watch| async move {
            let step = watch.next().await?;
            Some((step, watch))
        }))
    }
}

/// A watch, while it lasts.
struct Watch {
    client: Client,
    policies: Arc<PolicySet>,
    queries: Vec<Watched>,
    /// Those that were not answered yet.
    waiting: BTreeSet<usize>,
    /// Those that are not watched, or not any more.
    refused: BTreeSet<usize>,
    /// No answer is older than this.
    since: TreeSize,
    events: Streaming<proto::WatchEvent>,
    is_over: bool,
}

impl Watch {
    async fn next(&mut self) -> Option<Result<WatchStep, ClientError>> {
        if self.is_over {
            return None;
        }
        let step = loop {
            match self.step().await {
                Ok(None) => {}
                Ok(Some(step)) => break Ok(step),
                Err(error) => break Err(error),
            }
        };
        self.is_over = step.is_err();
        Some(step)
    }

    async fn step(&mut self) -> Result<Option<WatchStep>, ClientError> {
        let event = self.events.message().await?;
        let event = event.ok_or(ClientError::Incomplete { what: "more events" })?;
        match event.event.ok_or(ClientError::Incomplete { what: "event" })? {
            Event::Answer(answer) => {
                let answer = self.accept_answer(answer).await?;
                self.waiting.remove(&answer.position);
                // Events come in the order of the states that they are of.
                self.since = self.since.max(answer.verdict.body().as_of.tree_size);
                Ok(Some(WatchStep::Answer(Box::new(answer))))
            }
            Event::Unchanged(unchanged) => {
                let position = self.position(unchanged.id)?;
                // Only who was told something can be told that nothing has changed.
                let is_fresh = self.queries.get(position).is_some_and(|of| of.after.is_empty());
                if is_fresh || !self.waiting.remove(&position) {
                    return Err(ClientError::Incomplete { what: "answer to a query" });
                }
                Ok(Some(WatchStep::Unchanged { position }))
            }
            Event::Refusal(refusal) => {
                let position = self.position(refusal.id)?;
                let refused = refusal.refusal.ok_or(ClientError::Incomplete { what: "reason" })?;
                self.waiting.remove(&position);
                self.refused.insert(position);
                Ok(Some(WatchStep::Refused { position, refused: refused.into() }))
            }
            Event::Progress(progress) => {
                let checkpoint = self.client.accept(&progress.checkpoint, self.since).await?;
                self.since = self.since.max(checkpoint.size());
                Ok(self.waiting.is_empty().then(|| WatchStep::Progress(Box::new(checkpoint))))
            }
        }
    }

    /// The place of a query that is watched.
    fn position(&self, id: u64) -> Result<usize, WatchError> {
        let is_watched =
            |place: &usize| *place < self.queries.len() && !self.refused.contains(place);
        let position = usize::try_from(id).ok().filter(is_watched);
        position.ok_or(WatchError::NotWatched { id })
    }

    /// Checks all of an answer that the caller has not to take on trust.
    async fn accept_answer(
        &self,
        answer: proto::WatchAnswer,
    ) -> Result<WatchedAnswer, ClientError> {
        let position = self.position(answer.id)?;
        let of = self.queries.get(position).ok_or(WatchError::NotWatched { id: answer.id })?;
        expect_on(&of.query, &answer.verdict, self.since.max(of.after))?;
        let verdict =
            Verdict::parse(&answer.verdict).map_err(|_cause| ClientError::OtherVerdict)?;
        let (expected, found) = (verdict.body().as_of.tree_size, TreeSize::new(answer.tree_size));
        if found != expected {
            return Err(WatchError::Size { expected, found }.into());
        }
        let compared = compared(&answer, &verdict)?;
        let cause = answer.cause();
        // Else what was told before could be left out, and with it what it was.
        if cause == WatchCause::Start && !(of.after.is_empty() && self.waiting.contains(&position))
        {
            return Err(WatchError::Again { id: answer.id }.into());
        }
        let proof = if answer.dossier.is_empty() {
            Err(answer.no_dossier)
        } else {
            Ok(self.prove(answer.dossier, &verdict).await?)
        };
        let before = match (&proof, compared) {
            (Ok(proof), Some(at)) => {
                expect_cause(cause, &proof.dossier, at)?;
                self.before(&of.query, &proof.dossier, at)
            }
            _ => None,
        };
        let was_other = answer.was_other;
        Ok(WatchedAnswer { position, cause, verdict, compared, before, was_other, proof })
    }

    async fn prove(&self, bytes: Bytes, verdict: &Verdict) -> Result<WatchProof, ClientError> {
        let other = |_cause| ClientError::OtherDossier;
        let note = proto::Dossier::decode(bytes.clone()).map_err(other)?.checkpoint;
        // First, for it may be signed by a key that this client has not heard of yet.
        drop(self.client.accept(&note, self.since).await?);
        let keys = self.client.log_keys().await;
        let genesis = self.client.genesis();
        let trust = Trust { genesis, policies: &self.policies, witnesses: None };
        // How old the state is that the server calls the newest is for the caller to judge.
        let limits = Limits { age_max_ms: None, now: Timestamp::MAX };
        let dossier = dossier::verify_knowing(&bytes, &trust, &keys, &limits)
            .map_err(|error| WatchError::Dossier(Box::new(error)))?;
        if dossier.verdict().bytes() != verdict.bytes() {
            return Err(ClientError::OtherDossier);
        }
        Ok(WatchProof { bytes, dossier })
    }

    /// What the verdict came to before, if it could be asked for then.
    fn before(&self, query: &[u8], dossier: &VerifiedDossier, at: Moment) -> Option<Gist> {
        let query = Query::parse(query).ok()?;
        let (evidence, genesis) = (dossier.evidence(), self.client.genesis());
        let asked = Asked { query: &query, evidence, policies: &self.policies, genesis };
        asked.gist_at(at).ok()
    }
}

/// What an answer was compared with: nothing if it is the first, else a state before it.
fn compared(answer: &proto::WatchAnswer, verdict: &Verdict) -> Result<Option<Moment>, ClientError> {
    let cause = answer.cause();
    if cause == WatchCause::Unspecified {
        return Err(ClientError::Incomplete { what: "cause" });
    }
    let as_of = &verdict.body().as_of;
    let found = TreeSize::new(answer.compared_size);
    let size = as_of.tree_size;
    if (cause == WatchCause::Start) != found.is_empty() || found > size {
        return Err(WatchError::Compared { size, found }.into());
    }
    let time = Timestamp::from_ms(answer.compared_time_ms).ok();
    let time = time.filter(|time| *time <= as_of.seal_time);
    let time = time.ok_or(WatchError::Compared { size, found })?;
    Ok((!found.is_empty()).then_some(Moment { size: found, time }))
}

/// Checks that there are new records if they are said to be the cause, and none if time is.
fn expect_cause(
    found: WatchCause,
    dossier: &VerifiedDossier,
    at: Moment,
) -> Result<(), WatchError> {
    let newest = dossier.evidence().records().next_back();
    let expected = match newest {
        Some(record) if !at.size.contains(record.index()) => WatchCause::Records,
        Some(_) | None => WatchCause::Time,
    };
    if found == expected { Ok(()) } else { Err(WatchError::Cause { expected, found }) }
}

impl WatchedAnswer {
    /// The entries that came in since the answer before, in the order of the log: none of a first
    /// answer, nor of one without a proof.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        let proof = self.proof.as_ref().ok().zip(self.compared);
        proof.into_iter().flat_map(|(proof, at)| {
            let records = proof.dossier.evidence().records().map(AsRef::as_ref);
            records.filter(move |record: &&Record| !at.size.contains(record.index()))
        })
    }
}
