//! Watching products: whatever changes their verdict is told, once, with its proof.

use std::slice;

use probant::attestation::types::VerdictWord::{Listable, NotListable};
use probant::client::{ClientError, WatchStep};
use probant::proto::WatchCause;
use serde_json::{Value, json};
use tonic::Code;

use crate::served::{Case, TODAY};
use crate::serving::block_on;
use crate::verdict_plush_toy as toy;
use crate::verdict_recall as recall;
use crate::watching::{Watching, against, kinds, open};
use crate::world::{
    AUTHORITY, Draft, IMPORTER, LAB, OTHER_TOY, erasure, key_event, measure, named, scope, update,
};

fn tambourine(lot: &str) -> Value {
    open(recall::asked().batches(&[lot]))
}

fn lift(recalled: &probant::record::Record, day: &str) -> Draft {
    let document = named(IMPORTER, "RC-1");
    update(IMPORTER, "importer", "LIFT", recalled, document).set("/effective_at", json!(day))
}

#[test]
fn a_recall_and_its_lifting_are_told_of_the_batch_that_they_are_about() {
    block_on(async {
        let mut case = Case::of(recall::world(), "2026-11-04T00:00:00Z").await;
        let client = case.client().await;
        let queries = [tambourine("B2607"), tambourine("B2608")];
        let mut watching = Watching::start(&client, &queries).await;
        let first = watching.answers(case.size()).await;
        assert_eq!(first.len(), 2);
        for answer in &first {
            assert_eq!(answer.verdict.word(), Listable);
            assert_eq!((answer.cause, answer.before.is_none()), (WatchCause::Start, true));
            assert!(answer.proof.is_ok() && answer.compared.is_none());
        }

        let before = case.size();
        case.at("2026-11-05T00:00:00Z");
        let recalled = case.add(recall::recall());
        let told = watching.answer(case.size()).await;
        assert_eq!((told.position, told.cause), (1, WatchCause::Records));
        assert_eq!(told.verdict.word(), NotListable);
        assert_eq!(told.before.as_ref().unwrap().verdict, Listable);
        assert!(against(&told).contains(&"NEG-MEASURE:RECALLED_BATCH".to_owned()), "{told:?}");
        assert_eq!(kinds(&told), ["safety-measure"]);
        assert!(!told.was_other && told.compared.unwrap().size >= before);
        let proof = told.proof.unwrap();
        assert_eq!(proof.dossier.verdict(), &told.verdict);

        case.at("2026-11-10T00:00:00Z");
        case.add(lift(&recalled, "2026-11-10T00:00:00Z"));
        let told = watching.answer(case.size()).await;
        assert_eq!((told.position, told.verdict.word()), (1, Listable));
        assert_eq!(told.before.as_ref().unwrap().verdict, NotListable);
        assert_eq!(kinds(&told), ["measure-update"]);
        case.serving.stop().await;
    });
}

#[test]
fn what_concerns_no_watched_product_is_not_told() {
    block_on(async {
        let mut case = Case::start(false).await;
        let client = case.client().await;
        let mut watching = Watching::start(&client, &[open(toy::question())]).await;
        watching.answer(case.size()).await;
        // Another toy, another batch, and time without an end in it.
        case.add(measure(AUTHORITY, "market_surveillance", "RC-1", scope(OTHER_TOY)));
        case.add(toy::importer_declaration("L2699Z"));
        case.at("2026-11-25T00:00:00Z");
        assert!(watching.until(case.size()).await.is_empty());
        // And then one that does.
        case.add(measure(AUTHORITY, "market_surveillance", "RC-2", scope(crate::world::TOY)));
        let told = watching.answer(case.size()).await;
        assert_eq!(kinds(&told), ["safety-measure"]);
        case.serving.stop().await;
    });
}

