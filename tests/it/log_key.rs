//! The log's keys: followed from the genesis document, by evidence that nobody else can make.

use probant::audit::{AuditOptions, AuditReport, AuditedHandover, Rule, run_knowing};
use probant::dossier::{
    DossierError, HandoverFault, Limits, Trust, VerifiedDossier, build, verify_knowing,
};
use probant::envelope::StatementDigest;
use probant::export::{DirSource, ExportError, MirrorOptions, mirror};
use probant::fraud::{FraudProof, Kind};
use probant::genesis::Genesis;
use probant::key::{KeyId, Signer as _};
use probant::log_key::{Handover, HandoverError, LogKeys, ShownChange, VerifiedHandover};
use probant::merkle::{EntryIndex, TreeSize};
use probant::note::{CheckpointError, Note, NoteError};
use probant::policy::PolicySet;
use probant::proto;
use probant::reason::Reason;
use probant::refusal::Refused;
use probant::registry::Unattributed;
use prost::Message as _;
use serde_json::{Value, json};

use crate::audit::{assert_found, assert_sound, audit, envelopes};
use crate::case::policies;
use crate::dossier::{evaluated, question, world as toy_world};
use crate::fraud::{expect_fraud, follow};
use crate::paper_log::{Files, Paper, PaperLog};
use crate::world::{
    Draft, MAKER, REGISTRARS, World, grant, key, key_record, keyid, registrar_change, registration,
};

fn id(label: &str) -> KeyId {
    key(label).public_key().id()
}

/// The registrars announce a log key.
pub(crate) fn announce(label: &str) -> Draft {
    let change = json!({"log_keys_add": [key_record(label)], "quorum": 2});
    registrar_change(&REGISTRARS[..2], change, &[label])
}

/// The registrars end a log key.
fn end(label: &str) -> Draft {
    registrar_change(&REGISTRARS[..2], json!({"log_keys_end": [keyid(label)], "quorum": 2}), &[])
}

/// A world and its log, written down together.
pub(crate) struct Story {
    pub(crate) world: World,
    pub(crate) log: PaperLog,
}

impl Story {
    pub(crate) fn new() -> Self {
        let mut world = World::empty(2);
        let log = PaperLog::new(&world.genesis);
        world.add(registration(MAKER, "CN", &[]));
        let mut story = Self { world, log };
        story.write();
        story
    }

    /// Writes what the world let in last.
    fn write(&mut self) -> EntryIndex {
        let envelope = envelopes(&self.world).pop().unwrap();
        let index = self.log.attest(&envelope);
        self.log.seal();
        index
    }

    pub(crate) fn add(&mut self, draft: Draft) -> EntryIndex {
        self.world.add(draft);
        self.write()
    }

    fn force(&mut self, draft: Draft) -> EntryIndex {
        self.world.force(draft);
        self.write()
    }

    fn hand_over(&mut self, to: &str) -> &mut Self {
        self.log.hand_over(to);
        self.world.log_key = id(to);
        self
    }

    /// Announced and handed over, with something recorded after it.
    fn handed_over() -> Self {
        let mut story = Self::new();
        story.add(announce("log-2"));
        story.hand_over("log-2");
        story.add(grant(MAKER, "manufacturer"));
        story
    }

    /// The same twice, with the first key ended in between.
    fn twice() -> Self {
        let mut story = Self::handed_over();
        story.add(end("log"));
        story.add(announce("log-3"));
        story.hand_over("log-3");
        story.add(grant(MAKER, "distributor"));
        story
    }

    /// The log as it would be handed over now, if this handover were written.
    fn follow(&self, bytes: &[u8]) -> Result<(), HandoverError> {
        let mut keys = self.keys();
        let before = keys.clone();
        let followed = keys.follow(bytes).map(|_handover| ());
        assert!(followed.is_ok() || keys == before, "half followed");
        followed
    }

    /// The keys as the log's own handovers give them.
    fn keys(&self) -> LogKeys {
        let mut keys = LogKeys::new(&self.log.genesis);
        for (_, bytes) in &self.log.handovers {
            let _handover = keys.follow(bytes).unwrap();
        }
        keys
    }
}

