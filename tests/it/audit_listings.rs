//! The audit of what is logged about listings: verdicts computed again, listings held to them.

use probant::attestation::types::VerdictWord;
use probant::audit::{AuditOptions, AuditReport, Remark, Rule, run};
use probant::encoding::base64_encode;
use probant::hash::Digest;
use probant::identifier::SubjectUri;
use probant::merkle::EntryIndex;
use probant::policy::{Locale, PolicySet, Verdict, VerdictBody};
use probant::reason::Reason;
use serde_json::json;

use crate::case::policies;
use crate::dossier::{evaluated, paper, question, recall, world};
use crate::paper_log::PaperLog;
use crate::world::{
    Draft, IMPORTER, LAB, MAKER, OTHER_TOY, PLATFORM, RIVAL, TOY, VERIFIER, World, concern,
    listing, lots, measure, named,
};

pub(crate) fn audit_with(log: &PaperLog, policies: &PolicySet) -> AuditReport {
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies, witnesses: None, now };
    run(&mut log.files(), &log.genesis, &options, &mut |_| {}).unwrap()
}

pub(crate) fn audit(log: &PaperLog) -> AuditReport {
    audit_with(log, &policies())
}

pub(crate) fn lot() -> String {
    format!("{TOY}/10/L2610A")
}

pub(crate) fn logged(verdict: &Verdict, issuer: &str, role: &str) -> Draft {
    let body = verdict.body();
    Draft::of(
        "conformity-verdict",
        issuer,
        role,
        json!({
            "body": base64_encode(verdict.bytes()),
            "sha256": verdict.digest().to_string(),
            "verdict": body.verdict,
            "product": lot(),
            "platform": PLATFORM,
            "listing_id": "MK-1",
            "tree_size": body.as_of.tree_size,
            "policy": body.policy,
        }),
    )
}

pub(crate) fn listed(verdict: &str) -> Draft {
    listing("MK-1", "LISTED")
        .set("/product", json!(lot()))
        .set("/verdict", json!(verdict))
        .document("MK-1", "2026-11-23")
}

/// A log with a verdict on its state, and what a test logs after.
pub(crate) struct Case {
    pub(crate) world: World,
    pub(crate) log: PaperLog,
    pub(crate) verdict: Verdict,
}

impl Case {
    pub(crate) fn new() -> Self {
        let world = world();
        let log = paper(&world);
        let (_, _, verdict) = evaluated(&log, &question());
        assert_eq!(verdict.word(), VerdictWord::Listable);
        Self { world, log, verdict }
    }

    /// Logs a draft; gives its place and its statement.
    pub(crate) fn add(&mut self, draft: Draft) -> (EntryIndex, String) {
        let envelope = self.world.envelope(draft);
        (self.log.attest(&envelope), envelope.statement_digest().to_string())
    }

    fn add_verdict(&mut self) -> (EntryIndex, String) {
        self.add(logged(&self.verdict.clone(), VERIFIER, "verifier"))
    }

    pub(crate) fn audit(&mut self) -> AuditReport {
        self.log.seal();
        audit(&self.log)
    }
}

pub(crate) fn assert_remarked(report: &AuditReport, remark: Remark, entry: EntryIndex) {
    assert_all_remarked(report, &[remark], entry);
}

/// The log is sound, and these are the remarks on it, all on one entry.
fn assert_all_remarked(report: &AuditReport, remarks: &[Remark], entry: EntryIndex) {
    assert!(report.is_sound(), "{report}");
    let seen: Vec<_> = report.observations.iter().map(|of| (of.remark, of.place.entry)).collect();
    let expected: Vec<_> = remarks.iter().map(|remark| (*remark, Some(entry))).collect();
    assert_eq!(seen, expected, "{report}");
}

/// A recall of other batches of the listed toy.
pub(crate) fn recall_of_others() -> Draft {
    measure(MAKER, "manufacturer", "M-2", lots(TOY, &["L2612Z"]))
        .document("M-2", "2026-11-20")
        .set("/start", json!("2026-11-20"))
}

