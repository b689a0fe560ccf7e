//! Evidence that is missing, out of its time, too narrow, too weak, or about something else.

use probant::policy::PolicySet;
use probant::reason::Effect::{Deny, Review, Warn};
use probant::reason::Reason;
use serde_json::{Value, json};

use super::{Row, Shown, asked, asked_under, required, with};
use crate::case::{Question, parties, rule_set};
use crate::verdict_categories as category;
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_plush_toy::{doc, question, test_report};
use crate::world::*;

fn imported() -> Question {
    question().set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}))
}

/// The toy with another report.
fn reported(report: Draft) -> Shown {
    asked(&toy::world_with(doc("2026-09-01"), report), &question())
}

/// The toy with another declaration.
fn declared(doc: Draft) -> Shown {
    asked(&toy::world_with(doc, test_report()), &question())
}

/// What a verdict on protective equipment shows.
fn equipped(drafts: &[Draft]) -> Shown {
    let cn = "65061010";
    asked(&category::world(category::goods(cn, &[]), drafts, ""), &category::asked(cn))
}

fn erased() -> Shown {
    let mut world = toy::world();
    let record = toy::record(&world, "test-report");
    world.add(erasure(LAB, "lab", &record));
    world.erase(&record);
    asked(&world, &question())
}

/// The newest identity is of what is made from some day on, and nobody says when a batch was made.
fn identified_for_a_window() -> Shown {
    let window = json!({"mode": "PRODUCED_BETWEEN", "from": "2026-10-01"});
    let newest = toy::plush_identity().set("/scope/batches", window);
    asked(&with(toy::world(), [newest]), &question())
}

/// The maker has a laboratory of its own.
fn own_laboratory() -> Shown {
    let mut world = parties("2026-01-05");
    world.add(grant(MAKER, "lab"));
    let issuer = json!({"operator": MAKER, "role": "lab"});
    let report = test_report().set("/header/issuer", issuer).signed_by(&[MAKER]);
    asked(&toy::complete(world, doc("2026-09-01"), report), &question())
}

pub(super) const ROWS: &[Row] = &[
    (Reason::ReqMissing, Deny, || asked(&toy::world(), &question().batches(&["L2612Z"]))),
    (Reason::ReqExpired, Deny, || {
        let case = charger::first_half(parties("2024-01-05"), true);
        asked(&case.world, &charger::question().at("2029-05-02"))
    }),
    (Reason::ReqNotYetValid, Deny, || {
        let later = doc("2026-09-01").set("/header/validity", json!({"from": "2026-12-01"}));
        declared(later)
    }),
    (Reason::EvidenceErased, Deny, erased),
    (Reason::CoverageTooNarrow, Deny, || {
        declared(doc("2026-09-01").set("/scope/countries", json!(["DE"])))
    }),
    (Reason::CoverageTooNarrow, Review, identified_for_a_window),
    (Reason::BatchRequired, Review, || asked(&toy::world(), &question().batches(&[]))),
    (Reason::AssuranceTooLow, Deny, || reported(transcribed(test_report(), RIVAL))),
    (Reason::CertNotEuType, Deny, || {
        let voluntary = certificate(BODY, "V-1", TOYS)
            .set("/scope", types_of(MAKER, "LP-BEAR-30"))
            .set("/act", Value::Null)
            .set("/module", Value::Null)
            .set("/body_number", Value::Null)
            .set("/voluntary", json!(true))
            .set("/scheme", json!("Example mark"));
        asked(&with(parties("2026-01-05"), [toy::plush_identity(), voluntary]), &question())
    }),
    (Reason::CertTermTooLong, Deny, || {
        equipped(&[category::ppe_certificate("2031-08-01"), category::ppe_doc("B+C")])
    }),
    (Reason::DocIncomplete, Deny, || {
        declared(doc("2026-09-01").set("/header/standards", Value::Null))
    }),
    (Reason::Chronology, Deny, || declared(doc("2026-08-01"))),
    (Reason::ProcedureMismatch, Deny, || {
        let approval = category::ppe_approval("C2");
        equipped(&[category::ppe_certificate("2031-07-31"), category::ppe_doc("B+D"), approval])
    }),
    (Reason::BasisUnknown, Review, || {
        // No declaration of the manufacturer cites the report, so nothing is looked up that it rests on.
        let cites = json!([{"rel": "basis", "document": named(LAB, "R-0")}]);
        let uncited = doc("2026-09-01").set("/header/references", Value::Null);
        asked(
            &toy::world_with(uncited, test_report().set("/header/references", cites)),
            &question(),
        )
    }),
    (Reason::DocUnexpected, Deny, || {
        let rule = "types = [\"eu-declaration-of-conformity\"]\non_hit = \"deny\"";
        let rules = format!("{}\n[[negative]]\ncode = \"X\"\n{rule}\n", rule_set("eu-toys"));
        let rules = PolicySet::empty().with(rules.as_bytes()).unwrap();
        asked_under(&toy::world(), &question(), &rules)
    }),
    (Reason::DocUnexpected, Review, || {
        let cn = "33049900";
        let declared = category::doc(&json!({TOYS: "A"}));
        asked(&category::world(category::goods(cn, &[]), &[declared], ""), &category::asked(cn))
    }),
    (Reason::TypeNotMapped, Deny, || {
        reported(test_report().set("/scope", types_of(MAKER, "LP-BEAR-40")))
    }),
    (Reason::StandardNotCovered, Deny, || {
        reported(test_report().set("/tests/2/result", json!("NA")))
    }),
    (Reason::TestFailed, Deny, || {
        reported(test_report().set("/tests/2/result", json!("FAIL")).set("/overall", json!("FAIL")))
    }),
    (Reason::ReportTooOld, Deny, || asked(&toy::world(), &question().at("2029-08-20"))),
    (Reason::LabNotIndependent, Warn, own_laboratory),
    (Reason::HolderMismatch, Deny, || {
        let approval = category::ppe_approval("D").set("/holder", json!(RIVAL));
        equipped(&[category::ppe_certificate("2031-07-31"), category::ppe_doc("B+D"), approval])
    }),
    (Reason::BodyNumberMismatch, Deny, || {
        equipped(&[category::ppe_certificate("2031-07-31"), category::ppe_approval("D")])
    }),
    (Reason::SurveillanceOverdue, Deny, || {
        let approval = category::ppe_approval("D").set("/next_surveillance", json!("2026-10-01"));
        equipped(&[category::ppe_certificate("2031-07-31"), category::ppe_doc("B+D"), approval])
    }),
    (Reason::EprMissing, Deny, || {
        let rule = "type = \"external-registration\"\nregistry = \"EPR-FR\"";
        required(&toy::world(), &question(), rule)
    }),
    (Reason::RegistrationMismatch, Deny, || {
        let rule = "type = \"external-registration\"\nregistry = \"DPP\"\n\
                    checks = [\"registration.model_matches\"]";
        let issuer = json!({"operator": MAKER, "role": "manufacturer"});
        let of_operator =
            registration_of("DPP", MAKER).set("/header/issuer", issuer).signed_by(&[MAKER]);
        required(&with(toy::world(), [of_operator]), &question(), rule)
    }),
    (Reason::DppMissing, Warn, || asked(&toy::world(), &question())),
    (Reason::DppMissing, Deny, || asked(&toy::world(), &imported().at("2030-08-01"))),
];
