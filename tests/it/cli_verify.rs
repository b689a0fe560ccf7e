//! What `verify` and `audit` say of what they judged: no more than was shown.

use probant::hash::Digest;
use probant::key::Signer as _;
use probant::note::{KeyType, VerifierKey};
use probant::proto;
use serde_json::json;

use crate::case::Question;
use crate::desk::Desk;
use crate::dossier::{evaluated_with, paper, world};
use crate::liar::{Lies, lie};
use crate::program::probant;
use crate::reports::{audit, dossier_on, fallen_log, house, house_question, verify_on};
use crate::verdict_plush_toy::find;
use crate::world::{MAKER, RIVAL, key, status_change};

/// The declaration is withdrawn on 10 November; goods from a third country need it on the day.
fn withdrawn_since() -> (crate::paper_log::PaperLog, Vec<u8>) {
    let mut world = world();
    let declaration = find(&world, "eu-declaration-of-conformity");
    world.add(
        status_change(MAKER, "manufacturer", "WITHDRAW", declaration)
            .set("/effective_at", json!("2026-11-10T00:00:00Z")),
    );
    let log = paper(&world);
    let question = house_question()
        .at("2026-11-01")
        .set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    let dossier = dossier_on(&log, &question);
    (log, dossier)
}

#[test]
fn a_verdict_whose_time_is_over_lists_nothing() {
    let desk = Desk::new();
    // The checkpoint is of today, the question is about a day before the withdrawal.
    let (log, dossier) = withdrawn_since();
    let told = verify_on(&desk, "then", &dossier, &log, &["--format", "json"]).json(1);
    assert_eq!(told["verdict"]["verdict"], "LISTABLE");
    assert_eq!(told["verdict"]["recheck_after"], "2026-11-10T00:00:00Z");
    assert_eq!(told["outcome"], "rejected");
    for (lang, words) in [("en", "OUTDATED: "), ("fr", "PÉRIMÉ : ")] {
        let report = desk.text(&format!("{lang}.md"));
        let said = verify_on(&desk, "then", &dossier, &log, &["--lang", lang, "--report", &report]);
        said.expect(1);
        assert!(said.stdout.contains(words), "{}", said.stdout);
        let report = desk.read(&format!("{lang}.md"));
        assert!(report.contains(words), "{report}");
    }
    // As history it is what it was.
    let history = verify_on(&desk, "then", &dossier, &log, &["--max-age", "none"]);
    history.expect(0);
    assert!(!history.stdout.contains("OUTDATED"), "{}", history.stdout);
}

#[test]
fn a_witness_policy_that_asks_for_none_hides_nothing() {
    let desk = Desk::new();
    let log = paper(&world());
    let dossier = dossier_on(&log, &house_question());
    let policy = desk.write("policy", "quorum none\n");
    let report = desk.text("report.md");
    let more = ["--witnesses", &policy, "--report", &report];
    let said = verify_on(&desk, "dossier", &dossier, &log, &more);
    said.expect(0);
    assert!(said.stdout.contains("\nNo witness was asked for"), "{}", said.stdout);
    let report = desk.read("report.md");
    assert!(report.contains("**Witnesses**: none were asked for"), "{report}");
    // What is left out is not told apart from what is right by a digest of the file alone.
    let file = Digest::of(b"quorum none\n");
    assert!(report.contains(&format!("| {policy} | `{file}` |")), "{report}");
    let audited = audit(&desk, &log, &["--witnesses", &policy, "--report", &desk.text("audit.md")]);
    audited.expect(0);
    assert!(audited.stdout.contains("witnesses: none asked for"), "{}", audited.stdout);
    let report = desk.read("audit.md");
    assert!(report.contains("checkpoint: none were asked for"), "{report}");
    assert!(report.contains("did not see the checkpoint. | none were asked for |"), "{report}");
    assert!(report.contains(&format!("| {policy} | `{file}` |")), "{report}");
}

#[test]
fn witnesses_that_did_not_see_a_checkpoint_were_asked_all_the_same() {
    let desk = Desk::new();
    let log = paper(&world());
    let witness = key("witness");
    let name = "witness.example".parse().unwrap();
    let witness = VerifierKey::new(name, KeyType::CosignatureV1, *witness.public_key());
    let policy = desk.write("policy", format!("witness w {witness}\nquorum w\n"));
    let report = desk.text("audit.md");
    let audited = audit(&desk, &log, &["--witnesses", &policy, "--report", &report]);
    audited.expect(1);
    assert!(audited.stdout.contains("witnesses: not met"), "{}", audited.stdout);
    assert!(!audited.stdout.contains("none asked for"), "{}", audited.stdout);
    let report = desk.read("audit.md");
    assert!(report.contains("**Seen by their quorum at**: not shown"), "{report}");
}

