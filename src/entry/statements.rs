//! Which entry has which statement, so that none is admitted twice.

use std::collections::HashMap;
use std::sync::Arc;

use crate::envelope::StatementDigest;
use crate::merkle::EntryIndex;

/// The statements of a log as far as it has been read. A clone shares what was settled: a log may
/// have millions, and what is read on trial is few.
#[derive(Clone, Debug, Default)]
pub(super) struct Statements {
    settled: Arc<HashMap<StatementDigest, EntryIndex>>,
    recent: HashMap<StatementDigest, EntryIndex>,
}

impl Statements {
    /// The entry that has this statement.
    pub(super) fn entry_of(&self, statement: &StatementDigest) -> Option<EntryIndex> {
        self.recent.get(statement).or_else(|| self.settled.get(statement)).copied()
    }

    /// Takes a statement; the entry that has it already is the error.
    pub(super) fn insert(
        &mut self,
        statement: StatementDigest,
        index: EntryIndex,
    ) -> Result<(), EntryIndex> {
        if let Some(before) = self.entry_of(&statement) {
            return Err(before);
        }
        self.recent.insert(statement, index);
        Ok(())
    }

    /// Puts what is recent with the rest, unless a clone still shares that.
    pub(super) fn settle(&mut self) {
        if let Some(settled) = Arc::get_mut(&mut self.settled) {
            settled.extend(self.recent.drain());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digest;

    #[test]
    fn a_clone_shares_what_was_settled_and_goes_its_own_way() {
        let statement = |number: u8| StatementDigest::new(Digest::of(&[number]));
        let (one, two) = (EntryIndex::new(1), EntryIndex::new(2));
        let mut statements = Statements::default();
        assert_eq!(statements.insert(statement(1), one), Ok(()));
        statements.settle();
        let mut trial = statements.clone();
        assert_eq!(trial.insert(statement(1), two), Err(one));
        assert_eq!(trial.insert(statement(2), two), Ok(()));
        // Shared, so that nothing is settled now, and nothing lost.
        trial.settle();
        assert_eq!((statements.entry_of(&statement(2)), trial.recent.len()), (None, 1));
        drop(statements);
        trial.settle();
        assert_eq!((trial.entry_of(&statement(2)), trial.recent.len()), (Some(two), 0));
        assert_eq!(trial.entry_of(&statement(1)), Some(one));
    }
}
