//! As much of a map as proofs of some keys show: enough for the root that it has once those keys
//! have other rows.

use std::collections::BTreeMap;

use crate::hash::Digest;
use crate::map::hashing::{MapKey, Row, bit, map_leaf, map_node};
use crate::map::proof::{Lookup, MapProof, MapProofError, Terminal};
use crate::map::tree::Tree;

/// A map of which some keys are proved, each under the same root.
#[derive(Clone, Debug)]
#[must_use = "proved keys are evidence; dropping them drops the check"]
pub struct PartialMap {
    root: Digest,
    proved: BTreeMap<MapKey, (MapProof, Lookup)>,
}

/// A key with its proof and the row that it is to have.
type Update<'a> = (MapKey, &'a MapProof, Row);

impl PartialMap {
    /// A map of which nothing is known but its root.
    pub const fn new(root: Digest) -> Self {
        Self { root, proved: BTreeMap::new() }
    }

    /// Verifies the proof of a key, keeps it, and says what the map holds for the key.
    pub fn prove(&mut self, key: MapKey, proof: MapProof) -> Result<Lookup, MapProofError> {
        let lookup = proof.verify(&key, &self.root)?;
        self.proved.insert(key, (proof, lookup));
        Ok(lookup)
    }

    /// What the map holds for a key, if that was proved.
    pub fn get(&self, key: &MapKey) -> Option<Lookup> {
        self.proved.get(key).map(|(_, lookup)| *lookup)
    }

    /// The root once `rows` are put in, each in place of the row that its key has or as a new one;
    /// `None` if one of the keys was not proved.
    pub fn root_with(&self, rows: &BTreeMap<MapKey, Row>) -> Option<Digest> {
        let updates = rows
            .iter()
            .map(|(key, row)| self.proved.get(key).map(|(proof, _)| (*key, proof, *row)))
            .collect::<Option<Vec<Update<'_>>>>()?;
        Some(if updates.is_empty() { self.root } else { root_with(0, &updates) })
    }
}

/// The hash of the subtree at `depth` in which all of `updates`, at least one, have their keys.
fn root_with(depth: usize, updates: &[Update<'_>]) -> Digest {
    let Some((key, proof, _)) = updates.first() else { return Digest::ZERO };
    // All proofs are of one tree, so where one search ends all of this subtree do.
    let Some(sibling) = proof.sibling(depth) else { return ended(depth, proof, updates) };
    let middle = updates.partition_point(|(key, ..)| !bit(key, depth));
    match updates.split_at(middle) {
        (zeros, ones) if !zeros.is_empty() && !ones.is_empty() => {
            map_node(&root_with(depth + 1, zeros), &root_with(depth + 1, ones))
        }
        _ if bit(key, depth) => map_node(&sibling, &root_with(depth + 1, updates)),
        _ => map_node(&root_with(depth + 1, updates), &sibling),
    }
}

/// The same where the subtree held one key at most.
fn ended(depth: usize, proof: &MapProof, updates: &[Update<'_>]) -> Digest {
    let mut rows: BTreeMap<MapKey, Row> = BTreeMap::new();
    // A key that matches is among the updates.
    if let Terminal::Other(key, row) = proof.terminal() {
        rows.insert(*key, *row);
    }
    rows.extend(updates.iter().map(|(key, _, row)| (*key, *row)));
    let rows: Vec<(MapKey, Row)> = rows.into_iter().collect();
    match rows.as_slice() {
        [(key, row)] => map_leaf(key, row),
        rows => Tree::build(depth, rows).map_or(Digest::ZERO, |tree| tree.hash()),
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::btree_map;
    use proptest::prelude::*;

    use super::*;
    use crate::map::subject_map::SubjectMap;

    /// Keys of few different bytes, so that long common prefixes and long gaps are frequent.
    fn key() -> impl Strategy<Value = MapKey> {
        let place = prop_oneof![Just(0_usize), Just(1), Just(17), Just(31)];
        (any::<bool>(), place, any::<u8>(), 0_u8..4).prop_map(|(is_high, place, byte, tail)| {
            let mut bytes = [if is_high { 0xff } else { 0 }; 32];
            bytes[place] ^= byte;
            bytes[31] ^= tail;
            Digest::new(bytes)
        })
    }

    fn rows(count: usize) -> impl Strategy<Value = BTreeMap<MapKey, Row>> {
        let row =
            (1_u8..4).prop_map(|count| Row { count: count.into(), head: Digest::of(&[count]) });
        btree_map(key(), row, 0..count)
    }

    fn proved(map: &SubjectMap, keys: impl IntoIterator<Item = MapKey>) -> PartialMap {
        let mut partial = PartialMap::new(map.root());
        for key in keys {
            let expected = map.get(&key).map_or(Lookup::Absent, Lookup::Present);
            assert_eq!(partial.prove(key, map.prove(&key)), Ok(expected));
            assert_eq!(partial.get(&key), Some(expected));
        }
        partial
    }

    proptest! {
        #[test]
        fn the_root_out_of_proofs_is_that_of_the_whole_map(
            before in rows(40),
            update in rows(20),
            more in rows(3),
        ) {
            let map = SubjectMap::build(before.clone()).unwrap();
            let mut changed = update;
            // Some keys of the map itself, so that rows are replaced as well.
            for (key, row) in before.iter().step_by(3) {
                changed.insert(*key, Row { count: row.count + 1, head: row.head });
            }
            // Keys that are proved and not changed make no difference.
            let keys = changed.keys().chain(more.keys()).copied();
            let partial = proved(&map, keys);
            prop_assert_eq!(partial.root_with(&changed), Some(map.updated(&changed).root()));
        }
    }

    #[test]
    fn a_key_that_was_not_proved_has_no_place() {
        let map = SubjectMap::build([]).unwrap();
        let row = Row { count: 1, head: Digest::ZERO };
        let (one, two) = (Digest::of(b"one"), Digest::of(b"two"));
        let partial = proved(&map, [one]);
        let root = partial.root_with(&BTreeMap::from([(one, row)]));
        assert_eq!(root, Some(map_leaf(&one, &row)));
        assert_eq!(partial.root_with(&BTreeMap::from([(one, row), (two, row)])), None);
        assert_eq!(partial.root_with(&BTreeMap::new()), Some(Digest::ZERO));
        let other = PartialMap::new(Digest::of(b"root")).prove(one, map.prove(&one));
        assert!(matches!(other, Err(MapProofError::Root { .. })), "{other:?}");
    }
}
