//! Signing that a statement was not let in, so that whoever offered it can show that it was.

use crate::envelope::StatementDigest;
use crate::ledger::handle::Ledger;
use crate::note::{Note, NoteSignError};
use crate::reason::Reason;
use crate::refusal::Refused;

impl Ledger {
    /// Signs that `statement` was refused for `reason`: at the time of the clock, but not before
    /// that of the newest entry, nor ahead of the witnesses.
    pub fn sign_refusal(
        &self,
        statement: StatementDigest,
        reason: Reason,
    ) -> Result<Note, NoteSignError> {
        let newest = self.shared.newest();
        let time = self.time.time_beside_the_log(newest.published.seal_entry.time());
        let origin = self.shared.genesis.origin().clone();
        Refused::new(origin, statement, reason, time).sign(newest.signing.signer.as_ref())
    }
}
