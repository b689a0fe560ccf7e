//! 13 to 16: the same answer here and there, the order of records, erasure, and what falls with a
//! certificate.

use std::collections::BTreeMap;
use std::sync::Arc;

use probant::attestation::types::VerdictWord::{Listable, NotListable};
use probant::audit::{AuditOptions, Remark, run};
use probant::dossier::{self, Limits, Trust};
use probant::entry::Body;
use probant::identifier::SubjectKey;
use probant::ledger::{Access, SetClock, View};
use probant::map::{ChainHead, Lookup};
use probant::merkle::EntryIndex;
use probant::note::VerifiedCheckpoint;
use probant::policy::Query;
use probant::proto::WatchCause;
use probant::reason::Reason;
use probant::reliance::{DocumentName, reliance};
use probant::storage::MemoryStorage;
use serde_json::{Value, json};

use crate::audit_listings as listings;
use crate::case::{ledger_of, policies};
use crate::dossier::{evaluated, paper};
use crate::ledger_audit::files;
use crate::ledger_fixture::{check_consistent, check_receipt};
use crate::reliance::evidence;
use crate::served::Case;
use crate::serving::block_on;
use crate::verdict_charger as charger;
use crate::verdict_plush_toy as toy;
use crate::verdict_procedure::{eu_type, examined};
use crate::watching::{Watching, against, kinds, open};
use crate::world::{
    AUTHORITY, BODY, Draft, IMPORTER, LAB, MAKER, ORIGIN, OTHER_TOY, VERIFIER, World, erasure,
    listing, lots, mandate, named, scope, status_change, target, types_of,
};

const TODAY: &str = "2026-11-23T00:00:00Z";

#[test]
fn t13_same_inputs_byte_identical_verdict_body_on_server_and_offline() {
    block_on(async {
        let case = Case::start(true).await;
        let client = case.client().await;
        for (lots, word) in [
            (json!(["L2610A"]), "LISTABLE"),
            (json!(["L2612Z"]), "NOT_LISTABLE"),
            (json!([]), "REVIEW"),
        ] {
            let query = toy::question().set("/product/batches", lots).query;
            let outcome = client.check(query.to_string(), true).await.unwrap();
            let dossier = outcome.dossier.unwrap();
            let offline = case.offline(&dossier);
            assert_eq!(offline.bytes(), outcome.verdict);
            let body: Value = serde_json::from_slice(&outcome.verdict).unwrap();
            assert_eq!(body["verdict"], word);
        }
        case.serving.stop().await;
    });
}

#[test]
fn t14_verdict_index_below_listing_index_else_listed_before_check() {
    let mut case = listings::Case::new();
    let verdict = listings::logged(&case.verdict.clone(), VERIFIER, "verifier");
    let verdict = case.world.envelope(verdict);
    let cited = verdict.statement_digest().to_string();
    let mut in_order = case.log.clone();
    let (index, _) = case.add(listings::listed(&cited));
    case.log.attest(&verdict);
    let report = case.audit();
    listings::assert_remarked(&report, Remark::ListedBeforeCheck, index);

    in_order.attest(&verdict);
    case.log = in_order;
    case.add(listings::listed(&cited));
    let report = case.audit();
    assert!(report.is_sound() && report.observations.is_empty(), "{report}");
}

/// Checks each proof that a view gives: of each entry, of each chain, of each older checkpoint.
fn check_proofs(world: &World, view: &View) {
    let log_key = world.genesis.log_key();
    let note = view.checkpoint_note().as_bytes();
    let checkpoint = VerifiedCheckpoint::verify(note, log_key).unwrap();
    let mut chains: BTreeMap<SubjectKey, Vec<_>> = BTreeMap::new();
    for index in (0..view.size().get()).map(EntryIndex::new) {
        let entry = view.entry(index).unwrap();
        let proof = view.inclusion(index).unwrap();
        let _included = checkpoint.include(entry.leaf_hash(), index, &proof).unwrap();
        if let Body::Attestation { .. } = entry.body() {
            for key in view.record(index).unwrap().keys() {
                chains.entry(*key).or_default().push((index, entry.leaf_hash()));
            }
        }
    }
    for (key, entries) in chains {
        let row = ChainHead::fold(ORIGIN, &key.digest(), entries).row().unwrap();
        let found = view.map_proof(&key).verify(&key.digest(), &view.map_root()).unwrap();
        assert_eq!(found, Lookup::Present(row));
    }
    for size in view.published_sizes(0.into(), usize::MAX).unwrap() {
        let older = view.note_at(size).unwrap();
        let older = VerifiedCheckpoint::verify(older.as_bytes(), log_key).unwrap();
        check_consistent(view, &older);
    }
}