/// A log with the handover of another one, whose tree is another.
pub(crate) fn handed_over_elsewhere() -> PaperLog {
    let mut other = Story::new();
    other.log.at("2026-01-06T00:00:00Z");
    other.add(announce("log-2"));
    other.hand_over("log-2");
    let mut log = Story::handed_over().log;
    let [fork] = &other.log.handovers[..] else { panic!() };
    assert_eq!(fork.0, log.handovers[0].0);
    log.handovers[0] = fork.clone();
    log
}

/// A log that was handed over twice.
pub(crate) fn handed_over_twice() -> PaperLog {
    Story::twice().log
}

/// Handovers that hold.
pub(crate) fn examples() -> Vec<Vec<u8>> {
    handed_over_twice().handovers.into_iter().map(|(_, bytes)| bytes).collect()
}

#[test]
fn the_keys_are_followed_from_the_genesis_document_each_in_its_time() {
    let story = Story::twice();
    let keys = story.keys();
    let line: Vec<KeyId> = keys.line().map(|key| key.public_key().id()).collect();
    assert_eq!(line, [id("log"), id("log-2"), id("log-3")]);
    let sizes: Vec<TreeSize> = keys.handovers().iter().map(VerifiedHandover::size).collect();
    let [first, second] = sizes[..] else { panic!("{sizes:?}") };
    let signed_by = |size: usize, label: &str| {
        let mut log = story.log.clone();
        log.truncate(size);
        label.clone_into(&mut log.log_key);
        keys.verify(log.note().as_bytes())
    };
    let labels = ["log", "log-2", "log-3"];
    for size in 1..=usize::try_from(story.log.size().get()).unwrap() {
        let of = TreeSize::new(size as u64);
        let place = usize::from(of >= first) + usize::from(of >= second);
        for (other, label) in labels.into_iter().enumerate() {
            match signed_by(size, label) {
                Ok(checkpoint) => {
                    assert_eq!(other, place, "{label} at {size}");
                    assert_eq!(checkpoint.log().public_key().id(), id(label));
                    // Whoever names the log by an earlier key means it all the same.
                    let known = keys.line().map(|key| checkpoint.is_of_log(key));
                    let expected = (0..3).map(|earlier| earlier <= place);
                    assert!(known.eq(expected), "{size}");
                }
                Err(error) => {
                    let [expected, found] = [id(labels[place]), id(label)];
                    let expected = CheckpointError::OtherKey { size: of, expected, found };
                    assert_eq!(error, expected, "{label} at {size}");
                }
            }
        }
        let error = signed_by(size, "stranger").unwrap_err();
        assert_eq!(error, CheckpointError::Note(NoteError::NoKnownSignature));
    }
    // The one checkpoint that two keys sign counts for what follows and for whoever knows no more.
    for handover in keys.handovers() {
        let note = handover.checkpoint().note().clone();
        assert_eq!(keys.verify_note(note.clone()).unwrap().log(), handover.log_key());
        assert_eq!(note.signatures().len(), 2);
    }
}

#[test]
fn a_refusal_is_known_by_its_key() {
    let keys = Story::twice().keys();
    let time = "2026-02-01T00:00:00Z".parse().unwrap();
    let origin = keys.newest().name().clone();
    let refused = Refused::new(origin, StatementDigest::default(), Reason::WrongLedger, time);
    for label in ["log", "log-2", "log-3"] {
        let note = refused.sign(&key(label)).unwrap();
        let (verified, by) = keys.verify_refusal(&note).unwrap();
        assert_eq!((verified.refused(), by.public_key().id()), (&refused, id(label)));
    }
    keys.verify_refusal(&refused.sign(&key("stranger")).unwrap()).unwrap_err();
}

#[test]
fn a_key_that_was_not_announced_gets_nothing() {
    let not_announced = |story: &mut Story| {
        story.log.seal();
        let error = story.follow(&story.log.handover("log", "log-2")).unwrap_err();
        assert_eq!(error, HandoverError::NotAnnounced { key: id("log-2") });
    };
    not_announced(&mut Story::new());
    // Another one was.
    let mut story = Story::new();
    story.add(announce("log-3"));
    not_announced(&mut story);
    // It is a registrar's, or was added as one.
    let mut story = Story::new();
    let add = json!({"add": [key_record("log-2")], "quorum": 2});
    story.add(registrar_change(&REGISTRARS[..2], add, &["log-2"]));
    not_announced(&mut story);
    // It is announced only behind the checkpoint.
    let mut story = Story::new();
    let early = story.log.handover("log", "log-2");
    story.add(announce("log-2"));
    let error = story.follow(&early).unwrap_err();
    assert_eq!(error, HandoverError::NotAnnounced { key: id("log-2") });
}

