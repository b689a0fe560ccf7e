//! How long a record is valid: by what it says itself, and by what the rule set says of its sort.

use super::context::{Context, Subject};
use super::judgement::Judgement;
use super::meant::is_meant;
use crate::attestation::{Predicate, Statement};
use crate::policy::ruleset::Alternative;
use crate::reason::Reason;
use crate::time::Date;

impl Context<'_> {
    /// Whether a statement is valid on a day.
    pub(super) fn validity(
        &self,
        subject: &Subject<'_>,
        statement: &Statement,
        day: Date,
    ) -> Judgement {
        let header = statement.header();
        let issued = header.document.as_ref().map(|document| document.issued);
        let from = header.validity.map(|validity| validity.from).or(issued);
        if from.is_some_and(|from| day < from) {
            Judgement::not_met(Reason::ReqNotYetValid)
        } else if self.last_day(subject, statement).is_some_and(|last| last < day) {
            Judgement::not_met(Reason::ReqExpired)
        } else {
            Judgement::met()
        }
    }

    /// The last day on which a statement is valid; none if nothing ends it.
    pub(super) fn last_day(&self, subject: &Subject<'_>, statement: &Statement) -> Option<Date> {
        let own = statement.header().validity.and_then(|validity| validity.until);
        [own, self.last_day_by_rules(subject, statement)].into_iter().flatten().min()
    }

    /// What a rule says of the documents that it asks for holds wherever they are looked at: a
    /// declaration that cites one has lost its basis.
    fn last_day_by_rules(&self, subject: &Subject<'_>, statement: &Statement) -> Option<Date> {
        // A voluntary certificate is looked at by rules that ask for others. It is under no act.
        if let Predicate::ConformityCertificate(of) = statement.predicate()
            && of.voluntary
        {
            return None;
        }
        let alternatives = self.rules.requirements.iter().flat_map(|of| &of.any_of);
        let last_days = alternatives.filter_map(|of| match of {
            Alternative::Evidence(rule) => {
                rule.valid_until_max.filter(|_| is_meant(subject, rule, statement))
            }
            Alternative::Check(_) => None,
        });
        last_days.min()
    }
}
