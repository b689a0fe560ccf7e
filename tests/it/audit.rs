//! The audit: every change of every file is found and named, and so is every rule that the ledger
//! itself breaks.

use probant::attestation::Statement;
use probant::audit::{AuditOptions, AuditReport, Finding, LogSource, Remark, Rule, run};
use probant::entry::Body;
use probant::envelope::Envelope;
use probant::genesis::Genesis;
use probant::hash::Digest;
use probant::identifier::{Class, SubjectKey};
use probant::key::Signature;
use probant::merkle::{EntryIndex, TreeSize};
use probant::note::Checkpoint;
use probant::policy::PolicySet;
use serde_json::json;

use crate::fuzz::setting;
use crate::paper_log::{Files, Paper, PaperLog};
use crate::world::{
    LAB, MAKER, RIVAL, TOY, World, declaration, erasure, grant, identity, key, listing, measure,
    registration, report, scope, status_change, target, types_of,
};

pub(crate) fn audit(files: &Files, genesis: &Genesis) -> AuditReport {
    let policies = PolicySet::empty();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    run(&mut files.clone(), genesis, &options, &mut |_| {}).unwrap()
}

/// The envelopes of a world, in the order in which it let them in.
pub(crate) fn envelopes(world: &World) -> Vec<Envelope> {
    world.candidates.iter().map(|candidate| candidate.envelope().envelope().clone()).collect()
}

/// A manufacturer, registered and in its role, with the identity of a toy.
fn small_world() -> World {
    let mut world = World::empty(2);
    world.add(registration(MAKER, "CN", &[]));
    world.add(grant(MAKER, "manufacturer"));
    world.add(identity(MAKER, TOY));
    world
}

pub(crate) fn small_log() -> PaperLog {
    let world = small_world();
    let mut log = PaperLog::of(&world.genesis, &envelopes(&world)[..2]);
    log.attest(&envelopes(&world)[2]);
    log.seal();
    log
}

/// A log of more than one bundle.
pub(crate) fn large_log() -> PaperLog {
    let mut world = World::empty(2);
    world.add(registration(LAB, "NL", &[]));
    world.add(grant(LAB, "lab"));
    for number in 0..270 {
        let of_type = types_of(MAKER, &format!("T-{}", number / 30));
        world.add(report(LAB, &format!("R-{number}")).set("/scope", of_type));
    }
    let mut log = PaperLog::new(&world.genesis);
    for (place, envelope) in envelopes(&world).iter().enumerate() {
        log.attest(envelope);
        if place % 50 == 49 {
            log.seal();
        }
    }
    log.seal();
    log
}

pub(crate) fn assert_sound(report: &AuditReport) {
    assert!(report.is_sound(), "{report}");
}

pub(crate) fn assert_found(report: &AuditReport, rule: Rule, file: &str, entry: Option<u64>) {
    let is_it = |finding: &Finding| {
        (finding.rule, finding.place.file.as_str(), finding.place.entry.map(EntryIndex::get))
            == (rule, file, entry)
    };
    assert!(report.findings.iter().any(is_it), "{rule} in {file}, entry {entry:?}: {report}");
}

/// Every finding is about `file`, and there is one.
fn assert_named(report: &AuditReport, file: &str, what: &str) {
    assert!(!report.is_sound(), "{what}: {report}");
    assert!(!report.findings.is_empty(), "{what}: {report}");
    for finding in &report.findings {
        assert_eq!(finding.place.file, file, "{what}: {report}");
    }
}

#[test]
fn a_log_that_keeps_the_rules_is_sound() {
    let small = small_log();
    let report = audit(&small.files(), &small.genesis);
    assert_sound(&report);
    assert_eq!(report.observations, []);
    let counts = report.counts;
    assert_eq!((counts.entries, counts.attestations, counts.seals), (6, 3, 2));
    assert_eq!((counts.admitted, counts.signatures, counts.files), (3, 6, 5));
    let checkpoint = report.checkpoint.as_ref().unwrap();
    assert_eq!((checkpoint.size.get(), checkpoint.sealed_at), (6, Some(small.now)));

    let large = large_log();
    let report = audit(&large.files(), &large.genesis);
    assert_sound(&report);
    assert_eq!(report.counts.admitted, 272);
    assert_eq!(report.counts.files, u64::try_from(large.files().0.len()).unwrap());
}

#[test]
fn a_changed_byte_of_any_file_is_found_and_named() {
    let log = small_log();
    let files = log.files();
    // A prime that no structure of the files has.
    let step = setting("PROBANT_FLIP_STEP", 5) as usize;
    for (path, bytes) in &files.0 {
        for place in (0..bytes.len()).step_by(step).chain([bytes.len() - 1]) {
            let mut changed = files.clone();
            // Which bit changes differs from byte to byte.
            changed.0.get_mut(path).unwrap()[place] ^= 1 << (place % 8);
            let report = audit(&changed, &log.genesis);
            assert_named(&report, path, &format!("byte {place} of {path}"));
        }
    }
}

