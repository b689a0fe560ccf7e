//! The records that a question calls for, each counted once, up to what one question may take in
//! memory: what others log must not decide how much that is.

use std::cell::RefCell;
use std::collections::BTreeSet;
use std::sync::Arc;

use crate::admission::Records;
use crate::attestation::HeaderId;
use crate::envelope::StatementDigest;
use crate::identifier::{Class, SubjectKey, SubjectUri};
use crate::ledger::ahead::Ahead;
use crate::ledger::view::{CHAIN_RECORDS_MAX, View};
use crate::ledger::view_error::ViewError;
use crate::merkle::EntryIndex;
use crate::policy::closure::ChainSource;
use crate::record::Record;

/// Memory for the records of one question, in bytes, as they weigh: that is at most. Some fifteen
/// thousand ordinary records, and a few questions at a time beside the records that are kept anyway.
pub const QUESTION_BYTES_MAX: usize = 256 << 20;

/// What the records of one question take so far.
#[derive(Debug, Default)]
pub(super) struct Weighed {
    counted: BTreeSet<EntryIndex>,
    bytes: usize,
}

impl Weighed {
    /// Counts a record that weighs this much. Whether it may be had: it may not if there is too much
    /// by now.
    pub(super) fn has_room(&mut self, index: EntryIndex, weight: usize) -> bool {
        if self.counted.insert(index) {
            self.bytes = self.bytes.saturating_add(weight);
        }
        self.bytes <= QUESTION_BYTES_MAX
    }
}

/// The chains of one question, out of a view.
#[derive(Debug)]
pub(super) struct Question<'a> {
    view: &'a View,
    weighed: Weighed,
}

impl<'a> Question<'a> {
    pub(super) fn new(view: &'a View) -> Self {
        Self { view, weighed: Weighed::default() }
    }
}

impl ChainSource for Question<'_> {
    type Error = ViewError;

    fn chain(&mut self, class: Class, subject: &SubjectUri) -> Result<Vec<Arc<Record>>, ViewError> {
        let (view, limit) = (self.view, QUESTION_BYTES_MAX);
        let record = |index| {
            let (record, weight) = view.shared.records.weighed(index, view.registry())?;
            let has_room = self.weighed.has_room(index, weight);
            if has_room { Ok(record) } else { Err(ViewError::RecordsTooLarge { limit }) }
        };
        view.history(class, subject)?.into_iter().map(record).collect()
    }
}

/// The records that judging one statement calls for, out of the log and what is ahead of it. The
/// sequencer has no such limit: what it judges, it has to judge.
#[derive(Debug)]
pub(super) struct StatementQuestion<'a> {
    ahead: &'a Ahead,
    weighed: RefCell<Weighed>,
}

impl<'a> StatementQuestion<'a> {
    pub(super) fn new(ahead: &'a Ahead) -> Self {
        Self { ahead, weighed: RefCell::default() }
    }
}

impl Records for StatementQuestion<'_> {
    type Error = ViewError;

    fn by_statement(&self, digest: &StatementDigest) -> Result<Option<Arc<Record>>, ViewError> {
        Ok(self.ahead.by_statement(digest)?)
    }

    fn chain(&self, class: Class, subject: &SubjectUri) -> Result<Vec<Arc<Record>>, ViewError> {
        let found = self.ahead.chain_len(&SubjectKey::of(class, subject));
        let limit = CHAIN_RECORDS_MAX;
        if found > limit as u64 {
            return Err(ViewError::ChainTooLong { found, limit });
        }
        let record = |index| {
            let (record, weight) = self.ahead.weighed(index)?;
            let limit = QUESTION_BYTES_MAX;
            let has_room = self.weighed.borrow_mut().has_room(index, weight);
            if has_room { Ok(record) } else { Err(ViewError::RecordsTooLarge { limit }) }
        };
        self.ahead.history(class, subject)?.into_iter().map(record).collect()
    }

    fn id_holder(&self, scope: &str, id: &HeaderId) -> Result<Option<EntryIndex>, ViewError> {
        Ok(self.ahead.id_holder(scope, id)?)
    }
}
