//! The commands around a ledger: from `init` to the audit of a copy, with the real server.

use std::fs;
use std::process::Stdio;

use probant::envelope::Envelope;
use probant::key::PrivateKey;
use serde_json::{Value, json};

use crate::program::{Finished, Server, command, expect_documented, probant};
use crate::registrar::{self, OPERATOR, Registrar};
use crate::storage_disk::copy_unguarded;

/// The bear.
const GTIN: &str = "09521000200012";

/// Demands that the manufacturer says what the product is, and that nothing speaks against it.
pub(crate) const RULES: &str = r#"
[policy]
id = "test-rules"
version = "1"
jurisdiction = ["EU"]
applies_from = 2026-01-01
categories = { gpc = ["10005160"], cn = ["9503"] }
restricted = true
assurance_min = "A2"
shelf_life_hours = 24
view_age_max_s = 3600
test_identifiers = true
connectors = []
languages = { FR = ["fr"] }

[[negative]]
code = "MEASURE"
types = ["safety-measure"]
on_hit = "deny"

[[requirement]]
code = "ID"
severity = "deny"
type = "product-identity"
by = ["manufacturer"]
fix = { en = "Ask the manufacturer to say what it is.", fr = "Demander au fabricant ce que c'est." }
"#;

/// A ledger with a server, and the files of those who use it.
pub(crate) struct Scene {
    registrar: Registrar,
    server: Server,
    rules: String,
}

impl Scene {
    pub(crate) fn new() -> Self {
        let registrar = Registrar::with_ledger();
        let rules = registrar.path("rules.toml");
        fs::write(&rules, RULES).unwrap();
        let rules = rules.display().to_string();
        let server = Server::start(&registrar.ledger(), &["--policy", &rules]);
        Self { registrar, server, rules }
    }

    /// Ends the server as a power cut would.
    pub(crate) fn kill_server(&mut self) {
        self.server.kill();
    }

    /// Starts the server again after it was ended.
    pub(crate) fn start_server(&mut self) {
        self.server = Server::start(&self.registrar.ledger(), &["--policy", &self.rules]);
    }

    /// A path beside the ledger.
    pub(crate) fn text(&self, name: &str) -> String {
        self.registrar.path(name).display().to_string()
    }

    /// Writes a file beside the ledger.
    pub(crate) fn write(&self, name: &str, bytes: impl AsRef<[u8]>) -> String {
        fs::write(self.registrar.path(name), bytes).unwrap();
        self.text(name)
    }

    pub(crate) fn trust(&self) -> String {
        self.registrar.genesis_path()
    }

    /// The rules that everything is judged by.
    pub(crate) fn rules(&self) -> &str {
        &self.rules
    }

    /// Kills the server, and starts another one on the same ledger.
    pub(crate) fn restart(self) -> Self {
        let Self { registrar, mut server, rules } = self;
        server.kill();
        let server = Server::start(&registrar.ledger(), &["--policy", &rules]);
        Self { registrar, server, rules }
    }

    pub(crate) fn url(&self) -> &str {
        &self.server.url
    }

    /// Submits files, and keeps receipts and checkpoint.
    pub(crate) fn submit(&self, files: &[&str]) -> Finished {
        let trust = self.trust();
        let more = ["submit", "--server", &self.server.url, "--trust", &trust, "--format", "json"];
        let (receipts, seen) = (self.text("receipts"), self.text("seen"));
        let kept = ["--receipts", &receipts, "--seen", &seen];
        probant(&[&more[..], &kept[..], files].concat())
    }

    /// A key in a file, and its public half.
    fn key(&self, name: &str) -> (String, PrivateKey) {
        let path = self.text(name);
        probant(&["keygen", "--out", &path]).expect(0);
        let key = PrivateKey::from_pem(&fs::read_to_string(&path).unwrap()).unwrap();
        (path, key)
    }

