//! A witness over HTTP, asked by the client of this program and by hand.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use http::{StatusCode, Uri};
use probant::hash::Digest;
use probant::http::{Answer, Transport, serve};
use probant::ledger::{Question, Witnesses as _};
use probant::merkle::TreeSize;
use probant::note::{Note, WitnessPolicy};
use probant::storage::MemoryStorage;
use probant::time::Timestamp;
use probant::witness::server::{REQUESTS_PER_SECOND, WitnessedLog, router};
use probant::witness::{WitnessClient, WitnessOptions};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

use crate::foreign_log::ForeignLog;
use crate::ledger_fixture::{World, at, submit};
use crate::serving::block_on;
use crate::witness_server::{NOW, Scene, cosigner};

/// A witness that is served, until it is dropped.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    transport: Transport,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Served {
    pub(crate) async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel::<()>();
        let shutdown = async move { drop(stopped.await) };
        let task = tokio::spawn(serve(listener, router, shutdown));
        Self { address, transport: Transport::new(&[]).unwrap(), stop, task }
    }

    fn url(&self, path: &str) -> Uri {
        format!("http://{}/{path}", self.address).parse().unwrap()
    }

    pub(crate) async fn post(&self, body: Vec<u8>) -> Answer {
        let body = String::from_utf8(body).unwrap();
        self.transport.post(&self.url("add-checkpoint"), body, 1 << 16).await.unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.transport.get(&self.url(path), &[], 1 << 16).await.unwrap()
    }

    pub(crate) async fn stop(self) {
        drop(self.stop);
        self.task.await.unwrap();
    }
}

pub(crate) fn text(answer: &Answer) -> &str {
    std::str::from_utf8(&answer.body).unwrap()
}

