//! The closure: which chains a query and the evidence on it call for.
//!
//! Rule: `conformity.md`, section 12, last paragraph. A server and an offline reader run the same
//! worklist; a dossier with a chain more or less is found out.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::attestation::{Predicate, Statement};
use crate::genesis::Genesis;
use crate::identifier::{Class, KeyUri, SubjectUri};
use crate::policy::evidence::{AsOf, Evidence};
use crate::policy::query::NormalQuery;
use crate::policy::set::PolicySet;
use crate::policy::worklist::Worklist;
use crate::record::Record;

/// Where chains come from: a view of a ledger, or a verified dossier.
pub trait ChainSource {
    /// Why a chain can't be had.
    type Error;

    /// All records of one chain as of the view, in the order of the log; none if there are none.
    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, Self::Error>;
}

/// The most chains that a query may call for: as many as a dossier can hold, for nobody could verify
/// a verdict on more.
pub const CHAINS_MAX: usize = 65_536;

/// The most records in all of them, each counted once a chain: four chains for each entry that a
/// dossier can hold.
pub const RECORDS_MAX: usize = 1_048_576;

/// Why a closure can't be had.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ClosureError<E> {
    /// A chain can't be had.
    #[error("chain can't be had")]
    Source(#[source] E),
    /// It would never fit into a dossier.
    #[error("the query calls for more than {limit} {what}")]
    TooLarge {
        /// What there is too much of.
        what: &'static str,
        /// The limit.
        limit: usize,
    },
}

/// The classes in which every subject is looked up.
const CLASSES: [Class; 2] = [Class::All, Class::Adverse];

/// Loads every chain that the query and the evidence on it call for, up to [`CHAINS_MAX`] chains and
/// [`RECORDS_MAX`] records: what others log must not decide how much memory a question takes.
pub fn collect<S: ChainSource>(
    query: &NormalQuery,
    policies: &PolicySet,
    genesis: &Genesis,
    as_of: AsOf,
    source: &mut S,
) -> Result<Evidence, ClosureError<S::Error>> {
    let mut worklist = Worklist::default();
    for product in query.products.iter().chain(&query.merchant_id) {
        worklist.add_goods(product);
    }
    worklist.add((&query.trader.operator).into());
    worklist.add((&query.offer.platform).into());
    for registrar in genesis.registrars() {
        worklist.add(KeyUri::new(*registrar.key.id().digest()).into());
    }
    let mut loaded = Loaded { source, chains: BTreeMap::new(), records: 0 };
    loaded.work_off(&mut worklist)?;
    if asks_for_concerns(query, policies, &loaded.chains) {
        // Whoever raises a concern leads to nothing but itself: a concern brings no goods and no
        // documents in, and those are what concerns are looked up for.
        for subject in worklist.goods_and_documents() {
            for record in loaded.load(Class::Concerns, subject)? {
                worklist.follow_speakers(&record);
            }
        }
        loaded.work_off(&mut worklist)?;
    }
    Ok(Evidence::new(genesis, as_of, loaded.chains))
}

/// Chains so far.
struct Loaded<'s, S> {
    source: &'s mut S,
    chains: BTreeMap<(Class, SubjectUri), Vec<Arc<Record>>>,
    records: usize,
}

impl<S: ChainSource> Loaded<'_, S> {
    fn work_off(&mut self, worklist: &mut Worklist) -> Result<(), ClosureError<S::Error>> {
        while let Some(subject) = worklist.pop() {
            for class in CLASSES {
                for record in self.load(class, subject.clone())? {
                    worklist.follow(&subject, &record);
                    // One record names thousands: that they are too many is known before any of
                    // them is loaded.
                    at_most("chains", CLASSES.len() * worklist.len(), CHAINS_MAX)?;
                }
            }
        }
        Ok(())
    }

    fn load(
        &mut self,
        class: Class,
        subject: SubjectUri,
    ) -> Result<Vec<Arc<Record>>, ClosureError<S::Error>> {
        at_most("chains", self.chains.len() + 1, CHAINS_MAX)?;
        let chain = self.source.chain(class, &subject).map_err(ClosureError::Source)?;
        self.records = self.records.saturating_add(chain.len());
        at_most("records", self.records, RECORDS_MAX)?;
        self.chains.insert((class, subject), chain.clone());
        Ok(chain)
    }
}

/// Whether a rule set that may come to judge the query has a rule on concerns: the one that it
/// names; or else one that is for the goods as the offer or any identity describes them, on whatever
/// day it comes into force. A rule set for other goods changes no dossier.
fn asks_for_concerns(
    query: &NormalQuery,
    policies: &PolicySet,
    chains: &BTreeMap<(Class, SubjectUri), Vec<Arc<Record>>>,
) -> bool {
    if let Some(name) = &query.policy {
        return policies.by_name(name).is_some_and(|rules| rules.asks_for_concerns());
    }
    let asking: Vec<_> = policies.iter().filter(|rules| rules.asks_for_concerns()).collect();
    let is_for_offer =
        asking.iter().any(|rules| rules.is_for(&query.category.of_goods(), &query.attributes));
    is_for_offer
        || chains.values().flatten().any(|record| {
            match record.statement().map(Statement::predicate) {
                Some(Predicate::ProductIdentity(of)) => {
                    asking.iter().any(|rules| rules.is_for(&of.category, &of.attributes))
                }
                _ => false,
            }
        })
}

fn at_most<E>(what: &'static str, found: usize, limit: usize) -> Result<(), ClosureError<E>> {
    if found > limit { Err(ClosureError::TooLarge { what, limit }) } else { Ok(()) }
}
