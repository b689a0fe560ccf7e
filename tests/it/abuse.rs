//! What competitors, rogue bodies and the careless try, and what admission makes of it.

use std::cell::Cell;
use std::convert::Infallible;
use std::sync::Arc;

use probant::admission::{Candidate, Context, Records, admit};
use probant::attestation::HeaderId;
use probant::envelope::StatementDigest;
use probant::identifier::{Class, SubjectUri};
use probant::merkle::EntryIndex;
use probant::reason::Reason;
use probant::record::Record;
use serde_json::json;

use crate::world::*;

/// Another authority of the same kind.
const OTHER_AUTHORITY: &str = "urn:lei:ZZZZ00TESTALABSNLB37";

#[test]
fn a_copy_gives_who_made_it_no_right_over_the_original() {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    // The rival's copy says that the maker's declaration was made for the rival.
    let copy = transcribed(declaration(MAKER, "authorised_rep", RIVAL, "DOC-1"), RIVAL);
    let copy = world.add(copy);
    world.add(declaration(MAKER, "manufacturer", MAKER, "DOC-1"));
    let by_rival = status_change(RIVAL, "manufacturer", "WITHDRAW", target(&copy));
    world.refused(Reason::ChangeNotPermitted, by_rival);
    let by_name = json!({"document": named(MAKER, "DOC-1")});
    let by_rival = status_change(RIVAL, "manufacturer", "WITHDRAW", by_name);
    world.refused(Reason::ChangeNotPermitted, by_rival);
    // Nor does one that says that a certificate is under the act for which its body has ceased.
    world.add(notification(NOTIFIER, BODY, TOYS, "GRANT"));
    world.add(notification(NOTIFIER, BODY, TOYS, "WITHDRAW"));
    let copy = world.add(transcribed(certificate(BODY, "CERT-1", TOYS), NOTIFIER));
    world.add(certificate(BODY, "CERT-1", RADIO));
    let withdraw = |issuer, role| status_change(issuer, role, "WITHDRAW", target(&copy));
    world.refused(Reason::ChangeNotPermitted, withdraw(NOTIFIER, "notifying_authority"));
    world.add(withdraw(AUTHORITY, "market_surveillance"));
    world.add(withdraw(BODY, "notified_body"));
}

#[test]
fn a_suspension_is_not_lifted_by_suspending_again() {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    let given = world.add(mandate("AUTHORISED_REP", MAKER, AGENT, TOY));
    let by_agent = |action| status_change(AGENT, "authorised_rep", action, target(&given));
    let by_maker = |action| status_change(MAKER, "manufacturer", action, target(&given));
    world.add(by_maker("SUSPEND"));
    world.refused(Reason::ChangeNotPermitted, by_agent("REINSTATE"));
    world.add(by_agent("SUSPEND"));
    world.add(by_agent("REINSTATE"));
    let declare = declaration(AGENT, "authorised_rep", MAKER, "AR-1");
    world.refused(Reason::IssuerNotAuthorised, declare.clone());
    world.refused(Reason::ChangeNotPermitted, by_agent("REINSTATE"));
    world.add(by_maker("REINSTATE"));
    world.add(declare);
}

#[test]
fn what_one_authority_set_by_type_another_does_not_take_back_by_product() {
    let mut world = World::new();
    world.add(registration(OTHER_AUTHORITY, "NL", &[]));
    world.add(grant(OTHER_AUTHORITY, "market_surveillance"));
    let by_type = measure(AUTHORITY, "market_surveillance", "M-1", types_of(MAKER, "LP-BEAR-30"));
    let set = world.add(by_type);
    let lift = |issuer| {
        update(issuer, "market_surveillance", "LIFT", &set, named(AUTHORITY, "M-1"))
            .set("/scope", scope(TOY))
    };
    world.refused(Reason::ChangeNotPermitted, lift(OTHER_AUTHORITY));
    world.add(lift(AUTHORITY));
}

#[test]
fn a_body_that_another_authority_still_notifies_has_not_ceased() {
    let mut world = World::new();
    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
    let record = world.add(certificate(BODY, "CERT-1", RADIO));
    let rogue = "urn:lei:ZZZZ00VOLTARISELEC39";
    world.add(registration(rogue, "NL", &[]));
    world.add(grant(rogue, "notifying_authority"));
    world.add(notification(rogue, BODY, RADIO, "GRANT"));
    world.add(notification(rogue, BODY, RADIO, "WITHDRAW"));
    let withdraw =
        |issuer| status_change(issuer, "notifying_authority", "WITHDRAW", target(&record));
    world.refused(Reason::ChangeNotPermitted, withdraw(rogue));
    world.add(notification(NOTIFIER, BODY, RADIO, "WITHDRAW"));
    world.add(withdraw(NOTIFIER));
}