    /// Registers the operator as a manufacturer, signing everything on the command line.
    pub(crate) fn register(&self) -> String {
        let (path, key) = self.key("acme.pem");
        let (statement, own) = self.registrar.registration_to_sign(&key);
        let statement = self.write("registration.json", statement);
        let registrar = self.write("registrar.pem", own.to_pem().as_bytes());
        private(&registrar);
        let out = self.text("registration.dsse.json");
        let keys = ["attest", "--key", &registrar, "--key", &path];
        probant(&[&keys[..], &[&statement, "--out", &out]].concat()).expect(0);
        let grant = self.grant("grant-1", "manufacturer");
        let done = self.submit(&[&out, &grant]).json(0);
        assert_eq!((&done["accepted"], &done["refused"]), (&json!(2), &json!(0)));
        path
    }

    /// Grants the operator a role, in an envelope to be submitted.
    pub(crate) fn grant(&self, id: &str, role: &str) -> String {
        let grant = self.registrar.grant(id, role);
        registrar::write(&self.registrar.path(&format!("{id}.dsse.json")), &grant)
    }

    pub(crate) fn identity(&self, key: &str, id: &str) -> String {
        let statement = self.write(&format!("{id}.json"), registrar::identity(id, GTIN));
        let out = self.text(&format!("{id}.dsse.json"));
        probant(&["attest", "--key", key, &statement, "--out", &out]).expect(0);
        out
    }

    pub(crate) fn query(&self) -> String {
        let query = json!({
            "product": {"gtin": GTIN},
            "category": {"gpc": "10005160", "cn": "95030041"},
            "trader": {"operator": OPERATOR, "name": "Lumipeluche Mfg"},
            "offer": {
                "platform": "https://id.gs1.org/417/9521000500006", "listing_id": "MK-1",
                "destinations": ["FR"], "languages": ["fr"],
                "goods_location": {"kind": "DIRECT_IMPORT"},
            },
            "policy": "test-rules@1",
        });
        self.write("query.json", query.to_string())
    }

    fn check(&self, more: &[&str]) -> Finished {
        let (query, trust) = (self.query(), self.trust());
        let arguments = ["check", "--server", &self.server.url, "--trust", &trust, &query];
        probant(&[&arguments[..], more].concat())
    }

    /// A dossier on the bear, as things stand.
    fn dossier(&self) -> String {
        let dossier = self.text("bear.dossier");
        assert_ne!(self.check(&["--dossier", &dossier]).status, 2);
        dossier
    }

    fn verify(&self, dossier: &str, more: &[&str]) -> Finished {
        let trust = self.trust();
        let arguments = ["verify", dossier, "--trust", &trust, "--policy", &self.rules];
        probant(&[&arguments[..], more].concat())
    }
}

/// For its owner alone.
fn private(path: &str) {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(path, fs::Permissions::from_mode(0o600)).unwrap();
    }
}

#[test]
fn init_makes_a_ledger_and_never_over_another() {
    let registrar = Registrar::with_ledger();
    let dir = registrar.ledger();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode();
        assert_eq!(mode(&dir) & 0o777, 0o700);
        assert_eq!(mode(&dir.join("log.pem")) & 0o777, 0o600);
    }
    let key = fs::read(dir.join("log.pem")).unwrap();
    let pem = format!("A={}", registrar.path("registrar.pub.pem").display());
    let (dir, origin) = (dir.display().to_string(), "ledger.example/other");
    let again = probant(&["init", "--dir", &dir, "--origin", origin, "--registrar", &pem]);
    again.expect(2);
    assert!(again.stderr.contains("is not empty"), "{}", again.stderr);
    assert_eq!(fs::read(registrar.ledger().join("log.pem")).unwrap(), key);
    let shown = probant(&["show", &registrar.genesis_path(), "--format", "json"]).json(0);
    assert_eq!(shown["facts"]["origin"], registrar::ORIGIN);
}

#[cfg(unix)]
#[test]
fn init_fills_a_directory_that_is_there_and_does_not_replace_it() {
    use std::os::unix::fs::MetadataExt as _;
    let registrar = Registrar::with_ledger();
    let dir = registrar.path("mounted");
    fs::create_dir(&dir).unwrap();
    let node = fs::metadata(&dir).unwrap().ino();
    let pem = format!("A={}", registrar.path("registrar.pub.pem").display());
    let arguments = ["init", "--dir", ".", "--origin", "ledger.example/x", "--registrar", &pem];
    let made = command(&arguments).current_dir(&dir).status().unwrap();
    assert_eq!(made.code(), Some(0));
    assert_eq!(fs::metadata(&dir).unwrap().ino(), node);
    assert_eq!(fs::metadata(&dir).unwrap().mode() & 0o777, 0o700);
    let mut names: Vec<_> =
        fs::read_dir(&dir).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["genesis.toml", "guard", "log.pem", "store"]);
    drop(Server::start(&dir, &[]));
}

