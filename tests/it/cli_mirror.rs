//! A mirror on the command line: brought up to a log, following it, and kept from another.

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;
use std::sync::{Arc, Mutex};

use crate::desk::Desk;
use crate::export::{grown, held};
use crate::file_server::{FileServer, file};
use crate::log_key::handed_over_elsewhere;
use crate::paper_log::{Files, PaperLog};
use crate::program::{command, expect_documented, probant};

/// A server whose files may become others, and a place for a copy.
struct Scene {
    desk: Desk,
    files: Arc<Mutex<Files>>,
    server: FileServer,
    trust: String,
}

impl Scene {
    fn new(log: &PaperLog) -> Self {
        let desk = Desk::new();
        let files = Arc::new(Mutex::new(log.files()));
        let shown = Arc::clone(&files);
        let server =
            FileServer::start(move |path, _| file(shown.lock().unwrap().0.get(path).cloned()));
        let trust = desk.write("genesis.toml", log.genesis.bytes());
        Self { desk, files, server, trust }
    }

    fn show(&self, log: &PaperLog) {
        *self.files.lock().unwrap() = log.files();
    }

    /// The arguments of the command, with the copy in `copy`.
    fn arguments<'a>(&'a self, copy: &'a str, more: &[&'a str]) -> Vec<&'a str> {
        let given = ["mirror", &self.server.url, copy, "--trust", &self.trust, "--format", "json"];
        [&given[..], more].concat()
    }
}

#[test]
fn a_log_is_copied_and_audited_over_http() {
    let (first, whole) = grown();
    let scene = Scene::new(&first);
    let copy = scene.desk.text("copy");
    let done = probant(&scene.arguments(&copy, &[])).json(0);
    assert_eq!((&done["tree_size"], &done["kept"]), (&52.into(), &0.into()));
    scene.show(&whole);
    let done = probant(&scene.arguments(&copy, &["--max-age", "none"])).json(0);
    assert_eq!(done["removed"], 3);
    assert_eq!(held(&scene.desk.path("copy")), whole.files());
    scene.server.asked();
    let url = &scene.server.url;
    let audited = |place: &str| {
        let mut report =
            probant(&["audit", place, "--trust", &scene.trust, "--format", "json"]).json(0);
        report.as_object_mut().unwrap().remove("is_listed");
        report
    };
    assert_eq!(audited(url), audited(&copy));
    assert!(!scene.server.asked().is_empty());
    // A copy of a copy is the same; whoever has a token has what is not for everybody.
    let token = scene.desk.write("token", "secret\n");
    let again = scene.desk.text("again");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let refused = probant(&scene.arguments(&again, &["--token-file", &token])).json(2);
        assert!(refused["error"].as_str().unwrap().contains("run: chmod 600"), "{refused}");
        std::fs::set_permissions(&token, std::fs::Permissions::from_mode(0o600)).unwrap();
    }
    probant(&scene.arguments(&again, &["--token-file", &token, "--check"])).json(0);
    assert_eq!(held(&scene.desk.path("again")), whole.files());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let payloads = std::fs::metadata(scene.desk.path("again/payload/000")).unwrap();
        assert_eq!(payloads.permissions().mode() & 0o777, 0o600);
    }
    probant(&["audit", &copy, "--trust", &scene.trust, "--token-file", &token]).expect(2);
}

#[test]
fn a_log_that_is_not_to_be_followed_is_not() {
    let (first, whole) = grown();
    let scene = Scene::new(&first);
    let copy = scene.desk.text("copy");
    probant(&scene.arguments(&copy, &[])).json(0);
    let mut other = first.clone();
    other.truncate(51);
    other.at("2026-02-01T00:00:00Z");
    other.seal();
    scene.show(&other);
    let failure = probant(&scene.arguments(&scene.desk.text("copy/"), &[])).json(1);
    assert_eq!(failure["evidence"].as_array().map(Vec::len), Some(2));
    let notes = ["copy.fork/held", "copy.fork/found"].map(|name| scene.desk.read(name));
    let shown = [&first, &other].map(|log| log.files().0["checkpoint"].clone());
    assert_eq!(notes.map(String::into_bytes), shown);
    let evidence = scene.desk.text("copy.fork/evidence.fraud");
    assert_eq!(failure["evidence_file"], evidence.as_str());
    let proven = probant(&["verify", &evidence, "--trust", &scene.trust, "--format", "json"]);
    assert_eq!(proven.json(1)["fraud"]["kind"], "two-checkpoints");
    assert_eq!(held(&scene.desk.path("copy")), first.files());
    scene.show(&whole);
    // Its newest seal is of last January: a newer checkpoint may come.
    probant(&scene.arguments(&copy, &["--max-age", "1h"])).json(2);
    let policy = scene.desk.write("policy", "witness w w.example+00000000+x\nquorum w\n");
    probant(&scene.arguments(&copy, &["--witness-policy", &policy])).json(2);
    assert_eq!(held(&scene.desk.path("copy")), first.files());
    *scene.files.lock().unwrap() = Files([].into());
    let failure = probant(&scene.arguments(&copy, &[])).json(2);
    assert!(failure["error"].as_str().unwrap().contains("checkpoint"));
    probant(&["mirror", "http://127.0.0.1:1/x?y", &copy, "--trust", &scene.trust]).expect(2);
}

#[test]
fn a_handover_of_another_tree_is_proven() {
    let scene = Scene::new(&handed_over_elsewhere());
    let copy = scene.desk.text("copy");
    let failure = probant(&scene.arguments(&copy, &[])).json(1);
    let evidence = scene.desk.text("copy.fork/evidence.fraud");
    assert_eq!(failure["evidence_file"], evidence.as_str());
    let proven = probant(&["verify", &evidence, "--trust", &scene.trust, "--format", "json"]);
    assert_eq!(proven.json(1)["fraud"]["kind"], "two-checkpoints");
}

#[test]
fn a_mirror_follows_until_it_is_told_to_end() {
    let (first, whole) = grown();
    let scene = Scene::new(&first);
    let copy = scene.desk.text("copy");
    let follow = scene.arguments(&copy, &["--follow", "--interval-s", "1"]);
    let mut child = command(&follow).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map_while(Result::ok);
    let mut next = || -> serde_json::Value {
        let object = serde_json::from_str(&lines.next().unwrap()).unwrap();
        expect_documented(&object);
        object
    };
    assert_eq!(next()["tree_size"], 52);
    let second = probant(&scene.arguments(&copy, &[])).json(2);
    assert!(second["error"].as_str().unwrap().contains("another process has"), "{second}");
    // Files that are gone for a while end nothing.
    *scene.files.lock().unwrap() = Files([].into());
    scene.server.asked();
    while !scene.server.asked().contains(&"checkpoint".to_owned()) {
        std::thread::yield_now();
    }
    scene.show(&whole);
    assert_eq!(next()["tree_size"], whole.size().get());
    assert_eq!(held(&scene.desk.path("copy")), whole.files());
    let id = child.id().to_string();
    assert!(std::process::Command::new("kill").arg(id).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
