//! Power cuts: the real server is killed at random moments under load. What it acknowledged is there
//! when it starts again, at the same place, in a log that goes on from what was seen.
//!
//! `PROBANT_CRASH_ROUNDS` sets the number of rounds, `PROBANT_CRASH_SEED` repeats a run.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use probant::client::{Client, ClientOptions};
use probant::envelope::Envelope;
use probant::hash::Digest;
use probant::key::PrivateKey;
use probant::merkle::EntryIndex;

use crate::program::{Server, probant};
use crate::registrar::Registrar;

/// Rounds if nobody asks for more.
const ROUNDS: u64 = 5;

/// Rounds on one ledger: what is acknowledged in one is checked in all that follow.
const CUTS_PER_LEDGER: u64 = 10;

/// Submitters at a time: enough that a group has many.
const SUBMITTERS: u64 = 8;

/// Acknowledgements in a round before the cut, at the most.
const ACKNOWLEDGED_MAX: u64 = 200;

/// What the server has acknowledged.
#[derive(Default)]
struct Kept {
    receipts: Vec<(Envelope, EntryIndex, Digest)>,
    seen: Option<String>,
}

#[test]
fn what_was_acknowledged_outlives_every_power_cut() {
    let seed = setting("PROBANT_CRASH_SEED").unwrap_or_else(random_seed);
    let rounds = setting("PROBANT_CRASH_ROUNDS").unwrap_or(ROUNDS);
    println!("PROBANT_CRASH_SEED={seed} PROBANT_CRASH_ROUNDS={rounds}");
    let mut random = Random(seed);
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let mut rounds_left = rounds;
    while rounds_left > 0 {
        let cuts = rounds_left.min(CUTS_PER_LEDGER);
        runtime.block_on(cut_and_check(cuts, &mut random));
        rounds_left -= cuts;
    }
}

/// Cuts the power of one ledger this many times.
async fn cut_and_check(cuts: u64, random: &mut Random) {
    let registrar = Arc::new(Registrar::with_ledger());
    let mut kept = Kept::default();
    let mut server = Server::start(&registrar.ledger(), &[]);
    let registration = registrar.registration(&PrivateKey::from_seed([2; 32]));
    keep(&server.url, &registrar, &mut kept, registration).await;
    server.kill();
    for cut in 0..cuts {
        let server = Server::start(&registrar.ledger(), &[]);
        load_until_cut(server, &registrar, cut, random, &mut kept).await;
        let mut server = Server::start(&registrar.ledger(), &[]);
        check(&server.url, &registrar, &mut kept).await;
        audit(&server.url, &registrar);
        server.kill();
    }
    assert!(kept.receipts.len() as u64 > cuts, "the load did not reach the server");
}

/// Submits from many sides until enough is acknowledged; then cuts the power.
async fn load_until_cut(
    mut server: Server,
    registrar: &Arc<Registrar>,
    cut: u64,
    random: &mut Random,
    kept: &mut Kept,
) {
    let acknowledged = Arc::new(Mutex::new(Vec::new()));
    let client = connect(&server.url, registrar, kept).await;
    let mut submitters = tokio::task::JoinSet::new();
    for submitter in 0..SUBMITTERS {
        let (client, registrar) = (client.clone(), Arc::clone(registrar));
        let acknowledged = Arc::clone(&acknowledged);
        submitters.spawn(async move {
            for number in 0.. {
                let id = format!("cut{cut}-s{submitter}-{number}");
                let envelope = registrar.grant(&id, "manufacturer");
                // The error is the power cut; a refusal would leave the others short.
                let Ok(receipt) = client.submit(&envelope).await else { return };
                let (index, leaf) = (receipt.index(), receipt.included().leaf());
                acknowledged.lock().unwrap().push((envelope, index, leaf));
            }
        });
    }
    let enough = 1 + random.below(ACKNOWLEDGED_MAX);
    while (acknowledged.lock().unwrap().len() as u64) < enough {
        assert!(!submitters.is_empty(), "the submitters gave up");
        tokio::time::sleep(Duration::from_micros(100)).await;
    }
    tokio::time::sleep(Duration::from_micros(random.below(20_000))).await;
    server.kill();
    submitters.shutdown().await;
    kept.seen = client.seen().await.map(|seen| seen.note().to_string());
    kept.receipts.append(&mut acknowledged.lock().unwrap());
}

/// Everything that was acknowledged is where it was, and the log goes on from what was seen.
async fn check(url: &str, registrar: &Registrar, kept: &mut Kept) {
    let client = connect(url, registrar, kept).await;
    let newest = client.checkpoint(None).await.unwrap();
    for (envelope, index, leaf) in &kept.receipts {
        let receipt = client.receipt(envelope).await.unwrap();
        assert_eq!((receipt.index(), receipt.included().leaf()), (*index, *leaf));
        assert!(newest.size().contains(*index));
    }
    // And the same again is the same.
    let (envelope, index, _) = kept.receipts.last().unwrap();
    let again = client.submit(envelope).await.unwrap();
    assert_eq!((again.index(), again.is_duplicate()), (*index, true));
    kept.seen = client.seen().await.map(|seen| seen.note().to_string());
}

/// The log as a whole keeps every rule.
fn audit(url: &str, registrar: &Registrar) {
    let copy = registrar.path("copy").display().to_string();
    probant(&["export", "--server", url, "--out", &copy]).expect(0);
    let genesis = registrar.genesis_path();
    let report = probant(&["audit", &copy, "--trust", &genesis, "--format", "json"]).json(0);
    assert_eq!(report["outcome"], "accepted");
}

async fn keep(url: &str, registrar: &Registrar, kept: &mut Kept, envelope: Envelope) {
    let client = connect(url, registrar, kept).await;
    let receipt = client.submit(&envelope).await.unwrap();
    let (index, leaf) = (receipt.index(), receipt.included().leaf());
    kept.receipts.push((envelope, index, leaf));
    kept.seen = client.seen().await.map(|seen| seen.note().to_string());
}

async fn connect(url: &str, registrar: &Registrar, kept: &Kept) -> Client {
    let (genesis, seen) = (Some(registrar.genesis()), kept.seen.clone());
    let options = ClientOptions { genesis, seen, ..ClientOptions::default() };
    Client::connect(url, options).await.unwrap()
}

#[expect(clippy::disallowed_methods, reason = "how a person repeats or lengthens the test")]
pub(crate) fn setting(name: &str) -> Option<u64> {
    Some(std::env::var(name).ok()?.parse().unwrap())
}

fn random_seed() -> u64 {
    let mut bytes = [0; 8];
    getrandom::fill(&mut bytes).unwrap();
    u64::from_le_bytes(bytes)
}

/// The generator of that name: `SplitMix64`.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (word ^ (word >> 31)) % limit
    }
}
