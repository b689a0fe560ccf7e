//! What the ledger lets in, and what it refuses with which code: each test changes one thing of a
//! statement that is let in.

use probant::admission::{RefusalFinding, may_have_erased};
use probant::envelope::{Envelope, PAYLOAD_TYPE};
use probant::identifier::{Class, OperatorUri, ProductUri, SubjectKey};
use probant::key::{Signature, Signer as _};
use probant::reason::Reason;
use probant::record::Record;
use serde_json::json;

use crate::world::*;

/// A bear that has its identity, report and declaration.
fn world_with_toy() -> World {
    let mut world = World::new();
    world.add(identity(MAKER, TOY));
    world.add(report(LAB, "R-1"));
    world.add(declaration(MAKER, "manufacturer", MAKER, "DOC-1"));
    world
}

#[test]
fn a_whole_history_is_let_in() {
    let mut world = world_with_toy();
    let certificate = world.add(certificate(BODY, "CERT-1", RADIO));
    world.add(import(IMPORTER, "FR99900011000018", "L1", "IMP-1"));
    world.add(mandate("AUTHORISED_DISTRIBUTOR", MAKER, IMPORTER, TOY));
    world.add(event(MAKER, "manufacturer", &format!("{TOY}/10/L1")));
    world.add(accreditation(ACCREDITOR, "ACC-1", "GRANT"));
    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
    world.add(policy("POLICY-1"));
    let size = world.next_index().get();
    let verdict = world.add(verdict(VERIFIER, "verifier", size));
    let listed = listing("MK-1", "LISTED").set("/verdict", json!(verdict.digest().to_string()));
    world.add(listed);
    let recall = measure(MAKER, "manufacturer", "RC-1", lots(TOY, &["L1"]));
    let recall = world.add(recall);
    world.add(
        update(AUTHORITY, "market_surveillance", "EXTEND", &recall, named(MAKER, "RC-1"))
            .set("/scope", lots(TOY, &["L2"])),
    );
    world.add(status_change(BODY, "notified_body", "WITHDRAW", target(&certificate)));
    assert_eq!(world.replay(&world.log), []);
}

#[test]
fn the_same_statement_again_is_known_and_not_judged() {
    let mut world = World::new();
    let envelope = world.envelope(report(LAB, "R-1"));
    let record = world.offer_envelope(envelope.clone()).unwrap();
    let candidate =
        probant::admission::Candidate::parse(envelope, |key| world.registry.public_key(key));
    let index = world.next_index();
    let context = probant::admission::Context {
        index,
        time: record.time(),
        is_replay: false,
        log_key: world.log_key,
        examiner: &world.judge,
    };
    let again = candidate.unwrap();
    assert_eq!(again.digest(), *record.digest());
    let error = probant::admission::admit(&again, &world.registry, &world.view(index), &context);
    let expected = probant::admission::AdmissionError::Known { index: record.index() };
    assert_eq!(error.unwrap_err(), expected);
}

#[test]
fn signatures_are_those_that_the_type_calls_for() {
    let mut world = world_with_toy();
    let report_with = |draft: fn(Draft) -> Draft| draft(report(LAB, "R-2"));
    for (code, draft) in [
        (Reason::SignerUnexpected, report_with(|of| of.signed_by(&[RIVAL]))),
        (Reason::SignerUnexpected, report_with(|of| of.signed_by(&[LAB, RIVAL]))),
        (Reason::SignerUnexpected, report_with(|of| of.signed_by(&[LAB, "registrar-0"]))),
        (Reason::IssuerUnknown, report_with(|of| of.signed_by(&["nobody"]))),
        (Reason::IssuerUnknown, report_with(|of| of.signed_by(&[LAB, "nobody"]))),
        (
            Reason::SignatureMissing,
            mandate("RESPONSIBLE_PERSON", MAKER, AGENT, TOY).signed_by(&[MAKER]),
        ),
        (
            Reason::SignatureMissing,
            mandate("RESPONSIBLE_PERSON", MAKER, AGENT, TOY).signed_by(&[AGENT]),
        ),
        (
            Reason::SignerUnexpected,
            mandate("RESPONSIBLE_PERSON", MAKER, AGENT, TOY).signed_by(&[MAKER, AGENT, RIVAL]),
        ),
        (
            Reason::SignatureMissing,
            identity(MAKER, TOY).set(
                "/merchant_ids",
                json!([format!("urn:probant:product:{}:SKU-1", "urn%3Aeori%3AFR99900011000018")]),
            ),
        ),
        (Reason::SignatureMissing, grant(RIVAL, "lab").signed_by(&["registrar-0"])),
        (
            Reason::SignerUnexpected,
            grant(RIVAL, "lab").signed_by(&["registrar-0", "registrar-1", RIVAL]),
        ),
    ] {
        world.refused(code, draft);
    }
    let bound = identity(MAKER, TOY)
        .set("/merchant_ids", json!(["urn:probant:product:urn%3Aeori%3AFR99900011000018:SKU-1"]))
        .signed_by(&[MAKER, IMPORTER]);
    world.add(bound);
}

#[test]
fn what_is_malformed_is_refused_with_the_member() {
    let mut world = World::new();
    for (code, path, value, member) in [
        // A Cyrillic letter that reads as a Latin one.
        (Reason::IdentifierInvalid, "/header/document/number", json!("А-1"), "document.number"),
        (Reason::IdentifierInvalid, "/scope/types/0/holder", json!("urn:nando:99"), "holder"),
        (Reason::StatementInvalid, "/tested_from", json!("yesterday"), "tested_from"),
        (Reason::StatementInvalid, "/header/id", json!("a b"), "header.id"),
        (Reason::StatementInvalid, "/remark", json!("x"), "remark"),
    ] {
        let refusal = world.refused(code, report(LAB, "R-1").set(path, value));
        let found = refusal.findings()[0].member.clone().unwrap();
        assert!(found.ends_with(member), "{found}");
    }
    let refusal = world.refused(Reason::IdentifierInvalid, report(LAB, "R-1").about(&["x"]));
    assert_eq!(refusal.findings()[0].member.as_deref(), Some("subject.0.name"));
}

#[test]
fn a_signature_that_does_not_verify_is_refused_first() {
    let mut world = World::new();
    let envelope = world.envelope(report(LAB, "R-1").set("/overall", json!("NA")));
    let signature = Signature::new([0; 64]);
    let keyid = key(LAB).public_key().id();
    let forged = Envelope::new(PAYLOAD_TYPE, envelope.payload().to_vec(), vec![(keyid, signature)]);
    let refusal = world.offer_envelope(forged.unwrap()).unwrap_err();
    let codes: Vec<Reason> = refusal.findings().iter().map(|of| of.code).collect();
    assert_eq!(codes, [Reason::SignatureInvalid, Reason::StatementInvalid]);
    let member = refusal.findings()[1].member.as_deref();
    assert_eq!(member, Some("overall"));
}

