//! Worked case (a) of conformity.md: a plush toy, all in order, and what happens when it is not.

use std::sync::OnceLock;

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::hash::Digest;
use probant::identifier::Class;
use probant::policy::{Assurance, Limit, PolicySet, evaluate};
use serde_json::{Value, json};

use crate::case::{Question, declaration, identity, parties, policies, rule_set, said};
use crate::world::{
    AUTHORITY, BODY, Draft, IMPORTER, IMPORTER_ALIAS, LAB, MAKER, OTHER_TOY, RIVAL, TOY, TOYS,
    World, erasure, import, mandate, measure, named, report, scope, status_change, target,
    types_of,
};

pub(crate) fn test_report() -> Draft {
    let test = |standard| json!({"standard": standard, "edition": "2020", "result": "PASS"});
    report(LAB, "R-26-8811")
        .set("/tests", json!([test("EN 71-1"), test("EN 71-2"), test("EN 71-3")]))
        .document("R-26-8811", "2026-08-20")
}

pub(crate) fn doc(issued: &str) -> Draft {
    let applied = |of| json!({"ref": of, "edition": "2020", "extent": "FULL"});
    declaration(MAKER, "Lumipeluche Mfg", TOY, &["LP-BEAR-30"], &json!({TOYS: "A"}))
        .document("DOC-LP-2026-014", issued)
        .set("/header/validity", json!({"from": issued}))
        .set(
            "/header/standards",
            json!([applied("EN 71-1"), applied("EN 71-2"), applied("EN 71-3")]),
        )
        .set("/header/references", cites_report())
}

fn cites_report() -> Value {
    json!([{"rel": "cites-report", "document": named(LAB, "R-26-8811")}])
}

pub(crate) fn plush_identity() -> Draft {
    let category = json!({"gpc": "10005160", "cn": "95030041"});
    identity(MAKER, TOY, &["LP-BEAR-30"], &category, &[])
        .set("/warnings", json!(["REMOVE_PACKAGING"]))
        .set("/intended_age", json!({"min_months": 0}))
}

pub(crate) fn importer_declaration(lot: &str) -> Draft {
    import(IMPORTER, "FR99900011000018", lot, &format!("C-{lot}"))
        .set("/importer/name", json!("Doudou Import SARL"))
        .set("/checked/doc", named(MAKER, "DOC-LP-2026-014"))
        .document(&format!("C-{lot}"), "2026-10-05")
}

pub(crate) fn world() -> World {
    static WHOLE: OnceLock<World> = OnceLock::new();
    WHOLE.get_or_init(|| world_with(doc("2026-09-01"), test_report())).clone()
}

pub(crate) fn world_with(doc: Draft, report: Draft) -> World {
    complete(parties("2026-01-05"), doc, report)
}

/// The same behind what was logged first.
pub(crate) fn complete(mut world: World, doc: Draft, report: Draft) -> World {
    world.at("2026-08-22T00:00:00Z").add(report);
    world.at("2026-08-30T00:00:00Z").add(plush_identity());
    world.at("2026-09-01T00:00:00Z").add(doc);
    world.at("2026-10-05T00:00:00Z").add(importer_declaration("L2610A"));
    let distributor = mandate("AUTHORISED_DISTRIBUTOR", MAKER, IMPORTER, TOY);
    world.at("2026-10-06T00:00:00Z").add(distributor.valid("2026-10-06", "2031-10-05"));
    world.at("2026-11-20T00:00:00Z");
    world
}

pub(crate) fn question() -> Question {
    Question::of(json!({
        "product": {"gtin": "9521000200012", "batches": ["L2610A"]},
        "category": {"gpc": "10005160", "cn": "95030041", "platform": "toys/plush"},
        "attributes": {"electrical": false},
        "trader": {"operator": IMPORTER, "name": "Doudou Import SARL"},
        "offer": {
            "platform": "https://id.gs1.org/417/9521000500006", "listing_id": "MK-1",
            "destinations": ["FR"], "languages": ["fr"],
            "manufacturer": {
                "name": "LUMIPELUCHE  Mfg", "postal": "1 Example Road",
                "electronic": "office@example.com",
            },
            "importer": {"name": "Doudou Import SARL"},
            "warnings": [{"lang": "fr", "code": "REMOVE_PACKAGING"}],
            "images": [Digest::of(b"image").to_string()],
            "goods_location": {"kind": "EU_STOCK", "placed_on_market": "2026-10-20"},
        },
        "legal_at": "2026-11-23T00:00:00Z",
    }))
}

