//! Following a log, and evidence against one that lies: whatever an operator with the log's key
//! writes, and nothing that an honest one does.

use std::collections::{BTreeSet, VecDeque};

use probant::attestation::Statement;
use probant::audit::{ExpectedPaths, LogSource, SourceError};
use probant::entry::Body;
use probant::envelope::Envelope;
use probant::fraud::{Advance, Follower, FraudProof, FraudProofError, Kind, Unserved};
use probant::genesis::Genesis;
use probant::hash::Digest;
use probant::identifier::{Class, SubjectKey};
use probant::key::Signer as _;
use probant::log_key::LogKeys;
use probant::map::MapKey;
use probant::merkle::EntryIndex;
use probant::note::{KeyType, VerifiedCheckpoint, VerifierKey};
use serde_json::json;

use crate::audit::{envelopes, full_log, large_log, small_log};
use crate::fuzz::setting;
use crate::log_key::handed_over_twice;
use crate::paper_log::{Files, Paper, PaperLog};
use crate::world::{
    Draft, LAB, MAKER, RIVAL, TOY, World, declaration, erasure, key, measure, registration, report,
    scope,
};

/// The newest checkpoint of a log, as a reader who knows its handovers verifies it.
pub(crate) fn checkpoint(log: &PaperLog) -> VerifiedCheckpoint {
    let mut keys = LogKeys::new(&log.genesis);
    for (_, bytes) in &log.handovers {
        let _handover = keys.follow(bytes).unwrap();
    }
    keys.verify(log.note().as_bytes()).unwrap()
}

/// The log as it was at this size.
fn at_size(log: &PaperLog, size: usize) -> PaperLog {
    let mut log = log.clone();
    log.truncate(size);
    log
}

/// The sizes at which a log ends with a seal.
fn seals(log: &PaperLog) -> Vec<usize> {
    let is_seal = |place: &usize| matches!(log.entries[place - 1].body(), Body::Seal { .. });
    (1..=log.entries.len()).filter(is_seal).collect()
}

pub(crate) fn advance(follower: &mut Follower, log: &PaperLog) -> Advance {
    follower.advance(&mut log.files(), &checkpoint(log)).unwrap()
}

/// What a follower makes of a log from its genesis on.
pub(crate) fn follow(log: &PaperLog) -> Advance {
    advance(&mut Follower::new(&log.genesis), log)
}

#[track_caller]
pub(crate) fn expect_fraud(advance: Advance, kind: Kind, entry: Option<u64>) -> FraudProof {
    let Advance::Fraud(proof) = advance else { panic!("{advance:?}") };
    assert_eq!((proof.kind(), proof.entry().map(EntryIndex::get)), (kind, entry));
    *proof
}

/// A recall of the toy.
pub(crate) fn recall(world: &mut World) -> Envelope {
    world.envelope(measure(MAKER, "manufacturer", "M-1", scope(TOY)))
}

pub(crate) fn adverse() -> MapKey {
    SubjectKey::of(Class::Adverse, &TOY.parse().unwrap()).digest()
}

pub(crate) fn keys_of(envelope: &Envelope) -> Vec<MapKey> {
    let statement = Statement::parse(envelope.payload()).unwrap();
    statement.feed().keys().into_iter().map(Digest::from).collect()
}

#[test]
fn an_honest_log_is_followed_at_once_and_step_by_step() {
    for log in [small_log(), large_log(), full_log().1, handed_over_twice()] {
        assert_eq!(follow(&log), Advance::Sound);
        let mut follower = Follower::new(&log.genesis);
        for size in seals(&log) {
            let mut earlier = at_size(&log, size);
            // The key that signed in its time.
            earlier.handovers.retain(|(of, _)| of.get() <= size as u64);
            let count = earlier.handovers.len();
            let label = ["log", "log-2", "log-3"][count];
            label.clone_into(&mut earlier.log_key);
            assert_eq!(advance(&mut follower, &earlier), Advance::Sound, "size {size}");
            assert_eq!(follower.size(), earlier.size());
            // What is known already is known to be of this log, at any size.
            let mut again = follower.clone();
            assert_eq!(advance(&mut again, &earlier), Advance::Sound);
        }
        assert_eq!(follower.checkpoint(), Some(&checkpoint(&log)));
        let first = at_size(&log, seals(&log)[0]);
        if log.handovers.is_empty() {
            let advance = follower.advance(&mut log.files(), &checkpoint(&first));
            assert_eq!(advance.unwrap(), Advance::Sound);
        }
        assert_eq!(follower.size(), log.size());
    }
}