#[test]
fn an_issuer_is_known_has_the_role_and_stays_within_it() {
    let mut world = world_with_toy();
    // Testa is a laboratory: it certifies nothing.
    let by_lab = certificate(LAB, "CERT-1", RADIO);
    let refusal = world.refused(Reason::IssuerNotAuthorised, by_lab);
    let member = refusal.findings()[0].member.as_deref();
    assert_eq!(member, Some("header.issuer.role"));
    world.refused(Reason::IssuerNotAuthorised, report(RIVAL, "R-9"));
    let in_no_such_role = report(LAB, "R-9").set("/header/issuer/role", json!("manufacturer"));
    world.refused(Reason::IssuerNotAuthorised, in_no_such_role);

    let radio_only = grant(BODY, "notified_body").set("/acts", json!([RADIO]));
    world.add(grant(BODY, "notified_body").set("/action", json!("REVOKE")));
    world.refused(Reason::IssuerNotAuthorised, certificate(BODY, "CERT-1", RADIO));
    world.add(radio_only.clone());
    world.refused(Reason::IssuerScopeMismatch, certificate(BODY, "CERT-1", TOYS));
    world.add(certificate(BODY, "CERT-1", RADIO));
    world.add(radio_only.set("/action", json!("REVOKE")));
    world.refused(Reason::IssuerScopeMismatch, certificate(BODY, "CERT-2", RADIO));

    let later = grant(RIVAL, "lab").set("/from", json!("2026-02-01"));
    world.add(later);
    world.refused(Reason::IssuerNotAuthorised, report(RIVAL, "R-9"));
    world.at("2026-02-01T00:00:00Z").add(report(RIVAL, "R-9"));
}

#[test]
fn an_operator_is_named_by_its_primary_uri() {
    let mut world = world_with_toy();
    let by_alias = import(IMPORTER_ALIAS, "FR99900011000018", "L1", "IMP-1").signed_by(&[IMPORTER]);
    let refusal = world.refused(Reason::IdentifierInvalid, by_alias);
    assert!(refusal.to_string().contains("alias"), "{refusal}");

    let alias_in_scope = report(LAB, "R-2").set("/scope", types_of(IMPORTER_ALIAS, "X"));
    world.refused(Reason::IdentifierInvalid, alias_in_scope);
    let alias_in_reference = report(LAB, "R-2").set(
        "/header/references",
        json!([{"rel": "basis", "document": named(IMPORTER_ALIAS, "X")}]),
    );
    world.refused(Reason::IdentifierInvalid, alias_in_reference);
    let alias_as_trader = listing("MK-2", "REJECTED").set("/trader", json!(IMPORTER_ALIAS));
    world.refused(Reason::IdentifierInvalid, alias_as_trader);
    // A recall of the part is looked for under the name that the identity gives it.
    let alias: OperatorUri = IMPORTER_ALIAS.parse().unwrap();
    let part = ProductUri::from_assigned(&alias, "SKU-1").unwrap();
    for member in ["contains", "components"] {
        let parts = json!([{"id": part.as_str(), "quantity": 1}]);
        let alias_in_part = identity(MAKER, TOY).set(&format!("/{member}"), parts);
        let refusal = world.refused(Reason::IdentifierInvalid, alias_in_part);
        assert_eq!(refusal.findings()[0].member.as_deref(), Some(member));
    }
}

#[test]
fn a_trust_record_is_for_one_ledger() {
    let mut world = World::new();
    let elsewhere = grant(RIVAL, "lab").set("/header/ledger", json!("ledger.example/other"));
    let refusal = world.refused(Reason::WrongLedger, elsewhere);
    assert_eq!(refusal.findings()[0].member.as_deref(), Some("header.ledger"));
    world.refused(Reason::StatementInvalid, grant(RIVAL, "lab").set("/header/ledger", json!(null)));
}

#[test]
fn subjects_follow_from_the_statement() {
    let mut world = World::new();
    world.refused(Reason::SubjectDigestMismatch, report(LAB, "R-1").about(&[TOY]));
    let all: Vec<String> = (0..1001).map(|number| format!("L{number}")).collect();
    let all: Vec<&str> = all.iter().map(String::as_str).collect();
    let too_many = identity(MAKER, TOY).set("/scope", lots(TOY, &all));
    world.refused(Reason::TooManySubjects, too_many);
    // Its own keys would do, those of its status change would not: two classes, and the model.
    let too_many_to_withdraw = identity(MAKER, TOY).set("/scope", lots(TOY, &all[..500]));
    world.refused(Reason::TooManySubjects, too_many_to_withdraw);
    world.add(identity(MAKER, TOY).set("/scope", lots(TOY, &all[..499])));
}

#[test]
fn no_document_comes_from_the_future() {
    let mut world = World::new();
    world.refused(Reason::IssuedInFuture, report(LAB, "R-1").document("R-1", "2026-01-06"));
    world.add(report(LAB, "R-1").document("R-1", "2026-01-05"));
}

#[test]
fn a_number_is_used_once_by_each_signer() {
    let mut world = world_with_toy();
    let other_body = report(LAB, "R-1").set("/accreditation", json!("XX-L-9902"));
    world.refused(Reason::DuplicateNumber, other_body.clone());
    // The lookup form is what counts, and the kind is not.
    world.refused(Reason::DuplicateNumber, report(LAB, " r-1 "));
    let next_version = other_body.set("/header/document/version", json!("2"));
    world.add(next_version);

    // A copy that came first takes nothing from the issuer.
    let copy = transcribed(report(LAB, "R-5"), IMPORTER);
    let copied = world.add(copy.clone());
    world.refused(Reason::DuplicateNumber, copy);
    let confirms = json!([{"rel": "confirms", "statement": copied.digest().to_string()}]);
    world.add(report(LAB, "R-5").set("/header/references", confirms.clone()));
    let confirms_another = report(LAB, "R-6").set("/header/references", confirms);
    world.refused(Reason::ChangeNotPermitted, confirms_another);

    let first = world.add(report(LAB, "R-7"));
    let reaffirms = json!([{"rel": "reaffirms", "statement": first.digest().to_string()}]);
    world.add(report(LAB, "R-7").set("/header/references", reaffirms.clone()));
    let otherwise = report(LAB, "R-7")
        .set("/header/references", reaffirms)
        .set("/accreditation", json!("XX-L-9902"));
    world.refused(Reason::DuplicateNumber, otherwise);

    world.add(listing("MK-1", "REJECTED"));
    world.add(listing("MK-1", "DELISTED"));
    world.refused(Reason::DuplicateNumber, policy("MK-1"));
}

