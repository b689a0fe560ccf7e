//! The ledger from end to end: what is submitted is in the log, once, in order, and stays there.

use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::Duration;

use probant::attestation::types::VerdictWord;
use probant::entry::{Payload, PayloadBundle};
use probant::envelope::Envelope;
use probant::hash::Digest;
use probant::identifier::{Class, SubjectKey, SubjectUri};
use probant::key::{PrivateKey, PublicKey, SignError, Signature, Signer};
use probant::ledger::{
    Access, ClockFault, Ledger, OpenError, Options, PayloadBytes, Receipt, ReplyFn, SubmitError,
    ViewError,
};
use probant::map::Lookup;
use probant::merkle::{EntryIndex, TileId, TileKind, TreeSize};
use probant::note::VerifiedCheckpoint;
use probant::policy::{PolicySet, Query, Verdict, VerdictBody};
use probant::reason::Reason;
use probant::storage::{MemoryStorage, SledOptions, SledStorage, Storage};

use crate::ledger_fixture::{
    MODEL, World, at, check, check_consistent, check_log, check_receipt, quiet, submit,
};

fn sled(dir: &Path) -> Arc<dyn Storage> {
    let dir = dir.join("store");
    let open = if dir.exists() { SledStorage::open } else { SledStorage::create };
    Arc::new(open(&dir, SledOptions::default()).unwrap())
}

fn model() -> SubjectUri {
    MODEL.parse().unwrap()
}

#[test]
fn what_is_submitted_is_in_the_log_and_its_receipt_verifies() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let envelopes: Vec<_> = (0..5).map(|number| world.declaration(number)).collect();
    let mut seen = Vec::new();
    for envelope in &envelopes {
        let receipt = submit(&ledger, envelope.clone()).unwrap();
        assert!(!receipt.is_duplicate);
        seen.push(check_receipt(&world.genesis, &receipt, envelope));
    }
    let view = ledger.view(None).unwrap();
    let statements = check_log(&world, &view);
    let expected: Vec<_> = envelopes.iter().map(Envelope::statement_digest).collect();
    assert_eq!(statements[2..], expected);
    for checkpoint in &seen {
        check_consistent(&view, checkpoint);
    }

    let chain = view.chain(Class::All, &model()).unwrap();
    let digests: Vec<_> = chain.iter().map(|record| *record.digest()).collect();
    assert_eq!(digests, expected);
    let key = SubjectKey::of(Class::All, &model());
    let proof = view.map_proof(&key);
    let Lookup::Present(row) = proof.verify(&key.digest(), &view.map_root()).unwrap() else {
        panic!("the model has no row")
    };
    assert_eq!(row.count, 5);
    for record in chain {
        let index = record.index();
        let proof = view.inclusion(index).unwrap();
        let _included = view.checkpoint().include(*record.leaf_hash(), index, &proof).unwrap();
        assert_eq!(view.find(record.digest()).unwrap(), Some(index));
    }
}

#[test]
fn the_same_statement_again_has_the_first_receipt() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let first = submit(&ledger, world.declaration(1)).unwrap();
    let size = ledger.view(None).unwrap().size();
    let again = submit(&ledger, world.declaration(1)).unwrap();
    assert_eq!((again.index, &again.entry), (first.index, &first.entry));
    assert!(again.is_duplicate);
    let _checkpoint = check_receipt(&world.genesis, &again, &world.declaration(1));
    assert_eq!(ledger.view(None).unwrap().size(), size, "a duplicate writes nothing");
}

/// Hands all over at once, and gives the outcomes in the order in which they were handed over.
pub(crate) fn submit_all(
    ledger: &Ledger,
    envelopes: Vec<Envelope>,
) -> Vec<Result<Receipt, SubmitError>> {
    let (sender, receiver) = mpsc::channel();
    let count = envelopes.len();
    let submissions = envelopes.into_iter().enumerate().map(|(place, envelope)| {
        let sender = sender.clone();
        let reply: ReplyFn = Box::new(move |outcome| sender.send((place, outcome)).unwrap());
        (check(ledger, envelope), reply)
    });
    ledger.submit_many(submissions.collect());
    let mut outcomes: Vec<_> = receiver.iter().take(count).collect();
    outcomes.sort_by_key(|(place, _)| *place);
    outcomes.into_iter().map(|(_, outcome)| outcome).collect()
}