#[test]
fn an_announcement_by_those_who_may_not_make_it_counts_for_nothing() {
    let refused = |draft: Draft, before: &[Draft]| {
        let mut story = Story::new();
        for draft in before {
            story.add(draft.clone());
        }
        let index = story.force(draft);
        match story.follow(&story.log.handover("log", "log-2")).unwrap_err() {
            HandoverError::Record { index: found, cause } => {
                assert_eq!(found, index);
                cause
            }
            error => panic!("{error}"),
        }
    };
    let members = || json!({"log_keys_add": [key_record("log-2")], "quorum": 2});
    let one = registrar_change(&REGISTRARS[..1], members(), &["log-2"]);
    assert!(matches!(refused(one, &[]), Unattributed::Authority(_)));
    let without_itself = registrar_change(&REGISTRARS[..2], members(), &[]);
    assert!(matches!(refused(without_itself, &[]), Unattributed::Authority(_)));
    let remove = json!({"remove": [keyid(REGISTRARS[0])], "quorum": 2});
    let remove = registrar_change(&REGISTRARS[1..], remove, &[]);
    let by_removed = registrar_change(&REGISTRARS[..2], members(), &["log-2"]);
    assert!(matches!(refused(by_removed.clone(), &[remove]), Unattributed::Authority(_)));
    let elsewhere = by_removed.set("/header/ledger", json!("ledger.example/other"));
    assert!(matches!(refused(elsewhere, &[]), Unattributed::OtherLedger { .. }));
}

#[test]
fn an_announcement_that_is_not_shown_or_altered_counts_for_nothing() {
    let mut story = Story::new();
    let index = story.add(announce("log-2"));
    story.log.seal();
    let note = story.log.both("log", "log-2");
    let log_key = Handover::decode(&story.log.handover("log", "log-2")).unwrap().log_key().clone();
    let follow = |changes: Vec<ShownChange>| {
        story.follow(&Handover::write(&log_key, &note, changes)).unwrap_err()
    };
    let good = story.log.shown(index);
    story.follow(&Handover::write(&log_key, &note, [good.clone()])).unwrap();
    assert_eq!(follow(vec![]), HandoverError::NotAnnounced { key: id("log-2") });
    let other_place = ShownChange { index: EntryIndex::new(index.get() - 1), ..good.clone() };
    assert!(matches!(follow(vec![other_place]), HandoverError::Inclusion { .. }));
    let twice = vec![good.clone(), good.clone()];
    assert_eq!(follow(twice), HandoverError::Order { index });
    // Of another entry, and what another envelope says.
    let first = story.log.shown(EntryIndex::new(1));
    let other_record = ShownChange { record: first.record.clone(), ..good.clone() };
    assert!(matches!(follow(vec![other_record]), HandoverError::Record { .. }));
    let other_entry = ShownChange { entry: first.entry.clone(), ..good };
    assert!(matches!(follow(vec![other_entry]), HandoverError::Inclusion { .. }));
    // Whatever else stands in the log does not belong here.
    assert_eq!(follow(vec![first]), HandoverError::Kind { index: EntryIndex::new(1) });
}

#[test]
fn a_checkpoint_that_not_just_both_keys_signed_hands_nothing_over() {
    let mut story = Story::new();
    story.add(announce("log-2"));
    story.log.seal();
    let of = |note: &str| story.log.handover_of(note, "log-2", |_| true);
    let follow = |note: &str| story.follow(&of(note));
    let both = story.log.both("log", "log-2");
    follow(&both).unwrap();
    let alone = |label: &str| {
        let mut log = story.log.clone();
        label.clone_into(&mut log.log_key);
        log.note()
    };
    let error = follow(&alone("log")).unwrap_err();
    assert!(matches!(error, HandoverError::Incoming { .. }), "{error}");
    let error = follow(&alone("log-2")).unwrap_err();
    assert!(matches!(error, HandoverError::Outgoing { .. }), "{error}");
    let swapped = story.log.both("log-2", "log");
    assert_eq!(follow(&swapped), Err(HandoverError::Signatures));
    let origin = story.log.genesis.origin();
    let third = Note::parse(both.as_bytes()).unwrap().countersign(origin, &key("other")).unwrap();
    assert_eq!(follow(&third.to_string()), Err(HandoverError::Signatures));
    // The two signatures are over one text.
    let mut grown = story.log.clone();
    grown.seal();
    let other = grown.both("log", "log-2");
    let line = other.lines().last().unwrap();
    let mixed = format!("{}{line}\n", alone("log"));
    let error = follow(&mixed).unwrap_err();
    assert!(matches!(error, HandoverError::Incoming { .. }), "{error}");
}

