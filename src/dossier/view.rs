//! A dossier as JSON, for people and programs to look into. Looking verifies nothing.

use serde_json::{Value, json};

use crate::dossier::container::{Chain, Container, TableEntry};
use crate::dossier::container_error::ContainerError;
use crate::encoding::base64_encode;
use crate::entry::{Body, Entry};
use crate::envelope::Envelope;
use crate::log_key::Handover;
use crate::merkle::EntryIndex;

/// What is in a dossier, its envelopes and statements spelled out. Nothing in it is verified.
pub fn to_json(bytes: &[u8]) -> Result<Value, ContainerError> {
    let container = Container::decode(bytes)?;
    Ok(json!({
        "origin": container.origin(),
        "query": json_or_base64(container.query()),
        "checkpoint": container.checkpoint(),
        "seal": seal(&container),
        "subjects": container.chains().iter().map(|of| chain(&container, of)).collect::<Vec<_>>(),
        "entries": container.entries().iter().map(entry).collect::<Vec<_>>(),
        "policy": text_or_base64(container.policy()),
        "verdict": json_or_base64(container.verdict()),
        "handovers": container.handovers().map(handover).collect::<Vec<_>>(),
    }))
}

fn seal(container: &Container) -> Value {
    match Entry::decode(&container.seal) {
        Ok(entry) => match entry.body() {
            Body::Seal { map_root, subjects, .. } => {
                json!({"time": entry.time(), "map_root": map_root, "subjects": subjects})
            }
            Body::Genesis { .. } | Body::Attestation { .. } => Value::Null,
        },
        Err(_) => Value::Null,
    }
}

fn handover(bytes: &[u8]) -> Value {
    match Handover::decode(bytes) {
        Ok(handover) => json!({
            "log_key": handover.log_key(),
            "checkpoint": handover.note().to_string(),
            "shown": handover.shown().map(EntryIndex::get).collect::<Vec<u64>>(),
        }),
        Err(_) => json!({"base64": base64_encode(bytes)}),
    }
}

fn chain(container: &Container, chain: &Chain) -> Value {
    let entries = container.entries_of(chain).map(|entry| entry.index.get());
    json!({
        "uri": chain.uri,
        "class": chain.class,
        "key": chain.key(),
        "entries": entries.collect::<Vec<u64>>(),
    })
}

fn entry(of: &TableEntry) -> Value {
    let mut value = json!({
        "index": of.index,
        "time": of.entry.time(),
        "leaf_hash": of.leaf,
        "is_erased": of.is_erased(),
    });
    if let Body::Attestation { statement, .. } = of.entry.body() {
        set(&mut value, "statement_digest", json!(statement));
    }
    if let Some(record) = of.record() {
        match Envelope::decode(record) {
            Ok(envelope) => {
                let keys = envelope.signatures().iter().map(|(key, _)| key).collect::<Vec<_>>();
                set(&mut value, "signed_by", json!(keys));
                set(&mut value, "statement", json_or_base64(envelope.payload()));
            }
            Err(_) => set(&mut value, "record", json!(base64_encode(record))),
        }
    }
    value
}

fn set(object: &mut Value, member: &str, value: Value) {
    if let Some(object) = object.as_object_mut() {
        object.insert(member.to_owned(), value);
    }
}

fn json_or_base64(bytes: &[u8]) -> Value {
    crate::json::from_slice(bytes).unwrap_or_else(|_cause| json!({"base64": base64_encode(bytes)}))
}

fn text_or_base64(bytes: &[u8]) -> Value {
    match str::from_utf8(bytes) {
        Ok(text) => json!(text),
        Err(_) => json!({"base64": base64_encode(bytes)}),
    }
}