#[test]
fn items_of_one_group_are_judged_in_their_order() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    // Its key is registered by the first item, so the third can't be verified at the door.
    let envelopes = vec![
        world.registration(),
        world.grant(),
        world.declaration(1),
        world.declaration(1),
        world.declaration(2),
    ];
    let receipts: Vec<Receipt> =
        submit_all(&ledger, envelopes.clone()).into_iter().map(Result::unwrap).collect();
    let indexes: Vec<u64> = receipts.iter().map(|receipt| receipt.index.get()).collect();
    assert_eq!(indexes, [2, 3, 4, 4, 5]);
    assert_eq!(receipts.iter().filter(|receipt| receipt.is_duplicate).count(), 1);
    for (receipt, envelope) in receipts.iter().zip(&envelopes) {
        let _checkpoint = check_receipt(&world.genesis, receipt, envelope);
    }
    check_log(&world, &ledger.view(None).unwrap());
}

#[test]
fn an_unknown_key_is_refused_by_the_sequencer() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    let error = submit(&ledger, world.declaration(1)).unwrap_err();
    assert!(matches!(error, SubmitError::Refused(_)), "{error}");
    assert_eq!(ledger.view(None).unwrap().size(), TreeSize::new(2));
}

#[test]
fn many_tiles_and_groups_hold_together() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let mut seen = Vec::new();
    for start in [0, 600, 700] {
        let envelopes: Vec<_> =
            (start..start + 600).map(|number| world.declaration(number)).collect();
        for (outcome, envelope) in
            submit_all(&ledger, envelopes.clone()).into_iter().zip(&envelopes)
        {
            seen.push(check_receipt(&world.genesis, &outcome.unwrap(), envelope));
        }
    }
    let view = ledger.view(None).unwrap();
    assert_eq!(check_log(&world, &view).len(), 2 + 1300);
    seen.dedup();
    for checkpoint in &seen {
        check_consistent(&view, checkpoint);
    }
}

#[test]
fn a_ledger_on_disk_goes_on_after_every_restart() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let ledger = world.create(sled(dir.path())).unwrap();
    world.begin(&ledger);
    drop(ledger);
    let mut seen: Vec<VerifiedCheckpoint> = Vec::new();
    for number in 0..4 {
        world.clock.advance_ms(1000);
        let ledger = world.open(sled(dir.path())).unwrap();
        let view = ledger.view(None).unwrap();
        for checkpoint in &seen {
            check_consistent(&view, checkpoint);
        }
        let envelope = world.declaration(number);
        let receipt = submit(&ledger, envelope.clone()).unwrap();
        seen.push(check_receipt(&world.genesis, &receipt, &envelope));
        for earlier in 0..number {
            assert!(submit(&ledger, world.declaration(earlier)).unwrap().is_duplicate);
        }
        ledger.shut_down();
    }
    let ledger = world.open(sled(dir.path())).unwrap();
    assert_eq!(check_log(&world, &ledger.view(None).unwrap()).len(), 6);
}

#[test]
fn an_older_view_is_that_of_its_checkpoint() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let mut views = Vec::new();
    for number in 0..4 {
        submit(&ledger, world.declaration(number)).unwrap();
        views.push(ledger.view(None).unwrap());
    }
    for (number, then) in views.iter().enumerate() {
        let now = ledger.view(Some(then.size())).unwrap();
        assert_eq!(now.checkpoint_note(), then.checkpoint_note());
        assert_eq!(now.map_root(), then.map_root());
        assert_eq!(now.seal_bytes(), then.seal_bytes());
        assert_eq!(now.chain(Class::All, &model()).unwrap().len(), number + 1);
        check_log(&world, &now);
        let beyond = now.size().next_index();
        let error = now.entry(beyond).unwrap_err();
        assert!(matches!(error, ViewError::EntryBeyond { .. }), "{error}");
    }
    let between = TreeSize::new(views[1].size().get() + 1);
    let lower = views[1].size();
    match ledger.view(Some(between)).unwrap_err() {
        ViewError::NotPublished { found, lower: next } => {
            assert_eq!((found, next), (between, lower));
        }
        other => panic!("{other}"),
    }
    let beyond = TreeSize::new(1000);
    let error = ledger.view(Some(beyond)).unwrap_err();
    assert!(matches!(error, ViewError::SizeBeyond { .. }), "{error}");
}