#[test]
fn init_leaves_nothing_behind_if_it_fails() {
    let registrar = Registrar::with_ledger();
    let dir = registrar.path("other");
    let pem = format!("A={}", registrar.path("registrar.pub.pem").display());
    let shown = dir.display().to_string();
    let before = fs::read_dir(registrar.path("")).unwrap().count();
    for (origin, registrars, words) in [
        ("ledger.example/x", vec![pem.as_str(), &pem], "has a key that stands before it"),
        ("ledger.example/x", vec!["A=/nonexistent"], "read /nonexistent"),
        ("ledger.example/x", vec!["nobody"], "expected NAME=PUB.pem"),
        ("ledger x", vec![&pem], "invalid value"),
    ] {
        let mut arguments = vec!["init", "--dir", &shown, "--origin", origin];
        arguments.extend(registrars.iter().flat_map(|of| ["--registrar", *of]));
        let finished = probant(&arguments);
        finished.expect(2);
        assert!(finished.stderr.contains(words), "{}", finished.stderr);
        assert_eq!(fs::read_dir(registrar.path("")).unwrap().count(), before);
    }
}

#[test]
fn a_toy_ledger_is_called_one() {
    let dir = tempfile::tempdir().unwrap();
    let demo = concat!(env!("CARGO_MANIFEST_DIR"), "/keys/dev/demo-registrar-1.pub.pem");
    let (path, registrar) = (dir.path().join("ledger"), format!("A={demo}"));
    let path = path.display().to_string();
    let arguments = ["init", "--dir", &path, "--origin", "x.example", "--registrar", &registrar];
    let made = probant(&arguments);
    made.expect(0);
    assert!(made.stderr.contains("demo-registrar-1, a key of the demo"), "{}", made.stderr);
}

#[test]
fn from_the_first_key_to_the_audit_of_a_copy() {
    let scene = Scene::new();
    let key = scene.register();

    // Nothing is known of the bear yet.
    let missing = scene.check(&["--format", "json"]).json(1);
    assert_eq!(missing["verdict"]["verdict"], "NOT_LISTABLE");
    let said = scene.check(&["--policy", &scene.rules]);
    said.expect(1);
    assert!(said.stdout.contains("Ask the manufacturer to say what it is."), "{}", said.stdout);
    let said = scene.check(&["--policy", &scene.rules, "--lang", "fr"]);
    assert!(said.stdout.contains("Demander au fabricant ce que c'est."), "{}", said.stdout);

    let identity = scene.identity(&key, "identity-1");
    let done = scene.submit(&[&identity]).json(0);
    let (index, statement) = (&done["items"][0]["index"], &done["items"][0]["statement"]);
    // The same again is the same entry: an interrupted submission is just repeated.
    let again = scene.submit(&[&identity]).json(0);
    assert_eq!(again["duplicates"], 1);
    assert_eq!(&again["items"][0]["index"], index);
    let receipt = scene.text(&format!("receipts/{}.tlog-proof", statement.as_str().unwrap()));
    let shown = ["show", &receipt, "--trust", &scene.trust(), "--format", "json"];
    let shown = probant(&shown).json(0);
    assert_eq!((&shown["kind"], &shown["facts"]["entry_index"]), (&json!("receipt"), index));
    let seen = probant(&["show", &scene.text("seen"), "--trust", &scene.trust()]);
    seen.expect(0);
    assert!(seen.stdout.contains("checked: the signature of"), "{}", seen.stdout);

    let dossier = scene.text("bear.dossier");
    let listable = scene.check(&["--dossier", &dossier, "--format", "json"]).json(0);
    assert_eq!(listable["verdict"]["verdict"], "LISTABLE");

    let verify = ["verify", &dossier, "--trust", &scene.trust(), "--policy", &scene.rules];
    let verified = probant(&[&verify[..], &["--format", "json"]].concat()).json(0);
    assert_eq!(verified["verdict"], listable["verdict"]);
    assert_eq!(verified["age_limit_ms"], 86_400_000);
    let said = probant(&verify);
    said.expect(0);
    assert!(said.stdout.starts_with("LISTABLE."), "{}", said.stdout);

    let copy = scene.text("copy");
    let export = ["export", "--server", &scene.server.url, "--trust", &scene.trust()];
    let export = [&export[..], &["--out", &copy, "--format", "json"]].concat();
    let first = probant(&export).json(0);
    let second = probant(&export).json(0);
    assert_eq!(first["tree_size"], second["tree_size"]);
    assert_eq!(second["written"], 0, "what is there is not fetched again");
    let audit = ["audit", &copy, "--trust", &scene.trust(), "--format", "json"];
    assert_eq!(probant(&audit).json(0)["findings"], json!([]));
    probant(&["audit", &copy, "--trust", &scene.trust()]).expect(0);

    // A copy with one bit flipped is found out.
    let bundle = scene.registrar.path("copy/tile/entries");
    let bundle = fs::read_dir(bundle).unwrap().next().unwrap().unwrap().path();
    let bundle = fs::read_dir(bundle).unwrap().next().unwrap().unwrap().path();
    let mut bytes = fs::read(&bundle).unwrap();
    *bytes.last_mut().unwrap() ^= 1;
    fs::write(&bundle, bytes).unwrap();
    assert_ne!(probant(&audit).json(1)["findings"], json!([]));
}

