//! The closure: which chains a query and the evidence on it call for.
//!
//! Rule: `conformity.md`, section 12, last paragraph. A server and an offline reader run the same
//! worklist; a dossier with a chain more or less is found out.

use std::collections::BTreeMap;
use std::sync::Arc;

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

/// The classes in which every subject is looked up. No rule can ask for concerns yet, so none are.
const CLASSES: [Class; 2] = [Class::All, Class::Adverse];

/// Loads every chain that the query and the evidence on it call for, up to [`CHAINS_MAX`] chains and
/// [`RECORDS_MAX`] records: what others log must not decide how much memory a question takes. The
/// rule sets are there for
/// the concerns that one of them may come to ask for.
pub fn collect<S: ChainSource>(
    query: &NormalQuery,
    _policies: &PolicySet,
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
    let mut chains = BTreeMap::new();
    let mut records = 0_usize;
    while let Some(subject) = worklist.pop() {
        for class in CLASSES {
            at_most("chains", chains.len() + 1, CHAINS_MAX)?;
            let chain = source.chain(class, &subject).map_err(ClosureError::Source)?;
            records = records.saturating_add(chain.len());
            at_most("records", records, RECORDS_MAX)?;
            for record in &chain {
                worklist.follow(record);
            }
            chains.insert((class, subject.clone()), chain);
        }
    }
    Ok(Evidence::new(genesis, as_of, chains))
}

fn at_most<E>(what: &'static str, found: usize, limit: usize) -> Result<(), ClosureError<E>> {
    if found > limit { Err(ClosureError::TooLarge { what, limit }) } else { Ok(()) }
}