#[test]
fn an_erased_payload_is_gone_and_every_proof_stays() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let ledger = world.create(sled(dir.path())).unwrap();
    world.begin(&ledger);
    let kept = submit(&ledger, world.declaration(1)).unwrap();
    let erased = submit(&ledger, world.declaration(2)).unwrap();
    let before = ledger.view(None).unwrap();
    assert!(before.record(erased.index).unwrap().statement().is_some());
    submit(&ledger, world.erasure(2)).unwrap();
    // And one whose order follows in the same group.
    let outcomes = submit_all(&ledger, vec![world.declaration(3), world.erasure(3)]);
    let both: Vec<Receipt> = outcomes.into_iter().map(Result::unwrap).collect();

    let check_all = |ledger: &Ledger| {
        let view = ledger.view(None).unwrap();
        check_log(&world, &view);
        for (index, is_there) in [(kept.index, true), (erased.index, false), (both[0].index, false)]
        {
            let payload = view.payload(index, Access::Full).unwrap();
            assert_eq!(matches!(payload, PayloadBytes::Bytes(_)), is_there, "entry {index}");
            assert_eq!(view.record(index).unwrap().statement().is_some(), is_there);
            assert!(view.chain(Class::All, &model()).unwrap().iter().any(|of| of.index() == index));
        }
        // The statement is known for good: it can't come back in.
        let again = submit(ledger, world.declaration(2)).unwrap();
        assert_eq!((again.index, again.is_duplicate), (erased.index, true));
    };
    check_all(&ledger);
    drop(before);
    drop(ledger);
    check_all(&world.open(sled(dir.path())).unwrap());
}

#[test]
fn a_payload_that_is_not_public_is_withheld_from_readers_and_given_to_a_copy() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    submit(&ledger, world.grant_of("platform")).unwrap();
    let public = submit(&ledger, world.declaration(1)).unwrap();
    let listing = world.listing("L-1");
    let receipt = submit(&ledger, listing.clone()).unwrap();
    let view = ledger.view(None).unwrap();

    let payload = |index, access| view.payload(index, access).unwrap();
    let record = PayloadBytes::Bytes(listing.encode());
    assert_eq!(payload(receipt.index, Access::Public), PayloadBytes::Withheld);
    assert_eq!(payload(receipt.index, Access::Full), record);
    let declaration = PayloadBytes::Bytes(world.declaration(1).encode());
    assert_eq!(payload(public.index, Access::Public), declaration);

    let id = TileKind::Payloads.in_tree(0, view.size()).unwrap();
    let width = usize::from(id.width());
    let bundle = view.tile(id, Access::Public).unwrap().unwrap();
    let payloads = PayloadBundle::decode(&bundle, width).unwrap();
    let withheld = payloads.iter().enumerate().filter(|(_, of)| **of == Payload::Withheld);
    let places: Vec<u64> = withheld.map(|(place, _)| place as u64).collect();
    assert_eq!(places, [receipt.index.get()]);
    check_log(&world, &view);
}

#[test]
fn a_verdict_is_logged_while_nothing_new_is_known_and_only_as_it_was_reached() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    submit(&ledger, world.grant_of("platform")).unwrap();
    submit(&ledger, world.declaration(1)).unwrap();
    let policies = PolicySet::embedded();
    let checked = ledger.check(&World::query(), &policies).unwrap();
    let records = checked.evidence.records().count();
    assert_eq!(records, 4, "registration, two grants and the declaration");
    let again = ledger.check(&World::query(), &policies).unwrap();
    assert_eq!(again.verdict.bytes(), checked.verdict.bytes());

    let code = |outcome: Result<Receipt, SubmitError>| match outcome.unwrap_err() {
        SubmitError::Refused(refusal) => refusal.code(),
        other => panic!("{other}"),
    };
    let changed = |change: &dyn Fn(&mut VerdictBody)| {
        let mut body = checked.verdict.body().clone();
        change(&mut body);
        let verdict = Verdict::new(body).unwrap();
        code(submit(&ledger, world.verdict("changed", &verdict)))
    };
    let (origin, size) = ("ledger.example/other", TreeSize::new(3));
    let falsehoods: [&dyn Fn(&mut VerdictBody); 4] = [
        &|body| body.as_of.map_root = Digest::ZERO,
        &|body| body.as_of.origin = origin.to_owned(),
        &|body| body.as_of.tree_size = size,
        &|body| body.query.offer.listing_id = Some("L-2".to_owned()),
    ];
    for alter in falsehoods {
        assert_eq!(changed(alter), Reason::StatementInvalid);
    }
    let day = at("2026-10-02T08:00:00Z");
    assert_eq!(changed(&|body| body.query.legal_at = day), Reason::VerdictStale);

    submit(&ledger, world.verdict("first", &checked.verdict)).unwrap();
    // Of the same group, and so no less new.
    let late = vec![world.declaration(2), world.verdict("second", &checked.verdict)];
    let [declaration, verdict] = submit_all(&ledger, late).try_into().unwrap();
    declaration.unwrap();
    assert_eq!(code(verdict), Reason::VerdictStale);

    let then = Some(checked.view.size());
    let past = Query { as_of: then, ..World::query() };
    let then = ledger.check(&past, &policies).unwrap();
    assert_eq!(then.verdict.bytes(), checked.verdict.bytes(), "history is intact");
    check_log(&world, &ledger.view(None).unwrap());
}

