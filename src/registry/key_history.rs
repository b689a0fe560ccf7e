//! One key over time: whose it is, what for, since when, and how it ended.

use crate::attestation::{KeyRecord, PredicateKind};
use crate::identifier::OperatorUri;
use crate::key::{KeyId, PublicKey};
use crate::merkle::EntryIndex;
use crate::time::{Date, Timestamp};

/// Whose key it is. A key never changes hands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyOwner {
    /// An operator's, by its primary URI.
    Operator(OperatorUri),
    /// A registrar's.
    Registrar,
    /// The log's, which signs checkpoints and no attestation but the one that announces it.
    Log,
}

impl KeyOwner {
    /// The operator, if it is one's.
    pub const fn operator(&self) -> Option<&OperatorUri> {
        match self {
            Self::Operator(operator) => Some(operator),
            Self::Registrar | Self::Log => None,
        }
    }
}

/// A key as of an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyStanding {
    /// Its name.
    pub keyid: KeyId,
    /// The key itself.
    pub public_key: PublicKey,
    /// Whose it is.
    pub owner: KeyOwner,
    /// The entry that registered it: it counts in those after.
    pub since: EntryIndex,
    /// Names of the predicates that it may sign, or `*` for all.
    pub purposes: Vec<String>,
    /// The last day on which it counts; open if absent.
    pub until: Option<Date>,
    /// How it ended, if it did.
    pub ended: Option<KeyEnd>,
    /// Since when its signatures are in doubt, if they are.
    pub compromise: Option<Compromise>,
}

/// The end of a key: it does not count in the entries after.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct KeyEnd {
    /// The entry that ended it.
    pub index: EntryIndex,
    /// How.
    pub kind: KeyEndKind,
}

/// How a key ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyEndKind {
    /// Another replaced it.
    Rotated,
    /// It was revoked.
    Revoked,
    /// It was reported compromised.
    Compromised,
    /// Registrars removed it: one of theirs, or one of the log's.
    Removed,
}

/// A report that somebody else had the key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compromise {
    /// The first entry that reported it.
    pub notice: EntryIndex,
    /// Since when its signatures are in doubt: the earliest time that any report gives.
    pub suspect_from: Timestamp,
}

/// What a compromise means for one signature.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum KeyWindow {
    /// Nothing: there was none, or the entry stood in the ledger before the key was suspect.
    Sound,
    /// The entry lies between: in doubt until a new key reaffirms it; what is adverse counts.
    Suspect,
    /// The entry lies after the notice: the signature does not count.
    AfterNotice,
}

impl KeyStanding {
    /// Whether it may sign attestations of this kind at all.
    pub fn is_for(&self, kind: PredicateKind) -> bool {
        self.purposes.iter().any(|purpose| purpose == "*" || purpose == kind.name())
    }

    /// What is known of a compromise, applied to a signature in the entry at `index`, which the
    /// ledger took at `time`. Nothing can be backdated into the log, so only its own time counts.
    pub fn window(&self, time: Timestamp, index: EntryIndex) -> KeyWindow {
        match self.compromise {
            Some(compromise) if index > compromise.notice => KeyWindow::AfterNotice,
            Some(compromise) if time >= compromise.suspect_from => KeyWindow::Suspect,
            Some(_) | None => KeyWindow::Sound,
        }
    }
}

/// All that ever happened to a key, in the order of the log.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct KeyHistory {
    pub(super) public_key: PublicKey,
    pub(super) owner: KeyOwner,
    /// Registrations; a later one replaces purposes and term.
    terms: Vec<(EntryIndex, Vec<String>, Option<Date>)>,
    ends: Vec<KeyEnd>,
    compromises: Vec<Compromise>,
}

impl KeyHistory {
    pub(super) fn new(public_key: PublicKey, owner: KeyOwner) -> Self {
        let (ends, compromises) = (Vec::new(), Vec::new());
        Self { public_key, owner, terms: Vec::new(), ends, compromises }
    }

