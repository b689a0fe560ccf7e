//! One requirement: the best outcome over all the ways to meet it.

use super::candidate::{Fared, Fit};
use super::checks::check_alone;
use super::context::{Context, Subject};
use super::identity::Identified;
use super::judgement::{Degree, Judgement};
use crate::attestation::PredicateKind;
use crate::policy::ruleset::{Alternative, Requirement};
use crate::reason::Reason;

/// What came of a requirement for some goods.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Required {
    /// It is not required of these goods.
    NotCalledFor,
    /// Whether it is required can't be said: nobody says what the product is.
    NotKnown,
    /// It was judged.
    Judged(Judgement),
}

impl Context<'_> {
    /// Judges a requirement for some goods.
    pub(super) fn require(&self, subject: &Subject<'_>, requirement: &Requirement) -> Required {
        if let Some(condition) = &requirement.when {
            let Some(identity) = subject.identity() else { return Required::NotKnown };
            if !condition.holds(&identity.of.attributes) {
                return Required::NotCalledFor;
            }
        }
        let mut best: Option<Fared> = None;
        for alternative in &requirement.any_of {
            let fared = self.alternative(subject, requirement, alternative);
            // Of equals the first one counts: the rule set has them in its order.
            if best.as_ref().is_none_or(|best| rank(best) < rank(&fared)) {
                best = Some(fared);
            }
        }
        let judgement = best.map(|best| best.judgement);
        Required::Judged(judgement.unwrap_or_else(|| Judgement::not_met(Reason::ReqMissing)))
    }

    fn alternative(
        &self,
        subject: &Subject<'_>,
        requirement: &Requirement,
        alternative: &Alternative,
    ) -> Fared {
        let assurance_min = requirement.assurance_min.unwrap_or(self.rules.assurance_min);
        match alternative {
            Alternative::Check(check) => {
                Fared::of(check_alone(self, subject, *check, assurance_min), Fit::Nothing)
            }
            Alternative::Evidence(rule) if rule.kind == PredicateKind::ExternalRegistration => {
                self.best_registration(subject, rule, assurance_min)
            }
            Alternative::Evidence(rule) => {
                let fared = self.best_record(subject, rule, assurance_min);
                if rule.kind == PredicateKind::ProductIdentity {
                    by_newest_identity(subject, fared)
                } else {
                    fared
                }
            }
        }
    }
}

/// Of identities only the newest counts, and no older one in its place.
fn by_newest_identity(subject: &Subject<'_>, mut fared: Fared) -> Fared {
    match subject.identified {
        Identified::Erased(record) => {
            let mut judgement = Judgement::not_met(Reason::EvidenceErased);
            judgement.mention(record.index());
            Fared::of(judgement, Fit::Near)
        }
        Identified::ByBatch(_) => {
            let has_batch = subject.goods.has_batch();
            // With a batch it is the day of its making that is not known.
            let reason = if has_batch { Reason::CoverageTooNarrow } else { Reason::BatchRequired };
            fared.judgement.add(reason, Degree::Review);
            fared
        }
        Identified::Known(_) | Identified::Missing => fared,
    }
}

fn rank(fared: &Fared) -> impl Ord + use<> {
    (fared.judgement.degree(), fared.fit, std::cmp::Reverse(fared.judgement.reason_count()))
}
