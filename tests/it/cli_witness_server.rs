//! `probant witness`, the program: what it says, how it ends, and that it forgets nothing when it is
//! killed.
//!
//! `PROBANT_CRASH_ROUNDS` sets how often it is killed.

use std::process::Stdio;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};

use http::{StatusCode, Uri};
use probant::http::{Answer, Transport};
use probant::key::{PrivateKey, Signer as _};
use probant::merkle::TreeSize;
use probant::note::{KeyType, VerifierKey};
use serde_json::{Deserializer, Value, json};

use crate::audit::full_log;
use crate::crash::setting;
use crate::desk::Desk;
use crate::file_server::FileServer;
use crate::foreign_log::ForeignLog;
use crate::program::{Server, command, expect_documented, probant};
use crate::serving::block_on;
use crate::witness_keys::log_key;
use crate::world::ORIGIN;

/// Kills if nobody asks for more.
const ROUNDS: u64 = 5;

/// A key in a file, and what a witness of one log is started with.
struct Scene {
    desk: Desk,
    log: ForeignLog,
    pem: String,
}

impl Scene {
    fn new(leaves: u64) -> Self {
        let desk = Desk::new();
        let pem = desk.text("witness.pem");
        probant(&["keygen", "--out", &pem]).expect(0);
        Self { desk, log: ForeignLog::new("key.example", leaves), pem }
    }

    fn key(&self) -> VerifierKey {
        let signer = PrivateKey::from_pem(&self.desk.read("witness.pem")).unwrap();
        VerifierKey::new(NAME.parse().unwrap(), KeyType::CosignatureV1, *signer.public_key())
    }

    fn arguments<'a>(&'a self, dir: &'a str, log: &'a str) -> Vec<&'a str> {
        let key = ["witness", "--key", &self.pem, "--name", NAME, "--dir", dir, "--log", log];
        [&key[..], &["--listen", "127.0.0.1:0", "--log-level", "error"]].concat()
    }

    fn start(&self, more: &[&str]) -> Server {
        let (dir, log) = (self.desk.text("witness"), self.log.key().to_string());
        Server::spawn(&[&self.arguments(&dir, &log)[..], more].concat(), &[])
    }
}

const NAME: &str = "witness.example/w1";

async fn post(url: &str, body: Vec<u8>) -> Option<Answer> {
    let address: Uri = format!("{url}/add-checkpoint").parse().unwrap();
    let transport = Transport::new(&[]).unwrap();
    transport.post(&address, String::from_utf8(body).unwrap(), 1 << 16).await.ok()
}

#[test]
fn it_says_its_key_and_where_it_is() {
    let scene = Scene::new(20);
    let arguments = ["witness", "--key", &scene.pem, "--name", NAME, "--print-vkey"];
    let printed = probant(&arguments);
    printed.expect(0);
    assert_eq!(printed.stdout, format!("{}\n", scene.key()));
    let printed = probant(&[&arguments[..], &["--format", "json"]].concat()).json(0);
    assert_eq!(printed["key"], scene.key().to_string());
    assert_eq!((&printed["url"], &printed["logs"]), (&json!(null), &json!([])));

    let server = scene.start(&["--begin"]);
    let answer = block_on(post(&server.url, scene.log.request(0, 7))).unwrap();
    assert_eq!(answer.status, StatusCode::OK);
    #[cfg(unix)]
    assert_eq!(server.terminate(), 0);
    let server = scene.start(&[]);
    let answer = block_on(post(&server.url, scene.log.request(0, 9))).unwrap();
    assert_eq!((answer.status, &answer.body[..]), (StatusCode::CONFLICT, &b"7\n"[..]));
}