#[test]
fn a_key_that_others_had_takes_what_it_signed_with_it() {
    block_on(async {
        let mut case = Case::start(false).await;
        let client = case.client().await;
        let mut watching = Watching::start(&client, &[open(toy::question())]).await;
        watching.answer(case.size()).await;
        let compromise = key_event(LAB, "lab", "COMPROMISE", LAB, &[LAB])
            .set("/effective_at", json!(TODAY))
            .set("/suspect_from", json!("2026-08-01T00:00:00Z"));
        case.add(compromise);
        let told = watching.answer(case.size()).await;
        assert_eq!(told.before.as_ref().unwrap().verdict, Listable);
        assert_ne!(told.verdict.word(), Listable);
        assert_eq!(kinds(&told), ["key-event"]);
        case.serving.stop().await;
    });
}

#[test]
fn what_ends_by_itself_is_told_when_a_checkpoint_shows_that_it_has() {
    block_on(async {
        let mut case = Case::start(false).await;
        let client = case.client().await;
        let mut watching = Watching::start(&client, &[open(toy::question())]).await;
        let first = watching.answer(case.size()).await;
        let until = first.verdict.body().valid_until.unwrap();
        assert_eq!(until.to_string(), "2029-08-20T00:00:00Z");
        case.at("2029-08-19T23:59:59Z");
        assert!(watching.until(case.size()).await.is_empty());
        case.at("2029-08-20T00:00:00Z");
        let told = watching.answer(case.size()).await;
        assert_eq!((told.cause, told.verdict.word()), (WatchCause::Time, NotListable));
        assert_eq!(told.before.as_ref().unwrap().verdict, Listable);
        assert_eq!(told.records().count(), 0);
        case.serving.stop().await;
    });
}

#[test]
fn evidence_that_was_missing_is_told_when_it_comes() {
    block_on(async {
        let mut case = Case::start(false).await;
        let client = case.client().await;
        let query = open(toy::question().batches(&["L2612Z"]));
        let mut watching = Watching::start(&client, &[query]).await;
        assert_eq!(watching.answer(case.size()).await.verdict.word(), NotListable);
        case.add(toy::importer_declaration("L2612Z"));
        let told = watching.answer(case.size()).await;
        assert_eq!((told.verdict.word(), told.cause), (Listable, WatchCause::Records));
        assert_eq!(kinds(&told), ["importer-declaration"]);
        case.serving.stop().await;
    });
}

#[test]
fn who_was_away_while_evidence_was_erased_is_told_and_not_what_it_was_before() {
    block_on(async {
        let mut case = Case::start(false).await;
        let client = case.client().await;
        let query = open(toy::question());
        let mut watching = Watching::start(&client, slice::from_ref(&query)).await;
        let after = case.size();
        assert_eq!(watching.answer(after).await.verdict.word(), Listable);
        let report = toy::record(&case.world, "test-report");
        case.add(erasure(LAB, "lab", &report));
        // Whoever stayed knows what it was.
        assert_eq!(watching.answer(case.size()).await.verdict.word(), NotListable);
        let mut watching = Watching::resume(&client, slice::from_ref(&query), after).await;
        let told = watching.answer(case.size()).await;
        assert_eq!((told.verdict.word(), told.cause), (NotListable, WatchCause::Records));
        assert!(told.before.is_none() && told.proof.is_ok(), "{told:?}");
        // From then on, nothing is hidden.
        let mut watching = Watching::resume(&client, &[query], case.size()).await;
        let told = watching.until(case.size()).await;
        assert!(matches!(told[..], [WatchStep::Unchanged { position: 0 }]), "{told:?}");
        case.serving.stop().await;
    });
}

#[test]
fn who_was_away_is_told_what_changed_and_nothing_else() {
    block_on(async {
        let mut case = Case::of(recall::world(), "2026-11-04T00:00:00Z").await;
        let client = case.client().await;
        let queries = [tambourine("B2607"), tambourine("B2608")];
        let mut watching = Watching::start(&client, &queries).await;
        let after = case.size();
        watching.answers(after).await;
        drop((watching, client));
        case.at("2026-11-05T00:00:00Z");
        case.add(recall::recall());
        let case = case.restart().await;
        let client = case.client().await;
        let mut watching = Watching::resume(&client, &queries, after).await;
        let mut steps = watching.until(case.size()).await;
        steps.sort_by_key(|step| matches!(step, WatchStep::Answer(_)));
        let [WatchStep::Unchanged { position: 0 }, WatchStep::Answer(told)] = &steps[..] else {
            panic!("{steps:#?}")
        };
        assert_eq!((told.position, told.verdict.word()), (1, NotListable));
        assert_eq!((told.cause, told.compared.unwrap().size), (WatchCause::Records, after));
        assert_eq!(told.before.as_ref().unwrap().verdict, Listable);
        assert_eq!(kinds(told), ["safety-measure"]);
        // And from there on as anybody else.
        case.serving.ledger.seal().unwrap();
        assert!(watching.until(case.size()).await.is_empty());
        case.serving.stop().await;
    });
}