#[test]
fn a_changed_entry_or_payload_is_named_by_its_index() {
    let log = small_log();
    for (path, rule) in [("tile/entries/000.p/6", Rule::Entry), ("payload/000.p/6", Rule::Payload)]
    {
        let files = log.files();
        let bytes = &files.0[path];
        for index in [1_u64, 2, 4] {
            let mut changed = files.clone();
            let entry = log.entry_at(EntryIndex::new(index)).encode();
            let needle = match &log.payloads[usize::try_from(index).unwrap()] {
                Paper::Bytes(payload) if path.starts_with("payload") => payload.clone(),
                _ => entry,
            };
            let start = bytes.windows(needle.len()).position(|window| window == needle).unwrap();
            changed.0.get_mut(path).unwrap()[start + needle.len() - 1] ^= 1;
            assert_found(&audit(&changed, &log.genesis), rule, path, Some(index));
        }
    }
}

#[test]
fn a_file_that_is_missing_cut_or_too_many_is_found_and_named() {
    let log = large_log();
    let files = log.files();
    for (number, (path, bytes)) in files.0.iter().enumerate() {
        let mut missing = files.clone();
        missing.0.remove(path);
        let report = audit(&missing, &log.genesis);
        assert_named(&report, path, &format!("without {path}"));
        assert_found(&report, Rule::Missing, path, None);
        let mut changed = files.clone();
        let file = changed.0.get_mut(path).unwrap();
        if number % 2 == 0 {
            file.truncate(bytes.len() / 2);
        } else {
            file.push(b'\n');
        }
        assert_named(&audit(&changed, &log.genesis), path, &format!("{path} cut, or and a byte"));
    }
    for extra in ["tile/0/000.p/7", "tile/entries/002", "readme.txt", "tile/2/000", ".tmp"] {
        let mut more = files.clone();
        more.0.insert(extra.to_owned(), b"x".to_vec());
        let report = audit(&more, &log.genesis);
        assert_named(&report, extra, extra);
        assert_found(&report, Rule::Stray, extra, None);
    }
}

#[test]
fn changed_bytes_of_a_log_of_several_bundles_are_found_and_named() {
    let log = large_log();
    let files = log.files();
    let is_every_place = setting("PROBANT_FLIP_STEP", 83) == 1;
    for (number, (path, bytes)) in files.0.iter().enumerate() {
        // The ends, and places spread over the file that no structure chooses; by default one of each.
        let spread = (1..4).map(|step| step * 7919 * bytes.len() / 43_000 % bytes.len());
        let places = [0, bytes.len() - 1].into_iter().chain(spread).enumerate();
        let chosen = [number % 2, 2 + number % 3];
        for (_, place) in places.filter(|(of, _)| is_every_place || chosen.contains(of)) {
            let mut changed = files.clone();
            changed.0.get_mut(path).unwrap()[place] ^= 0x10;
            let report = audit(&changed, &log.genesis);
            assert_named(&report, path, &format!("byte {place} of {path}"));
        }
    }
}

#[test]
fn files_of_another_ledger_are_not_taken_for_this_one() {
    let log = small_log();
    let other = World::empty(1).genesis;
    let report = audit(&log.files(), &other);
    assert_found(&report, Rule::Genesis, "genesis", None);
    assert!(!report.is_sound());
}

/// A world with all operators, and a log of it that goes on.
pub(crate) fn full_log() -> (World, PaperLog) {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    let log = PaperLog::of(&world.genesis, &envelopes(&world));
    (world, log)
}

pub(crate) fn payload_file(log: &PaperLog) -> String {
    format!("payload/000.p/{}", log.size())
}

#[test]
fn what_the_ledger_let_in_against_the_rules_is_found() {
    let (mut world, mut log) = full_log();
    // A rival withdraws what it has no right to withdraw.
    let record = world.log.last().unwrap().clone();
    let draft = status_change(RIVAL, "manufacturer", "WITHDRAW", target(&record));
    let index = log.attest(&world.envelope(draft));
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_found(&report, Rule::Admission, &payload_file(&log), Some(index.get()));
}

#[test]
fn a_size_that_is_only_claimed_costs_nothing() {
    let log = small_log();
    let origin = log.genesis.origin().clone();
    let claimed = Checkpoint::new(origin, TreeSize::new(1 << 62), log.root()).unwrap();
    let mut files = log.files();
    let note = claimed.sign(&key("log")).unwrap().to_string();
    files.0.insert("checkpoint".to_owned(), note.into_bytes());
    let report = audit(&files, &log.genesis);
    assert!(report.is_cut && !report.is_sound(), "{report}");
    assert_found(&report, Rule::Missing, "tile/entries/000", None);
}