#[test]
fn an_id_is_used_once_by_each_signer() {
    let mut world = World::new();
    world.add(report(LAB, "R-1").set("/header/id", json!("ID-1")));
    world.refused(Reason::DuplicateId, report(LAB, "R-2").set("/header/id", json!("ID-1")));
    world.add(identity(MAKER, TOY).set("/header/id", json!("ID-1")));
}

#[test]
fn a_change_names_its_target_in_full() {
    let mut world = world_with_toy();
    let certificate = world.add(certificate(BODY, "CERT-1", RADIO));
    let withdraw = |target| status_change(BODY, "notified_body", "WITHDRAW", target);
    let unknown = json!({"statement": "0".repeat(64)});
    world.refused(Reason::TargetUnknown, withdraw(unknown));
    let no_document = json!({"statement": certificate.digest().to_string()});
    world.refused(Reason::TargetSubjectsDiffer, withdraw(no_document));
    let other_document = json!({
        "statement": certificate.digest().to_string(), "document": named(BODY, "CERT-2"),
    });
    world.refused(Reason::TargetSubjectsDiffer, withdraw(other_document));
    let fewer = withdraw(target(&certificate)).about(&[TOY]);
    world.refused(Reason::TargetSubjectsDiffer, fewer);
    world.add(withdraw(target(&certificate)));
}

#[test]
fn a_document_that_was_never_logged_can_be_withdrawn_by_its_issuer() {
    let mut world = World::new();
    let by_name = json!({"document": named(BODY, "OLD-1")});
    let withdraw = |issuer, role| status_change(issuer, role, "WITHDRAW", by_name.clone());
    world.refused(Reason::ChangeNotPermitted, withdraw(RIVAL, "manufacturer"));
    world.add(withdraw(BODY, "notified_body"));
    world.add(withdraw(AUTHORITY, "market_surveillance"));

    // Once it is logged, by whomever, it has its subjects.
    let document = "urn:probant:document:urn%3Anando%3A9999:OLD-2";
    let by_name = json!({"document": named(BODY, "OLD-2")});
    let withdraw = status_change(BODY, "notified_body", "WITHDRAW", by_name);
    world.add(transcribed(certificate(BODY, "OLD-2", RADIO), IMPORTER));
    world.refused(Reason::TargetSubjectsDiffer, withdraw.clone().about(&[document]));
    world.add(withdraw);
}

/// Who may do it is let in; everybody else is refused.
fn check_rights(
    world: impl Fn() -> (World, std::sync::Arc<Record>),
    draft: impl Fn(&str, &str, &Record) -> Draft,
    permitted: &[(&str, &str)],
) {
    let (before, record) = world();
    for (issuer, role) in [
        (MAKER, "manufacturer"),
        (RIVAL, "manufacturer"),
        (IMPORTER, "importer"),
        (IMPORTER, "distributor"),
        (AGENT, "authorised_rep"),
        (LAB, "lab"),
        (BODY, "notified_body"),
        (PLATFORM, "platform"),
        (AUTHORITY, "market_surveillance"),
        (CONNECTOR, "connector"),
        (ACCREDITOR, "accreditation_body"),
        (NOTIFIER, "notifying_authority"),
    ] {
        let mut world = before.clone();
        let draft = draft(issuer, role, &record);
        if permitted.contains(&(issuer, role)) {
            world.add(draft);
        } else {
            let refusal = world.offer(draft).unwrap_err();
            let expected = [Reason::ChangeNotPermitted, Reason::IssuerNotAuthorised];
            assert!(expected.contains(&refusal.code()), "{issuer} as {role}: {refusal}");
        }
    }
}

#[test]
fn a_status_is_changed_by_those_of_the_table() {
    let with = |draft: fn() -> Draft| {
        move || {
            let mut world = world_with_toy();
            world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
            let record = world.add(draft());
            (world, record)
        }
    };
    let withdraw = |issuer: &str, role: &str, record: &Record| {
        status_change(issuer, role, "WITHDRAW", target(record))
    };
    let authority = (AUTHORITY, "market_surveillance");
    let maker = (MAKER, "manufacturer");
    check_rights(with(|| identity(MAKER, TOY)), withdraw, &[maker, authority]);
    let declared = with(|| declaration(MAKER, "manufacturer", MAKER, "DOC-2"));
    check_rights(declared, withdraw, &[maker, authority]);
    let certified = with(|| certificate(BODY, "CERT-1", RADIO));
    check_rights(certified, withdraw, &[(BODY, "notified_body"), authority]);
    check_rights(with(|| report(LAB, "R-2")), withdraw, &[(LAB, "lab"), authority]);
    let imported = with(|| import(IMPORTER, "FR99900011000018", "L1", "IMP-1"));
    check_rights(
        imported,
        withdraw,
        &[(IMPORTER, "importer"), (IMPORTER, "distributor"), authority],
    );
    let mandated = with(|| mandate("AUTHORISED_REP", MAKER, AGENT, TOY));
    check_rights(mandated, withdraw, &[maker, (AGENT, "authorised_rep"), authority]);
    let happened = with(|| event(MAKER, "manufacturer", &format!("{TOY}/10/L1")));
    check_rights(happened, withdraw, &[maker, authority]);
    let approved = with(|| approval(BODY, "QA-1", RADIO, "D"));
    check_rights(approved, withdraw, &[(BODY, "notified_body"), authority]);
    let entered = with(|| registered("DPP", MAKER, scope(TOY)));
    check_rights(entered, withdraw, &[(CONNECTOR, "connector"), authority]);
    // Who only copied it has no say over the original.
    let copied = with(|| transcribed(certificate(BODY, "CERT-2", RADIO), IMPORTER));
    check_rights(copied, withdraw, &[(BODY, "notified_body"), authority]);
    // These have no status.
    check_rights(with(|| policy("P-1")), withdraw, &[]);
    check_rights(with(|| listing("MK-1", "REJECTED")), withdraw, &[]);
    check_rights(with(|| verification(PLATFORM, IMPORTER, "PASS")), withdraw, &[]);
    check_rights(with(|| concern(LAB, "lab", TOY)), withdraw, &[]);
    check_rights(with(|| measure(MAKER, "manufacturer", "RC-1", scope(TOY))), withdraw, &[]);
    check_rights(with(|| accreditation(ACCREDITOR, "ACC-1", "GRANT")), withdraw, &[]);
}

#[test]
fn an_authority_changes_what_lies_within_its_powers() {
    let mut world = world_with_toy();
    let record = world.add(certificate(BODY, "CERT-1", RADIO));
    world.add(grant(AUTHORITY, "market_surveillance").set("/action", json!("REVOKE")));
    world.add(grant(AUTHORITY, "market_surveillance").set("/acts", json!([TOYS])));
    let withdraw = status_change(AUTHORITY, "market_surveillance", "WITHDRAW", target(&record));
    world.refused(Reason::ChangeNotPermitted, withdraw);
}