#[test]
fn a_concern_overtakes_a_verdict_only_where_it_could_change_it() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    submit(&ledger, world.grant_of("platform")).unwrap();
    submit(&ledger, world.grant_of("lab")).unwrap();
    let denied = ledger.check(&World::query(), &PolicySet::embedded()).unwrap().verdict;
    assert_eq!(denied.word(), VerdictWord::NotListable);
    // What a verdict says is not judged again here, only whether it can be new.
    let body = VerdictBody { verdict: VerdictWord::Listable, ..denied.body().clone() };
    let listable = Verdict::new(body).unwrap();
    // The rule set gives a platform's concern no weight: a flood of them stops nobody.
    submit(&ledger, world.concern("concern-1", "platform")).unwrap();
    submit(&ledger, world.verdict("verdict-1", &denied)).unwrap();
    submit(&ledger, world.verdict("verdict-2", &listable)).unwrap();
    submit(&ledger, world.concern("concern-2", "lab")).unwrap();
    submit(&ledger, world.verdict("verdict-3", &denied)).unwrap();
    match submit(&ledger, world.verdict("verdict-4", &listable)).unwrap_err() {
        SubmitError::Refused(refusal) => assert_eq!(refusal.code(), Reason::VerdictStale),
        other => panic!("{other}"),
    }
}

#[test]
fn files_of_any_width_are_prefixes_and_none_is_longer_than_the_tree() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let envelopes: Vec<_> = (0..260).map(|number| world.declaration(number)).collect();
    assert!(submit_all(&ledger, envelopes).iter().all(Result::is_ok));
    let view = ledger.view(None).unwrap();
    for kind in [TileKind::Hashes(0), TileKind::Hashes(1), TileKind::Entries, TileKind::Payloads] {
        for whole in kind.all_in_tree(view.size()) {
            let bytes = view.tile(whole, Access::Full).unwrap().unwrap();
            for width in 1..=256 {
                let id = TileId::new(kind, whole.index(), width).unwrap();
                match view.tile(id, Access::Full).unwrap() {
                    Some(part) => {
                        assert!(width <= whole.width() && bytes.starts_with(&part), "{id}");
                        assert_eq!(part.len() == bytes.len(), width == whole.width(), "{id}");
                    }
                    None => assert!(width > whole.width(), "{id}"),
                }
            }
        }
        let beyond = view.size().get() >> 8;
        let beyond = TileId::new(kind, beyond + 1, 1).unwrap();
        assert_eq!(view.tile(beyond, Access::Full).unwrap(), None, "{beyond}");
    }
}

#[test]
fn ledger_time_never_goes_back_and_a_clock_far_behind_stops_the_writing() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let last = ledger.view(None).unwrap().seal_time();
    world.clock.set(at("2026-10-01T07:56:00Z"));
    submit(&ledger, world.declaration(1)).unwrap();
    assert_eq!(ledger.view(None).unwrap().seal_time(), last);

    world.clock.set(at("2026-10-01T07:54:59Z"));
    let error = submit(&ledger, world.declaration(2)).unwrap_err();
    assert!(matches!(error, SubmitError::Clock(ClockFault::Behind { .. })), "{error}");
    let error = ledger.seal().unwrap_err();
    assert!(matches!(error, SubmitError::Clock(ClockFault::Behind { .. })), "{error}");
    assert_eq!(ledger.halted(), None);
    assert!(matches!(ledger.clock_fault(), Some(ClockFault::Behind { .. })));

    world.clock.set(at("2026-10-01T08:00:01Z"));
    submit(&ledger, world.declaration(2)).unwrap();
    assert_eq!(ledger.view(None).unwrap().seal_time(), at("2026-10-01T08:00:01Z"));
}

