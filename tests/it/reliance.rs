//! What rests on a document: worked case (b) of conformity.md, on paper, and what happens around it.

use std::sync::Arc;

use probant::attestation::types::{ListingAction, VerdictWord};
use probant::audit::{AuditOptions, read};
use probant::identifier::{DocumentUri, OperatorUri};
use probant::log_key::LogKeys;
use probant::merkle::EntryIndex;
use probant::policy::{Evidence, EvidenceStatus, PolicySet};
use probant::record::Record;
use probant::reliance::{
    DocumentName, ListingFilter, Reliance, RelianceError, RestingListing, Unseen, reliance,
};
use serde_json::json;

use crate::audit_gaps::add;
use crate::audit_listings::logged;
use crate::case::{Question, VOLTARIS, identity, parties};
use crate::dossier::{evaluated, paper_at};
use crate::paper_log::{Paper, PaperLog};
use crate::verdict_charger::{CHARGER, charger_identity, doc, eu_type, first_half};
use crate::world::{
    BODY, Draft, LAB, RIVAL, TOY, VERIFIER, World, erasure, listing, named, status_change, target,
    transcribed,
};

const NUMBER: &str = "RED-9999-24-00781";

/// A shop window: a log in which offers go up, and their certificates fall.
pub(crate) struct Shop {
    pub(crate) world: World,
    pub(crate) log: PaperLog,
    certificate: Arc<Record>,
}

impl Shop {
    /// The charger, its certificate and declaration, and nothing that is listed.
    pub(crate) fn charger() -> Self {
        let case = first_half(parties("2024-01-05"), true);
        let log = paper_at(&case.world, "2026-06-01T00:00:00Z");
        let mut shop = Self { world: case.world, log, certificate: case.certificate };
        shop.at("2026-06-01T00:00:00Z");
        shop
    }

    pub(crate) fn at(&mut self, time: &str) -> &mut Self {
        self.world.at(time);
        self.log.at(time);
        self
    }

    pub(crate) fn add(&mut self, draft: Draft) -> (EntryIndex, Arc<Record>) {
        add(&mut self.world, &mut self.log, draft)
    }

    /// Logs what a platform or a verifier does; it is about the log, which has more entries than the
    /// world has records.
    fn log(&mut self, draft: Draft) -> (EntryIndex, String) {
        let envelope = self.world.envelope(draft);
        (self.log.attest(&envelope), envelope.statement_digest().to_string())
    }

    /// Puts the charger up under a verdict of this moment; gives the entries of both.
    pub(crate) fn list(&mut self, number: &str) -> [EntryIndex; 2] {
        let asked = crate::verdict_charger::question().set("/offer/listing_id", json!(number));
        self.list_as(asked, number, CHARGER, VOLTARIS)
    }

    fn list_as(
        &mut self,
        asked: Question,
        number: &str,
        product: &str,
        trader: &str,
    ) -> [EntryIndex; 2] {
        self.log.seal();
        let asked = asked.set("/legal_at", json!(self.log.now.to_string()));
        let (_, _, verdict) = evaluated(&self.log, &asked);
        assert_eq!(verdict.word(), VerdictWord::Listable, "{:#?}", verdict.body().findings);
        let draft = logged(&verdict, VERIFIER, "verifier").set("/product", json!(product));
        let (checked, verdict) = self.log(draft.set("/listing_id", json!(number)));
        let draft = listing(number, "LISTED").set("/verdict", json!(verdict));
        let draft = draft.set("/product", json!(product)).set("/trader", json!(trader));
        let (listed, _) = self.log(draft.document(number, "2026-06-01"));
        [checked, listed]
    }

    pub(crate) fn delist(&mut self, number: &str, cause: &Record) -> EntryIndex {
        let draft = listing(number, "DELISTED").document(number, "2026-06-01");
        let draft = draft.set("/product", json!(CHARGER)).set("/trader", json!(VOLTARIS));
        self.log(draft.set("/cause", json!(cause.digest().to_string()))).0
    }

    pub(crate) fn withdraw(&mut self, action: &str) -> (EntryIndex, Arc<Record>) {
        let target = target(&self.certificate);
        let draft = status_change(BODY, "notified_body", action, target);
        let now = self.log.now.to_string();
        self.add(draft.set("/effective_at", json!(now)))
    }

    fn records(&mut self) -> Evidence {
        self.log.seal();
        evidence(&self.log).unwrap()
    }

    fn find(&mut self) -> Reliance {
        reliance(&self.records(), &certificate()).unwrap()
    }
}