#[test]
fn when_a_body_has_ceased_its_authority_and_its_successor_act_for_it() {
    let mut world = World::new();
    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
    let record = world.add(certificate(BODY, "CERT-1", RADIO));
    let successor = "urn:nando:9998";
    world.add(registration(successor, "DE", &[]));
    world.add(grant(successor, "notified_body"));
    let by = |issuer, role| status_change(issuer, role, "WITHDRAW", target(&record));
    world.refused(Reason::ChangeNotPermitted, by(NOTIFIER, "notifying_authority"));
    world.add(notification(NOTIFIER, BODY, RADIO, "WITHDRAW"));
    world.refused(Reason::ChangeNotPermitted, by(successor, "notified_body"));
    world.add(notification(NOTIFIER, successor, RADIO, "GRANT"));
    world.add(by(successor, "notified_body"));
    world.add(by(NOTIFIER, "notifying_authority"));
}

#[test]
fn approvals_of_a_body_that_has_ceased_are_its_successors_to_change() {
    let mut world = World::new();
    let modules = json!(["D"]);
    let notified =
        |of, action| notification(NOTIFIER, of, RADIO, action).set("/modules", modules.clone());
    world.add(notified(BODY, "GRANT"));
    let record = world.add(approval(BODY, "QA-1", RADIO, "D"));
    let successor = "urn:nando:9998";
    world.add(registration(successor, "DE", &[]));
    world.add(grant(successor, "notified_body"));
    let by = |issuer, role| status_change(issuer, role, "WITHDRAW", target(&record));
    world.refused(Reason::ChangeNotPermitted, by(NOTIFIER, "notifying_authority"));
    world.add(notified(BODY, "WITHDRAW"));
    // Notified for another module, it is no successor for this one.
    world.add(notification(NOTIFIER, successor, RADIO, "GRANT"));
    world.refused(Reason::ChangeNotPermitted, by(successor, "notified_body"));
    world.add(notification(NOTIFIER, successor, RADIO, "EXTEND").set("/modules", modules.clone()));
    world.add(by(successor, "notified_body"));
    world.add(by(NOTIFIER, "notifying_authority"));
}

#[test]
fn a_concern_is_about_something_that_is_there() {
    let mut world = world_with_toy();
    let report = world.log.iter().find(|of| kind(of) == "test-report").unwrap().clone();
    let about = |digest: String, number: &str| {
        let target = json!({"statement": digest, "document": named(LAB, number)});
        concern_about(AUTHORITY, "market_surveillance", target)
    };
    let refusal = world.refused(Reason::TargetUnknown, about("0".repeat(64), "R-1"));
    assert_eq!(refusal.findings()[0].member.as_deref(), Some("target.statement"));
    world.refused(Reason::TargetSubjectsDiffer, about(report.digest().to_string(), "R-2"));
    let raised = world.add(about(report.digest().to_string(), "R-1"));
    let document = "urn:probant:document:https%3A%2F%2Fid.gs1.org%2F417%2F9521000400009:R-1";
    let expected = SubjectKey::of(Class::Concerns, &document.parse().unwrap());
    assert_eq!(raised.keys(), [expected]);
    world.refused(Reason::IssuerNotAuthorised, concern(RIVAL, "lab", TOY));
    world.refused(Reason::IssuerNotAuthorised, concern(RIVAL, "manufacturer", TOY));
}

#[test]
fn a_concern_is_erased_by_its_issuer_or_registrars() {
    let mut world = world_with_toy();
    let raised = world.add(concern(LAB, "lab", TOY));
    world.refused(Reason::ChangeNotPermitted, erasure(MAKER, "manufacturer", &raised));
    world.add(erasure(LAB, "lab", &raised));
    assert_eq!(world.replay(&world.log), []);
    let order = world.log.last().unwrap().clone();
    let order = order.statement().unwrap();
    world.erase(&raised);
    assert_eq!(world.replay(&world.log), []);
    let gone = world.log[world.log.len() - 2].clone();
    assert!(gone.is_erased() && may_have_erased(order, &gone));
    // What stands in the product's own chains is no concern.
    let recalled = world.add(measure(MAKER, "manufacturer", "RC-1", scope(TOY)));
    let entry = world.entries.last().unwrap();
    let recalled = Record::erased(recalled.index(), entry).unwrap();
    assert!(!may_have_erased(order, &recalled));
}

#[test]
fn no_record_on_an_operator_is_erased() {
    let mut world = World::new();
    let verified = world.add(verification(PLATFORM, IMPORTER, "PASS"));
    world.refused(Reason::ChangeNotPermitted, erasure(PLATFORM, "platform", &verified));
    let entered = world.add(registration_of("EPR-FR", IMPORTER));
    world.refused(Reason::ChangeNotPermitted, erasure(CONNECTOR, "connector", &entered));
    let of_goods = world.add(registered("DPP", MAKER, scope(TOY)));
    world.add(erasure(CONNECTOR, "connector", &of_goods));
    let approved = world.add(approval(BODY, "QA-1", RADIO, "D"));
    world.add(erasure(BODY, "notified_body", &approved));
}

#[test]
fn a_licence_in_the_gs1_register_hands_a_number_over() {
    let mut world = world_with_toy();
    let claim = || identity(RIVAL, TOY);
    let of_register = |holder: &str| registered("GS1", holder, scope(TOY));
    world.refused(Reason::IdentifierTaken, claim());
    // Another register, another holder, other goods, the claimant's own word: none of them will do.
    world.add(registered("DPP", RIVAL, scope(TOY)));
    world.add(of_register(MAKER));
    world.add(registered("GS1", RIVAL, scope(OTHER_TOY)));
    let issuer = json!({"operator": RIVAL, "role": "manufacturer"});
    world.add(of_register(RIVAL).set("/header/issuer", issuer).signed_by(&[RIVAL]));
    world.refused(Reason::IdentifierTaken, claim());
    let before = world.clone();
    let licensed = world.add(of_register(RIVAL));
    world.add(claim());
    assert_eq!(world.replay(&world.log), []);

    // The newest copy counts, whatever it says.
    let newest = [
        of_register(RIVAL).set("/status", json!("CLOSED")),
        of_register(MAKER),
        status_change(CONNECTOR, "connector", "WITHDRAW", target(&licensed)),
    ];
    for draft in newest {
        let mut world = before.clone();
        world.add(of_register(RIVAL));
        let target_of = world.log.last().unwrap().clone();
        let draft = match draft.kind {
            "status-change" => draft.set("/target", target(&target_of)),
            _ => draft,
        };
        world.add(draft);
        world.refused(Reason::IdentifierTaken, claim());
    }

    // One that is gone says nothing, and the one before it does not come back.
    let mut world = before;
    world.add(of_register(RIVAL));
    let closed = world.add(of_register(RIVAL).set("/status", json!("CLOSED")));
    world.add(erasure(CONNECTOR, "connector", &closed));
    world.erase(&closed);
    world.refused(Reason::IdentifierTaken, claim());
}