#[test]
fn an_audit_claims_no_more_than_it_looked_at() {
    let desk = Desk::new();
    let log = fallen_log();
    audit(&desk, &log, &["--report", &desk.text("whole.md")]).expect(0);
    let whole = desk.read("whole.md");
    assert!(whole.contains("The whole log was read again"), "{whole}");
    assert!(whole.contains("against the rules. | none |"), "{whole}");

    // Under rules that this auditor does not accept, the logged verdict is not computed again.
    let (copy, genesis) = (desk.text("copy"), desk.text("genesis.toml"));
    for (lang, words, claim, none) in [
        ("en", "not computed again: 1.", "The whole log", "rules. | none as far as was read |"),
        (
            "fr",
            "non recalculés : 1.",
            "Le registre entier",
            "règles. | aucune dans ce qui a été lu |",
        ),
    ] {
        let name = format!("{lang}.md");
        let report = desk.text(&name);
        let command = ["audit", &copy, "--trust", &genesis, "--report", &report, "--lang", lang];
        probant(&command).expect(0);
        let report = desk.read(&name);
        assert!(report.contains(words) && report.contains(none), "{report}");
        assert!(!report.contains(claim), "{report}");
    }
}

#[test]
fn an_audit_of_a_log_that_is_not_sound_vouches_for_no_signature() {
    let desk = Desk::new();
    let signed =
        [("en", "The checkpoint is signed by"), ("fr", "Le point de contrôle est signé par")];
    let mut broken = fallen_log();
    broken.payloads.swap(3, 4);
    for (lang, claim) in signed {
        let report = |name: &str| format!("{lang}-{name}.md");
        let more = |name: &str| desk.text(&report(name));
        audit(&desk, &fallen_log(), &["--lang", lang, "--report", &more("sound")]).expect(0);
        assert!(desk.read(&report("sound")).contains(claim));
        audit(&desk, &broken, &["--lang", lang, "--report", &more("broken")]).expect(1);
        let broken = desk.read(&report("broken"));
        assert!(!broken.contains(claim) && broken.contains("| registrar-0 | "), "{broken}");
        std::fs::write(desk.path("copy/checkpoint"), "none").unwrap();
        let (copy, genesis) = (desk.text("copy"), desk.text("genesis.toml"));
        let command = ["audit", &copy, "--trust", &genesis, "--lang", lang];
        probant(&[&command[..], &["--report", &more("none")]].concat()).expect(1);
        assert!(!desk.read(&report("none")).contains(claim));
    }
}

#[test]
fn a_dossier_on_another_question_answers_none() {
    let desk = Desk::new();
    let log = paper(&world());
    let question = house_question();
    let dossier = dossier_on(&log, &question);
    let asked = |name: &str, question: &Question| {
        let query = desk.write(name, question.query.to_string());
        let report = desk.text(&format!("{name}.md"));
        let more = ["--query", &query, "--report", &report];
        verify_on(&desk, "dossier", &dossier, &log, &more)
    };
    asked("same", &question).expect(0);
    let report = desk.read("same.md");
    assert!(report.contains(&format!(" --query {} ", desk.text("same"))), "{report}");
    assert!(
        report.contains(&Digest::of(question.query.to_string().as_bytes()).to_string()),
        "{report}"
    );
    // Under the seal of the day, which is what a question about today means.
    asked("today", &question.clone().set("/legal_at", json!(null))).expect(0);
    let other_lot = question.clone().batches(&["L2612Z"]);
    for (name, other, words) in [
        (
            "lot",
            other_lot,
            "query.products is [\"https://id.gs1.org/01/09521000200012/10/L2610A\"]",
        ),
        (
            "seller",
            question.clone().set("/trader/operator", json!(RIVAL)),
            "query.trader.operator is",
        ),
        ("day", question.clone().at("2026-11-22"), "query.legal_at is \"2026-11-23T00:00:00Z\""),
        ("place", question.clone().set("/offer/destinations", json!(["DE"])), "query.offer.dest"),
        ("state", question.set("/as_of", json!(7)), "query.as_of is 38, expected 7"),
    ] {
        let finished = asked(name, &other);
        finished.expect(1);
        assert!(finished.stderr.contains("is to another question: "), "{}", finished.stderr);
        assert!(finished.stderr.contains(words), "{}", finished.stderr);
        assert_eq!(finished.stdout, "");
        assert!(!desk.path(format!("{name}.md")).exists());
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_that_answers_another_question_has_not_answered() {
    let desk = Desk::new();
    let log = paper(&world());
    let question = house_question();
    let (_, _, verdict) = evaluated_with(&log, &question, &house());
    let answer = proto::CheckResponse {
        verdict: verdict.bytes().to_vec().into(),
        dossier: dossier_on(&log, &question).into(),
        not_logged: "dry run".to_owned(),
        ..proto::CheckResponse::default()
    };
    let lies = Lies { check: Some(answer), checkpoint: Some(log.note()), ..Lies::default() };
    let url = lie(&log.genesis, lies).await;
    let trust = desk.write("genesis.toml", log.genesis.bytes());
    let other = question.clone().batches(&["L2612Z"]);
    let [same, other] = [("same", question), ("other", other)]
        .map(|(name, of)| desk.write(name, of.query.to_string()));
    let dossier = desk.text("dossier");
    tokio::task::spawn_blocking(move || {
        let server = ["--server", &url, "--trust", &trust, "--dossier", &dossier];
        let other_answer = probant(&[&["check", &other][..], &server].concat());
        other_answer.expect(1);
        assert!(
            other_answer.stderr.contains("is not on the query that was asked"),
            "{}",
            other_answer.stderr
        );
        assert!(!std::path::Path::new(&dossier).exists());
        let told = probant(&[&["check", &same][..], &server].concat());
        told.expect(0);
        assert!(told.stdout.contains(&format!(" --query {same}\n")), "{}", told.stdout);
    })
    .await
    .unwrap();
}
