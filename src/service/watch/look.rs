//! One look at one watch: what its query is answered now, and whether that is to be told.

use std::net::IpAddr;
use std::sync::Arc;

use prost::Message as _;

use crate::causes::chain;
use crate::dossier::BuildError;
use crate::hash::Digest;
use crate::identifier::SubjectKey;
use crate::ledger::{Checked, View};
use crate::merkle::TreeSize;
use crate::policy::{Asked, EarlierError, Gist, Moment, PolicySet, Query};
use crate::proto;
use crate::proto::watch_event::Event;
use crate::service::check::QUERY_BYTES_MAX;
use crate::service::failure::Failure;
use crate::service::gate::{Gate, Made};
use crate::time::Timestamp;

/// Watches are looked at once a day at the least: a finding may change without the word, and no
/// verdict says when.
const LOOK_AGAIN_MS: u64 = 24 * 3_600_000;

/// What a watch was last found to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Looked {
    /// Under which checkpoint.
    pub(super) at: Moment,
    /// The digest of the gist.
    pub(super) gist: Digest,
}

/// Since when the client wants to know.
#[derive(Clone, Copy, Debug)]
pub(super) enum Since {
    /// It knows nothing yet.
    Nothing,
    /// It was told everything up to a checkpoint of this size.
    Checkpoint(TreeSize),
    /// It was told of this.
    Looked(Looked),
}

/// What is looked at, and for whom.
#[derive(Clone, Debug)]
pub(super) struct Sight {
    pub(super) id: u64,
    /// Nothing of one that is too large: it need not wait in memory for its refusal.
    pub(super) query: Arc<[u8]>,
    pub(super) query_len: usize,
    pub(super) since: Since,
    /// What was told last had so many bytes, and what is told next is about as large.
    pub(super) told_bytes: usize,
}

/// What a look has found.
#[derive(Debug)]
pub(super) struct Found {
    pub(super) looked: Looked,
    /// The chains that were looked up; `None` if they are those of the look before.
    pub(super) keys: Option<Vec<SubjectKey>>,
    /// When to look again if nothing comes in.
    pub(super) again: Timestamp,
    /// So many bytes were told last.
    pub(super) told_bytes: usize,
    /// What is to be told.
    pub(super) event: Option<Made<proto::WatchEvent>>,
}

/// What the answer was, if it could be told then.
#[derive(Clone, Copy, Debug)]
struct Before {
    at: Moment,
    gist: Option<Digest>,
}

impl Sight {
    /// A query that is new.
    pub(super) fn new(id: u64, query: &[u8], since: Since) -> Self {
        let kept = if query.len() > QUERY_BYTES_MAX { &[] } else { query };
        Self { id, query: Arc::from(kept), query_len: query.len(), since, told_bytes: 0 }
    }

    /// Looks at it under a checkpoint.
    pub(super) fn look(
        &self,
        view: &View,
        policies: &PolicySet,
        gate: &Gate,
        peer: Option<IpAddr>,
    ) -> Result<Found, Failure> {
        let query = self.read(view)?;
        let checked = view.clone().check(&query, policies)?;
        let genesis = view.genesis();
        let asked = Asked { query: &query, evidence: &checked.evidence, policies, genesis };
        let gist = Gist::of(checked.verdict.body());
        let at = Moment { size: view.size(), time: view.seal_time() };
        let digest = |gist: &Gist| gist.digest().map_err(EarlierError::from);
        let looked = Looked { at, gist: digest(&gist)? };
        let before = self.before(view, &asked)?;
        let told = match before {
            None => Some(false),
            Some(before) if before.gist != Some(looked.gist) => Some(false),
            Some(before) => asked.was_other_since(before.at.size, &gist)?.then_some(true),
        };
        let event = match told {
            Some(was_other) => {
                // First room, then the dossier: it is not made in vain while the client does not read.
                drop(gate.answer(peer, (), self.told_bytes)?);
                Some(self.answer(&checked, policies, &asked, before, was_other)?)
            }
            None => self.unchanged(at.size),
        };
        let mut told_bytes = self.told_bytes;
        let event = event.map(|event| {
            let event = proto::WatchEvent { event: Some(event) };
            told_bytes = event.encoded_len();
            gate.answer(peer, event, told_bytes)
        });
        let is_same =
            matches!(self.since, Since::Looked(of) if asked.since(of.at.size).next().is_none());
        let again = checked.verdict.body().recheck_after;
        Ok(Found {
            looked,
            keys: (!is_same).then(|| keys(&checked)),
            // A question about one day may be due ever since.
            again: if again > at.time { again } else { at.time.saturating_add_ms(LOOK_AGAIN_MS) },
            event: event.transpose()?,
            told_bytes,
        })
    }