#[test]
fn a_key_that_was_ended_or_had_its_turn_gets_nothing() {
    let mut story = Story::new();
    story.add(announce("log-2"));
    let index = story.add(end("log-2"));
    story.log.seal();
    let error = story.follow(&story.log.handover("log", "log-2")).unwrap_err();
    assert_eq!(error, HandoverError::Ended { key: id("log-2"), index });

    // Nor does one that was ended hand anything over.
    let mut story = Story::new();
    story.add(announce("log-2"));
    let index = story.force(end("log"));
    story.log.seal();
    let error = story.follow(&story.log.handover("log", "log-2")).unwrap_err();
    assert_eq!(error, HandoverError::Ended { key: id("log"), index });

    let mut story = Story::handed_over();
    story.log.seal();
    for label in ["log", "log-2"] {
        let error = story.follow(&story.log.handover("log-2", label)).unwrap_err();
        assert_eq!(error, HandoverError::KeyBefore { key: id(label) });
    }
    // The first key has nothing to hand over any more, and nothing is handed over in the past.
    story.add(announce("log-3"));
    story.log.seal();
    let error = story.follow(&story.log.handover("log", "log-3")).unwrap_err();
    assert!(matches!(error, HandoverError::Outgoing { .. }), "{error}");
    let mut earlier = story.log.clone();
    earlier.truncate(3);
    let error = story.follow(&earlier.handover("log-2", "log-3")).unwrap_err();
    assert!(matches!(error, HandoverError::NotLater { .. }), "{error}");
    story.follow(&story.log.handover("log-2", "log-3")).unwrap();
}

#[test]
fn no_byte_of_a_handover_is_idle() {
    let story = Story::handed_over();
    let bytes = &story.log.handovers[0].1;
    let keys = LogKeys::new(&story.log.genesis);
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 1 << (place % 8);
        assert!(keys.clone().follow(&changed).is_err(), "byte {place}");
    }
    for cut in (0..bytes.len()).step_by(97) {
        assert!(keys.clone().follow(&bytes[..cut]).is_err(), "{cut} bytes");
    }
    let mut keys = keys;
    keys.follow(&[&bytes[..], &[0]].concat()).unwrap_err();
}

#[test]
fn who_announces_or_ends_a_log_key_is_held_to_what_is_there() {
    let mut world = World::empty(2);
    world.add(registration(MAKER, "CN", &[]));
    for label in ["log", REGISTRARS[2], MAKER] {
        world.refused(Reason::IdentifierTaken, announce(label));
    }
    let members = || json!({"log_keys_add": [key_record("log-2")], "quorum": 2});
    let by = |registrars: &[&str], members: Value, others: &[&str]| {
        registrar_change(registrars, members, others)
    };
    world.refused(Reason::SignatureMissing, by(&REGISTRARS[..2], members(), &[]));
    world.refused(Reason::SignatureMissing, by(&REGISTRARS[..1], members(), &["log-2"]));
    let until = announce("log-2").set("/log_keys_add/0/until", json!("2030-01-01"));
    world.refused(Reason::ChangeNotPermitted, until);
    world.refused(Reason::ChangeNotPermitted, end("log-2"));
    world.refused(Reason::ChangeNotPermitted, end(MAKER));
    world.add(announce("log-2"));
    world.refused(Reason::IdentifierTaken, announce("log-2"));
    // A log key is nobody else's from then on, and signs nothing but what announces it.
    let other = registration("urn:lei:ZZZZ00BRICOLINTOYS09", "CN", &[]);
    let with_log_key =
        other.set("/key", key_record("log-2")).signed_by(&[REGISTRARS[0], REGISTRARS[1], "log-2"]);
    world.refused(Reason::IdentifierTaken, with_log_key);
    let signed = grant(MAKER, "manufacturer").signed_by(&["registrar-0", "registrar-1", "log-2"]);
    world.refused(Reason::SignerUnexpected, signed);

    let refusal = world.refused(Reason::LogKeyInForce, end("log"));
    assert!(refusal.to_string().contains("log_keys_end"), "{refusal}");
    world.log_key = id("log-2");
    world.refused(Reason::LogKeyInForce, end("log-2"));
    world.add(end("log"));
    world.refused(Reason::ChangeNotPermitted, end("log"));
    world.refused(Reason::ChangeNotPermitted, announce("log"));
}