#[test]
fn a_toy_in_order_is_listable_until_its_report_is_too_old() {
    let body = world().check(&question(), Listable, &[]);
    assert_eq!(body.assurance_min, Some(Assurance::A2));
    assert_eq!(body.valid_until.unwrap().to_string(), "2029-08-20T00:00:00Z");
    assert_eq!(body.recheck_after.to_string(), "2026-11-24T00:00:00Z");
    assert!(body.limits.contains(&Limit::PlacedOnMarketDeclared));
    let assurances: Vec<(&str, Assurance)> =
        body.evidence.iter().map(|item| (item.predicate.as_str(), item.assurance)).collect();
    assert_eq!(
        assurances,
        [
            ("test-report", Assurance::A3),
            ("product-identity", Assurance::A2),
            ("eu-declaration-of-conformity", Assurance::A2),
            ("importer-declaration", Assurance::A2),
            ("mandate", Assurance::A2),
        ]
    );
}

#[test]
fn the_same_question_gives_the_same_bytes_and_reads_back() {
    let world = world();
    let verdict = world.ask(&question());
    assert_eq!(verdict.bytes(), world.ask(&question()).bytes());
    let parsed = probant::policy::Verdict::parse(verdict.bytes()).unwrap();
    assert_eq!(parsed.body(), verdict.body());
}

#[test]
fn without_a_batch_a_person_must_decide() {
    world().check(&question().batches(&[]), Review, &["EU-OPERATOR BATCH_REQUIRED"]);
}

#[test]
fn another_batch_has_no_importer() {
    let world = world();
    let expected = ["EU-OPERATOR REQ_MISSING"];
    world.check(&question().batches(&["L2612Z"]), NotListable, &expected);
    // Of several batches the worst decides.
    world.check(&question().batches(&["L2610A", "L2612Z"]), NotListable, &expected);
}

#[test]
fn warnings_must_be_shown_in_a_language_of_each_destination() {
    let both = question().set("/offer/destinations", json!(["FR", "DE"]));
    world().check(&both, NotListable, &["TOY-WARN WARNINGS_LANG_MISSING"]);
    let shown = json!([
        {"lang": "fr", "code": "REMOVE_PACKAGING"}, {"lang": "de", "code": "REMOVE_PACKAGING"},
    ]);
    world().check(&both.set("/offer/warnings", shown), Listable, &[]);
}

#[test]
fn another_seller_is_not_linked_and_an_alias_is_the_same_one() {
    let other = question().set("/trader/operator", json!(RIVAL));
    world().check(&other, NotListable, &["TRADER-LINK TRADER_NOT_LINKED"]);
    let alias = question().set("/trader/operator", json!(IMPORTER_ALIAS));
    world().check(&alias, Listable, &[]);
}

#[test]
fn another_category_denies_and_a_prohibited_one_stops_everything() {
    let other = question()
        .set("/trader/operator", json!(RIVAL))
        .set("/category", json!({"gpc": "10000999", "platform": "adult/figures"}));
    let expected = ["TOY-ID CATEGORY_MISMATCH", "TRADER-LINK TRADER_NOT_LINKED"];
    world().check(&other, NotListable, &expected);
    let silent = question().set("/category", json!({}));
    world().check(&silent, Review, &["TOY-ID CATEGORY_UNKNOWN"]);

    let prohibited = question().set("/category/platform", json!("Adult / Dolls/plush"));
    let body = world().check(&prohibited, NotListable, &["CHILDLIKE-DOLL PROHIBITED_CATEGORY"]);
    assert!(body.prohibited);
    assert_eq!(body.valid_until, None);
}