#[test]
fn what_came_and_was_settled_while_one_was_away_is_told() {
    block_on(async {
        let mut case = Case::of(recall::world(), "2026-11-04T00:00:00Z").await;
        let after = case.size();
        case.at("2026-11-05T00:00:00Z");
        let recalled = case.add(recall::recall());
        case.at("2026-11-10T00:00:00Z");
        case.add(lift(&recalled, "2026-11-10T00:00:00Z"));
        let client = case.client().await;
        let queries = [tambourine("B2607"), tambourine("B2608")];
        let mut watching = Watching::resume(&client, &queries, after).await;
        let steps = watching.until(case.size()).await;
        let told: Vec<_> = steps
            .iter()
            .filter_map(|step| match step {
                WatchStep::Answer(answer) => Some(answer),
                _ => None,
            })
            .collect();
        assert_eq!(told.len(), 1, "{steps:#?}");
        assert_eq!((told[0].position, told[0].verdict.word()), (1, Listable));
        assert!(told[0].was_other);
        assert_eq!(told[0].before.as_ref().unwrap().verdict, Listable);
        assert_eq!(kinds(told[0]), ["safety-measure", "measure-update"]);
        case.serving.stop().await;
    });
}

#[test]
fn a_query_that_can_not_be_watched_is_refused_and_the_others_are_watched() {
    block_on(async {
        let case = Case::start(false).await;
        let client = case.client().await;
        let good = open(toy::question());
        let with = |member: &str, value: Value| {
            let mut query = good.clone();
            query.as_object_mut().unwrap().insert(member.to_owned(), value);
            query
        };
        let queries = [
            json!({"product": {"gtin": "9521000200013"}}),
            with("as_of", json!(case.size())),
            with("legal_at", json!(TODAY)),
            with("legal_at", json!("2026-11-24T00:00:00Z")),
            good.clone(),
        ];
        let mut watching = Watching::start(&client, &queries).await;
        let mut reasons = vec![String::new(); queries.len()];
        for step in watching.until(case.size()).await {
            match step {
                WatchStep::Refused { position, refused } => reasons[position] = refused.reason,
                WatchStep::Answer(answer) => reasons[answer.position] = "answered".to_owned(),
                step => panic!("{step:?}"),
            }
        }
        assert_eq!(
            reasons,
            ["REQUEST_MALFORMED", "REQUEST_MALFORMED", "REQUEST_MALFORMED", "answered", "answered"]
        );
        // Nor is there anything to go on from where nothing was published.
        for (after, expected) in [(3, "NOT_PUBLISHED"), (1_000_000, "BEYOND_TREE")] {
            let mut watching =
                Watching::resume(&client, slice::from_ref(&good), after.into()).await;
            let steps = watching.until(case.size()).await;
            let [WatchStep::Refused { refused, .. }] = &steps[..] else { panic!("{steps:?}") };
            assert_eq!(refused.reason, expected);
        }
        case.serving.stop().await;
    });
}

#[test]
fn a_server_that_stops_says_so() {
    block_on(async {
        let mut case = Case::start(false).await;
        let client = case.client().await;
        let mut watching = Watching::start(&client, &[open(toy::question())]).await;
        watching.answer(case.size()).await;
        case.serving.tell_to_stop();
        let error = loop {
            match watching.next().await {
                Ok(WatchStep::Progress(_)) => {}
                Ok(step) => panic!("{step:?}"),
                Err(error) => break error,
            }
        };
        let ClientError::Refused(refused) = &error else { panic!("{error:?}") };
        assert_eq!((refused.code, refused.reason.as_str()), (Code::Unavailable, "STOPPING"));
        case.serving.ended().await;
    });
}
