//! Receipts and verdicts that witnesses have seen, over the wire: who waits for them gets them, and
//! nobody is told of a quorum that there was not.

use std::sync::Arc;

use probant::client::{Client, ClientError, ClientOptions, ReceiptError};
use probant::dossier::{self, Limits, Trust};
use probant::ledger::Receipt;
use probant::note::WitnessPolicy;
use probant::policy::PolicySet;
use probant::proto;
use probant::proto::ledger_client::LedgerClient;
use probant::service::ServeOptions;
use probant::storage::MemoryStorage;
use tonic::transport::Channel;
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

use crate::fake_witness::Mode;
use crate::ledger_fixture::{MODEL, World, at};
use crate::ledger_witnessed::{NOW, Scene};
use crate::liar::{Lies, lied_to};
use crate::serving::{Serving, block_on};

/// A server whose ledger has begun, all of it witnessed.
async fn serve(scene: &Scene) -> Serving {
    let ledger = scene.begin_in_memory().into_ledger();
    Serving::start(ledger, ServeOptions::default()).await
}

async fn connect(scene: &Scene, serving: &Serving, witnesses: Option<WitnessPolicy>) -> Client {
    let genesis = Some(scene.world.genesis.clone());
    let options = ClientOptions { genesis, witnesses, ..ClientOptions::default() };
    Client::connect(&serving.url, options).await.unwrap()
}

/// A policy that asks for a witness of whom nobody has heard.
fn stranger() -> WitnessPolicy {
    let world = World::new();
    let witness = crate::fake_witness::FakeWitness::start(77, world.genesis.log_key(), at(NOW));
    crate::fake_witness::policy(&[&witness], "quorum w0")
}

fn query() -> Vec<u8> {
    serde_json::to_vec(&serde_json::json!({
        "product": {"id": MODEL},
        "category": {"gpc": "10005160", "cn": "95030041"},
        "trader": {"operator": crate::ledger_fixture::MAKER, "name": "Lumipeluche Mfg"},
        "offer": {
            "platform": crate::ledger_fixture::MAKER, "listing_id": "L-1",
            "destinations": ["FR"], "languages": ["fr"],
            "goods_location": {"kind": "DIRECT_IMPORT"},
        },
    }))
    .unwrap()
}

/// A receipt; who is refused because so many come at once, comes again.
async fn receipt(
    mut raw: LedgerClient<Channel>,
    request: proto::GetReceiptRequest,
) -> proto::Receipt {
    loop {
        match raw.get_receipt(request.clone()).await {
            Ok(answer) => return answer.into_inner().receipt.unwrap(),
            Err(status) if status.code() == Code::ResourceExhausted => {}
            Err(status) => panic!("{status}"),
        }
    }
}

fn reason(status: &Status) -> (Code, String) {
    let details = status.get_error_details();
    (status.code(), details.error_info().unwrap().reason.clone())
}

#[test]
fn who_waits_for_a_witnessed_receipt_gets_it_once_there_is_one() {
    block_on(async {
        let scene = Scene::new();
        let serving = serve(&scene).await;
        let client = connect(&scene, &serving, Some(scene.policy())).await;
        scene.set_modes(Mode::Hanging);
        let signed = client.submit(&scene.world.declaration(1)).await.unwrap();
        assert!(!signed.is_witnessed());
        let (waiting, receipt) = (client.clone(), signed.clone());
        let waiting = tokio::spawn(async move { waiting.witness(&receipt).await });
        let witnessed = tokio::task::spawn_blocking(move || {
            scene.witnesses.iter().for_each(|it| it.wait_until_asked(3));
            scene.set_modes(Mode::Honest);
            scene
        });
        let scene = witnessed.await.unwrap();
        let witnessed = waiting.await.unwrap().unwrap();
        assert!(witnessed.is_witnessed());
        assert_eq!((witnessed.index(), witnessed.entry()), (signed.index(), signed.entry()));
        let note = witnessed.to_tlog_proof().checkpoint.to_string();
        assert!(scene.verify(&note).cosigners().len() >= 2);
        assert_eq!(witnessed.to_message().state(), proto::ReceiptState::Witnessed);
        // It is no newer than the newest, and that is taken by the same client.
        let newest = client.checkpoint(None).await.unwrap();
        assert!(witnessed.checkpoint().size() <= newest.size());
        serving.stop().await;
    });
}

