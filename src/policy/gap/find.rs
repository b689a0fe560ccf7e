//! What is missing, and what ends soon, found by judging the evidence again.

use std::collections::{BTreeMap, BTreeSet};

use crate::genesis::Genesis;
use crate::identifier::Country;
use crate::merkle::EntryIndex;
use crate::policy::evidence::Evidence;
use crate::policy::explain::{ExplainedFinding, explain_findings};
use crate::policy::finding::{Finding, Outcome};
use crate::policy::gap::report::{Falling, Gap, Lapsing, Missing, NamedSupplier};
use crate::policy::gap::rules::{reduced, without};
use crate::policy::query::NormalQuery;
use crate::policy::ruleset::Ground;
use crate::policy::set::PolicySet;
use crate::policy::simulation::{SimulationError, judge_held};
use crate::policy::texts::Locale;
use crate::policy::verdict::Verdict;
use crate::time::Timestamp;

/// How far is looked ahead, in days: the next first.
const AHEAD_DAYS: [u32; 3] = [7, 30, 90];

const DAY_MS: u64 = 86_400_000;

/// What is asked: the evidence that was collected for a query, and what settles the rules that count.
#[derive(Clone, Copy, Debug)]
pub struct GapQuestion<'a> {
    /// The query. What it says of an offer does not count.
    pub query: &'a NormalQuery,
    /// What was collected for it.
    pub evidence: &'a Evidence,
    /// The rule sets that the reader accepts.
    pub policies: &'a PolicySet,
    /// The trust root.
    pub genesis: &'a Genesis,
    /// Whether the query names who sells.
    pub has_seller: bool,
    /// Whether the query names the platform.
    pub has_platform: bool,
}

/// What a query and its evidence leave open, in the words of a language.
pub fn gap(question: &GapQuestion<'_>, locale: Locale) -> Result<Gap, SimulationError> {
    let judge = Judge::of(question);
    let at = question.query.legal_at;
    let now = judge.judge(question.query, at)?;
    let rows = judge.rows(&now, locale);
    let places = judge.places(at)?;
    let missing = |row: &Row| judge.missing(row, &places);
    let lapsing = lapsing(&now);
    let applied = now.body().policy.as_ref();
    let applied = applied.and_then(|of| question.policies.by_sha256(&of.sha256));
    let left_out = applied.map(|rules| {
        let (_, codes, checks) = reduced(rules, &judge.grounds);
        (codes, checks)
    });
    let (left_out, left_out_checks) = left_out.unwrap_or_default();
    Ok(Gap {
        at,
        policy: now.body().policy.clone(),
        missing: rows.iter().filter(|row| is_missing(row.0.outcome)).map(missing).collect(),
        open: rows
            .iter()
            .filter(|row| matches!(row.0.outcome, Outcome::Warned | Outcome::NotChecked))
            .map(missing)
            .collect(),
        falling: judge.falling(&now, &lapsing, locale)?,
        lapsing,
        left_out,
        left_out_checks,
    })
}

/// A finding, and the same in words.
type Row = (Finding, ExplainedFinding);

/// For which destinations a rule is missing, by rule and reason; nothing where there is only one.
type Places = BTreeMap<String, Vec<Country>>;

/// What judges the evidence: the rule sets without what it does not settle.
struct Judge<'a> {
    question: &'a GapQuestion<'a>,
    grounds: Vec<Ground>,
    policies: PolicySet,
}

impl<'a> Judge<'a> {
    fn of(question: &'a GapQuestion<'a>) -> Self {
        let seller = question.has_seller.then_some(Ground::Seller);
        let platform = question.has_platform.then_some(Ground::Platform);
        let grounds: Vec<Ground> =
            [Some(Ground::Evidence), seller, platform].into_iter().flatten().collect();
        let policies = without(question.policies, &grounds);
        Self { question, grounds, policies }
    }

    fn judge(&self, query: &NormalQuery, at: Timestamp) -> Result<Verdict, SimulationError> {
        let query = NormalQuery { legal_at: at, ..query.clone() };
        let mut as_of = self.question.evidence.as_of().clone();
        as_of.seal_time = as_of.seal_time.max(at);
        let GapQuestion { evidence, genesis, .. } = *self.question;
        judge_held(&query, evidence, &self.policies, genesis, as_of)
    }

    fn rows(&self, verdict: &Verdict, locale: Locale) -> Vec<Row> {
        let explained = explain_findings(verdict.body(), &self.policies, locale);
        verdict.body().findings.iter().cloned().zip(explained).collect()
    }

