//! A view as dossiers are made from it.

use std::sync::Arc;

use crate::dossier::{self, BuildError, EnvelopeRecord, ProofSource};
use crate::identifier::SubjectKey;
use crate::ledger::check::Checked;
use crate::ledger::files::{Access, PayloadBytes};
use crate::ledger::view::View;
use crate::ledger::view_error::ViewError;
use crate::map::{MapKey, MapProof};
use crate::merkle::{ConsistencyProof, EntryIndex, InclusionProof, TreeSize};
use crate::note::KeyName;
use crate::policy::{PolicySet, RuleSet};

impl Checked {
    /// The rule set that the verdict names; none if no accepted one applies.
    pub fn rule_set<'a>(&self, policies: &'a PolicySet) -> Option<&'a Arc<RuleSet>> {
        policies.by_sha256(&self.verdict.body().policy.as_ref()?.sha256)
    }

    /// The dossier: the file that proves the verdict to anybody. A record that is not public can't
    /// stand in it.
    pub fn dossier(&self, policies: &PolicySet) -> Result<Vec<u8>, BuildError<ViewError>> {
        let policy = self.rule_set(policies).map_or(&[][..], |rule_set| rule_set.bytes());
        dossier::build(&self.view, &self.evidence, &self.query, policy, &self.verdict)
    }
}

impl ProofSource for View {
    type Error = ViewError;

    fn origin(&self) -> &KeyName {
        self.genesis().origin()
    }

    fn size(&self) -> TreeSize {
        self.size()
    }

    fn checkpoint(&self) -> Result<String, ViewError> {
        Ok(self.checkpoint_note().to_owned())
    }

    fn entry(&self, index: EntryIndex) -> Result<Vec<u8>, ViewError> {
        self.entry_bytes(index)
    }

    fn envelope_record(&self, index: EntryIndex) -> Result<EnvelopeRecord, ViewError> {
        // A dossier goes to whoever asked, and from there anywhere.
        Ok(match self.payload(index, Access::Public)? {
            PayloadBytes::Bytes(record) => EnvelopeRecord::Present(record),
            PayloadBytes::Absent => EnvelopeRecord::Erased,
            PayloadBytes::Withheld => EnvelopeRecord::Withheld,
        })
    }

    fn inclusion(&self, index: EntryIndex) -> Result<InclusionProof, ViewError> {
        self.inclusion(index)
    }

    fn handovers(&self) -> Result<Vec<(Vec<u8>, ConsistencyProof)>, ViewError> {
        let handovers = Self::handovers(self).iter();
        handovers
            .map(|handover| Ok((handover.bytes().to_vec(), self.consistency(handover.size())?)))
            .collect()
    }

    fn map_proof(&self, key: &MapKey) -> Result<MapProof, ViewError> {
        Ok(self.map_proof(&SubjectKey::new(*key)))
    }
}
