//! The evaluator: from query, evidence and rule sets to a verdict.

use std::sync::Arc;

use super::context::Context;
use super::frame::Frame;
use super::instants::instants;
use super::judged::{Judged, Rule, gravity};
use super::judgement::Judgement;
use super::moment::Moment;
use crate::attestation::Statement;
use crate::attestation::types::VerdictWord;
use crate::json::JsonError;
use crate::policy::assurance::Assurance;
use crate::policy::evidence::Evidence;
use crate::policy::limit::Limit;
use crate::policy::query::{GoodsLocation, NormalQuery};
use crate::policy::ruleset::{Alternative, RuleSet, Severity};
use crate::policy::set::PolicySet;
use crate::policy::verdict::{
    EVALUATOR, EvidenceItem, EvidenceStatus, Verdict, VerdictAsOf, VerdictBody,
};
use crate::reason::Reason;
use crate::record::Record;
use crate::time::{Date, Timestamp};

/// How many instants are tried for `valid_until`. A verdict is not vouched for beyond the last one.
const INSTANTS_MAX: usize = 512;

/// How many records are looked at for `valid_until`, once for each product and instant: what others
/// log, or how many batches are asked about, must not decide how long a question takes.
const RECORDS_MAX: usize = 262_144;

/// How long a verdict may be used where no rule set says it.
const SHELF_LIFE_HOURS: u32 = 24;

/// How far a question may lie after the seal where no rule set says it.
const VIEW_AGE_MAX_S: u32 = 3600;

const HOUR_MS: u64 = 3_600_000;

/// Judges a query. A pure function of the three: equal inputs, equal bytes.
///
/// An error is a number that canonical JSON can't hold: a position in the log beyond 2^53.
pub fn evaluate(
    query: &NormalQuery,
    evidence: &Evidence,
    policies: &PolicySet,
) -> Result<Verdict, JsonError> {
    let frame = Frame::new(query, evidence, policies);
    let mut judged = frame.judge(query.legal_at);
    let word_before = judged.word();
    if is_stale(query, evidence, judged.rules.as_deref()) && !judged.prohibited {
        let rule = Rule::general("VIEW", Severity::Review);
        judged.add(evidence, rule, &Judgement::review(Reason::ViewStale), &[]);
    }
    let valid_until = valid_until(&frame, query, evidence, policies, (&judged, word_before));
    Verdict::new(body(&frame, query, evidence, judged, valid_until))
}

fn is_stale(query: &NormalQuery, evidence: &Evidence, rules: Option<&RuleSet>) -> bool {
    let age_max_s = rules.map_or(VIEW_AGE_MAX_S, |rules| rules.view_age_max_s);
    let latest = evidence.as_of().seal_time.saturating_add_ms(u64::from(age_max_s) * 1000);
    latest < query.legal_at
}

/// The first instant at which the same records give another verdict: the query is judged again at
/// each at which something begins or ends.
fn valid_until(
    frame: &Frame<'_>,
    query: &NormalQuery,
    evidence: &Evidence,
    policies: &PolicySet,
    (judged, word_before): (&Judged, VerdictWord),
) -> Option<Timestamp> {
    let said = judged.word();
    // A view that is too old stays so: what matters is what gets worse besides.
    let with_staleness = |word: VerdictWord| {
        if word_before != said && gravity(word) < gravity(said) { said } else { word }
    };
    let records = evidence.records().len().saturating_mul(query.products.len()).max(1);
    let instants_max = (RECORDS_MAX / records).clamp(1, INSTANTS_MAX);
    let instants = instants(frame, evidence, policies, query.legal_at);
    for (tried, instant) in instants.into_iter().enumerate() {
        if tried == instants_max {
            return Some(instant);
        }
        let later = frame.judge(instant);
        if later.prohibited != judged.prohibited || with_staleness(later.word()) != said {
            return Some(instant);
        }
    }
    None
}