/// Files that are given in the order in which they were announced.
struct Announced {
    files: Files,
    expected: VecDeque<String>,
    /// Tiles and bundles that were read without a word, or too late.
    unexpected: Vec<String>,
}

impl LogSource for Announced {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        match self.expected.iter().position(|expected| expected == path) {
            Some(place) => drop(self.expected.drain(..=place)),
            None if path.starts_with("handover") || !path.contains('/') => {}
            None => self.unexpected.push(path.to_owned()),
        }
        self.files.read(path)
    }

    fn expect(&mut self, paths: ExpectedPaths) {
        self.expected = paths.collect();
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        self.files.list()
    }
}

/// Whoever fetches over a network has it under way by then.
#[test]
fn what_is_read_next_is_said_before() {
    let log = large_log();
    let mut follower = Follower::new(&log.genesis);
    for size in [seals(&log)[0], log.entries.len()] {
        let log = at_size(&log, size);
        let (expected, unexpected) = (VecDeque::new(), Vec::new());
        let mut source = Announced { files: log.files(), expected, unexpected };
        assert_eq!(follower.advance(&mut source, &checkpoint(&log)).unwrap(), Advance::Sound);
        assert_eq!((source.expected, source.unexpected), Default::default(), "size {size}");
    }
}

#[test]
fn what_is_not_served_is_said_and_leaves_the_follower_where_it_was() {
    let log = large_log();
    let mut follower = Follower::new(&log.genesis);
    assert_eq!(advance(&mut follower, &at_size(&log, seals(&log)[0])), Advance::Sound);
    let size = follower.size();
    for (path, bytes) in &log.files().0 {
        let is_read = path.starts_with("tile/0")
            || path.starts_with("tile/entries")
            || path.starts_with("payload");
        let mut changed = bytes.clone();
        changed[bytes.len() / 2] ^= 1;
        let cut = bytes[..bytes.len() / 2].to_vec();
        for bytes in [None, Some(changed), Some(cut)] {
            let mut files = log.files();
            match bytes {
                Some(bytes) => files.0.insert(path.clone(), bytes),
                None => files.0.remove(path),
            };
            let mut trial = follower.clone();
            let found = trial.advance(&mut files, &checkpoint(&log)).unwrap();
            match found {
                Advance::NotServed(of) if is_read => {
                    assert!(of.path == *path || of.path == "tile/0", "{path}: {of:?}");
                    assert_eq!(trial.size(), size);
                }
                Advance::Sound if !is_read => {}
                other => panic!("{path}: {other:?}"),
            }
        }
    }
    assert_eq!(advance(&mut follower, &log), Advance::Sound);
}

#[test]
fn a_payload_that_is_gone_or_withheld_is_not_served_unless_it_was_erased_by_order() {
    let (mut world, mut log) = full_log();
    let record = world.add(declaration(MAKER, "manufacturer", MAKER, "D-1"));
    let index = log.attest(&envelopes(&world).pop().unwrap());
    log.seal();
    let unserved = |log: &PaperLog| match follow(log) {
        Advance::NotServed(of) => {
            assert_eq!(of.entry, Some(index));
            of.why
        }
        other => panic!("{other:?}"),
    };
    let mut withheld = log.clone();
    withheld.payloads[usize::try_from(index.get()).unwrap()] = Paper::Withheld;
    assert_eq!(unserved(&withheld), Unserved::Withheld);
    log.erase(index);
    assert_eq!(unserved(&log), Unserved::NoOrder { statement: *record.digest() });
    world.add(erasure(MAKER, "manufacturer", &record));
    log.attest(&envelopes(&world).pop().unwrap());
    log.seal();
    assert_eq!(follow(&log), Advance::Sound);
}

