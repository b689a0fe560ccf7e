//! How fast attestations come in over the wire, beside how fast their signatures can be verified at
//! all: both are measured in the same run, so that their ratio says something on any machine. Client
//! and server share the processors. The last rows are of the program itself, `probant submit`, from
//! its start to its end: it reads a file, sends one stream, checks every receipt, and keeps them.
//!
//! `ATTESTATIONS=20000 cargo bench --bench submit`

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark takes the time")]
#![expect(clippy::print_stdout, reason = "its result is a table")]
#![expect(clippy::cast_precision_loss, reason = "rates are rounded")]

use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use futures_util::{StreamExt as _, stream};
use probant::client::{Client, ClientOptions};
use probant::envelope::Envelope;
use probant::key::Signer as _;
use probant::proto;
use probant::proto::ledger_client::LedgerClient;
use probant::service::{ServeOptions, run};
use probant::storage::{MemoryStorage, SledOptions, SledStorage, Storage};
use tokio::net::TcpListener;
use tokio::sync::oneshot;

#[expect(dead_code, reason = "the integration tests use all of it")]
#[path = "../tests/it/ledger_fixture.rs"]
mod ledger_fixture;

use ledger_fixture::World;

#[tokio::main]
async fn main() {
    let count = std::env::var("ATTESTATIONS").map_or(4000, |count| count.parse().unwrap());
    let world = World::new();
    let envelopes: Vec<Envelope> =
        (0..count).map(|number| world.declaration_on(&model(number), number)).collect();
    let key = *world.maker.public_key();
    let start = Instant::now();
    for envelope in &envelopes {
        let (_, signature) = envelope.signatures().first().unwrap();
        key.verify(&envelope.pae(), signature).unwrap();
    }
    let raw = say("strict verification, 1 thread", count, start, None);

    let dir = tempfile::tempdir().unwrap();
    let memory = || -> Arc<dyn Storage> { Arc::new(MemoryStorage::default()) };
    let sled = |name: &str| -> Arc<dyn Storage> {
        Arc::new(SledStorage::create(&dir.path().join(name), SledOptions::default()).unwrap())
    };
    for (name, plain, checked) in
        [("memory", memory(), memory()), ("sled", sled("plain"), sled("checked"))]
    {
        let served = Served::start(&world, plain).await;
        let start = Instant::now();
        submit_plain(&served.url, &envelopes).await;
        say(&format!("one stream, {name}"), count, start, Some(raw));
        served.stop().await;

        let served = Served::start(&world, checked).await;
        let client = served.client(&world).await;
        let start = Instant::now();
        let answers = client.submit_stream(stream::iter(envelopes.clone()));
        let recorded = answers.filter(|answer| {
            let is_recorded = answer.as_ref().unwrap().outcome.is_ok();
            async move { is_recorded }
        });
        assert_eq!(recorded.count().await, count);
        say(&format!("one stream, receipts checked, {name}"), count, start, Some(raw));
        let start = Instant::now();
        let alone = envelopes.iter().take(200);
        for envelope in alone {
            assert!(client.submit(envelope).await.unwrap().is_duplicate());
        }
        say(&format!("one after the other, again, {name}"), count.min(200), start, Some(raw));
        served.stop().await;
    }

    let file = dir.path().join("envelopes.jsonl");
    let lines: Vec<String> = envelopes.iter().map(|envelope| envelope.to_json() + "\n").collect();
    std::fs::write(&file, lines.concat()).unwrap();
    let trust = dir.path().join("genesis.toml");
    std::fs::write(&trust, world.genesis.bytes()).unwrap();
    let receipts = dir.path().join("receipts");
    for (name, storage, receipts) in [
        ("probant submit, sled", sled("program"), None),
        ("probant submit --receipts, sled", sled("program-receipts"), Some(&receipts)),
    ] {
        let served = Served::start(&world, storage).await;
        let mut command = Command::new(env!("CARGO_BIN_EXE_probant"));
        command.arg("submit").args(["--server", &served.url, "--format", "json"]);
        command.arg("--trust").arg(&trust);
        if let Some(receipts) = receipts {
            command.arg("--receipts").arg(receipts);
        }
        command.arg(&file);
        let start = Instant::now();
        let output = tokio::task::spawn_blocking(move || command.output().unwrap()).await.unwrap();
        say(name, count, start, Some(raw));
        let report: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        let accepted = report.get("accepted").and_then(serde_json::Value::as_u64);
        assert_eq!(accepted, u64::try_from(count).ok(), "{report}");
        served.stop().await;
    }
    assert_eq!(std::fs::read_dir(receipts).unwrap().count(), count);
}

/// What the server can do: the receipts are counted, and not looked at.
async fn submit_plain(url: &str, envelopes: &[Envelope]) {
    let items: Vec<proto::SubmitItem> = (0..)
        .zip(envelopes)
        .map(|(id, envelope)| proto::SubmitItem { id, envelope: Some(message(envelope)) })
        .collect();
    let mut api = LedgerClient::connect(url.to_owned()).await.unwrap();
    let results = api.submit_stream(stream::iter(items)).await.unwrap().into_inner();
    let receipts = results.filter(|result| {
        let result = result.as_ref().unwrap().result.as_ref();
        let is_receipt = matches!(result, Some(proto::submit_result::Result::Receipt(_)));
        async move { is_receipt }
    });
    assert_eq!(receipts.count().await, envelopes.len());
}

struct Served {
    url: String,
    stop: oneshot::Sender<()>,
    task: tokio::task::JoinHandle<()>,
}

impl Served {
    async fn start(world: &World, storage: Arc<dyn Storage>) -> Self {
        let ledger = world.create(storage).unwrap();
        world.begin(&ledger);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel();
        let shutdown = async { stopped.await.unwrap() };
        let task = tokio::spawn(async {
            run(listener, Arc::new(ledger), ServeOptions::default(), shutdown).await.unwrap();
        });
        Self { url, stop, task }
    }

    async fn client(&self, world: &World) -> Client {
        let genesis = Some(world.genesis.clone());
        let options = ClientOptions { genesis, ..ClientOptions::default() };
        Client::connect(&self.url, options).await.unwrap()
    }

    async fn stop(self) {
        self.stop.send(()).unwrap();
        self.task.await.unwrap();
    }
}

fn message(envelope: &Envelope) -> proto::Envelope {
    let signatures = envelope.signatures().iter().map(|(key, signature)| proto::Signature {
        keyid: key.to_string(),
        sig: signature.as_bytes().to_vec().into(),
    });
    proto::Envelope {
        payload: envelope.payload().to_vec().into(),
        payload_type: envelope.payload_type().to_owned(),
        signatures: signatures.collect(),
    }
}

/// A model with a GTIN of its own.
fn model(number: usize) -> String {
    let body = format!("09521{number:08}");
    let digits = body.bytes().rev().map(|digit| usize::from(digit - b'0'));
    let sum: usize = digits.zip([3, 1].into_iter().cycle()).map(|(digit, by)| digit * by).sum();
    format!("https://id.gs1.org/01/{body}{}", (10 - sum % 10) % 10)
}

fn say(what: &str, count: usize, start: Instant, of: Option<f64>) -> f64 {
    let rate = count as f64 / start.elapsed().as_secs_f64();
    let ratio = of.map_or(String::new(), |of| format!("  {:5.2} of raw", rate / of));
    println!("{what:44} {rate:10.0}/s{ratio}");
    rate
}
