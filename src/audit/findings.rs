//! The report while it is being written, and the files while they are being read.

use std::collections::{BTreeMap, BTreeSet};

use crate::audit::detail::Detail;
use crate::audit::fallen::FallenListing;
use crate::audit::report::{AuditReport, Finding, Observation, Place};
use crate::audit::rule::{Remark, Rule};
use crate::audit::source::{FILE_BYTES_MAX, LogSource, SourceError};

/// How many findings and fallen listings a report holds, and how many observations of each kind:
/// enough for any person, and a hostile log can't fill memory with them. The kinds do not share a
/// limit, or a thousand withheld payloads would crowd out what a platform did.
const FINDINGS_MAX: usize = 1000;

/// A source and the report on it.
pub(super) struct Desk<'a> {
    source: &'a mut dyn LogSource,
    pub(super) report: AuditReport,
    observed: BTreeMap<Remark, usize>,
}

impl<'a> Desk<'a> {
    pub(super) fn new(source: &'a mut dyn LogSource, report: AuditReport) -> Self {
        Self { source, report, observed: BTreeMap::new() }
    }

    pub(super) fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        self.source.list()
    }

    /// Says which files are read next.
    pub(super) fn expect(&mut self, paths: impl Iterator<Item = String> + Send + 'static) {
        self.source.expect(Box::new(paths));
    }

    /// The bytes of a file, if it is there and of a size that a log has; nothing is said about it.
    pub(super) fn try_read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.source.read(path) {
            Err(SourceError::TooLarge { .. }) => Ok(None),
            other => other,
        }
    }

    /// The bytes of a file that the log must have. That it is missing, or beyond all measure, is a
    /// finding.
    pub(super) fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.source.read(path) {
            Ok(Some(bytes)) => {
                self.report.counts.files += 1;
                Ok(Some(bytes))
            }
            Ok(None) => {
                self.find(Rule::Missing, Place::file(path), Detail::NotThere);
                Ok(None)
            }
            Err(SourceError::TooLarge { found, .. }) => {
                let detail = Detail::TooLarge { found, expected: FILE_BYTES_MAX };
                self.find(Rule::Bundle, Place::file(path), detail);
                Ok(None)
            }
            Err(error @ SourceError::Unreadable { .. }) => Err(error),
        }
    }

    pub(super) fn find(&mut self, rule: Rule, place: Place, detail: Detail) {
        if self.is_full() {
            self.report.is_cut = true;
        } else {
            self.report.findings.push(Finding { rule, place, detail });
        }
    }

    pub(super) fn observe(&mut self, remark: Remark, place: Place, detail: Detail) {
        let observed = self.observed.entry(remark).or_default();
        if *observed >= FINDINGS_MAX {
            self.report.is_cut = true;
        } else {
            *observed += 1;
            self.report.observations.push(Observation { remark, place, detail });
        }
    }

    /// Adds a fallen listing; gives its row, unless the report is full.
    pub(super) fn fall(&mut self, listing: FallenListing) -> Option<usize> {
        let row = self.report.fallen_listings.len();
        if row >= FINDINGS_MAX {
            self.report.is_cut = true;
            return None;
        }
        self.report.fallen_listings.push(listing);
        Some(row)
    }

    /// Whether there is no point in looking on.
    pub(super) fn is_full(&self) -> bool {
        self.report.findings.len() >= FINDINGS_MAX
    }
}