#[test]
fn it_answers_as_the_specification_has_it() {
    block_on(async {
        let log = ForeignLog::new("foreign.example/log", 20);
        let scene = Scene::of(&[&log]);
        let served = Served::start(router(Arc::new(scene.open()), REQUESTS_PER_SECOND)).await;
        let place = format!("{}/checkpoint", Digest::of(log.origin.as_bytes()));

        assert_eq!(served.get(&place).await.status, StatusCode::NOT_FOUND);
        let answer = served.post(log.request(0, 7)).await;
        assert_eq!(answer.status, StatusCode::OK);
        let line = text(&answer);
        assert!(line.starts_with("— w11.example ") && line.ends_with('\n'), "{line:?}");
        let note = format!("{}{line}", log.checkpoint(7));
        let note = Note::parse(note.as_bytes()).unwrap();
        assert_eq!(note.verify(&[cosigner().key()]).unwrap().signatures().len(), 1);
        let shown = served.get(&place).await;
        assert_eq!((shown.status, text(&shown)), (StatusCode::OK, &*note.to_string()));

        let conflict = served.post(log.request(0, 9)).await;
        assert_eq!(conflict.status, StatusCode::CONFLICT);
        assert!(conflict.is_of_type("text/x.tlog.size"));
        assert_eq!(text(&conflict), "7\n");
        let fork = served.post(log.fork(3, "other").request(7, 9)).await;
        assert_eq!(fork.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!fork.is_of_type("text/x.tlog.size"));
        let unknown = served.post(ForeignLog::new("x", 3).request(0, 3)).await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        let other_key = served.post(log.clone().signed_by(71).request(7, 9)).await;
        assert_eq!(other_key.status, StatusCode::FORBIDDEN);
        assert_eq!(served.post(b"old".to_vec()).await.status, StatusCode::BAD_REQUEST);
        let large = served.post(vec![b'x'; 70_000]).await;
        assert_eq!(large.status, StatusCode::PAYLOAD_TOO_LARGE);
        let get = served.get("add-checkpoint").await;
        assert_eq!(get.status, StatusCode::METHOD_NOT_ALLOWED);
        for path in ["", "x/checkpoint", &place.to_uppercase()] {
            assert_eq!(served.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
        }

        let list: Value = serde_json::from_slice(&served.get("logs").await.body).unwrap();
        let expected = json!({
            "witness": cosigner().key().to_string(),
            "logs": [{
                "origin": log.origin, "checkpoint": place, "size": 7,
                "root": log.root(7).to_string(), "time": NOW,
            }],
        });
        assert_eq!(list, expected);
        served.stop().await;
    });
}

#[test]
fn too_many_requests_are_told_when_to_come_again() {
    block_on(async {
        let log = ForeignLog::new("foreign.example/log", 20);
        let scene = Scene::of(&[&log]);
        let served = Served::start(router(Arc::new(scene.open()), 3)).await;
        for _ in 0..2 {
            for _ in 0..3 {
                let answer = served.post(log.request(3, 9)).await;
                assert_eq!(answer.status, StatusCode::CONFLICT);
            }
            let refused = served.post(log.request(3, 9)).await;
            assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
            assert_eq!(refused.headers["retry-after"], "1");
            scene.clock.advance_ms(1000);
        }
        served.stop().await;
    });
}

#[test]
fn bodies_that_do_not_come_take_no_place_of_those_that_do() {
    block_on(async {
        let log = ForeignLog::new("foreign.example/log", 20);
        let scene = Scene::of(&[&log]);
        let served = Served::start(router(Arc::new(scene.open()), 0)).await;
        let head = "POST /add-checkpoint HTTP/1.1\r\nhost: witness\r\nexpect: 100-continue\r\n\
                    content-length: 9\r\n\r\n";
        let begin = async || {
            let mut stream = TcpStream::connect(served.address).await.unwrap();
            stream.write_all(head.as_bytes()).await.unwrap();
            let mut answer = [0; 12];
            stream.read_exact(&mut answer).await.unwrap();
            (stream, answer)
        };
        let mut slow = Vec::new();
        for _ in 0..63 {
            // The server says so once it waits for the body.
            let (stream, answer) = begin().await;
            assert_eq!(&answer, b"HTTP/1.1 100");
            slow.push(stream);
        }
        assert_eq!(served.post(log.request(0, 9)).await.status, StatusCode::OK);
        slow.push(begin().await.0);
        // Of one peer no more than that.
        assert_eq!(&begin().await.1, b"HTTP/1.1 503");
        let answer = served.post(log.request(9, 9)).await;
        assert_eq!(answer.status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(served.get("logs").await.status, StatusCode::OK);
        drop(slow);
        served.stop().await;
    });
}

#[test]
fn the_client_of_a_ledger_gets_its_cosignatures() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let key = world.genesis.log_key().clone();
    let mut scene = Scene::of(&[]);
    scene.logs.push(WitnessedLog::of(key, None));
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let served =
        runtime.block_on(Served::start(router(Arc::new(scene.open()), REQUESTS_PER_SECOND)));
    let policy = format!("witness w {} http://{}/\nquorum w\n", cosigner().key(), served.address);
    let policy = WitnessPolicy::parse(policy.as_bytes()).unwrap();
    let client = WitnessClient::new(policy, WitnessOptions::default()).unwrap();
    for number in 0..3 {
        let view = ledger.view(None).unwrap();
        let checkpoint = view.checkpoint().clone();
        let size = checkpoint.size();
        let prove = Arc::new(move |old: TreeSize| view.consistency(old).ok());
        let newest = Arc::new(move || Some(size));
        let enough = Timestamp::default();
        let question =
            Question { checkpoint, newest, prove, enough, latest: Timestamp::MAX, late: None };
        let cosigned = client.ask(question).unwrap();
        assert_eq!(cosigned.witnessed_at(), Some(at(NOW)));
        assert_eq!(cosigned.checkpoint().size(), size);
        submit(&ledger, world.declaration(number)).unwrap();
    }
    runtime.block_on(served.stop());
}
