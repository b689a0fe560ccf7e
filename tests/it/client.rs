//! The client against servers that lie: what does not hold is not taken.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};
use probant::attestation::Statement;
use probant::client::{Client, ClientError, ClientOptions, ReceiptError, TrustRoot};
use probant::entry::{Body, Entry};
use probant::envelope::Envelope;
use probant::hash::Digest;
use probant::key::PrivateKey;
use probant::merkle::{CompactRange, TreeSize, leaf_hash};
use probant::note::Checkpoint;
use probant::proto;
use probant::record::RecordError;
use prost::bytes::Bytes;

use crate::ledger_fixture::{ORIGIN, World, at};
use crate::liar::{Lies, lie, lied_to};
use crate::serving::block_on;

/// A client of a server that gives these receipts.
async fn given(world: &World, receipts: Vec<proto::Receipt>) -> Client {
    lied_to(&world.genesis, receipts_only(receipts)).await
}

fn receipts_only(receipts: Vec<proto::Receipt>) -> Lies {
    let hashes = vec![Bytes::from_static(&[7; 32])];
    let consistency = Some(proto::GetConsistencyProofResponse { hashes, ..Default::default() });
    Lies { receipts: receipts.into(), consistency, ..Lies::default() }
}

/// What a log of one entry gives out, and what it may do wrong.
struct Forged<'a> {
    world: &'a World,
    signer: Arc<PrivateKey>,
    envelope: Envelope,
    drop_key: bool,
    time: &'static str,
}

impl<'a> Forged<'a> {
    fn new(world: &'a World, number: usize) -> Self {
        let envelope = world.declaration(number);
        let signer = Arc::clone(&world.log);
        Self { world, signer, envelope, drop_key: false, time: "2026-10-01T08:00:00Z" }
    }

    fn entry(&self) -> Entry {
        let statement = Statement::parse(self.envelope.payload()).unwrap();
        let mut keys: Vec<Digest> =
            statement.feed().keys().iter().map(probant::identifier::SubjectKey::digest).collect();
        if self.drop_key {
            keys.remove(0);
        }
        let body = Body::Attestation {
            statement: self.envelope.statement_digest(),
            envelope: self.envelope.digest(),
            envelope_len: u32::try_from(self.envelope.encode().len()).unwrap(),
            keys,
        };
        Entry::new(at(self.time), Digest::ZERO, body).unwrap()
    }

    fn receipt(&self) -> proto::Receipt {
        let entry = self.entry().encode();
        let root = leaf_hash(&entry);
        proto::Receipt {
            index: 0,
            entry: entry.into(),
            inclusion: Vec::new(),
            checkpoint: self.checkpoint(1, root),
            state: proto::ReceiptState::Signed.into(),
            duplicate: false,
        }
    }

    fn checkpoint(&self, size: u64, root: Digest) -> String {
        let origin = ORIGIN.parse().unwrap();
        let checkpoint = Checkpoint::new(origin, TreeSize::new(size), root).unwrap();
        checkpoint.sign(self.signer.as_ref()).unwrap().to_string()
    }

    async fn submitted(&self, receipts: Vec<proto::Receipt>) -> Vec<Result<(), ClientError>> {
        let count = receipts.len();
        let client = given(self.world, receipts).await;
        let mut outcomes = Vec::new();
        for _ in 0..count {
            outcomes.push(client.submit(&self.envelope).await.map(drop));
        }
        outcomes
    }
}

#[test]
fn an_honest_receipt_is_taken() {
    block_on(async {
        let world = World::new();
        let forged = Forged::new(&world, 1);
        let outcomes = forged.submitted(vec![forged.receipt(), forged.receipt()]).await;
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    });
}

#[test]
fn a_recall_filed_under_too_few_keys_is_found_at_once() {
    block_on(async {
        let world = World::new();
        let mut forged = Forged::new(&world, 1);
        forged.drop_key = true;
        let outcomes = forged.submitted(vec![forged.receipt()]).await;
        let [Err(ClientError::Receipt(ReceiptError::Keys(RecordError::KeyLeftOut { .. })))] =
            outcomes.as_slice()
        else {
            panic!("{outcomes:?}")
        };
    });
}

