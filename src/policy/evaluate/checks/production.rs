//! `production.*`: checks on approvals of production.

use super::certificate::notified;
use super::procedure::is_part;
use crate::attestation::Statement;
use crate::attestation::types::{EuDeclaration, ProductionQualityApproval};
use crate::policy::assurance::Assurance;
use crate::policy::evaluate::bodies::Day;
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;
use crate::policy::evaluate::judgement::{Degree, Judgement};

/// A declaration of the manufacturer on all of these goods, under the approval's act, names its body
/// by number, or cites the approval: that body's number stands beside the CE marking.
pub(super) fn body_number_matches_mark(
    context: &Context<'_>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
    statement: &Statement,
    approval: &ProductionQualityApproval,
) -> bool {
    let mut naming = naming(context, subject, assurance_min, statement, approval);
    naming.next().is_some()
}

/// One of the declarations that name the body was made under the procedure that it approved.
pub(super) fn module_matches_doc(
    context: &Context<'_>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
    statement: &Statement,
    approval: &ProductionQualityApproval,
) -> bool {
    let mut naming = naming(context, subject, assurance_min, statement, approval);
    naming.any(|declaration| {
        let declared = declaration.modules.get(&approval.act);
        declared.is_some_and(|declared| is_part(&approval.module, declared))
    })
}

/// The declarations that name an approval's body, or the approval.
fn naming<'a>(
    context: &Context<'a>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
    statement: &Statement,
    approval: &ProductionQualityApproval,
) -> impl Iterator<Item = &'a EuDeclaration> {
    let document = statement.header().document_ref();
    let names = move |declaration: &EuDeclaration| {
        let body = declaration.notified_body.as_ref();
        let mut references = declaration.header.references().iter();
        body.is_some_and(|body| body.number == approval.body_number)
            || references.any(|of| of.document.is_some() && of.document == document)
    };
    let own = context.own_declarations(subject, assurance_min);
    let naming = own.filter(move |(record, declaration)| {
        declaration.header.legislation().contains(&approval.act)
            && subject.goods.reach(&declaration.scope) == Reach::Covers
            && context.standing(subject, record).degree() != Degree::NotMet
            && names(declaration)
    });
    naming.map(|(_, declaration)| declaration)
}

/// The body is notified for act and module on the day that decides for these goods.
pub(super) fn notified_today(
    context: &Context<'_>,
    subject: &Subject<'_>,
    approval: &ProductionQualityApproval,
) -> Judgement {
    let body = approval.header.issuer.operator.operator();
    let for_what = (Some(&approval.act), Some(&approval.module));
    notified(context, subject, body, for_what, Some(Day::plain(context.at.day())))
}

/// The body has looked in time: the day by which it had to has not passed.
pub(super) fn surveillance_current(
    context: &Context<'_>,
    approval: &ProductionQualityApproval,
) -> bool {
    context.at.day() <= approval.next_surveillance
}
