//! The log key changes hands on the command line, twice; what was kept before goes on counting, and
//! readers need the genesis document alone.

use std::fs;
use std::path::PathBuf;

use probant::key::{PrivateKey, Signer as _};
use serde_json::{Value, json};

use crate::program::{Finished, Server, probant};
use crate::registrar::{OPERATOR, Registrar, identity, write};

const GTIN: &str = "09521000200012";

struct Scene {
    registrar: Registrar,
}

impl Scene {
    fn text(&self, name: &str) -> String {
        self.registrar.path(name).display().to_string()
    }

    fn dir(&self) -> PathBuf {
        self.registrar.ledger()
    }

    fn serve(&self) -> Server {
        Server::start(&self.dir(), &[])
    }

    fn submit(&self, server: &Server, files: &[&str]) -> Value {
        let (trust, receipts) = (self.registrar.genesis_path(), self.text("receipts"));
        let seen = self.text("seen");
        let arguments = ["submit", "--server", &server.url, "--trust", &trust, "--seen", &seen];
        let more = ["--receipts", &receipts, "--format", "json"];
        probant(&[&arguments[..], &more, files].concat()).json(0)
    }

    /// A new key, announced by the registrar and by itself: its path.
    fn announce(&self, server: &Server, name: &str) -> String {
        let path = self.text(name);
        probant(&["keygen", "--out", &path]).expect(0);
        let key = PrivateKey::from_pem(&fs::read_to_string(&path).unwrap()).unwrap();
        let statement = self.text(&format!("{name}.json"));
        fs::write(&statement, self.registrar.announcement(key.public_key())).unwrap();
        let registrar = self.registrar_key();
        let out = self.text(&format!("{name}.dsse.json"));
        let attest = ["attest", "--key", &registrar, "--key", &path, &statement, "--out", &out];
        probant(&attest).expect(0);
        self.submit(server, &[&out]);
        path
    }

    fn registrar_key(&self) -> String {
        let path = self.registrar.path("registrar.pem");
        let maker = PrivateKey::from_seed([2; 32]);
        let (_, key) = self.registrar.registration_to_sign(&maker);
        fs::write(&path, key.to_pem().as_bytes()).unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
        }
        path.display().to_string()
    }

    fn hand_over(&self, to: &str) -> Finished {
        let dir = self.dir().display().to_string();
        probant(&["hand-over", "--dir", &dir, "--to", to, "--format", "json"])
    }

    fn dossier(&self, server: &Server, name: &str) -> String {
        let query = json!({
            "product": {"gtin": GTIN},
            "category": {"gpc": "10005160", "cn": "95030041"},
            "trader": {"operator": OPERATOR, "name": "Lumipeluche Mfg"},
            "offer": {
                "platform": "https://id.gs1.org/417/9521000500006", "listing_id": "MK-1",
                "destinations": ["FR"], "languages": ["fr"],
                "goods_location": {"kind": "DIRECT_IMPORT"},
            },
        });
        fs::write(self.registrar.path("query.json"), query.to_string()).unwrap();
        let (query, trust) = (self.text("query.json"), self.registrar.genesis_path());
        let dossier = self.text(name);
        let check = ["check", "--server", &server.url, "--trust", &trust, &query];
        probant(&[&check[..], &["--dossier", &dossier]].concat()).expect(1);
        dossier
    }

    fn verify(&self, dossier: &str, more: &[&str]) -> Finished {
        let trust = self.registrar.genesis_path();
        let arguments = ["verify", dossier, "--trust", &trust];
        probant(&[&arguments[..], more].concat())
    }

    fn log_pem(&self) -> Vec<u8> {
        fs::read(self.dir().join("log.pem")).unwrap()
    }
}

fn key_of(pem: &str) -> PrivateKey {
    PrivateKey::from_pem(&fs::read_to_string(pem).unwrap()).unwrap()
}

