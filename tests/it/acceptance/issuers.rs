//! 7 to 9: who signed, who was notified, and whose key was stolen.

use probant::attestation::types::VerdictWord::{Listable, NotListable, Review};
use probant::dossier::{DossierError, RecordFault};
use probant::reason::Reason;
use probant::registry::Unattributed;
use serde_json::json;

use crate::case::{Question, VOLTARIS, parties, parties_with, said};
use crate::dossier::{dossier_on, paper, refused};
use crate::verdict_charger as charger;
use crate::world::{
    AGENT, BODY, Draft, NOTIFIER, RADIO, TOYS, World, key_event, mandate, notification,
};

#[test]
fn t07_an_rp_mandate_with_one_signature_fails() {
    let given = || {
        let of = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, charger::CHARGER);
        of.valid("2024-05-07", "2030-05-06")
    };
    let without = || charger::first_half(parties("2024-01-05"), false).world;
    for alone in [VOLTARIS, AGENT] {
        let mut world = without();
        world.refused(Reason::SignatureMissing, given().signed_by(&[alone]));
        world.check(&charger::question(), NotListable, &["EU-OPERATOR REQ_MISSING"]);
        // A ledger that lets it in all the same helps nobody: it meets nothing, and no dossier
        // with it verifies.
        let forced = world.force(given().signed_by(&[alone]));
        let said = said(&world.ask(&charger::question()));
        assert!(said.findings.contains("EU-OPERATOR RP_UNCONFIRMED"), "{said:?}");
        assert_eq!(said.word, NotListable);
        let log = paper(&world);
        let error = refused(&dossier_on(&log, &charger::question()), &log.genesis);
        let is_unsigned = matches!(
            error,
            DossierError::Record {
                index,
                cause: RecordFault::Unattributed(Unattributed::Authority(_)),
            } if index == forced.index()
        );
        assert!(is_unsigned, "{error:?}");
    }
    let mut world = without();
    world.add(given());
    world.check(&charger::question(), Listable, &[]);
}

const OUT_OF_SCOPE: &str = "RADIO-BASIS ISSUER_SCOPE_MISMATCH";
const LAPSED: &str = "RADIO-BASIS ACCREDITATION_LAPSED";

/// A charger whose certificate was issued on one day, by a body that was notified for something
/// from 1 March 2026 on, and no longer from 1 September on.
fn notified(world: &World, issued: &str, notified: &dyn Fn(Draft) -> Draft, act: &str) -> World {
    let mut world = world.clone();
    let change = |action, since| {
        notified(notification(NOTIFIER, BODY, act, action)).set("/effective_at", json!(since))
    };
    world.add(change("GRANT", "2026-03-01T00:00:00Z"));
    let log = |world: &mut World| {
        let certificate = charger::eu_type("RED-1", "VOL-QI15", issued, "2030-12-31");
        world.at(&format!("{issued}T12:00:00Z")).add(certificate);
        world.add(charger::doc("VD-1", "VOL-QI15", "RED-1", issued));
    };
    let is_late = "2026-09-01" < issued;
    if !is_late {
        log(&mut world);
    }
    world.at("2026-09-01T00:00:00Z").add(change("WITHDRAW", "2026-09-01T00:00:00Z"));
    if is_late {
        log(&mut world);
    }
    world
}

/// The charger without its certificate, declaration and notified body.
fn unnotified() -> World {
    let mut world = parties_with("2026-01-05", &[]);
    world.add(charger::charger_identity(&["VOL-QI15"]));
    let given = mandate("RESPONSIBLE_PERSON", VOLTARIS, AGENT, charger::CHARGER);
    world.add(given.valid("2026-01-05", "2030-05-06"));
    world
}

#[test]
fn t08_nb_matrix_act_module_product_before_within_after_notification() {
    let base = unnotified();
    // (issued, asked, within): what begins on a day counts on it, what ends on it has ended.
    let days = [
        ("2026-02-28", "2026-06-01", false),
        ("2026-03-01", "2026-06-01", true),
        ("2026-05-01", "2026-06-01", true),
        ("2026-08-31", "2026-08-31", true),
        ("2026-09-01", "2026-09-01", false),
        ("2026-10-01", "2026-11-01", false),
    ];
    let mut listable = 0;
    for act in [RADIO, TOYS] {
        for module in ["B", "H"] {
            for product in ["8504", "9503"] {
                for (issued, day, is_within) in days {
                    let scope = |draft: Draft| {
                        draft.set("/modules", json!([module])).set("/products", json!([product]))
                    };
                    let world = notified(&base, issued, &scope, act);
                    let is_for_it = (act, module, product) == (RADIO, "B", "8504");
                    let question = charger::question().at(day);
                    if is_for_it && is_within {
                        world.check(&question, Listable, &[]);
                        listable += 1;
                        continue;
                    }
                    let said = said(&world.ask(&question));
                    let cell = format!("{act} {module} {product} {issued}: {said:?}");
                    assert_eq!(said.word, NotListable, "{cell}");
                    assert!(said.findings.contains(OUT_OF_SCOPE), "{cell}");
                    // Right in all but the day.
                    assert!(!is_for_it || said.findings.contains(LAPSED), "{cell}");
                }
            }
        }
    }
    assert_eq!(listable, 3);
    // Issued within and asked after: stock that was there in time stays covered, what is imported
    // now does not.
    let scope =
        |draft: Draft| draft.set("/modules", json!(["B"])).set("/products", json!(["8504"]));
    let world = notified(&base, "2026-05-01", &scope, RADIO);
    let after = charger::question().at("2026-11-01");
    world.check(&after, NotListable, &[OUT_OF_SCOPE]);
    let stock = json!({"kind": "EU_STOCK", "placed_on_market": "2026-06-01"});
    world.check(&after.set("/offer/goods_location", stock), Listable, &[]);
}

#[test]
fn t09_key_compromise_before_within_after_the_window() {
    let case = charger::first_half(parties("2024-01-05"), true);
    let stolen = |since: &str| {
        let notice = key_event(BODY, "notified_body", "COMPROMISE", BODY, &[BODY])
            .set("/suspect_from", json!(since));
        let mut world = case.world.clone();
        world.at("2026-09-01T00:00:00Z").add(notice);
        world
    };
    // The certificate was logged at midnight on 2 May 2024.
    let (before, within) = (stolen("2024-05-02T00:00:00.001Z"), stolen("2024-05-02T00:00:00Z"));
    before.check(&charger::question(), Listable, &[]);
    let doubts = ["RADIO-DOC KEY_COMPROMISED", "RADIO-BASIS KEY_COMPROMISED"];
    within.check(&charger::question(), Review, &doubts);
    // As of before the notice nobody knew.
    let then: Question = charger::question().at("2026-06-01").under(case.before);
    within.check(&then, Listable, &[]);
    for mut world in [before, within] {
        let late = charger::eu_type("RED-2", "VOL-QI15", "2026-09-01", "2029-05-01");
        world.refused(Reason::KeyCompromised, late);
    }
}