    /// Asks about each destination by itself.
    fn places(&self, at: Timestamp) -> Result<Places, SimulationError> {
        let query = self.question.query;
        let mut places = Places::new();
        if query.offer.destinations.len() < 2 {
            return Ok(places);
        }
        for country in &query.offer.destinations {
            let mut query = query.clone();
            query.offer.destinations = vec![*country];
            let found = self.judge(&query, at)?;
            let codes: BTreeSet<String> = found.body().findings.iter().map(key).collect();
            for code in codes {
                places.entry(code).or_default().push(*country);
            }
        }
        Ok(places)
    }

    fn missing(&self, (finding, explained): &Row, places: &Places) -> Missing {
        let all = &self.question.query.offer.destinations;
        let operators: BTreeSet<NamedSupplier> = self.operators(explained).into_iter().collect();
        Missing {
            finding: explained.clone(),
            operators: operators.into_iter().collect(),
            destinations: places.get(&key(finding)).unwrap_or(all).clone(),
        }
    }

    /// The operators in the evidence that have a role in which what is missing can be issued.
    fn operators(&self, finding: &ExplainedFinding) -> Vec<NamedSupplier> {
        let (registry, end) = (self.question.evidence.registry(), EntryIndex::new(u64::MAX));
        let day = self.question.query.legal_at.date();
        let mut found = Vec::new();
        for operator in registry.operators(end) {
            let roles = registry.roles(&operator.primary, end, day);
            for supplier in &finding.suppliers {
                let fit = supplier.roles.iter().filter(|role| roles.contains(role));
                found.extend(fit.map(|role| NamedSupplier {
                    kind: supplier.kind,
                    role: *role,
                    operator: operator.primary.clone(),
                    name: operator.legal_name.clone(),
                }));
            }
        }
        found
    }

    /// The requirements that are met and fall, each within the first time in which it does.
    fn falling(
        &self,
        now: &Verdict,
        lapsing: &[Lapsing],
        locale: Locale,
    ) -> Result<Vec<Falling>, SimulationError> {
        let (at, query) = (now.body().query.legal_at, self.question.query);
        let mut fallen = missing_rules(now);
        let mut falling = Vec::new();
        for days in AHEAD_DAYS {
            let then = self.judge(query, at.saturating_add_ms(u64::from(days) * DAY_MS))?;
            for row in self.rows(&then, locale) {
                let (finding, _) = &row;
                if !is_missing(finding.outcome) || fallen.contains(&finding.requirement) {
                    continue;
                }
                let used = used_by(now, &finding.requirement);
                let ended = lapsing.iter().filter(|of| of.until <= then.body().query.legal_at);
                let because = ended.filter(|of| used.contains(&of.item.index));
                falling.push(Falling {
                    within_days: days,
                    missing: self.missing(&row, &Places::new()),
                    because: because.cloned().collect(),
                });
            }
            fallen.extend(missing_rules(&then));
        }
        Ok(falling)
    }
}

fn is_missing(outcome: Outcome) -> bool {
    matches!(outcome, Outcome::NotMet | Outcome::Review)
}

fn missing_rules(verdict: &Verdict) -> BTreeSet<String> {
    let missing = verdict.body().findings.iter().filter(|of| is_missing(of.outcome));
    missing.map(|of| of.requirement.clone()).collect()
}

/// The records that a rule rests on.
fn used_by(verdict: &Verdict, requirement: &str) -> BTreeSet<EntryIndex> {
    let findings = verdict.body().findings.iter().filter(|of| of.requirement == requirement);
    let statements: BTreeSet<_> = findings.flat_map(|of| &of.evidence).collect();
    let items = verdict.body().evidence.iter();
    items.filter(|item| statements.contains(&item.statement)).map(|item| item.index).collect()
}

/// The records in use that end within the time looked ahead, the next first.
fn lapsing(now: &Verdict) -> Vec<Lapsing> {
    let at = now.body().query.legal_at;
    let ends = now.body().evidence.iter().filter_map(|item| {
        let until = item.valid_until.filter(|until| at < *until)?;
        let end = |days: &u32| until <= at.saturating_add_ms(u64::from(*days) * DAY_MS);
        let within_days = AHEAD_DAYS.into_iter().find(|days| end(days))?;
        Some(Lapsing { within_days, until, item: item.clone() })
    });
    let mut ends: Vec<Lapsing> = ends.collect();
    ends.sort_by_key(|of| (of.until, of.item.index));
    ends
}

/// What tells one finding from another across destinations.
fn key(finding: &Finding) -> String {
    let code = finding.code.map_or("", |code| code.name());
    format!("{} {code} {:?}", finding.requirement, finding.outcome)
}
