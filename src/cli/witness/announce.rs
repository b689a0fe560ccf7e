//! What a witness says once it serves, for people and for programs.

use std::net::SocketAddr;

use serde_json::{Value, json};

use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::note::VerifierKey;
use crate::witness::server::Status;

/// A key that cosigns, and the prefix at which it is asked.
pub(super) struct Prefix<'a> {
    pub(super) key: &'a VerifierKey,
    pub(super) path: &'static str,
}

/// The keys alone, of a witness that does not serve.
pub(super) fn keys(key: &VerifierKey) -> Report {
    let facts = facts(key, None, &[]);
    Report::new(Outcome::Accepted, facts, format!("{key}\n"))
}

/// A witness that takes connections.
pub(super) fn serving(witness: &Prefix<'_>, address: SocketAddr, logs: &[Status]) -> Report {
    let url = format!("http://{address}{}", witness.path);
    let mut text = Text::default();
    text.line(format_args!("witness {} at {url}", witness.key.name()))
        .line(format_args!("key: {}", witness.key));
    for log in logs {
        match &log.latest {
            Some((head, _)) => {
                text.line(format_args!("log: {} (size {})", log.origin, head.size()))
            }
            None => text.line(format_args!("log: {} (nothing cosigned yet)", log.origin)),
        };
    }
    Report::new(Outcome::Accepted, facts(witness.key, Some((address, &url)), logs), text)
}

fn facts(key: &VerifierKey, at: Option<(SocketAddr, &str)>, logs: &[Status]) -> Value {
    let logs = logs.iter().map(|log| {
        let latest = log.latest.as_ref().map(|(head, _)| head);
        json!({
            "origin": log.origin,
            "checkpoint": format!("{}/checkpoint", log.hash),
            "size": latest.map(|head| head.size().get()),
            "root": latest.map(|head| head.root().to_string()),
        })
    });
    json!({
        "key": key.to_string(),
        "address": at.map(|(address, _)| address.to_string()),
        "url": at.map(|(_, url)| url),
        "logs": logs.collect::<Vec<Value>>(),
    })
}
