//! Metrics and health: what an operator's machines are told.

use std::sync::Arc;

use http::{Method, StatusCode};
use probant::storage::MemoryStorage;
use serde_json::{Value, json};

use crate::http_serving::{HttpServing, Reply, ask};
use crate::ledger_fixture::{World, at, submit};
use crate::serving::block_on;

impl HttpServing {
    async fn monitor(&self, path: &str) -> Reply {
        ask(&format!("{}/{path}", self.monitor_url), Method::GET, &[]).await
    }

    /// The value of one metric.
    pub(crate) async fn metric(&self, name: &str) -> Option<u64> {
        let reply = self.monitor("metrics").await;
        let content_type = "application/openmetrics-text; version=1.0.0; charset=utf-8";
        assert_eq!(reply.header("content-type"), Some(content_type));
        assert!(reply.text().ends_with("# EOF\n"));
        let mut lines = reply.text().lines();
        lines.find_map(|line| line.strip_prefix(name)?.strip_prefix(' ')?.parse().ok())
    }

    pub(crate) async fn health(&self) -> (StatusCode, Value) {
        let reply = self.monitor("health").await;
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        (reply.status, serde_json::from_slice(&reply.body).unwrap())
    }
}

#[test]
fn metrics_say_how_the_ledger_is_and_what_was_asked_of_it() {
    block_on(async {
        let world = World::new();
        let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
        world.begin(&ledger);
        let serving = HttpServing::start(ledger).await;
        for number in 0..2 {
            let view = serving.ledger.view(None).unwrap();
            for (name, expected) in [
                ("probant_log_entries", view.size().get()),
                ("probant_subject_keys", view.subjects()),
                ("probant_seal_time_seconds", view.seal_time().seconds()),
                ("probant_writing", 1),
                ("probant_halted", 0),
                ("probant_clock_fault", 0),
            ] {
                assert_eq!(serving.metric(name).await, Some(expected), "{name}");
            }
            world.clock.set(at("2026-10-01T09:00:00Z"));
            submit(&serving.ledger, world.declaration(number)).unwrap();
        }
        // It asks no witnesses.
        assert_eq!(serving.metric("probant_witness_quorum").await, None);
        let mut bytes = 0;
        for path in ["payload/000.p/1", "payload/000.p/2", "payload/009"] {
            bytes += serving.get(path).await.body.len() as u64;
        }
        serving.ask(Method::HEAD, "payload/000.p/2", &[]).await;
        for path in ["", "index.html", "../../etc/passwd"] {
            serving.get(path).await;
        }
        for (name, expected) in [
            ("probant_http_requests_total{kind=\"payload\",status=\"200\"}", 3),
            ("probant_http_requests_total{kind=\"payload\",status=\"404\"}", 1),
            ("probant_http_requests_total{kind=\"other\",status=\"404\"}", 3),
            ("probant_http_response_bytes_total{kind=\"payload\"}", bytes),
        ] {
            assert_eq!(serving.metric(name).await, Some(expected), "{name}");
        }
        serving.stop().await;
    });
}

#[test]
fn health_is_bad_while_nothing_is_written() {
    block_on(async {
        let world = World::new();
        let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
        let serving = HttpServing::start(ledger).await;
        let good = json!({
            "is_writing": true, "halted": null, "clock_fault": null, "witnesses": null,
        });
        assert_eq!(serving.health().await, (StatusCode::OK, good.clone()));
        world.clock.set(at("2026-09-30T08:00:00Z"));
        serving.ledger.seal().unwrap_err();
        let (status, found) = serving.health().await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!((&found["is_writing"], &found["halted"]), (&json!(false), &json!(null)));
        assert!(found["clock_fault"].is_string(), "{found}");
        assert_eq!(serving.metric("probant_writing").await, Some(0));
        assert_eq!(serving.metric("probant_clock_fault").await, Some(1));
        // Reading goes on.
        assert_eq!(serving.get("checkpoint").await.status, StatusCode::OK);
        world.clock.set(at("2026-10-01T08:00:00Z"));
        serving.ledger.seal().unwrap();
        assert_eq!(serving.health().await, (StatusCode::OK, good));
        serving.stop().await;
    });
}

#[test]
fn the_public_port_says_nothing_of_it() {
    block_on(async {
        let world = World::new();
        let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
        let serving = HttpServing::start(ledger).await;
        for path in ["metrics", "health"] {
            assert_eq!(serving.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        assert_eq!(serving.monitor("checkpoint").await.status, StatusCode::NOT_FOUND);
        serving.stop().await;
    });
}
