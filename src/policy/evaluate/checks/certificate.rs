//! `certificate.*`: checks on certificates of conformity.

use std::num::NonZeroU16;

use crate::attestation::types::{ConformityCertificate, EuDeclaration};
use crate::attestation::{Module, Statement, TypeScope, Validity};
use crate::identifier::{Celex, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::policy::evaluate::bodies::{Day, Standing};
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;
use crate::policy::evaluate::judgement::{Degree, Judgement};
use crate::reason::Reason;
use crate::record::Record;

/// A declaration on these goods that still stands cites it and names one of its types.
pub(super) fn type_matches_doc(
    context: &Context<'_>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
    statement: &Statement,
    certificate: &ConformityCertificate,
) -> bool {
    let Some(document) = statement.header().document_ref() else { return false };
    let cites = |declaration: &EuDeclaration| {
        let body = declaration.notified_body.as_ref();
        let named = body.and_then(|body| body.certificate.as_ref());
        let mut references = declaration.header.references().iter();
        named == Some(&document)
            || references.any(|of| of.rel.is_basis() && of.document.as_ref() == Some(&document))
    };
    let names = |declaration: &EuDeclaration, of: &TypeScope| {
        let types = declaration.scope.types();
        let is_same = |named: &TypeScope| {
            (&named.holder, &named.designation) == (&of.holder, &of.designation)
                && (of.revision.is_none() || of.revision == named.revision)
        };
        // A declaration that names products alone is of the types that they are made to.
        let is_mapped = || context.reach_of_type(subject, of) != Reach::Misses;
        if types.is_empty() { is_mapped() } else { types.iter().any(is_same) }
    };
    context.own_declarations(subject, assurance_min).any(|(record, declaration)| {
        subject.goods.reach(&declaration.scope) != Reach::Misses
            && cites(declaration)
            && context.standing(subject, record).degree() != Degree::NotMet
            && certificate.scope.types().iter().any(|of| names(declaration, of))
    })
}

/// It is valid for no longer than the rule lets it be. One without end is valid for longer.
pub(super) fn term_max(
    validity: Option<Validity>,
    (days, years): (Option<u32>, Option<NonZeroU16>),
) -> bool {
    let Some(Validity { from, until: Some(until) }) = validity else { return false };
    days.is_none_or(|days| until < from.saturating_add_days(days))
        && years.is_none_or(|years| until <= from.last_day_of_years(years))
}

/// The body was notified for act and module when it issued the certificate.
pub(super) fn notified_at_issue(
    context: &Context<'_>,
    subject: &Subject<'_>,
    record: &Record,
    certificate: &ConformityCertificate,
) -> Judgement {
    let on = Day::of_issue(record);
    notified(context, subject, body(certificate), for_what(certificate), on)
}

/// The body is notified for act and module on the day that decides for these goods.
pub(super) fn notified_today(
    context: &Context<'_>,
    subject: &Subject<'_>,
    certificate: &ConformityCertificate,
) -> Judgement {
    let today = Some(Day::plain(context.at.day()));
    notified(context, subject, body(certificate), for_what(certificate), today)
}

fn body(certificate: &ConformityCertificate) -> Option<&OperatorUri> {
    certificate.header.issuer.operator.operator()
}

fn for_what(certificate: &ConformityCertificate) -> (Option<&Celex>, Option<&Module>) {
    (certificate.act.as_ref(), certificate.module.as_ref())
}

/// Whether a body was notified for act and module on a day.
pub(super) fn notified(
    context: &Context<'_>,
    subject: &Subject<'_>,
    body: Option<&OperatorUri>,
    (act, module): (Option<&Celex>, Option<&Module>),
    on: Option<Day>,
) -> Judgement {
    let (Some(body), Some(act), Some(on)) = (body, act, on) else {
        return Judgement::not_met(Reason::IssuerScopeMismatch);
    };
    match context.notified(subject, body, (act, module), on) {
        Standing::InForce => Judgement::met(),
        Standing::InDoubt => {
            let mut judgement = Judgement::met();
            judgement.add(Reason::KeyCompromised, Degree::Review);
            judgement
        }
        Standing::Lapsed | Standing::OutOfScope => Judgement::not_met(Reason::IssuerScopeMismatch),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_term_is_as_long_as_years_and_days_both_allow() {
        let five = NonZeroU16::new(5);
        for (from, until, days, years, expected) in [
            ("2026-08-01", Some("2031-07-31"), None, five, true),
            // 1,827 days, which five years with two leap days have: these have one.
            ("2026-08-01", Some("2031-08-01"), None, five, false),
            ("2026-08-01", Some("2031-08-01"), Some(1827), None, true),
            ("2026-08-01", Some("2031-08-02"), Some(1827), None, false),
            ("2024-02-29", Some("2029-02-28"), None, five, true),
            ("2024-02-29", Some("2029-03-01"), None, five, false),
            ("2026-08-01", Some("2026-08-10"), Some(10), five, true),
            ("2026-08-01", Some("2026-08-11"), Some(10), five, false),
            ("2026-08-01", Some("2031-08-01"), Some(9999), five, false),
            ("2026-08-01", None, None, five, false),
            ("2026-08-01", None, Some(1827), None, false),
        ] {
            let until = until.map(|day| day.parse().unwrap());
            let validity = Validity { from: from.parse().unwrap(), until };
            let found = term_max(Some(validity), (days, years));
            assert_eq!(found, expected, "{from} {until:?} {days:?} {years:?}");
        }
        assert!(!term_max(None, (None, five)));
    }
}
