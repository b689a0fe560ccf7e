//! `registration.*`: checks on entries in public registers.

use crate::attestation::types::{ExternalRegistration, RegistryName};
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;

/// It is of this product by number or type, not of an operator as such, and its holder is the
/// manufacturer or acts for it in the Union. For a cosmetic product its importer does, too.
pub(super) fn model_matches(
    context: &Context<'_>,
    subject: &Subject<'_>,
    (statement, of): (&crate::attestation::Statement, &ExternalRegistration),
) -> bool {
    let is_of_goods = of.scope.is_some() && context.reach(subject, statement) != Reach::Misses;
    is_of_goods
        && of.holder().is_some_and(|holder| {
            subject.manufacturer() == Some(holder)
                || context.representatives(subject).contains(holder)
                || (of.registry == RegistryName::Cpnp
                    && context.importers(subject).contains(holder))
        })
}
