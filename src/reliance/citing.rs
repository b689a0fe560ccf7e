//! Records that cite a document, and those that cite them.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use crate::attestation::DocumentRef;
use crate::envelope::StatementDigest;
use crate::merkle::EntryIndex;
use crate::policy::Evidence;
use crate::record::Record;
use crate::reliance::name::{Asked, primary};

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
        for (index, record) in citing.of_record(cited) {
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

    /// The records that cite this one, or the document that it is a record of; and other records of
    /// the same documents, which say the same.
    fn of_record(&self, cited: &Record) -> BTreeMap<EntryIndex, &'a Arc<Record>> {
        let by_document = document_of(cited).and_then(|document| self.of_document.get(&document));
        let by_statement = self.of_statement.get(cited.digest());
        let citing: Vec<_> = by_document.into_iter().chain(by_statement).flatten().collect();
        let documents = citing.iter().filter_map(|record| document_of(record));
        let others = documents.collect::<BTreeSet<_>>().into_iter();
        let others = others.flat_map(|of| self.evidence.by_document(&of).collect::<Vec<_>>());
        others.chain(citing.iter().copied().copied()).map(|of| (of.index(), of)).collect()
    }
}

fn document_of(record: &Record) -> Option<DocumentRef> {
    record.statement()?.header().document_ref()
}
