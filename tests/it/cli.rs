//! The command line as people and programs use it: the real binary, on temporary directories.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::desk::Desk;
use crate::program::{Finished, command, probant};

/// A new key in a file.
fn new_key(desk: &Desk, name: &str) -> String {
    probant(&["keygen", "--out", &desk.text(name)]).expect(0);
    desk.text(name)
}

/// A statement to sign.
fn declaration(desk: &Desk) -> String {
    desk.write("declaration.json", include_bytes!("../vectors/declaration.json"))
}

/// That statement, signed.
fn attest(desk: &Desk) -> String {
    let (key, statement) = (new_key(desk, "key.pem"), declaration(desk));
    let out = desk.text("envelope.json");
    probant(&["attest", "--key", &key, &statement, "--out", &out]).expect(0);
    out
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[track_caller]
fn rejects(finished: &Finished, status: i32, words: &str) {
    finished.expect(status);
    assert!(finished.stderr.starts_with("probant: "), "{}", finished.stderr);
    assert!(finished.stderr.contains(words), "{:?} is not in {}", words, finished.stderr);
    assert_eq!(finished.stdout, "");
}

#[test]
fn every_command_explains_itself() {
    let all = probant(&["--help"]);
    all.expect(0);
    let commands: Vec<&str> = all
        .stdout
        .lines()
        .skip_while(|line| !line.starts_with("Commands:"))
        .skip(1)
        .take_while(|line| line.starts_with("  "))
        .filter(|line| !line.starts_with("   "))
        .filter_map(|line| line.split_whitespace().next())
        .collect();
    for expected in [
        "init", "serve", "keygen", "attest", "submit", "check", "verify", "export", "audit",
        "show", "schema",
    ] {
        assert!(commands.contains(&expected), "{expected} is not in {commands:?}");
    }
    for command in commands.into_iter().filter(|command| *command != "help") {
        let help = probant(&[command, "--help"]);
        help.expect(0);
        assert!(help.stdout.contains("Usage: probant"), "{command}: {}", help.stdout);
        assert!(help.stdout.contains("Example"), "{command} has no example: {}", help.stdout);
    }
}

#[test]
fn a_mistake_in_the_command_is_no_verdict() {
    probant(&[]).expect(2);
    probant(&["frobnicate"]).expect(2);
    probant(&["attest", "statement.json"]).expect(2);
    rejects(&probant(&["show", "/nonexistent/file"]), 2, "show: read /nonexistent/file: ");
    rejects(&probant(&["keygen", "--out", "key.txt"]), 2, "expected KEY.pem");
}

#[cfg(unix)]
#[test]
fn keygen_writes_a_key_for_its_owner_alone_and_never_over_another() {
    let desk = Desk::new();
    let made = probant(&["--format", "json", "keygen", "--out", &desk.text("a.pem")]).json(0);
    assert_eq!(made["command"], "keygen");
    assert_eq!(made["outcome"], "accepted");
    assert_eq!(made["public_key_file"], desk.text("a.pub.pem"));
    assert_eq!(mode(&desk.path("a.pem")), 0o600);
    probant(&["keygen", "--out", &desk.text("deep/er/b.pem")]).expect(0);
    assert_eq!(mode(&desk.path("deep/er")), 0o700);
    let key = fs::read(desk.path("a.pem")).unwrap();
    let again = probant(&["keygen", "--out", &desk.text("a.pem")]);
    rejects(&again, 2, "a.pub.pem exists; it is not overwritten");
    fs::remove_file(desk.path("a.pub.pem")).unwrap();
    let again = probant(&["keygen", "--out", &desk.text("a.pem")]);
    rejects(&again, 2, "a.pem exists; it is not overwritten");
    assert_eq!(fs::read(desk.path("a.pem")).unwrap(), key);
    // Half a key is none: a public half that can't be written takes the private one with it.
    std::os::unix::fs::symlink("nowhere", desk.path("c.pub.pem")).unwrap();
    let half = probant(&["keygen", "--out", &desk.text("c.pem")]);
    rejects(&half, 2, "c.pub.pem exists; it is not overwritten");
    assert!(!desk.path("c.pem").exists());
    let shown = probant(&["show", "--format", "json", &desk.text("a.pem")]).json(0);
    assert_eq!(shown["kind"], "private_key");
    assert_eq!(shown["facts"]["keyid"], made["keyid"]);
    let secret = fs::read_to_string(desk.path("a.pem")).unwrap();
    let secret = secret.lines().nth(1).unwrap();
    assert!(!shown.to_string().contains(secret), "the private key is shown");
}

#[test]
fn no_private_key_is_written_into_a_repository() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let path = here.join("a-key-that-must-not-be.pem");
    for force in [&[][..], &["--force"]] {
        let out = path.display().to_string();
        let arguments = [&["keygen", "--out", &out], force].concat();
        let finished = probant(&arguments);
        finished.expect(2);
        assert!(!path.exists(), "{}", finished.stderr);
    }
}