#[test]
fn a_writer_that_another_one_has_fenced_stops() {
    let world = World::new();
    let storage = Arc::new(MemoryStorage::default());
    let first = world.create(storage.clone()).unwrap();
    world.begin(&first);
    let second = world.open(storage).unwrap();
    let error = submit(&first, world.declaration(1)).unwrap_err();
    assert!(matches!(error, SubmitError::NotStored), "{error}");
    let error = submit(&first, world.declaration(1)).unwrap_err();
    assert!(matches!(error, SubmitError::Halted { .. }), "{error}");
    assert!(first.halted().unwrap().contains("fenced"), "{:?}", first.halted());

    submit(&second, world.declaration(1)).unwrap();
    check_log(&world, &second.view(None).unwrap());
    // Reading goes on where writing has ended.
    check_log(&world, &first.view(None).unwrap());
}

/// Holds the sequencer until the sender is used: with a reply that does not return, which only a
/// test may have.
pub(crate) fn hold(world: &World, ledger: &Ledger) -> mpsc::Sender<()> {
    let (entered, is_entered) = mpsc::channel();
    let (release, is_released) = mpsc::channel::<()>();
    let reply: ReplyFn = Box::new(move |_| {
        entered.send(()).unwrap();
        is_released.recv().unwrap();
    });
    ledger.submit(check(ledger, world.declaration(0)), reply);
    is_entered.recv().unwrap();
    release
}

/// Hands these over, and gives a receiver of the outcomes.
fn hand_over(
    ledger: &Ledger,
    envelopes: impl IntoIterator<Item = Envelope>,
) -> mpsc::Receiver<Result<Receipt, SubmitError>> {
    let (sender, outcomes) = mpsc::channel();
    let submissions = envelopes.into_iter().map(|envelope| {
        let sender = sender.clone();
        let reply: ReplyFn = Box::new(move |outcome| sender.send(outcome).unwrap());
        (check(ledger, envelope), reply)
    });
    ledger.submit_many(submissions.collect());
    outcomes
}

fn is_overloaded(outcome: &Result<Receipt, SubmitError>) -> bool {
    matches!(outcome, Err(SubmitError::Overloaded { .. }))
}

#[test]
fn a_full_queue_sends_away_at_once_and_everybody_is_answered() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let release = hold(&world, &ledger);
    let count = 2100;
    let outcomes = hand_over(&ledger, (0..count).map(|_| world.declaration(1)));
    let refused: Vec<_> = outcomes.try_iter().collect();
    assert!(refused.iter().all(is_overloaded));
    assert_eq!(refused.len(), count - 2048, "one signer has half of the queue");
    release.send(()).unwrap();
    let receipts: Vec<_> = outcomes.iter().take(2048).map(Result::unwrap).collect();
    assert!(receipts.iter().all(|receipt| receipt.index == receipts[0].index));
}

#[test]
fn nothing_is_taken_before_what_it_was_handed_over_behind() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let release = hold(&world, &ledger);
    let full = hand_over(&ledger, (0..2048).map(|_| world.declaration(1)));
    assert_eq!(full.try_iter().count(), 0);
    // The second has another signer, who has room; but it comes after the first.
    let outcomes = hand_over(&ledger, [world.declaration(2), world.grant_of("platform")]);
    let refused: Vec<_> = outcomes.try_iter().collect();
    assert_eq!(refused.len(), 2);
    assert!(refused.iter().all(is_overloaded));
    release.send(()).unwrap();
    assert!(full.iter().take(2048).all(|outcome| outcome.is_ok()));
}

#[test]
fn nobody_takes_room_in_the_name_of_another() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let release = hold(&world, &ledger);
    let payload = world.declaration(1).payload().to_vec();
    let forged = Envelope::sign(payload, &[&world.registrar]).unwrap();
    let refused = hand_over(&ledger, (0..2048).map(|_| forged.clone()));
    assert_eq!(refused.try_iter().count(), 0);
    let outcomes = hand_over(&ledger, [world.declaration(2)]);
    assert_eq!(outcomes.try_iter().count(), 0, "there is room for the one whose name it is");
    release.send(()).unwrap();
    assert!(outcomes.recv().unwrap().is_ok());
    let is_refused = |outcome| matches!(outcome, Err(SubmitError::Refused(_)));
    assert!(refused.iter().take(2048).all(is_refused));
}

