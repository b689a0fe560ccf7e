//! Which subject chains a statement feeds: a pure function of the statement.

use std::collections::BTreeSet;

use crate::identifier::{Class, SubjectKey, SubjectUri};

/// The most subject keys that one attestation may feed.
pub const SUBJECT_KEYS_MAX: usize = 1000;

/// How a statement can move a verdict, and so which classes of chains it feeds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Effect {
    /// It can only support one.
    Supports,
    /// It can worsen one, or undoes something that did.
    Adverse,
    /// It is a concern: it feeds its subjects in class concerns only.
    Concern,
}

/// What decides which subject chains a statement feeds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Feed {
    /// The statement's `subject`.
    pub subjects: Vec<SubjectUri>,
    /// The document that it issues, the documents that it targets, and every operator and key whose
    /// standing it changes.
    pub besides: Vec<SubjectUri>,
    /// How it can move a verdict.
    pub effect: Effect,
}

impl Feed {
    /// The keys, strictly ascending.
    pub fn keys(&self) -> BTreeSet<SubjectKey> {
        self.chains().into_iter().map(|(class, uri)| SubjectKey::of(class, &uri)).collect()
    }

    /// The same, by class and URI.
    pub fn chains(&self) -> BTreeSet<(Class, SubjectUri)> {
        if self.effect == Effect::Concern {
            return self.subjects.iter().map(|uri| (Class::Concerns, uri.clone())).collect();
        }
        let mut chains = BTreeSet::new();
        for uri in self.subjects.iter().chain(&self.besides) {
            chains.insert((Class::All, uri.clone()));
            if self.effect == Effect::Adverse {
                chains.insert((Class::Adverse, uri.clone()));
            }
        }
        if self.effect == Effect::Adverse {
            // So that a model's adverse chain lists every recall of any of its batches.
            for product in self.subjects.iter().filter_map(SubjectUri::as_product) {
                let ancestors = product.ancestors().into_iter().map(SubjectUri::from);
                chains.extend(ancestors.map(|uri| (Class::Adverse, uri)));
            }
        }
        chains
    }

    /// How many keys a change to this statement's status would feed: so that every record can be
    /// withdrawn, this too must stay within [`SUBJECT_KEYS_MAX`].
    pub fn status_change_keys(&self) -> usize {
        let besides = self.besides.clone();
        Self { subjects: self.subjects.clone(), besides, effect: Effect::Adverse }.chains().len()
    }
}