fn body(
    frame: &Frame<'_>,
    query: &NormalQuery,
    evidence: &Evidence,
    judged: Judged,
    valid_until: Option<Timestamp>,
) -> VerdictBody {
    let as_of = evidence.as_of();
    let rules = judged.rules.as_ref();
    let hours = rules.map_or(SHELF_LIFE_HOURS, |rules| rules.shelf_life_hours);
    let shelf_life = as_of.seal_time.saturating_add_ms(u64::from(hours) * HOUR_MS);
    let events = frame.events(frame.moment(query.legal_at));
    let context = rules.map(|rules| frame.context(rules, query.legal_at, &events));
    let used = judged.evidence.iter().filter_map(|index| evidence.record(*index));
    VerdictBody {
        verdict: judged.word(),
        prohibited: judged.prohibited,
        query: query.clone(),
        evidence: used.map(|record| item(frame, query, context.as_ref(), record)).collect(),
        limits: limits(query, &judged),
        conditions: judged.conditions.iter().cloned().collect(),
        excluded_scopes: judged.excluded.iter().cloned().collect(),
        assurance_min: judged.assurance_min,
        valid_until,
        recheck_after: valid_until.map_or(shelf_life, |until| until.min(shelf_life)),
        policy: rules.map(|rules| rules.reference()),
        evaluator: EVALUATOR.to_owned(),
        as_of: VerdictAsOf {
            origin: as_of.origin.clone(),
            tree_size: as_of.size,
            map_root: as_of.map_root,
            seal_time: as_of.seal_time,
        },
        findings: judged.findings,
    }
}

fn item(
    frame: &Frame<'_>,
    query: &NormalQuery,
    context: Option<&Context<'_>>,
    record: &Arc<Record>,
) -> EvidenceItem {
    let statement = record.statement();
    let header = statement.map(Statement::header);
    let document = header.and_then(|header| header.document.as_ref());
    let kind = statement.map(Statement::kind).or_else(|| frame.changes.erased_kind(record));
    let judged = context.zip(query.products.first());
    let judged = judged.map(|(context, product)| (context, context.subject(product)));
    let assurance = match &judged {
        _ if record.is_erased() => Assurance::A0,
        Some((context, subject)) => context.assurance(subject, record),
        None => Assurance::A2,
    };
    // Without a rule set, it ends as it says itself.
    let last_day = statement.and_then(|statement| match &judged {
        Some((context, subject)) => context.last_day(subject, statement),
        None => statement.header().validity.and_then(|validity| validity.until),
    });
    let at = frame.moment(query.legal_at);
    let status = match frame.changes.status(record, at) {
        EvidenceStatus::InForce if last_day.is_some_and(|last| last < at.day()) => {
            EvidenceStatus::Expired
        }
        status => status,
    };
    EvidenceItem {
        statement: *record.digest(),
        predicate: kind.map(|kind| kind.name().to_owned()).unwrap_or_default(),
        issuer: header.map(|header| header.issuer.operator.clone()),
        number: document.map(|document| document.number.original().to_owned()),
        version: document.map(|document| document.version.clone()),
        index: record.index(),
        valid_until: item_valid_until(frame, at, context, (record, last_day)),
        status,
        assurance,
    }
}

fn item_valid_until(
    frame: &Frame<'_>,
    at: Moment,
    context: Option<&Context<'_>>,
    (record, last_day): (&Arc<Record>, Option<Date>),
) -> Option<Timestamp> {
    let statement = record.statement()?;
    let header = statement.header();
    // Stock that is on the market stays covered by what was in force when it was placed there.
    let ends = last_day.filter(|_| at.placed_on_market.is_none()).map(Date::end);
    let of_kind = context.into_iter().flat_map(|context| &context.rules.requirements);
    let ages = of_kind.flat_map(|requirement| &requirement.any_of).filter_map(|of| match of {
        Alternative::Evidence(rule) if rule.kind == statement.kind() => rule.max_age_days,
        Alternative::Evidence(_) | Alternative::Check(_) => None,
    });
    let issued = header.document.as_ref().map(|document| document.issued);
    let too_old =
        issued.zip(ages.min()).map(|(issued, days)| issued.saturating_add_days(days).end());
    let announced = frame.changes.announced(record, at);
    [ends, too_old, announced].into_iter().flatten().min()
}

fn limits(query: &NormalQuery, judged: &Judged) -> Vec<Limit> {
    let is_stock = matches!(query.offer.goods_location, GoodsLocation::EuStock { .. });
    let mut limits: Vec<Limit> = Limit::ALL
        .iter()
        .copied()
        .filter(|limit| match limit {
            Limit::PlacedOnMarketDeclared => is_stock,
            Limit::CommissioningTimesTrusted => judged.uses_production_days,
            limit if limit.is_of_rule_sets() => {
                judged.rules.as_ref().is_some_and(|rules| rules.limits.contains(limit))
            }
            _ => true,
        })
        .collect();
    limits.sort();
    limits
}
