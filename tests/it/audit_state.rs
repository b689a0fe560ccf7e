//! An audit that goes on from what one before has left: it says what an audit of the whole log says,
//! judges nothing twice, and goes on from nothing but that.

use std::fs;

use probant::attestation::Statement;
use probant::audit::{
    AuditOptions, AuditReport, AuditState, AuditStateError, Audited, Finding, Rule, audit,
};
use probant::entry::Body;
use probant::envelope::Envelope;
use probant::log_key::LogKeys;
use probant::merkle::TreeSize;
use probant::policy::PolicySet;
use serde_json::{Value, json};

use crate::audit::{assert_found, full_log};
use crate::audit_gaps::{add, erased_and_kept};
use crate::audit_listings::{Case, delisted, listed, logged, lot, recall_of_others};
use crate::case::policies;
use crate::desk::Desk;
use crate::dossier::recall;
use crate::export::grown;
use crate::paper_log::{Paper, PaperLog};
use crate::program::probant;
use crate::world::{
    MAKER, PLATFORM, RIVAL, TOY, VERIFIER, concern, declaration, erasure, listing, measure, scope,
};

/// Audits a log, from what is given or from its beginning.
fn audited(log: &PaperLog, policies: &PolicySet, state: Option<&AuditState>) -> Audited {
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies, witnesses: None, now };
    let known = LogKeys::new(&log.genesis);
    audit(&mut log.files(), &log.genesis, &known, &options, state, &mut |_| {}).unwrap()
}

fn state_of(log: &PaperLog) -> AuditState {
    let audited = audited(log, &policies(), None);
    audited.state.unwrap_or_else(|| panic!("{}", audited.report))
}

/// The report, as if all had been judged.
fn without_settled(report: AuditReport) -> AuditReport {
    AuditReport { settled: None, ..report }
}

/// Where the log was sealed: the sizes that it was published at.
fn sizes(log: &PaperLog) -> Vec<usize> {
    let places = (1..).zip(&log.entries);
    let seals = places.filter(|(_, entry)| matches!(entry.body(), Body::Seal { .. }));
    seals.map(|(size, _)| size).collect()
}

/// Whatever was audited before, the report is the one on the whole log; false if that is not sound.
fn check_cuts(log: &PaperLog) -> bool {
    let whole = audited(log, &policies(), None);
    let Some(state) = whole.state else { return false };
    for size in sizes(log) {
        let mut before = log.clone();
        before.truncate(size);
        let again = audited(log, &policies(), Some(&state_of(&before)));
        assert_eq!(again.report.settled, Some(TreeSize::new(size as u64)));
        assert_eq!(without_settled(again.report), whole.report, "{size}");
        assert_eq!(again.state.as_ref(), Some(&state), "{size}");
    }
    // Whatever was kept from that audit, and is not from this one.
    for size in sizes(log) {
        let mut before = log.clone();
        before.truncate(size);
        for index in (0..size).filter(|index| may_be_withheld(log, *index)) {
            before.payloads[index] = Paper::Withheld;
        }
        let again = audited(log, &policies(), Some(&state_of(&before)));
        assert_eq!(without_settled(again.report), whole.report, "withheld before {size}");
        assert_eq!(again.state.as_ref(), Some(&state), "withheld before {size}");
    }
    // Anywhere within what was audited, too.
    for since in [1, 2, 3].map(|part| log.size().get() * part / 4) {
        let state = state.clone().since(TreeSize::new(since)).unwrap();
        let again = audited(log, &policies(), Some(&state));
        assert_eq!(without_settled(again.report), whole.report, "{since}");
    }
    true
}

/// Whether a server may keep the payload from the public.
fn may_be_withheld(log: &PaperLog, index: usize) -> bool {
    let Paper::Bytes(bytes) = &log.payloads[index] else { return false };
    let Ok(envelope) = Envelope::decode(bytes) else { return false };
    let statement = Statement::parse(envelope.payload()).unwrap();
    ["listing-record", "conformity-verdict"].contains(&statement.kind().name())
}