#[test]
fn an_order_counts_by_the_word_of_those_who_may_alone() {
    let (mut world, mut log) = full_log();
    // A recall that is not in the chains that it worsens, and of which nothing else is left.
    let recall = recall(&mut world);
    let statement = Statement::parse(recall.payload()).unwrap();
    let document = statement.header().document_ref().unwrap();
    let uris = [TOY.parse().unwrap(), document.uri().into()];
    let mut keys = uris.map(|uri| SubjectKey::of(Class::All, &uri).digest());
    keys.sort();
    let index = log.attest_with(&recall, keys.to_vec());
    log.erase(index);
    let members = json!({
        "target": recall.statement_digest().to_string(),
        "predicate_type": "urn:probant:attestation:eu-declaration-of-conformity:v1",
        "ground": "DATA_PROTECTION",
        "document": document,
    });
    let mut ordered_by = |signer: &str, keys: &[MapKey]| {
        let draft = Draft::of("erasure-order", MAKER, "manufacturer", members.clone());
        let order = world.envelope(draft.about(&[TOY]).signed_by(&[signer]));
        let mut log = log.clone();
        log.truncate(log.entries.len() - 1);
        let index = log.attest_with(&recall, keys.to_vec());
        log.erase(index);
        log.attest(&order);
        log.seal();
        follow(&log)
    };
    for (signer, keys) in [
        // Nobody has registered it; its holder may not; it is not what would be left of the target.
        ("throwaway", &keys[..]),
        (RIVAL, &keys[..]),
        (MAKER, &keys[..1]),
    ] {
        let Advance::NotServed(of) = ordered_by(signer, keys) else { panic!("{signer}") };
        let why = Unserved::NoOrder { statement: recall.statement_digest() };
        assert_eq!((of.entry, of.why), (Some(index), why), "{signer}");
    }
    // The issuer's own word hides it: no payload is there that could say otherwise.
    assert_eq!(ordered_by(MAKER, &keys), Advance::Sound);
}

/// Logs that lie, each in one way; what shows it, and at which entry.
pub(crate) fn lies() -> Vec<(&'static str, PaperLog, Kind, u64)> {
    let mut lies = Vec::new();
    let (mut world, log) = full_log();
    let recall = recall(&mut world);
    let next = log.size().get();

    let mut recall_left_out = log.clone();
    let index = recall_left_out.attest(&recall);
    recall_left_out.leave_out(index, &adverse()).seal();
    lies.push(("recall left out of the map", recall_left_out.clone(), Kind::WrongSeal, next + 1));

    let mut repaired = recall_left_out;
    repaired.truncate(repaired.entries.len() - 2);
    let index = repaired.attest(&recall);
    let honest = repaired.clone();
    repaired.leave_out(index, &adverse()).seal();
    let lie = repaired.entries.pop().unwrap();
    repaired = honest;
    repaired.push(lie.body().clone(), Paper::Absent);
    repaired.seal();
    lies.push(("seal repaired one entry later", repaired, Kind::WrongSeal, next + 1));

    let seal_of = |log: &PaperLog| log.entries.last().unwrap().body().clone();
    let Body::Seal { map_root, subjects, .. } = seal_of(&log) else { panic!() };
    let previous_seal = log.size().last().unwrap();
    let mut yesterday = log.clone();
    yesterday.attest(&recall);
    yesterday.push(Body::Seal { map_root, subjects, previous_seal }, Paper::Absent);
    lies.push(("map of yesterday", yesterday, Kind::WrongSeal, next + 1));

    let mut first = small_log();
    first.truncate(3);
    first.leave_out(EntryIndex::new(1), &keys_of(&envelopes(&world)[0])[0]);
    first.seal();
    lies.push(("first seal", first, Kind::WrongSeal, 3));

    let mut unlinked = log.clone();
    let previous_seal = EntryIndex::new(1);
    unlinked.push(Body::Seal { map_root, subjects, previous_seal }, Paper::Absent);
    lies.push(("previous seal", unlinked, Kind::WrongSeal, next));

    let mut fewer = log.clone();
    let keys = keys_of(&recall);
    let without = keys.iter().copied().filter(|key| *key != adverse()).collect();
    fewer.attest_with(&recall, without);
    fewer.seal();
    lies.push(("too few keys", fewer, Kind::WrongKeys, next));

    let mut more = log.clone();
    let mut with = keys.clone();
    with.push(Digest::of(b"stranger"));
    with.sort();
    more.attest_with(&recall, with);
    more.seal();
    lies.push(("too many keys", more, Kind::WrongKeys, next));

    let body = |envelope_len: u32, record: &[u8]| Body::Attestation {
        statement: recall.statement_digest(),
        envelope: Digest::of(record).into(),
        envelope_len,
        keys: keys.clone(),
    };
    let record = recall.encode();
    let length = u32::try_from(record.len()).unwrap();
    let other = envelopes(&world)[0].encode();
    for (what, body, payload) in [
        ("length", body(length + 1, &record), record.clone()),
        ("statement", body(u32::try_from(other.len()).unwrap(), &other), other),
        ("no envelope", body(3, b"\0\x09x"), b"\0\x09x".to_vec()),
    ] {
        let mut wrong = log.clone();
        wrong.push(body, Paper::Bytes(payload));
        wrong.seal();
        lies.push((what, wrong, Kind::WrongKeys, next));
    }

    let mut detached = log.clone();
    detached.attest(&recall);
    detached.detach(Digest::of(b"another entry")).seal();
    lies.push(("prev", detached, Kind::WrongOrder, next));

    let mut earlier = log.clone();
    earlier.at("2026-01-04T00:00:00Z").seal();
    lies.push(("time", earlier, Kind::WrongOrder, next));

    let mut twice = log.clone();
    twice.attest(&envelopes(&world)[0]);
    twice.seal();
    lies.push(("statement twice", twice, Kind::WrongOrder, next));

    let mut unsealed = log.clone();
    unsealed.attest(&recall);
    lies.push(("no seal at the end", unsealed, Kind::WrongOrder, next));

    let mut again = log.clone();
    let genesis = again.entries[0].body().clone();
    again.push(genesis, Paper::Bytes(again.genesis.bytes().to_vec()));
    again.seal();
    lies.push(("second genesis", again, Kind::WrongOrder, next));

    let mut headless = log.clone();
    headless.entries[0] = headless.entries[1].clone();
    lies.push(("no genesis", headless, Kind::WrongOrder, 0));

    let mut garbage = log;
    garbage.attest(&recall);
    garbage.forged.insert(usize::try_from(next).unwrap(), b"\x01\x02garbage".to_vec());
    garbage.seal();
    lies.push(("no entry", garbage, Kind::WrongOrder, next));
    lies
}