#[test]
fn a_suspension_is_lifted_by_who_imposed_it_or_an_authority() {
    let mut world = World::new();
    let record = world.add(certificate(BODY, "CERT-1", RADIO));
    let by = |issuer, role, action| status_change(issuer, role, action, target(&record));
    world.refused(Reason::ChangeNotPermitted, by(BODY, "notified_body", "REINSTATE"));
    world.add(by(AUTHORITY, "market_surveillance", "SUSPEND"));
    world.refused(Reason::ChangeNotPermitted, by(BODY, "notified_body", "REINSTATE"));
    world.add(by(AUTHORITY, "market_surveillance", "REINSTATE"));
    world.add(by(BODY, "notified_body", "SUSPEND"));
    world.add(by(AUTHORITY, "market_surveillance", "REINSTATE"));
    world.add(by(BODY, "notified_body", "WITHDRAW"));
    world.refused(Reason::ChangeNotPermitted, by(BODY, "notified_body", "REINSTATE"));
}

#[test]
fn all_of_an_issuer_is_annulled_by_who_stands_over_it() {
    let all = |issuer, role, of: &str| {
        let target = json!({"issuer": of, "from": "2026-01-05T00:00:00Z"});
        status_change(issuer, role, "ANNUL", target)
    };
    let mut world = World::new();
    world.refused(Reason::ChangeNotPermitted, all(ACCREDITOR, "accreditation_body", LAB));
    world.refused(Reason::ChangeNotPermitted, all(AUTHORITY, "market_surveillance", LAB));
    world.add(accreditation(ACCREDITOR, "ACC-1", "GRANT"));
    world.add(all(ACCREDITOR, "accreditation_body", LAB));
    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
    world.add(all(NOTIFIER, "notifying_authority", BODY));
    let members = all(RIVAL, "manufacturer", RIVAL).predicate;
    let members = json!({
        "target": members["target"], "action": "ANNUL", "reason": "FRAUD",
        "effective_at": "2026-01-05T00:00:00Z",
    });
    let by_registrars =
        |by: &[&str]| Draft::of_registrars("status-change", by, &[], members.clone());
    world.refused(Reason::SignatureMissing, by_registrars(&REGISTRARS[..1]));
    world.add(by_registrars(&REGISTRARS[..2]));

    let record = world.add(report(LAB, "R-1"));
    let single = json!({
        "target": target(&record), "action": "ANNUL", "reason": "FRAUD",
        "effective_at": "2026-01-05T00:00:00Z",
    });
    let single = Draft::of_registrars("status-change", &REGISTRARS, &[], single);
    world.refused(Reason::ChangeNotPermitted, single);
}

#[test]
fn a_measure_comes_from_who_answers_for_the_product() {
    let with_links = || {
        let mut world = world_with_toy();
        world.add(import(IMPORTER, "FR99900011000018", "L1", "IMP-1"));
        world.add(mandate("AUTHORISED_REP", MAKER, AGENT, TOY));
        let record = world.log.last().unwrap().clone();
        (world, record)
    };
    let recall_model =
        |issuer: &str, role: &str, _: &Record| measure(issuer, role, "RC-1", scope(TOY));
    let everywhere = [
        (MAKER, "manufacturer"),
        (AGENT, "authorised_rep"),
        (AUTHORITY, "market_surveillance"),
        (CONNECTOR, "connector"),
    ];
    check_rights(with_links, recall_model, &everywhere);
    let recall_lot =
        |issuer: &str, role: &str, _: &Record| measure(issuer, role, "RC-1", lots(TOY, &["L1"]));
    let with_importer = [&everywhere[..], &[(IMPORTER, "importer")]].concat();
    check_rights(with_links, recall_lot, &with_importer);
    let recall_other_lot =
        |issuer: &str, role: &str, _: &Record| measure(issuer, role, "RC-1", lots(TOY, &["L2"]));
    check_rights(with_links, recall_other_lot, &everywhere);
    let recall_other_product =
        |issuer: &str, role: &str, _: &Record| measure(issuer, role, "RC-1", scope(OTHER_TOY));
    check_rights(with_links, recall_other_product, &everywhere[2..]);
    let recall_type = |issuer: &str, role: &str, _: &Record| {
        measure(issuer, role, "RC-1", types_of(MAKER, "LP-BEAR-30"))
    };
    check_rights(with_links, recall_type, &[everywhere[0], everywhere[2], everywhere[3]]);

    // A mandate that somebody else gave is none for this product.
    let (mut world, _) = with_links();
    world.add(mandate("AUTHORISED_DISTRIBUTOR", MAKER, IMPORTER, OTHER_TOY));
    world.refused(Reason::ChangeNotPermitted, measure(IMPORTER, "distributor", "RC-1", scope(TOY)));
    let rival = mandate("AUTHORISED_DISTRIBUTOR", RIVAL, IMPORTER, TOY);
    world.add(rival);
    world.refused(Reason::ChangeNotPermitted, measure(IMPORTER, "distributor", "RC-1", scope(TOY)));
    let given = world.add(mandate("AUTHORISED_DISTRIBUTOR", MAKER, IMPORTER, TOY));
    world.add(measure(IMPORTER, "distributor", "RC-1", scope(TOY)));
    world.add(status_change(MAKER, "manufacturer", "WITHDRAW", target(&given)));
    world.refused(Reason::ChangeNotPermitted, measure(IMPORTER, "distributor", "RC-2", scope(TOY)));
}

#[test]
fn events_come_from_who_answers_for_the_goods() {
    let with_links = || {
        let mut world = world_with_toy();
        let record = world.add(import(IMPORTER, "FR99900011000018", "L1", "IMP-1"));
        (world, record)
    };
    let lot = |lot: &str| format!("{TOY}/10/{lot}");
    let of =
        |output: String| move |issuer: &str, role: &str, _: &Record| event(issuer, role, &output);
    let maker = (MAKER, "manufacturer");
    check_rights(with_links, of(lot("L1")), &[maker, (IMPORTER, "importer")]);
    check_rights(with_links, of(lot("L2")), &[maker]);
    check_rights(with_links, of(format!("{TOY}/21/S1")), &[maker]);
    let (mut world, _) = with_links();
    let items = json!({"batch": lot("L2"), "serials": ["S1"]});
    let moved = event(IMPORTER, "importer", &lot("L1")).set("/items", items);
    world.refused(Reason::ChangeNotPermitted, moved);
    let copied = transcribed(event(MAKER, "manufacturer", &lot("L1")), RIVAL);
    world.refused(Reason::IssuerNotAuthorised, copied);
}