#[test]
fn whoever_holds_the_model_holds_its_batches_and_variants() {
    for squatted in [lots(TOY, &["L1"]), scope(&format!("{TOY}/22/V1"))] {
        let mut world = World::new();
        world.add(identity(RIVAL, TOY).set("/scope", squatted.clone()));
        world.add(identity(MAKER, TOY));
        let by_rival = measure(RIVAL, "manufacturer", "RC-1", squatted.clone());
        world.refused(Reason::ChangeNotPermitted, by_rival);
        let again = identity(RIVAL, TOY).set("/scope", squatted.clone());
        world.refused(Reason::IdentifierTaken, again);
        world.add(identity(MAKER, TOY).set("/scope", squatted.clone()));
        world.add(measure(MAKER, "manufacturer", "RC-1", squatted));
    }
}

#[test]
fn what_was_annulled_gives_no_right_whatever_day_the_annulment_names() {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    let given = world.add(mandate("AUTHORISED_REP", MAKER, AGENT, TOY));
    let annul = status_change(MAKER, "manufacturer", "ANNUL", target(&given))
        .set("/effective_at", json!("2026-12-01T00:00:00Z"));
    world.add(annul);
    let declare = declaration(AGENT, "authorised_rep", MAKER, "AR-1");
    world.refused(Reason::IssuerNotAuthorised, declare);
}

#[test]
fn a_record_can_be_changed_whatever_names_are_registered_later() {
    let mut world = World::new();
    let holder = "https://id.gs1.org/417/9521000300002";
    let report = report(LAB, "R-1").set("/scope", types_of(holder, "X-1"));
    let reported = world.add(report);
    let copied = certificate("urn:nando:1234", "C-1", RADIO).set("/body_number", json!("1234"));
    let copied = world.add(transcribed(copied, IMPORTER));
    let newcomer = "urn:lei:ZZZZ00VOLTARISELEC39";
    world.add(registration(newcomer, "CN", &[holder, "urn:nando:1234"]));
    world.add(status_change(LAB, "lab", "WITHDRAW", target(&reported)));
    world.add(status_change(AUTHORITY, "market_surveillance", "WITHDRAW", target(&copied)));
    world.add(erasure(LAB, "lab", &reported));
    // What comes in new has the primary name.
    let new = crate::world::report(LAB, "R-2").set("/scope", types_of(holder, "X-1"));
    world.refused(Reason::IdentifierInvalid, new);
    let never_logged = json!({"document": named("urn:nando:1234", "C-2")});
    let withdraw = status_change(AUTHORITY, "market_surveillance", "WITHDRAW", never_logged);
    world.refused(Reason::IdentifierInvalid, withdraw);
}

#[test]
fn no_statement_names_an_operator_by_an_alias_wherever_it_stands() {
    let mut world = World::new();
    let product = json!("urn:probant:product:urn%3Avat%3AFR72999000110:SKU-1");
    let alias = json!(IMPORTER_ALIAS);
    let size = world.next_index().get();
    let basis = named(IMPORTER_ALIAS, "B-1");
    let drafts = [
        listing("MK-1", "REJECTED").set("/product", product.clone()),
        verdict(VERIFIER, "verifier", size).set("/product", product),
        verdict(VERIFIER, "verifier", size)
            .set("/listing_id", json!(null))
            .set("/platform", alias.clone()),
        grant(RIVAL, "lab").set("/basis", basis),
        report(LAB, "R-1").set("/sampled_by", alias),
    ];
    for draft in drafts.clone() {
        world.refused(Reason::IdentifierInvalid, draft);
    }
    // A name that has ended is nobody else's, and no other name of the operator either.
    world.add(registration(IMPORTER, "FR", &[]).set("/aliases_ended", json!([IMPORTER_ALIAS])));
    for draft in drafts {
        world.refused(Reason::IdentifierInvalid, draft);
    }
    let hit = measure(AUTHORITY, "market_surveillance", "RC-1", scope(TOY))
        .set("/operators", json!([IMPORTER_ALIAS]));
    world.refused(Reason::IdentifierInvalid, hit);
    let copied = transcribed(report(IMPORTER_ALIAS, "R-1"), PLATFORM);
    world.refused(Reason::IdentifierInvalid, copied);
}