#[test]
fn t15_after_erasure_every_proof_still_verifies_and_the_verdict_shows_evidence_erased() {
    let mut world = toy::world();
    let clock = Arc::new(SetClock::new("2026-01-05T00:00:00Z".parse().unwrap()));
    let ledger = ledger_of(&world, Arc::new(MemoryStorage::default()), &clock);
    clock.set(TODAY.parse().unwrap());
    ledger.seal().unwrap();
    let submit = |envelope| ledger.submit_wait(ledger.door().check(envelope).unwrap()).unwrap();
    // What was kept before: a receipt of each record, a checkpoint, a dossier.
    let envelopes: Vec<_> =
        world.candidates.iter().map(|of| of.envelope().envelope().clone()).collect();
    let receipts: Vec<_> = envelopes.iter().map(|envelope| submit(envelope.clone())).collect();
    let query = Query::parse(toy::question().query.to_string().as_bytes()).unwrap();
    let before = ledger.check(&query, &policies()).unwrap();
    assert_eq!(before.verdict.word(), Listable);
    let kept = before.dossier(&policies()).unwrap();

    let report = toy::record(&world, "test-report");
    let order = world.envelope(erasure(LAB, "lab", &report));
    submit(order);
    let view = ledger.view(None).unwrap();
    let gone = view.find(report.digest()).unwrap().unwrap();
    assert!(view.record(gone).unwrap().is_erased());

    check_proofs(&world, &view);
    check_consistent(&view, before.view.checkpoint());
    for (receipt, envelope) in receipts.iter().zip(&envelopes) {
        check_consistent(&view, &check_receipt(&world.genesis, receipt, envelope));
    }
    let policies = policies();
    let trust = Trust { genesis: &world.genesis, policies: &policies, witnesses: None };
    let limits = Limits { age_max_ms: Some(1000), now: TODAY.parse().unwrap() };
    let verified = dossier::verify(&kept, &trust, &limits).unwrap();
    assert_eq!(verified.verdict().bytes(), before.verdict.bytes());
    let after = ledger.check(&query, &policies).unwrap();
    let bytes = after.dossier(&policies).unwrap();
    let verified = dossier::verify(&bytes, &trust, &limits).unwrap();
    assert_eq!(verified.verdict().word(), NotListable);
    let findings = verified.verdict().body().findings.iter();
    assert!(findings.map(|of| of.code).any(|code| code == Some(Reason::EvidenceErased)));
    let options =
        AuditOptions { policies: &policies, witnesses: None, now: TODAY.parse().unwrap() };
    let audited = run(&mut files(&view, Access::Full), &world.genesis, &options, &mut |_| {});
    let audited = audited.unwrap();
    assert!(audited.is_sound() && audited.counts.erased == 1, "{audited}");
}

const OTHER_LOT: &str = "L2612Z";

/// All that another toy of the same manufacturer needs, under a certificate of its own.
fn other_toy() -> Vec<Draft> {
    let types = types_of(MAKER, "LP-BEAR-40");
    let of_it = |draft: Draft| {
        draft
            .set("/scope/products", json!([{"id": OTHER_TOY}]))
            .set("/scope/types", types["types"].clone())
    };
    let report = toy::test_report().set("/scope", types.clone()).document("R-2", "2026-08-20");
    let cites = json!([{"rel": "cites-report", "document": named(LAB, "R-2")}]);
    let declared = of_it(examined())
        .document("DOC-2", "2026-09-01")
        .set("/header/references", cites)
        .set("/notified_body/certificate", named(BODY, "T-2"));
    let distributor = mandate("AUTHORISED_DISTRIBUTOR", MAKER, IMPORTER, OTHER_TOY);
    vec![
        report,
        toy::plush_identity()
            .set("/scope", scope(OTHER_TOY))
            .set("/types", json!([{"designation": "LP-BEAR-40"}])),
        eu_type().set("/scope", types.clone()).document("T-2", "2026-08-25"),
        declared,
        toy::importer_declaration(OTHER_LOT)
            .set("/scope", lots(OTHER_TOY, &[OTHER_LOT]))
            .set("/checked/doc", named(MAKER, "DOC-2")),
        distributor.valid("2026-10-06", "2031-10-05"),
    ]
}

