//! What is not in a log's files, and that it hides nothing: payloads that were erased or are
//! withheld, and files that are not the same when they are read again.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use probant::attestation::types::VerdictWord;
use probant::audit::{AuditOptions, AuditReport, LogSource, Remark, Rule, SourceError, run};
use probant::entry::Body;
use probant::envelope::{EnvelopeDigest, StatementDigest};
use probant::hash::Digest;
use probant::merkle::EntryIndex;
use probant::policy::{PolicySet, Verdict, VerdictBody};
use probant::record::Record;
use serde_json::json;

use crate::audit::{assert_found, assert_sound, audit, full_log, payload_file};
use crate::audit_listings::{audit_with, logged};
use crate::case::policies;
use crate::dossier::{evaluated, paper, question, world};
use crate::paper_log::{Files, Paper, PaperLog};
use crate::world::{
    ACCREDITOR, AUTHORITY, CONNECTOR, Draft, IMPORTER, LAB, MAKER, OTHER_TOY, PLATFORM, RIVAL, TOY,
    VERIFIER, World, accreditation, concern, declaration, erasure, erasure_by_registrars, grant,
    identity, listing, measure, registered, report, scope, status_change, target, verification,
};

/// Logs a statement that the ledger lets in.
pub(crate) fn add(
    world: &mut World,
    log: &mut PaperLog,
    draft: Draft,
) -> (EntryIndex, Arc<Record>) {
    let record = world.add(draft);
    let envelope = world.candidates.last().unwrap().envelope().envelope().clone();
    (log.attest(&envelope), record)
}

/// Logs a statement that no ledger lets in.
fn force(world: &mut World, log: &mut PaperLog, draft: Draft) -> EntryIndex {
    log.attest(&world.envelope(draft))
}

fn of_kind(draft: Draft, name: &str) -> Draft {
    draft.set("/predicate_type", json!(format!("urn:probant:attestation:{name}:v1")))
}

#[test]
fn an_order_that_can_not_be_for_it_erases_nothing() {
    type Order = fn(&Record) -> Draft;
    let cases: [(&str, Draft, Order); 9] = [
        ("a role, for a registration", grant(RIVAL, "lab"), |record| {
            of_kind(erasure(RIVAL, "manufacturer", record), "external-registration")
        }),
        ("a role, for a concern", grant(RIVAL, "lab"), |record| {
            of_kind(erasure(RIVAL, "manufacturer", record), "concern-report")
        }),
        ("a registration, for a concern", registered("GS1", MAKER, scope(TOY)), |record| {
            of_kind(erasure(CONNECTOR, "connector", record), "concern-report")
        }),
        ("a recall", measure(MAKER, "manufacturer", "M-1", scope(TOY)), |record| {
            of_kind(erasure(MAKER, "manufacturer", record), "test-report")
        }),
        ("a role", grant(RIVAL, "lab"), |record| {
            of_kind(erasure(RIVAL, "manufacturer", record), "product-identity")
        }),
        ("another's declaration", declaration(MAKER, "manufacturer", MAKER, "D-1"), |record| {
            erasure(RIVAL, "manufacturer", record)
        }),
        ("a listing", listing("MK-1", "DELISTED"), |record| {
            of_kind(erasure(MAKER, "manufacturer", record), "traceability-event")
        }),
        ("a concern, by a maker", concern(AUTHORITY, "market_surveillance", TOY), |record| {
            erasure(MAKER, "manufacturer", record)
        }),
        ("a number that is left out", declaration(MAKER, "manufacturer", MAKER, "D-1"), |record| {
            of_kind(erasure(MAKER, "manufacturer", record).set("/document", json!(null)), "mandate")
        }),
    ];
    for (what, draft, order) in cases {
        let (mut world, mut log) = full_log();
        let (index, record) = add(&mut world, &mut log, draft);
        let order = force(&mut world, &mut log, order(&record));
        log.seal();
        log.erase(index);
        let report = audit(&log.files(), &log.genesis);
        assert!(!report.is_sound(), "{what}: {report}");
        assert_found(&report, Rule::Admission, &payload_file(&log), Some(order.get()));
    }
}

#[test]
fn registrars_erase_what_may_be_erased() {
    let (mut world, mut log) = full_log();
    let (index, record) = add(&mut world, &mut log, listing("MK-1", "DELISTED"));
    add(&mut world, &mut log, erasure_by_registrars(&record));
    log.seal();
    log.erase(index);
    assert_sound(&audit(&log.files(), &log.genesis));
}