#[test]
fn however_many_wait_for_witnesses_other_calls_are_answered() {
    block_on(async {
        let scene = Scene::new();
        let serving = serve(&scene).await;
        let client = connect(&scene, &serving, None).await;
        scene.set_modes(Mode::Hanging);
        let signed = client.submit(&scene.world.declaration(1)).await.unwrap();
        let digest = signed.statement_digest().digest().as_bytes().to_vec();
        let request = |state: proto::ReceiptState| {
            let statement_digest = digest.clone().into();
            proto::GetReceiptRequest { statement_digest, state: state.into() }
        };
        // More than the calls that a peer may have at a time.
        let raw = serving.raw().await;
        let waiting = (0..200)
            .map(|_| tokio::spawn(receipt(raw.clone(), request(proto::ReceiptState::Witnessed))));
        let waiting: Vec<_> = waiting.collect();
        let other = serving.raw().await;
        for _ in 0..200 {
            let receipt = receipt(other.clone(), request(proto::ReceiptState::Signed)).await;
            assert_eq!(receipt.state(), proto::ReceiptState::Signed);
        }
        scene.set_modes(Mode::Honest);
        for receipt in waiting {
            assert_eq!(receipt.await.unwrap().state(), proto::ReceiptState::Witnessed);
        }
        serving.stop().await;
    });
}

#[test]
fn a_verdict_that_witnesses_must_have_seen_rests_on_what_they_have() {
    block_on(async {
        let scene = Scene::new();
        let serving = serve(&scene).await;
        let seen = serving.ledger.size();
        scene.set_modes(Mode::Down);
        let of_all = connect(&scene, &serving, None).await;
        drop(of_all.submit(&scene.world.declaration(1)).await.unwrap());

        let client = connect(&scene, &serving, Some(scene.policy())).await;
        for with_dossier in [false, true] {
            let answer = client.check(query(), with_dossier).await.unwrap();
            let verdict = probant::policy::Verdict::parse(&answer.verdict).unwrap();
            assert_eq!(verdict.body().as_of.tree_size, seen);
            let Ok(dossier) = answer.dossier else { continue };
            let (policies, policy) = (PolicySet::default(), scene.policy());
            let genesis = &scene.world.genesis;
            let trust = Trust { genesis, policies: &policies, witnesses: Some(&policy) };
            let limits = Limits { age_max_ms: None, now: at(NOW) };
            let verified = dossier::verify(&dossier, &trust, &limits).unwrap();
            assert_eq!(verified.verdict().bytes(), &*answer.verdict);
        }
        // Who asks for no witness gets the newest, which none has seen.
        let newest = of_all.check(query(), false).await.unwrap();
        let newest = probant::policy::Verdict::parse(&newest.verdict).unwrap();
        assert!(newest.body().as_of.tree_size > seen);
        // Whoever asks for another one gets nothing.
        let client = connect(&scene, &serving, Some(stranger())).await;
        for with_dossier in [false, true] {
            let error = client.check(query(), with_dossier).await.unwrap_err();
            assert!(matches!(error, ClientError::Quorum { size, .. } if size == seen), "{error}");
        }
        serving.stop().await;
    });
}

#[test]
fn what_no_quorum_has_cosigned_is_not_given_as_if_one_had() {
    block_on(async {
        let scene = Scene::new();
        scene.set_modes(Mode::Down);
        let ledger = scene.create(Arc::new(MemoryStorage::default())).into_ledger();
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let mut raw = serving.raw().await;
        let checkpoint = proto::GetCheckpointRequest { tree_size: 0, witnessed: true };
        let status = raw.get_checkpoint(checkpoint).await.unwrap_err();
        assert_eq!(reason(&status), (Code::Unavailable, "NOT_WITNESSED".to_owned()));
        assert!(status.get_error_details().retry_info().is_some());
        let check =
            proto::CheckRequest { query: query().into(), with_dossier: false, witnessed: true };
        let status = raw.check(check).await.unwrap_err();
        assert_eq!(reason(&status), (Code::Unavailable, "NOT_WITNESSED".to_owned()));
        let mut subject = proto::GetSubjectRequest { uri: MODEL.to_owned(), ..Default::default() };
        subject.witnessed = true;
        let status = raw.get_subject(subject).await.unwrap_err();
        assert_eq!(reason(&status), (Code::Unavailable, "NOT_WITNESSED".to_owned()));
        serving.stop().await;
    });
}