#[test]
fn t16_one_certificate_withdrawn_every_dependent_listing_is_found_and_once() {
    let parties = crate::case::parties("2026-01-05");
    let mut world = toy::complete(parties, examined(), toy::test_report());
    let certificate = world.add(eu_type());
    for draft in other_toy() {
        world.add(draft);
    }
    let mut log = paper(&world);
    let other = json!({"gtin": "9521000300026", "batches": [OTHER_LOT]});
    let of_other = toy::question().set("/product", other);
    let other_batch = format!("{OTHER_TOY}/10/{OTHER_LOT}");
    let listings = [
        ("MK-1", toy::question(), listings::lot()),
        ("MK-2", toy::question(), listings::lot()),
        ("MK-3", toy::question(), listings::lot()),
        ("MK-GONE", toy::question(), listings::lot()),
        ("MK-OTHER", of_other, other_batch),
    ];
    let judged = listings.map(|(number, question, batch)| {
        let question = question.set("/offer/listing_id", json!(number));
        let verdict = evaluated(&log, &question).2;
        assert_eq!(verdict.word(), Listable, "{number} {:?}", crate::case::said(&verdict));
        (number, verdict, batch)
    });
    let of = |draft: Draft, number: &str, batch: &str| {
        draft.set("/listing_id", json!(number)).set("/product", json!(batch))
    };
    for (number, verdict, batch) in &judged {
        let verdict = of(listings::logged(verdict, VERIFIER, "verifier"), number, batch);
        let verdict = world.envelope(verdict);
        log.attest(&verdict);
        let cited = verdict.statement_digest().to_string();
        let listed = of(listings::listed(&cited), number, batch).document(number, "2026-11-23");
        log.attest(&world.envelope(listed));
    }
    let gone = of(listing("MK-GONE", "DELISTED"), "MK-GONE", &listings::lot());
    log.attest(&world.envelope(gone.document("MK-GONE", "2026-11-23")));
    let withdraw = |issuer, role| status_change(issuer, role, "WITHDRAW", target(&certificate));
    let withdrawn = log.attest(&world.envelope(withdraw(BODY, "notified_body")));
    // What has fallen does not fall again.
    log.attest(&world.envelope(withdraw(AUTHORITY, "market_surveillance")));
    log.seal();
    let report = listings::audit(&log);
    assert!(report.is_sound(), "{report}");
    let rows = report.fallen_listings.iter();
    let found: Vec<_> = rows.map(|of| (of.listing_id.as_str(), of.record.at.entry)).collect();
    assert_eq!(found, ["MK-1", "MK-2", "MK-3"].map(|number| (number, withdrawn)), "{report}");
    let reasons = [Reason::CertWithdrawn, Reason::DocBasisLost, Reason::DocIncomplete];
    assert!(report.fallen_listings.iter().all(|of| of.reasons == reasons), "{report}");
    // And all that ever rested on it, what is down by now as well.
    let name = DocumentName::Statement(*certificate.digest());
    let resting = reliance(&evidence(&log).unwrap(), &name).unwrap().listings;
    let found: Vec<_> =
        resting.iter().map(|of| (of.listing_id.as_str(), of.ended.is_some())).collect();
    let expected = [("MK-1", false), ("MK-2", false), ("MK-3", false), ("MK-GONE", true)];
    assert_eq!(found, expected);
}

#[test]
fn t16_one_certificate_withdrawn_whoever_watches_is_notified_once() {
    block_on(async {
        let first = charger::first_half(crate::case::parties("2024-01-05"), true);
        let mut case = Case::of(first.world, "2026-09-30T00:00:00Z").await;
        let client = case.client().await;
        let one = open(charger::question());
        let mut other = one.clone();
        other["offer"]["listing_id"] = json!("MK-99");
        let mut watching = Watching::start(&client, &[one, other]).await;
        let words: Vec<_> = watching.answers(case.size()).await;
        assert!(words.iter().all(|answer| answer.verdict.word() == Listable), "{words:?}");
        let withdraw = |issuer, role| {
            status_change(issuer, role, "WITHDRAW", target(&first.certificate))
                .set("/effective_at", json!("2026-09-30T00:00:00Z"))
        };
        case.add(withdraw(BODY, "notified_body"));
        let told = watching.answers(case.size()).await;
        assert_eq!(told.iter().map(|of| of.position).collect::<Vec<_>>(), [0, 1]);
        for answer in told {
            assert_eq!((answer.verdict.word(), answer.cause), (NotListable, WatchCause::Records));
            assert!(against(&answer).contains(&"RADIO-BASIS:CERT_WITHDRAWN".to_owned()));
            assert_eq!(kinds(&answer), ["status-change"]);
        }
        // What has fallen does not fall again.
        case.add(withdraw(AUTHORITY, "market_surveillance"));
        assert!(watching.until(case.size()).await.is_empty());
        case.serving.stop().await;
    });
}
