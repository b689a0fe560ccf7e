//! Products are watched on the command line, with the real server.

use std::fs;
use std::io::{BufRead as _, BufReader, Read};
use std::process::{Child, Stdio};

use probant::hash::Digest;
use probant::proto;
use probant::proto::watch_event::Event;
use serde_json::{Value, json};

use crate::cli_ledger::Scene;
use crate::desk::Desk;
use crate::dossier::paper;
use crate::liar::{Lies, lie};
use crate::program::{Finished, command, expect_documented, probant};
use crate::relay::Relay;
use crate::verdict_plush_toy as toy;

const KNOWN: &str = "09521000200012";
const UNKNOWN: &str = "09521000200029";

fn query(scene: &Scene, gtin: &str) -> String {
    let text = fs::read_to_string(scene.query()).unwrap();
    let mut query: Value = serde_json::from_str(&text).unwrap();
    query["product"]["gtin"] = gtin.into();
    query["request_id"] = format!("watch {gtin}").into();
    query.to_string()
}

/// What is told until now, of these queries, by somebody who keeps how far it was told.
fn once(scene: &Scene, file: &str, more: &[&str]) -> Finished {
    let (trust, state) = (scene.trust(), scene.text("watch.state"));
    let asked = ["--format", "json", "watch", "--once", "--server", scene.url(), "--trust", &trust];
    let with = ["--policy", scene.rules(), "--state", &state, file];
    probant(&[&asked[..], &with, more].concat())
}

/// Every line, which is an object as documented.
fn lines(finished: &Finished) -> Vec<Value> {
    let lines = finished.stdout.lines();
    lines
        .map(|line| {
            let object = serde_json::from_str(line).unwrap();
            expect_documented(&object);
            object
        })
        .collect()
}

#[test]
fn whoever_comes_again_is_told_what_changed_since() {
    let scene = Scene::new();
    let key = scene.register();
    let file = scene.write("queries.jsonl", query(&scene, KNOWN));
    let first = once(&scene, &file, &[]);
    first.expect(1);
    let [start] = &lines(&first)[..] else { panic!("{}", first.stdout) };
    assert_eq!(
        (&start["event"], &start["verdict"], &start["before"], &start["outcome"]),
        (&json!("start"), &json!("NOT_LISTABLE"), &Value::Null, &json!("rejected"))
    );
    assert_eq!((&start["line"], &start["request_id"]), (&json!(1), &json!("watch 09521000200012")));
    assert_eq!(start["findings"], json!(["ID:REQ_MISSING"]));

    let again = once(&scene, &file, &[]);
    again.expect(0);
    assert_eq!(again.stdout, "", "nothing has changed");
    // If that can be known of a state so old.
    let old = once(&scene, &file, &["--max-age", "0s"]);
    old.expect(2);
    assert_eq!(old.stdout, "");
    assert!(old.stderr.contains("the newest seal is of "), "{}", old.stderr);

    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    let dossiers = scene.text("dossiers");
    let state = fs::read(scene.text("watch.state")).unwrap();
    let told = once(&scene, &file, &["--dossiers", &dossiers]);
    told.expect(0);
    let [change] = &lines(&told)[..] else { panic!("{}", told.stdout) };
    assert_eq!(
        (&change["event"], &change["before"], &change["verdict"], &change["is_proved"]),
        (&json!("records"), &json!("NOT_LISTABLE"), &json!("LISTABLE"), &json!(true))
    );
    assert_eq!(change["records"][0]["kind"], "product-identity");
    // The proof is one that verifies by itself.
    let dossier = change["dossier_file"].as_str().unwrap();
    let trust = scene.trust();
    let verify = ["verify", dossier, "--trust", &trust, "--policy", scene.rules()];
    let verified = probant(&[&verify[..], &["--format", "json"]].concat()).json(0);
    assert_eq!(verified["verdict_sha256"], change["verdict_sha256"]);
    once(&scene, &file, &[]).expect(0);

    // Who had not written down that it was told is told again.
    scene.write("watch.state", state);
    assert_eq!(lines(&once(&scene, &file, &["--dossiers", &dossiers])).len(), 1);

    // A query that is new is told from the beginning, the others are not.
    let both = [query(&scene, KNOWN), query(&scene, UNKNOWN)].join("\n");
    let file = scene.write("queries.jsonl", both);
    let told = once(&scene, &file, &[]);
    told.expect(1);
    let [start] = &lines(&told)[..] else { panic!("{}", told.stdout) };
    assert_eq!((&start["event"], &start["line"]), (&json!("start"), &json!(2)));
}