#[test]
fn an_audit_finds_that_a_document_was_erased_by_somebody_else() {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    let declared = world.add(declaration(MAKER, "manufacturer", MAKER, "DOC-1"));
    let order = world.envelope(erasure(RIVAL, "manufacturer", &declared));
    let place = world.log.iter().position(|of| of.index() == declared.index()).unwrap();
    let gone = Record::erased(declared.index(), &world.entries[place]).unwrap();
    world.log[place] = Arc::new(gone);
    let candidate = Candidate::parse(order, |keyid| world.registry.public_key(keyid)).unwrap();
    let index = world.next_index();
    let time = declared.time();
    let (log_key, examiner) = (world.log_key, &world.judge);
    let context = Context { index, time, is_replay: true, log_key, examiner };
    let error = admit(&candidate, &world.registry, &world.view(index), &context).unwrap_err();
    assert!(error.to_string().contains("CHANGE_NOT_PERMITTED"), "{error}");
}

#[test]
fn an_authority_lifts_what_lies_within_its_powers() {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    world.add(registration(OTHER_AUTHORITY, "NL", &[]));
    let dutch = grant(OTHER_AUTHORITY, "market_surveillance").set("/countries", json!(["NL"]));
    world.add(dutch);
    let set = world.add(measure(MAKER, "manufacturer", "RC-1", scope(TOY)));
    let change =
        |change| update(OTHER_AUTHORITY, "market_surveillance", change, &set, named(MAKER, "RC-1"));
    world.refused(Reason::ChangeNotPermitted, change("LIFT"));
    // To take more off the market, no authority needs the others.
    world.add(change("EXTEND").set("/scope", lots(TOY, &["L1"])));
    let at_home = measure(MAKER, "manufacturer", "RC-2", scope(TOY));
    let at_home = world.add(at_home.set("/countries", json!(["NL"])));
    let lift =
        update(OTHER_AUTHORITY, "market_surveillance", "LIFT", &at_home, named(MAKER, "RC-2"));
    world.add(lift);
}

#[test]
fn customs_change_the_imports_of_their_own_countries() {
    let mut world = World::new();
    world.add(registration(OTHER_AUTHORITY, "NL", &[]));
    world.add(grant(OTHER_AUTHORITY, "customs").set("/countries", json!(["NL"])));
    let into = |country: &str, lot: &str| {
        let imported = import(IMPORTER, "FR99900011000018", lot, &format!("IMP-{lot}"));
        imported.set("/scope/countries", json!([country]))
    };
    let (french, dutch) = (world.add(into("FR", "L1")), world.add(into("NL", "L2")));
    let withdraw = |of: &Record| status_change(OTHER_AUTHORITY, "customs", "WITHDRAW", target(of));
    world.refused(Reason::ChangeNotPermitted, withdraw(&french));
    world.add(withdraw(&dutch));
    let declared = world.add(declaration(MAKER, "manufacturer", MAKER, "DOC-1"));
    world.refused(Reason::ChangeNotPermitted, withdraw(&declared));
}

#[test]
fn nothing_is_annulled_that_is_older_than_the_tie_to_its_issuer() {
    let mut world = World::new();
    world.at("2026-02-01T00:00:00Z").add(report(LAB, "R-1"));
    // Anyone who accredits can accredit a laboratory that never asked for it.
    world.at("2026-03-01T00:00:00Z");
    world.add(accreditation(ACCREDITOR, "ACC-1", "GRANT"));
    world.add(notification(NOTIFIER, BODY, TOYS, "GRANT"));
    for (issuer, role, of) in
        [(ACCREDITOR, "accreditation_body", LAB), (NOTIFIER, "notifying_authority", BODY)]
    {
        let since =
            |from: &str| status_change(issuer, role, "ANNUL", json!({"issuer": of, "from": from}));
        world.refused(Reason::ChangeNotPermitted, since("2026-02-28T23:59:59.999Z"));
        world.add(since("2026-03-01T00:00:00Z"));
    }
}

