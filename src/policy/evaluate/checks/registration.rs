//! `registration.*`: checks on entries in public registers.

use crate::attestation::Statement;
use crate::attestation::types::{ExternalRegistration, RegistryName};
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;

/// It is of this product by number or type, not of an operator as such, and its holder is the
/// manufacturer or acts for it in the Union. A cosmetic product is notified by whoever is responsible
/// for it there: its importer, too, and the manufacturer only if it is established there.
pub(super) fn model_matches(
    context: &Context<'_>,
    subject: &Subject<'_>,
    (statement, of): (&Statement, &ExternalRegistration),
) -> bool {
    let is_of_goods = of.scope.is_some() && context.reach(subject, statement) != Reach::Misses;
    is_of_goods
        && of.holder().is_some_and(|holder| {
            let is_notified = of.registry == RegistryName::Cpnp;
            let acts_itself = !is_notified || context.trust.is_in_eu(holder);
            (acts_itself && subject.manufacturer() == Some(holder))
                || context.representatives(subject).contains(holder)
                || (is_notified && context.importers(subject).contains(holder))
        })
}