#[test]
fn an_erased_record_hides_no_fault_of_another() {
    let (mut world, mut log) = full_log();
    let toy = world.log.last().unwrap().clone();
    let own = declaration(MAKER, "manufacturer", MAKER, "D-1");
    let (index, record) = add(&mut world, &mut log, own);
    add(&mut world, &mut log, erasure(MAKER, "manufacturer", &record));
    log.seal();
    log.erase(index);
    assert_sound(&audit(&log.files(), &log.genesis));
    // A rival takes back what is not its own, on the same product.
    let posing = status_change(RIVAL, "manufacturer", "WITHDRAW", target(&toy));
    let posing = force(&mut world, &mut log, posing);
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_found(&report, Rule::Admission, &payload_file(&log), Some(posing.get()));
}

#[test]
fn what_was_let_in_for_a_payload_that_is_gone_is_remarked() {
    let (mut world, mut log) = full_log();
    let own = declaration(MAKER, "manufacturer", MAKER, "D-1");
    let (index, record) = add(&mut world, &mut log, own);
    // The maker shows by its identity that it answers for the toy; nobody shows it for a rival.
    add(&mut world, &mut log, measure(MAKER, "manufacturer", "M-1", scope(TOY)));
    let posing = force(&mut world, &mut log, measure(RIVAL, "manufacturer", "M-2", scope(TOY)));
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_found(&report, Rule::Admission, &payload_file(&log), Some(posing.get()));
    // What was erased may have been an identity of the rival.
    add(&mut world, &mut log, erasure(MAKER, "manufacturer", &record));
    log.seal();
    log.erase(index);
    let report = audit(&log.files(), &log.genesis);
    assert_sound(&report);
    let seen: Vec<_> = report.observations.iter().map(|of| (of.remark, of.place.entry)).collect();
    assert_eq!(seen, [(Remark::AdmissionUnchecked, Some(posing))]);
}

#[test]
fn a_payload_that_is_not_here_vouches_for_no_key() {
    let (mut world, mut log) = full_log();
    let (withheld, _) = add(&mut world, &mut log, listing("MK-1", "DELISTED"));
    let unknown = identity(MAKER, OTHER_TOY).signed_by(&["nobody's key"]);
    let unknown = force(&mut world, &mut log, unknown);
    log.seal();
    log.payloads[usize::try_from(withheld.get()).unwrap()] = Paper::Withheld;
    let report = audit(&log.files(), &log.genesis);
    assert_found(&report, Rule::Signature, &payload_file(&log), Some(unknown.get()));
}

#[test]
fn only_verdicts_and_listings_are_withheld() {
    let (world, log) = full_log();
    let toy = target(world.log.last().unwrap());
    for (what, draft, is_sound) in [
        ("a recall", measure(MAKER, "manufacturer", "M-1", scope(TOY)), false),
        ("a role taken away", grant(RIVAL, "distributor").set("/action", json!("REVOKE")), false),
        ("an accreditation", accreditation(ACCREDITOR, "ACC-7", "GRANT"), false),
        ("a concern", concern(AUTHORITY, "market_surveillance", TOY), false),
        ("a registration of goods", registered("GS1", MAKER, scope(TOY)), false),
        ("a declaration", declaration(MAKER, "manufacturer", MAKER, "D-1"), false),
        ("a withdrawal", status_change(MAKER, "manufacturer", "WITHDRAW", toy), false),
        ("a listing", listing("MK-1", "DELISTED"), true),
        ("a role", grant(RIVAL, "lab"), false),
        ("a verification", verification(PLATFORM, IMPORTER, "PASS"), false),
    ] {
        let (mut world, mut log) = (world.clone(), log.clone());
        let (index, _) = add(&mut world, &mut log, draft);
        // What else is known of the toy comes later.
        add(&mut world, &mut log, declaration(MAKER, "manufacturer", MAKER, "D-2"));
        add(&mut world, &mut log, concern(AUTHORITY, "market_surveillance", TOY));
        log.seal();
        log.payloads[usize::try_from(index.get()).unwrap()] = Paper::Withheld;
        let report = audit(&log.files(), &log.genesis);
        assert_eq!(report.is_sound(), is_sound, "{what}: {report}");
        if !is_sound {
            assert_found(&report, Rule::Withheld, &payload_file(&log), Some(index.get()));
        }
    }
}

#[test]
fn a_role_that_is_withheld_gives_no_right() {
    let (mut world, mut log) = full_log();
    let (granted, _) = add(&mut world, &mut log, grant(RIVAL, "lab"));
    let (used, _) = add(&mut world, &mut log, report(RIVAL, "R-77"));
    log.seal();
    log.payloads[usize::try_from(granted.get()).unwrap()] = Paper::Withheld;
    let found = audit(&log.files(), &log.genesis);
    assert_found(&found, Rule::Admission, &payload_file(&log), Some(used.get()));
}