#[test]
fn what_an_authority_added_to_a_measure_no_operator_takes_back() {
    let mut world = world_with_toy();
    for lot in ["L1", "L2"] {
        world.add(import(IMPORTER, "FR99900011000018", lot, &format!("IMP-{lot}")));
    }
    let recall = world.add(measure(IMPORTER, "importer", "RC-1", lots(TOY, &["L1"])));
    let document = named(IMPORTER, "RC-1");
    let change = |issuer, role, change, lot: Option<&str>| {
        let draft = update(issuer, role, change, &recall, document.clone());
        match lot {
            Some(lot) => draft.set("/scope", lots(TOY, &[lot])),
            None => draft,
        }
    };
    let (msa, importer) = ("market_surveillance", "importer");
    world.refused(Reason::ChangeNotPermitted, change(RIVAL, importer, "LIFT", None));
    world.refused(Reason::ChangeNotPermitted, change(RIVAL, importer, "EXTEND", Some("L2")));
    world.refused(Reason::ChangeNotPermitted, change(IMPORTER, importer, "EXTEND", Some("L3")));
    world.add(change(IMPORTER, importer, "EXTEND", Some("L2")));
    world.add(change(AUTHORITY, msa, "EXTEND", Some("L9")));
    world.refused(Reason::ChangeNotPermitted, change(IMPORTER, importer, "LIFT", Some("L9")));
    world.refused(Reason::ChangeNotPermitted, change(IMPORTER, importer, "REDUCE", Some("L9")));
    world.refused(Reason::ChangeNotPermitted, change(IMPORTER, importer, "LIFT", None));
    let whole = change(IMPORTER, importer, "LIFT", None).set("/scope", scope(TOY));
    world.refused(Reason::ChangeNotPermitted, whole);
    world.refused(Reason::ChangeNotPermitted, change(CONNECTOR, "connector", "LIFT", Some("L1")));
    world.add(change(IMPORTER, importer, "LIFT", Some("L1")));
    world.add(change(AUTHORITY, msa, "LIFT", None));

    let mut elsewhere = change(AUTHORITY, msa, "LIFT", None);
    elsewhere = elsewhere.set("/document", named(IMPORTER, "RC-7"));
    world.refused(Reason::TargetUnknown, elsewhere);
    let of_no_measure = change(AUTHORITY, msa, "LIFT", None)
        .set("/target", json!(world.log[25].digest().to_string()));
    let refusal = world.offer(of_no_measure).unwrap_err();
    assert_eq!(refusal.code(), Reason::TargetSubjectsDiffer, "{refusal}");
}

#[test]
fn what_one_authority_set_another_does_not_take_back() {
    let mut world = world_with_toy();
    let other = "urn:lei:ZZZZ00TESTALABSNLB37";
    world.add(registration(other, "NL", &[]));
    world.add(grant(other, "market_surveillance"));
    let recall = world.add(measure(AUTHORITY, "market_surveillance", "RC-1", lots(TOY, &["L1"])));
    let lift =
        |issuer| update(issuer, "market_surveillance", "LIFT", &recall, named(AUTHORITY, "RC-1"));
    world.refused(Reason::ChangeNotPermitted, lift(other));
    world.add(lift(AUTHORITY));
}

#[test]
fn a_record_is_superseded_by_its_issuer() {
    let mut world = world_with_toy();
    let old = world.add(certificate(BODY, "CERT-1", RADIO));
    let new = world.add(certificate(BODY, "CERT-2", RADIO));
    let report = world.log.iter().find(|of| kind(of) == "test-report").unwrap().clone();
    world.add(supersession(BODY, "notified_body", &old, &new));
    let by_other = supersession(MAKER, "manufacturer", &old, &new);
    world.refused(Reason::ChangeNotPermitted, by_other);
    let of_another_kind = supersession(BODY, "notified_body", &old, &report);
    world.refused(Reason::ChangeNotPermitted, of_another_kind);
    let unnamed = supersession(BODY, "notified_body", &old, &new).set("/new_document", json!(null));
    world.refused(Reason::TargetSubjectsDiffer, unnamed);
    let unknown =
        supersession(BODY, "notified_body", &old, &new).set("/new", json!("0".repeat(64)));
    world.refused(Reason::TargetUnknown, unknown);

    let issuer = json!({"operator": AGENT, "role": "responsible_person"});
    let by_agent = mandate("RESPONSIBLE_PERSON", MAKER, AGENT, TOY).set("/header/issuer", issuer);
    let (old, new) = (world.add(by_agent.clone()), world.add(by_agent));
    let of_mandates = supersession(AGENT, "responsible_person", &old, &new);
    let no_documents = of_mandates.set("/old_document", json!(null));
    world.add(no_documents.set("/new_document", json!(null)));
}

fn kind(record: &Record) -> &'static str {
    record.statement().unwrap().kind().name()
}

#[test]
fn a_payload_is_erased_by_its_issuer_or_by_registrars() {
    let mut world = world_with_toy();
    let record = world.add(certificate(BODY, "CERT-1", RADIO));
    world.refused(Reason::ChangeNotPermitted, erasure(MAKER, "manufacturer", &record));
    let misnamed = erasure(BODY, "notified_body", &record)
        .set("/predicate_type", json!("urn:probant:attestation:test-report:v1"));
    world.refused(Reason::TargetSubjectsDiffer, misnamed);
    let unnamed = erasure(BODY, "notified_body", &record).set("/document", json!(null));
    world.refused(Reason::TargetSubjectsDiffer, unnamed);
    let unknown = erasure(BODY, "notified_body", &record).set("/predicate_type", json!("x"));
    world.refused(Reason::StatementInvalid, unknown);
    world.add(erasure(BODY, "notified_body", &record));

    let listed = world.add(listing("MK-1", "REJECTED"));
    let size = world.next_index().get();
    let judged = world.add(verdict(VERIFIER, "verifier", size));
    world.refused(Reason::ChangeNotPermitted, erasure(PLATFORM, "platform", &listed));
    world.refused(Reason::ChangeNotPermitted, erasure(VERIFIER, "verifier", &judged));
    world.add(erasure_by_registrars(&listed));
    world.add(erasure_by_registrars(&judged));

    let accredited = world.add(accreditation(ACCREDITOR, "ACC-1", "GRANT"));
    let notified = world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
    let recalled = world.add(measure(MAKER, "manufacturer", "RC-1", scope(TOY)));
    let published = world.add(policy("P-1"));
    let new = world.add(certificate(BODY, "CERT-2", RADIO));
    let other = world.add(certificate(BODY, "CERT-3", RADIO));
    let superseded = world.add(supersession(BODY, "notified_body", &new, &other));
    let withdrawn = world.add(status_change(BODY, "notified_body", "WITHDRAW", target(&other)));
    let registered = world.log[0].clone();
    let granted = world.log[1].clone();
    for record in
        [accredited, notified, recalled, published, superseded, withdrawn, registered, granted]
    {
        world.refused(Reason::ChangeNotPermitted, erasure_by_registrars(&record));
    }
}

