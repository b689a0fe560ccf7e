//! Logged verdicts, held to what they say of themselves and computed again from the records that
//! they rest on.

use std::collections::{BTreeMap, BTreeSet};

use crate::admission::{Examiner, RefusalFinding};
use crate::attestation::types::ConformityVerdict;
use crate::attestation::{Predicate, Role, Statement};
use crate::audit::detail::Detail;
use crate::audit::findings::Desk;
use crate::audit::localized::Quoted;
use crate::audit::question::Ground;
use crate::audit::report::Place;
use crate::audit::rule::{Remark, Rule};
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::identifier::{Class, SubjectKey};
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::ruleset::RuleSet;
use crate::policy::{
    AsOf, Evidence, PolicySet, Verdict, VerdictBody, evaluate, overtakes, read_logged_verdict,
};
use crate::reason::Reason;
use crate::record::Record;
use crate::time::Timestamp;

/// The seals so far: what each commits to, by the size of the tree that ends with it.
#[derive(Debug, Default)]
pub(super) struct Seals {
    by_size: BTreeMap<TreeSize, (Digest, Timestamp)>,
}

impl Seals {
    pub(super) fn push(&mut self, index: EntryIndex, map_root: Digest, time: Timestamp) {
        let size = TreeSize::new(index.get().saturating_add(1));
        self.by_size.insert(size, (map_root, time));
    }

    /// The state of the log as of the newest seal.
    pub(super) fn as_of(&self, origin: &str) -> Option<AsOf> {
        let (size, (map_root, seal_time)) = self.by_size.last_key_value()?;
        let (size, map_root, seal_time) = (*size, *map_root, *seal_time);
        Some(AsOf { origin: origin.to_owned(), size, map_root, seal_time })
    }
}

/// What an audit makes of a statement, if that is a logged verdict.
#[derive(Debug)]
pub(super) struct VerdictCheck {
    body: Option<VerdictBody>,
    adverse: Vec<SubjectKey>,
    refusal: Option<RefusalFinding>,
    outcome: Outcome,
}

#[derive(Debug)]
enum Outcome {
    /// It is no verdict.
    None,
    /// The records give the same.
    Same,
    /// The records give another; whether a platform logged it.
    Differs(Detail, bool),
    /// Nothing can be said.
    Unchecked(Detail),
}

impl VerdictCheck {
    /// Looks at a statement; the records of `ground` are those before it.
    pub(super) fn of(statement: &Statement, seals: &Seals, ground: &Ground<'_>) -> Self {
        Self::look(statement, seals, ground, false)
    }

    /// The same where it is known that the records give the same verdict: it is not computed again.
    pub(super) fn confirmed(statement: &Statement, seals: &Seals, ground: &Ground<'_>) -> Self {
        Self::look(statement, seals, ground, true)
    }

    fn look(statement: &Statement, seals: &Seals, ground: &Ground<'_>, is_known: bool) -> Self {
        let mut check =
            Self { body: None, adverse: Vec::new(), refusal: None, outcome: Outcome::None };
        let Predicate::ConformityVerdict(logged) = statement.predicate() else { return check };
        let verdict = match read_logged_verdict(logged, ground.genesis.origin().as_str()) {
            Ok(verdict) => verdict,
            Err(refusal) => {
                check.refusal = Some(refusal);
                check.outcome = Outcome::Unchecked(Detail::NoVerdict);
                return check;
            }
        };
        let by_platform = logged.header.issuer.role == Role::Platform;
        check.outcome = check.evaluate(&verdict, seals, ground, (by_platform, is_known));
        check.body = Some(verdict.body().clone());
        check
    }

    /// Whether it is no verdict, or one that the records give.
    pub(super) const fn is_confirmed(&self) -> bool {
        matches!(self.outcome, Outcome::None | Outcome::Same)
    }

    /// Says what came of it.
    pub(super) fn report(&self, desk: &mut Desk<'_>, place: &Place) {
        if matches!(self.outcome, Outcome::None) {
            return;
        }
        desk.report.counts.verdicts += 1;
        match &self.outcome {
            Outcome::None => {}
            Outcome::Same => desk.report.counts.verdicts_reevaluated += 1,
            Outcome::Differs(detail, by_platform) => {
                desk.report.counts.verdicts_reevaluated += 1;
                if *by_platform {
                    desk.observe(Remark::VerdictDiffers, place.clone(), detail.clone());
                } else {
                    desk.find(Rule::Verdict, place.clone(), detail.clone());
                }
            }
            Outcome::Unchecked(detail) => {
                desk.observe(Remark::VerdictUnchecked, place.clone(), detail.clone());
            }
        }
    }

    /// The verdict's body, and the adverse chains that it rests on.
    pub(super) fn into_parts(self) -> (Option<VerdictBody>, Vec<SubjectKey>) {
        (self.body, self.adverse)
    }