#[test]
fn a_product_and_a_seller_can_be_prohibited_whatever_the_evidence() {
    let prohibiting = |member: &str| {
        let row = format!("\n[[prohibited]]\ncode = \"X\"\n{member}\n");
        PolicySet::empty().with((rule_set("eu-toys") + &row).as_bytes()).unwrap()
    };
    let mut world = world();
    let pack = "https://id.gs1.org/01/19521000200019";
    world.add(
        plush_identity()
            .set("/scope/products/0/id", json!(pack))
            .set("/contains", json!([{"id": TOY, "quantity": 12}])),
    );
    let of_pack = question().set("/product", json!({"gtin": "19521000200019"}));
    let seller = format!("sellers = [\"{IMPORTER}\"]");
    let alias = question().set("/trader/operator", json!(IMPORTER_ALIAS));
    for (member, question, is_hit) in [
        (format!("products = [\"{TOY}\"]"), &question(), true),
        (format!("products = [\"{TOY}/10/L2610A\"]"), &question(), true),
        (format!("products = [\"{TOY}/10/L2611B\"]"), &question(), false),
        (format!("products = [\"{OTHER_TOY}\"]"), &question(), false),
        (format!("products = [\"{TOY}\"]"), &of_pack, true),
        (format!("products = [\"{pack}\"]"), &question(), false),
        (seller.clone(), &question(), true),
        (seller, &alias, true),
        (format!("sellers = [\"{RIVAL}\"]"), &question(), false),
    ] {
        let body = world.verdict_under(&question.normal(world.size()), &prohibiting(&member));
        let found = said(&body).findings.contains("X PROHIBITED_CATEGORY");
        assert_eq!((found, body.body().prohibited), (is_hit, is_hit), "{member}");
        assert!(!is_hit || body.word() == NotListable);
    }
}

#[test]
fn a_declaration_is_not_older_than_its_report() {
    let world = world_with(doc("2026-08-01"), test_report());
    world.check(&question(), NotListable, &["TOY-DOC CHRONOLOGY"]);
}

#[test]
fn no_batch_is_judged_by_the_rule_set_of_another() {
    let mut world = world();
    world.add(importer_declaration("L2612Z"));
    let both = question().batches(&["L2610A", "L2612Z"]);
    world.check(&both, Listable, &[]);
    // Some batches have a radio, and the rules for toys do not hold those.
    let radio = plush_identity()
        .set("/scope/batches", json!({"mode": "LIST", "list": ["L2612Z"]}))
        .set("/attributes/radio", json!(true));
    world.add(radio);
    world.check(&question(), Listable, &[]);
    world.check(&question().batches(&["L2612Z"]), Review, &["POLICY POLICY_NOT_FOUND"]);
    world.check(&both, Review, &["POLICY POLICY_NOT_FOUND"]);
}

#[test]
fn numbers_for_examples_need_a_policy_that_accepts_them() {
    let world = world();
    let query = question().normal(world.size());
    let verdict = evaluate(&query, &world.evidence(&query).0, &PolicySet::embedded()).unwrap();
    let findings: Vec<String> = said(&verdict).findings.into_iter().collect();
    assert_eq!(
        (said(&verdict).word, findings),
        (NotListable, vec!["PRODUCT-ID TEST_IDENTIFIER".to_owned(),])
    );
}

#[test]
fn an_old_view_says_nothing_of_today() {
    let world = world();
    let query = question().normal(world.size());
    let (evidence, _) = world.evidence(&query);
    let later = question().set("/legal_at", json!("2026-11-23T01:00:01Z")).normal(world.size());
    let verdict = evaluate(&later, &evidence, &policies()).unwrap();
    assert_eq!(said(&verdict).findings.into_iter().collect::<Vec<_>>(), ["VIEW VIEW_STALE"]);
    assert_eq!(verdict.word(), Review);
    let just = question().set("/legal_at", json!("2026-11-23T01:00:00Z")).normal(world.size());
    assert_eq!(evaluate(&just, &evidence, &policies()).unwrap().word(), Listable);
}

#[test]
fn nobody_says_what_it_is() {
    let world = parties("2026-01-05");
    world.check(
        &question(),
        NotListable,
        &[
            "TOY-ID REQ_MISSING",
            "TOY-DOC REQ_MISSING",
            "TOY-BASIS REQ_MISSING",
            "EU-OPERATOR REQ_MISSING",
            "TRADER-LINK TRADER_NOT_LINKED",
            "OFFER-IMAGES IMAGE_UNKNOWN",
            "TOY-WARN WARNINGS_LANG_MISSING",
            "TOY-LAB REQ_MISSING",
        ],
    );
}

