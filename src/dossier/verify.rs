//! Verifying a dossier, offline, from what the reader trusts (formats.md, section 6).

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::dossier::container::Container;
use crate::dossier::error::DossierError;
use crate::dossier::proofs::{
    Limits, ProvenSeal, check_age, check_chains, check_checkpoint, check_inclusion, check_log_keys,
    check_seal, check_times, follow_log_keys,
};
use crate::dossier::records::check_records;
use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectUri};
use crate::log_key::LogKeys;
use crate::merkle::{EntryIndex, TreeSize};
use crate::note::{CosignedCheckpoint, WitnessPolicy};
use crate::policy::closure::{ChainSource, ClosureError, collect};
use crate::policy::{AsOf, Evidence, NormalQuery, PolicySet, Verdict, evaluate};
use crate::record::Record;
use crate::time::Timestamp;

/// What a reader trusts: nothing else decides whether a dossier verifies.
#[derive(Clone, Copy, Debug)]
pub struct Trust<'a> {
    /// The trust root.
    pub genesis: &'a Genesis,
    /// The rule sets that the reader accepts.
    pub policies: &'a PolicySet,
    /// The witnesses that must have seen the checkpoint, if the reader asks for any.
    pub witnesses: Option<&'a WitnessPolicy>,
}

/// A dossier every step of whose verification has been taken: its verdict is the one that the whole
/// evidence gives, and it need not be a favourable one.
#[derive(Clone, Debug)]
#[must_use = "a dossier that verifies may still say that the product must not be listed"]
pub struct VerifiedDossier {
    container: Container,
    keys: LogKeys,
    checkpoint: CosignedCheckpoint,
    seen: Timestamp,
    query: NormalQuery,
    evidence: Evidence,
    verdict: Verdict,
}

/// Takes every step, in the order of the format document; the first that fails is the error.
pub fn verify(
    bytes: &[u8],
    trust: &Trust<'_>,
    limits: &Limits,
) -> Result<VerifiedDossier, DossierError> {
    verify_knowing(bytes, trust, &LogKeys::new(trust.genesis), limits)
}

/// The same for a reader who knows that the log was handed over: a key that was the log's before can
/// then not pass for the log's any more.
pub fn verify_knowing(
    bytes: &[u8],
    trust: &Trust<'_>,
    known: &LogKeys,
    limits: &Limits,
) -> Result<VerifiedDossier, DossierError> {
    let container = Container::decode(bytes)?;
    let keys = follow_log_keys(&container, trust.genesis, known)?;
    let checkpoint = check_checkpoint(&container, &keys, trust.witnesses, limits.now)?;
    let seal = check_seal(&container, checkpoint.checkpoint())?;
    let seen = check_age(&checkpoint, &seal, limits)?;
    check_inclusion(&container, checkpoint.checkpoint())?;
    check_times(&container, &seal)?;
    check_chains(&container, &seal)?;
    let (records, registry) = check_records(&container, trust.genesis)?;
    check_log_keys(&keys, &registry, checkpoint.checkpoint())?;
    let size = checkpoint.checkpoint().size();
    let query = read_query(&container, size)?;
    // Which chains are called for may depend on the rule sets, so theirs is the first question.
    let rule_set = check_policy(&container, trust.policies)?;
    let evidence = close(&container, &query, &records, trust, &seal, size)?;
    let verdict = check_verdict(&container, &query, &evidence, trust.policies, rule_set)?;
    Ok(VerifiedDossier { container, keys, checkpoint, seen, query, evidence, verdict })
}

impl VerifiedDossier {
    /// The verdict.
    pub const fn verdict(&self) -> &Verdict {
        &self.verdict
    }

    /// What was asked.
    pub const fn query(&self) -> &NormalQuery {
        &self.query
    }

    /// Every record on every subject that the question calls for.
    pub const fn evidence(&self) -> &Evidence {
        &self.evidence
    }

    /// The checkpoint, with the witnesses that saw it.
    pub const fn checkpoint(&self) -> &CosignedCheckpoint {
        &self.checkpoint
    }

    /// The log's keys, up to the one that signed the checkpoint.
    pub const fn log_keys(&self) -> &LogKeys {
        &self.keys
    }

    /// When the witnesses' quorum had seen the checkpoint; without witnesses, the seal's time. The
    /// age of the dossier is counted from here.
    pub const fn seen(&self) -> Timestamp {
        self.seen
    }

