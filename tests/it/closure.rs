//! The closure (conformity.md, section 12): every chain in which something could stand against the
//! goods is looked up, and no graph of records makes that endless.

use std::collections::BTreeMap;
use std::convert::Infallible;
use std::sync::Arc;

use probant::attestation::Statement;
use probant::attestation::types::VerdictWord::{Listable, NotListable};
use probant::entry::{Body, Entry};
use probant::hash::Digest;
use probant::identifier::{Class, SubjectKey, SubjectUri};
use probant::key::Signer as _;
use probant::merkle::{EntryIndex, TreeSize};
use probant::policy::closure::{CHAINS_MAX, ChainSource, ClosureError, RECORDS_MAX, collect};
use probant::policy::{AsOf, NormalQuery};
use probant::record::Record;
use probant::time::Timestamp;
use serde_json::json;

use crate::case::{parties, policies};
use crate::verdict_plush_toy::{doc, importer_declaration, plush_identity, question, test_report};
use crate::world::{
    AGENT, Draft, LAB, MAKER, ORIGIN, TOY, World, key, mandate, named, sign, status_change,
};

/// The plush toy with another identity and another mandate, behind what was logged first.
fn world_of(first: &[Draft], identity: Draft, mandate: Draft) -> World {
    let mut world = parties("2026-01-05");
    for draft in first {
        world.at("2026-08-01T00:00:00Z").add(draft.clone());
    }
    world.at("2026-08-22T00:00:00Z").add(test_report());
    world.at("2026-08-30T00:00:00Z").add(identity);
    world.at("2026-09-01T00:00:00Z").add(doc("2026-09-01"));
    world.at("2026-10-05T00:00:00Z").add(importer_declaration("L2610A"));
    world.at("2026-10-06T00:00:00Z").add(mandate);
    world.at("2026-11-20T00:00:00Z");
    world
}

#[test]
fn what_was_withdrawn_before_it_was_logged_stays_withdrawn() {
    let identity = || plush_identity().document("ID-1", "2026-08-30");
    let distributor = || {
        mandate("AUTHORISED_DISTRIBUTOR", MAKER, AGENT, TOY)
            .valid("2026-10-06", "2031-10-05")
            .document("M-1", "2026-10-06")
    };
    let asked = question().set("/trader/operator", json!(AGENT));
    world_of(&[], identity(), distributor()).check(&asked, Listable, &[]);
    for (number, finding) in
        [("M-1", "TRADER-LINK TRADER_NOT_LINKED"), ("ID-1", "TOY-ID CERT_WITHDRAWN")]
    {
        let target = json!({"document": named(MAKER, number)});
        let withdrawn = status_change(MAKER, "manufacturer", "WITHDRAW", target);
        let world = world_of(&[withdrawn], identity(), distributor());
        world.check(&asked, NotListable, &[finding]);
    }
}

/// Records as they would stand in a log, without a log.
#[derive(Default)]
struct Chains {
    by_key: BTreeMap<SubjectKey, Vec<Arc<Record>>>,
    next: u64,
}

impl Chains {
    fn add(&mut self, draft: &Draft, subjects: &[String]) -> Arc<Record> {
        let id = json!(format!("id-{}", self.next));
        let envelope = sign(&draft.clone().set("/header/id", id), subjects);
        let signer = key(&draft.signers[0]);
        let verified = envelope.verify(|_| Some(*signer.public_key())).unwrap();
        let feed = Statement::parse(verified.payload()).unwrap().feed();
        let body = Body::Attestation {
            statement: verified.statement_digest(),
            envelope: verified.envelope().digest(),
            envelope_len: u32::try_from(verified.envelope().encode().len()).unwrap(),
            keys: feed.keys().into_iter().map(Digest::from).collect(),
        };
        let entry = Entry::new(Timestamp::default(), Digest::ZERO, body).unwrap();
        let index = EntryIndex::new(self.next);
        let record = Arc::new(Record::check(index, &entry, &verified).unwrap());
        for key in feed.keys() {
            self.by_key.entry(key).or_default().push(Arc::clone(&record));
        }
        self.next += 1;
        record
    }
}

impl ChainSource for Chains {
    type Error = Infallible;

    fn chain(
        &mut self,
        class: Class,
        subject: &SubjectUri,
    ) -> Result<Vec<Arc<Record>>, Infallible> {
        let key = SubjectKey::of(class, subject);
        Ok(self.by_key.get(&key).cloned().unwrap_or_default())
    }
}