#[test]
fn it_does_not_begin_anew_by_itself() {
    let scene = Scene::new(20);
    let (dir, log) = (scene.desk.text("witness"), scene.log.key().to_string());
    let refused = |more: &[&str]| {
        let arguments = [&scene.arguments(&dir, &log)[..], &["--format", "json"], more].concat();
        probant(&arguments).json(2)["error"].as_str().unwrap().to_owned()
    };
    assert!(refused(&[]).contains("holds no state of a witness"));
    drop(scene.start(&["--begin"]));
    assert!(refused(&["--begin"]).contains("does not begin again"));
    let _serving = scene.start(&[]);
    assert!(refused(&[]).contains("in use by another process"));
}

#[test]
fn a_guard_is_elsewhere_and_does_not_begin_by_itself() {
    let scene = Scene::new(20);
    let (dir, log) = (scene.desk.text("witness"), scene.log.key().to_string());
    let [inside, guard] = ["witness/guard", "guard"].map(|name| scene.desk.text(name));
    let refused = |more: &[&str]| {
        let arguments = [&scene.arguments(&dir, &log)[..], &["--format", "json"], more].concat();
        probant(&arguments).json(2)["error"].as_str().unwrap().to_owned()
    };
    let within = "would be put back together with it";
    assert!(refused(&["--begin", "--guard", &dir]).contains(within));
    drop(scene.start(&["--begin"]));
    assert!(refused(&["--begin-guard", "--guard", &inside]).contains(within));
    assert!(refused(&["--guard", &guard]).contains("--begin-guard"));
    drop(scene.start(&["--begin-guard", "--guard", &guard]));
    assert!(refused(&["--begin-guard", "--guard", &guard]).contains("does not begin again"));
    drop(scene.start(&["--guard", &guard]));
    // A new state has a new guard, but not in the place of one that is there.
    std::fs::remove_dir_all(&dir).unwrap();
    std::fs::remove_dir_all(&guard).unwrap();
    drop(scene.start(&["--begin", "--guard", &guard]));
    drop(scene.start(&["--guard", &guard]));
}

#[test]
fn a_list_of_the_witness_network_names_logs() {
    let scene = Scene::new(20);
    let list = format!("logs/v0\nvkey {}\norigin x y\n", scene.log.key());
    let (dir, list) = (scene.desk.text("witness"), scene.desk.write("logs.txt", list));
    let key = ["witness", "--key", &scene.pem, "--name", NAME, "--dir", &dir, "--begin"];
    let serve = ["--logs", &list, "--listen", "127.0.0.1:0", "--log-level", "error"];
    let server = Server::spawn(&[&key[..], &serve].concat(), &[]);
    let mut log = scene.log.clone();
    let unknown = block_on(post(&server.url, log.request(0, 7))).unwrap();
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    "x y".clone_into(&mut log.origin);
    let known = block_on(post(&server.url, log.request(0, 7))).unwrap();
    assert_eq!(known.status, StatusCode::OK);
}

