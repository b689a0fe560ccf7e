//! `doc.*`: checks on the EU declaration of conformity.

use std::collections::BTreeSet;
use std::sync::Arc;

use crate::attestation::types::{EuDeclaration, ReportResult, SingleTest, TestReport};
use crate::attestation::{
    Predicate, PredicateKind, Relation, StandardExtent, StandardRef, Statement,
};
use crate::identifier::Celex;
use crate::policy::assurance::Assurance;
use crate::policy::evaluate::backing::counts;
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;
use crate::policy::evaluate::judgement::{Degree, Judgement};
use crate::policy::ruleset::{Alternative, EvidenceRule};
use crate::reason::Reason;
use crate::record::Record;

/// Procedures of which a certificate is a part.
const MODULES_WITH_CERTIFICATE: [&str; 3] = ["B", "G", "H1"];

/// It names standards, and the notified body where the procedure has one.
pub(super) fn fields_complete(declaration: &EuDeclaration) -> bool {
    let has_body = declaration.modules.values().any(|module| module.as_str() != "A");
    !declaration.header.standards().is_empty() && (!has_body || declaration.notified_body.is_some())
}

/// The manufacturer's declarations in force name every act that the product's attributes call for.
pub(super) fn legislation_complete(
    context: &Context<'_>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
) -> Judgement {
    let Some(identity) = subject.identity() else {
        return Judgement::not_met(Reason::DocIncomplete);
    };
    let called = context.rules.acts_for(&identity.of.attributes);
    by_reach(subject, Reason::DocIncomplete, |least| {
        let mut named: BTreeSet<&Celex> = BTreeSet::new();
        for (record, declaration) in context.own_declarations(subject, assurance_min) {
            if subject.goods.reach(&declaration.scope) >= least
                && is_usable(context, subject, record)
                && is_assured(context, subject, record)
            {
                named.extend(declaration.header.legislation());
            }
        }
        called.iter().all(|act| named.contains(act))
    })
}

/// Every standard that it applies in full was tested, in that edition, and the product passed.
pub(super) fn standards_tested(
    context: &Context<'_>,
    subject: &Subject<'_>,
    (rule, assurance_min): (&EvidenceRule, Assurance),
    statement: &Statement,
    declaration: &EuDeclaration,
) -> Judgement {
    let acts = declaration.header.legislation();
    // A declaration may serve other acts too, whose standards are not this requirement's.
    let is_of_these_acts = rule.legislation_any.is_empty()
        || acts.iter().all(|act| rule.legislation_any.contains(act));
    let known = standards_of_rules(context);
    let standards = declaration.header.standards().iter();
    let full = standards.filter(|standard| standard.extent == StandardExtent::Full);
    let full: Vec<(&str, &str)> = full.map(as_pair).collect();
    let is_of_rules = |(standard, _): &&(&str, &str)| is_of_these_acts || known.contains(standard);
    let applied: Vec<_> = full.iter().filter(is_of_rules).collect();
    by_reach(subject, Reason::StandardNotCovered, |least| {
        let tested = tested_standards(context, subject, assurance_min, statement, least);
        if applied.is_empty() {
            // Nobody can tell which of them are these acts': but not one of them tested is too few.
            full.is_empty() || full.iter().any(|standard| tested.contains(standard))
        } else {
            applied.iter().all(|standard| tested.contains(*standard))
        }
    })
}

/// Met by evidence for all of the goods; where no batch is named, evidence for some of them leaves
/// it to a person.
pub(super) fn by_reach(
    subject: &Subject<'_>,
    reason: Reason,
    is_met_with: impl Fn(Reach) -> bool,
) -> Judgement {
    if is_met_with(Reach::Covers) {
        Judgement::met()
    } else if !subject.goods.has_batch() && is_met_with(Reach::Intersects) {
        Judgement::review(Reason::BatchRequired)
    } else {
        Judgement::not_met(reason)
    }
}

/// The standards that the rule set knows of: those that it demands somewhere.
pub(super) fn standards_of_rules<'c>(context: &'c Context<'_>) -> BTreeSet<&'c str> {
    let alternatives = context.rules.requirements.iter().flat_map(|of| &of.any_of);
    let rules = alternatives.filter_map(|of| match of {
        Alternative::Evidence(rule) => Some(rule),
        Alternative::Check(_) => None,
    });
    rules.flat_map(|rule| rule.standards_all.iter().map(String::as_str)).collect()
}

