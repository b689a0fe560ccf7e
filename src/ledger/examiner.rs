//! What admission leaves to those who know rule sets and verdicts.

use crate::admission::{Examiner, RefusalFinding};
use crate::attestation::types::{ConformityVerdict, PolicyRef};
use crate::entry::Body;
use crate::ledger::shared::Shared;
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::{RuleSet, Verdict, VerdictBody};
use crate::reason::Reason;
use crate::time::Timestamp;

/// Judges by the rule sets' own reader and by the log.
#[derive(Clone, Copy, Debug)]
pub(super) struct LedgerExaminer<'a> {
    pub(super) shared: &'a Shared,
}

impl Examiner for LedgerExaminer<'_> {
    fn policy(&self, bytes: &[u8]) -> Result<(), String> {
        RuleSet::parse(bytes).map(|_rules| ()).map_err(|cause| cause.to_string())
    }

    fn verdict(
        &self,
        verdict: &ConformityVerdict,
        _at: EntryIndex,
        _time: Timestamp,
    ) -> Result<(), RefusalFinding> {
        let bytes = verdict.body_bytes().map_err(|cause| malformed("body", cause.to_string()))?;
        let parsed =
            Verdict::parse(&bytes).map_err(|cause| malformed("body", cause.to_string()))?;
        expect("sha256", &verdict.sha256, &parsed.digest())?;
        let body = parsed.body();
        check_clear(verdict, body)?;
        self.check_as_of(body)
    }
}

impl LedgerExaminer<'_> {
    /// A verdict rests on a seal of this ledger, and names it rightly.
    fn check_as_of(self, body: &VerdictBody) -> Result<(), RefusalFinding> {
        let as_of = &body.as_of;
        let origin = self.shared.genesis.origin().as_str();
        expect("body.as_of.origin", as_of.origin.as_str(), origin)?;
        let size = as_of.tree_size;
        let unknown = || malformed("tree_size", format!("no checkpoint was published at {size}"));
        let log = &self.shared.log;
        // A size that is not published has no seal; a store that does not answer refuses too, and
        // the same verdict can be offered again.
        let is_published = matches!(log.checkpoint(size), Ok(Some(_)));
        let seal = size.last().filter(|_| is_published && size <= self.newest());
        let entry = seal.and_then(|seal| log.decoded_entry(seal).ok()).ok_or_else(unknown)?;
        let Body::Seal { map_root, .. } = entry.body() else { return Err(unknown()) };
        expect("body.as_of.map_root", &as_of.map_root, map_root)?;
        expect("body.as_of.seal_time", &as_of.seal_time, &entry.time())
    }

    fn newest(self) -> TreeSize {
        self.shared.newest().edge.size()
    }
}

/// What a verdict says in clear is what its body says.
fn check_clear(verdict: &ConformityVerdict, body: &VerdictBody) -> Result<(), RefusalFinding> {
    let agrees = |is_same: bool, member: &'static str| {
        if is_same { Ok(()) } else { Err(malformed(member, "the body says another")) }
    };
    let same_policy = |of: &PolicyRef| *of == verdict.policy;
    agrees(verdict.verdict == body.verdict, "verdict")?;
    agrees(body.query.products.contains(&verdict.product), "product")?;
    agrees(verdict.tree_size == body.as_of.tree_size.get(), "tree_size")?;
    agrees(body.policy.as_ref().is_some_and(same_policy), "policy")?;
    let platform = verdict.platform.as_ref();
    agrees(platform.is_none_or(|of| *of == body.query.offer.platform), "platform")
}

fn expect<T: PartialEq + ToString + ?Sized>(
    member: &'static str,
    found: &T,
    expected: &T,
) -> Result<(), RefusalFinding> {
    if found == expected {
        return Ok(());
    }
    let (found, expected) = (found.to_string(), expected.to_string());
    Err(malformed(member, format!("found {found}, expected {expected}")))
}

fn malformed(member: &'static str, message: impl Into<String>) -> RefusalFinding {
    RefusalFinding::new(Reason::StatementInvalid, Some(member), message)
}