#[test]
fn a_receipt_that_shows_something_else_is_refused() {
    block_on(async {
        let world = World::new();
        let forged = Forged::new(&world, 1);
        let check = async |change: fn(&mut proto::Receipt, &Forged<'_>), expected: &str| {
            let mut receipt = forged.receipt();
            change(&mut receipt, &forged);
            let outcome = forged.submitted(vec![receipt]).await.remove(0);
            let error = outcome.unwrap_err();
            let cause = std::error::Error::source(&error).map(ToString::to_string);
            let said = format!("{error}: {}", cause.unwrap_or_default());
            assert!(said.contains(expected), "{said:?} has no {expected:?}");
        };
        check(|it, _| it.index = 1, "inclusion proof").await;
        check(|it, _| it.inclusion.push(Bytes::from_static(&[1; 32])), "inclusion proof").await;
        check(|it, _| it.inclusion.push(Bytes::from_static(&[1; 31])), "31 bytes").await;
        check(|it, _| it.checkpoint.push('x'), "checkpoint").await;
        check(|it, _| it.checkpoint.clear(), "checkpoint").await;
        check(|it, forged| *it = Forged::new(forged.world, 2).receipt(), "statement").await;
        check(
            |it, forged| {
                let other = Arc::new(PrivateKey::from_seed([77; 32]));
                let forged = Forged { signer: other, ..Forged::new(forged.world, 1) };
                it.checkpoint = forged.receipt().checkpoint;
            },
            "checkpoint",
        )
        .await;
        check(
            |it, forged| {
                let root = leaf_hash(b"seal");
                let seal = Body::Seal { map_root: root, subjects: 1, previous_seal: 0.into() };
                let entry = Entry::new(at(forged.time), root, seal).unwrap().encode();
                it.checkpoint = forged.checkpoint(1, leaf_hash(&entry));
                it.entry = entry.into();
            },
            "no attestation",
        )
        .await;
        check(
            |it, forged| {
                // The statement is its own, signed by somebody else, and not said to be older.
                let mut other = Forged::new(forged.world, 1);
                let key = PrivateKey::from_seed([77; 32]);
                other.envelope =
                    Envelope::sign(forged.envelope.payload().to_vec(), &[&key]).unwrap();
                *it = other.receipt();
            },
            "envelope",
        )
        .await;
    });
}

#[test]
fn two_histories_are_found() {
    block_on(async {
        let world = World::new();
        let (one, mut other) = (Forged::new(&world, 1), Forged::new(&world, 1));
        other.time = "2026-10-01T09:00:00Z";
        let outcomes = one.submitted(vec![one.receipt(), other.receipt()]).await;
        let [Ok(()), Err(ClientError::Fork { seen, found, .. })] = outcomes.as_slice() else {
            panic!("{outcomes:?}")
        };
        // Both are kept, and both are signed: that is the proof.
        assert_eq!(seen.to_string(), one.receipt().checkpoint);
        assert_eq!(found.to_string(), other.receipt().checkpoint);
    });
}

#[test]
fn a_log_that_grew_out_of_another_is_not_followed() {
    block_on(async {
        let world = World::new();
        let (one, mut other) = (Forged::new(&world, 1), Forged::new(&world, 1));
        other.time = "2026-10-01T09:00:00Z";
        let mut receipt = other.receipt();
        let (first, second) = (leaf_hash(&receipt.entry), leaf_hash(b"another"));
        let mut tree = CompactRange::default();
        tree.append(first);
        tree.append(second);
        receipt.inclusion = vec![Bytes::copy_from_slice(second.as_bytes())];
        receipt.checkpoint = other.checkpoint(2, tree.root());
        let outcomes = one.submitted(vec![one.receipt(), receipt]).await;
        let [Ok(()), Err(ClientError::Inconsistent { .. })] = outcomes.as_slice() else {
            panic!("{outcomes:?}")
        };
    });
}

#[test]
fn answers_out_of_order_end_a_stream() {
    block_on(async {
        let world = World::new();
        let forged = Forged::new(&world, 1);
        let client = given(&world, vec![forged.receipt()]).await;
        let mut answers = client.submit_stream(stream::iter([forged.envelope.clone()]));
        let error = answers.next().await.unwrap().unwrap_err();
        assert!(matches!(error, ClientError::Order { expected: 0, found: 7 }), "{error:?}");
        assert!(answers.next().await.is_none());
    });
}

#[test]
fn a_checkpoint_kept_from_before_is_held_against_what_comes() {
    block_on(async {
        let world = World::new();
        let (one, mut other) = (Forged::new(&world, 1), Forged::new(&world, 1));
        other.time = "2026-10-01T09:00:00Z";
        let url = lie(&world.genesis, receipts_only(vec![other.receipt()])).await;
        let options = ClientOptions {
            genesis: Some(world.genesis.clone()),
            seen: Some(one.receipt().checkpoint),
            ..ClientOptions::default()
        };
        let client = Client::connect(&url, options).await.unwrap();
        let error = client.submit(&one.envelope).await.unwrap_err();
        assert!(matches!(error, ClientError::Fork { .. }), "{error:?}");
    });
}

#[test]
fn a_trust_root_of_the_servers_is_known_to_be_that() {
    block_on(async {
        let world = World::new();
        let url = lie(&world.genesis, Lies::default()).await;
        let client = Client::connect(&url, ClientOptions::default()).await.unwrap();
        assert_eq!(client.trust_root(), TrustRoot::FromServer);
        assert_eq!(client.genesis(), &world.genesis);
        assert_eq!(given(&world, Vec::new()).await.trust_root(), TrustRoot::Given);
        let error = Client::connect("not a url", ClientOptions::default()).await.unwrap_err();
        assert!(matches!(error, ClientError::Url { .. }), "{error:?}");
    });
}