#[test]
fn a_question_that_is_refused_has_no_answer() {
    let scene = Scene::new();
    let good = fs::read_to_string(scene.query()).unwrap();
    let server = ["--server", &scene.server.url, "--trust", &scene.trust()];
    let ask = |query: String, name: &str, words: &str| {
        let query = scene.write(name, query);
        let dossier = scene.text("never.dossier");
        let asked = ["--format", "json", "check", &query, "--dossier", &dossier];
        let failure = probant(&[&asked[..], &server].concat()).json(2);
        assert!(failure["error"].as_str().unwrap().contains(words), "{failure}");
        assert!(!scene.registrar.path("never.dossier").exists());
    };
    ask("{".to_owned(), "cut.json", "expected JSON");
    ask(good.replace(GTIN, "09521000200013"), "gtin.json", "IDENTIFIER_INVALID");
    ask(good.replacen('{', "{\"as_of\": 99999,", 1), "as-of.json", "beyond the log");
}

#[test]
fn a_dossier_takes_the_place_of_another_only_if_told_to() {
    let scene = Scene::new();
    scene.register();
    let dossier = scene.dossier();
    let first = fs::read(&dossier).unwrap();
    let again = scene.check(&["--dossier", &dossier]);
    again.expect(2);
    assert!(again.stderr.contains("bear.dossier exists; it is not overwritten"));
    assert_eq!(fs::read(&dossier).unwrap(), first);
    let said = scene.check(&["--dossier", &dossier, "--force", "--policy", &scene.rules]);
    said.expect(1);
    // The command that it prints is one that works.
    let (_, command) = said.stdout.trim_end().rsplit_once("probant ").unwrap();
    let arguments: Vec<&str> = command.split(' ').collect();
    let verified = probant(&arguments);
    verified.expect(1);
    assert!(verified.stdout.contains("The dossier VERIFIES"), "{}", verified.stdout);
}