pub(crate) fn delisted(product: &str) -> Draft {
    listing("MK-1", "DELISTED").set("/product", json!(product)).document("MK-1", "2026-11-23")
}

/// The rows of the report, in short: what fell, why, and which entry ended it.
fn fallen(report: &AuditReport) -> Vec<(EntryIndex, Vec<Reason>, Option<EntryIndex>)> {
    let rows = report.fallen_listings.iter();
    rows.map(|of| (of.record.at.entry, of.reasons.clone(), of.ended.map(|end| end.at.entry)))
        .collect()
}

#[test]
fn a_verdict_and_a_listing_in_order_are_sound_and_not_remarked() {
    let mut case = Case::new();
    let (_, verdict) = case.add_verdict();
    case.add(listed(&verdict));
    let report = case.audit();
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.observations, []);
    let counts = report.counts;
    assert_eq!((counts.verdicts, counts.verdicts_reevaluated, counts.listings), (1, 1, 1));
}

#[test]
fn a_verdict_that_the_records_do_not_give_is_found() {
    let case = Case::new();
    let body = VerdictBody { verdict: VerdictWord::Review, ..case.verdict.body().clone() };
    let wrong = Verdict::new(body).unwrap();
    for (issuer, role) in [(VERIFIER, "verifier"), (PLATFORM, "platform")] {
        let mut case = Case::new();
        let (index, _) = case.add(logged(&wrong, issuer, role));
        let report = case.audit();
        if role == "platform" {
            // That is the platform's conduct, and the log is what it should be.
            assert_remarked(&report, Remark::VerdictDiffers, index);
        } else {
            assert!(!report.is_sound());
            let finding = &report.findings[0];
            assert_eq!((finding.rule, finding.place.entry), (Rule::Verdict, Some(index)));
        }
    }
}

#[test]
fn a_verdict_that_the_ledger_had_overtaken_is_found() {
    let mut case = Case::new();
    case.add(recall());
    let (index, _) = case.add_verdict();
    let report = case.audit();
    let finding = &report.findings[0];
    assert_eq!((finding.rule, finding.place.entry), (Rule::Admission, Some(index)));
    assert!(finding.detail.to_string().contains("VERDICT_STALE"), "{report}");
}

#[test]
fn a_concern_overtakes_a_verdict_if_its_rule_set_gives_it_weight() {
    for (issuer, role, is_stale) in [(PLATFORM, "platform", false), (LAB, "lab", true)] {
        let mut case = Case::new();
        case.add(concern(issuer, role, TOY));
        let (index, _) = case.add_verdict();
        let report = case.audit();
        assert_eq!(report.is_sound(), !is_stale, "{report}");
        for finding in &report.findings {
            assert_eq!((finding.rule, finding.place.entry), (Rule::Admission, Some(index)));
            assert!(finding.detail.to_string().contains("VERDICT_STALE"), "{report}");
        }
    }
}

#[test]
fn a_concern_that_was_erased_since_makes_no_ledger_a_liar() {
    let mut case = Case::new();
    let (raised, concern) = case.add(concern(PLATFORM, "platform", TOY));
    case.add_verdict();
    let order = json!({
        "target": concern, "ground": "DATA_PROTECTION",
        "predicate_type": "urn:probant:attestation:concern-report:v1",
    });
    case.add(Draft::of("erasure-order", PLATFORM, "platform", order).about(&[TOY]));
    case.log.erase(raised);
    let report = case.audit();
    assert!(report.is_sound(), "{report}");
}

#[test]
fn a_listing_after_a_recall_is_remarked() {
    let mut case = Case::new();
    let (_, verdict) = case.add_verdict();
    case.add(recall());
    let (index, _) = case.add(listed(&verdict));
    let report = case.audit();
    let remarks = [Remark::ListedAfterWithdrawal, Remark::ListingOutlived];
    assert_all_remarked(&report, &remarks, index);
}