/// The audit by somebody who knows of these handovers.
fn audit_knowing(files: &Files, genesis: &Genesis, known: &LogKeys) -> AuditReport {
    let policies = PolicySet::empty();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    run_knowing(&mut files.clone(), genesis, known, &options, &mut |_| {}).unwrap()
}

#[test]
fn an_audit_follows_the_keys_and_says_so() {
    let story = Story::twice();
    let report = audit(&story.log.files(), &story.log.genesis);
    assert_sound(&report);
    assert_eq!(report.counts.files, story.log.files().0.len() as u64);
    let keys = story.keys();
    let expected: Vec<_> = keys.handovers().iter().map(AuditedHandover::of).collect();
    assert_eq!(report.handovers, expected);
    assert_eq!(report.checkpoint.as_ref().unwrap().log_key, *keys.newest());
    assert!(report.to_string().contains("handed over"), "{report}");
    assert_sound(&audit_knowing(&story.log.files(), &story.log.genesis, &keys));
}

#[test]
fn an_audit_finds_a_handover_that_is_wrong_missing_or_too_many() {
    let story = Story::twice();
    let (files, genesis) = (story.log.files(), &story.log.genesis);
    let one = |report: &AuditReport, rule, file: &str| {
        assert_found(report, rule, file, None);
        let others = report.findings.iter().filter(|finding| finding.place.file != file);
        assert_eq!(others.count(), 0, "{report}");
    };
    for path in ["handover/1", "handover/2"] {
        let bytes = &files.0[path];
        for place in (0..bytes.len()).step_by(13).chain([bytes.len() - 1]) {
            let mut changed = files.clone();
            changed.0.get_mut(path).unwrap()[place] ^= 1 << (place % 8);
            one(&audit(&changed, genesis), Rule::Handover, path);
        }
        let mut empty = files.clone();
        empty.0.get_mut(path).unwrap().clear();
        one(&audit(&empty, genesis), Rule::Handover, path);
    }
    let mut swapped = files.clone();
    swapped.0.insert("handover/1".to_owned(), files.0["handover/2"].clone());
    swapped.0.insert("handover/2".to_owned(), files.0["handover/1"].clone());
    one(&audit(&swapped, genesis), Rule::Handover, "handover/1");
    // Without one, nobody knows the key that signed.
    for path in ["handover/1", "handover/2"] {
        let mut missing = files.clone();
        missing.0.remove(path);
        assert_found(&audit(&missing, genesis), Rule::Checkpoint, "checkpoint", None);
    }
    // The checkpoint under which it was handed over is the outgoing key's, too: but not its alone.
    let mut at_once = Story::new();
    at_once.add(announce("log-2"));
    at_once.hand_over("log-2");
    let mut missing = at_once.log.files();
    missing.0.insert("checkpoint".to_owned(), at_once.log.both("log", "log-2").into_bytes());
    assert_sound(&audit(&missing, &at_once.log.genesis));
    missing.0.remove("handover/1");
    one(&audit(&missing, &at_once.log.genesis), Rule::Handover, "handover/1");
    for extra in ["handover/3", "handover/0", "handover/01", "handover/x", "handover"] {
        let mut more = files.clone();
        more.0.insert(extra.to_owned(), files.0["handover/2"].clone());
        let rule = if extra == "handover/3" { Rule::Handover } else { Rule::Stray };
        one(&audit(&more, genesis), rule, extra);
    }
    // One that lies beyond the checkpoint.
    let mut grown = Story::twice();
    grown.add(announce("log-4"));
    grown.hand_over("log-4");
    let mut beyond = files;
    let next = grown.log.handovers[2].1.clone();
    beyond.0.insert("handover/3".to_owned(), next);
    one(&audit(&beyond, genesis), Rule::Handover, "handover/3");
}

