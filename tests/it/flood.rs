//! What strangers log about somebody else's product (conformity.md, section 2.8): it neither changes
//! the verdict nor keeps the dossier from being made, and nobody is shut out by it.

use probant::attestation::types::VerdictWord::{self, Listable, NotListable, Review};
use probant::reason::Reason;
use serde_json::{Value, json};

use crate::case::{Question, VOLTARIS, declaration, parties};
use crate::dossier;
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::world::{
    AUTHORITY, BODY, CONNECTOR, Draft, IMPORTER, LAB, MAKER, OTHER_TOY, PLATFORM, RIVAL, TOY, TOYS,
    World, certificate, concern, concern_about, erasure, event, grant, import, lots, mandate,
    measure, registered, scope, status_change, target, transcribed, types_of, verification,
};

/// More than anybody may log in a year.
const MANY: usize = 300;

/// Nearly what a document may have.
const LARGE: usize = 60_000;

pub(crate) fn padded(draft: Draft) -> Draft {
    draft.set("/extensions", json!({"x": "x".repeat(LARGE)}))
}

/// Offers one draft after the other until the ledger has no room for more; how many it took.
#[track_caller]
fn flood(world: &mut World, draft: impl Fn(usize) -> Draft) -> usize {
    for number in 0..MANY {
        if let Err(refusal) = world.offer(draft(number)) {
            assert_eq!(refusal.code(), Reason::QuotaReached, "{:?}", refusal.findings());
            return number;
        }
    }
    panic!("{MANY} and no end");
}

/// Bytes of all records that a question calls for.
pub(crate) fn bytes(world: &World, question: &Question) -> u64 {
    let query = question.normal(world.size());
    let (evidence, _) = world.evidence(&query);
    evidence.records().map(|record| u64::from(record.envelope_len())).sum()
}

pub(crate) fn number(prefix: &str, number: usize) -> String {
    format!("{prefix}-{number}")
}

pub(crate) fn copy(of: usize) -> Draft {
    transcribed(toy::test_report().document(&number("R", of), "2026-08-20"), RIVAL)
}

pub(crate) fn rival_declaration(of: usize) -> Draft {
    declaration(RIVAL, "Bricolin Toys", TOY, &["LP-BEAR-30"], &json!({TOYS: "A"}))
        .document(&number("RD", of), "2026-09-01")
        .set("/header/validity", json!({"from": "2026-09-01"}))
}

fn rival_mandate(_: usize) -> Draft {
    mandate("AUTHORISED_DISTRIBUTOR", RIVAL, CONNECTOR, TOY).valid("2026-10-06", "2031-10-05")
}

fn rival_entry(of: usize) -> Draft {
    Draft::of(
        "external-registration",
        RIVAL,
        "manufacturer",
        json!({
            "registry": "DPP", "number": number("N", of), "status": "REGISTERED",
            "checked_at": "2026-01-04T00:00:00Z",
            "response": probant::hash::Digest::of(b"response").to_string(),
            "scope": scope(TOY),
        }),
    )
}

fn lab_report(of: usize) -> Draft {
    toy::test_report().document(&number("LR", of), "2026-08-20")
}

fn body_certificate(of: usize) -> Draft {
    certificate(BODY, &number("C", of), TOYS).set("/scope", types_of(MAKER, "LP-BEAR-30"))
}

