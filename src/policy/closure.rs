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

/// The classes in which every subject is looked up. No rule can ask for concerns yet, so none are.
const CLASSES: [Class; 2] = [Class::All, Class::Adverse];

/// Loads every chain that the query and the evidence on it call for. The rule sets are there for
/// the concerns that one of them may come to ask for.
pub fn collect<S: ChainSource>(
    query: &NormalQuery,
    _policies: &PolicySet,
    genesis: &Genesis,
    as_of: AsOf,
    source: &mut S,
) -> Result<Evidence, S::Error> {
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
    while let Some(subject) = worklist.pop() {
        for class in CLASSES {
            let chain = source.chain(class, &subject)?;
            for record in &chain {
                worklist.follow(record);
            }
            chains.insert((class, subject.clone()), chain);
        }
    }
    Ok(Evidence::new(genesis, as_of, chains))
}
