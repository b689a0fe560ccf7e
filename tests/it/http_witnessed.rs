//! A ledger with a witness: what it shows over HTTP, and what it says of the witness to its operator's
//! machines.

use std::sync::Arc;
use std::time::Duration;

use http::StatusCode;
use probant::ledger::{Ledger, Options, Witnessing};
use probant::merkle::TileId;
use probant::service::ServeOptions;
use probant::storage::MemoryStorage;
use probant::witness::{WitnessClient, WitnessOptions};
use serde_json::json;
use tonic_health::ServingStatus;
use tonic_health::pb::HealthCheckRequest;
use tonic_health::pb::health_client::HealthClient;

use crate::fake_witness::{FakeWitness, Mode, policy};
use crate::http_serving::HttpServing;
use crate::interop::{Cosigner, checkpoint};
use crate::ledger_fixture::{World, at, quiet, submit};
use crate::serving::{Serving, block_on};

const NOW: &str = "2026-10-01T08:00:00Z";

fn begin(world: &World, witness: &FakeWitness) -> Ledger {
    let options = WitnessOptions { timeout: Duration::from_hours(24) };
    let client = WitnessClient::new(policy(&[witness], "quorum w0"), options).unwrap();
    let witness_interval = Some(Duration::ZERO);
    let options = Options { witnesses: Some(Arc::new(client)), witness_interval, ..quiet() };
    world.create_with(Arc::new(MemoryStorage::default()), options).unwrap()
}

/// Waits until the ledger stands so with its witness.
async fn wait_until(ledger: &Ledger, is_so: impl Fn(&Witnessing) -> bool) {
    while !is_so(&ledger.witnessing().unwrap()) {
        tokio::task::yield_now().await;
    }
}

async fn wait_until_witnessed(ledger: &Ledger) {
    let size = ledger.size();
    wait_until(ledger, |it| it.size == Some(size) && it.fault.is_none()).await;
}

#[test]
fn everybody_is_shown_what_is_witnessed_and_a_witness_reads_ahead() {
    block_on(async {
        let world = World::new();
        let witness = FakeWitness::start(11, world.genesis.log_key(), at(NOW));
        witness.set_mode(Mode::Down);
        let serving = HttpServing::start(begin(&world, &witness)).await;
        let ledger = &serving.ledger;
        let reply = serving.get("checkpoint").await;
        assert_eq!(reply.status, StatusCode::NOT_FOUND);
        assert_eq!(reply.text(), "checkpoint is not in the log, or not yet\n");
        assert_eq!(serving.get("tile/entries/000.p/2").await.status, StatusCode::OK);
        // It is known from the start that nobody answers.
        assert_eq!(serving.metric("probant_witness_quorum").await, Some(0));
        let witnesses = &serving.health().await.1["witnesses"];
        assert_eq!(witnesses["has_quorum"], json!(false));
        assert!(witnesses["fault"].as_str().unwrap().contains("w0: no answer"), "{witnesses}");

        witness.set_mode(Mode::Honest);
        world.begin(ledger);
        wait_until_witnessed(ledger).await;
        let shown = ledger.size().get();
        // By code that others wrote.
        let note = serving.get("checkpoint").await.body;
        assert_eq!(checkpoint(&note, Cosigner::new(&witness.key.to_string())).size(), shown);
        let time = at(NOW).seconds();
        for (name, expected) in [
            ("probant_witness_quorum", 1),
            ("probant_witnessed_entries", shown),
            ("probant_witnessed_time_seconds", time),
        ] {
            assert_eq!(serving.metric(name).await, Some(expected), "{name}");
        }
        let (status, health) = serving.health().await;
        let good = json!({"has_quorum": true, "fault": null, "tree_size": shown, "time": NOW});
        assert_eq!((status, &health["witnesses"]), (StatusCode::OK, &good));

        witness.set_mode(Mode::Down);
        submit(ledger, world.declaration(1)).unwrap();
        wait_until(ledger, |it| it.fault.is_some()).await;
        assert_eq!(serving.get("checkpoint").await.body, note);
        let ahead = probant::merkle::TileKind::Hashes(0).in_tree(0, ledger.size()).unwrap();
        assert!(u64::from(TileId::width(ahead)) > shown);
        assert_eq!(serving.get(&ahead.to_string()).await.status, StatusCode::OK);
        assert_eq!(serving.metric("probant_witness_quorum").await, Some(0));
        assert_eq!(serving.metric("probant_witnessed_entries").await, Some(shown));
        let (status, health) = serving.health().await;
        // Nothing keeps it from writing.
        assert_eq!((status, &health["is_writing"]), (StatusCode::OK, &json!(true)));
        let witnesses = &health["witnesses"];
        assert_eq!(
            (&witnesses["has_quorum"], &witnesses["tree_size"]),
            (&json!(false), &json!(shown))
        );
        assert!(witnesses["fault"].is_string(), "{health}");
        serving.stop().await;
    });
}

#[test]
fn the_health_service_has_a_name_for_the_witnesses() {
    block_on(async {
        let world = World::new();
        let witness = FakeWitness::start(11, world.genesis.log_key(), at(NOW));
        let ledger = begin(&world, &witness);
        world.begin(&ledger);
        wait_until_witnessed(&ledger).await;
        let serving = Serving::start(ledger, ServeOptions::default()).await;
        let watch = async |service: &str| {
            let request = HealthCheckRequest { service: service.to_owned() };
            HealthClient::new(serving.channel().await).watch(request).await.unwrap().into_inner()
        };
        let (mut witnesses, mut writing) = (watch("probant.witnesses").await, watch("").await);
        for (number, mode, expected) in [
            (1, Mode::Honest, ServingStatus::Serving),
            (2, Mode::Down, ServingStatus::NotServing),
            (3, Mode::Honest, ServingStatus::Serving),
        ] {
            witness.set_mode(mode);
            submit(&serving.ledger, world.declaration(number)).unwrap();
            let said = witnesses.message().await.unwrap().unwrap().status();
            assert_eq!(said, expected.into(), "{mode:?}");
        }
        // It wrote all the while.
        let said = writing.message().await.unwrap().unwrap().status();
        assert_eq!(said, ServingStatus::Serving.into());
        drop((witnesses, writing));
        serving.stop().await;

        // A ledger that asks none has no such name.
        let serving = Serving::begin(&world).await;
        let service = "probant.witnesses".to_owned();
        let mut health = HealthClient::new(serving.channel().await);
        let status = health.check(HealthCheckRequest { service }).await.unwrap_err();
        assert_eq!(status.code(), tonic::Code::NotFound);
        drop(health);
        serving.stop().await;
    });
}