#[test]
fn an_identity_takes_nobodys_number() {
    let mut world = world_with_toy();
    world.refused(Reason::IdentifierTaken, identity(RIVAL, TOY));
    world.refused(Reason::IdentifierTaken, identity(RIVAL, &format!("{TOY}/22/V1")));
    let batch = identity(RIVAL, TOY).set("/scope", lots(TOY, &["L1"]));
    world.refused(Reason::IdentifierTaken, batch);
    let own_number = "urn:probant:product:urn%3Alei%3AZZZZ00BRICOLINTOYS09:BEAR";
    world.refused(Reason::IdentifierTaken, identity(MAKER, own_number));
    world.add(identity(RIVAL, own_number));
    let type_of_another = identity(RIVAL, OTHER_TOY)
        .set("/scope/types", json!([{"holder": MAKER, "designation": "LP-BEAR-30"}]));
    world.refused(Reason::IdentifierTaken, type_of_another);

    // A number that was claimed by fraud is free again once the claim is annulled.
    let claimed = world.add(identity(RIVAL, OTHER_TOY));
    world.refused(Reason::IdentifierTaken, identity(MAKER, OTHER_TOY));
    world.add(status_change(AUTHORITY, "market_surveillance", "ANNUL", target(&claimed)));
    world.add(identity(MAKER, OTHER_TOY));
    world.add(identity(MAKER, TOY));
}

#[test]
fn numbers_of_bodies_and_importers_are_their_own() {
    let mut world = World::new();
    let transposed = certificate(BODY, "CERT-1", RADIO).set("/body_number", json!("9998"));
    let refusal = world.refused(Reason::IdentifierInvalid, transposed);
    assert_eq!(refusal.findings()[0].member.as_deref(), Some("body_number"));
    let transposed = approval(BODY, "QA-1", RADIO, "D").set("/body_number", json!("9998"));
    let refusal = world.refused(Reason::IdentifierInvalid, transposed);
    assert_eq!(refusal.findings()[0].member.as_deref(), Some("body_number"));
    let of_another = import(RIVAL, "FR99900011000018", "L1", "IMP-1");
    let refusal = world.refused(Reason::IdentifierInvalid, of_another);
    assert_eq!(refusal.findings()[0].member.as_deref(), Some("eori"));
}

#[test]
fn a_representative_declares_under_a_mandate_in_force() {
    let mut world = world_with_toy();
    let declare = |number| declaration(AGENT, "authorised_rep", MAKER, number);
    world.refused(Reason::IssuerNotAuthorised, declare("AR-1"));
    world.add(mandate("RESPONSIBLE_PERSON", MAKER, AGENT, TOY));
    world.refused(Reason::IssuerNotAuthorised, declare("AR-1"));
    world.add(mandate("AUTHORISED_REP", RIVAL, AGENT, TOY));
    world.refused(Reason::IssuerNotAuthorised, declare("AR-1"));
    let given = world.add(mandate("AUTHORISED_REP", MAKER, AGENT, TOY));
    world.add(declare("AR-1"));
    let other_product = declare("AR-2").set("/scope", scope(OTHER_TOY));
    world.refused(Reason::IssuerNotAuthorised, other_product);
    world.add(status_change(MAKER, "manufacturer", "SUSPEND", target(&given)));
    world.refused(Reason::IssuerNotAuthorised, declare("AR-2"));
    world.add(status_change(MAKER, "manufacturer", "REINSTATE", target(&given)));
    world.add(declare("AR-2"));
    world.at("2027-01-02T00:00:00Z").refused(Reason::IssuerNotAuthorised, declare("AR-3"));
}

#[test]
fn only_copies_of_documents_and_registers_are_transcriptions() {
    let mut world = world_with_toy();
    world.add(transcribed(
        certificate("urn:nando:1234", "C-1", RADIO).set("/body_number", json!("1234")),
        IMPORTER,
    ));
    world.add(transcribed(report(LAB, "R-8"), PLATFORM));
    let recall = measure(MAKER, "manufacturer", "RC-1", scope(TOY));
    world.refused(Reason::IssuerNotAuthorised, transcribed(recall, RIVAL));
    world.refused(Reason::IssuerNotAuthorised, transcribed(identity(MAKER, TOY), RIVAL));
    let record = world.add(certificate(BODY, "CERT-1", RADIO));
    let withdraw = status_change(BODY, "notified_body", "WITHDRAW", target(&record));
    world.refused(Reason::IssuerNotAuthorised, transcribed(withdraw, RIVAL));
    let notified = notification(NOTIFIER, BODY, RADIO, "GRANT");
    world.refused(Reason::IssuerNotAuthorised, transcribed(notified.clone(), RIVAL));
    world.add(transcribed(notified, CONNECTOR));
    let nobody = "urn:lei:ZZZZ00VOLTARISELEC39";
    world.add(registration(nobody, "CN", &[]));
    world.refused(Reason::IssuerNotAuthorised, transcribed(report(LAB, "R-9"), nobody));
    let added = key_event(MAKER, "manufacturer", "REVOKE", MAKER, &[MAKER]);
    world.refused(Reason::SignerUnexpected, transcribed(added, RIVAL));
}

#[test]
fn standing_is_changed_by_who_granted_it() {
    let mut world = World::new();
    let other = "urn:lei:ZZZZ00VOLTARISELEC39";
    world.add(registration(other, "DE", &[]));
    world.add(grant(other, "accreditation_body"));
    world.add(grant(other, "notifying_authority"));
    world.refused(Reason::ChangeNotPermitted, accreditation(ACCREDITOR, "ACC-1", "SUSPEND"));
    world.add(accreditation(ACCREDITOR, "ACC-1", "GRANT"));
    world.refused(Reason::DuplicateNumber, accreditation(ACCREDITOR, "ACC-1", "GRANT"));
    world.refused(Reason::ChangeNotPermitted, accreditation(other, "ACC-1", "WITHDRAW"));
    let other_norm =
        accreditation(ACCREDITOR, "ACC-1", "EXTEND").set("/norm", json!("ISO/IEC 17065"));
    world.refused(Reason::ChangeNotPermitted, other_norm);
    for action in ["EXTEND", "REDUCE", "SUSPEND", "REINSTATE", "WITHDRAW"] {
        world.add(accreditation(ACCREDITOR, "ACC-1", action));
    }
    world.refused(Reason::ChangeNotPermitted, accreditation(ACCREDITOR, "ACC-1", "REINSTATE"));

    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
    world.refused(Reason::ChangeNotPermitted, notification(NOTIFIER, BODY, RADIO, "GRANT"));
    world.refused(Reason::ChangeNotPermitted, notification(other, BODY, RADIO, "WITHDRAW"));
    world.refused(Reason::ChangeNotPermitted, notification(NOTIFIER, BODY, TOYS, "SUSPEND"));
    // A connector changes its own copy only.
    let copy = transcribed(notification(NOTIFIER, BODY, RADIO, "WITHDRAW"), CONNECTOR);
    world.refused(Reason::ChangeNotPermitted, copy);
    world.add(notification(NOTIFIER, BODY, RADIO, "WITHDRAW"));
    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
}

