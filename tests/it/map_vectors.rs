//! `vectors/map.json`: sets of rows with their roots and proofs, a chain, and updates.

use std::collections::BTreeMap;

use probant::hash::Digest;
use probant::map::{
    ChainHead, Lookup, MapKey, MapProof, Row, SubjectMap, Terminal, chain_start, chain_step,
    map_leaf,
};
use probant::merkle::EntryIndex;
use serde::Deserialize;

#[derive(Deserialize)]
struct Vectors {
    map_leaf_example: LeafExample,
    chain: Chain,
    sets: Vec<Set>,
    transitions: Vec<Transition>,
}

#[derive(Deserialize)]
struct LeafExample {
    #[serde(flatten)]
    row: KeyRow,
    leaf: Digest,
}

#[derive(Deserialize)]
struct KeyRow {
    key: MapKey,
    count: u64,
    head: Digest,
}

#[derive(Deserialize)]
struct Chain {
    origin: String,
    key: MapKey,
    start: Digest,
    steps: Vec<Step>,
}

#[derive(Deserialize)]
struct Step {
    i: u64,
    entry_index: u64,
    leaf_hash: Digest,
    head: Digest,
}

#[derive(Deserialize)]
struct Set {
    what: String,
    rows: Vec<KeyRow>,
    root: Digest,
    proofs: Vec<Proof>,
}

#[derive(Deserialize)]
struct Proof {
    key: MapKey,
    terminal: String,
    depth: usize,
    #[serde(rename = "proof_hex")]
    hex: String,
    row: Option<CountHead>,
}

#[derive(Deserialize)]
struct CountHead {
    count: u64,
    head: Digest,
}

#[derive(Deserialize)]
struct Transition {
    old: String,
    updates: Vec<KeyRow>,
    old_root: Digest,
    new_root: Digest,
}

fn vectors() -> Vectors {
    serde_json::from_str(include_str!("../vectors/map.json")).unwrap()
}

fn rows(listed: &[KeyRow]) -> BTreeMap<MapKey, Row> {
    let rows: BTreeMap<_, _> =
        listed.iter().map(|row| (row.key, Row { count: row.count, head: row.head })).collect();
    assert_eq!(rows.len(), listed.len(), "a key is listed twice");
    rows
}

#[test]
fn leaves_and_chains_hash_as_published() {
    let Vectors { map_leaf_example: LeafExample { row, leaf }, chain, .. } = vectors();
    assert_eq!(map_leaf(&row.key, &Row { count: row.count, head: row.head }), leaf);

    assert_eq!(chain_start(&chain.origin, &chain.key), chain.start);
    let mut folded = ChainHead::start(&chain.origin, &chain.key);
    let mut previous = chain.start;
    for step in &chain.steps {
        let index = EntryIndex::new(step.entry_index);
        assert_eq!(chain_step(step.i, index, &step.leaf_hash, &previous), step.head);
        folded.push(index, &step.leaf_hash);
        assert_eq!(folded.row(), Some(Row { count: step.i, head: step.head }));
        previous = step.head;
    }
    assert_eq!(folded.count(), 4);
}

#[test]
fn sets_have_the_published_roots_and_proofs() {
    let vectors = vectors();
    assert_eq!(vectors.sets.len(), 8);
    for set in &vectors.sets {
        let map = SubjectMap::build(rows(&set.rows)).unwrap();
        assert_eq!(map.root(), set.root, "{}", set.what);
        for expected in &set.proofs {
            let case = format!("{}, {}", set.what, expected.key);
            let bytes = hex::decode(&expected.hex).unwrap();
            let proof = MapProof::decode(&bytes).unwrap();
            assert_eq!(map.prove(&expected.key), proof, "{case}");
            assert_eq!(proof.encode(), bytes, "{case}");
            assert_eq!(proof.depth(), expected.depth, "{case}");
            let terminal = match proof.terminal() {
                Terminal::Match(_) => "match",
                Terminal::Other(..) => "other",
                Terminal::Empty => "empty",
            };
            assert_eq!(terminal, expected.terminal, "{case}");
            let lookup = match &expected.row {
                Some(row) => Lookup::Present(Row { count: row.count, head: row.head }),
                None => Lookup::Absent,
            };
            assert_eq!(proof.verify(&expected.key, &set.root), Ok(lookup), "{case}");
        }
    }
}

#[test]
fn updates_lead_from_root_to_root() {
    let vectors = vectors();
    assert_eq!(vectors.transitions.len(), 6);
    for transition in &vectors.transitions {
        let set = vectors.sets.iter().find(|set| set.what == transition.old).unwrap();
        let old = SubjectMap::build(rows(&set.rows)).unwrap();
        assert_eq!(old.root(), transition.old_root, "{}", transition.old);
        let new = old.updated(&rows(&transition.updates));
        assert_eq!(new.root(), transition.new_root, "{}", transition.old);
        assert_eq!(old.root(), transition.old_root, "{}", transition.old);
    }
}