#[test]
fn nobody_waits_for_witnesses_where_nothing_more_is_cosigned() {
    block_on(async {
        let scene = Scene::new();
        let serving = serve(&scene).await;
        let client = connect(&scene, &serving, None).await;
        // Or one that is still asked about what came before raises the alarm too early.
        let size = serving.ledger.size();
        scene.witnesses.iter().for_each(|witness| witness.wait_until_cosigned(size));
        scene.set_modes(Mode::NoProof);
        let signed = client.submit(&scene.world.declaration(1)).await.unwrap();
        let ClientError::Refused(refused) = client.witness(&signed).await.unwrap_err() else {
            panic!("it is not there")
        };
        assert_eq!((refused.code, refused.is_not_witnessed()), (Code::Unavailable, true));
        assert!(serving.ledger.halted().is_some());
        // What is recorded still has the receipt that it had.
        let statement_digest = signed.statement_digest().digest().as_bytes().to_vec().into();
        let state = proto::ReceiptState::Signed.into();
        let request = proto::GetReceiptRequest { statement_digest, state };
        let receipt = serving.raw().await.get_receipt(request).await.unwrap().into_inner().receipt;
        assert_eq!(receipt.unwrap().index, signed.index().get());
        serving.stop().await;
    });
}

#[test]
fn a_server_without_witnesses_says_so() {
    block_on(async {
        let world = World::new();
        let serving = Serving::begin(&world).await;
        let client = serving.client(&world).await;
        let signed = client.submit(&world.declaration(1)).await.unwrap();
        let ClientError::Refused(refused) = client.witness(&signed).await.unwrap_err() else {
            panic!("nobody was asked")
        };
        assert_eq!((refused.code, refused.is_not_witnessed()), (Code::FailedPrecondition, true));
        let mut raw = serving.raw().await;
        let statement_digest = signed.statement_digest().digest().as_bytes().to_vec().into();
        let receipt = proto::GetReceiptRequest { statement_digest, state: 77 };
        let status = raw.get_receipt(receipt).await.unwrap_err();
        assert_eq!(reason(&status), (Code::InvalidArgument, "REQUEST_MALFORMED".to_owned()));
        serving.stop().await;
    });
}

#[test]
fn a_receipt_that_is_said_to_be_witnessed_is_still_the_one_that_was_given() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let record = |number| {
        let receipt = crate::ledger_fixture::submit(&ledger, world.declaration(number)).unwrap();
        message(&receipt)
    };
    let (first, second) = (record(1), record(2));
    let witnessed = |receipt: &proto::Receipt| {
        let state = proto::ReceiptState::Witnessed.into();
        proto::Receipt { state, ..receipt.clone() }
    };
    block_on(async {
        let told = async |given: &proto::Receipt, again: proto::Receipt| {
            let receipts = [given.clone(), again].into();
            let client = lied_to(&world.genesis, Lies { receipts, ..Lies::default() }).await;
            let number = if given == &first { 1 } else { 2 };
            let signed = client.submit(&world.declaration(number)).await.unwrap();
            client.witness(&signed).await.map(|receipt| receipt.index())
        };
        assert_eq!(told(&first, witnessed(&first)).await.unwrap().get(), first.index);
        let error = told(&first, first.clone()).await.unwrap_err();
        assert!(matches!(error, ClientError::Incomplete { .. }), "{error}");
        let error =
            told(&second, proto::Receipt { index: first.index, ..witnessed(&second) }).await;
        let error = error.unwrap_err();
        let ClientError::Receipt(ReceiptError::Changed { index }) = error else {
            panic!("{error}")
        };
        assert_eq!(index.get(), second.index);
        let mut other = witnessed(&second);
        other.entry = first.entry.clone();
        let error = told(&second, other).await.unwrap_err();
        assert!(matches!(error, ClientError::Receipt(ReceiptError::Changed { .. })), "{error}");
    });
}

fn message(receipt: &Receipt) -> proto::Receipt {
    proto::Receipt {
        index: receipt.index.get(),
        entry: receipt.entry.clone().into(),
        inclusion: receipt.proof.0.iter().map(|hash| hash.as_bytes().to_vec().into()).collect(),
        checkpoint: receipt.checkpoint.clone(),
        state: proto::ReceiptState::Signed.into(),
        duplicate: receipt.is_duplicate,
    }
}
