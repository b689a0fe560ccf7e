//! What is refused, each for its own reason: by admission, and by a ledger that judges a verdict.

use std::sync::Arc;

use probant::envelope::{Envelope, PAYLOAD_TYPE};
use probant::key::{Signature, Signer as _};
use probant::ledger::{SetClock, SubmitError};
use probant::policy::Query;
use probant::reason::Effect::{Deny, Refuse};
use probant::reason::Reason;
use probant::storage::MemoryStorage;
use serde_json::json;

use super::{Row, Shown};
use crate::audit_listings::logged;
use crate::case::{ledger_of, policies};
use crate::verdict_plush_toy as toy;
use crate::world::*;

/// A draft that is refused where nothing but the parties is there.
fn refused(draft: fn() -> Draft) -> Shown {
    refused_after(|_| draft())
}

/// The same after what a test adds first.
fn refused_after(draft: impl FnOnce(&mut World) -> Draft) -> Shown {
    let mut world = World::new();
    let draft = draft(&mut world);
    [(world.offer(draft).unwrap_err().code(), Refuse)].into()
}

/// What a ledger makes of a draft on a world that it holds, and that was asked about.
fn refused_by_ledger(mut world: World, draft: impl FnOnce(&mut World) -> Draft) -> Shown {
    let clock = Arc::new(SetClock::new("2026-01-05T00:00:00Z".parse().unwrap()));
    let ledger = ledger_of(&world, Arc::new(MemoryStorage::default()), &clock);
    let draft = draft(&mut world);
    let envelope = world.envelope(draft);
    match ledger.submit_wait(ledger.door().check(envelope).unwrap()).unwrap_err() {
        SubmitError::Refused(refusal) => [(refusal.code(), Refuse)].into(),
        other => panic!("{other}"),
    }
}

/// A question with a number whose check digit is wrong: it is not judged, and so nothing is listed.
fn malformed_question() -> Shown {
    let query = toy::question().set("/product/gtin", json!("9521000200013")).query;
    let query = Query::parse(query.to_string().as_bytes()).unwrap();
    let seal_time = query.legal_at.unwrap();
    let size = 1.into();
    let error = query.normalise(probant::policy::query::Defaults { seal_time, size });
    [(error.unwrap_err().reason().unwrap(), Deny)].into()
}

fn forged() -> Shown {
    let mut world = World::new();
    let envelope = world.envelope(report(LAB, "R-1"));
    let signature = (key(LAB).public_key().id(), Signature::new([0; 64]));
    let forged = Envelope::new(PAYLOAD_TYPE, envelope.payload().to_vec(), vec![signature]);
    [(world.offer_envelope(forged.unwrap()).unwrap_err().code(), Refuse)].into()
}

/// A verdict that was reached before a recall, and is to be logged after it.
fn stale() -> Shown {
    let mut world = toy::world();
    let clock = Arc::new(SetClock::new("2026-01-05T00:00:00Z".parse().unwrap()));
    let ledger = ledger_of(&world, Arc::new(MemoryStorage::default()), &clock);
    clock.set("2026-11-23T00:00:00Z".parse().unwrap());
    ledger.seal().unwrap();
    let query = Query::parse(toy::question().query.to_string().as_bytes()).unwrap();
    let verdict = ledger.check(&query, &policies()).unwrap().verdict;
    let recall = world.envelope(measure(MAKER, "manufacturer", "M-1", scope(TOY)));
    ledger.submit_wait(ledger.door().check(recall).unwrap()).unwrap();
    let verdict = world.envelope(logged(&verdict, VERIFIER, "verifier"));
    match ledger.submit_wait(ledger.door().check(verdict).unwrap()).unwrap_err() {
        SubmitError::Refused(refusal) => [(refusal.code(), Refuse)].into(),
        other => panic!("{other}"),
    }
}

fn bear() -> Draft {
    identity(MAKER, TOY)
}