pub(crate) fn evidence(log: &PaperLog) -> Option<Evidence> {
    let policies = PolicySet::empty();
    let now = "2030-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    let known = LogKeys::new(&log.genesis);
    let (report, records) =
        read(&mut log.files(), &log.genesis, &known, &options, &mut |_| {}).unwrap();
    assert_eq!(report.is_sound(), records.is_some(), "{report}");
    records
}

fn certificate() -> DocumentName {
    DocumentName::of_issuer(&BODY.parse().unwrap(), NUMBER, None).unwrap()
}

fn in_short(listing: &RestingListing) -> (&str, EntryIndex, Option<EntryIndex>, Option<u64>) {
    let ended = listing.ended.map(|down| down.at.entry);
    (&listing.listing_id, listing.listed.entry, ended, listing.after_fall_ms)
}

fn numbers(of: &[probant::reliance::RestingRecord]) -> Vec<&str> {
    of.iter().filter_map(|record| record.number.as_deref()).collect()
}

#[test]
fn a_certificate_that_falls_takes_its_declaration_its_product_and_its_listings() {
    let mut shop = Shop::charger();
    let [verdict, up] = shop.list("MK-2");
    let found = shop.find();
    assert_eq!((found.status, &found.fall), (Some(EvidenceStatus::InForce), &None));
    assert_eq!(numbers(&found.records), [NUMBER]);
    assert_eq!(numbers(&found.resting), ["VD-781"]);
    assert_eq!(found.resting[0].cites, [found.records[0].at.entry]);
    let products: Vec<&str> = found.products.iter().map(|of| of.product.as_str()).collect();
    assert_eq!(products, [CHARGER]);
    // By its identity, which is made to the type, and by the declaration.
    assert_eq!(found.products[0].by.len(), 2);
    assert_eq!(found.verdicts.iter().map(|of| of.at.entry).collect::<Vec<_>>(), [verdict]);
    assert_eq!(found.verdicts[0].used.len(), 2, "the certificate and the declaration");
    assert_eq!(in_short(&found.listings[0]), ("MK-2", up, None, None));
    assert_eq!((found.listings.len(), found.unseen), (1, Unseen::default()));
    assert!(found.operators.iter().any(|of| of.name == "Marketo"));

    shop.at("2026-09-30T08:00:00Z");
    let (_, withdrawal) = shop.withdraw("WITHDRAW");
    shop.at("2026-09-30T09:30:00Z");
    let found = shop.find();
    let fall = found.fall.unwrap();
    assert_eq!(found.status, Some(EvidenceStatus::Withdrawn));
    assert_eq!(fall.record.unwrap().statement, *withdrawal.digest());
    assert_eq!(fall.time.to_string(), "2026-09-30T08:00:00Z");
    assert_eq!(in_short(&found.listings[0]), ("MK-2", up, None, Some(90 * 60_000)));

    shop.at("2026-09-30T14:00:00Z");
    let down = shop.delist("MK-2", &withdrawal);
    let found = shop.find();
    assert_eq!(in_short(&found.listings[0]), ("MK-2", up, Some(down), Some(360 * 60_000)));
    let ended = found.listings[0].ended.unwrap();
    assert!(ended.names_fall && ended.action == ListingAction::Delisted);
}

#[test]
fn what_rests_on_something_else_is_left_out() {
    let mut shop = Shop::charger();
    let other = eu_type("RED-9999-24-00001", "VOL-OTHER", "2024-05-02", "2029-05-01");
    shop.at("2026-06-01T00:00:00Z").add(other);
    shop.list("MK-2");
    let name = DocumentName::of_issuer(&BODY.parse().unwrap(), "RED-9999-24-00001", None).unwrap();
    let found = reliance(&shop.records(), &name).unwrap();
    assert!(found.is_empty(), "{found:#?}");
    assert_eq!(found.records.len(), 1);
}

#[test]
fn a_document_is_found_by_any_of_its_names() {
    let mut shop = Shop::charger();
    let (statement, index) = (*shop.certificate.digest(), shop.certificate.index());
    let records = shop.records();
    let expected = reliance(&records, &certificate()).unwrap();
    let uri = DocumentUri::new(&BODY.parse().unwrap(), NUMBER).unwrap();
    for text in [
        statement.to_string(),
        format!("sha256:{statement}"),
        index.to_string(),
        uri.to_string(),
        format!(" {uri}\n"),
    ] {
        let name: DocumentName = text.parse().unwrap();
        assert_eq!(reliance(&records, &name).unwrap(), expected, "{text}");
    }
    for text in ["", "RED-9999-24-00781", "-1", "urn:nando:9999", "urn:probant:document:x"] {
        text.parse::<DocumentName>().expect_err(text);
    }
}