fn as_of(query: &NormalQuery) -> AsOf {
    AsOf {
        origin: ORIGIN.to_owned(),
        size: TreeSize::new(1),
        map_root: Digest::ZERO,
        seal_time: query.legal_at,
    }
}

/// The event by which a pack comes to hold another pack, and something that is in all of them.
fn packing(outer: usize, inner: usize) -> (Draft, Vec<String>) {
    let item = |serial: &str| format!("{TOY}/21/{serial}");
    let (outer, inner, common) =
        (item(&format!("P{outer}")), item(&format!("P{inner}")), item("A"));
    let draft = Draft::of(
        "traceability-event",
        MAKER,
        "manufacturer",
        json!({
            "event": "AGGREGATION", "event_time": "2026-11-06T00:00:00Z", "offset": "+00:00",
            "biz_step": "packing", "inputs": [inner, common], "outputs": [outer],
        }),
    );
    (draft, vec![common, outer, inner])
}

#[test]
fn packs_in_packs_need_no_stack_however_they_are_logged() {
    const PACKS: usize = 1000;
    let mut chains = Chains::default();
    // The innermost first, and a circle: the innermost pack holds the outermost.
    for outer in (0..PACKS).rev() {
        let (draft, subjects) = packing(outer, (outer + 1) % PACKS);
        chains.add(&draft, &subjects);
    }
    let query =
        question().set("/product", json!({"gtin": "9521000200012", "serial": "P0"})).normal(1);
    let genesis = World::empty(1).genesis;
    let reader = std::thread::Builder::new()
        .stack_size(256 * 1024)
        .spawn(move || collect(&query, &policies(), &genesis, as_of(&query), &mut chains).unwrap());
    let evidence = reader.unwrap().join().unwrap();
    for pack in 0..PACKS {
        let uri = format!("{TOY}/21/P{pack}").parse().unwrap();
        assert!(evidence.chains().contains_key(&(Class::Adverse, uri)), "{pack}");
    }
}

/// A source that answers every question with the same records, and after some with none.
#[derive(Default)]
struct Same {
    records: Vec<Vec<Arc<Record>>>,
    asked: usize,
}

impl ChainSource for Same {
    type Error = Infallible;

    fn chain(&mut self, _: Class, _: &SubjectUri) -> Result<Vec<Arc<Record>>, Infallible> {
        self.asked += 1;
        Ok(self.records.pop().unwrap_or_default())
    }
}

/// Why there is no closure, and after how many chains that is known.
fn too_large(records: Vec<Vec<Arc<Record>>>) -> (ClosureError<Infallible>, usize) {
    let query = question().normal(1);
    let genesis = World::empty(1).genesis;
    let mut source = Same { records, ..Same::default() };
    // What should not have been collected is too much to be shown.
    let Err(error) = collect(&query, &policies(), &genesis, as_of(&query), &mut source) else {
        panic!("collected what no dossier can hold");
    };
    (error, source.asked)
}

#[test]
fn what_no_dossier_can_hold_is_not_collected() {
    let mut chains = Chains::default();
    let citing = |from: usize| {
        let cited = (from..from + 500)
            .map(|number| json!({"rel": "basis", "document": named(LAB, &format!("N-{number}"))}));
        doc("2026-09-01").set("/header/references", cited.collect())
    };
    let subjects = [type_of_bear(), TOY.to_owned()];
    let mut records: Vec<_> =
        (0..80).map(|number| chains.add(&citing(number * 500), &subjects)).collect();
    // The manufacturer has made itself known first.
    records.push(chains.add(&plush_identity(), &[TOY.to_owned()]));
    // Each chain that is loaded calls for five hundred more.
    let each = records.iter().map(|record| vec![Arc::clone(record)]).collect();
    let limit = CHAINS_MAX;
    let (error, asked) = too_large(each);
    assert_eq!(error, ClosureError::TooLarge { what: "chains", limit });
    // What was found has to be loaded twice: nothing more is kept or loaded than it takes to know.
    assert!(asked < 80, "{asked}");
    let long = vec![Arc::clone(&records[0]); 20_000];
    let limit = RECORDS_MAX;
    let mut long = vec![long; 60];
    long.extend(records.pop().map(|identity| vec![identity]));
    let (error, _) = too_large(long);
    assert_eq!(error, ClosureError::TooLarge { what: "records", limit });
}

fn type_of_bear() -> String {
    "urn:probant:type:https%3A%2F%2Fid.gs1.org%2F417%2F9521000200005:LP-BEAR-30".to_owned()
}