#[test]
fn the_report_must_be_young_passed_accredited_and_of_this_type() {
    let aged = question()
        .at("2029-08-19")
        .set("/offer/goods_location/placed_on_market", json!("2026-10-20"));
    world().check(&aged, Listable, &[]);
    world().check(&aged.at("2029-08-20"), NotListable, &["TOY-BASIS REPORT_TOO_OLD"]);

    let other_type = test_report().set("/scope", types_of(MAKER, "LP-BEAR-40"));
    world_with(doc("2026-09-01"), other_type).check(
        &question(),
        NotListable,
        &["TOY-DOC STANDARD_NOT_COVERED", "TOY-BASIS TYPE_NOT_MAPPED", "TOY-LAB TYPE_NOT_MAPPED"],
    );

    let untested = test_report().set("/tests/2/result", json!("NA"));
    world_with(doc("2026-09-01"), untested).check(
        &question(),
        NotListable,
        &["TOY-DOC STANDARD_NOT_COVERED", "TOY-BASIS STANDARD_NOT_COVERED"],
    );

    let failed = test_report().set("/tests/2/result", json!("FAIL")).set("/overall", json!("FAIL"));
    world_with(doc("2026-09-01"), failed).check(
        &question(),
        NotListable,
        &["TOY-DOC STANDARD_NOT_COVERED", "TOY-BASIS TEST_FAILED"],
    );

    let foreign = test_report().set("/tests/2/standard", json!("EN 71-9"));
    let doc_of = doc("2026-09-01").set("/header/standards/2/ref", json!("EN 71-9"));
    world_with(doc_of, foreign).check(
        &question(),
        NotListable,
        &["TOY-BASIS STANDARD_NOT_COVERED"],
    );
}

#[test]
fn a_lab_must_have_been_accredited_on_the_day_of_issue() {
    for (suspended_at, word, findings) in [
        ("2026-08-19T00:00:00Z", NotListable, &["TOY-BASIS ACCREDITATION_LAPSED"][..]),
        ("2026-08-20T12:00:00Z", NotListable, &["TOY-BASIS ACCREDITATION_LAPSED"]),
        ("2026-08-21T00:00:00Z", Listable, &[]),
    ] {
        let mut world = world();
        let suspension = crate::case::accreditation(
            LAB,
            "ISO/IEC 17025",
            "XX-L-9901",
            "2026-01-05",
            &json!({"standards": ["EN 71-1"]}),
        );
        let suspension = suspension.set("/action", json!("SUSPEND"));
        world.add(suspension.set("/effective_at", json!(suspended_at)));
        let body = world.check(&question(), word, findings);
        assert_eq!(body.assurance_min, Some(Assurance::A2));
    }
}

#[test]
fn status_follows_where_the_goods_are() {
    // (effective, reason, placed on the market or imported, word)
    for (effective, reason, placed, expected) in [
        ("2026-11-01T00:00:00Z", "ADMINISTRATIVE", Some("2026-10-20"), Listable),
        ("2026-11-01T00:00:00Z", "SAFETY", Some("2026-10-20"), NotListable),
        ("2026-10-20T23:00:00Z", "ADMINISTRATIVE", Some("2026-10-20"), NotListable),
        ("2026-11-01T00:00:00Z", "ADMINISTRATIVE", None, NotListable),
        ("2026-12-01T00:00:00Z", "SAFETY", Some("2026-10-20"), Listable),
        ("2026-12-01T00:00:00Z", "SAFETY", None, Listable),
    ] {
        for action in ["WITHDRAW", "SUSPEND"] {
            let mut world = world();
            let declared = find(&world, "eu-declaration-of-conformity");
            let change = status_change(MAKER, "manufacturer", action, declared);
            world.add(change.set("/effective_at", json!(effective)).set("/reason", json!(reason)));
            let location = match placed {
                Some(day) => json!({"kind": "EU_STOCK", "placed_on_market": day}),
                None => json!({"kind": "DIRECT_IMPORT"}),
            };
            let asked = question().set("/offer/goods_location", location);
            let code = if action == "WITHDRAW" { "CERT_WITHDRAWN" } else { "CERT_SUSPENDED" };
            let finding = format!("TOY-DOC {code}");
            // A declaration that is not in force names no acts either.
            let acts = "TOY-DOC DOC_INCOMPLETE".to_owned();
            let findings = [finding.as_str(), acts.as_str()];
            let findings = if expected == Listable { &[][..] } else { &findings[..] };
            let body = world.check(&asked, expected, findings);
            if effective.starts_with("2026-12") {
                assert_eq!(body.valid_until.unwrap().to_string(), effective);
            }
        }
    }
}

