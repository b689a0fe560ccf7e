//! The document that is asked about, as a person names it, and which records of the log that is.

use std::collections::BTreeSet;
use std::str::FromStr;
use std::sync::Arc;

use crate::attestation::{DocumentRef, Header, PredicateKind, Statement};
use crate::encoding::decimal_decode;
use crate::envelope::StatementDigest;
use crate::identifier::{DocumentUri, IdentifierError, OperatorUri};
use crate::merkle::EntryIndex;
use crate::policy::Evidence;
use crate::record::Record;

/// A document, as a person names it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DocumentName {
    /// By a statement of it, which names one version.
    Statement(StatementDigest),
    /// By the entry of such a statement.
    Entry(EntryIndex),
    /// By issuer and number; the version may be left out if there is only one.
    Document {
        /// Issuer and number. The issuer may be given by any of its names.
        uri: DocumentUri,
        /// The version.
        version: Option<String>,
    },
}

/// Why a text names no document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NameError {
    /// Neither of the three forms.
    #[error(
        "{found:?} names no document: expected the SHA-256 of a statement, the index of an entry, or \
         urn:probant:document:…"
    )]
    Form {
        /// The text, cut after 80 characters.
        found: String,
    },
    /// It looks like the URI of a document, and is none.
    #[error(transparent)]
    Uri(#[from] IdentifierError),
}

/// Why nothing can be said of what rests on a document.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RelianceError {
    /// The log holds no such statement.
    #[error("no statement in this log is {statement}")]
    Statement {
        /// The statement.
        statement: StatementDigest,
    },
    /// The entry is none, or holds no attestation.
    #[error("entry {index} holds no attestation in this log of {entries} entries")]
    Entry {
        /// The entry.
        index: EntryIndex,
        /// How many entries there are.
        entries: u64,
    },
    /// The log neither holds the document nor a record that cites it.
    #[error("no record in this log is or cites {uri}")]
    Document {
        /// The document.
        uri: DocumentUri,
    },
    /// It has several versions.
    #[error("{uri} has the versions {}: name one of them", versions.join(", "))]
    Versions {
        /// The document.
        uri: DocumentUri,
        /// Its versions. Sorted.
        versions: Vec<String>,
    },
    /// None of its versions is the one that is asked for.
    #[error("{uri} has no version {version:?} in this log, but {}", versions.join(", "))]
    Version {
        /// The document.
        uri: DocumentUri,
        /// The version that was asked for.
        version: String,
        /// Those that there are. Sorted.
        versions: Vec<String>,
    },
    /// The record is of a kind that nothing rests on by citing it.
    #[error("entry {index} is of kind {}: what rests on that can't be told by what cites it", kind.name())]
    Kind {
        /// The entry.
        index: EntryIndex,
        /// Its kind.
        kind: PredicateKind,
    },
    /// The record's payload is not here.
    #[error("the payload of entry {index} is not here: name the document by issuer and number")]
    Gone {
        /// The entry.
        index: EntryIndex,
    },
}

/// The document that is asked about.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    /// Its issuer, by the primary URI, number and version; `None` of a record that is no document.
    pub(super) document: Option<DocumentRef>,
    /// Every record of it: the issuer's own and copies, in the order of the log.
    pub(super) records: Vec<Arc<Record>>,
}

impl DocumentName {
    /// The document to which an issuer gave a number.
    pub fn of_issuer(
        issuer: &OperatorUri,
        number: &str,
        version: Option<String>,
    ) -> Result<Self, NameError> {
        Ok(Self::Document { uri: DocumentUri::new(issuer, number)?, version })
    }

    /// Finds it among the records of a log.
    pub(super) fn find(&self, evidence: &Evidence) -> Result<Asked, RelianceError> {
        match self {
            Self::Statement(statement) => {
                let record = evidence.by_statement(statement);
                of_record(
                    evidence,
                    record.ok_or(RelianceError::Statement { statement: *statement })?,
                )
            }
            Self::Entry(index) => {
                let entries = evidence.as_of().size.get();
                let record = evidence.record(*index);
                of_record(evidence, record.ok_or(RelianceError::Entry { index: *index, entries })?)
            }
            Self::Document { uri, version } => {
                of_document(evidence, &version_of(evidence, uri, version.as_deref())?)
            }
        }
    }
}