#[test]
fn a_log_key_changes_hands_and_what_was_kept_goes_on_counting() {
    let scene = Scene { registrar: Registrar::with_ledger() };
    let first = key_of(&scene.dir().join("log.pem").display().to_string());
    let maker = PrivateKey::from_seed([2; 32]);
    let server = scene.serve();
    let file = |name: &str, envelope| write(&scene.registrar.path(name), &envelope);
    let registration = file("registration.json", scene.registrar.registration(&maker));
    let grant = file("grant.json", scene.registrar.grant("grant-1", "manufacturer"));
    let done = scene.submit(&server, &[&registration, &grant]);
    let old_receipt = done["items"][0]["statement"].as_str().unwrap().to_owned();
    let old_receipt = scene.text(&format!("receipts/{old_receipt}.tlog-proof"));
    let old_dossier = scene.dossier(&server, "old.dossier");
    assert!(!scene.registrar.path("receipts/handover").exists());

    // Nobody announced this one; while the ledger is served, nobody gets it.
    let stranger = scene.text("stranger.pem");
    probant(&["keygen", "--out", &stranger]).expect(0);
    let second = scene.announce(&server, "second.pem");
    scene.hand_over(&second).json(2);
    drop(server);
    let refused = scene.hand_over(&stranger).json(1);
    assert!(refused["error"].as_str().unwrap().contains("log_keys_add"), "{refused}");
    let done = scene.hand_over(&second).json(0);
    assert_eq!(
        (&done["number"], done["old_keyid"].as_str()),
        (&json!(1), Some(&*first.public_key().id().to_string()))
    );
    assert_eq!(scene.log_pem(), fs::read(&second).unwrap());
    let kept = done["old_log_key_file"].as_str().unwrap();
    assert_eq!(key_of(kept).public_key(), first.public_key());
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for path in [kept.to_owned(), scene.dir().join("log.pem").display().to_string()] {
            assert_eq!(fs::metadata(path).unwrap().permissions().mode() & 0o777, 0o600);
        }
    }
    // Again: it is done.
    assert_eq!(scene.hand_over(&second).json(0), done);

    // Broken off between the commit and the file: the old key can't serve, and the command goes on.
    fs::copy(kept, scene.dir().join("log.pem")).unwrap();
    let dir = scene.dir().display().to_string();
    let said = probant(&["serve", "--dir", &dir, "--listen", "127.0.0.1:0"]);
    said.expect(2);
    assert!(said.stderr.contains("was handed over"), "{}", said.stderr);
    let in_force = key_of(&second).public_key().id().to_string();
    assert!(said.stderr.contains(&in_force), "{}", said.stderr);
    scene.hand_over(&stranger).json(2);
    assert_eq!(scene.hand_over(&second).json(0), done);
    assert_eq!(scene.log_pem(), fs::read(&second).unwrap());

    // The same once more, and the first key is ended.
    let server = scene.serve();
    let ending = file("ending.json", scene.registrar.ending(first.public_key()));
    scene.submit(&server, &[&ending]);
    let third = scene.announce(&server, "third.pem");
    let middle_dossier = scene.dossier(&server, "middle.dossier");
    drop(server);
    assert_eq!(scene.hand_over(&third).json(0)["number"], 2);
    let server = scene.serve();
    let bear = probant::envelope::Envelope::sign(identity("identity-1", GTIN), &[&maker]).unwrap();
    let bear = file("bear.json", bear);
    let done = scene.submit(&server, &[&bear]);
    let new_receipt = done["items"][0]["statement"].as_str().unwrap();
    let new_receipt = scene.text(&format!("receipts/{new_receipt}.tlog-proof"));
    let new_dossier = scene.dossier(&server, "new.dossier");

    // Dossiers need the genesis document alone.
    for (dossier, handovers) in [(&old_dossier, 0), (&middle_dossier, 1), (&new_dossier, 2)] {
        let verified = scene.verify(dossier, &["--format", "json"]).json(1);
        assert_eq!(verified["verified"], true);
        let at = verified["checkpoint"]["handed_over_at"].as_array().unwrap();
        assert_eq!(at.len(), handovers);
        let report = scene.text(&format!("report-{handovers}.md"));
        let said = scene.verify(dossier, &["--report", &report]);
        said.expect(1);
        assert_eq!(said.stdout.contains("handed over to at size"), handovers > 0);
        let report = fs::read_to_string(report).unwrap();
        assert_eq!(report.contains("Log key handed over"), handovers > 0, "{report}");
    }
    show_receipts(&scene, &old_receipt, &new_receipt);

    // A copy, from the server and from the store, and its audit.
    export_and_audit(&scene, "copy", &["--server", &server.url]);
    drop(server);
    export_and_audit(&scene, "again", &["--dir", &dir]);

    // The thief of the first key signs on. Who has seen a handover is not fooled.
    let handovers = scene.text("copy/handover");
    let verified =
        scene.verify(&old_dossier, &["--handovers", &handovers, "--format", "json"]).json(1);
    assert_eq!(verified["verified"], true);
    let absent = scene.text("absent");
    scene.verify(&old_dossier, &["--handovers", &absent]).expect(2);
}