#[test]
fn what_was_withheld_from_an_audit_is_judged_once_it_is_given() {
    // Let in against the rules: nobody has made the rival a platform.
    let (mut world, mut log) = full_log();
    let posing = listing("MK-1", "DELISTED").set("/header/issuer/operator", json!(RIVAL));
    let posing = posing.signed_by(&[RIVAL]);
    let posing = log.attest(&world.envelope(posing));
    log.seal();
    let mut before = log.clone();
    before.payloads[usize::try_from(posing.get()).unwrap()] = Paper::Withheld;
    let state = state_of(&before);
    let again = audited(&log, &policies(), Some(&state));
    assert!(again.report.findings.iter().any(|of| of.rule == Rule::Admission), "{}", again.report);
    assert_eq!(without_settled(again.report), audited(&log, &policies(), None).report);
    // Nor does what was erased and is given again pass for judged.
    let (mut world, mut log) = full_log();
    let own = declaration(MAKER, "manufacturer", MAKER, "D-1");
    let (index, record) = add(&mut world, &mut log, own);
    log.attest(&world.envelope(measure(RIVAL, "manufacturer", "M-2", scope(TOY))));
    add(&mut world, &mut log, erasure(MAKER, "manufacturer", &record));
    log.seal();
    let mut erased = log.clone();
    erased.erase(index);
    let again = audited(&log, &policies(), Some(&state_of(&erased)));
    assert!(!again.report.is_sound(), "what was let in for a gap has none any more");
    assert_eq!(without_settled(again.report), audited(&log, &policies(), None).report);
}

#[test]
fn an_audit_that_goes_on_says_what_one_from_the_beginning_says() {
    let mut checked = 0;
    for seed in 0..5_u64 {
        let mut random = seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1;
        let mut below = |limit: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (random >> 33) as usize % limit
        };
        let mut case = Case::new();
        let verdict = case.world.envelope(logged(&case.verdict.clone(), VERIFIER, "verifier"));
        let cited = verdict.statement_digest().to_string();
        let mut drafts = vec![
            listed(&cited),
            recall(),
            recall_of_others(),
            delisted(&lot()),
            recall().document("M-3", "2026-11-20"),
            concern(PLATFORM, "platform", TOY),
        ];
        let logged_at = below(3);
        for number in 0.. {
            if number == logged_at {
                case.log.attest(&verdict);
            }
            if drafts.is_empty() {
                break;
            }
            let draft = drafts.remove(below(drafts.len()));
            case.add(draft);
            if below(2) == 0 {
                case.log.seal();
            }
        }
        case.log.seal();
        // A verdict that came after a recall was overtaken by it.
        checked += usize::from(check_cuts(&case.log));
    }
    assert!(checked > 1, "{checked}");
}

#[test]
fn what_could_not_be_looked_at_stays_so() {
    let (mut world, mut log) = full_log();
    let own = declaration(MAKER, "manufacturer", MAKER, "D-1");
    let (index, record) = add(&mut world, &mut log, own);
    log.seal();
    log.attest(&world.envelope(measure(RIVAL, "manufacturer", "M-2", scope(TOY))));
    add(&mut world, &mut log, erasure(MAKER, "manufacturer", &record));
    log.seal();
    log.erase(index);
    let report = audited(&log, &policies(), None).report;
    assert!(report.is_sound() && report.observations.len() == 1, "{report}");
    let state = state_of(&log);
    log.seal();
    let whole = audited(&log, &policies(), None).report;
    let again = audited(&log, &policies(), Some(&state)).report;
    assert_eq!(without_settled(again), whole);
    // A rule set that is not given: the verdict stays open.
    let mut case = Case::new();
    case.add(logged(&case.verdict.clone(), VERIFIER, "verifier"));
    case.log.seal();
    let none = PolicySet::empty();
    let state = audited(&case.log, &none, None).state.unwrap();
    case.log.seal();
    let whole = audited(&case.log, &none, None).report;
    assert_eq!(whole.observations.len(), 1);
    assert_eq!(without_settled(audited(&case.log, &none, Some(&state)).report), whole);
}

#[test]
fn what_was_looked_at_and_is_gone_since_counts_as_looked_at() {
    let (mut world, [erased, mut kept], verdict) = erased_and_kept();
    let verdict = world.envelope(logged(&verdict, VERIFIER, "verifier"));
    kept.attest(&verdict);
    kept.seal();
    let state = state_of(&kept);
    let mut now = kept.clone();
    now.payloads[..erased.payloads.len()].clone_from_slice(&erased.payloads);
    now.seal();
    let whole = audited(&now, &policies(), None).report;
    let again = audited(&now, &policies(), Some(&state)).report;
    assert_eq!(
        (&again.findings, &again.fallen_listings),
        (&whole.findings, &whole.fallen_listings)
    );
    assert_eq!(again.counts, whole.counts);
}

