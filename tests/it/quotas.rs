//! What a signer logs day by day uses up no room that it needs to recall goods, and to take back what
//! it said (conformity.md, section 2.8).

use probant::attestation::types::VerdictWord::Listable;
use probant::reason::Reason;

use crate::flood::{bytes, imported, number, padded, rival_declaration};
use crate::verdict_charger::CHARGER;
use crate::verdict_plush_toy as toy;
use crate::world::{
    IMPORTER, LAB, RIVAL, TOY, erasure, lots, measure, report, status_change, target,
};

#[test]
fn erasures_stop_no_recall_and_are_not_without_end() {
    let (mut world, declared) = imported();
    let mut erased = 0;
    loop {
        let record = world.add(declared(erased + 1));
        if world.offer(erasure(IMPORTER, "importer", &record)).is_err() {
            break;
        }
        world.erase(&record);
        erased += 1;
    }
    assert_eq!(erased, 256);
    let recall = measure(IMPORTER, "importer", "M-1", lots(CHARGER, &["W1"]));
    world.add(recall.document("M-1", "2026-10-01"));
}

#[test]
fn a_laboratory_takes_back_all_that_it_reported() {
    let mut world = toy::world();
    for of in 0..200 {
        let lot = number("L", of / 25);
        let reported = report(LAB, &number("LR", of)).set("/scope", lots(TOY, &[&lot]));
        let reported = target(&world.add(reported));
        world.add(status_change(LAB, "lab", "WITHDRAW", reported));
    }
}

#[test]
fn however_large_reports_are_they_can_be_suspended_reinstated_and_withdrawn() {
    let mut world = toy::world();
    let reports: Vec<_> = (0..4)
        .map(|of| {
            target(&world.add(padded(toy::test_report().document(&number("LR", of), "2026-08-20"))))
        })
        .collect();
    for action in ["SUSPEND", "REINSTATE", "WITHDRAW"] {
        for of in &reports {
            world.add(padded(status_change(LAB, "lab", action, of.clone())));
        }
    }
}

/// A change to a lot's record stands among the model's: with ever new lots, nobody fills these.
#[test]
fn what_strangers_take_back_of_many_lots_stays_within_bounds() {
    let mut world = toy::world();
    let before = bytes(&world, &toy::question());
    let taken_back = (0..100).find(|of| {
        let declared = rival_declaration(*of).set("/scope", lots(TOY, &[&number("X", *of)]));
        let declared = target(&world.add(declared));
        let change = padded(status_change(RIVAL, "manufacturer", "WITHDRAW", declared));
        match world.offer(change) {
            Ok(_) => false,
            Err(refusal) => refusal.code() == Reason::QuotaReached,
        }
    });
    assert_eq!(taken_back, Some(17));
    assert!(bytes(&world, &toy::question()) < before + (5 << 18));
    world.check(&toy::question(), Listable, &[]);
}
