//! Against an honest log no evidence can be made: of everything that it signed, put together in every
//! way that its formats allow, and of true evidence changed at random.

use std::collections::BTreeSet;

use probant::dossier::ProofSource as _;
use probant::entry::{Body, EntryBundle};
use probant::fraud::{Advance, FORMAT, FraudProof, FraudProofError, Outline};
use probant::hash::Digest;
use probant::identifier::{Class, SubjectUri};
use probant::map::MapKey;
use probant::merkle::{EntryIndex, NodeReader as _, TreeSize, consistency_proof};
use probant::proto::fraud_proof::Claim;
use probant::proto::{
    self, LeftOut, ShownEntry, TwoCheckpoints, TwoEntries, WrongKeys, WrongOrder, WrongSeal,
};
use proptest::prelude::*;
use prost::Message as _;
use prost::bytes::Bytes;

use crate::audit::{envelopes, full_log};
use crate::fraud::{follow, lies};
use crate::fuzz::{Random, mutate, setting};
use crate::log_key::handed_over_twice;
use crate::paper_log::{Leaves, Paper, PaperLog};
use crate::properties::tried;
use crate::world::MAKER;

/// A log with these envelopes of a world, sealed behind some of them.
fn honest(order: &[usize], seals: &[bool]) -> PaperLog {
    let (world, log) = full_log();
    let envelopes = envelopes(&world);
    let mut log = PaperLog::new(&log.genesis);
    for (place, is_sealed) in order.iter().zip(seals) {
        log.attest(&envelopes[place % envelopes.len()]);
        if *is_sealed {
            log.seal();
        }
    }
    log.seal();
    log
}

/// The log at each size at which it was published.
fn published(log: &PaperLog) -> Vec<PaperLog> {
    let is_seal = |size: &usize| matches!(log.entries[size - 1].body(), Body::Seal { .. });
    let sizes = (1..=log.entries.len()).filter(is_seal);
    sizes
        .map(|size| {
            let mut log = log.clone();
            log.truncate(size);
            // Signed by the key that signed in its time.
            let handed_over = log.handovers.iter().filter(|(of, _)| *of <= log.size()).count();
            ["log", "log-2", "log-3"][handed_over].clone_into(&mut log.log_key);
            log
        })
        .collect()
}

fn side_by_side(hashes: &[Digest]) -> Bytes {
    hashes.iter().flat_map(|hash| *hash.as_bytes()).collect::<Vec<u8>>().into()
}

fn shown(log: &PaperLog, index: u64) -> ShownEntry {
    let index = EntryIndex::new(index);
    ShownEntry {
        checkpoint: log.note(),
        index: index.get(),
        entry: log.entry(index).unwrap().into(),
        inclusion: side_by_side(&log.inclusion(index).unwrap().0),
    }
}

/// Whether a claim holds against the log, with the handovers that its checkpoints call for.
fn holds(log: &PaperLog, claim: Claim) -> bool {
    let format = FORMAT.to_owned();
    let mut message = proto::FraudProof { format, handovers: Bytes::new(), claim: Some(claim) };
    // Well-formed, so that it is the content which is refused.
    let outline = Outline::read(&message.encode_to_vec()).unwrap();
    let size = |note: &String| note.lines().nth(1).unwrap().parse().map(TreeSize::new).unwrap();
    let largest = outline.checkpoints.iter().map(size).max().unwrap();
    let called_for = log.handovers.iter().filter(|(size, _)| *size <= largest);
    let handovers = called_for.flat_map(|(_, bytes)| {
        let length = u32::try_from(bytes.len()).unwrap().to_be_bytes();
        [&length[..], bytes].concat()
    });
    message.handovers = handovers.collect::<Vec<u8>>().into();
    match FraudProof::verify(&message.encode_to_vec(), &log.genesis) {
        Ok(_) => true,
        // All that it rests on is signed by whom it should be.
        Err(
            fault @ (FraudProofError::Checkpoint(_)
            | FraudProofError::Handover { .. }
            | FraudProofError::Handovers { .. }),
        ) => panic!("{largest}: {fault}"),
        Err(_) => false,
    }
}