#[test]
fn a_name_that_is_unknown_or_means_several_documents_is_refused() {
    let mut shop = Shop::charger();
    let again = eu_type(NUMBER, "VOL-QI15", "2024-05-02", "2029-05-01");
    shop.add(again.set("/header/document/version", json!("2")));
    let records = shop.records();
    let ask = |name: &DocumentName| reliance(&records, name);
    let error = ask(&certificate()).unwrap_err();
    let RelianceError::Versions { versions, .. } = &error else { panic!("{error}") };
    assert_eq!(versions, &["1", "2"]);
    let version = |version: &str| {
        DocumentName::of_issuer(&BODY.parse().unwrap(), NUMBER, Some(version.to_owned())).unwrap()
    };
    assert_eq!(numbers(&ask(&version("1")).unwrap().resting), ["VD-781"]);
    assert!(ask(&version("2")).unwrap().resting.is_empty());
    let error = ask(&version("3")).unwrap_err();
    assert!(matches!(error, RelianceError::Version { .. }), "{error}");
    let unknown = DocumentName::of_issuer(&BODY.parse().unwrap(), "RED-0", None).unwrap();
    let error = ask(&unknown).unwrap_err();
    assert!(matches!(error, RelianceError::Document { .. }), "{error}");
    let error = ask(&"00".repeat(32).parse().unwrap()).unwrap_err();
    assert!(matches!(error, RelianceError::Statement { .. }), "{error}");
    // A seal, and no entry at all.
    for index in [records.as_of().size.get() - 1, 99_999] {
        let error = ask(&DocumentName::Entry(EntryIndex::new(index))).unwrap_err();
        assert!(matches!(error, RelianceError::Entry { .. }), "{error}");
    }
    // Who rests on an accreditation does not cite it: no answer would be a wrong one.
    let registration = DocumentName::Entry(EntryIndex::new(1));
    let error = ask(&registration).unwrap_err();
    assert!(matches!(error, RelianceError::Kind { .. }), "{error}");
}

#[test]
fn what_cites_what_cites_it_rests_on_it_too_and_circles_end() {
    let mut shop = Shop::charger();
    let cites = |number: &str, cited: &[&str]| {
        let references =
            cited.iter().map(|of| json!({"rel": "basis", "document": named(VOLTARIS, of)}));
        doc(number, "VOL-QI15", "RED-0", "2026-05-01")
            .set("/header/references", json!(references.collect::<Vec<_>>()))
            .set("/notified_body", json!(null))
    };
    shop.add(cites("VD-2", &["VD-781", "VD-3"]));
    shop.add(cites("VD-3", &["VD-2"]));
    shop.add(cites("VD-4", &["VD-9"]));
    let found = shop.find();
    assert_eq!(numbers(&found.resting), ["VD-781", "VD-2", "VD-3"]);
    let entry = |place: usize| found.resting[place].at.entry;
    assert_eq!(found.resting[1].cites, [entry(0), entry(2)]);
    assert_eq!(found.resting[2].cites, [entry(1)]);

    // Cited and never logged: what rests on it can be told all the same.
    let missing = DocumentName::of_issuer(&VOLTARIS.parse().unwrap(), "VD-9", None).unwrap();
    let found = reliance(&shop.records(), &missing).unwrap();
    assert_eq!((found.status, found.records.len()), (None, 0));
    assert_eq!(numbers(&found.resting), ["VD-4"]);
}

#[test]
fn copies_of_a_document_are_the_document() {
    let mut shop = Shop::charger();
    let copy = eu_type(NUMBER, "VOL-QI15", "2024-05-02", "2029-05-01");
    let (_, copy) = shop.add(transcribed(copy, RIVAL));
    let found = shop.find();
    let copiers: Vec<Option<&str>> =
        found.records.iter().map(|of| of.copied_by.as_ref().map(OperatorUri::as_str)).collect();
    assert_eq!(copiers, [None, Some(RIVAL)]);
    // By the copy's name, it is the same.
    let by_copy = DocumentName::Statement(*copy.digest());
    assert_eq!(reliance(&shop.records(), &by_copy).unwrap().records, found.records);
    // It stands as the issuer's own record stands.
    shop.at("2026-09-30T08:00:00Z").withdraw("WITHDRAW");
    let found = shop.find();
    assert_eq!(found.status, Some(EvidenceStatus::Withdrawn));
    assert!(found.records.iter().all(|of| of.status == EvidenceStatus::Withdrawn));
}

