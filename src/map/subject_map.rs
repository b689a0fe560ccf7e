//! The subject map: a row for each subject key, and one root over all of them. A function of the
//! set of rows alone, whatever the order in which they came.

use std::collections::BTreeMap;

use crate::hash::Digest;
use crate::map::hashing::{MapKey, Row, bit, common_prefix};
use crate::map::proof::{MapProof, Terminal};
use crate::map::tree::Tree;

/// All rows under one root. Cheap to clone; a clone keeps what it holds while the other one is
/// updated, since nodes are shared and never change.
#[derive(Clone, Debug, Default)]
pub struct SubjectMap {
    tree: Option<Tree>,
    len: u64,
}

/// Rows that make up no map.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RowsError {
    /// Rows out of order, or a key twice.
    #[error("key {found} follows {before}: rows are expected in strictly ascending order")]
    Order {
        /// The key before.
        before: MapKey,
        /// The key that is not above it.
        found: MapKey,
    },
    /// A chain without entries has no row.
    #[error("row of key {key} has count 0: expected at least 1")]
    ZeroCount {
        /// The row's key.
        key: MapKey,
    },
}

impl SubjectMap {
    /// The map without rows.
    pub const fn new() -> Self {
        Self { tree: None, len: 0 }
    }

    /// The map of `rows`, in strictly ascending order of their keys.
    pub fn build(rows: impl IntoIterator<Item = (MapKey, Row)>) -> Result<Self, RowsError> {
        let rows: Vec<(MapKey, Row)> = rows.into_iter().collect();
        let mut before = None;
        for (key, row) in &rows {
            if let Some(before) = before.replace(*key).filter(|before| before >= key) {
                return Err(RowsError::Order { before, found: *key });
            }
            if row.count == 0 {
                return Err(RowsError::ZeroCount { key: *key });
            }
        }
        Ok(Self { tree: Tree::build(0, &rows), len: rows.len() as u64 })
    }

    /// Puts all of `rows` in, each in place of the one that its key had. One pass: every node that
    /// changes is hashed once.
    ///
    /// # Panics
    /// If a row has count 0: a chain without entries has none.
    pub fn update(&mut self, rows: &BTreeMap<MapKey, Row>) {
        assert!(rows.values().all(|row| row.count > 0), "a row with count 0");
        let rows: Vec<(MapKey, Row)> = rows.iter().map(|(key, row)| (*key, *row)).collect();
        let mut replaced = 0;
        self.tree = match &self.tree {
            Some(tree) => tree.put(0, &rows, &mut replaced),
            None => Tree::build(0, &rows),
        };
        self.len += rows.len() as u64 - replaced;
    }

    /// The map after [`Self::update`]; this one stays as it is.
    #[must_use]
    pub fn updated(&self, rows: &BTreeMap<MapKey, Row>) -> Self {
        let mut map = self.clone();
        map.update(rows);
        map
    }

    /// The row of `key`.
    pub fn get(&self, key: &MapKey) -> Option<Row> {
        let mut tree = self.tree.as_ref()?;
        loop {
            tree = match tree {
                Tree::Leaf(leaf) => return (leaf.key == *key).then_some(leaf.row),
                Tree::Branch(branch) if bit(key, branch.depth) => &branch.right,
                Tree::Branch(branch) => &branch.left,
            };
        }
    }

    /// How many keys the map holds.
    pub const fn len(&self) -> u64 {
        self.len
    }

    /// Whether the map holds no key.
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// The map root, [`Digest::ZERO`] for the empty map.
    pub fn root(&self) -> Digest {
        self.tree.as_ref().map_or(Digest::ZERO, Tree::hash)
    }

    /// Proof of the row of `key`, or that it has none.
    pub fn prove(&self, key: &MapKey) -> MapProof {
        let mut siblings = Vec::new();
        let mut next = self.tree.as_ref();
        let terminal = loop {
            match next {
                None => break Terminal::Empty,
                Some(Tree::Leaf(leaf)) if leaf.key == *key => break Terminal::Match(leaf.row),
                Some(Tree::Leaf(leaf)) => break Terminal::Other(leaf.key, leaf.row),
                Some(Tree::Branch(branch)) => {
                    let shared = common_prefix(key, &branch.sample);
                    if shared < branch.depth {
                        // The key parts from all keys here, on an otherwise empty side.
                        siblings.resize(shared, Digest::ZERO);
                        siblings.push(branch.hash_from(shared + 1));
                        break Terminal::Empty;
                    }
                    siblings.resize(branch.depth, Digest::ZERO);
                    let is_right = bit(key, branch.depth);
                    let (on_path, beside) = if is_right {
                        (&branch.right, &branch.left)
                    } else {
                        (&branch.left, &branch.right)
                    };
                    siblings.push(beside.hash());
                    next = Some(on_path);
                }
            }
        };
        siblings.reverse();
        MapProof::new(siblings, terminal)
    }

