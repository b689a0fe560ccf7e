//! What may be withheld from a reader: verdicts and listings alone (conformity.md, ruling 20).
//! Their entries are told apart by the chains that they stand in.

use std::collections::HashMap;

use crate::audit::detail::Detail;
use crate::audit::kept::KeptRecords;
use crate::identifier::{Class, SubjectKey, SubjectKind, SubjectUri};
use crate::record::Record;

/// A verdict stands in the chain of its listing's document, and in that of its own if it is one.
const CHAINS_MAX: usize = 2;

/// What the records of a whole log tell of those that are withheld.
#[derive(Debug)]
pub(super) struct Withheld<'a> {
    records: &'a KeptRecords,
    /// Which chain a key is of, as far as it was asked: one listing may have any number of records.
    chains: HashMap<SubjectKey, Option<(Class, SubjectUri)>>,
}

impl<'a> Withheld<'a> {
    pub(super) fn new(records: &'a KeptRecords) -> Self {
        Self { records, chains: HashMap::new() }
    }

    /// Why a record whose payload is withheld is neither a verdict nor a listing, as far as its
    /// entry and all other records tell; `None` if it may be one.
    pub(super) fn fault(&mut self, record: &Record) -> Option<Detail> {
        let found = record.keys().len();
        if found > CHAINS_MAX {
            return Some(Detail::WithheldChains { found, expected: CHAINS_MAX });
        }
        record.keys().iter().find_map(|key| {
            let (class, uri) = self.chain_of(key)?;
            if *class != Class::All || uri.kind() != SubjectKind::Document {
                return Some(Detail::WithheldClass { class: *class, subject: uri.clone() });
            }
            let is_adverse = record.feeds(&SubjectKey::of(Class::Adverse, uri));
            is_adverse.then(|| Detail::WithheldAdverse { subject: uri.clone() })
        })
    }

    /// Which chain has this key, if a record in it can be read.
    fn chain_of(&mut self, key: &SubjectKey) -> Option<&(Class, SubjectUri)> {
        let records = self.records;
        let chain = self.chains.entry(*key).or_insert_with(|| {
            let statement = records.of_key(key).iter().find_map(|record| record.statement())?;
            let mut chains = statement.feed().chains().into_iter();
            chains.find(|(class, uri)| SubjectKey::of(*class, uri) == *key)
        });
        chain.as_ref()
    }
}
