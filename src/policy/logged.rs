//! Verdicts as they are logged: the body, and in clear what others look for. One reading for the
//! ledger that lets a verdict in and for the audit that judges it again.

use crate::admission::RefusalFinding;
use crate::attestation::types::ConformityVerdict;
use crate::policy::verdict::Verdict;
use crate::reason::Reason;

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

fn malformed(member: &str, message: String) -> RefusalFinding {
    RefusalFinding::new(Reason::StatementInvalid, Some(member), message)
}
