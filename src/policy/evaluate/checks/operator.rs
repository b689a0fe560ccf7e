//! `operator.*`: checks on operators and on mandates between them.

use crate::attestation::types::Mandate;
use crate::identifier::OperatorUri;
use crate::policy::evaluate::context::Context;
use crate::record::Record;

/// Both parties have signed the mandate with keys of their own.
pub(super) fn mandate_two_party(context: &Context<'_>, record: &Record, mandate: &Mandate) -> bool {
    signed_by(context, record, &mandate.mandator) && signed_by(context, record, &mandate.mandatary)
}

/// Whether one of the keys that signed a record is this operator's.
pub(in crate::policy::evaluate) fn signed_by(
    context: &Context<'_>,
    record: &Record,
    operator: &OperatorUri,
) -> bool {
    record.signers().iter().any(|key| context.trust.owner(key).as_ref() == Some(operator))
}