/// Every claim of two checkpoints, with the root of every size in the place of the older one's.
fn check_checkpoints(published: &[PaperLog]) {
    for older in published {
        for newer in published {
            let (old, new) = (older.size(), newer.size());
            let consistency = if old < new {
                consistency_proof(&Leaves::of(newer), old, new).unwrap().0
            } else {
                Vec::new()
            };
            let roots = published.iter().map(|log| side_by_side(&[log.root()]));
            for root in roots.chain([Bytes::new()]) {
                let consistency = side_by_side(&consistency);
                let (older, newer) = (older.note(), newer.note());
                let claim = TwoCheckpoints { older, newer, root, consistency };
                assert!(!holds(&published[0], Claim::TwoCheckpoints(claim)), "{old} to {new}");
            }
        }
    }
}

/// Every entry alone and beside every other one, as order, place and keys may be claimed to be wrong.
fn check_entries(published: &[PaperLog]) {
    let whole = published.last().unwrap();
    for log in published {
        for index in 0..log.size().get() {
            let entry = Some(shown(log, index));
            let alone = WrongOrder { entry: entry.clone(), before: None };
            assert!(!holds(whole, Claim::WrongOrder(alone)), "entry {index}");
            for payload in &whole.payloads {
                let Paper::Bytes(record) = payload else { continue };
                let claim = WrongKeys { entry: entry.clone(), record: record.clone().into() };
                assert!(!holds(whole, Claim::WrongKeys(claim)), "entry {index}");
            }
            for other in 0..whole.size().get() {
                let other_entry = Some(shown(whole, other));
                let order = WrongOrder { entry: entry.clone(), before: other_entry.clone() };
                assert!(!holds(whole, Claim::WrongOrder(order)), "{other} before {index}");
                let two = TwoEntries { first: entry.clone(), second: other_entry };
                assert!(!holds(whole, Claim::TwoEntries(two)), "{other} and {index}");
            }
        }
    }
}

/// Every seal with the entries since every earlier place, and with one of them left out.
fn check_seals(published: &[PaperLog]) {
    let whole = published.last().unwrap();
    let sizes: Vec<u64> = published.iter().map(|log| log.size().get()).collect();
    for (place, size) in sizes.iter().enumerate() {
        for first in std::iter::once(0).chain(sizes[..place].iter().map(|size| size - 1)) {
            let map = published.iter().find(|log| log.size().get() == first + 1);
            for left_out in std::iter::once(None).chain((first..*size).map(Some)) {
                let range = (first..*size).filter(|index| Some(*index) != left_out);
                let entries: Vec<Vec<u8>> =
                    range.map(|index| whole.entry(EntryIndex::new(index)).unwrap()).collect();
                let keys: BTreeSet<MapKey> = (first..*size)
                    .flat_map(|index| whole.keys_at(EntryIndex::new(index)))
                    .collect();
                let proofs = keys.iter().flat_map(|key| {
                    // A u16 length and the bytes, as an entry bundle has them.
                    map.map_or_else(Vec::new, |log| {
                        EntryBundle::encode([&log.map_proof(key).unwrap().encode()[..]])
                    })
                });
                let end = TreeSize::new(*size);
                let leaves = Leaves::of(whole);
                let bits = (0..64_u8).rev().filter(|bit| first >> bit & 1 == 1);
                let edge = bits.map(|bit| leaves.node(bit, (first >> bit) - 1).unwrap());
                let consistency = consistency_proof(&leaves, end, whole.size()).unwrap();
                let claim = WrongSeal {
                    checkpoint: whole.note(),
                    first,
                    edge: side_by_side(&edge.collect::<Vec<_>>()),
                    entries: EntryBundle::encode(entries.iter().map(Vec::as_slice)).into(),
                    consistency: side_by_side(&consistency.0),
                    map_proofs: proofs.collect::<Vec<u8>>().into(),
                };
                assert!(!holds(whole, Claim::WrongSeal(claim)), "{first} to {size}");
            }
        }
    }
}

