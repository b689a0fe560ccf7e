//! Rules of what platforms and the ledger itself log: rule sets and verdicts.

use crate::admission::check::Check;
use crate::admission::records::Records;
use crate::admission::refusal::Step;
use crate::attestation::Role;
use crate::attestation::types::{ConformityVerdict, PolicyPublication};
use crate::reason::Reason;

impl<R: Records> Check<'_, R> {
    pub(super) fn check_policy(&mut self, policy: &PolicyPublication) {
        // That the content is base64 was checked with the statement.
        let judgement = match policy.bytes() {
            Ok(bytes) => self.context.examiner.policy(&bytes),
            Err(error) => Err(error.to_string()),
        };
        if let Err(message) = judgement {
            self.refuse(Step::Identifiers, Reason::PolicyInvalid, "content", message);
        }
    }

    pub(super) fn check_verdict(&mut self, verdict: &ConformityVerdict) {
        let at = self.at();
        if verdict.tree_size > at.get() {
            let message = format!("{}, the ledger has {at} entries", verdict.tree_size);
            self.refuse(Step::Identifiers, Reason::StatementInvalid, "tree_size", message);
        }
        // Otherwise one platform could fill the history of another's listing.
        if self.role() == Role::Platform
            && verdict.platform.is_some()
            && verdict.platform.as_ref() != self.issuer()
        {
            self.forbid("platform", "a platform logs verdicts on its own listings");
        }
        if let Err(finding) = self.context.examiner.verdict(verdict, at, self.context.time) {
            self.findings.push((Step::Right, finding));
        }
    }
}