#[test]
fn what_was_judged_is_not_judged_again_but_held_to_its_root_and_its_entry() {
    // Let in against the rules: a rival stops the sale of somebody else's toy.
    let (mut world, mut log) = full_log();
    let sound = state_of(&{
        let mut log = log.clone();
        log.seal();
        log
    });
    let posing = log.attest(&world.envelope(measure(RIVAL, "manufacturer", "M-2", scope(TOY))));
    log.seal();
    let report = audited(&log, &policies(), None).report;
    assert!(report.findings.iter().any(|of| of.rule == Rule::Admission), "{report}");
    // Somebody's own state says that it was sound.
    let forged = |change: &dyn Fn(&mut Value)| {
        let mut json: Value = serde_json::from_str(&sound.to_json()).unwrap();
        let (size, root) = (log.size(), log.checkpoint().root());
        json["tree_size"] = json!(size.get());
        json["root"] = json!(root.to_string());
        change(&mut json);
        AuditState::parse(json.to_string().as_bytes(), &log.genesis, &policies())
    };
    let state = forged(&|_| {}).unwrap();
    let again = audited(&log, &policies(), Some(&state)).report;
    assert!(again.is_sound(), "{again}");
    // Another payload in the place of what was judged is found all the same.
    let mut files = log.files();
    let path = files.0.keys().find(|path| path.starts_with("payload/")).unwrap().clone();
    let bytes = files.0.get_mut(&path).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    let options = AuditOptions {
        policies: &policies(),
        witnesses: None,
        now: "2027-01-01T00:00:00Z".parse().unwrap(),
    };
    let known = LogKeys::new(&log.genesis);
    let changed =
        audit(&mut files, &log.genesis, &known, &options, Some(&state), &mut |_| {}).unwrap();
    assert!(changed.state.is_none());
    let of_payload = |of: &Finding| of.rule == Rule::Payload && of.place.file == path;
    assert!(changed.report.findings.iter().any(of_payload), "{}", changed.report);
    // Under another root nothing is settled, and that is a finding; so is a log that went back.
    let other_root = forged(&|json| json["root"] = json!("00".repeat(32))).unwrap();
    let longer = forged(&|json| json["tree_size"] = json!(log.size().get() + 1)).unwrap();
    for state in [other_root, longer] {
        let again = audited(&log, &policies(), Some(&state));
        assert_found(&again.report, Rule::Root, "checkpoint", None);
        assert!(again.report.findings.iter().any(|of| of.place.entry == Some(posing)));
        assert_eq!((again.report.settled, again.state), (None, None));
    }
    // What another program, another log or other rules left is of no use.
    let expect = |result: Result<AuditState, AuditStateError>, words: &str| {
        let error = result.unwrap_err().to_string();
        assert!(error.contains(words), "{error}");
    };
    expect(forged(&|json| json["program"] = json!("probant 0.0.9")), "0.0.9");
    expect(forged(&|json| json["format"] = json!(2)), "format 2");
    expect(forged(&|json| json["genesis_sha256"] = json!("00".repeat(32))), "genesis");
    expect(forged(&|json| json["policies_sha256"] = json!([])), "rule sets");
    expect(forged(&|json| json["root"] = json!("00")), "root");
    expect(forged(&|json| json["more"] = json!(1)), "more");
    let error = sound.clone().since(TreeSize::new(sound.size().get() + 1)).unwrap_err();
    assert!(matches!(error, AuditStateError::Size { .. }));
}

#[test]
fn a_state_is_kept_on_the_command_line_as_long_as_the_log_is_sound() {
    let (first, whole) = grown();
    let desk = Desk::new();
    let trust = desk.write("genesis.toml", first.genesis.bytes());
    let (copy, state) = (desk.text("copy"), desk.text("state.json"));
    let show = |log: &PaperLog| {
        fs::remove_dir_all(&copy).unwrap_or_default();
        for (path, bytes) in log.files().0 {
            desk.write(&format!("copy/{path}"), bytes);
        }
    };
    let run = |more: &[&str]| {
        let given = ["audit", &copy, "--trust", &trust, "--format", "json"];
        probant(&[&given[..], more].concat())
    };
    show(&first);
    run(&["--since", "52"]).expect(2);
    run(&["--state", &state, "--since", "52"]).expect(2);
    assert_eq!(run(&["--state", &state]).json(0)["settled"], Value::Null);
    let kept = desk.read("state.json");
    show(&whole);
    assert_eq!(run(&["--state", &state, "--since", "10"]).json(0)["settled"], 10);
    assert_ne!(desk.read("state.json"), kept);
    let report = run(&["--state", &state]).json(0);
    assert_eq!(report["settled"], whole.size().get());
    run(&["--state", &state, "--since", "100000"]).expect(2);
    // A log that went back, and one with another history: found, and the state is as it was.
    let mut other = whole.clone();
    other.truncate(whole.entries.len() - 1);
    other.at("2026-12-01T00:00:00Z");
    other.seal();
    for log in [&first, &other] {
        show(log);
        let kept = desk.read("state.json");
        assert_eq!(run(&["--state", &state]).json(1)["findings"][0]["rule"], "ROOT");
        assert_eq!(desk.read("state.json"), kept);
    }
    // Under other rules it is of no use.
    let rules = desk.write("rules.toml", crate::cli_ledger::RULES);
    show(&whole);
    run(&["--state", &state, "--policy", &rules]).expect(2);
}