/// Every chain under every checkpoint, whole or cut short, beside every entry; its map proof that of
/// the same checkpoint or of another.
fn check_chains(published: &[PaperLog], uri: &SubjectUri) {
    let whole = published.last().unwrap();
    let class = Class::All;
    let key = probant::identifier::SubjectKey::of(class, uri).digest();
    for later in published {
        for of_map in published {
            let chain: Vec<EntryIndex> = later.chain(&key).to_vec();
            for count in 0..=chain.len() {
                let row = |index: &EntryIndex| {
                    [&index.get().to_be_bytes()[..], later.entry_at(*index).leaf_hash().as_ref()]
                        .concat()
                };
                let bytes: Vec<u8> = chain[..count].iter().flat_map(row).collect();
                let seal = later.size().last().unwrap();
                for index in whole.chain(&key) {
                    let claim = LeftOut {
                        entry: Some(shown(whole, index.get())),
                        checkpoint: later.note(),
                        seal: later.entry(seal).unwrap().into(),
                        seal_inclusion: side_by_side(&later.inclusion(seal).unwrap().0),
                        uri: uri.as_str().to_owned(),
                        class: u32::from(class.byte()),
                        map_proof: of_map.map_proof(&key).unwrap().encode().into(),
                        chain: bytes.clone().into(),
                    };
                    assert!(!holds(whole, Claim::LeftOut(claim)), "{index} in {count}");
                }
            }
        }
    }
}

proptest! {
    #![proptest_config(tried(3))]

    #[test]
    fn nothing_that_an_honest_log_signed_contradicts_itself(
        order in Just((0..24_usize).collect::<Vec<_>>()).prop_shuffle(),
        seals in proptest::collection::vec(any::<bool>(), 7),
    ) {
        let log = honest(&order, &seals);
        prop_assert_eq!(follow(&log), Advance::Sound);
        let published = published(&log);
        check_checkpoints(&published);
        check_entries(&published);
        check_seals(&published);
        check_chains(&published, &MAKER.parse().unwrap());
    }
}

#[test]
fn nothing_that_a_log_signed_contradicts_itself_though_it_was_handed_over() {
    let log = handed_over_twice();
    let mut published = published(&log);
    // From the last that the first key signed.
    let at = published.iter().position(|of| of.size() == log.handovers[0].0).unwrap();
    published.drain(..at - 1);
    check_checkpoints(&published);
    check_entries(&published[..2]);
    check_seals(&published);
    check_chains(&published, &MAKER.parse().unwrap());
}

#[test]
fn true_evidence_that_is_changed_proves_nothing() {
    let lies = lies();
    let proofs: Vec<(Vec<u8>, PaperLog)> = lies
        .into_iter()
        .map(|(what, log, ..)| match follow(&log) {
            Advance::Fraud(proof) => (proof.bytes().to_vec(), log),
            other => panic!("{what}: {other:?}"),
        })
        .collect();
    let inputs: Vec<Vec<u8>> = proofs.iter().map(|(bytes, _)| bytes.clone()).collect();
    let seed = setting("PROBANT_FUZZ_SEED", 1);
    let mut random = Random(seed);
    let genesis = &proofs[0].1.genesis;
    for round in 0..setting("PROBANT_FUZZ_ROUNDS", 2_000) {
        let changed = mutate(&inputs, &mut random);
        if inputs.contains(&changed) {
            continue;
        }
        let verified = FraudProof::verify(&changed, genesis).is_ok();
        assert!(!verified, "round {round} of PROBANT_FUZZ_SEED={seed}");
        // What is only looked at must not bring a reader down.
        drop(Outline::read(&changed));
    }
}