#[test]
fn a_copy_says_for_itself_alone_on_what_it_rests() {
    let mut shop = Shop::charger();
    let basis = |number: &str| json!([{"rel": "basis", "document": named(BODY, number)}]);
    let declared = |number: &str, cited: &str| {
        doc(number, "VOL-QI15", "RED-0", "2026-05-01")
            .set("/header/references", basis(cited))
            .set("/notified_body", json!(null))
    };
    // A rival's copy makes the declaration cite another certificate than it does.
    let (own, _) = shop.add(declared("VD-2", "RED-0"));
    let (copy, _) = shop.add(transcribed(declared("VD-2", NUMBER), RIVAL));
    let cites_own = json!([{"rel": "basis", "document": named(VOLTARIS, "VD-2")}]);
    let (behind, _) = shop.add(declared("VD-3", "RED-0").set("/header/references", cites_own));
    let entries = |shop: &mut Shop| -> Vec<EntryIndex> {
        shop.find().resting.iter().map(|of| of.at.entry).collect()
    };
    let found = entries(&mut shop);
    assert!(found.contains(&copy) && !found.contains(&own) && !found.contains(&behind));
    // What the issuer's own record cites, its copies rest on, whatever they say.
    let (copy, _) = shop.add(transcribed(declared("VD-781", "RED-0"), RIVAL));
    assert!(entries(&mut shop).contains(&copy));
    // Of a document that its issuer has not logged, everybody has what he copied himself.
    let certificate = || {
        eu_type("RED-7", "VOL-QI15", "2024-05-02", "2029-05-01")
            .set("/header/references", basis(NUMBER))
    };
    shop.add(transcribed(certificate(), RIVAL));
    let (behind, _) = shop.add(declared("VD-4", "RED-7"));
    assert!(!entries(&mut shop).contains(&behind));
    shop.add(transcribed(certificate(), VOLTARIS));
    assert!(entries(&mut shop).contains(&behind));
}

#[test]
fn the_fall_is_the_change_since_which_it_does_not_count() {
    let mut shop = Shop::charger();
    let mut found = Vec::new();
    for (time, action) in [
        ("2026-07-01T00:00:00Z", "SUSPEND"),
        ("2026-07-02T00:00:00Z", "REINSTATE"),
        ("2026-07-03T00:00:00Z", "SUSPEND"),
        ("2026-07-04T00:00:00Z", "WITHDRAW"),
    ] {
        let (entry, _) = shop.at(time).withdraw(action);
        let fall = shop.find();
        let cause = fall.fall.and_then(|of| of.record).map(|of| of.at.entry);
        found.push((entry, fall.status.unwrap(), cause));
    }
    let [first, reinstated, second, withdrawn] = [0, 1, 2, 3].map(|place: usize| found[place].0);
    assert_eq!(
        found,
        [
            (first, EvidenceStatus::Suspended, Some(first)),
            (reinstated, EvidenceStatus::InForce, None),
            (second, EvidenceStatus::Suspended, Some(second)),
            (withdrawn, EvidenceStatus::Withdrawn, Some(second)),
        ]
    );
    // Nobody withdraws what ends by itself.
    let mut shop = Shop::charger();
    shop.at("2029-06-01T00:00:00Z");
    let found = shop.find();
    assert_eq!(found.status, Some(EvidenceStatus::Expired));
    let fall = found.fall.unwrap();
    assert_eq!((fall.time.to_string().as_str(), fall.record), ("2029-05-02T00:00:00Z", None));
}

#[test]
fn what_can_not_be_looked_at_is_counted() {
    let mut shop = Shop::charger();
    let [verdict, up] = shop.list("MK-2");
    let withhold = |shop: &mut Shop, index: EntryIndex| {
        shop.log.payloads[index.get() as usize] = Paper::Withheld;
    };
    withhold(&mut shop, verdict);
    let found = shop.find();
    assert_eq!((found.verdicts.len(), found.listings.len()), (0, 0));
    assert_eq!(found.unseen, Unseen { withheld: 1, erased: 0, listings: 1 });
    withhold(&mut shop, up);
    let found = shop.find();
    assert_eq!(found.unseen, Unseen { withheld: 2, erased: 0, listings: 0 });
    // What rests on it in public is there all the same.
    assert_eq!((found.resting.len(), found.products.len()), (1, 1));

    // What was erased counts if it may have been of such a kind; here the declaration itself.
    let declaration = EntryIndex::new(found.resting[0].at.entry.get());
    let record = shop.world.log.iter().find(|of| of.index() == declaration).unwrap().clone();
    shop.at("2026-06-02T00:00:00Z").add(erasure(VOLTARIS, "manufacturer", &record));
    shop.log.erase(declaration);
    let found = shop.find();
    assert_eq!((found.unseen.erased, found.resting.len()), (1, 0));
}