#[test]
fn what_can_not_be_watched_is_said_and_the_rest_is_watched() {
    let scene = Scene::new();
    let key = scene.register();
    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    let past = query(&scene, KNOWN).replacen('{', r#"{"as_of": 3, "#, 1);
    let text = ["{".to_owned(), past, query(&scene, KNOWN)].join("\n");
    let file = scene.write("queries.jsonl", text);
    let told = once(&scene, &file, &[]);
    told.expect(2);
    let mut told = lines(&told);
    told.sort_by_key(|line| line["line"].as_u64());
    let events: Vec<&Value> = told.iter().map(|line| &line["event"]).collect();
    assert_eq!(events, [&json!("refused"), &json!("refused"), &json!("start")]);
    assert!(told[1]["message"].as_str().unwrap().contains("newest state"), "{told:?}");

    // A table, for people; and rules that are not accepted here.
    let columns = "product.gtin,offer.destinations,category.cn,trader.operator,offer.platform,\
                   offer.goods_location.kind,policy";
    let row = format!(
        "{KNOWN},FR,95030041,{},https://id.gs1.org/417/9521000500006,DIRECT_IMPORT,test-rules@1",
        crate::registrar::OPERATOR
    );
    let table = scene.write("products.csv", format!("{columns}\n{row}\n"));
    let trust = scene.trust();
    let asked = ["watch", "--once", "--server", scene.url(), "--trust", &trust, &table];
    let told = probant(&[&asked[..], &["--policy", scene.rules()]].concat());
    told.expect(0);
    assert!(told.stdout.ends_with("09521000200012 LISTABLE\n"), "{}", told.stdout);
    let unknown = probant(&[&["--format", "json"], &asked[..]].concat()).json(2);
    assert!(unknown["error"].as_str().unwrap().contains("not one of those accepted"), "{unknown}");
    probant(&[&asked[..], &["--state", "/nonexistent/state"]].concat()).expect(2);
}

/// The watch of one who stays, with what it says.
struct Staying {
    child: Child,
    stdout: BufReader<Box<dyn Read>>,
    stderr: BufReader<Box<dyn Read>>,
}

impl Staying {
    fn start(arguments: &[&str]) -> Self {
        let mut command = command(arguments);
        let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let stdout: Box<dyn Read> = Box::new(child.stdout.take().unwrap());
        let stderr: Box<dyn Read> = Box::new(child.stderr.take().unwrap());
        Self { child, stdout: BufReader::new(stdout), stderr: BufReader::new(stderr) }
    }

    /// The next event.
    fn event(&mut self) -> Value {
        let mut line = String::new();
        self.stdout.read_line(&mut line).unwrap();
        serde_json::from_str(&line).unwrap()
    }

    /// Waits until this is said on stderr.
    fn said(&mut self, words: &str) {
        let mut line = String::new();
        while !line.contains(words) {
            line.clear();
            assert_ne!(self.stderr.read_line(&mut line).unwrap(), 0, "it never said {words:?}");
        }
    }
}

impl Drop for Staying {
    fn drop(&mut self) {
        drop((self.child.kill(), self.child.wait()));
    }
}

#[test]
fn a_server_that_was_away_is_asked_again_from_where_it_was() {
    let scene = Scene::new();
    let key = scene.register();
    let identity = scene.identity(&key, "identity-1");
    let file = scene.write("query.jsonl", query(&scene, KNOWN));
    let (relay, trust) = (Relay::start(scene.url()), scene.trust());
    let asked = ["--format", "json", "watch", "--server", &relay.url, "--trust", &trust];
    let with = ["--policy", scene.rules(), &file];
    let mut staying = Staying::start(&[&asked[..], &with].concat());
    assert_eq!(staying.event()["event"], "start");
    staying.said("1 queries: told up to");
    let scene = scene.restart();
    scene.submit(&[&identity]).expect(0);
    staying.said("again in 1 s");
    relay.lead_to(scene.url());
    let change = staying.event();
    assert_eq!(
        (&change["event"], &change["before"], &change["verdict"]),
        (&json!("records"), &json!("NOT_LISTABLE"), &json!("LISTABLE"))
    );
    staying.said("told up to");
    #[cfg(unix)]
    {
        let id = staying.child.id().to_string();
        assert!(std::process::Command::new("kill").arg(&id).status().unwrap().success());
        let status = staying.child.wait().unwrap();
        // The first answer was that it is not listable.
        assert_eq!(status.code(), Some(1));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_query_that_the_server_has_no_room_for_is_left_where_it_was() {
    let desk = Desk::new();
    let log = paper(&toy::world());
    let refusal = proto::Refusal {
        reason: "OVERLOADED".to_owned(),
        status: tonic::Code::ResourceExhausted.into(),
        retry_after_ms: 200,
        ..proto::Refusal::default()
    };
    let refusal = Event::Refusal(proto::WatchRefusal { id: 0, refusal: Some(refusal) });
    let progress = Event::Progress(proto::WatchProgress { checkpoint: log.note() });
    let mut urls = Vec::new();
    for _ in 0..3 {
        let events = [refusal.clone(), progress.clone()].into_iter();
        let watch = events.map(|event| proto::WatchEvent { event: Some(event) }).collect();
        let lies = Lies { watch, checkpoint: Some(log.note()), ..Lies::default() };
        urls.push(lie(&log.genesis, lies).await);
    }
    let trust = desk.write("genesis.toml", log.genesis.bytes());
    let query = toy::question().query.to_string();
    let digest = Digest::of(query.as_bytes()).to_string();
    let (file, state) = (desk.write("query.json", query), desk.text("watch.state"));
    tokio::task::spawn_blocking(move || {
        let read = || -> Value { serde_json::from_slice(&fs::read(&state).unwrap()).unwrap() };
        let asked = |url: &str, more: &[&str]| {
            let server = ["--format", "json", "watch", &file, "--server", url, "--trust", &trust];
            [&server[..], &["--state", &state, "--max-age", "none"], more]
                .concat()
                .into_iter()
                .map(str::to_owned)
                .collect::<Vec<_>>()
        };
        let once = |url: &str| {
            let arguments = asked(url, &["--once"]);
            let told = probant(&arguments.iter().map(String::as_str).collect::<Vec<_>>());
            told.expect(2);
            let [line] = &lines(&told)[..] else { panic!("{}", told.stdout) };
            assert_eq!(line["event"], "refused");
            read()
        };
        // It was never told anything of it, and is to be told from the beginning.
        let mut kept = once(&urls[0]);
        assert_eq!((&kept["queries"], kept.get("behind")), (&json!([]), None));
        // It was told of it up to the third entry.
        kept["behind"] = json!({&digest: 3});
        fs::write(&state, kept.to_string()).unwrap();
        assert_eq!(once(&urls[1]), kept);
        // Who stays asks again.
        let arguments = asked(&urls[2], &[]);
        let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
        let mut staying = Staying::start(&arguments);
        staying.said("1 queries are not watched at present");
        staying.said("again in 1 s");
    })
    .await
    .unwrap();
}