#[test]
fn what_the_ledger_refuses_is_said_item_by_item() {
    let scene = Scene::new();
    let key = scene.register();
    let good = fs::read_to_string(scene.identity(&key, "identity-1")).unwrap();
    let (stranger, _) = scene.key("stranger.pem");
    let bad = fs::read_to_string(scene.identity(&stranger, "identity-2")).unwrap();
    let lines = [good.trim(), "{\"payloadType\":1}", bad.trim(), good.trim()].join("\n");
    let lines = scene.write("many.jsonl", lines);
    let done = scene.submit(&[&lines]).json(1);
    assert_eq!((&done["accepted"], &done["refused"]), (&json!(2), &json!(2)));
    let items = done["items"].as_array().unwrap();
    let of_line = |line: u64| items.iter().find(|item| item["line"] == line).unwrap();
    assert_eq!(of_line(1)["outcome"], "accepted");
    assert_eq!(
        (&of_line(2)["outcome"], &of_line(2)["reason"]),
        (&json!("refused"), &json!("MALFORMED"))
    );
    assert_eq!(of_line(3)["outcome"], "refused");
    assert!(!of_line(3)["message"].as_str().unwrap().is_empty());
    // The ledger has signed that it did, for whoever offered it to keep.
    let statement = Envelope::from_json(bad.as_bytes()).unwrap().statement_digest().to_string();
    let refusal = scene.text(&format!("receipts/{statement}.refusal"));
    let shown = ["show", &refusal, "--trust", &scene.trust(), "--format", "json"];
    let shown = probant(&shown).json(0);
    assert_eq!(
        (&shown["kind"], &shown["facts"]["statement"], &shown["facts"]["reason"]),
        (&json!("refusal"), &json!(statement), &of_line(3)["reason"])
    );
    assert!(shown["checked"][0].as_str().unwrap().starts_with("the signature of"), "{shown}");
    let unchecked = probant(&["show", &refusal, "--format", "json"]).json(0);
    assert_eq!((&unchecked["facts"], &unchecked["checked"]), (&shown["facts"], &json!([])));
    let other = Registrar::with_ledger();
    probant(&["show", &refusal, "--trust", &other.genesis_path()]).expect(1);
    assert_eq!(of_line(4)["duplicate"], true);
}

#[test]
fn two_histories_leave_the_proof_with_whoever_saw_them() {
    let registrar = Registrar::with_ledger();
    let (other, seen) = (registrar.path("other"), registrar.path("seen").display().to_string());
    copy_unguarded(&registrar.ledger(), &other);
    let trust = registrar.genesis_path();
    let submit = |server: &Server, seed: u8, more: &[&str]| {
        let registration = registrar.registration(&PrivateKey::from_seed([seed; 32]));
        let file = registrar::write(&registrar.path(&format!("{seed}.json")), &registration);
        let asked = ["--format", "json", "submit", "--server", &server.url, "--trust", &trust];
        probant(&[&asked[..], &[&file], more].concat())
    };
    submit(&Server::start(&registrar.ledger(), &[]), 2, &["--seen", &seen]).expect(0);
    let other = Server::start(&other, &[]);
    // It is behind what was seen, as a store from an old backup is.
    let behind = submit(&other, 3, &["--seen", &seen]);
    behind.expect(1);
    assert!(behind.stderr.contains("is older than one seen before"), "{}", behind.stderr);
    submit(&other, 3, &[]).expect(0);

    // Whatever is asked, before it is answered: a verdict has no checkpoint of its own.
    let query = registrar.path("query.json").display().to_string();
    fs::write(&query, "{}").unwrap();
    let copy = registrar.path("copy").display().to_string();
    let finished = submit(&other, 3, &["--seen", &seen]);
    for command in [&["check", &query][..], &["export", "--out", &copy]] {
        let asked = ["--format", "json", "--server", &other.url, "--trust", &trust];
        let asked = [command, &asked[..], &["--seen", &seen]].concat();
        let failure = probant(&asked).json(1);
        assert!(failure["error"].as_str().unwrap().contains("two histories"), "{failure}");
    }
    finished.expect(1);
    let failure: Value = serde_json::from_str(&finished.stdout).unwrap();
    expect_documented(&failure);
    assert!(failure["error"].as_str().unwrap().contains("two histories"), "{failure}");

    // Both notes, each signed by the log: whoever has them can show that it has two histories.
    let notes = failure["evidence"].as_array().unwrap();
    assert_eq!(notes.len(), 2);
    assert_ne!(notes[0], notes[1]);
    for note in notes {
        let note = note.as_str().unwrap();
        assert!(finished.stderr.contains(note), "{}", finished.stderr);
        let path = registrar.path("note");
        fs::write(&path, note).unwrap();
        let shown = probant(&["show", &path.display().to_string(), "--trust", &trust]);
        assert!(shown.stdout.contains("checked: the signature of"), "{}", shown.stderr);
    }
}