#[test]
fn a_suspension_ends_with_its_reinstatement() {
    let mut world = world();
    let report = find(&world, "test-report");
    let suspend = status_change(LAB, "lab", "SUSPEND", report.clone());
    world.add(suspend.set("/effective_at", json!("2026-10-01T00:00:00Z")));
    let imported = question().set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    let suspended = [
        "TOY-DOC CERT_SUSPENDED",
        "TOY-DOC DOC_BASIS_LOST",
        "TOY-DOC STANDARD_NOT_COVERED",
        "TOY-BASIS CERT_SUSPENDED",
        "TOY-LAB CERT_SUSPENDED",
    ];
    world.check(&imported, NotListable, &suspended);
    let reinstate = status_change(LAB, "lab", "REINSTATE", report);
    world.add(reinstate.set("/effective_at", json!("2026-11-10T00:00:00Z")));
    world.check(&imported, Listable, &[]);
    world.check(&imported.at("2026-11-09"), NotListable, &suspended);
}

#[test]
fn annulment_is_as_if_it_had_never_been_issued() {
    let mut world = world();
    let change =
        status_change(AUTHORITY, "market_surveillance", "ANNUL", find(&world, "test-report"));
    world.add(change.set("/effective_at", json!("2026-11-20T00:00:00Z")));
    world.check(
        &question().at("2026-11-15"),
        NotListable,
        &[
            "TOY-DOC CERT_ANNULLED",
            "TOY-DOC DOC_BASIS_LOST",
            "TOY-DOC STANDARD_NOT_COVERED",
            "TOY-BASIS CERT_ANNULLED",
            "TOY-LAB CERT_ANNULLED",
        ],
    );
}

#[test]
fn erased_evidence_meets_nothing() {
    let mut world = world();
    for (kind, issuer, role, findings) in [
        (
            "test-report",
            LAB,
            "lab",
            &[
                "TOY-DOC EVIDENCE_ERASED",
                "TOY-DOC DOC_BASIS_LOST",
                "TOY-DOC STANDARD_NOT_COVERED",
                "TOY-BASIS EVIDENCE_ERASED",
                "TOY-LAB EVIDENCE_ERASED",
            ][..],
        ),
        ("importer-declaration", IMPORTER, "importer", &["EU-OPERATOR EVIDENCE_ERASED"]),
    ] {
        let before = world.log.clone();
        let record = record(&world, kind);
        world.add(erasure(issuer, role, &record));
        world.erase(&record);
        world.check(&question(), NotListable, findings);
        world = crate::verdict_plush_toy::world();
        assert_eq!(world.log.len(), before.len());
    }
}

#[test]
fn the_newest_identity_counts_even_when_it_was_erased() {
    let mut world = world();
    let newest = world.add(plush_identity().set("/model", json!("Bear 2")));
    world.check(&question(), Listable, &[]);
    world.add(erasure(MAKER, "manufacturer", &newest));
    world.erase(&newest);
    let said = said(&world.ask(&question()));
    assert_eq!(said.word, NotListable);
    assert!(said.findings.contains("TOY-ID EVIDENCE_ERASED"), "{said:?}");
}

#[test]
fn a_transcription_is_too_weak_and_the_issuers_own_record_outranks_it() {
    let copied = crate::world::transcribed(test_report(), RIVAL);
    let mut world = world_with(doc("2026-09-01"), copied);
    let weak = [
        "TOY-DOC STANDARD_NOT_COVERED",
        "TOY-BASIS ASSURANCE_TOO_LOW",
        "TOY-LAB ASSURANCE_TOO_LOW",
    ];
    world.check(&question(), NotListable, &weak);
    let copy = record(&world, "test-report");
    let confirms = json!([{"rel": "confirms", "statement": copy.digest().to_string()}]);
    world.add(test_report().set("/header/references", confirms));
    world.check(&question(), Listable, &[]);
}