#[test]
fn shutting_down_answers_what_waits_and_takes_nothing_more() {
    let world = World::new();
    let storage = Arc::new(MemoryStorage::default());
    let ledger = world.create(storage.clone()).unwrap();
    world.begin(&ledger);
    let (sender, outcomes) = mpsc::channel();
    let submissions = (0..700).map(|number| {
        let sender = sender.clone();
        let reply: ReplyFn = Box::new(move |outcome| sender.send(outcome).unwrap());
        (check(&ledger, world.declaration(number)), reply)
    });
    ledger.submit_many(submissions.collect());
    ledger.shut_down();
    assert_eq!(outcomes.try_iter().flatten().count(), 700);
    let error = submit(&ledger, world.declaration(700)).unwrap_err();
    assert!(matches!(error, SubmitError::Stopping), "{error}");
    drop(ledger);
    let ledger = world.open(storage).unwrap();
    assert_eq!(check_log(&world, &ledger.view(None).unwrap()).len(), 702);
}

#[test]
fn an_idle_ledger_writes_a_seal_with_each_heartbeat() {
    let world = World::new();
    let heartbeat = Some(Duration::from_millis(5));
    let options = Options { heartbeat, ..quiet() };
    let ledger = world.create_with(Arc::new(MemoryStorage::default()), options).unwrap();
    let first = ledger.view(None).unwrap().size();
    // Waits for the sequencer, whose own wait has a deadline.
    while ledger.view(None).unwrap().size().get() < first.get() + 3 {
        std::thread::yield_now();
    }
    check_log(&world, &ledger.view(None).unwrap());
}

#[test]
fn a_store_put_back_to_an_earlier_state_is_not_written_on() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let guard = Some(dir.path().join("guard"));
    let options = Options { guard, ..quiet() };
    let ledger = world.create_with(sled(dir.path()), options.clone()).unwrap();
    world.begin(&ledger);
    drop(ledger);
    let (store, backup) = (dir.path().join("store"), dir.path().join("backup"));
    copy_dir(&store, &backup);
    let ledger = world.open_with(sled(dir.path()), options.clone()).unwrap();
    submit(&ledger, world.declaration(1)).unwrap();
    drop(ledger);
    world.open_with(sled(dir.path()), options.clone()).unwrap();

    std::fs::remove_dir_all(&store).unwrap();
    copy_dir(&backup, &store);
    let error = world.open_with(sled(dir.path()), options.clone()).unwrap_err();
    assert!(matches!(error, OpenError::Older { .. }), "{error}");
    assert!(error.to_string().contains("Put back the newest store"), "{error}");

    // Another history of the same length, or longer, is one all the same.
    let ledger = world.open(sled(dir.path())).unwrap();
    submit(&ledger, world.declaration(2)).unwrap();
    submit(&ledger, world.declaration(3)).unwrap();
    drop(ledger);
    let error = world.open_with(sled(dir.path()), options).unwrap_err();
    assert!(matches!(error, OpenError::Fork { .. }), "{error}");
}

#[test]
fn a_second_log_is_not_begun_under_a_key_that_has_signed_one() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let options = Options { guard: Some(dir.path().join("guard")), ..quiet() };
    let first = Arc::new(MemoryStorage::default());
    let ledger = world.create_with(first.clone(), options.clone()).unwrap();
    world.begin(&ledger);
    drop(ledger);

    let second = Arc::new(MemoryStorage::default());
    let error = world.create_with(second.clone(), options.clone()).unwrap_err();
    assert!(matches!(error, OpenError::Older { found: TreeSize::EMPTY, .. }), "{error}");
    assert_eq!(second.head().unwrap(), None, "nothing was signed");
    drop(world.open_with(first, options).unwrap());
}