    pub(super) fn register(&mut self, index: EntryIndex, key: &KeyRecord) {
        self.terms.push((index, key.purposes.to_vec(), key.until));
    }

    pub(super) fn register_for_all(&mut self, index: EntryIndex) {
        self.terms.push((index, vec!["*".to_owned()], None));
    }

    pub(super) fn end(&mut self, index: EntryIndex, kind: KeyEndKind) {
        self.ends.push(KeyEnd { index, kind });
    }

    pub(super) fn compromise(&mut self, notice: EntryIndex, suspect_from: Timestamp) {
        self.compromises.push(Compromise { notice, suspect_from });
        self.end(notice, KeyEndKind::Compromised);
    }

    /// The standing that the entries before `at` give it; `None` before it is registered.
    pub(super) fn standing(&self, keyid: KeyId, at: EntryIndex) -> Option<KeyStanding> {
        let (since, ..) = self.terms.first().filter(|(index, ..)| *index < at)?;
        let (_, purposes, until) = self.terms.iter().rfind(|(index, ..)| *index < at)?;
        let compromises = self.compromises.iter().take_while(|of| of.notice < at);
        let compromise = compromises.copied().reduce(|first, later| Compromise {
            suspect_from: first.suspect_from.min(later.suspect_from),
            ..first
        });
        Some(KeyStanding {
            keyid,
            public_key: self.public_key,
            owner: self.owner.clone(),
            since: *since,
            purposes: purposes.clone(),
            until: *until,
            ended: self.ends.first().copied().filter(|end| end.index < at),
            compromise,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::key::{PrivateKey, Signer as _};

    fn at(index: u64) -> EntryIndex {
        EntryIndex::new(index)
    }

    fn ms(ms: u64) -> Timestamp {
        Timestamp::from_ms(ms).unwrap()
    }

    #[test]
    fn a_key_counts_between_the_entries_that_register_and_end_it() {
        let public_key = *PrivateKey::from_seed([1; 32]).public_key();
        let mut history = KeyHistory::new(public_key, KeyOwner::Registrar);
        history.register_for_all(at(5));
        history.end(at(9), KeyEndKind::Revoked);
        let standing = |index| history.standing(public_key.id(), at(index));
        assert_eq!(standing(5), None);
        assert_eq!(standing(6).unwrap().ended, None);
        // The entry that ends it was judged by what stood before.
        assert_eq!(standing(9).unwrap().ended, None);
        assert_eq!(standing(10).unwrap().ended.unwrap().kind, KeyEndKind::Revoked);
    }

    #[test]
    fn a_compromise_has_a_before_a_window_and_an_after() {
        let public_key = *PrivateKey::from_seed([1; 32]).public_key();
        let mut history = KeyHistory::new(public_key, KeyOwner::Registrar);
        history.register_for_all(at(1));
        history.compromise(at(20), ms(1000));
        let standing = history.standing(public_key.id(), at(30)).unwrap();
        for (index, time, expected) in [
            (2, 0, KeyWindow::Sound),
            (10, 999, KeyWindow::Sound),
            (11, 1000, KeyWindow::Suspect),
            (20, 2000, KeyWindow::Suspect),
            (21, 2000, KeyWindow::AfterNotice),
        ] {
            assert_eq!(standing.window(ms(time), at(index)), expected, "{index}");
        }
        let before = history.standing(public_key.id(), at(20)).unwrap();
        assert_eq!(before.window(ms(2000), at(20)), KeyWindow::Sound);

        history.compromise(at(25), ms(500));
        let widened = history.standing(public_key.id(), at(30)).unwrap();
        assert_eq!(widened.window(ms(600), at(5)), KeyWindow::Suspect);
        assert_eq!(widened.window(ms(600), at(21)), KeyWindow::AfterNotice);
    }
}