#[test]
fn an_audit_finds_a_key_that_signs_out_of_its_time() {
    // The old key goes on, beside its own handover.
    let mut story = Story::handed_over();
    "log".clone_into(&mut story.log.log_key);
    let report = audit(&story.log.files(), &story.log.genesis);
    assert_found(&report, Rule::Checkpoint, "checkpoint", None);
    // Or as if there had been none: who knows better is not fooled.
    let known = story.keys();
    let mut hidden = story.log.files();
    hidden.0.remove("handover/1");
    assert_sound(&audit(&hidden, &story.log.genesis));
    let report = audit_knowing(&hidden, &story.log.genesis, &known);
    assert_found(&report, Rule::Handover, "handover/1", None);
    // A key that was ended.
    let mut story = Story::handed_over();
    story.force(end("log-2"));
    let report = audit(&story.log.files(), &story.log.genesis);
    assert_found(&report, Rule::Checkpoint, "checkpoint", None);
    let mut details = report.findings.iter().map(|of| of.detail.to_string());
    assert!(details.any(|of| of.contains("LOG_KEY_IN_FORCE")), "{report}");
}

#[test]
fn an_audit_finds_a_handover_of_another_tree_and_one_that_leaves_a_change_out() {
    let mut story = Story::handed_over();
    let forked = handed_over_elsewhere();
    let mut fork_files = forked.files();
    let genesis = story.log.genesis.clone();
    assert_found(&audit(&fork_files, &genesis), Rule::Handover, "handover/1", None);
    let dir = tempfile::tempdir().unwrap();
    let options = MirrorOptions::default();
    let error = mirror(&mut fork_files, dir.path(), &genesis, options, &mut |_| {});
    let error = error.unwrap_err();
    assert!(matches!(error, ExportError::HandoverRoot { number: 1 }), "{error}");
    assert!(!dir.path().join("checkpoint").exists());
    // Both keys signed that the log has another beginning.
    let _proof = expect_fraud(follow(&forked), Kind::TwoCheckpoints, None);

    // Two changes, of which the handover shows the one that it needs.
    let left_out = story.add(end("log"));
    story.add(announce("log-3"));
    story.log.seal();
    let note = story.log.both("log-2", "log-3");
    let bytes = story.log.handover_of(&note, "log-3", |index| index != left_out);
    story.follow(&bytes).unwrap();
    story.log.handovers.push((story.log.size(), bytes));
    "log-3".clone_into(&mut story.log.log_key);
    let report = audit(&story.log.files(), &genesis);
    assert_found(&report, Rule::Handover, "handover/2", None);
}

#[test]
fn evidence_holds_in_whichever_form_it_brings_a_handover() {
    let mut story = Story::handed_over();
    let change = story.add(end("log"));
    story.add(announce("log-3"));
    story.log.seal();
    let note = story.log.both("log-2", "log-3");
    let log = &story.log;
    let forms = [change, EntryIndex::FIRST]
        .map(|left_out| log.handover_of(&note, "log-3", |index| index != left_out));
    assert_ne!(forms[0], forms[1]);
    let [mut lying, known] = forms.map(|form| {
        let mut log = log.clone();
        log.handovers.push((log.size(), form));
        "log-3".clone_into(&mut log.log_key);
        log
    });
    let envelope = story.world.envelope(grant(MAKER, "importer"));
    let index = lying.attest(&envelope);
    let proof = expect_fraud(follow(&lying), Kind::WrongOrder, Some(index.get()));
    let mut keys = LogKeys::new(&known.genesis);
    for (_, bytes) in &known.handovers {
        let _handover = keys.follow(bytes).unwrap();
    }
    let _proof = FraudProof::verify_knowing(proof.bytes(), &known.genesis, &keys).unwrap();
}