#[test]
fn what_the_guard_does_not_have_is_shown_to_nobody() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let beside = dir.path().join("beside");
    std::fs::create_dir(&beside).unwrap();
    let options = Options { guard: Some(beside.join("guard")), ..quiet() };
    let storage = Arc::new(MemoryStorage::default());
    let ledger = world.create_with(storage.clone(), options.clone()).unwrap();
    world.begin(&ledger);
    let shown = ledger.view(None).unwrap().size();
    let kept = std::fs::read(beside.join("guard")).unwrap();
    std::fs::remove_dir_all(&beside).unwrap();

    let error = ledger.seal().unwrap_err();
    assert!(matches!(error, SubmitError::Unconfirmed), "{error}");
    let error = submit(&ledger, world.declaration(1)).unwrap_err();
    assert!(matches!(error, SubmitError::Halted { .. }), "{error}");
    assert!(ledger.halted().unwrap().contains("guard"), "{:?}", ledger.halted());
    assert_eq!(ledger.view(None).unwrap().size(), shown);
    drop(ledger);

    std::fs::create_dir(&beside).unwrap();
    std::fs::write(beside.join("guard"), kept).unwrap();
    let ledger = world.open_with(storage, options).unwrap();
    assert!(ledger.view(None).unwrap().size() > shown);
    submit(&ledger, world.declaration(1)).unwrap();
    check_log(&world, &ledger.view(None).unwrap());
}

#[test]
fn of_two_servers_on_copies_of_a_store_one_goes_on() {
    let world = World::new();
    let dir = tempfile::tempdir().unwrap();
    let options = Options { guard: Some(dir.path().join("guard")), ..quiet() };
    let first = world.create_with(sled(dir.path()), options.clone()).unwrap();
    world.begin(&first);
    let shown = first.view(None).unwrap().size();
    let other = dir.path().join("other");
    std::fs::create_dir(&other).unwrap();
    copy_dir(&dir.path().join("store"), &other.join("store"));

    let second = world.open_with(sled(&other), options.clone()).unwrap();
    submit(&second, world.declaration(2)).unwrap();
    let error = submit(&first, world.declaration(1)).unwrap_err();
    assert!(matches!(error, SubmitError::Unconfirmed), "{error}");
    let error = submit(&first, world.declaration(1)).unwrap_err();
    assert!(error.to_string().contains("another one signs this log"), "{error}");
    assert_eq!(first.view(None).unwrap().size(), shown, "the fork is shown to nobody");
    drop(first);
    let error = world.open_with(sled(dir.path()), options).unwrap_err();
    assert!(matches!(error, OpenError::Fork { .. }), "{error}");
    submit(&second, world.declaration(3)).unwrap();
    check_log(&world, &second.view(None).unwrap());
}

/// Signs this many times, and panics then.
#[derive(Debug)]
struct Panicking {
    key: Arc<PrivateKey>,
    left: AtomicUsize,
}

impl Signer for Panicking {
    fn public_key(&self) -> &PublicKey {
        self.key.public_key()
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        assert!(self.left.fetch_sub(1, Ordering::SeqCst) > 0, "a test wants it so");
        self.key.sign(message)
    }
}

#[test]
fn a_sequencer_that_panics_stops_the_ledger_and_says_so() {
    let world = World::new();
    let signer = Panicking { key: world.log.clone(), left: AtomicUsize::new(2) };
    let storage = Arc::new(MemoryStorage::default());
    let (clock, signer) = (world.clock.clone(), Arc::new(signer));
    let ledger = Ledger::create(storage.clone(), &world.genesis, clock, signer, quiet()).unwrap();
    submit(&ledger, world.registration()).unwrap();
    let error = submit(&ledger, world.grant()).unwrap_err();
    assert!(matches!(error, SubmitError::Unconfirmed), "{error}");
    let error = submit(&ledger, world.grant()).unwrap_err();
    assert!(matches!(error, SubmitError::Halted { .. }), "{error}");
    assert!(ledger.halted().unwrap().contains("panicked"), "{:?}", ledger.halted());
    drop(ledger);
    let ledger = world.open(storage).unwrap();
    submit(&ledger, world.grant()).unwrap();
    check_log(&world, &ledger.view(None).unwrap());
}

pub(crate) fn copy_dir(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy_dir(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}

#[test]
fn an_entry_is_not_read_for_something_else() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    let view = ledger.view(None).unwrap();
    let error = view.record(EntryIndex::FIRST).unwrap_err();
    assert!(matches!(error, ViewError::NoAttestation { .. }), "{error}");
    let genesis = view.payload(EntryIndex::FIRST, Access::Public).unwrap();
    assert_eq!(genesis, PayloadBytes::Bytes(world.genesis.bytes().to_vec()));
    assert_eq!(view.payload(view.seal_index(), Access::Full).unwrap(), PayloadBytes::Absent);
}
