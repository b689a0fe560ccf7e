//! The subject map at rest: its rows, one for each link of each chain, so that the map of any size
//! of the log can be had again.

use crate::hash::Digest;
use crate::ledger::store_error::StoreError;
use crate::map::{MapKey, Row, SubjectMap};
use crate::merkle::EntryIndex;
use crate::storage::{MapRow, Storage, Table, row_key};

/// Rows read at once: 90 bytes each, so that a scan takes little memory and few calls.
const SCAN_ROWS: usize = 4096;

/// The map over the entries below `below`.
pub(super) fn read_map(storage: &dyn Storage, below: EntryIndex) -> Result<SubjectMap, StoreError> {
    let mut rows: Vec<(MapKey, Row)> = Vec::new();
    for_each(storage, Some(vec![0; 40]), None, |key, count, link| {
        if link.index < below.get() {
            // The links of a key come in order, so the last one below is the row.
            let row = Row { count, head: link.head };
            match rows.last_mut() {
                Some((last, kept)) if *last == key => *kept = row,
                _ => rows.push((key, row)),
            }
        }
        Ok(true)
    })?;
    SubjectMap::build(rows).map_err(|cause| StoreError::malformed("subject map", 0, cause))
}

/// The entries below `below` that feed `key`, in the order of the log; `None` if they are more than
/// `limit`.
pub(super) fn read_chain(
    storage: &dyn Storage,
    key: &MapKey,
    below: EntryIndex,
    limit: usize,
) -> Result<Option<Vec<EntryIndex>>, StoreError> {
    let until = row_key(key, u64::MAX);
    let mut indexes = Vec::new();
    for_each(storage, Some(row_key(key, 0).to_vec()), Some(&until), |_, count, link| {
        if link.index < below.get() {
            StoreError::expect_same("count of a row", &(indexes.len() as u64 + 1), &count)?;
            indexes.push(EntryIndex::new(link.index));
        }
        Ok(link.index < below.get() && indexes.len() <= limit)
    })?;
    Ok(if indexes.len() > limit { None } else { Some(indexes) })
}

/// Visits the rows from `from` on and before `until`, in order, until `visit` says to stop.
fn for_each(
    storage: &dyn Storage,
    mut from: Option<Vec<u8>>,
    until: Option<&[u8]>,
    mut visit: impl FnMut(MapKey, u64, MapRow) -> Result<bool, StoreError>,
) -> Result<(), StoreError> {
    while let Some(start) = from.take() {
        let pairs = storage.scan(Table::Rows, &start, until, SCAN_ROWS)?;
        for (key, value) in &pairs {
            let (key, count) = split_key(key)?;
            let link = MapRow::decode(value)
                .map_err(|cause| StoreError::malformed("row", count, cause))?;
            if !visit(key, count, link)? {
                return Ok(());
            }
        }
        if pairs.len() == SCAN_ROWS {
            from = pairs.last().and_then(|(key, _)| successor(key));
        }
    }
    Ok(())
}

fn split_key(key: &[u8]) -> Result<(MapKey, u64), StoreError> {
    let parts = key.split_first_chunk::<32>().and_then(|(subject, count)| {
        Some((Digest::new(*subject), u64::from_be_bytes(count.try_into().ok()?)))
    });
    parts.ok_or(StoreError::Missing { what: "row with a key of bytes", index: key.len() as u64 })
}

/// The next key of the same length; none after the last one.
pub(super) fn successor(key: &[u8]) -> Option<Vec<u8>> {
    let mut next = key.to_vec();
    for byte in next.iter_mut().rev() {
        *byte = byte.wrapping_add(1);
        if *byte != 0 {
            return Some(next);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_after_a_key_is_the_least_above_it() {
        assert_eq!(successor(&[0, 0]), Some(vec![0, 1]));
        assert_eq!(successor(&[0, 255]), Some(vec![1, 0]));
        assert_eq!(successor(&[255, 255]), None);
    }
}