/// A receipt needs the handovers that are kept beside it, if it is of a later key.
fn show_receipts(scene: &Scene, old: &str, new: &str) {
    let trust = scene.registrar.genesis_path();
    let beside = scene.text("receipts/handover");
    let show = |receipt: &str, more: &[&str]| {
        probant(&[&["show", receipt, "--trust", &trust][..], more].concat())
    };
    let said = show(old, &[]);
    said.expect(0);
    assert!(!said.stdout.contains("handed over"), "{}", said.stdout);
    let said = show(old, &["--handovers", &beside]);
    said.expect(0);
    assert!(said.stdout.contains("handed over at size"), "{}", said.stdout);
    let said = show(new, &[]);
    said.expect(1);
    assert!(said.stderr.contains("--handovers"), "{}", said.stderr);
    let said = show(new, &["--handovers", &beside]);
    said.expect(0);
    assert!(said.stdout.contains("newest log key"), "{}", said.stdout);
    for number in ["1", "2"] {
        let handover = scene.text(&format!("receipts/handover/{number}"));
        let shown = show(&handover, &["--handovers", &beside, "--format", "json"]).json(0);
        assert_eq!(shown["kind"], "handover");
        assert_ne!(shown["checked"], json!([]));
    }
}

/// Copies the log, audits the copy, and finds what is changed in it.
fn export_and_audit(scene: &Scene, name: &str, from: &[&str]) {
    let (copy, trust) = (scene.text(name), scene.registrar.genesis_path());
    let export = [&["export", "--out", &copy, "--trust", &trust][..], from].concat();
    probant(&export).expect(0);
    let audit = ["audit", &copy, "--trust", &trust, "--format", "json"];
    let report = probant(&audit).json(0);
    assert_eq!(report["handovers"].as_array().unwrap().len(), 2);
    let log_key = report["checkpoint"]["log_key"].as_str().unwrap();
    assert_eq!(report["handovers"][1]["log_key"], log_key);
    let said = probant(&["audit", &copy, "--trust", &trust]);
    assert!(said.stdout.contains("handed over to at size"), "{}", said.stdout);
    let path = scene.registrar.path(&format!("{name}/handover/1"));
    let good = fs::read(&path).unwrap();
    let mut bad = good.clone();
    let place = bad.len() / 2;
    bad[place] ^= 1;
    fs::write(&path, bad).unwrap();
    let report = probant(&audit).json(1);
    assert_eq!(report["findings"][0]["rule"], "HANDOVER");
    fs::remove_file(&path).unwrap();
    probant(&audit).json(1);
    fs::write(&path, good).unwrap();
    probant(&audit).json(0);
}
