//! Verdicts as they are logged: the body, and in clear what others look for; and what overtakes one.
//! One reading for the ledger that lets a verdict in and for the audit that judges it again.

use crate::admission::RefusalFinding;
use crate::attestation::types::{ConformityVerdict, VerdictWord};
use crate::identifier::Class;
use crate::policy::ruleset::{Negative, Severity};
use crate::policy::set::PolicySet;
use crate::policy::verdict::{Verdict, VerdictBody};
use crate::reason::Reason;
use crate::record::Record;

/// Reads the body of a logged verdict, and checks that its clear members agree with it and that it
/// is about the ledger `origin`. Whether the evidence gives it is not looked at.
pub fn read_logged_verdict(
    logged: &ConformityVerdict,
    origin: &str,
) -> Result<Verdict, RefusalFinding> {
    let bytes = logged.body_bytes().map_err(|error| malformed("body", error.to_string()))?;
    let verdict = Verdict::parse(&bytes).map_err(|error| malformed("body", error.to_string()))?;
    let body = verdict.body();
    let offer = &body.query.offer;
    // A listing that is named is the one that was asked about, or the verdict would speak for any.
    let is_listing = logged.listing_id.is_none() || logged.listing_id == offer.listing_id;
    let members = [
        ("sha256", logged.sha256 == verdict.digest()),
        ("verdict", logged.verdict == body.verdict),
        ("product", body.query.products.contains(&logged.product)),
        ("platform", logged.platform.as_ref().is_none_or(|of| *of == offer.platform)),
        ("listing_id", is_listing),
        ("tree_size", logged.tree_size == body.as_of.tree_size.get()),
        ("policy", body.policy.as_ref() == Some(&logged.policy)),
    ];
    if let Some((member, _)) = members.iter().find(|(_, agrees)| !agrees) {
        return Err(malformed(member, "the body says another".to_owned()));
    }
    if body.as_of.origin != origin {
        let message = format!("origin is {:?}, expected {origin:?}", body.as_of.origin);
        return Err(malformed("body", message));
    }
    Ok(verdict)
}

/// Whether a record that came after a verdict, into a chain that this rests on, overtakes it. A
/// concern does only where it could change the verdict: where that says `LISTABLE`, and its rule set
/// weighs a concern that is raised in this role. Otherwise a flood of them would stop verdicts.
pub fn overtakes(
    record: &Record,
    class: Class,
    verdict: &VerdictBody,
    policies: &PolicySet,
) -> bool {
    if class != Class::Concerns {
        return true;
    }
    let rules = verdict.policy.as_ref().and_then(|of| policies.by_sha256(&of.sha256));
    let role = record.statement().map(|statement| statement.header().issuer.role);
    // Of a rule set that is not known here, and a concern that is gone, nothing can be told.
    let is_weighed = rules.zip(role).is_none_or(|(rules, role)| {
        let weighs = |rule: &Negative| {
            rule.is_of_concerns() && rule.has_role(role) && rule.on_hit != Severity::Warn
        };
        rules.negative.iter().any(weighs)
    });
    verdict.verdict == VerdictWord::Listable && is_weighed
}

fn malformed(member: &str, message: String) -> RefusalFinding {
    RefusalFinding::new(Reason::StatementInvalid, Some(member), message)
}