#[test]
fn a_mirror_follows_the_keys() {
    let dir = tempfile::tempdir().unwrap();
    let options = MirrorOptions { has_to_check_held: true, ..MirrorOptions::default() };
    let export = |files: &Files, genesis: &Genesis| {
        mirror(&mut files.clone(), dir.path(), genesis, options, &mut |_| {})
    };
    let held = |path: &str| std::fs::read(dir.path().join(path)).ok();
    // It has seen the log under its first key.
    let first = Story::new();
    export(&first.log.files(), &first.log.genesis).unwrap();
    assert_eq!(held("handover/1"), None);
    let story = Story::twice();
    let (files, genesis) = (story.log.files(), &story.log.genesis);
    export(&files, genesis).unwrap();
    for (path, bytes) in &files.0 {
        assert_eq!(held(path).as_ref(), Some(bytes), "{path}");
    }
    let policies = PolicySet::empty();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    let mut source = DirSource::new(dir.path());
    assert_sound(&probant::audit::run(&mut source, genesis, &options, &mut |_| {}).unwrap());
    // A damaged one is written anew; a log without one, or with a wrong one, is not taken.
    std::fs::write(dir.path().join("handover/1"), b"x").unwrap();
    assert_eq!(export(&files, genesis).unwrap().written, 1);
    for path in ["handover/1", "handover/2"] {
        let mut missing = files.clone();
        missing.0.remove(path);
        let error = export(&missing, genesis).unwrap_err();
        assert!(matches!(error, ExportError::Checkpoint(_)), "{error}");
        let mut changed = files.clone();
        changed.0.get_mut(path).unwrap()[40] ^= 1;
        let error = export(&changed, genesis).unwrap_err();
        assert!(matches!(error, ExportError::Handover { .. }), "{error}");
    }
    // A log that is handed over while it is copied is copied up to its checkpoint.
    let mut grown = Story::twice();
    let mut both = grown.log.files();
    grown.add(announce("log-4"));
    grown.hand_over("log-4");
    both.0.insert("handover/3".to_owned(), grown.log.handovers[2].1.clone());
    export(&both, genesis).unwrap();
    assert_eq!(held("handover/3"), None);
}

/// The log of the toy, handed over once before the question is asked, and a dossier on it.
fn toy_log() -> PaperLog {
    let mut world = toy_world();
    world.at("2026-11-21T00:00:00Z");
    world.add(announce("log-2"));
    let mut log = crate::dossier::paper(&world);
    log.hand_over("log-2");
    log.at("2026-11-23T00:00:00Z").seal();
    log
}

fn toy_dossier(log: &PaperLog) -> Vec<u8> {
    let (query, evidence, verdict) = evaluated(log, &question());
    let applied = verdict.body().policy.as_ref().unwrap().sha256;
    let rule_set = policies().by_sha256(&applied).unwrap().bytes().to_vec();
    build(log, &evidence, &query, &rule_set, &verdict).unwrap()
}

fn verify(
    bytes: &[u8],
    genesis: &Genesis,
    known: &LogKeys,
) -> Result<VerifiedDossier, DossierError> {
    let policies = policies();
    let trust = Trust { genesis, policies: &policies, witnesses: None };
    let now = "2026-11-23T06:00:00Z".parse().unwrap();
    verify_knowing(bytes, &trust, known, &Limits { age_max_ms: None, now })
}

#[test]
fn a_dossier_brings_the_handovers_that_its_checkpoint_calls_for() {
    let log = toy_log();
    let (genesis, none) = (&log.genesis, LogKeys::new(&log.genesis));
    let good = toy_dossier(&log);
    let verified = verify(&good, genesis, &none).unwrap();
    let known = verified.log_keys().clone();
    assert_eq!(known.newest().public_key().id(), id("log-2"));
    assert_eq!(verified.checkpoint().checkpoint().log(), known.newest());
    assert!(verify(&good, genesis, &known).is_ok());
    let changed = |change: &dyn Fn(&mut proto::Dossier)| {
        let mut message = proto::Dossier::decode(&good[..]).unwrap();
        change(&mut message);
        message.encode_to_vec()
    };
    let refused = |bytes: &[u8]| verify(bytes, genesis, &none).unwrap_err();
    // Left out: its hashes would be idle, and the key unknown.
    assert!(matches!(
        refused(&changed(&|of| of.handovers.clear())),
        DossierError::Container(_) | DossierError::Checkpoint(_)
    ));
    let twice = changed(&|of| of.handovers.push(of.handovers[0].clone()));
    assert!(matches!(refused(&twice), DossierError::Handover { number: 2, .. }));
    let cut = changed(&|of| {
        of.handovers[0].consistency.pop();
    });
    let error = refused(&cut);
    let is_proof = |error: &DossierError| {
        matches!(error, DossierError::Handover { number: 1, cause: HandoverFault::Consistency(_) })
    };
    assert!(is_proof(&error) || matches!(error, DossierError::Container(_)), "{error}");

    // One of a later checkpoint is too many.
    let mut grown = log.clone();
    let mut world = toy_world();
    world.at("2026-11-21T00:00:00Z");
    world.add(announce("log-2"));
    world.add(announce("log-3"));
    grown.attest(world.candidates.last().unwrap().envelope().envelope());
    grown.hand_over("log-3");
    let later = grown.handovers[1].1.clone();
    let beyond = changed(&|of| {
        let handover = later.clone().into();
        of.handovers.push(proto::DossierHandover { handover, consistency: Vec::new() });
    });
    let error = refused(&beyond);
    assert!(matches!(error, DossierError::Handover { number: 2, .. }), "{error}");
    assert!(verify(&toy_dossier(&grown), genesis, &none).is_ok());
    let swapped = {
        let bytes = toy_dossier(&grown);
        let mut message = proto::Dossier::decode(&bytes[..]).unwrap();
        message.handovers.swap(0, 1);
        message.encode_to_vec()
    };
    let error = refused(&swapped);
    assert!(matches!(error, DossierError::Handover { number: 1, .. }), "{error}");
}

