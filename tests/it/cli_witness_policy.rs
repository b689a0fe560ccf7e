//! What a witness policy demands, in words, and the warning of one that leaves room for two histories.

use probant::key::{PrivateKey, Signer as _};
use probant::note::{KeyType, VerifierKey};
use serde_json::json;

use crate::desk::Desk;
use crate::program::probant;

fn key(seed: u8, key_type: KeyType) -> VerifierKey {
    let name = format!("w{seed}.example").parse().unwrap();
    VerifierKey::new(name, key_type, *PrivateKey::from_seed([seed; 32]).public_key())
}

/// Witnesses `w1` and on, and these lines.
fn policy(witnesses: std::ops::RangeInclusive<u8>, rules: &str) -> String {
    let line = |seed| {
        let key = key(seed, KeyType::CosignatureV1);
        format!("witness w{seed} {key} https://w{seed}.example/\n")
    };
    let log = key(99, KeyType::Ed25519);
    format!("log {log}\n{}{rules}\n", witnesses.map(line).collect::<String>())
}

#[test]
fn a_policy_is_explained_and_judged_by_how_its_quorums_meet() {
    let desk = Desk::new();
    let two = desk.write("two", policy(1..=3, "group two 2 w1 w2 w3\nquorum two"));
    let explain = |more: &[&str]| {
        probant(&[&["witness-policy", &two, "--format", "json"][..], more].concat())
    };
    let found = explain(&[]).json(0);
    assert_eq!(found["split_view"], json!(false));
    assert_eq!(found["policy"]["fewest"].as_array().unwrap().len(), 2);
    assert_eq!(found["policy"]["silent_max"], json!(1));
    assert_eq!(found["overlap"]["both"].as_array().unwrap().len(), 1);
    assert_eq!(found["remarks"], json!([]));
    // One of them cosigns whatever it is shown.
    assert_eq!(explain(&["--faulty", "1"]).json(1)["split_view"], json!(true));
    // The monitor is content with one, and it may be the third.
    let one = desk.write("one", policy(1..=3, "quorum w3"));
    let found = explain(&["--monitor", &one]).json(1);
    assert_eq!(found["overlap"]["both"], json!([]));
    assert_eq!(found["monitor"]["quorum"], "w3");
    let remarks = found["remarks"].to_string();
    assert!(remarks.contains("w1 is not in the quorum"), "{remarks}");
    // Nobody is asked, or nobody can be.
    let none = desk.write("none", "quorum none\n");
    let found = explain(&["--monitor", &none]).json(1);
    assert_eq!(found["monitor"]["silent_max"], json!(null));
    let mute = key(4, KeyType::CosignatureV1);
    let mute = desk.write("mute", format!("witness w4 {mute}\nquorum w4\n"));
    let found = probant(&["witness-policy", &mute, "--format", "json"]).json(0);
    let remarks = found["remarks"].to_string();
    assert!(remarks.contains("w4 has no URL") && remarks.contains("no log is named"), "{remarks}");

    // More than can be tried out.
    let all: Vec<String> = (1..=20).map(|seed| format!("w{seed}")).collect();
    let rules = |k| policy(1..=20, &format!("group g {k} {}\nquorum g", all.join(" ")));
    let (large, larger) = (desk.write("large", rules(11)), desk.write("larger", rules(12)));
    let compare = ["witness-policy", &large, "--format", "json"];
    assert_eq!(probant(&compare).json(0)["overlap"]["both"].as_array().unwrap().len(), 2);
    let found = probant(&[&compare[..], &["--monitor", &larger]].concat()).json(2);
    assert_eq!((&found["split_view"], &found["overlap"]), (&json!(null), &json!(null)));

    let said = probant(&["witness-policy", &two]);
    said.expect(0);
    for words in ["NO SPLIT VIEW", "group two: 2 of w1, w2, w3", "the fewest that meet it: 2"] {
        assert!(said.stdout.contains(words), "{}", said.stdout);
    }
    let said = probant(&["witness-policy", &two, "--faulty", "1", "--lang", "fr"]);
    said.expect(1);
    assert!(said.stdout.contains("UNE VUE DIVISÉE EST POSSIBLE"), "{}", said.stdout);
    assert!(said.stdout.contains("groupe two\u{a0}: 2 parmi w1, w2, w3"), "{}", said.stdout);
    probant(&["witness-policy", &desk.write("bad", "quorum\n")]).expect(2);
}

#[test]
fn whoever_relies_on_a_policy_that_leaves_room_is_warned() {
    let desk = Desk::new();
    let log = crate::audit::small_log();
    let dir = desk.path("log");
    for (path, bytes) in log.files().0 {
        desk.write(&format!("log/{path}"), bytes);
    }
    let (dir, trust) = (dir.display().to_string(), desk.write("genesis", log.genesis.bytes()));
    for (rules, is_warned) in
        [("group g 1 w1 w2\nquorum g", true), ("group g 2 w1 w2 w3\nquorum g", false)]
    {
        let witnesses = desk.write("witnesses", policy(1..=3, rules));
        for option in ["--witness-policy", "--witnesses"] {
            let audited = probant(&["audit", &dir, "--trust", &trust, option, &witnesses]);
            audited.expect(1);
            let said = audited.stderr.contains("can be met twice without a witness in common");
            assert_eq!(said, is_warned, "{}", audited.stderr);
        }
    }
}