#[test]
fn a_listing_that_goes_on_under_another_verdict_rests_on_that() {
    let mut shop = Shop::charger();
    let [_, first] = shop.list("MK-2");
    shop.at("2026-06-03T00:00:00Z");
    let [_, second] = shop.list("MK-2");
    let found = shop.find();
    let rows: Vec<_> = found.listings.iter().map(in_short).collect();
    assert_eq!(rows, [("MK-2", first, Some(second), None), ("MK-2", second, None, None)]);
    assert_eq!(found.listings[0].ended.unwrap().action, ListingAction::Listed);
}

#[test]
fn a_listing_is_one_of_those_that_were_up_in_a_time_or_is_not() {
    let mut shop = Shop::charger();
    shop.at("2026-06-02T00:00:00Z").list("MK-2");
    shop.at("2026-06-05T00:00:00Z");
    let cause = shop.certificate.clone();
    shop.delist("MK-2", &cause);
    shop.list("MK-3");
    let found = shop.find();
    let asked = |is_up: bool, from: Option<&str>, until: Option<&str>| {
        let time = |of: &str| format!("{of}T00:00:00Z").parse().unwrap();
        let filter = ListingFilter { is_up, from: from.map(time), until: until.map(time) };
        let held = found.listings.iter().filter(|of| filter.holds(of));
        held.map(|of| of.listing_id.as_str()).collect::<Vec<_>>()
    };
    assert_eq!(asked(false, None, None), ["MK-2", "MK-3"]);
    assert_eq!(asked(true, None, None), ["MK-3"]);
    assert_eq!(asked(false, Some("2026-06-03"), Some("2026-06-04")), ["MK-2"]);
    assert_eq!(asked(true, Some("2026-06-03"), Some("2026-06-04")), [""; 0]);
    // It came down and went up at this very instant.
    assert_eq!(asked(false, Some("2026-06-05"), None), ["MK-3"]);
    assert_eq!(asked(false, None, Some("2026-06-05")), ["MK-2"]);
    assert_eq!(asked(false, None, Some("2026-06-02")), [""; 0]);
}

#[test]
fn a_product_made_to_the_type_and_a_pack_that_holds_one_are_listed() {
    let mut shop = Shop::charger();
    let pack = "https://id.gs1.org/01/19521000400037";
    let category = json!({"cn": "85044060"});
    let holds = identity(VOLTARIS, pack, &["VOL-PACK"], &category, &[])
        .set("/contains", json!([{"id": CHARGER, "quantity": 10}]));
    let (held_by, _) = shop.add(holds);
    let (other, _) = shop.add(identity(RIVAL, TOY, &["VOL-QI15"], &category, &[]));
    let found = shop.find();
    let products: Vec<&str> = found.products.iter().map(|of| of.product.as_str()).collect();
    assert_eq!(products, [CHARGER, pack], "a type of another holder is another type");
    assert_eq!(found.products[1].by, [held_by]);
    assert!(found.products.iter().all(|of| !of.by.contains(&other)));
    // No record of the product cites the certificate: the type alone leads to it.
    let second = charger_identity(&["VOL-QI15-B"]);
    let (second, _) = shop.add(second);
    assert!(shop.find().products.iter().all(|of| !of.by.contains(&second)));
}

#[test]
fn a_test_report_is_a_document_like_any_other() {
    let world = crate::dossier::world();
    let log = paper_at(&world, "2026-11-23T00:00:00Z");
    let certificate = world.log[0].clone();
    let mut shop = Shop { world, log, certificate };
    shop.at("2026-11-23T00:00:00Z");
    let product = format!("{TOY}/10/L2610A");
    let trader = crate::world::IMPORTER;
    let [_, up] = shop.list_as(crate::dossier::question(), "MK-1", &product, trader);
    let name = DocumentName::of_issuer(&LAB.parse().unwrap(), "R-26-8811", None).unwrap();
    let found = reliance(&shop.records(), &name).unwrap();
    assert_eq!(numbers(&found.resting), ["DOC-LP-2026-014"]);
    assert_eq!(in_short(&found.listings[0]), ("MK-1", up, None, None));
    assert_eq!(found.listings[0].product.as_str(), product);
}

#[test]
fn a_log_that_is_not_sound_says_nothing_of_it() {
    let mut shop = Shop::charger();
    shop.log.seal();
    let place = shop.certificate.index().get() as usize;
    shop.log.payloads[place] = Paper::Absent;
    assert!(evidence(&shop.log).is_none());
}