#[test]
fn a_recall_filed_under_too_few_keys_is_found() {
    let (mut world, mut log) = full_log();
    let envelope = world.envelope(measure(MAKER, "manufacturer", "M-1", scope(TOY)));
    let statement = Statement::parse(envelope.payload()).unwrap();
    let adverse = SubjectKey::of(Class::Adverse, &TOY.parse().unwrap());
    let keys: Vec<Digest> = statement.feed().keys().into_iter().map(Digest::from).collect();
    let fewer: Vec<Digest> = keys.iter().copied().filter(|key| *key != adverse.digest()).collect();
    assert_eq!(fewer.len(), keys.len() - 1);
    let index = log.attest_with(&envelope, fewer);
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_found(&report, Rule::Record, &payload_file(&log), Some(index.get()));
}

#[test]
fn a_signature_that_does_not_hold_is_found() {
    let (mut world, mut log) = full_log();
    let good = world.envelope(measure(MAKER, "manufacturer", "M-1", scope(TOY)));
    let mut signatures = good.signatures().to_vec();
    let mut bytes = *signatures[0].1.as_bytes();
    bytes[40] ^= 1;
    signatures[0].1 = Signature::new(bytes);
    let forged = Envelope::new(good.payload_type(), good.payload().to_vec(), signatures).unwrap();
    let index = log.attest(&forged);
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_found(&report, Rule::Signature, &payload_file(&log), Some(index.get()));
}

#[test]
fn a_seal_over_another_map_and_time_that_goes_back_are_found() {
    let file = |log: &PaperLog| format!("tile/entries/000.p/{}", log.size());
    let mut log = small_log();
    let previous_seal = EntryIndex::new(5);
    let Body::Seal { subjects, .. } = *log.entry_at(previous_seal).body() else { panic!() };
    let map_root = Digest::of(b"another map");
    let index = log.push(Body::Seal { map_root, subjects, previous_seal }, Paper::Absent);
    assert_found(&audit(&log.files(), &log.genesis), Rule::Log, &file(&log), Some(index.get()));

    let mut log = small_log();
    log.at("2026-01-04T00:00:00Z");
    let index = log.seal();
    assert_found(&audit(&log.files(), &log.genesis), Rule::Log, &file(&log), Some(index.get()));
}

#[test]
fn a_log_that_ends_without_a_seal_is_found() {
    let world = small_world();
    let mut log = PaperLog::new(&world.genesis);
    log.attest(&envelopes(&world)[0]);
    assert_found(&audit(&log.files(), &log.genesis), Rule::Log, "checkpoint", None);
}

#[test]
fn an_erased_payload_needs_an_order_and_nothing_else_changes() {
    let (mut world, mut log) = full_log();
    let record = world.add(declaration(MAKER, "manufacturer", MAKER, "D-1"));
    let index = log.attest(&envelopes(&world).pop().unwrap());
    log.seal();
    log.erase(index);
    let report = audit(&log.files(), &log.genesis);
    assert_found(&report, Rule::Erased, &payload_file(&log), Some(index.get()));

    world.add(erasure(MAKER, "manufacturer", &record));
    log.attest(&envelopes(&world).pop().unwrap());
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_sound(&report);
    assert_eq!(report.counts.erased, 1);
}

#[test]
fn a_withheld_payload_is_counted_and_named() {
    let (mut world, mut log) = full_log();
    world.add(listing("MK-1", "DELISTED"));
    let index = log.attest(&envelopes(&world).pop().unwrap());
    log.seal();
    log.payloads[usize::try_from(index.get()).unwrap()] = Paper::Withheld;
    let report = audit(&log.files(), &log.genesis);
    assert_sound(&report);
    assert_eq!(report.counts.withheld, 1);
    let seen = &report.observations[0];
    assert_eq!((seen.remark, seen.place.entry), (Remark::Withheld, Some(index)));
}

#[test]
fn a_listing_without_a_verdict_is_remarked_and_the_log_is_sound() {
    let (mut world, mut log) = full_log();
    let cited = Digest::of(b"no statement").to_string();
    world.add(listing("MK-1", "LISTED").set("/verdict", json!(cited)));
    let index = log.attest(&envelopes(&world).pop().unwrap());
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_sound(&report);
    let seen = &report.observations[0];
    assert_eq!((seen.remark, seen.place.entry), (Remark::ListedWithoutVerdict, Some(index)));
    let text = report.to_string();
    assert!(text.contains("sound") && text.contains("LISTED_WITHOUT_VERDICT"), "{text}");
    let value = serde_json::to_value(&report).unwrap();
    assert_eq!(value["observations"][0]["entry"], json!(index.get()));
}

#[test]
fn a_source_that_can_not_be_listed_is_said_to_be_so() {
    struct Server(Files);
    impl LogSource for Server {
        fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, probant::audit::SourceError> {
            self.0.read(path)
        }

        fn list(
            &mut self,
        ) -> Result<Option<std::collections::BTreeSet<String>>, probant::audit::SourceError>
        {
            Ok(None)
        }
    }
    let log = small_log();
    let policies = PolicySet::empty();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    let mut seen = Vec::new();
    let report = run(&mut Server(log.files()), &log.genesis, &options, &mut |progress| {
        seen.push(progress.entries);
    });
    let report = report.unwrap();
    assert_sound(&report);
    assert!(!report.is_listed);
    assert_eq!(seen, [6]);
}
