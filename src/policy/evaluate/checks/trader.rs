//! `trader.*`: who the seller is to the product.

use crate::attestation::types::{MandateKind, TraderResult};
use crate::attestation::{Predicate, PredicateKind, Role};
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
        if !links {
            continue;
        }
        let reach = context.reach(subject, statement);
        if reach == Reach::Misses {
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

/// The offer's platform has verified the seller: its newest verification says so, and that the
/// seller committed itself to offer only what conforms.
pub(super) fn verified(context: &Context<'_>, subject: &Subject<'_>) -> Judgement {
    let platform = context.trust.primary(&context.query.offer.platform);
    let mut verifications = context.evidence.of_kind(PredicateKind::TraderVerification);
    let newest = verifications.rfind(|record| {
        let Some(statement) = record.statement() else { return false };
        let Predicate::TraderVerification(of) = statement.predicate() else { return false };
        of.trader == context.trader && of.header.issuer.operator.operator() == Some(&platform)
    });
    let Some(record) = newest else { return Judgement::not_met(Reason::TraderUnverified) };
    let mut judgement = context.standing_now(subject, record);
    let is_in_order = record.statement().is_some_and(|statement| match statement.predicate() {
        Predicate::TraderVerification(of) => of.result == TraderResult::Pass && of.self_certified,
        _ => false,
    });
    if !is_in_order {
        judgement.deny(Reason::TraderUnverified);
    }
    judgement
}

fn partial(subject: &Subject<'_>) -> (Reason, Degree) {
    if subject.goods.has_batch() {
        (Reason::TraderNotLinked, Degree::NotMet)
    } else {
        (Reason::BatchRequired, Degree::Review)
    }
}