/// What was tested with success, by reports for these goods and by what the declaration cites.
fn tested_standards<'a>(
    context: &Context<'a>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
    statement: &Statement,
    least: Reach,
) -> BTreeSet<(&'a str, &'a str)> {
    let cited = context.cited(subject, statement).into_iter().filter_map(|cited| cited.record);
    // What the declaration does not cite has to be good enough by itself.
    let reports = context.evidence.of_kind(PredicateKind::TestReport);
    let reports = reports.filter(|record| is_assured(context, subject, record));
    let mut tested = BTreeSet::new();
    for record in cited.chain(reports) {
        let Some(statement) = record.statement() else { continue };
        if !counts(statement.header(), assurance_min)
            || context.reach(subject, statement) < least
            || !is_usable(context, subject, record)
        {
            continue;
        }
        match statement.predicate() {
            Predicate::TestReport(report) => tested.extend(passed(report)),
            Predicate::ConformityCertificate(of) => {
                let standards = of.standards_tested.iter().flat_map(|list| list.iter());
                tested.extend(standards.map(as_pair));
            }
            _ => {}
        }
    }
    tested
}

fn is_usable(context: &Context<'_>, subject: &Subject<'_>, record: &Arc<Record>) -> bool {
    context.standing(subject, record).degree() != Degree::NotMet
}

/// Whether the rule set lets records of this kind count from this level of assurance on. Anyone can
/// make a copy.
fn is_assured(context: &Context<'_>, subject: &Subject<'_>, record: &Arc<Record>) -> bool {
    let Some(kind) = record.statement().map(Statement::kind) else { return false };
    let is_of_kind = |of: &Alternative| match of {
        Alternative::Evidence(rule) => rule.kind == kind,
        Alternative::Check(_) => false,
    };
    let rules = &context.rules;
    let requirements = rules.requirements.iter().filter(|of| of.any_of.iter().any(is_of_kind));
    let lowered = requirements.filter_map(|of| of.assurance_min);
    let least = lowered.chain([rules.assurance_min]).min();
    least.is_some_and(|least| context.assurance(subject, record) >= least)
}

fn passed(report: &TestReport) -> BTreeSet<(&str, &str)> {
    let of_result =
        |result: ReportResult| report.tests.iter().filter(move |test| test.result == result);
    let failed: BTreeSet<_> = of_result(ReportResult::Fail).map(pair).collect();
    if report.overall != ReportResult::Pass {
        return BTreeSet::new();
    }
    // A test of one clause is no test of the standard.
    let whole = of_result(ReportResult::Pass).filter(|test| test.clause.is_none());
    whole.map(pair).filter(|pair| !failed.contains(pair)).collect()
}

fn pair(test: &SingleTest) -> (&str, &str) {
    (test.standard.as_str(), test.edition.as_str())
}

fn as_pair(standard: &StandardRef) -> (&str, &str) {
    (standard.reference.as_str(), standard.edition.as_str())
}

/// It applies at least one standard, and all of them in full.
pub(super) fn standards_full(declaration: &EuDeclaration) -> bool {
    let standards = declaration.header.standards();
    !standards.is_empty()
        && standards.iter().all(|standard| standard.extent == StandardExtent::Full)
}

/// Where the procedure has a certificate, it cites one by number and version.
pub(super) fn cites_certificate(declaration: &EuDeclaration) -> bool {
    let needs_one = declaration
        .modules
        .values()
        .flat_map(|module| module.as_str().split('+'))
        .any(|part| MODULES_WITH_CERTIFICATE.contains(&part));
    let mut references = declaration.header.references().iter();
    let is_cited =
        references.any(|of| of.rel == Relation::CitesCertificate && of.document.is_some());
    let body = declaration.notified_body.as_ref();
    let is_named = body.is_some_and(|body| body.certificate.is_some());
    !needs_one || is_cited || is_named
}

/// Everything that it cites as its basis is in force. What the ledger does not hold can't be known
/// to be.
pub(super) fn basis_in_force(
    context: &Context<'_>,
    subject: &Subject<'_>,
    statement: &Statement,
) -> bool {
    context
        .cited(subject, statement)
        .iter()
        .all(|cited| cited.record.is_some() && cited.standing.degree() != Degree::NotMet)
}

/// It is not older than what it cites.
pub(super) fn chronology(
    context: &Context<'_>,
    subject: &Subject<'_>,
    statement: &Statement,
) -> bool {
    let issued = |of: &Statement| of.header().document.as_ref().map(|document| document.issued);
    let Some(own) = issued(statement) else { return false };
    context.cited(subject, statement).iter().all(|cited| {
        let basis = cited.record.and_then(|record| record.statement()).and_then(issued);
        basis.is_none_or(|basis| basis <= own)
    })
}