#[test]
fn attest_signs_what_it_has_checked_byte_for_byte() {
    let desk = Desk::new();
    let (key, statement) = (new_key(&desk, "key.pem"), declaration(&desk));
    let out = desk.text("envelope.json");
    let arguments = ["attest", "--key", &key, &statement, "--out", &out, "--format", "json"];
    let made = probant(&arguments).json(0);
    assert_eq!(made["kind"], "eu-declaration-of-conformity");
    assert_eq!(made["signers"].as_array().unwrap().len(), 1);
    let envelope: Value = serde_json::from_slice(&fs::read(&out).unwrap()).unwrap();
    let envelope = probant::envelope::Envelope::from_json(envelope.to_string().as_bytes()).unwrap();
    assert_eq!(envelope.payload(), include_bytes!("../vectors/declaration.json"));
    assert_eq!(envelope.statement_digest().to_string(), made["statement"]);
    rejects(&probant(&arguments[..6]), 2, "envelope.json exists");

    // A second party signs the same statement.
    let (other, both) = (new_key(&desk, "other.pem"), desk.text("both.json"));
    let arguments = ["attest", "--key", &other, &out, "--out", &both, "--format", "json"];
    let signed = probant(&arguments).json(0);
    assert_eq!(signed["signers"].as_array().unwrap().len(), 2);
    assert_eq!(signed["statement"], made["statement"]);
    // Of the first signature nothing is known here but that it is there.
    let said = probant(&["attest", "--key", &other, &out, "--out", &desk.text("again.json")]);
    said.expect(0);
    let of = |index: usize| made["signers"][index].as_str().unwrap();
    let line = format!("signature from before, not checked, by key: {}\n", of(0));
    assert!(said.stdout.contains(&line), "{}", said.stdout);
    let new = |key: &&Value| key.as_str() != Some(of(0));
    let new = signed["signers"].as_array().unwrap().iter().find(new).unwrap().as_str().unwrap();
    assert!(said.stdout.contains(&format!("\nsigned by key: {new}\n")), "{}", said.stdout);
    let twice = ["attest", "--key", &key, &out, "--out", &desk.text("twice.json")];
    rejects(&probant(&twice), 2, "two signatures by key");
}