#[test]
fn a_listing_after_a_recall_of_another_batch_is_not_remarked() {
    let mut case = Case::new();
    let (_, verdict) = case.add_verdict();
    case.add(recall_of_others());
    case.add(listed(&verdict));
    let report = case.audit();
    assert!(report.is_sound(), "{report}");
    assert_eq!((&report.observations[..], fallen(&report)), (&[][..], Vec::new()), "{report}");
}

#[test]
fn a_recall_names_the_listing_that_it_hit_and_when_that_came_down() {
    let mut case = Case::new();
    let (verdict_index, verdict) = case.add_verdict();
    let (up, _) = case.add(listed(&verdict));
    case.add(recall_of_others());
    case.log.at("2026-11-24T09:00:00Z");
    let (recalled, statement) = case.add(recall());
    case.log.at("2026-11-25T10:30:00Z");
    let (down, _) = case.add(delisted(&lot()).set("/cause", json!(statement)));
    // What comes after the end is of no concern to the listing.
    case.add(recall().document("M-3", "2026-11-20"));
    let report = case.audit();
    assert!(report.is_sound() && report.observations.is_empty(), "{report}");
    assert_eq!(fallen(&report), [(recalled, vec![Reason::RecalledBatch], Some(down))]);
    let row = &report.fallen_listings[0];
    assert_eq!((row.listed.entry, row.verdict), (up, Some(verdict_index)));
    assert_eq!((row.now, row.listing_id.as_str()), (Some(VerdictWord::NotListable), "MK-1"));
    let said = row.record.said.as_ref().unwrap();
    let subjects: Vec<&str> = said.subjects.iter().map(SubjectUri::as_str).collect();
    assert_eq!((said.kind, subjects), ("safety-measure", vec![lot().as_str()]));
    let ended = row.ended.unwrap();
    assert!(ended.names_record);
    assert_eq!(ended.after_ms, (25 * 60 + 30) * 60_000);
    let [english, french] = [Locale::En, Locale::Fr].map(|of| row.text(of));
    for (text, parts) in [
        (
            &english,
            [
                "up since entry ",
                "NOT_LISTABLE RECALLED_BATCH",
                "taken down by entry ",
                "after 1 d 1 h 30 min",
                "because of it",
            ],
        ),
        (
            &french,
            [
                "publiée depuis l'entrée ",
                "NON PUBLIABLE RECALLED_BATCH",
                "retirée par l'entrée ",
                "au bout de 1 j 1 h 30 min",
                "pour cette raison",
            ],
        ),
    ] {
        for part in parts {
            assert!(text.contains(part), "{part} is not in {text}");
        }
        for fact in [lot().as_str(), row.platform.as_str(), MAKER, "MK-1", &recalled.to_string()] {
            assert!(text.contains(fact), "{fact} is not in {text}");
        }
    }
}

#[test]
fn a_listing_that_outlives_a_recall_is_remarked_until_the_recall_is_lifted() {
    let mut case = Case::new();
    let (_, verdict) = case.add_verdict();
    let (up, _) = case.add(listed(&verdict));
    let (recalled, target) = case.add(recall());
    // Taking down another product of the same listing does not end it.
    case.add(delisted(OTHER_TOY));
    let report = case.audit();
    assert_remarked(&report, Remark::ListingOutlived, up);
    assert_eq!(fallen(&report), [(recalled, vec![Reason::RecalledBatch], None)]);
    assert!(report.to_string().contains("still up at the checkpoint"), "{report}");

    let lift = Draft::of(
        "measure-update",
        MAKER,
        "manufacturer",
        json!({
            "target": target, "document": named(MAKER, "M-1"), "change": "LIFT",
            "effective_at": "2026-11-23T00:00:00Z",
        }),
    );
    case.add(lift.about(&[&lot()]));
    let report = case.audit();
    assert!(report.is_sound() && report.observations.is_empty(), "{report}");
    assert_eq!(fallen(&report), [(recalled, vec![Reason::RecalledBatch], None)]);
}