#[test]
fn it_replays_under_a_prefix_and_a_key_of_its_own() {
    let (_, log) = full_log();
    let files = FileServer::of(log.files());
    let scene = Scene::new(1);
    let pem = scene.desk.text("replay.pem");
    probant(&["keygen", "--out", &pem]).expect(0);
    let named = format!("{}={}", log_key("log"), files.url);
    let dir = scene.desk.text("witness");
    let arguments = |key: &str| {
        let replay = ["--replay", "--replay-key", key, "--replay-name", "witness.example/r1"];
        let ordinary = scene.arguments(&dir, &named);
        let all = [&ordinary[..], &replay, &["--begin"]].concat();
        all.into_iter().map(str::to_owned).collect::<Vec<String>>()
    };
    let refused = |arguments: &[String], more: &[&str]| {
        let arguments = arguments.iter().map(String::as_str).chain(["--format", "json"]);
        let arguments: Vec<&str> = arguments.chain(more.iter().copied()).collect();
        probant(&arguments).json(2)["error"].as_str().unwrap().to_owned()
    };
    assert!(refused(&arguments(&scene.pem), &[]).contains("two keys"));
    let token = scene.desk.write("token", "secret-of-the-ledger\n");
    let of_other = format!("other.example={token}");
    let refusal = refused(&arguments(&pem), &["--replay-token", &of_other]);
    assert!(refusal.contains("expected ORIGIN=FILE"), "{refusal}");
    let readable = format!("{ORIGIN}={token}");
    let refusal = refused(&arguments(&pem), &["--replay-token", &readable]);
    assert!(refusal.contains("may be used by others"), "{refusal}");

    let arguments = arguments(&pem);
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let server = Server::spawn(&arguments, &[]);
    for prefix in ["", "/replay"] {
        let url = format!("{}{prefix}", server.url);
        let answer = block_on(post(&url, log.request(TreeSize::EMPTY))).unwrap();
        assert_eq!(answer.status, StatusCode::OK, "{prefix}");
    }
    drop(server);
    // It resumes where it was, before anybody asks, and says so.
    let again: Vec<&str> = arguments.iter().copied().filter(|it| *it != "--begin").collect();
    assert!(!files.asked().is_empty());
    let mut child = command(&[&again[..], &["--format", "json"]].concat());
    let mut child = child.stdout(Stdio::piped()).spawn().unwrap();
    let mut objects = Deserializer::from_reader(child.stdout.take().unwrap()).into_iter::<Value>();
    let said = objects.next().unwrap().unwrap();
    expect_documented(&said);
    assert_eq!(said["logs"][0]["size"], log.size().get());
    assert_eq!(said["replay"]["logs"], said["logs"]);
    while !files.asked().contains(&"genesis".to_owned()) {
        std::thread::yield_now();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

/// Whatever was answered is known afterwards, and nothing that contradicts it is cosigned, whenever the
/// process is killed.
#[test]
fn what_was_cosigned_outlives_every_kill() {
    let rounds = setting("PROBANT_CRASH_ROUNDS").unwrap_or(ROUNDS);
    let scene = Scene::new(rounds * 40 + 40);
    drop(scene.start(&["--begin"]));
    let fork = scene.log.fork(0, "other");
    let mut known = 0;
    for round in 0..rounds {
        let mut server = scene.start(&[]);
        let answered = Mutex::new(known);
        let is_over = AtomicBool::new(false);
        std::thread::scope(|scope| {
            let (answered, is_over, url) = (&answered, &is_over, server.url.clone());
            let log = &scene.log;
            scope.spawn(move || {
                block_on(async {
                    let mut old = known;
                    while !is_over.load(Ordering::SeqCst) && old < (round + 1) * 40 {
                        let Some(answer) = post(&url, log.request(old, old + 1)).await else {
                            break;
                        };
                        if answer.status == StatusCode::CONFLICT {
                            let size = String::from_utf8(answer.body.to_vec()).unwrap();
                            old = size.trim_end().parse().unwrap();
                            continue;
                        }
                        assert_eq!(answer.status, StatusCode::OK);
                        old += 1;
                        *answered.lock().unwrap() = old;
                    }
                    is_over.store(true, Ordering::SeqCst);
                });
            });
            // Some answers into the round, at no particular moment.
            let until = known + 1 + round * 7 % 20;
            while *answered.lock().unwrap() < until && !is_over.load(Ordering::SeqCst) {
                std::thread::yield_now();
            }
            server.kill();
        });
        let answered = *answered.lock().unwrap();
        let server = scene.start(&[]);
        let asked = block_on(post(&server.url, scene.log.request(0, 1)));
        let size = String::from_utf8(asked.unwrap().body.to_vec()).unwrap();
        let size: u64 = size.trim_end().parse().unwrap();
        // One more may be there, whose answer was lost; none less.
        assert!(size == answered || size == answered + 1, "{size} after {answered}");
        let other = block_on(post(&server.url, fork.request(size, size + 1))).unwrap();
        assert_eq!(other.status, StatusCode::UNPROCESSABLE_ENTITY);
        known = size;
    }
}