    /// Whether the question was to be asked again by now. A dossier of any age is no permission, so
    /// a reader who sets no limit is not told.
    pub fn is_outdated(&self, limits: &Limits) -> bool {
        limits.age_max_ms.is_some() && limits.now >= self.verdict.body().recheck_after
    }

    /// The parts of the dossier.
    pub const fn container(&self) -> &Container {
        &self.container
    }
}

fn read_query(container: &Container, size: TreeSize) -> Result<NormalQuery, DossierError> {
    let query = NormalQuery::parse(container.query()).map_err(DossierError::Query)?;
    if query.as_of != size {
        return Err(DossierError::QueryAsOf { expected: size, found: query.as_of });
    }
    Ok(query)
}

/// The chains of a dossier, and which of them were asked for.
struct DossierChains {
    chains: BTreeMap<(Class, SubjectUri), HeldChain>,
}

struct HeldChain {
    records: Vec<Arc<Record>>,
    is_asked: bool,
}

impl ChainSource for DossierChains {
    type Error = DossierError;

    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, DossierError> {
        let key = (class, subject.clone());
        match self.chains.get_mut(&key) {
            Some(chain) => {
                chain.is_asked = true;
                Ok(chain.records.clone())
            }
            None => Err(DossierError::ChainMissing { class, uri: key.1 }),
        }
    }
}

/// Runs the worklist over the dossier's chains: it asks for all of them, and for no others.
fn close(
    container: &Container,
    query: &NormalQuery,
    records: &[Arc<Record>],
    trust: &Trust<'_>,
    seal: &ProvenSeal,
    size: TreeSize,
) -> Result<Evidence, DossierError> {
    let by_index: BTreeMap<EntryIndex, &Arc<Record>> =
        records.iter().map(|record| (record.index(), record)).collect();
    let chains = container.chains().iter().map(|chain| {
        let entries = container.entries_of(chain);
        let records = entries.filter_map(|entry| by_index.get(&entry.index).copied().cloned());
        let held = HeldChain { records: records.collect(), is_asked: false };
        ((chain.class, chain.uri.clone()), held)
    });
    let mut source = DossierChains { chains: chains.collect() };
    let as_of = AsOf {
        origin: container.origin().to_owned(),
        size,
        map_root: seal.map_root,
        seal_time: seal.time,
    };
    let evidence = collect(query, trust.policies, trust.genesis, as_of, &mut source);
    let evidence = evidence.map_err(|error| match error {
        ClosureError::Source(error) => error,
        ClosureError::TooLarge { what, limit } => DossierError::ClosureTooLarge { what, limit },
    })?;
    let uncalled = source.chains.into_iter().find(|(_, chain)| !chain.is_asked);
    match uncalled {
        None => Ok(evidence),
        Some(((class, uri), _)) => Err(DossierError::ChainUncalled { class, uri }),
    }
}

/// The dossier's rule set by SHA-256, if it has one; it has to be an accepted one.
fn check_policy(
    container: &Container,
    policies: &PolicySet,
) -> Result<Option<Digest>, DossierError> {
    if container.policy().is_empty() {
        return Ok(None);
    }
    let sha256 = Digest::of(container.policy());
    match policies.by_sha256(&sha256) {
        Some(_) => Ok(Some(sha256)),
        None => Err(DossierError::PolicyNotAccepted { sha256 }),
    }
}

/// Evaluates, and compares byte for byte.
fn check_verdict(
    container: &Container,
    query: &NormalQuery,
    evidence: &Evidence,
    policies: &PolicySet,
    rule_set: Option<Digest>,
) -> Result<Verdict, DossierError> {
    let verdict = evaluate(query, evidence, policies).map_err(DossierError::Evaluation)?;
    let applied = verdict.body().policy.as_ref().map(|policy| policy.sha256);
    if applied != rule_set {
        return Err(DossierError::PolicyOther { expected: applied, found: rule_set });
    }
    if verdict.bytes() == container.verdict() {
        return Ok(verdict);
    }
    let pairs = verdict.bytes().iter().zip(container.verdict());
    let offset = pairs.take_while(|(expected, found)| expected == found).count();
    let found = Verdict::parse(container.verdict()).ok().map(|found| found.word());
    Err(DossierError::Verdict { expected: verdict.word(), found, offset })
}