    /// The query; of a new watch, one that looks forward.
    fn read(&self, view: &View) -> Result<Query, Failure> {
        let (found, limit) = (self.query_len, QUERY_BYTES_MAX);
        if found > limit {
            return Err(Failure::TooLarge { member: "query", found, limit });
        }
        let query = Query::parse(&self.query).map_err(Failure::Query)?;
        if matches!(self.since, Since::Looked(_)) {
            return Ok(query);
        }
        let refused =
            |member, message: &str| Err(Failure::Malformed { member, message: message.to_owned() });
        if query.as_of.is_some() {
            return refused("as_of", "a watch is of the newest state");
        }
        if query.legal_at.is_some_and(|at| at <= view.seal_time()) {
            return refused("legal_at", "a watch looks forward, and that has passed");
        }
        Ok(query)
    }

    fn before(&self, view: &View, asked: &Asked<'_>) -> Result<Option<Before>, Failure> {
        let size = match self.since {
            Since::Nothing => return Ok(None),
            Since::Looked(Looked { at, gist }) => return Ok(Some(Before { at, gist: Some(gist) })),
            Since::Checkpoint(size) => size,
        };
        // Only what was published can have been told.
        drop(view.note_at(size)?);
        let time = match size.last() {
            Some(seal) => view.entry(seal)?.time(),
            None => Timestamp::default(),
        };
        let at = Moment { size, time };
        let gist = match asked.gist_at(at) {
            Ok(gist) => Some(gist.digest().map_err(EarlierError::from)?),
            // It could not be asked on that day; or what it rested on is gone, and what came of it
            // can't be told any more.
            Err(EarlierError::Query(_) | EarlierError::Erased(_)) => None,
            Err(error) => return Err(error.into()),
        };
        Ok(Some(Before { at, gist }))
    }

    fn answer(
        &self,
        checked: &Checked,
        policies: &PolicySet,
        asked: &Asked<'_>,
        before: Option<Before>,
        was_other: bool,
    ) -> Result<Event, Failure> {
        let (dossier, no_dossier) = match checked.dossier(policies) {
            Ok(dossier) => (dossier, String::new()),
            Err(BuildError::Source { cause, .. }) => return Err(cause.into()),
            Err(error) => (Vec::new(), chain(&error)),
        };
        let cause = match before {
            None => proto::WatchCause::Start,
            Some(before) if asked.since(before.at.size).next().is_some() => {
                proto::WatchCause::Records
            }
            Some(_) => proto::WatchCause::Time,
        };
        Ok(Event::Answer(proto::WatchAnswer {
            id: self.id,
            cause: cause.into(),
            tree_size: checked.view.size().get(),
            compared_size: before.map_or(0, |before| before.at.size.get()),
            compared_time_ms: before.map_or(0, |before| before.at.time.ms()),
            was_other,
            verdict: checked.verdict.bytes().to_vec().into(),
            dossier: dossier.into(),
            no_dossier,
        }))
    }

    /// The answer to a new item; of a watch that was answered, nothing is said.
    fn unchanged(&self, size: TreeSize) -> Option<Event> {
        match self.since {
            Since::Looked(_) => None,
            Since::Nothing | Since::Checkpoint(_) => {
                let unchanged = proto::WatchUnchanged { id: self.id, tree_size: size.get() };
                Some(Event::Unchanged(unchanged))
            }
        }
    }
}

/// The chains that a verdict looked up, present or not.
fn keys(checked: &Checked) -> Vec<SubjectKey> {
    let chains = checked.evidence.chains().keys();
    chains.map(|(class, subject)| SubjectKey::of(*class, subject)).collect()
}