#[test]
fn what_can_not_be_reached_is_no_answer() {
    let scene = Scene::new();
    let registration = scene.registrar.registration(&PrivateKey::from_seed([2; 32]));
    let file = registrar::write(&scene.registrar.path("registration.json"), &registration);
    let nowhere = ["submit", "--server", "http://127.0.0.1:1", &file];
    let finished = probant(&nowhere);
    finished.expect(2);
    assert!(finished.stderr.contains("no server answers"), "{}", finished.stderr);
    let finished = scene.submit(&[&file, "/nonexistent/file"]);
    finished.expect(2);
    assert!(finished.stderr.contains("read /nonexistent/file"), "{}", finished.stderr);

    // Another ledger's trust root: nothing of this one is believed.
    let other = Registrar::with_ledger();
    let (url, trust) = (&scene.server.url, other.genesis_path());
    let finished = probant(&["submit", "--server", url, "--trust", &trust, &file]);
    finished.expect(1);
    assert!(finished.stderr.contains("no signature is of a known key"), "{}", finished.stderr);
    let asked = probant(&["check", "--server", url, "--trust", &trust, &scene.query()]);
    asked.expect(1);
    assert!(asked.stderr.contains("no signature is of a known key"), "{}", asked.stderr);
    assert_eq!(asked.stdout, "");
}

#[test]
fn a_server_says_where_it_is_to_programs_too() {
    let registrar = Registrar::with_ledger();
    let dir = registrar.ledger().display().to_string();
    let serve = ["--format", "json", "serve", "--dir", &dir, "--listen", "127.0.0.1:0"];
    let mut child = command(&serve).stdout(Stdio::piped()).spawn().unwrap();
    let stdout = child.stdout.take().unwrap();
    let said = serde_json::Deserializer::from_reader(stdout).into_iter().next();
    child.kill().unwrap();
    child.wait().unwrap();
    let said: Value = said.unwrap().unwrap();
    expect_documented(&said);
    assert_eq!(said["url"], format!("http://{}", said["address"].as_str().unwrap()));
}