#[test]
fn withheld_payloads_crowd_out_no_other_remark() {
    let (mut world, mut log) = full_log();
    for number in 0..1001_u64 {
        let digest = Digest::of(&number.to_be_bytes());
        let body = Body::Attestation {
            statement: StatementDigest::new(digest),
            envelope: EnvelopeDigest::new(digest),
            envelope_len: 1,
            keys: vec![digest],
        };
        log.push(body, Paper::Withheld);
    }
    let cited = Digest::of(b"no statement").to_string();
    let listed = listing("MK-1", "LISTED").set("/verdict", json!(cited));
    let (index, _) = add(&mut world, &mut log, listed);
    log.seal();
    let report = audit(&log.files(), &log.genesis);
    assert_sound(&report);
    assert!(report.is_cut);
    let of = |remark| report.observations.iter().filter(move |of| of.remark == remark);
    assert_eq!(of(Remark::Withheld).count(), 1000);
    let other: Vec<_> = of(Remark::ListedWithoutVerdict).map(|of| of.place.entry).collect();
    assert_eq!(other, [Some(index)]);
}

/// A log in which a report was erased, and the same with the payload still there; the verdict on
/// it, which is not favourable for that.
pub(crate) fn erased_and_kept() -> (World, [PaperLog; 2], Verdict) {
    let mut world = world();
    let is_report =
        |of: &&Arc<Record>| of.statement().is_some_and(|of| of.kind().name() == "test-report");
    let report = world.log.iter().find(is_report).unwrap().clone();
    world.add(erasure(LAB, "lab", &report));
    let kept = paper(&world);
    let mut erased = kept.clone();
    erased.erase(report.index());
    let (_, _, verdict) = evaluated(&erased, &question());
    assert_eq!(verdict.word(), VerdictWord::NotListable);
    (world, [erased, kept], verdict)
}

#[test]
fn a_verdict_on_erased_evidence_is_computed_again() {
    let (mut world, logs, verdict) = erased_and_kept();
    let right = world.envelope(logged(&verdict, VERIFIER, "verifier"));
    let body = VerdictBody { verdict: VerdictWord::Listable, ..verdict.body().clone() };
    let wrong = Verdict::new(body).unwrap();
    let wrong = world.envelope(logged(&wrong, VERIFIER, "verifier"));
    for log in logs {
        let mut honest = log.clone();
        honest.attest(&right);
        honest.seal();
        let report = audit_with(&honest, &policies());
        assert_sound(&report);
        assert_eq!((report.counts.verdicts, report.counts.verdicts_reevaluated), (1, 1));

        let mut lying = log;
        let index = lying.attest(&wrong);
        lying.seal();
        let report = audit_with(&lying, &policies());
        assert_found(&report, Rule::Verdict, &payload_file(&lying), Some(index.get()));
    }
}

/// A source that gives a file as it is, and as another log has it when it is asked again.
struct Shifting {
    first: Files,
    then: Files,
    asked: BTreeMap<String, usize>,
}

impl LogSource for Shifting {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        let asked = self.asked.entry(path.to_owned()).or_default();
        *asked += 1;
        let is_first = *asked == 1 && !path.contains("entries") && !path.starts_with("payload");
        if is_first { self.first.read(path) } else { self.then.read(path) }
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        Ok(None)
    }
}

fn audit_shifting(first: &PaperLog, then: Files) -> AuditReport {
    let mut source = Shifting { first: first.files(), then, asked: BTreeMap::new() };
    let policies = PolicySet::empty();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    run(&mut source, &first.genesis, &options, &mut |_| {}).unwrap()
}

#[test]
fn tiles_that_change_while_they_are_read_prove_nothing() {
    let (mut world, before) = full_log();
    let mut recalled = before.clone();
    add(&mut world, &mut recalled, measure(MAKER, "manufacturer", "M-1", scope(TOY)));
    recalled.seal();
    // Of the same length, by the same rules, and without the recall: no key is needed for that.
    let mut doctored = before;
    let other = identity(MAKER, OTHER_TOY);
    add(&mut world, &mut doctored, other);
    doctored.seal();
    assert_eq!(doctored.size(), recalled.size());
    assert_sound(&audit_shifting(&recalled, recalled.files()));
    let report = audit_shifting(&recalled, doctored.files());
    assert!(!report.is_sound(), "{report}");
    // Nor do tiles that are gone the second time.
    let mut without = doctored.files();
    without.0.retain(|path, _| !path.starts_with("tile/0"));
    let report = audit_shifting(&recalled, without);
    assert!(!report.is_sound(), "{report}");
}