#[test]
fn rule_sets_and_verdicts_are_judged_above() {
    let mut world = World::new();
    world.judge.policy = Some("line 1: unknown check".to_owned());
    let refusal = world.refused(Reason::PolicyInvalid, policy("P-1"));
    assert!(refusal.to_string().contains("unknown check"), "{refusal}");
    world.judge.policy = None;
    world.add(policy("P-1"));

    let size = world.next_index().get();
    world.refused(Reason::StatementInvalid, verdict(VERIFIER, "verifier", size + 1));
    let stale = RefusalFinding::new(Reason::VerdictStale, Some("tree_size"), "a chain has grown");
    world.judge.verdict = Some(stale);
    world.refused(Reason::VerdictStale, verdict(VERIFIER, "verifier", size));
    world.judge.verdict = None;
    world.add(verdict(VERIFIER, "verifier", size));
    world.add(verdict(PLATFORM, "platform", size));
    let other = verdict(PLATFORM, "platform", size).set("/platform", json!(RIVAL));
    world.refused(Reason::ChangeNotPermitted, other);
    let changed = verdict(VERIFIER, "verifier", size).set("/body", json!("e30K"));
    world.refused(Reason::StatementInvalid, changed);
}

#[test]
fn a_listing_that_shows_a_fault_is_let_in() {
    let mut world = World::new();
    let unknown_verdict = listing("MK-1", "LISTED").set("/verdict", json!("0".repeat(64)));
    world.add(unknown_verdict);
}

#[test]
fn all_that_is_wrong_is_listed_in_the_order_of_the_checks() {
    let mut world = world_with_toy();
    let draft = grant(RIVAL, "lab").signed_by(&["registrar-0"]);
    let draft = draft.set("/header/ledger", json!("ledger.example/other"));
    let draft = draft.set("/operator", json!("urn:nando:0001"));
    let refusal = world.offer(draft).unwrap_err();
    let codes: Vec<Reason> = refusal.findings().iter().map(|of| of.code).collect();
    let expected = [Reason::SignatureMissing, Reason::WrongLedger, Reason::TargetUnknown];
    assert!(expected.iter().all(|code| codes.contains(code)), "{codes:?}");
    assert_eq!(codes.last(), Some(&Reason::TargetUnknown));
    let json = serde_json::to_value(&refusal).unwrap();
    assert_eq!(json["code"], json!("SIGNATURE_MISSING"));
    assert!(json["findings"].as_array().unwrap().len() >= 3);
}

#[test]
fn an_audit_judges_as_the_ledger_did_even_after_erasure() {
    let mut world = world_with_toy();
    world.add(import(IMPORTER, "FR99900011000018", "L1", "IMP-1"));
    let recall = world.add(measure(IMPORTER, "importer", "RC-1", lots(TOY, &["L1"])));
    let document = named(IMPORTER, "RC-1");
    world.add(update(IMPORTER, "importer", "LIFT", &recall, document));
    let certificate = world.add(certificate(BODY, "CERT-1", RADIO));
    world.add(status_change(BODY, "notified_body", "SUSPEND", target(&certificate)));
    world.add(erasure(BODY, "notified_body", &certificate));
    let declared = world.log.iter().find(|of| kind(of) == "importer-declaration").unwrap().clone();
    world.add(erasure(IMPORTER, "importer", &declared));
    assert_eq!(world.replay(&world.log), []);

    let mut log = world.log.clone();
    for record in [&certificate, &declared] {
        let place = log.iter().position(|of| of.index() == record.index()).unwrap();
        let erased = Record::erased(record.index(), &world.entries[place]).unwrap();
        log[place] = std::sync::Arc::new(erased);
    }
    assert_eq!(world.replay(&log), []);
    // What comes in new does not rest on what is gone.
    world.log = log;
    let refusal = world.refused(
        Reason::ChangeNotPermitted,
        measure(IMPORTER, "importer", "RC-2", lots(TOY, &["L1"])),
    );
    assert_eq!(refusal.findings()[0].member.as_deref(), Some("scope"));
    let again = status_change(
        BODY,
        "notified_body",
        "WITHDRAW",
        json!({
            "statement": certificate.digest().to_string(), "document": named(BODY, "CERT-1"),
        }),
    );
    let subject = "urn:probant:type:https%3A%2F%2Fid.gs1.org%2F417%2F9521000200005:VOL-QI15";
    world.refused(Reason::ChangeNotPermitted, again.about(&[subject]));
    // Nor is the number free again.
    let other = crate::world::certificate(BODY, "CERT-1", TOYS);
    world.refused(Reason::DuplicateNumber, other);
}

#[test]
fn an_audit_finds_an_entry_that_should_not_be_there() {
    let mut world = world_with_toy();
    let certificate = world.add(certificate(BODY, "CERT-1", RADIO));
    world.add(status_change(BODY, "notified_body", "WITHDRAW", target(&certificate)));
    // A registry without the role grants is one in which nobody may speak.
    let mut log = world.log.clone();
    let place = log.iter().position(|of| kind(of) == "role-grant").unwrap();
    log[place] =
        std::sync::Arc::new(Record::erased(log[place].index(), &world.entries[place]).unwrap());
    let refusals = world.replay(&log);
    assert!(refusals.iter().any(|(_, refusal)| refusal.code() == Reason::IssuerNotAuthorised));
}

#[test]
fn a_recall_stands_in_the_adverse_chain_of_its_model() {
    let mut world = world_with_toy();
    let recall = world.add(measure(MAKER, "manufacturer", "RC-1", lots(TOY, &["L1"])));
    let model = SubjectKey::of(Class::Adverse, &TOY.parse().unwrap());
    assert!(recall.feeds(&model));
    let competitor = key(RIVAL).public_key().id();
    assert!(!recall.signers().contains(&competitor));
}