    /// All rows, in ascending order of their keys.
    pub fn rows(&self) -> impl Iterator<Item = (MapKey, Row)> {
        let mut pending: Vec<&Tree> = self.tree.iter().collect();
        std::iter::from_fn(move || {
            loop {
                match pending.pop()? {
                    Tree::Leaf(leaf) => return Some((leaf.key, leaf.row)),
                    Tree::Branch(branch) => pending.extend([&branch.right, &branch.left]),
                }
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use proptest::collection::vec;
    use proptest::prelude::*;

    use super::*;
    use crate::map::hashing::{map_leaf, map_node};
    use crate::map::proof::Lookup;

    /// formats.md, section 1, word for word.
    fn naive_root(rows: &[(MapKey, Row)], depth: usize) -> Digest {
        match rows {
            [] => Digest::ZERO,
            [(key, row)] => map_leaf(key, row),
            _ => {
                let (ones, zeros): (Vec<_>, Vec<_>) =
                    rows.iter().copied().partition(|(key, _)| bit(key, depth));
                map_node(&naive_root(&zeros, depth + 1), &naive_root(&ones, depth + 1))
            }
        }
    }

    /// Keys of few different bytes, so that long common prefixes and long gaps are frequent.
    fn key() -> impl Strategy<Value = MapKey> {
        let tail = prop_oneof![Just(0_u8), Just(1), Just(2), Just(128)];
        let prefix = prop_oneof![Just(0_usize), Just(1), Just(17), Just(31)];
        (any::<bool>(), prefix, any::<u8>(), tail).prop_map(|(is_high, place, byte, tail)| {
            let mut bytes = [if is_high { 0xff } else { 0 }; 32];
            bytes[place] ^= byte;
            bytes[31] ^= tail;
            Digest::new(bytes)
        })
    }

    fn rows() -> impl Strategy<Value = BTreeMap<MapKey, Row>> {
        let row =
            (1_u8..4).prop_map(|count| Row { count: count.into(), head: Digest::of(&[count]) });
        proptest::collection::btree_map(key(), row, 0..40)
    }

    fn build(rows: &BTreeMap<MapKey, Row>) -> SubjectMap {
        SubjectMap::build(rows.clone()).unwrap()
    }

    proptest! {
        #[test]
        fn the_root_is_that_of_the_definition(rows in rows()) {
            let map = build(&rows);
            let listed: Vec<_> = rows.clone().into_iter().collect();
            prop_assert_eq!(map.root(), naive_root(&listed, 0));
            prop_assert_eq!(map.len(), rows.len() as u64);
            prop_assert_eq!(map.rows().collect::<Vec<_>>(), listed);
        }

        #[test]
        fn updates_lead_where_building_anew_does(first in rows(), second in rows()) {
            let mut all = first.clone();
            all.extend(second.iter().map(|(key, row)| (*key, *row)));
            let (old, anew) = (build(&first), build(&all));
            let new = old.updated(&second);
            prop_assert_eq!(new.root(), anew.root());
            prop_assert_eq!(new.len(), anew.len());
            prop_assert_eq!(new.rows().collect::<Vec<_>>(), anew.rows().collect::<Vec<_>>());
            // The old version is still what it was.
            prop_assert_eq!(old.root(), build(&first).root());
            prop_assert_eq!(old.rows().collect::<BTreeMap<_, _>>(), first);

            let mut step_by_step = old;
            for (key, row) in &second {
                step_by_step.update(&BTreeMap::from([(*key, *row)]));
            }
            prop_assert_eq!(step_by_step.root(), anew.root());
        }

        #[test]
        fn every_key_is_proved_there_or_absent(rows in rows(), absent in vec(key(), 9)) {
            let map = build(&rows);
            for key in rows.keys().chain(&absent) {
                let expected = rows.get(key).map_or(Lookup::Absent, |row| Lookup::Present(*row));
                prop_assert_eq!(map.get(key), rows.get(key).copied());
                let proof = MapProof::decode(&map.prove(key).encode()).unwrap();
                prop_assert_eq!(&proof, &map.prove(key));
                prop_assert_eq!(proof.verify(key, &map.root()), Ok(expected));
            }
        }

        #[test]
        fn no_changed_byte_of_a_proof_is_accepted(rows in rows(), key in key(), flip in 1_u8..) {
            let map = build(&rows);
            let proof = map.prove(&key);
            let bytes = proof.encode();
            for place in 0..bytes.len() {
                let mut changed = bytes.clone();
                changed[place] ^= flip;
                if let Ok(other) = MapProof::decode(&changed) {
                    prop_assert_ne!(&other, &proof);
                    let verified = other.verify(&key, &map.root());
                    prop_assert!(verified.is_err(), "byte {} is idle", place);
                }
            }
        }
    }

    #[test]
    fn rows_out_of_order_or_empty_make_no_map() {
        let row = Row { count: 1, head: Digest::ZERO };
        let (low, high) = (Digest::new([1; 32]), Digest::new([2; 32]));
        let built = |rows: &[(MapKey, Row)]| SubjectMap::build(rows.to_vec()).unwrap_err();
        let descending = RowsError::Order { before: high, found: low };
        assert_eq!(built(&[(high, row), (low, row)]), descending);
        assert_eq!(built(&[(low, row), (low, row)]), RowsError::Order { before: low, found: low });
        let zero = Row { count: 0, ..row };
        assert_eq!(built(&[(low, row), (high, zero)]), RowsError::ZeroCount { key: high });
    }
}
