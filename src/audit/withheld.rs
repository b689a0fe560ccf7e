//! What may be withheld from a reader: verdicts and listings alone (conformity.md, ruling 20).
//! Their entries are told apart by the chains that they stand in.

use crate::audit::kept::KeptRecords;
use crate::identifier::{Class, SubjectKey, SubjectKind, SubjectUri};
use crate::record::Record;

/// A verdict stands in the chain of its listing's document, and in that of its own if it is one.
const CHAINS_MAX: usize = 2;

/// Why a record whose payload is withheld is neither a verdict nor a listing, as far as its entry
/// and all other records tell; `None` if it may be one.
pub(super) fn fault(record: &Record, records: &KeptRecords) -> Option<String> {
    let found = record.keys().len();
    if found > CHAINS_MAX {
        return Some(format!(
            "withheld, and it stands in {found} chains: a verdict or a listing in {CHAINS_MAX} at \
             most"
        ));
    }
    record.keys().iter().find_map(|key| {
        let (class, uri) = chain_of(key, records)?;
        if class != Class::All || uri.kind() != SubjectKind::Document {
            let message = format!("withheld, and it is one of the {class} records on {uri}");
            return Some(message);
        }
        let is_adverse = record.feeds(&SubjectKey::of(Class::Adverse, &uri));
        is_adverse.then(|| format!("withheld, and it is an adverse record on {uri}"))
    })
}

/// Which chain has this key, if a record in it can be read.
fn chain_of(key: &SubjectKey, records: &KeptRecords) -> Option<(Class, SubjectUri)> {
    let statement = records.of_key(key).iter().find_map(|record| record.statement())?;
    let mut chains = statement.feed().chains().into_iter();
    chains.find(|(class, uri)| SubjectKey::of(*class, uri) == *key)
}