#[test]
fn what_replaced_another_record_is_not_erased_to_bring_that_back() {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    let old = world.add(declaration(MAKER, "manufacturer", MAKER, "DOC-1"));
    let new = declaration(MAKER, "manufacturer", MAKER, "DOC-2")
        .set("/header/supersedes", json!([old.digest().to_string()]));
    let new = world.add(new);
    world.refused(Reason::ChangeNotPermitted, erasure(MAKER, "manufacturer", &new));
    world.add(erasure(MAKER, "manufacturer", &old));
}

#[test]
fn what_is_just_small_enough_to_be_withdrawn_can_be_replaced() {
    let mut world = World::new();
    let types: Vec<_> = (0..499)
        .map(|number| json!({"holder": MAKER, "designation": format!("T-{number}")}))
        .collect();
    let scope = json!({"types": types});
    let mut issue = |number| {
        let declared = declaration(MAKER, "manufacturer", MAKER, number);
        world.add(declared.set("/scope", scope.clone()))
    };
    let (old, new) = (issue("DOC-1"), issue("DOC-2"));
    world.add(supersession(MAKER, "manufacturer", &old, &new));
    world.add(status_change(MAKER, "manufacturer", "WITHDRAW", target(&old)));
}

/// A dossier holds the chains of all documents that records on the product name, and nothing that is
/// kept from the public.
#[test]
fn nobody_draws_a_listing_into_the_evidence_on_a_product() {
    let mut world = World::new();
    world.add(listing("MK-1", "REJECTED").set("/header/audience", json!("PARTNER")));
    let cites = |document| json!([{"rel": "basis", "document": document}]);
    let copy = |document| {
        let copy = transcribed(report(LAB, "R-1"), RIVAL);
        copy.set("/header/references", cites(document))
    };
    for hidden in [
        named(PLATFORM, "MK-1"),
        // Not there yet: the number may be one of tomorrow.
        named(PLATFORM, "MK-2"),
        named(VERIFIER, "id-77"),
    ] {
        world.refused(Reason::TargetUnknown, copy(hidden.clone()));
        let own = declaration(RIVAL, "manufacturer", RIVAL, "D-1");
        let certificate = json!({
            "number": "9999", "intervention": "none", "certificate": hidden.clone(),
        });
        world.refused(Reason::TargetUnknown, own.set("/notified_body", certificate));
        let imported = import(IMPORTER, "FR99900011000018", "L1", "IMP-1");
        world.refused(Reason::TargetUnknown, imported.set("/checked/doc", hidden));
    }
    // Who runs a platform may have a laboratory, too.
    world.add(grant(PLATFORM, "lab"));
    world.add(report(PLATFORM, "R-9"));
    world.add(copy(named(PLATFORM, "R-9")));
    // What others have not logged yet can be named as ever.
    world.add(copy(named(LAB, "R-99")).document("R-2", "2026-01-04"));
}

/// Counts how often a statement is looked up.
struct Counted<'a> {
    view: View<'a>,
    lookups: Cell<usize>,
}

impl Records for Counted<'_> {
    type Error = Infallible;

    fn by_statement(&self, digest: &StatementDigest) -> Result<Option<Arc<Record>>, Infallible> {
        self.lookups.set(self.lookups.get() + 1);
        self.view.by_statement(digest)
    }

    fn chain(&self, class: Class, uri: &SubjectUri) -> Result<Vec<Arc<Record>>, Infallible> {
        self.view.chain(class, uri)
    }

    fn id_holder(&self, scope: &str, id: &HeaderId) -> Result<Option<EntryIndex>, Infallible> {
        self.view.id_holder(scope, id)
    }
}

#[test]
fn what_is_named_a_thousand_times_is_compared_once() {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    let first = world.add(declaration(MAKER, "manufacturer", MAKER, "DOC-1"));
    let reference = json!({"rel": "reaffirms", "statement": first.digest().to_string()});
    let again = declaration(MAKER, "manufacturer", MAKER, "DOC-1")
        .set("/header/references", json!(vec![reference; 1000]));
    let envelope = world.envelope(again);
    let candidate = Candidate::parse(envelope, |keyid| world.registry.public_key(keyid)).unwrap();
    let index = world.next_index();
    let counted = Counted { view: world.view(index), lookups: Cell::new(0) };
    let (time, log_key, examiner) = (first.time(), world.log_key, &world.judge);
    let context = Context { index, time, is_replay: false, log_key, examiner };
    assert!(admit(&candidate, &world.registry, &counted, &context).is_ok());
    // Once to see whether it is known itself, once for what it reaffirms.
    assert_eq!(counted.lookups.get(), 2);
}