#[test]
fn one_process_at_a_time_has_a_ledger() {
    let scene = Scene::new();
    let dir = scene.registrar.ledger().display().to_string();
    let second = probant(&["serve", "--dir", &dir, "--listen", "127.0.0.1:0"]);
    second.expect(2);
    assert!(second.stderr.contains("is in use by this or another process"), "{}", second.stderr);
    let copy = scene.text("copy");
    let export = probant(&["export", "--dir", &dir, "--out", &copy]);
    export.expect(2);
    assert!(export.stderr.contains("is in use by this or another process"), "{}", export.stderr);
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_end_ends_well_and_its_ledger_can_be_copied() {
    let Scene { registrar, server, .. } = Scene::new();
    assert_eq!(server.terminate(), 0);
    let (dir, copy) = (registrar.ledger().display().to_string(), registrar.path("copy"));
    let copy = copy.display().to_string();
    probant(&["export", "--dir", &dir, "--out", &copy]).expect(0);
    probant(&["audit", &copy, "--trust", &registrar.genesis_path()]).expect(0);
    // Under another trust root it is not copied, and not sound; without a directory nothing can be said.
    let other = Registrar::with_ledger();
    let elsewhere = registrar.path("elsewhere").display().to_string();
    let foreign = ["export", "--dir", &dir, "--out", &elsewhere, "--trust", &other.genesis_path()];
    probant(&foreign).expect(1);
    assert!(!registrar.path("elsewhere/checkpoint").exists());
    let seen = registrar.path("seen").display().to_string();
    probant(&["export", "--dir", &dir, "--out", &elsewhere, "--seen", &seen]).expect(2);
    probant(&["audit", &copy, "--trust", &other.genesis_path()]).expect(1);
    probant(&["audit", "/nonexistent", "--trust", &registrar.genesis_path()]).expect(2);
}

#[cfg(unix)]
#[test]
fn a_log_key_that_lies_open_starts_no_server() {
    use std::os::unix::fs::PermissionsExt as _;
    let registrar = Registrar::with_ledger();
    let key = registrar.ledger().join("log.pem");
    fs::set_permissions(&key, fs::Permissions::from_mode(0o644)).unwrap();
    let dir = registrar.ledger().display().to_string();
    let finished = probant(&["serve", "--dir", &dir, "--listen", "127.0.0.1:0"]);
    finished.expect(2);
    assert!(finished.stderr.contains("chmod 600"), "{}", finished.stderr);
}

#[test]
fn a_sound_dossier_that_says_no_verifies_and_says_no() {
    let scene = Scene::new();
    scene.register();
    let dossier = scene.dossier();
    let verified = scene.verify(&dossier, &["--format", "json"]).json(1);
    assert_eq!((&verified["verified"], &verified["outcome"]), (&json!(true), &json!("rejected")));
    assert_eq!(verified["verdict"]["verdict"], "NOT_LISTABLE");
    let said = scene.verify(&dossier, &[]);
    said.expect(1);
    assert!(said.stdout.starts_with("NOT LISTABLE."), "{}", said.stdout);
    assert!(said.stdout.contains("The dossier VERIFIES"), "{}", said.stdout);
    assert_eq!(said.stderr, "");

    let shown = probant(&["show", &dossier, "--format", "json"]).json(0);
    assert_eq!(
        (&shown["kind"], &shown["facts"]["verdict"]),
        (&json!("dossier"), &json!("NOT_LISTABLE"))
    );
}

#[test]
fn a_dossier_is_judged_by_what_its_reader_brings() {
    let scene = Scene::new();
    let key = scene.register();
    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    let dossier = scene.dossier();
    scene.verify(&dossier, &[]).expect(0);

    // Under rules that the reader does not accept, nothing can be said.
    let foreign = probant(&["verify", &dossier, "--trust", &scene.trust()]);
    foreign.expect(2);
    assert!(foreign.stderr.contains("is not one of those accepted here"), "{}", foreign.stderr);
    assert_eq!(foreign.stdout, "");

    // Too old, from the future, without any limit.
    let old = scene.verify(&dossier, &["--at", "2126-01-01T00:00:00Z"]);
    old.expect(1);
    assert!(old.stderr.contains("seen at"), "{}", old.stderr);
    scene.verify(&dossier, &["--at", "2020-01-01T00:00:00Z"]).expect(1);
    let any = scene.verify(&dossier, &["--at", "2126-01-01T00:00:00Z", "--max-age", "none"]);
    any.expect(0);
    assert!(any.stdout.contains("NO AGE LIMIT was set"), "{}", any.stdout);
    scene.verify(&dossier, &["--max-age", "soon"]).expect(2);

    // Another trust root.
    let other = Registrar::with_ledger();
    let trust = other.genesis_path();
    let wrong = probant(&["verify", &dossier, "--trust", &trust, "--policy", &scene.rules]);
    wrong.expect(1);
    let line = format!("probant: verify: dossier {dossier}: checkpoint: ");
    assert!(wrong.stderr.starts_with(&line), "{}", wrong.stderr);
}

#[test]
fn a_dossier_that_was_touched_does_not_verify() {
    let scene = Scene::new();
    let key = scene.register();
    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    let bytes = fs::read(scene.dossier()).unwrap();
    for (name, touched) in [
        ("cut", bytes[..bytes.len() / 2].to_vec()),
        ("longer", [&bytes[..], b"\0"].concat()),
        ("empty", Vec::new()),
        ("flipped", {
            let mut touched = bytes.clone();
            let middle = touched.len() / 2;
            touched[middle] ^= 1;
            touched
        }),
    ] {
        let finished = scene.verify(&scene.write(name, touched), &[]);
        finished.expect(1);
        assert!(finished.stderr.starts_with("probant: verify: dossier "), "{}", finished.stderr);
        assert_eq!(finished.stdout, "", "{name}");
    }
    scene.verify("/nonexistent/dossier", &[]).expect(2);
}

#[test]
fn a_simulation_takes_nothing_from_the_verdict_and_decides_the_status() {
    let scene = Scene::new();
    let key = scene.register();
    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    let dossier = scene.dossier();
    let plain = scene.verify(&dossier, &["--format", "json"]).json(0);
    assert!(plain.get("simulation").is_none());
    let sealed = plain["checkpoint"]["seen_at"].as_str().unwrap();
    let codes = |verdict: &Value| -> Vec<Value> {
        let findings = verdict["findings"].as_array().unwrap().iter();
        findings.filter_map(|of| of.get("code").cloned()).collect()
    };

    // The same name, other demands: this one judges, and not the one that was accepted.
    let strict = format!(
        "{RULES}\n[[requirement]]\ncode = \"LINK\"\nseverity = \"deny\"\ntype = \"mandate\"\n"
    );
    let strict = scene.write("strict.toml", strict);
    let found = scene.verify(&dossier, &["--simulate-policy", &strict, "--format", "json"]).json(1);
    assert_eq!((&found["outcome"], &found["verdict"]), (&json!("rejected"), &plain["verdict"]));
    assert_eq!(found["verdict_sha256"], plain["verdict_sha256"]);
    let simulated = &found["simulation"];
    assert_eq!(simulated["verdict"]["verdict"], "NOT_LISTABLE");
    assert_eq!(codes(&simulated["verdict"]), ["REQ_MISSING"]);
    assert_eq!(simulated["verdict"]["policy"], simulated["policy"]);
    assert_ne!(simulated["policy"]["sha256"], plain["verdict"]["policy"]["sha256"]);
    let said = scene.verify(&dossier, &["--simulate-policy", &strict]);
    said.expect(1);
    assert!(
        said.stdout.starts_with("SIMULATION, no verdict. It proves nothing"),
        "{}",
        said.stdout
    );
    let (_, own) = said.stdout.split_once("END OF THE SIMULATION.").unwrap();
    assert!(own.contains("\nLISTABLE. Product"), "{own}");
    assert!(own.contains("The dossier VERIFIES"), "{own}");

    // On a day before the rules apply, and on one long after the seal.
    let early = ["--simulate-at", "2025-12-31T00:00:00Z", "--format", "json"];
    let found = scene.verify(&dossier, &early).json(1);
    assert_eq!(codes(&found["simulation"]["verdict"]), ["POLICY_NOT_FOUND"]);
    let late = ["--simulate-at", "2126-01-01T00:00:00Z", "--format", "json"];
    let found = scene.verify(&dossier, &late).json(0);
    let as_of = &found["simulation"]["verdict"]["as_of"];
    assert_eq!(as_of["seal_time"], "2126-01-01T00:00:00Z");
    assert_eq!(as_of["tree_size"], plain["checkpoint"]["tree_size"]);
    assert_ne!(as_of["seal_time"], sealed);

    // Of the ledger before the identity was there, and of one that the dossier does not reach.
    let size = plain["checkpoint"]["tree_size"].as_u64().unwrap();
    let same = ["--simulate-size", &size.to_string(), "--format", "json"];
    let found = scene.verify(&dossier, &same).json(0);
    assert_eq!(
        (&found["simulation"]["size"], &found["simulation"]["policy"]),
        (&json!(size), &Value::Null)
    );
    assert_eq!(found["simulation"]["verdict"]["findings"], plain["verdict"]["findings"]);
    let found = scene.verify(&dossier, &["--simulate-size", "1", "--format", "json"]).json(1);
    assert_eq!(found["simulation"]["verdict"]["as_of"]["tree_size"], 1);
    scene.verify(&dossier, &["--simulate-size", "0"]).expect(2);
    scene.verify(&dossier, &["--simulate-size", &(size + 1).to_string()]).expect(2);

    // Nothing is simulated of what does not verify, nor by what can't be read.
    let touched = fs::read(&dossier).unwrap()[1..].to_vec();
    let touched = scene.write("touched", touched);
    let finished = scene.verify(&touched, &["--simulate-policy", &strict]);
    finished.expect(1);
    assert_eq!(finished.stdout, "");
    scene.verify(&dossier, &["--simulate-policy", "/nonexistent.toml"]).expect(2);
    scene.verify(&dossier, &["--simulate-at", "tomorrow"]).expect(2);
}
