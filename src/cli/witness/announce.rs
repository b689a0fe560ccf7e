//! What a witness says once it serves, for people and for programs.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::note::VerifierKey;
use crate::witness::server::Status;

/// A witness, and the logs that it cosigns.
pub(super) struct Served<'a> {
    pub(super) key: &'a VerifierKey,
    pub(super) logs: Vec<Status>,
}

/// The keys alone, of witnesses that do not serve.
pub(super) fn keys(witness: &VerifierKey, replay: Option<&VerifierKey>) -> Report {
    let mut text = Text::default();
    for key in [Some(witness), replay].into_iter().flatten() {
        text.line(key);
    }
    let mut facts = json!({"key": witness.to_string(), "address": null, "url": null, "logs": []});
    let replay = replay.map(|key| json!({"key": key.to_string(), "url": null, "logs": []}));
    put(&mut facts, "replay", replay.into());
    Report::new(Outcome::Accepted, facts, text)
}

/// Witnesses that take connections.
pub(super) fn serving(
    witness: &Served<'_>,
    replay: Option<&Served<'_>>,
    address: SocketAddr,
) -> Report {
    let url = format!("http://{address}");
    let mut text = Text::default();
    text.line(format_args!("witness {} at {url}", witness.key.name()));
    let mut facts = tell(&mut text, witness, &url);
    put(&mut facts, "address", address.to_string().into());
    let replay = replay.map(|replay| {
        let url = format!("{url}/replay");
        text.line(format_args!("replaying witness {} at {url}", replay.key.name()));
        tell(&mut text, replay, &url)
    });
    put(&mut facts, "replay", replay.into());
    Report::new(Outcome::Accepted, facts, text)
}

fn tell(text: &mut Text, witness: &Served<'_>, url: &str) -> Value {
    text.line(format_args!("key: {}", witness.key));
    for log in &witness.logs {
        match &log.latest {
            Some((head, _)) => {
                text.line(format_args!("log: {} (size {})", log.origin, head.size()))
            }
            None => text.line(format_args!("log: {} (nothing cosigned yet)", log.origin)),
        };
    }
    let logs: Vec<Value> = witness.logs.iter().map(log_facts).collect();
    json!({"key": witness.key.to_string(), "url": url, "logs": logs})
}

fn log_facts(log: &Status) -> Value {
    let latest = log.latest.as_ref().map(|(head, _)| head);
    json!({
        "origin": log.origin,
        "checkpoint": format!("{}/checkpoint", log.hash),
        "size": latest.map(|head| head.size().get()),
        "root": latest.map(|head| head.root().to_string()),
    })
}

fn put(facts: &mut Value, name: &str, value: Value) {
    if let Some(members) = facts.as_object_mut() {
        members.insert(name.to_owned(), value);
    }
}