type Flood = (&'static str, fn(usize) -> Draft, usize);

/// What strangers to the plush toy can log, and how much of it in a year.
const FLOODS: [Flood; 9] = [
    ("copies", copy, 16),
    ("declarations", rival_declaration, 16),
    ("mandates", rival_mandate, 16),
    ("entries in registers", rival_entry, 16),
    ("reports", lab_report, 31),
    ("certificates", body_certificate, 32),
    ("verifications", |_| verification(PLATFORM, IMPORTER, "PASS"), 32),
    ("concerns", |_| concern(PLATFORM, "platform", TOY), 16),
    ("concerns about the type's report", concern_about_report, 16),
];

fn concern_about_report(_: usize) -> Draft {
    let report = toy::find(&toy::world(), "test-report");
    concern_about(PLATFORM, "platform", report)
}

#[test]
fn no_stranger_fills_the_chains_of_a_product() {
    let before = bytes(&toy::world(), &toy::question());
    for (what, draft, expected) in FLOODS {
        let mut world = toy::world();
        assert_eq!(flood(&mut world, draft), expected, "{what}");
        world.check(&toy::question(), Listable, &[]);
        assert!(bytes(&world, &toy::question()) < before + 200_000, "{what}");
    }
}

#[test]
fn large_records_have_room_for_fewer_and_a_dossier_holds_all_of_them() {
    let mut world = toy::world();
    for (what, draft, _) in FLOODS {
        let logged = flood(&mut world, |number| padded(draft(number)));
        assert!(logged <= 4, "{what}: {logged}");
    }
    let total = bytes(&world, &toy::question());
    assert!(total < 3 << 20, "{total}");
    world.check(&toy::question(), Listable, &[]);
    let log = dossier::paper(&world);
    let dossier = dossier::dossier_of(&log);
    assert_eq!(dossier::check(&dossier, &log.genesis).unwrap().verdict().word(), Listable);
}

/// What a rival said itself it may change as often as it likes; not in the chains of others.
#[test]
fn nobody_suspends_and_reinstates_without_end() {
    let mut world = toy::world();
    let own = target(&world.add(rival_declaration(0)));
    let actions = ["SUSPEND", "REINSTATE"];
    let change = |number: usize| {
        status_change(RIVAL, "manufacturer", actions[number % 2], own.clone())
            .set("/effective_at", json!("2026-11-01T00:00:00Z"))
    };
    assert_eq!(flood(&mut world, change), 16);
    world.check(&toy::question(), Listable, &[]);
    // However large what it changes is, there is room to suspend, reinstate and withdraw it.
    let mut world = toy::world();
    let own = target(&world.add(padded(rival_declaration(0))));
    for action in ["SUSPEND", "REINSTATE", "WITHDRAW"] {
        world.add(padded(status_change(RIVAL, "manufacturer", action, own.clone())));
    }
}

#[test]
fn who_answers_for_goods_is_not_counted_and_nobody_is_shut_out_by_others() {
    let mut world = toy::world();
    for (_, draft, _) in FLOODS {
        flood(&mut world, draft);
    }
    world.add(grant(AUTHORITY, "customs"));
    for of in 0..40 {
        world.add(toy::doc("2026-09-01").document(&number("D", of), "2026-09-01"));
        world.add(event(MAKER, "manufacturer", &format!("{TOY}/10/L2610A")));
        // It has a mandate of the manufacturer.
        world.add(event(IMPORTER, "distributor", &format!("{TOY}/10/L2610A")));
        world.add(concern(AUTHORITY, "customs", TOY));
        world.add(registered("EPREL", MAKER, scope(TOY)).set("/number", json!(number("N", of))));
    }
    // Others of the same sort.
    world.add(transcribed(toy::test_report().document("R-NEW", "2026-08-20"), VOLTARIS));
    world.add(concern(BODY, "notified_body", TOY));
    for of in 0..20 {
        let document = number("M", of);
        let recall = |by, role| measure(by, role, &document, lots(TOY, &["L2610A"]));
        world.add(recall(MAKER, "manufacturer"));
        world.add(recall(AUTHORITY, "market_surveillance"));
        world.add(recall(CONNECTOR, "connector").set("/source_id", json!("A12/00001/26")));
    }
    assert_eq!(world.ask(&toy::question()).word(), NotListable);
}

/// A ledger in which somebody has imported a lot of the charger, by its own word.
pub(crate) fn imported() -> (World, impl Fn(usize) -> Draft) {
    let mut world = charger::first_half(parties("2024-01-05"), true).world;
    world.at("2026-10-05T00:00:00Z");
    let batch = lots(charger::CHARGER, &["W1"]);
    let declared = move |of: usize| {
        import(IMPORTER, "FR99900011000018", "W1", &number("I", of)).set("/scope", batch.clone())
    };
    world.add(declared(0));
    (world, declared)
}

#[test]
fn an_importers_own_word_makes_no_chain_its_own_and_its_routine_stops_no_recall() {
    let (mut world, declared) = imported();
    let batch = format!("{}/10/W1", charger::CHARGER);
    assert_eq!(flood(&mut world, |of| declared(of + 1)), 31);
    let error = world.refused(Reason::QuotaReached, event(IMPORTER, "importer", &batch));
    assert!(error.to_string().contains("W1"), "{error}");
    let recall = |of: usize| {
        measure(IMPORTER, "importer", &number("M", of), lots(charger::CHARGER, &["W1"]))
            .document(&number("M", of), "2026-10-01")
    };
    assert_eq!(flood(&mut world, recall), 128);
    // In another lot there is room; not for the model, under which all of its recalls are listed.
    let other = lots(charger::CHARGER, &["W2"]);
    world.add(declared(900).set("/scope", other.clone()));
    world.refused(Reason::QuotaReached, recall(900).set("/scope", other));
    let asked = charger::question().batches(&["W2"]);
    assert!(bytes(&world, &asked) < 1 << 20);
}

#[test]
fn an_importer_packs_few_goods_of_one_product_together() {
    let (mut world, declared) = imported();
    let serials = |count: usize| {
        let items = (0..count).map(|of| json!(format!("{}/10/W1/21/{of}", charger::CHARGER)));
        Value::Array(items.collect())
    };
    let packed = |inputs: Value| {
        event(IMPORTER, "importer", &format!("{}/10/W1/21/P", charger::CHARGER))
            .set("/event", json!("AGGREGATION"))
            .set("/inputs", inputs)
    };
    world.add(packed(serials(31)));
    world.refused(Reason::ChangeNotPermitted, packed(serials(32)));
    world.add(declared(1).set("/scope", lots(OTHER_TOY, &["X"])));
    let other = json!([format!("{OTHER_TOY}/10/X")]);
    world.refused(Reason::ChangeNotPermitted, packed(other));
}

#[test]
fn after_a_year_there_is_room_again() {
    let mut world = toy::world();
    flood(&mut world, copy);
    world.at("2027-11-19T23:59:59Z");
    world.refused(Reason::QuotaReached, copy(100));
    world.at("2027-11-20T00:00:01Z").add(copy(100));
}

#[test]
fn an_audit_comes_to_the_same_limits() {
    let mut world = toy::world();
    for (_, draft, _) in FLOODS {
        flood(&mut world, draft);
    }
    assert_eq!(world.replay(&world.log), []);
    // One more than may be, which the ledger let in all the same.
    let forced = world.force(copy(100));
    let found: Vec<_> = world.replay(&world.log).into_iter().map(|(index, _)| index).collect();
    assert_eq!(found, [forced.index()]);
    // The identity that gave the right to a long chain may be gone by then.
    let mut world = toy::world();
    for of in 0..40 {
        world.add(toy::doc("2026-09-01").document(&number("D", of), "2026-09-01"));
    }
    let identity = toy::record(&world, "product-identity");
    world.add(erasure(MAKER, "manufacturer", &identity));
    world.erase(&identity);
    assert_eq!(world.replay(&world.log), []);
    // So may a record that was counted, before a later one was let in.
    let mut world = toy::world();
    let first = world.add(rival_declaration(0));
    assert_eq!(flood(&mut world, |of| rival_declaration(of + 1)), 15);
    world.add(erasure(RIVAL, "manufacturer", &first));
    world.refused(Reason::QuotaReached, rival_declaration(100));
    world.erase(&first);
    world.add(rival_declaration(100));
    world.refused(Reason::QuotaReached, rival_declaration(101));
    assert_eq!(world.replay(&world.log), []);
}

#[test]
fn a_flood_of_concerns_never_goes_beyond_review() {
    let word = |by: &[(&str, &'static str)]| -> VerdictWord {
        let mut world = toy::world();
        for (issuer, role) in by {
            flood(&mut world, |_| concern(issuer, role, TOY));
        }
        world.ask(&toy::question()).word()
    };
    assert_eq!(word(&[(PLATFORM, "platform")]), Listable);
    assert_eq!(word(&[(PLATFORM, "platform"), (LAB, "lab"), (BODY, "notified_body")]), Review);
}