#[test]
fn a_copy_that_a_rival_makes_takes_nothing_away() {
    let world = world_with(doc("2026-09-01").set("/scope/types", Value::Null), test_report());
    let asked = question().set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    world.check(&asked, Listable, &[]);
    let report = record(&world, "test-report").digest().to_string();
    let replaced = test_report().set("/header/supersedes", json!([report]));
    let mut superseding = world.clone();
    superseding.add(crate::world::transcribed(replaced, RIVAL));
    superseding.check(&asked, Listable, &[]);
    // Neither a copy, nor a declaration of its own, on one batch of another's type.
    let of_a_batch = |of: Draft| {
        let batches = json!({"mode": "LIST", "list": ["L9999Z"]});
        of.set("/scope/batches", batches).document("RIVAL-1", "2026-09-01")
    };
    let copy = crate::world::transcribed(of_a_batch(doc("2026-09-01")), RIVAL);
    let own = of_a_batch(doc("2026-09-01"))
        .set("/header/issuer/operator", json!(RIVAL))
        .set("/manufacturer/operator", json!(RIVAL))
        .signed_by(&[RIVAL]);
    for declaration in [copy, own] {
        let mut narrowed = world.clone();
        narrowed.add(declaration);
        narrowed.check(&asked, Listable, &[]);
    }
}

#[test]
fn a_copy_completes_nothing_that_its_issuer_did_not_sign() {
    let check = |mut world: World, asked: &Question, copy: Draft, finding: &str| {
        assert!(said(&world.ask(asked)).findings.contains(finding), "{finding} is not there");
        world.add(crate::world::transcribed(copy, RIVAL));
        let said = said(&world.ask(asked));
        assert!(said.word == NotListable && said.findings.contains(finding), "{said:?}");
    };
    let asked = question().set("/offer/manufacturer/name", json!("Example Toys"));
    let renamed = doc("2026-09-01").document("DOC-2", "2026-09-01");
    let renamed = renamed.set("/manufacturer/name", json!("Example Toys"));
    check(world(), &asked, renamed, "TOY-ID MANUFACTURER_MISMATCH");

    let mut electrical = world();
    let category = json!({"gpc": "10005160", "cn": "95030041"});
    electrical.add(identity(MAKER, TOY, &["LP-BEAR-30"], &category, &["electrical"]));
    let acts = json!({TOYS: "A", "32014L0030": "A", "32011L0065": "A"});
    let all_acts = declaration(MAKER, "Lumipeluche Mfg", TOY, &["LP-BEAR-30"], &acts)
        .document("DOC-2", "2026-09-01")
        .set("/header/validity", json!({"from": "2026-09-01"}));
    check(electrical, &question(), all_acts, "TOY-DOC DOC_INCOMPLETE");

    let mut standards = doc("2026-09-01").predicate["header"]["standards"].clone();
    let more = json!({"ref": "EN 71-9", "edition": "2020", "extent": "FULL"});
    standards.as_array_mut().unwrap().push(more);
    let world = world_with(doc("2026-09-01").set("/header/standards", standards), test_report());
    let tested = json!([{"standard": "EN 71-9", "edition": "2020", "result": "PASS"}]);
    let tested = test_report().set("/tests", tested).document("R-2", "2026-08-20");
    check(world, &question(), tested, "TOY-DOC STANDARD_NOT_COVERED");
}

#[test]
fn a_model_recall_denies_every_batch_and_countries_do_not_matter() {
    let mut world = world();
    world.add(measure(AUTHORITY, "market_surveillance", "M-1", scope(TOY)));
    let recalled = ["NEG-MEASURE RECALLED_MODEL"];
    world.check(&question(), NotListable, &recalled);
    world.check(
        &question().batches(&[]),
        NotListable,
        &[recalled[0], "EU-OPERATOR BATCH_REQUIRED"],
    );
}

#[test]
fn a_voluntary_certificate_is_no_eu_type_certificate() {
    let mut world = parties("2026-01-05");
    world.at("2026-08-30T00:00:00Z").add(plush_identity());
    let voluntary = crate::world::certificate(BODY, "V-1", TOYS)
        .set("/scope", types_of(MAKER, "LP-BEAR-30"))
        .set("/act", Value::Null)
        .set("/module", Value::Null)
        .set("/body_number", Value::Null)
        .set("/voluntary", json!(true))
        .set("/scheme", json!("Example mark"));
    world.add(voluntary);
    let said = said(&world.ask(&question()));
    assert!(said.findings.contains("TOY-BASIS CERT_NOT_EU_TYPE"), "{said:?}");
}

