//! The log's keys: who may announce and end them.

use probant::key::{KeyId, Signer as _};
use probant::reason::Reason;
use serde_json::{Value, json};

use crate::world::{
    Draft, MAKER, REGISTRARS, World, grant, key, key_record, keyid, registrar_change, registration,
};

fn id(label: &str) -> KeyId {
    key(label).public_key().id()
}

/// The registrars announce a log key.
fn announce(label: &str) -> Draft {
    let change = json!({"log_keys_add": [key_record(label)], "quorum": 2});
    registrar_change(&REGISTRARS[..2], change, &[label])
}

/// The registrars end a log key.
fn end(label: &str) -> Draft {
    registrar_change(&REGISTRARS[..2], json!({"log_keys_end": [keyid(label)], "quorum": 2}), &[])
}

#[test]
fn who_announces_or_ends_a_log_key_is_held_to_what_is_there() {
    let mut world = World::empty(2);
    world.add(registration(MAKER, "CN", &[]));
    for label in ["log", REGISTRARS[2], MAKER] {
        world.refused(Reason::IdentifierTaken, announce(label));
    }
    let members = || json!({"log_keys_add": [key_record("log-2")], "quorum": 2});
    let by = |registrars: &[&str], members: Value, others: &[&str]| {
        registrar_change(registrars, members, others)
    };
    world.refused(Reason::SignatureMissing, by(&REGISTRARS[..2], members(), &[]));
    world.refused(Reason::SignatureMissing, by(&REGISTRARS[..1], members(), &["log-2"]));
    let until = announce("log-2").set("/log_keys_add/0/until", json!("2030-01-01"));
    world.refused(Reason::ChangeNotPermitted, until);
    world.refused(Reason::ChangeNotPermitted, end("log-2"));
    world.refused(Reason::ChangeNotPermitted, end(MAKER));
    world.add(announce("log-2"));
    world.refused(Reason::IdentifierTaken, announce("log-2"));
    // A log key is nobody else's from then on, and signs nothing but what announces it.
    let other = registration("urn:lei:ZZZZ00BRICOLINTOYS09", "CN", &[]);
    let with_log_key =
        other.set("/key", key_record("log-2")).signed_by(&[REGISTRARS[0], REGISTRARS[1], "log-2"]);
    world.refused(Reason::IdentifierTaken, with_log_key);
    let signed = grant(MAKER, "manufacturer").signed_by(&["registrar-0", "registrar-1", "log-2"]);
    world.refused(Reason::SignerUnexpected, signed);

    let refusal = world.refused(Reason::LogKeyInForce, end("log"));
    assert!(refusal.to_string().contains("log_keys_end"), "{refusal}");
    world.log_key = id("log-2");
    world.refused(Reason::LogKeyInForce, end("log-2"));
    world.add(end("log"));
    world.refused(Reason::ChangeNotPermitted, end("log"));
    world.refused(Reason::ChangeNotPermitted, announce("log"));
}