#[test]
fn a_dossier_under_a_key_that_was_handed_over_fools_nobody_who_knows() {
    let log = toy_log();
    let (genesis, none) = (&log.genesis, LogKeys::new(&log.genesis));
    let known = verify(&toy_dossier(&log), genesis, &none).unwrap().log_keys().clone();
    let mut old = log.clone();
    "log".clone_into(&mut old.log_key);
    let error = verify(&toy_dossier(&old), genesis, &none).unwrap_err();
    assert!(matches!(error, DossierError::Checkpoint(CheckpointError::OtherKey { .. })), "{error}");
    // The thief shows no handover: who has never seen one can't tell, who has can.
    old.handovers.clear();
    assert!(verify(&toy_dossier(&old), genesis, &none).is_ok());
    let error = verify(&toy_dossier(&old), genesis, &known).unwrap_err();
    let is_left_out = |error: &DossierError| {
        matches!(error, DossierError::Handover { number: 1, cause: HandoverFault::LeftOut { .. } })
    };
    assert!(is_left_out(&error), "{error}");
    // A dossier of before the handover is as good as it was.
    let mut before = log.clone();
    before.handovers.clear();
    before.truncate(usize::try_from(log.size().get()).unwrap() - 2);
    "log".clone_into(&mut before.log_key);
    assert!(verify(&toy_dossier(&before), genesis, &known).is_ok());
}

#[test]
fn a_dossier_under_a_key_that_was_ended_does_not_verify() {
    let mut log = toy_log();
    let mut world = toy_world();
    world.at("2026-11-21T00:00:00Z");
    world.add(announce("log-2"));
    world.add(end("log-2"));
    let index = log.attest(&envelopes(&world).pop().unwrap());
    log.seal();
    let error = verify(&toy_dossier(&log), &log.genesis, &LogKeys::new(&log.genesis)).unwrap_err();
    assert_eq!(error, DossierError::LogKeyEnded { key: id("log-2"), index });
}

#[test]
fn a_dossier_finds_a_handover_that_leaves_a_change_out() {
    let mut world = toy_world();
    world.at("2026-11-21T00:00:00Z");
    world.add(announce("log-3"));
    world.add(announce("log-2"));
    let mut log = crate::dossier::paper(&world);
    let left_out = EntryIndex::new(world.log.len() as u64 - 1);
    let note = log.both("log", "log-2");
    let bytes = log.handover_of(&note, "log-2", |index| index != left_out);
    log.handovers.push((log.size(), bytes));
    "log-2".clone_into(&mut log.log_key);
    log.seal();
    let error = verify(&toy_dossier(&log), &log.genesis, &LogKeys::new(&log.genesis)).unwrap_err();
    let expected = DossierError::Handover { number: 1, cause: HandoverFault::Changes };
    assert_eq!(error, expected);
}

#[test]
fn no_tried_byte_of_a_dossier_with_a_handover_is_idle() {
    let log = toy_log();
    let (good, none) = (toy_dossier(&log), LogKeys::new(&log.genesis));
    let handover = &log.handovers[0].1;
    let start = good.windows(handover.len()).position(|at| at == &handover[..]).unwrap();
    for place in (start..good.len()).step_by(29) {
        let mut changed = good.clone();
        changed[place] ^= 1 << (place % 8);
        assert!(verify(&changed, &log.genesis, &none).is_err(), "byte {place}");
    }
    assert_eq!(log.payloads.last(), Some(&Paper::Absent));
}