    /// Computes the verdict again from the records that it rests on: those below its tree size.
    fn evaluate(
        &mut self,
        verdict: &Verdict,
        seals: &Seals,
        ground: &Ground<'_>,
        (by_platform, is_known): (bool, bool),
    ) -> Outcome {
        let as_of = &verdict.body().as_of;
        let size = as_of.tree_size;
        let Some((map_root, seal_time)) = seals.by_size.get(&size).copied() else {
            self.refusal = Some(RefusalFinding::new(
                Reason::StatementInvalid,
                Some("tree_size"),
                format!("no checkpoint of size {size} can have been published: no seal ends it"),
            ));
            return Outcome::Unchecked(Detail::NoSeal { size });
        };
        if (as_of.map_root, as_of.seal_time) != (map_root, seal_time) {
            return Outcome::Differs(Detail::OtherSeal { size }, by_platform);
        }
        let (policies, origin) = (ground.policies, ground.genesis.origin().as_str().to_owned());
        let as_of = AsOf { origin, size, map_root, seal_time };
        let evidence = match ground.evidence(&verdict.body().query, as_of) {
            Ok(evidence) => evidence,
            Err(error) => {
                let message = error.to_string();
                let code = Reason::StatementInvalid;
                self.refusal = Some(RefusalFinding::new(code, Some("body"), message));
                return Outcome::Unchecked(Detail::EvidenceFault { cause: Quoted::of(&error) });
            }
        };
        self.look_at_chains(&evidence, ground, verdict.body());
        if is_known {
            return Outcome::Same;
        }
        self.look_at_day(verdict.body(), policies);
        if rests_on_gap(&evidence) {
            return Outcome::Unchecked(Detail::RestsOnGap);
        }
        let rule_set = verdict.body().policy.as_ref().map(|policy| policy.sha256);
        if let Some(sha256) = rule_set.filter(|sha256| policies.by_sha256(sha256).is_none()) {
            return Outcome::Unchecked(Detail::RuleSetNotGiven { sha256 });
        }
        let again = match evaluate(&verdict.body().query, &evidence, policies) {
            Ok(again) => again,
            Err(error) => {
                let cause = Quoted::of(&error);
                return Outcome::Unchecked(Detail::EvaluationFault { cause });
            }
        };
        let applied = again.body().policy.as_ref().map(|policy| policy.sha256);
        if again.bytes() == verdict.bytes() {
            Outcome::Same
        } else if applied == rule_set {
            let (expected, found) = (again.word(), verdict.word());
            Outcome::Differs(Detail::OtherVerdict { expected, found }, by_platform)
        } else {
            Outcome::Unchecked(Detail::OtherRuleSet)
        }
    }

    /// A question about another day than that of the seal is never logged (ruling 15).
    fn look_at_day(&mut self, body: &VerdictBody, policies: &PolicySet) {
        let rule_set = body.policy.as_ref().and_then(|policy| policies.by_sha256(&policy.sha256));
        let Some(rule_set) = rule_set else { return };
        let (legal_at, seal) = (body.query.legal_at, body.as_of.seal_time);
        let age_ms = legal_at.saturating_ms_since(seal).max(seal.saturating_ms_since(legal_at));
        if age_ms > u64::from(rule_set.view_age_max_s) * 1000 {
            self.refusal.get_or_insert_with(|| {
                let message = format!("legal_at is {legal_at}, the seal's time {seal}");
                RefusalFinding::new(Reason::VerdictStale, Some("body"), message)
            });
        }
    }

    /// Notes the adverse chains, and whether any chain had grown when the verdict was logged.
    fn look_at_chains(&mut self, evidence: &Evidence, ground: &Ground<'_>, body: &VerdictBody) {
        let size = body.as_of.tree_size;
        let rules = body.policy.as_ref().and_then(|of| ground.policies.by_sha256(&of.sha256));
        for (class, uri) in evidence.chains().keys() {
            let key = SubjectKey::of(*class, uri);
            if *class == Class::Adverse {
                self.adverse.push(key);
            }
            let chain = ground.records.of_key(&key).iter().rev();
            let mut new = chain.take_while(|record| !size.contains(record.index()));
            // What weight the ledger gave a concern can't be told without its payload, or without the
            // rule set.
            let is_open = |record: &Record| {
                *class == Class::Concerns && (record.is_erased() || rules.is_none())
            };
            let newest = new.find(|record| {
                !is_open(record) && overtakes(record, *class, body, ground.policies)
            });
            if let Some(newest) = newest.map(|record| record.index()) {
                self.refusal.get_or_insert_with(|| {
                    let message = format!("entry {newest} on {uri} came after its tree size");
                    RefusalFinding::new(Reason::VerdictStale, Some("tree_size"), message)
                });
            }
        }
    }
}

/// Whether a payload is not here that may have been there when a verdict was computed. One whose
/// order is among the evidence was gone already, for the ledger as for this reader.
fn rests_on_gap(evidence: &Evidence) -> bool {
    let orders: BTreeSet<&StatementDigest> = evidence
        .records()
        .filter_map(|record| match record.statement()?.predicate() {
            Predicate::ErasureOrder(order) => Some(&order.target),
            _ => None,
        })
        .collect();
    evidence.records().any(|record| record.is_erased() && !orders.contains(record.digest()))
}

impl Examiner for VerdictCheck {
    fn policy(&self, bytes: &[u8]) -> Result<(), String> {
        RuleSet::parse(bytes).map(|_rule_set| ()).map_err(|error| error.to_string())
    }

    fn verdict(
        &self,
        _verdict: &ConformityVerdict,
        _at: EntryIndex,
        _time: Timestamp,
    ) -> Result<(), RefusalFinding> {
        self.refusal.clone().map_or(Ok(()), Err)
    }
}
