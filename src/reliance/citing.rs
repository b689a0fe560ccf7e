//! Records that cite a document, and those that cite them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::attestation::DocumentRef;
use crate::envelope::StatementDigest;
use crate::identifier::OperatorUri;
use crate::merkle::EntryIndex;
use crate::policy::Evidence;
use crate::record::Record;
use crate::reliance::name::{Asked, holder, primary};

/// Records, and which of them each cites.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) records: BTreeMap<EntryIndex, Arc<Record>>,
    pub(super) cites: BTreeMap<EntryIndex, BTreeSet<EntryIndex>>,
}

/// The records of a log, by what they cite.
struct Citing<'a> {
    evidence: &'a Evidence,
    of_statement: HashMap<StatementDigest, Vec<&'a Arc<Record>>>,
    of_document: BTreeMap<DocumentRef, Vec<&'a Arc<Record>>>,
}

/// Whose citations of a document mean one record of it.
enum Named {
    Everybody,
    Signer(OperatorUri),
    Nobody,
}

/// The records that rest on a document, however far from it. Citations may go in circles: each record
/// is followed once.
pub(super) fn resting(evidence: &Evidence, asked: &Asked) -> Found {
    let citing = Citing::of(evidence);
    let mut found = Found::default();
    let own: BTreeSet<EntryIndex> = asked.records.iter().map(|record| record.index()).collect();
    let mut waiting: Vec<&Arc<Record>> = asked.records.iter().collect();
    if let Some(document) = asked.document.as_ref().filter(|_| own.is_empty()) {
        // Cited, and never logged: there is no entry to name.
        for record in citing.of_document.get(document).into_iter().flatten() {
            found.records.insert(record.index(), Arc::clone(record));
            waiting.push(record);
        }
    }
    while let Some(cited) = waiting.pop() {
        // Whatever is asked for is the document, a copy too.
        let of = if own.contains(&cited.index()) { Named::Everybody } else { citing.named(cited) };
        for (index, record) in citing.of_record(cited, &of) {
            if own.contains(&index) {
                continue;
            }
            found.cites.entry(index).or_default().insert(cited.index());
            if found.records.insert(index, Arc::clone(record)).is_none() {
                waiting.push(record);
            }
        }
    }
    found
}

impl<'a> Citing<'a> {
    fn of(evidence: &'a Evidence) -> Self {
        let mut citing =
            Self { evidence, of_statement: HashMap::new(), of_document: BTreeMap::new() };
        for record in evidence.records() {
            let Some(statement) = record.statement().filter(|of| of.kind().has_status()) else {
                continue;
            };
            for citation in statement.citations() {
                if let Some(document) = citation.document {
                    let document = primary(evidence, document);
                    citing.of_document.entry(document).or_default().push(record);
                }
                if let Some(statement) = citation.statement {
                    citing.of_statement.entry(statement).or_default().push(record);
                }
            }
        }
        citing
    }

    /// The records that cite this one, or the document that it is a record of; and the copies of
    /// documents that do so by their issuers' own records. What a copy says, it says for itself:
    /// anybody can have made it.
    fn of_record(&self, cited: &Record, by: &Named) -> BTreeMap<EntryIndex, &'a Arc<Record>> {
        let by_document = document_of(cited).and_then(|document| self.of_document.get(&document));
        let by_document = by_document.into_iter().flatten().filter(|of| match by {
            Named::Everybody => true,
            Named::Signer(signer) => self.signer(of).as_ref() == Some(signer),
            Named::Nobody => false,
        });
        let by_statement = self.of_statement.get(cited.digest()).into_iter().flatten();
        let citing: Vec<_> = by_document.chain(by_statement).copied().collect();
        let own = citing.iter().filter(|record| !is_copy(record));
        let documents: BTreeSet<DocumentRef> = own.filter_map(|of| document_of(of)).collect();
        let copies = documents.iter().flat_map(|of| self.evidence.by_document(of));
        copies.chain(citing).map(|of| (of.index(), of)).collect()
    }

    /// Who means this record by the name of its document. A copy stands for the document only where
    /// its issuer's own record is not there, and only to whoever made it.
    fn named(&self, cited: &Record) -> Named {
        if !is_copy(cited) {
            return Named::Everybody;
        }
        let document = document_of(cited);
        let mut records = document.iter().flat_map(|of| self.evidence.by_document(of));
        match self.signer(cited) {
            Some(signer) if records.all(|record| is_copy(record)) => Named::Signer(signer),
            _ => Named::Nobody,
        }
    }

    /// Who signed a record, by primary URI.
    fn signer(&self, record: &Record) -> Option<OperatorUri> {
        let header = record.statement()?.header();
        let signer = match &header.transcription {
            Some(transcription) => Some(&transcription.by),
            None => header.issuer.operator.operator(),
        };
        Some(holder(self.evidence, signer?))
    }
}

/// Whether somebody else than its issuer signed a record.
fn is_copy(record: &Record) -> bool {
    record.statement().is_some_and(|of| of.header().transcription.is_some())
}

fn document_of(record: &Record) -> Option<DocumentRef> {
    record.statement()?.header().document_ref()
}