impl FromStr for DocumentName {
    type Err = NameError;

    fn from_str(text: &str) -> Result<Self, NameError> {
        let text = text.trim();
        if text.starts_with("urn:") {
            return Ok(Self::Document { uri: text.parse()?, version: None });
        }
        if let Ok(statement) = text.strip_prefix("sha256:").unwrap_or(text).parse() {
            return Ok(Self::Statement(statement));
        }
        let index = decimal_decode(text).map(EntryIndex::new);
        let found = || text.chars().take(80).collect();
        index.map(Self::Entry).ok_or_else(|| NameError::Form { found: found() })
    }
}

/// A reference with the issuer's primary URI: whoever cites may name it by another.
pub(super) fn primary(evidence: &Evidence, document: &DocumentRef) -> DocumentRef {
    let issuer = holder(evidence, &document.issuer);
    DocumentRef { issuer, ..document.clone() }
}

pub(super) fn holder(evidence: &Evidence, operator: &OperatorUri) -> OperatorUri {
    let end = EntryIndex::new(u64::MAX);
    evidence.registry().name_holder(operator, end).unwrap_or(operator).clone()
}

fn of_record(evidence: &Evidence, record: &Arc<Record>) -> Result<Asked, RelianceError> {
    let index = record.index();
    let statement = record.statement().ok_or(RelianceError::Gone { index })?;
    expect_evidence(record, statement)?;
    match statement.header().document_ref() {
        Some(document) => of_document(evidence, &document),
        None => Ok(Asked { document: None, records: vec![Arc::clone(record)] }),
    }
}

fn of_document(evidence: &Evidence, document: &DocumentRef) -> Result<Asked, RelianceError> {
    let records: Vec<Arc<Record>> = evidence
        .records()
        .filter(|record| {
            let header = record.statement().map(Statement::header);
            header.and_then(Header::document_ref).as_ref() == Some(document)
        })
        .cloned()
        .collect();
    for record in &records {
        record.statement().map_or(Ok(()), |statement| expect_evidence(record, statement))?;
    }
    Ok(Asked { document: Some(document.clone()), records })
}

fn expect_evidence(record: &Record, statement: &Statement) -> Result<(), RelianceError> {
    let (index, kind) = (record.index(), statement.kind());
    if kind.has_status() { Ok(()) } else { Err(RelianceError::Kind { index, kind }) }
}

/// The version that is meant, of those that are in the log or cited there.
fn version_of(
    evidence: &Evidence,
    uri: &DocumentUri,
    version: Option<&str>,
) -> Result<DocumentRef, RelianceError> {
    let uri = DocumentUri::of(&holder(evidence, uri.issuer()), uri.number());
    let statements = evidence.records().filter_map(|record| record.statement());
    let all: BTreeSet<DocumentRef> = statements
        .flat_map(|statement| {
            let own = statement.header().document_ref();
            let cited = statement.citations().filter_map(|citation| citation.document);
            own.into_iter().chain(cited.map(|document| primary(evidence, document)))
        })
        .filter(|document| document.uri() == uri)
        .collect();
    let versions = || all.iter().map(|of| of.version.clone()).collect();
    match (version, all.len()) {
        (_, 0) => Err(RelianceError::Document { uri }),
        (Some(version), _) => {
            let found = all.iter().find(|of| of.version == version).cloned();
            let versions = versions();
            found.ok_or_else(|| RelianceError::Version {
                uri,
                version: version.to_owned(),
                versions,
            })
        }
        (None, 1) => all.iter().next().cloned().ok_or(RelianceError::Document { uri }),
        (None, _) => Err(RelianceError::Versions { uri, versions: versions() }),
    }
}
