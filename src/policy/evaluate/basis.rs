//! What a record rests on: the certificates and reports that it cites.
//!
//! Rules: `conformity.md`, ruling 4. The status of a cited document counts against what cites it,
//! and a doubt about it makes that doubtful too. That it must be in force at all is a check of its
//! own, `doc.basis_in_force`.

use std::sync::Arc;

use super::context::{Context, Subject};
use super::judgement::{Degree, Judgement};
use crate::attestation::{DocumentRef, Predicate, Reference, Statement};
use crate::reason::Reason;
use crate::record::Record;

/// How far a chain of citations is followed for doubts.
const CITATIONS_DEPTH_MAX: usize = 4;

/// What became of a document that a record cites.
#[derive(Clone, Debug)]
pub(super) struct Cited<'a> {
    /// The best record of it: the issuer's own if there is one. None if the ledger holds none, or
    /// its content was erased.
    pub record: Option<&'a Arc<Record>>,
    /// How it stands, validity included.
    pub standing: Judgement,
}

impl<'a> Context<'a> {
    /// The documents that a statement rests on.
    pub(super) fn cited(&self, subject: &Subject<'_>, statement: &Statement) -> Vec<Cited<'a>> {
        let references = statement.header().references().iter();
        let basis = references.filter(|reference| reference.rel.is_basis());
        let mut cited: Vec<_> = basis.map(|of| self.reference(subject, of)).collect();
        if let Some(certificate) = named_certificate(statement) {
            cited.push(self.document(subject, certificate));
        }
        cited
    }

    fn reference(&self, subject: &Subject<'_>, reference: &Reference) -> Cited<'a> {
        match (&reference.document, reference.statement) {
            (Some(document), _) => self.document(subject, document),
            (None, Some(statement)) => match self.evidence.by_statement(&statement) {
                Some(record) => self.best(subject, &[record]),
                None => unknown(Judgement::met()),
            },
            (None, None) => unknown(Judgement::met()),
        }
    }

    fn document(&self, subject: &Subject<'_>, document: &DocumentRef) -> Cited<'a> {
        let all = self.evidence.by_document(document);
        let is_own = |record: &&&Arc<Record>| {
            record.statement().is_some_and(|of| of.header().transcription.is_none())
        };
        // The issuer's own record outranks what others have copied.
        let own: Vec<&Arc<Record>> = all.iter().filter(is_own).copied().collect();
        let records = if own.is_empty() { all } else { own };
        if !records.is_empty() {
            return self.best(subject, &records);
        }
        let mut standing = Judgement::met();
        if self.changes.is_erased(document) {
            standing.deny(Reason::EvidenceErased);
        }
        for reason in self.changes.codes_of_document(document, self.at) {
            standing.deny(reason);
        }
        unknown(standing)
    }

    fn best(&self, subject: &Subject<'_>, records: &[&'a Arc<Record>]) -> Cited<'a> {
        let judged = records.iter().map(|record| (*record, self.standing(subject, record)));
        let best = judged.max_by_key(|(record, standing)| (standing.degree(), record.index()));
        match best {
            Some((record, standing)) => Cited { record: Some(record), standing },
            None => unknown(Judgement::met()),
        }
    }

    /// What counts against a statement because of what it cites.
    pub(super) fn basis(&self, subject: &Subject<'_>, statement: &Statement) -> Judgement {
        let mut judgement = Judgement::met();
        for cited in self.cited(subject, statement) {
            let deeper = cited.record.and_then(|record| record.statement());
            let doubts = deeper.map(|of| self.doubts(subject, of, CITATIONS_DEPTH_MAX));
            judgement.and(without_validity(cited.standing));
            judgement.and(doubts.unwrap_or_default());
        }
        judgement
    }

    /// Doubts about what a cited document rests on itself.
    fn doubts(&self, subject: &Subject<'_>, statement: &Statement, depth: usize) -> Judgement {
        let mut judgement = Judgement::met();
        let Some(depth) = depth.checked_sub(1) else { return judgement };
        for cited in self.cited(subject, statement) {
            for (reason, degree) in cited.standing.reasons() {
                if degree == Degree::Review {
                    judgement.add(reason, degree);
                }
            }
            if let Some(deeper) = cited.record.and_then(|record| record.statement()) {
                judgement.and(self.doubts(subject, deeper, depth));
            }
        }
        judgement
    }
}

const fn unknown<'a>(standing: Judgement) -> Cited<'a> {
    Cited { record: None, standing }
}

/// That a cited document has expired is for `doc.basis_in_force` to say.
fn without_validity(standing: Judgement) -> Judgement {
    standing.without(&[Reason::ReqExpired, Reason::ReqNotYetValid])
}

fn named_certificate(statement: &Statement) -> Option<&DocumentRef> {
    let Predicate::EuDeclaration(declaration) = statement.predicate() else { return None };
    let certificate = declaration.notified_body.as_ref()?.certificate.as_ref()?;
    // Cited twice is cited once.
    let is_cited = |reference: &Reference| {
        reference.rel.is_basis() && reference.document.as_ref() == Some(certificate)
    };
    let is_known = statement.header().references().iter().any(is_cited);
    (!is_known).then_some(certificate)
}
