//! Documents that are shown for what they are not (conformity.md, section 7): somebody else's, one
//! that was withdrawn, an older one, and those that protective equipment is sold on.

use probant::admission::{AdmissionError, Candidate, Context, admit};
use probant::attestation::types::VerdictWord::{Listable, NotListable};
use probant::reason::Reason;
use serde_json::{Value, json};

use crate::case::{Question, declaration, identity, parties, said};
use crate::verdict_categories as category;
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::world::{
    BODY, Draft, IMPORTER, LAB, MAKER, NOTIFIER, OTHER_TOY, RIVAL, TOY, TOYS, World, lots, mandate,
    named, notification, scope, supersession, transcribed, types_of,
};

/// A rival's toy that looks like the bear, declared under the bear's report.
fn look_alike(designation: &str) -> World {
    let mut world = toy::world();
    let category = json!({"gpc": "10005160", "cn": "95030041"});
    let made = identity(RIVAL, OTHER_TOY, &[designation], &category, &[]);
    world.add(made.set("/warnings", json!(["REMOVE_PACKAGING"])));
    let cites = json!([{"rel": "cites-report", "document": named(LAB, "R-26-8811")}]);
    let applied = toy::doc("2026-09-01").predicate["header"]["standards"].clone();
    let declared =
        declaration(RIVAL, "Bricolin Toys", OTHER_TOY, &[designation], &json!({TOYS: "A"}))
            .document("D-LIKE", "2026-09-02")
            .set("/header/validity", json!({"from": "2026-09-02"}))
            .set("/header/standards", applied)
            .set("/header/references", cites);
    world.add(declared);
    let import = toy::importer_declaration("L1").set("/scope", lots(OTHER_TOY, &["L1"]));
    world.add(import.set("/checked/doc", named(RIVAL, "D-LIKE")));
    let given = mandate("AUTHORISED_DISTRIBUTOR", RIVAL, IMPORTER, OTHER_TOY);
    world.add(given.valid("2026-10-06", "2031-10-05"));
    world
}

#[test]
fn a_report_is_none_for_what_looks_alike() {
    let asked = toy::question()
        .set("/product", json!({"gtin": "9521000300026", "batches": ["L1"]}))
        .set("/offer/manufacturer/name", json!("Bricolin Toys"));
    // Neither under a type of its own, nor by calling its own type as the maker calls the bear's.
    for designation in ["LIKE-1", "LP-BEAR-30"] {
        let mut world = look_alike(designation);
        let findings = [
            "TOY-DOC STANDARD_NOT_COVERED",
            "TOY-BASIS TYPE_NOT_MAPPED",
            "TOY-LAB TYPE_NOT_MAPPED",
        ];
        world.check(&asked, NotListable, &findings);
        // Its own report is one.
        let own = toy::test_report()
            .document("R-LIKE", "2026-08-20")
            .set("/scope", types_of(RIVAL, designation));
        world.add(own);
        world.check(&asked, Listable, &[]);
    }
}

#[test]
fn a_withdrawn_certificate_stays_so_in_a_new_envelope() {
    let case = charger::withdrawn("SAFETY");
    let mut world = case.world;
    world.at("2026-10-01T00:00:00Z");
    let place = world.log.iter().position(|of| of.index() == case.certificate.index()).unwrap();
    // The same bytes: they are known, and judged by nobody.
    let envelope = world.candidates[place].envelope().envelope().clone();
    let again = Candidate::parse(envelope, |key| world.registry.public_key(key)).unwrap();
    let index = world.next_index();
    let (time, log_key, examiner) = ("2026-10-01T00:00:00Z", world.log_key, &world.judge);
    let time = time.parse().unwrap();
    let context = Context { index, time, is_replay: false, log_key, examiner };
    let error = admit(&again, &world.registry, &world.view(index), &context).unwrap_err();
    assert_eq!(error, AdmissionError::Known { index: case.certificate.index() });
    // The same number over other bytes, whoever signs; and a copy, which stands below the original.
    let same = || charger::eu_type("RED-9999-24-00781", "VOL-QI15", "2024-05-02", "2029-05-01");
    world.refused(Reason::DuplicateNumber, same());
    world.refused(
        Reason::DuplicateNumber,
        same().set("/header/document/number", json!(" red-9999-24-00781")),
    );
    world.add(transcribed(same(), IMPORTER));
    world.check(&charger::question(), NotListable, &charger::LOST);
    // A second version is not what the declaration cites.
    world.add(same().set("/header/document/version", json!("2")));
    let said = said(&world.ask(&charger::question()));
    assert_eq!(said.word, NotListable);
    assert!(said.findings.contains("RADIO-DOC CERT_WITHDRAWN"), "{said:?}");
}