#[test]
fn every_lie_becomes_evidence_that_holds_by_the_genesis_document_alone() {
    for (what, log, kind, entry) in lies() {
        let proof = match follow(&log) {
            Advance::Fraud(proof) => proof,
            other => panic!("{what}: {other:?}"),
        };
        let found = (proof.kind(), proof.entry().map(EntryIndex::get));
        assert_eq!(found, (kind, Some(entry)), "{what}");
        assert_eq!(FraudProof::verify(proof.bytes(), &log.genesis).as_ref(), Ok(&*proof), "{what}");
        let signed_by = VerifierKey::new(
            log.genesis.origin().clone(),
            KeyType::Ed25519,
            *key("another log").public_key(),
        );
        let other = Genesis::new(&signed_by, 1, log.genesis.registrars()).unwrap();
        let found = FraudProof::verify(proof.bytes(), &other);
        assert!(matches!(found, Err(FraudProofError::Checkpoint(_))), "{what}: {found:?}");
    }
}

#[test]
fn a_payload_that_is_kept_back_hides_nothing_that_the_entries_show() {
    for (what, mut log, kind, _) in lies() {
        let (file, place) = (format!("payload/000.p/{}", log.size()), 2);
        let mut without = log.files();
        without.0.remove(&file);
        log.payloads[place] = Paper::Withheld;
        for mut files in [without, log.files()] {
            let mut follower = Follower::new(&log.genesis);
            match follower.advance(&mut files, &checkpoint(&log)).unwrap() {
                Advance::Fraud(proof) => assert_eq!(proof.kind(), kind, "{what}"),
                // An entry's own statement is what shows that.
                Advance::NotServed(of) => {
                    assert_eq!((of.path.as_str(), kind), (file.as_str(), Kind::WrongKeys));
                }
                other => panic!("{what}: {other:?}"),
            }
        }
    }
}

#[test]
fn no_byte_of_evidence_is_idle() {
    for (what, log, ..) in lies() {
        let Advance::Fraud(proof) = follow(&log) else { panic!("{what}") };
        let bytes = proof.bytes();
        // All of them take long: some are spread over the file.
        let step = usize::try_from(setting("PROBANT_FLIP_STEP", 61)).unwrap();
        for place in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut changed = bytes.to_vec();
            changed[place] ^= 1 << (place % 8);
            let verified = FraudProof::verify(&changed, &log.genesis);
            assert!(verified.is_err(), "{what}: byte {place} of {} is idle", bytes.len());
            let cut = FraudProof::verify(&bytes[..place], &log.genesis);
            assert!(cut.is_err(), "{what}: cut at {place} of {}", bytes.len());
        }
        let longer = [bytes, b"\0"].concat();
        assert!(FraudProof::verify(&longer, &log.genesis).is_err(), "{what}");
    }
}