pub(super) const ROWS: &[Row] = &[
    (Reason::IdentifierInvalid, Refuse, || {
        refused(|| certificate(BODY, "CERT-1", RADIO).set("/body_number", json!("9998")))
    }),
    (Reason::IdentifierInvalid, Deny, malformed_question),
    (Reason::StatementInvalid, Refuse, || {
        refused(|| report(LAB, "R-1").set("/remark", json!("x")))
    }),
    (Reason::SignatureInvalid, Refuse, forged),
    (Reason::SignatureMissing, Refuse, || {
        refused(|| mandate("RESPONSIBLE_PERSON", MAKER, AGENT, TOY).signed_by(&[MAKER]))
    }),
    (Reason::SignerUnexpected, Refuse, || refused(|| report(LAB, "R-1").signed_by(&[LAB, RIVAL]))),
    (Reason::SubjectDigestMismatch, Refuse, || refused(|| report(LAB, "R-1").about(&[TOY]))),
    (Reason::TooManySubjects, Refuse, || {
        refused(|| {
            let all: Vec<String> = (0..1001).map(|number| format!("L{number}")).collect();
            let all: Vec<&str> = all.iter().map(String::as_str).collect();
            bear().set("/scope", lots(TOY, &all))
        })
    }),
    (Reason::WrongLedger, Refuse, || {
        refused(|| grant(RIVAL, "lab").set("/header/ledger", json!("ledger.example/other")))
    }),
    (Reason::IssuedInFuture, Refuse, || {
        refused(|| report(LAB, "R-1").document("R-1", "2026-01-06"))
    }),
    (Reason::PolicyInvalid, Refuse, || refused_by_ledger(World::new(), |_| policy("P-1"))),
    (Reason::IssuerUnknown, Refuse, || refused(|| report(LAB, "R-1").signed_by(&["nobody"]))),
    (Reason::IssuerNotAuthorised, Refuse, || refused(|| report(RIVAL, "R-1"))),
    (Reason::IssuerScopeMismatch, Refuse, || {
        refused_after(|world| {
            world.add(grant(BODY, "notified_body").set("/action", json!("REVOKE")));
            world.add(grant(BODY, "notified_body").set("/acts", json!([RADIO])));
            certificate(BODY, "CERT-1", TOYS)
        })
    }),
    (Reason::KeyRevoked, Refuse, || {
        refused_after(|world| {
            world.add(key_event(LAB, "lab", "REVOKE", LAB, &[LAB]));
            report(LAB, "R-1")
        })
    }),
    (Reason::KeyCompromised, Refuse, || {
        refused_after(|world| {
            let notice = key_event(LAB, "lab", "COMPROMISE", LAB, &[LAB]);
            world.add(notice.set("/suspect_from", json!("2026-01-05T00:00:00Z")));
            report(LAB, "R-1")
        })
    }),
    (Reason::DuplicateNumber, Refuse, || {
        refused_after(|world| {
            world.add(report(LAB, "R-1"));
            report(LAB, " r-1 ")
        })
    }),
    (Reason::QuotaReached, Refuse, || {
        refused_after(|world| {
            for _ in 0..16 {
                world.add(concern(PLATFORM, "platform", TOY));
            }
            concern(PLATFORM, "platform", TOY)
        })
    }),
    (Reason::DuplicateId, Refuse, || {
        refused_after(|world| {
            world.add(report(LAB, "R-1").set("/header/id", json!("ID-1")));
            report(LAB, "R-2").set("/header/id", json!("ID-1"))
        })
    }),
    (Reason::IdentifierTaken, Refuse, || {
        refused_after(|world| {
            world.add(bear());
            identity(RIVAL, TOY)
        })
    }),
    (Reason::TargetUnknown, Refuse, || {
        refused(|| {
            let nothing = json!({"statement": "0".repeat(64)});
            status_change(BODY, "notified_body", "WITHDRAW", nothing)
        })
    }),
    (Reason::TargetSubjectsDiffer, Refuse, || {
        refused_after(|world| {
            let record = world.add(certificate(BODY, "CERT-1", RADIO));
            status_change(BODY, "notified_body", "WITHDRAW", target(&record)).about(&[TOY])
        })
    }),
    (Reason::ChangeNotPermitted, Refuse, || {
        refused_after(|world| {
            let record = world.add(certificate(BODY, "CERT-1", RADIO));
            status_change(RIVAL, "manufacturer", "WITHDRAW", target(&record))
        })
    }),
    (Reason::LogKeyInForce, Refuse, || {
        refused(|| {
            let members = json!({"log_keys_end": [keyid("log")], "quorum": 2});
            registrar_change(&REGISTRARS[..2], members, &[])
        })
    }),
    (Reason::VerdictStale, Refuse, stale),
];