#[test]
fn the_closure_asks_for_each_chain_once_and_finds_all_it_should() {
    let world = world();
    let query = question().normal(world.size());
    let (evidence, asked) = world.evidence(&query);
    let mut once = asked.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), asked.len());
    for uri in [
        TOY,
        "https://id.gs1.org/01/09521000200012/10/L2610A",
        "urn:probant:type:https%3A%2F%2Fid.gs1.org%2F417%2F9521000200005:LP-BEAR-30",
        "urn:probant:document:https%3A%2F%2Fid.gs1.org%2F417%2F9521000400009:R-26-8811",
        MAKER,
        IMPORTER,
        IMPORTER_ALIAS,
        LAB,
        crate::world::ACCREDITOR,
    ] {
        for class in [Class::All, Class::Adverse] {
            let key = (class, uri.parse().unwrap());
            assert!(evidence.chains().contains_key(&key), "{class} {uri}");
        }
    }
    // Nothing of a party that has no part in it.
    assert!(!evidence.chains().contains_key(&(Class::All, RIVAL.parse().unwrap())));
    let findings = world.ask(&question()).body().findings.clone();
    let measures = findings.iter().find(|of| of.requirement == "NEG-MEASURE").unwrap();
    let keys: Vec<String> = measures.checked_keys.iter().map(|key| key.uri.to_string()).collect();
    assert!(
        keys.contains(&TOY.to_owned()) && measures.checked_keys.iter().all(|key| key.count == 0)
    );
}

pub(crate) fn record(world: &World, kind: &str) -> std::sync::Arc<probant::record::Record> {
    let is_it = |record: &&std::sync::Arc<probant::record::Record>| {
        record.statement().is_some_and(|of| of.kind().name() == kind)
    };
    world.log.iter().find(is_it).unwrap().clone()
}

pub(crate) fn find(world: &World, kind: &str) -> Value {
    target(&record(world, kind))
}

#[test]
fn all_of_an_issuer_can_be_annulled_from_a_time_on() {
    for (from, word, findings) in [
        (
            "2026-08-22T00:00:00Z",
            NotListable,
            &[
                "TOY-DOC CERT_ANNULLED",
                "TOY-DOC DOC_BASIS_LOST",
                "TOY-DOC STANDARD_NOT_COVERED",
                "TOY-BASIS CERT_ANNULLED",
                "TOY-LAB CERT_ANNULLED",
            ][..],
        ),
        ("2026-08-22T00:00:01Z", Listable, &[]),
    ] {
        let mut world = world();
        let issuer = json!({"issuer": LAB, "from": from});
        let accreditor = crate::world::ACCREDITOR;
        world.add(status_change(accreditor, "accreditation_body", "ANNUL", issuer));
        world.check(&question(), word, findings);
    }
}

#[test]
fn a_merchants_number_counts_once_the_manufacturer_has_bound_it() {
    let by_number =
        question().set("/product", json!({"merchant_pid": "SKU-77", "batches": ["L2610A"]}));
    let mut world = world();
    let unbound = said(&world.ask(&by_number));
    assert!(unbound.findings.contains("PRODUCT-ID PRODUCT_ID_UNBOUND"), "{unbound:?}");
    assert_eq!(unbound.word, NotListable);
    let number = "urn:probant:product:urn%3Aeori%3AFR99900011000018:SKU-77";
    let bound = plush_identity().set("/merchant_ids", json!([number]));
    world.add(bound.signed_by(&[MAKER, IMPORTER]));
    world.check(&by_number, Listable, &[]);
    world.check(&by_number.batches(&["L2612Z"]), NotListable, &["EU-OPERATOR REQ_MISSING"]);
    // A recall of the merchant's number hits the product under it.
    world.add(measure(AUTHORITY, "market_surveillance", "M-1", scope(number)));
    let both = question().set("/product/merchant_pid", json!("SKU-77"));
    world.check(&both, NotListable, &["NEG-MEASURE RECALLED_MODEL"]);
}

#[test]
fn what_is_announced_ends_the_verdict_on_its_day() {
    let mut world = world();
    let change = status_change(LAB, "lab", "WITHDRAW", find(&world, "test-report"));
    world.add(change.set("/effective_at", json!("2026-12-24T12:00:00Z")));
    let imported = question().set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    let body = world.check(&imported, Listable, &[]);
    let until = body.valid_until.unwrap();
    assert_eq!(until.to_string(), "2026-12-24T12:00:00Z");
    let report = body.evidence.iter().find(|item| item.predicate == "test-report").unwrap();
    assert_eq!(report.valid_until, Some(until));
}
