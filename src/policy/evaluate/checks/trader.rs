//! `trader.*`: who the seller is to the product.

use crate::attestation::types::MandateKind;
use crate::attestation::{Predicate, Role};
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;
use crate::policy::evaluate::judgement::{Degree, Judgement};
use crate::reason::Reason;

/// The seller is the manufacturer, the importer of these goods, or their authorised distributor.
pub(super) fn linked(context: &Context<'_>, subject: &Subject<'_>) -> Judgement {
    let trader = &context.trader;
    if subject.manufacturer() == Some(trader) {
        return Judgement::met();
    }
    let mut best: Option<Judgement> = None;
    for record in context.evidence.records() {
        let Some(statement) = record.statement() else { continue };
        let links = match statement.predicate() {
            Predicate::ImporterDeclaration(of) => {
                of.header.issuer.operator.operator() == Some(trader)
            }
            Predicate::Mandate(of) => {
                of.kind == MandateKind::AuthorisedDistributor
                    && of.mandatary == *trader
                    && Some(&of.mandator) == subject.manufacturer()
            }
            _ => false,
        };
        let reach = context.reach(subject, statement);
        if !links || reach == Reach::Misses {
            continue;
        }
        let mut judgement = context.standing(subject, record);
        if reach == Reach::Intersects {
            let (reason, degree) = partial(subject);
            judgement.add(reason, degree);
        }
        if best.as_ref().is_none_or(|best| best.degree() <= judgement.degree()) {
            best = Some(judgement);
        }
    }
    match best {
        Some(best) if best.degree() >= Degree::Review => best,
        // An importer's declarations are found by batch; without one none can be seen.
        _ if !subject.goods.has_batch()
            && context.trust.has_role(trader, Role::Importer, context.at.day()) =>
        {
            let mut judgement = best.unwrap_or_default().without_all();
            judgement.add(Reason::BatchRequired, Degree::Review);
            judgement
        }
        best => {
            let mut judgement = best.unwrap_or_default().without_all();
            judgement.deny(Reason::TraderNotLinked);
            judgement
        }
    }
}

fn partial(subject: &Subject<'_>) -> (Reason, Degree) {
    if subject.goods.has_batch() {
        (Reason::TraderNotLinked, Degree::NotMet)
    } else {
        (Reason::BatchRequired, Degree::Review)
    }
}
