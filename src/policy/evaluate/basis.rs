//! What a record rests on: the certificates and reports that it cites.
//!
//! Rules: `conformity.md`, ruling 4. The status of a cited document counts against what cites it,
//! and a doubt about it makes that doubtful too. That it must be in force at all is a check of its
//! own, `doc.basis_in_force`.

use std::collections::BTreeSet;
use std::sync::Arc;

use super::context::{Context, Subject};
use super::judgement::{Degree, Judgement};
use crate::attestation::{Citation, DocumentRef, Statement};
use crate::identifier::{Class, SubjectUri};
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
        statement.citations().map(|citation| self.citation(subject, citation)).collect()
    }

    fn citation(&self, subject: &Subject<'_>, citation: Citation<'_>) -> Cited<'a> {
        match (citation.document, citation.statement) {
            (Some(document), _) => self.document(subject, document),
            (None, Some(statement)) => match self.evidence.by_statement(&statement) {
                Some(record) => self.best(subject, &[record]),
                // A digest leads to no chain: what it is, and whether it stands, can't be told.
                None => unknown(Judgement::review(Reason::BasisUnknown)),
            },
            (None, None) => unknown(Judgement::met()),
        }
    }

    fn document(&self, subject: &Subject<'_>, document: &DocumentRef) -> Cited<'a> {
        let all: Vec<&Arc<Record>> = self.evidence.by_document(document).collect();
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
        // Whether it was withdrawn can't be told.
        let uri = SubjectUri::from(document.uri());
        if !self.evidence.chains().contains_key(&(Class::All, uri)) {
            standing.add(Reason::BasisUnknown, Degree::Review);
        }
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
        let mut level = self.cited(subject, statement);
        for cited in &level {
            judgement.and(without_validity(cited.standing.clone()));
        }
        // What is cited rests on something itself: doubts about that are doubts about this. Each
        // record is followed once, for citations may go in circles.
        let mut followed = BTreeSet::new();
        for _ in 0..CITATIONS_DEPTH_MAX {
            let records = level.iter().filter_map(|cited| cited.record);
            let records: Vec<_> = records.filter(|of| followed.insert(of.index())).collect();
            let statements = records.into_iter().filter_map(|record| record.statement());
            level = statements.flat_map(|of| self.cited(subject, of)).collect();
            for (reason, degree) in level.iter().flat_map(|cited| cited.standing.reasons()) {
                if degree == Degree::Review {
                    judgement.add(reason, degree);
                }
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