#[test]
fn an_older_version_of_a_certificate_is_not_cited() {
    let mut case = charger::first_half(parties("2024-01-05"), true);
    let world = &mut case.world;
    let next = charger::eu_type("RED-9999-24-00781", "VOL-QI15", "2026-08-01", "2029-05-01")
        .set("/header/document/version", json!("2"));
    let next = world.at("2026-08-01T00:00:00Z").add(next);
    world.check(&charger::question(), Listable, &[]);
    world.add(supersession(BODY, "notified_body", &case.certificate, &next));
    let said = said(&world.ask(&charger::question()));
    assert_eq!(said.word, NotListable);
    assert!(said.findings.contains("RADIO-DOC SUPERSEDED_USE_NEW"), "{said:?}");
    // One that cites the new version is in order.
    let certificate = json!({"issuer": BODY, "number": "RED-9999-24-00781", "version": "2"});
    let cites = json!([{"rel": "cites-certificate", "document": certificate}]);
    let declared = charger::doc("VD-782", "VOL-QI15", "RED-9999-24-00781", "2026-08-02")
        .set("/header/references", cites)
        .set("/notified_body/certificate", certificate);
    world.at("2026-08-02T00:00:00Z").add(declared);
    world.check(&charger::question(), Listable, &[]);
}

const PPE: &str = "32016R0425";

/// Protective equipment of category II, asked about as goods in stock since 20 October 2026.
fn equipment(drafts: &[Draft]) -> World {
    let mut world = category::world(category::helmet("II", &[]), &[], "");
    for draft in drafts {
        world.add(draft.clone());
    }
    world
}

fn in_stock() -> Question {
    category::asked("65061010")
}

#[test]
fn protective_equipment_is_sold_on_a_named_certificate_for_these_very_goods() {
    let certificate = || category::ppe_certificate("2031-07-31");
    let doc = || category::ppe_doc("B+C");
    equipment(&[certificate(), doc()]).check(&in_stock(), Listable, &[]);
    let none = |draft: Draft| {
        draft.set("/header/references", Value::Null).set("/notified_body/certificate", Value::Null)
    };
    let other = named(BODY, "PPE-2");
    let cites = json!([{"rel": "cites-certificate", "document": other}]);
    let cites_other =
        doc().set("/header/references", cites).set("/notified_body/certificate", other);
    let later =
        |draft: Draft| draft.document("PPE-1", "2026-10-21").valid("2026-10-21", "2031-07-31");
    let of_lot = |lot: &str| {
        types_of(MAKER, "T-1").as_object().unwrap().iter().fold(
            lots(TOY, &[lot]),
            |mut scope, (name, of)| {
                scope[name] = of.clone();
                scope
            },
        )
    };
    equipment(&[certificate().set("/scope", of_lot("L2610A")), doc()]).check(
        &in_stock(),
        Listable,
        &[],
    );
    for (what, drafts, finding) in [
        ("no certificate named", vec![certificate(), none(doc())], "PPE-DOC-II DOC_INCOMPLETE"),
        ("another one named", vec![certificate(), cites_other], "PPE-DOC-II DOC_BASIS_LOST"),
        (
            "another type",
            vec![certificate().set("/scope", types_of(MAKER, "T-2")), doc()],
            "PPE-TYPE TYPE_NOT_MAPPED",
        ),
        (
            "another batch",
            vec![certificate().set("/scope", of_lot("L2611B")), doc()],
            "PPE-TYPE REQ_MISSING",
        ),
        (
            "another product",
            vec![certificate().set("/scope/products", scope(OTHER_TOY)["products"].clone()), doc()],
            "PPE-TYPE REQ_MISSING",
        ),
        (
            "another holder",
            vec![certificate().set("/holder", json!(RIVAL)), doc()],
            "PPE-TYPE HOLDER_MISMATCH",
        ),
        // Issued when the deal was made: the goods were there before it.
        ("issued afterwards", vec![later(certificate()), doc()], "PPE-TYPE REQ_NOT_YET_VALID"),
        ("issued afterwards", vec![later(certificate()), doc()], "PPE-DOC-II CHRONOLOGY"),
        (
            "no end of validity",
            vec![certificate().set("/header/validity", json!({"from": "2026-08-01"})), doc()],
            "PPE-TYPE CERT_TERM_TOO_LONG",
        ),
        (
            "more than five years",
            vec![category::ppe_certificate("2031-08-01"), doc()],
            "PPE-TYPE CERT_TERM_TOO_LONG",
        ),
    ] {
        let said = said(&equipment(&drafts).ask(&in_stock()));
        assert!(said.word == NotListable && said.findings.contains(finding), "{what}: {said:?}");
    }
    // The body is listed, without the power to examine types.
    let reduced = notification(NOTIFIER, BODY, PPE, "REDUCE").set("/modules", json!(["B"]));
    let reduced = reduced.set("/effective_at", json!("2026-07-31T00:00:00Z"));
    equipment(&[reduced, certificate(), doc()]).check(
        &in_stock(),
        NotListable,
        &["PPE-TYPE ISSUER_SCOPE_MISMATCH"],
    );
}
