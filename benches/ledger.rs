//! How fast attestations come in, beside how fast their signatures can be verified at all: the two
//! are measured in the same run, so that their ratio says something on any machine.
//!
//! `ATTESTATIONS=20000 cargo bench --bench ledger`

#![expect(clippy::unwrap_used, clippy::disallowed_methods, reason = "a benchmark takes the time")]
#![expect(clippy::print_stdout, reason = "its result is a table")]
#![expect(clippy::cast_precision_loss, reason = "rates are rounded")]

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Instant;

use probant::envelope::Envelope;
use probant::key::Signer as _;
use probant::ledger::{Ledger, ReplyFn, Submission};
use probant::storage::{MemoryStorage, SledOptions, SledStorage, Storage};

#[expect(dead_code, reason = "the integration tests use all of it")]
#[path = "../tests/it/ledger_fixture.rs"]
mod ledger_fixture;

use ledger_fixture::World;

/// Submissions handed over at once, as a stream from a client would be.
const STREAM: usize = 64;

fn main() {
    let count = std::env::var("ATTESTATIONS").map_or(4000, |count| count.parse().unwrap());
    let world = World::new();
    let envelopes: Vec<Envelope> =
        (0..count).map(|number| world.declaration_on(&model(number), number)).collect();

    let key = *world.maker.public_key();
    let raw = rate("strict verification, 1 thread", count, None, || {
        for envelope in &envelopes {
            let (_, signature) = envelope.signatures().first().unwrap();
            key.verify(&envelope.pae(), signature).unwrap();
        }
    });
    let memory = || -> Arc<dyn Storage> { Arc::new(MemoryStorage::default()) };
    let begun = |storage| {
        let ledger = world.create(storage).unwrap();
        world.begin(&ledger);
        ledger
    };
    let ledger = begun(memory());
    rate("door, 1 thread", count, Some(raw), || {
        let door = ledger.door();
        for envelope in &envelopes {
            drop(door.check(envelope.clone()).unwrap());
        }
    });
    let dir = tempfile::tempdir().unwrap();
    let sled = SledStorage::create(&dir.path().join("store"), SledOptions::default()).unwrap();
    for (name, storage) in [("memory", memory()), ("sled", Arc::new(sled) as Arc<dyn Storage>)] {
        let ledger = begun(Arc::clone(&storage));
        let checked = check_all(&ledger, &envelopes);
        rate(&format!("sequencer, {name}"), count, Some(raw), || submit_all(&ledger, checked));
        let again = check_all(&ledger, &envelopes);
        rate(&format!("the same again, {name}"), count, Some(raw), || submit_all(&ledger, again));
        drop(ledger);
        rate(&format!("open, {name}"), count, Some(raw), || drop(world.open(storage).unwrap()));
    }
    let ledger = begun(memory());
    rate("door on 2 threads and sequencer, memory", count, Some(raw), || {
        thread::scope(|scope| {
            for half in envelopes.chunks(count.div_ceil(2)) {
                let ledger = &ledger;
                scope.spawn(move || {
                    for stream in half.chunks(STREAM) {
                        submit_all(ledger, check_all(ledger, stream));
                    }
                });
            }
        });
    });
}

fn check_all(ledger: &Ledger, envelopes: &[Envelope]) -> Vec<Submission> {
    let door = ledger.door();
    envelopes.iter().map(|envelope| door.check(envelope.clone()).unwrap()).collect()
}

/// Hands all over and waits for every receipt; as many at once as one issuer may have waiting.
fn submit_all(ledger: &Ledger, submissions: Vec<Submission>) {
    let (sender, receiver) = mpsc::channel();
    let mut submissions = submissions.into_iter().peekable();
    let mut waiting = 0;
    while submissions.peek().is_some() || waiting > 0 {
        if submissions.peek().is_some() && waiting + STREAM <= 1024 {
            let stream: Vec<(Submission, ReplyFn)> = submissions
                .by_ref()
                .take(STREAM)
                .map(|submission| {
                    let sender = sender.clone();
                    let reply: ReplyFn = Box::new(move |outcome| sender.send(outcome).unwrap());
                    (submission, reply)
                })
                .collect();
            waiting += stream.len();
            ledger.submit_many(stream);
        } else {
            receiver.recv().unwrap().unwrap();
            waiting -= 1;
        }
    }
}

/// A model with a GTIN of its own.
fn model(number: usize) -> String {
    let body = format!("09521{number:08}");
    let digits = body.bytes().rev().map(|digit| usize::from(digit - b'0'));
    let sum: usize = digits.zip([3, 1].into_iter().cycle()).map(|(digit, by)| digit * by).sum();
    format!("https://id.gs1.org/01/{body}{}", (10 - sum % 10) % 10)
}

fn rate(what: &str, count: usize, of: Option<f64>, run: impl FnOnce()) -> f64 {
    let start = Instant::now();
    run();
    let rate = count as f64 / start.elapsed().as_secs_f64();
    let ratio = of.map_or(String::new(), |of| format!("  {:5.2} of raw", rate / of));
    println!("{what:44} {rate:10.0}/s{ratio}");
    rate
}
