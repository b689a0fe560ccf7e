//! Accreditations over time: who vouches for a laboratory or body, and for what.

use crate::attestation::types::{Accreditation, Norm, StandingAction};
use crate::envelope::StatementDigest;
use crate::identifier::{Celex, CnCode, Country, LookupForm, OperatorUri};
use crate::merkle::EntryIndex;
use crate::registry::limits::{hits, hits_country, hits_product, holds_country, holds_product};
use crate::registry::standing::Standing;
use crate::time::{Date, Timestamp};

/// Something that happened to an accreditation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccreditationStep {
    /// The entry.
    pub index: EntryIndex,
    /// Its statement.
    pub statement: StatementDigest,
    /// Who accredits.
    pub issuer: OperatorUri,
    /// The number of the accreditation: with the issuer, its name.
    pub number: LookupForm,
    /// Under which norm.
    pub norm: Norm,
    /// What happened.
    pub action: StandingAction,
    /// From when on.
    pub effective_at: Timestamp,
    /// Standards that it names.
    pub standards: Vec<String>,
    /// Acts that it names.
    pub acts: Vec<Celex>,
    /// Products that it is limited to, by customs code.
    pub products: Option<Vec<CnCode>>,
    /// Countries that it is limited to.
    pub countries: Option<Vec<Country>>,
    /// The last day; open if absent.
    pub until: Option<Date>,
}

/// What is asked of an accreditation; what is absent is not asked.
#[derive(Clone, Copy, Debug, Default)]
pub struct AccreditationQuestion<'a> {
    /// Is it for this standard?
    pub standard: Option<&'a str>,
    /// Is it for this act?
    pub act: Option<&'a Celex>,
    /// Is it for this product?
    pub product: Option<&'a CnCode>,
    /// Is it for this country?
    pub country: Option<Country>,
}

/// One accreditation as of an entry: all that its issuer has logged under its number, in the order
/// of the log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccreditationLine<'a> {
    pub(super) steps: Vec<&'a AccreditationStep>,
}

impl AccreditationStep {
    pub(super) fn of(
        index: EntryIndex,
        statement: StatementDigest,
        of: &Accreditation,
    ) -> Option<Self> {
        Some(Self {
            index,
            statement,
            issuer: of.header.issuer.operator.operator()?.clone(),
            number: of.header.document.as_ref()?.number.lookup().clone(),
            norm: of.norm,
            action: of.action,
            effective_at: of.effective_at,
            standards: of.standards.as_deref().unwrap_or_default().to_vec(),
            acts: of.acts.as_deref().unwrap_or_default().to_vec(),
            products: of.products.as_ref().map(|list| list.to_vec()),
            countries: of.countries.as_ref().map(|list| list.to_vec()),
            until: of.until,
        })
    }

    pub(super) fn is_of_line(&self, other: &Self) -> bool {
        self.issuer == other.issuer && self.number == other.number
    }

    fn names(&self, question: &AccreditationQuestion<'_>) -> [Option<bool>; 2] {
        let standard = question.standard.map(|of| self.standards.iter().any(|named| named == of));
        [standard, question.act.map(|act| self.acts.contains(act))]
    }

    fn holds(&self, question: &AccreditationQuestion<'_>) -> bool {
        let product = question.product.zip(self.products.as_ref());
        let country = question.country.zip(self.countries.as_ref());
        self.names(question).iter().all(|is_named| is_named.unwrap_or(true))
            && product.is_none_or(|(cn, codes)| holds_product(codes, cn))
            && country.is_none_or(|(country, countries)| holds_country(countries, country))
    }

    fn hits(&self, question: &AccreditationQuestion<'_>) -> bool {
        self.names(question).contains(&Some(true))
            && hits(self.products.as_ref(), question.product, |codes, cn| hits_product(codes, cn))
            && hits(self.countries.as_ref(), question.country, |countries, country| {
                hits_country(countries, country)
            })
    }
}

impl<'a> AccreditationLine<'a> {
    /// What happened to it, in the order of the log; at least one step.
    pub fn steps(&self) -> &[&'a AccreditationStep] {
        &self.steps
    }

    /// Who accredits.
    pub fn issuer(&self) -> Option<&'a OperatorUri> {
        self.steps.first().map(|step| &step.issuer)
    }

    /// Under which norm.
    pub fn norm(&self) -> Option<Norm> {
        self.steps.first().map(|step| step.norm)
    }

    /// The answer for the instant `when`. A suspension or a withdrawal hits all of it, whatever
    /// scope it repeats.
    pub fn standing(&self, question: &AccreditationQuestion<'_>, when: Timestamp) -> Standing {
        let (mut standing, mut covers, mut until) = (Standing::NotYet, false, None);
        for step in self.steps.iter().filter(|step| step.effective_at <= when) {
            match step.action {
                StandingAction::Grant => {
                    (standing, covers, until) =
                        (Standing::InForce, step.holds(question), step.until);
                }
                StandingAction::Extend => {
                    covers |= step.holds(question);
                    until = step.until.or(until);
                }
                StandingAction::Reduce => covers &= !step.hits(question),
                StandingAction::Suspend if standing == Standing::InForce => {
                    standing = Standing::Suspended;
                }
                StandingAction::Reinstate if standing == Standing::Suspended => {
                    standing = Standing::InForce;
                }
                StandingAction::Withdraw => standing = Standing::Withdrawn,
                StandingAction::Suspend | StandingAction::Reinstate => {}
            }
        }
        match standing {
            Standing::InForce if until.is_some_and(|until| until < when.date()) => {
                Standing::Expired
            }
            Standing::InForce if !covers => Standing::OutOfScope,
            other => other,
        }
    }
}