#[test]
fn a_checkpoint_looked_back_at_ends_with_a_seal_too() {
    let log = large_log();
    let mut follower = Follower::new(&log.genesis);
    assert_eq!(advance(&mut follower, &log), Advance::Sound);
    let size = seals(&log).into_iter().find(|size| *size > 3).unwrap() - 1;
    assert!(!seals(&log).contains(&size));
    let mut look_at = |size| {
        let earlier = at_size(&log, size);
        follower.advance(&mut log.files(), &checkpoint(&earlier)).unwrap()
    };
    let proof = expect_fraud(look_at(size), Kind::WrongOrder, Some(size as u64 - 1));
    assert_eq!(FraudProof::verify(proof.bytes(), &log.genesis).as_ref(), Ok(&proof));
    assert_eq!(look_at(size + 1), Advance::Sound);
}

/// Another history that parts from a large log behind these many entries: it has a report that the
/// log has not.
fn another_history(log: &PaperLog, common: usize) -> PaperLog {
    let mut other = log.clone();
    other.truncate(common);
    let mut world = World::empty(2);
    world.add(registration(LAB, "NL", &[]));
    other.attest(&world.envelope(report(LAB, "R-other")));
    other.seal();
    other
}

#[test]
fn two_histories_become_evidence_whichever_was_seen_first() {
    let log = large_log();
    for common in [20, 256, 270] {
        let other = another_history(&log, common);
        for (seen, shown) in [(&log, &other), (&other, &log)] {
            let mut follower = Follower::new(&log.genesis);
            assert_eq!(advance(&mut follower, seen), Advance::Sound);
            let before = follower.size();
            // A smaller checkpoint is held to what the follower knows, so to the files of that.
            let files = if shown.size() < before { seen.files() } else { shown.files() };
            let found = follower.advance(&mut files.clone(), &checkpoint(shown)).unwrap();
            let proof = expect_fraud(found, Kind::TwoCheckpoints, None);
            assert_eq!(FraudProof::verify(proof.bytes(), &log.genesis).as_ref(), Ok(&proof));
            assert_eq!(follower.size(), before);
        }
        // Of one size, two roots say it all.
        let same = at_size(&log, usize::try_from(other.size().get()).unwrap());
        if matches!(same.entries.last().unwrap().body(), Body::Seal { .. }) {
            let mut follower = Follower::new(&log.genesis);
            assert_eq!(advance(&mut follower, &same), Advance::Sound);
            let found = advance(&mut follower, &other);
            let _proof = expect_fraud(found, Kind::TwoCheckpoints, None);
        }
    }
}

#[test]
fn evidence_from_after_a_handover_brings_it() {
    let mut log = handed_over_twice();
    let mut world = World::empty(2);
    let envelope = world.envelope(registration(LAB, "NL", &[]));
    let index = log.attest(&envelope);
    log.leave_out(index, &keys_of(&envelope)[0]).seal();
    let proof = expect_fraud(follow(&log), Kind::WrongSeal, Some(index.get() + 1));
    assert_eq!(proof.log_keys().handovers().len(), 2);
    let mut known = LogKeys::new(&log.genesis);
    for (_, bytes) in &log.handovers {
        let _handover = known.follow(bytes).unwrap();
    }
    let _proof = FraudProof::verify_knowing(proof.bytes(), &log.genesis, &known).unwrap();
    // What a key signs after its time proves nothing to whoever knows.
    let mut old = log.clone();
    old.handovers.clear();
    "log".clone_into(&mut old.log_key);
    let proof = expect_fraud(follow(&old), Kind::WrongSeal, Some(index.get() + 1));
    let _proof = FraudProof::verify(proof.bytes(), &log.genesis).unwrap();
    let error = FraudProof::verify_knowing(proof.bytes(), &log.genesis, &known).unwrap_err();
    assert_eq!(error, FraudProofError::OtherHandover { number: 1 });
}

#[test]
fn a_checkpoint_that_no_handover_leads_to_is_not_served() {
    let log = handed_over_twice();
    let mut files: Files = log.files();
    files.0.remove("handover/2");
    assert!(files.read("handover/1").unwrap().is_some());
    let found = Follower::new(&log.genesis).advance(&mut files, &checkpoint(&log)).unwrap();
    let Advance::NotServed(of) = found else { panic!("{found:?}") };
    assert_eq!((of.path.as_str(), of.why), ("handover/2", Unserved::NoHandover));
}