#[test]
fn taking_the_model_down_ends_the_listing_of_its_batch() {
    let mut case = Case::new();
    let (_, verdict) = case.add_verdict();
    case.add(listed(&verdict));
    let (recalled, _) = case.add(recall());
    let (down, _) = case.add(delisted(TOY));
    let report = case.audit();
    assert!(report.observations.is_empty(), "{report}");
    assert_eq!(fallen(&report), [(recalled, vec![Reason::RecalledBatch], Some(down))]);
    assert!(!report.fallen_listings[0].ended.unwrap().names_record);
}

#[test]
fn a_listing_that_is_put_up_again_keeps_its_history() {
    let mut case = Case::new();
    let (_, verdict) = case.add_verdict();
    case.add(listed(&verdict));
    let (recalled, _) = case.add(recall());
    let (again, _) = case.add(listed(&verdict));
    let (down, _) = case.add(delisted(&lot()));
    let report = case.audit();
    assert_remarked(&report, Remark::ListedAfterWithdrawal, again);
    let row = (recalled, vec![Reason::RecalledBatch], Some(down));
    assert_eq!(fallen(&report), [row.clone(), row], "once for each time it went up");
}

#[test]
fn a_listing_whose_question_cannot_be_asked_falls_with_a_record_on_its_goods() {
    // Without the rule set, and without a verdict that allows the listing.
    for (policies, change) in [(PolicySet::empty(), false), (policies(), true)] {
        let mut case = Case::new();
        let (_, verdict) = case.add_verdict();
        let trader = if change { RIVAL } else { IMPORTER };
        case.add(listed(&verdict).set("/trader", json!(trader)));
        case.add(recall_of_others());
        let (recalled, _) = case.add(recall());
        case.log.seal();
        let report = audit_with(&case.log, &policies);
        assert!(report.is_sound(), "{report}");
        assert_eq!(fallen(&report), [(recalled, Vec::new(), None)], "{report}");
        assert_eq!(report.fallen_listings[0].now, None);
        let last = report.observations.last().unwrap();
        assert_eq!(last.remark, Remark::ListingOutlived, "{report}");
    }
}

#[test]
fn a_listing_that_its_verdict_does_not_allow_is_remarked() {
    let other = Digest::of(b"no statement").to_string();
    // What is changed, and what is said of it where the verdict is entry V.
    let cases: [(&str, &dyn Fn(Draft) -> Draft); 5] = [
        ("V is about trader urn:eori:FR99900011000018", &|draft| {
            draft.set("/trader", json!(RIVAL))
        }),
        ("V is not for DE", &|draft| draft.set("/countries", json!(["FR", "DE"]))),
        ("V is not about https://id.gs1.org/01/09521000200012", &|draft| {
            draft.set("/product", json!(TOY))
        }),
        ("V is for another listing", &|draft| {
            draft.set("/listing_id", json!("MK-2")).document("MK-2", "2026-11-23")
        }),
        ("which is not in the log", &|draft| draft.set("/verdict", json!(other))),
    ];
    for (expected, change) in cases {
        let mut case = Case::new();
        let (at, verdict) = case.add_verdict();
        let (index, _) = case.add(change(listed(&verdict)));
        let report = case.audit();
        assert_remarked(&report, Remark::ListedWithoutVerdict, index);
        let found = report.observations[0].detail.to_string();
        assert!(found.ends_with(&expected.replace('V', &at.to_string())), "{expected}: {found}");
    }
    let mut case = Case::new();
    let (_, verdict) = case.add_verdict();
    case.log.at("2026-11-24T00:00:00Z");
    let (index, _) = case.add(listed(&verdict));
    assert_remarked(&case.audit(), Remark::ListedWithoutVerdict, index);
}

#[test]
fn a_verdict_under_a_rule_set_that_is_not_given_is_left_open() {
    let mut case = Case::new();
    let (index, _) = case.add_verdict();
    case.log.seal();
    let report = audit_with(&case.log, &PolicySet::empty());
    assert_remarked(&report, Remark::VerdictUnchecked, index);
    assert_eq!((report.counts.verdicts, report.counts.verdicts_reevaluated), (1, 0));
}