#[test]
fn attest_signs_nothing_that_breaks_a_rule() {
    let desk = Desk::new();
    let key = new_key(&desk, "key.pem");
    let good = include_str!("../vectors/declaration.json");
    let out = desk.text("envelope.json");
    for (bad, words) in [
        (good.replacen("d5528e58", "d5528e59", 1), "the digest of subject"),
        (good.replacen("declaration-of-conformity:v1", "x:v1", 1), "is not known"),
        ("{}".to_owned(), "statement"),
        ("{\"payloadType\":\"x\"}".to_owned(), "DSSE envelope: payload is missing"),
    ] {
        let statement = desk.write("bad.json", bad);
        let finished = probant(&["attest", "--key", &key, &statement, "--out", &out]);
        rejects(&finished, 1, words);
        assert!(!desk.path("envelope.json").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_private_key_that_lies_open_is_not_used_unless_everybody_has_it() {
    use std::os::unix::fs::PermissionsExt as _;
    let desk = Desk::new();
    let (key, statement) = (new_key(&desk, "key.pem"), declaration(&desk));
    fs::set_permissions(&key, fs::Permissions::from_mode(0o640)).unwrap();
    let out = desk.text("envelope.json");
    let finished = probant(&["attest", "--key", &key, &statement, "--out", &out]);
    rejects(&finished, 2, &format!("chmod 600 {key}"));
    let demo = Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/dev/demo-bricolin.pem");
    let demo = demo.display().to_string();
    probant(&["attest", "--key", &demo, &statement, "--out", &out]).expect(0);
}

#[test]
fn json_too_large_to_be_anything_is_not_read_into_memory() {
    let desk = Desk::new();
    let large = format!("{{\"_type\": [{}1]}}", "1,".repeat(1 << 20));
    rejects(&probant(&["show", &desk.write("large.json", large)]), 2, "bytes of JSON");
}

#[test]
fn show_says_what_a_file_is_and_what_was_not_checked() {
    let desk = Desk::new();
    let envelope = attest(&desk);
    for (file, kind) in [
        (desk.text("declaration.json"), "statement"),
        (envelope.clone(), "envelope"),
        (desk.text("key.pub.pem"), "public_key"),
    ] {
        let shown = probant(&["show", &file, "--format", "json"]).json(0);
        assert_eq!(shown["kind"], kind);
        assert!(!shown["not_checked"].as_array().unwrap().is_empty(), "{kind}");
        let text = probant(&["show", &file]);
        text.expect(0);
        assert!(text.stdout.contains("NOT checked: "), "{}", text.stdout);
        assert!(!text.stdout.contains('\u{1b}'), "colours without a terminal");
    }
    let cut = &fs::read(&envelope).unwrap()[..100];
    for (name, bytes) in [("cut.json", cut), ("noise", b"\xff\x00\x01noise"), ("empty", b"")] {
        rejects(&probant(&["show", &desk.write(name, bytes)]), 2, "show: ");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_path_that_is_no_text_is_a_path_all_the_same() {
    use std::ffi::OsStr;
    use std::os::unix::ffi::OsStrExt as _;
    let desk = Desk::new();
    let (key, statement) = (new_key(&desk, "key.pem"), declaration(&desk));
    let dir = desk.path(OsStr::from_bytes(b"no\xfftext"));
    let run = |arguments: &[&str], option: &str, name: &str| {
        let mut command = command(&["--format", "json"]);
        let finished = command.args(arguments).arg(option).arg(dir.join(name)).output().unwrap();
        let result: Value = serde_json::from_slice(&finished.stdout).unwrap_or_default();
        assert_eq!(result["outcome"], "accepted", "{arguments:?}: {finished:?}");
        assert!(dir.join(name).exists(), "{arguments:?}");
    };
    run(&["keygen"], "--out", "other.pem");
    run(&["attest", "--key", &key, &statement], "--out", "envelope.json");
    let registrar = format!("A={}", desk.text("key.pub.pem"));
    run(&["init", "--origin", "x.example", "--registrar", &registrar], "--dir", "ledger");
}

#[test]
fn a_file_name_does_not_write_on_the_screen() {
    let desk = Desk::new();
    let (key, statement) = (new_key(&desk, "key.pem"), declaration(&desk));
    let out = desk.text("a\u{1b}[31m\nentry 1.json");
    // As to a terminal: nothing is taken out on the way.
    let mut command = command(&["attest", "--key", &key, &statement, "--out", &out]);
    let finished = command.env("CLICOLOR_FORCE", "1").output().unwrap();
    let text = String::from_utf8(finished.stdout).unwrap();
    assert!(text.contains("a\u{fffd}[31m\u{fffd}entry 1.json\n"), "{text:?}");
}

#[test]
fn a_failure_is_one_object_for_programs_too() {
    let finished = probant(&["--format", "json", "show", "/nonexistent/file"]);
    let failure = finished.json(2);
    assert_eq!(failure["command"], "show");
    assert_eq!(failure["outcome"], "unknown");
    assert_eq!(failure["chain"][0], "read /nonexistent/file");
    let line = failure["error"].as_str().unwrap();
    assert_eq!(format!("{line}\n"), finished.stderr);
}

#[test]
fn what_could_not_be_kept_is_not_begun() {
    let desk = Desk::new();
    let (query, key) = (desk.write("query.json", "{}"), new_key(&desk, "key.pem"));
    let socket = desk.text("no/such/directory");
    let here = desk.text("");
    // Nobody answers there: had it been asked, that would be the error.
    let server = ["--server", "http://127.0.0.1:1"];
    for (arguments, words) in [
        (&["check", &query, "--dossier", &socket][..], "write "),
        (&["check", &query, "--dossier", &socket, "--force"], "write "),
        (&["check", &query, "--dossier", &here, "--force"], "is no file"),
        (&["check", &query, "--seen", &socket], "write "),
        (&["check", &query, "--seen", &here], "is no file"),
        (&["submit", &query, "--seen", &socket], "write "),
    ] {
        let finished = probant(&[arguments, &server].concat());
        rejects(&finished, 2, words);
        assert!(!finished.stderr.contains("no server answers"), "{}", finished.stderr);
    }
    // Nor is a dossier read, or a log, or a key made.
    let report = desk.text("no/such/report.md");
    for command in ["verify", "audit"] {
        let finished = probant(&[command, "/nonexistent", "--trust", &key, "--report", &report]);
        rejects(&finished, 2, "report.md: ");
    }
    assert_eq!(fs::read_dir(desk.path("")).unwrap().count(), 3);
}
