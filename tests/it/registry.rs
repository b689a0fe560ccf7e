//! The registry: keys, registrars, names, roles and standing as of every entry.

use std::collections::BTreeSet;

use probant::attestation::Role;
use probant::identifier::OperatorUri;
use probant::key::{KeyId, Signer as _};
use probant::merkle::EntryIndex;
use probant::reason::Reason;
use probant::registry::{
    AccreditationQuestion, Actor, AuthorityError, KeyEndKind, KeyOwner, KeyWindow,
    NotificationQuestion, Registry, Standing, authorise,
};
use probant::time::Timestamp;
use serde_json::json;

use crate::world::*;

fn id(label: &str) -> KeyId {
    key(label).public_key().id()
}

fn operator(uri: &str) -> OperatorUri {
    uri.parse().unwrap()
}

fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A world in which everything that the registry knows has happened.
fn eventful() -> World {
    let mut world = World::new();
    world.add(accreditation(ACCREDITOR, "ACC-1", "GRANT"));
    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT"));
    world.add(transcribed(notification(NOTIFIER, BODY, RADIO, "GRANT"), CONNECTOR));
    let rotate = key_event(LAB, "lab", "ROTATE", "lab-2", &[LAB, "lab-2", "registrar-0"])
        .set("/replaces", json!(keyid(LAB)));
    world.add(rotate);
    world.add(accreditation(ACCREDITOR, "ACC-1", "SUSPEND"));
    world.add(grant(RIVAL, "importer").set("/action", json!("REVOKE")));
    let add =
        json!({"add": [key_record("registrar-3")], "remove": [keyid("registrar-0")], "quorum": 1});
    world.add(registrar_change(&REGISTRARS[..2], add, &["registrar-3"]));
    world.add(key_event(MAKER, "manufacturer", "REVOKE", MAKER, &[MAKER]));
    let compromise = key_event(RIVAL, "manufacturer", "COMPROMISE", RIVAL, &[RIVAL])
        .set("/suspect_from", json!("2026-01-04T00:00:00Z"));
    world.add(compromise);
    let renamed = registration(IMPORTER, "FR", &[])
        .set("/aliases_ended", json!([IMPORTER_ALIAS]))
        .set("/header/issuer/operator", json!(format!("urn:probant:key:{}", keyid("registrar-3"))))
        .signed_by(&["registrar-3", IMPORTER]);
    world.add(renamed);
    world
}

/// Every question that can be asked of a registry, as of an entry.
fn answers(registry: &Registry, at: EntryIndex) -> Vec<String> {
    let keys = ["lab-2", "registrar-3"].into_iter().chain(REGISTRARS);
    let operators = [
        MAKER,
        IMPORTER,
        IMPORTER_ALIAS,
        LAB,
        RIVAL,
        AGENT,
        BODY,
        PLATFORM,
        AUTHORITY,
        CONNECTOR,
        VERIFIER,
        ACCREDITOR,
        NOTIFIER,
    ];
    let mut answers = vec![format!("{:?}", registry.registrars(at))];
    for label in keys.chain(operators) {
        answers.push(format!("{:?}", registry.key(&id(label), at)));
    }
    let on = time("2026-01-05T00:00:00Z").date();
    for uri in operators.map(operator) {
        answers.push(format!("{:?}", registry.operator(&uri, at)));
        answers.push(format!("{:?}", registry.resolve(&uri, at)));
        answers.push(format!("{:?}", registry.name_holder(&uri, at)));
        answers.push(format!("{:?}", registry.keys_of(&uri, at)));
        answers.push(format!("{:?}", registry.roles(&uri, at, on)));
        for role in Role::ALL {
            answers.push(format!("{:?}", registry.role(&uri, *role, at)));
        }
        answers.push(format!("{:?}", registry.accreditations(&uri, at)));
        answers.push(format!("{:?}", registry.notifications(&uri, at)));
    }
    answers.push(format!("{:?}", registry.operators(at).collect::<Vec<_>>()));
    answers
}

#[test]
fn the_state_at_an_entry_is_that_of_the_entries_before_it() {
    let world = eventful();
    let mut grown = Registry::new(&world.genesis);
    for record in &world.log {
        let at = record.index();
        assert_eq!(answers(&grown, at), answers(&world.registry, at), "entry {at}");
        grown.apply(record);
    }
    assert_eq!(grown, world.registry);
    // Replayed in any order, and twice, it is the same.
    let twice = world.log.iter().rev().chain(&world.log).map(AsRef::as_ref);
    assert_eq!(Registry::replay(&world.genesis, twice), world.registry);
    assert_eq!(world.replay(&world.log), []);
}

#[test]
fn whoever_was_let_in_is_authorised_by_a_registry_of_its_own_chains() {
    let world = eventful();
    for record in &world.log {
        let statement = record.statement().unwrap();
        let (at, time) = (record.index(), record.time());
        let whole = authorise(&world.registry, statement, record.signers(), at, time);
        // As a dossier does: trust records of the signer and of the registrars only.
        let signer = statement.header().signer();
        let own = world.log.iter().filter(|of| {
            let statement = of.statement().unwrap();
            let is_of_signer =
                signer.is_some_and(|signer| statement.subjects().contains(&signer.clone().into()));
            is_of_signer || statement.kind().name() == "registrar-change"
        });
        let part = Registry::replay(&world.genesis, own.map(AsRef::as_ref));
        let partial = authorise(&part, statement, record.signers(), at, time);
        assert_eq!(partial, whole, "entry {at}");
        assert!(whole.is_ok(), "entry {at}");
    }
}

#[test]
fn what_a_statement_was_signed_as_is_known() {
    let mut world = World::new();
    let reported = world.add(report(LAB, "R-1"));
    let copied = world.add(transcribed(report(LAB, "R-2"), PLATFORM));
    let revoked = world.add(key_event(AGENT, "lab", "REVOKE", AGENT, &[AGENT]));
    let granted = world.log[1].clone();
    let actor = |record: &probant::record::Record| {
        let statement = record.statement().unwrap();
        let authority =
            authorise(&world.registry, statement, record.signers(), record.index(), record.time());
        authority.unwrap().actor().clone()
    };
    assert_eq!(actor(&reported), Actor::Issuer { operator: operator(LAB), role: Role::Lab });
    assert_eq!(actor(&copied), Actor::Transcriber { operator: operator(PLATFORM) });
    // No role is needed to end one's own key.
    assert_eq!(actor(&revoked), Actor::KeyHolder { operator: operator(AGENT) });
    assert_eq!(actor(&granted), Actor::Registrars);
}

#[test]
fn registrars_are_those_of_the_genesis_and_then_of_changes() {
    let mut world = World::empty(2);
    let labels: BTreeSet<KeyId> = REGISTRARS.iter().map(|label| id(label)).collect();
    assert_eq!(world.registry.registrars(EntryIndex::new(1)).keys, labels);
    let change = |by: &[&str], members, added: &[&str]| registrar_change(by, members, added);
    let add = json!({"add": [key_record("registrar-3")], "quorum": 3});

    world
        .refused(Reason::SignatureMissing, change(&REGISTRARS[..1], add.clone(), &["registrar-3"]));
    let unsigned = change(&REGISTRARS[..2], add.clone(), &[]);
    world.refused(Reason::SignatureMissing, unsigned);
    let highest = REGISTRARS.iter().map(|label| keyid(label)).max().unwrap();
    let by_another = change(&REGISTRARS, add.clone(), &["registrar-3"])
        .set("/header/issuer/operator", json!(format!("urn:probant:key:{highest}")));
    world.refused(Reason::IdentifierInvalid, by_another);
    let too_many =
        change(&REGISTRARS[..2], json!({"remove": [keyid("registrar-0")], "quorum": 3}), &[]);
    world.refused(Reason::ChangeNotPermitted, too_many);
    let nobody = change(&REGISTRARS[..2], json!({"remove": [keyid("x")], "quorum": 1}), &[]);
    world.refused(Reason::ChangeNotPermitted, nobody);
    let again = change(
        &REGISTRARS[..2],
        json!({"add": [key_record("registrar-2")], "quorum": 1}),
        &["registrar-2"],
    );
    assert!(world.offer(again).is_err());
    let incomplete = change(&REGISTRARS[..2], add.clone(), &["registrar-3"])
        .about(&[&format!("urn:probant:key:{}", keyid("registrar-3"))]);
    world.refused(Reason::SubjectDigestMismatch, incomplete);

    let changed = world.add(change(&REGISTRARS[..2], add, &["registrar-3"]));
    let at = changed.index();
    assert_eq!(world.registry.registrars(at).quorum, 2);
    assert_eq!(world.registry.registrars(at.next().unwrap()).quorum, 3);
    world.refused(Reason::SignatureMissing, registration(LAB, "NL", &[]));
    let removed = json!({"remove": [keyid("registrar-0")], "quorum": 1});
    world.add(change(&REGISTRARS, removed, &[]));
    let by_removed = Draft::of_registrars(
        "role-grant",
        &REGISTRARS[..1],
        &[],
        json!({
            "operator": LAB, "role": "lab", "action": "GRANT", "from": "2026-01-01",
        }),
    );
    let refusal = world.offer(by_removed).unwrap_err();
    let codes: Vec<Reason> = refusal.findings().iter().map(|of| of.code).collect();
    assert!(codes.contains(&Reason::KeyRevoked), "{codes:?}");
    // A registrar that was removed does not come back with the same key.
    let back = json!({"add": [key_record("registrar-0")], "quorum": 1});
    world.refused(Reason::ChangeNotPermitted, change(&REGISTRARS[1..2], back, &["registrar-0"]));
}

#[test]
fn names_and_keys_belong_to_one_operator_for_good() {
    let mut world = World::new();
    let register = |operator: &str| registration(operator, "CN", &[]);
    let newcomer = "urn:lei:ZZZZ00VOLTARISELEC39";
    for (member, draft) in [
        ("aliases", register(newcomer).set("/aliases", json!([MAKER]))),
        ("aliases", register(newcomer).set("/aliases", json!([IMPORTER_ALIAS]))),
        ("aliases", register(IMPORTER_ALIAS)),
        (
            "key",
            register(newcomer).set("/key", key_record(MAKER)).signed_by(&[
                "registrar-0",
                "registrar-1",
                MAKER,
            ]),
        ),
    ] {
        let refusal = world.refused(Reason::IdentifierTaken, draft);
        assert_eq!(refusal.findings()[0].member.as_deref(), Some(member));
    }
    let registrars_key = register(newcomer).set("/key", key_record("registrar-2")).signed_by(&[
        "registrar-0",
        "registrar-1",
        "registrar-2",
    ]);
    world.refused(Reason::IdentifierTaken, registrars_key);

    world.refused(Reason::ChangeNotPermitted, registration(IMPORTER, "FR", &[]));
    let never_had = registration(IMPORTER, "FR", &[IMPORTER_ALIAS])
        .set("/aliases_ended", json!(["urn:nando:0001"]));
    world.refused(Reason::ChangeNotPermitted, never_had);
    let alias = operator(IMPORTER_ALIAS);
    let before = world.next_index();
    world.add(registration(IMPORTER, "FR", &[]).set("/aliases_ended", json!([IMPORTER_ALIAS])));
    let after = world.next_index();
    assert_eq!(world.registry.resolve(&alias, before), Some(&operator(IMPORTER)));
    assert_eq!(world.registry.resolve(&alias, after), None);
    assert_eq!(world.registry.name_holder(&alias, after), Some(&operator(IMPORTER)));
    let reused = register(newcomer).set("/aliases", json!([IMPORTER_ALIAS]));
    world.refused(Reason::IdentifierTaken, reused);
    world.add(register(newcomer));
}

#[test]
fn keys_are_added_and_rotated_by_those_of_the_table() {
    let mut world = World::new();
    let add = |by: &[&str]| key_event(LAB, "lab", "ADD", "lab-2", by);
    world.refused(Reason::SignatureMissing, add(&[LAB, "lab-2"]));
    world.refused(Reason::SignatureMissing, add(&[LAB, "registrar-0"]));
    world.refused(Reason::SignatureMissing, add(&["lab-2", "registrar-0"]));
    world.refused(Reason::SignerUnexpected, add(&[LAB, "lab-2", "registrar-0", "registrar-1"]));
    world.refused(Reason::SignerUnexpected, add(&[LAB, "lab-2", "registrar-0", RIVAL]));
    world.refused(
        Reason::IdentifierTaken,
        key_event(LAB, "lab", "ADD", RIVAL, &[LAB, RIVAL, "registrar-0"]),
    );
    world.add(add(&[LAB, "lab-2", "registrar-0"]));
    world.refused(Reason::IdentifierTaken, add(&[LAB, "lab-2", "registrar-0"]));
    world.add(report(LAB, "R-1").signed_by(&["lab-2"]));

    let rotate = |replaced: &str, new: &str, by: &[&str]| {
        key_event(LAB, "lab", "ROTATE", new, by).set("/replaces", json!(keyid(replaced)))
    };
    // One key and one registrar do not end another key: that takes the quorum.
    let other = rotate(LAB, "lab-3", &["lab-2", "lab-3", "registrar-0"]);
    world.refused(Reason::ChangeNotPermitted, other);
    let of_rival = rotate(RIVAL, "lab-3", &[LAB, "lab-3", "registrar-0"]);
    world.refused(Reason::ChangeNotPermitted, of_rival);
    world.add(rotate(LAB, "lab-3", &[LAB, "lab-3", "registrar-0"]));
    world.refused(Reason::KeyRevoked, report(LAB, "R-2"));
    world.add(report(LAB, "R-2").signed_by(&["lab-3"]));
    world.refused(
        Reason::ChangeNotPermitted,
        rotate(LAB, "lab-4", &[LAB, "lab-4", "registrar-0"]).signed_by(&[
            "lab-3",
            "lab-4",
            "registrar-0",
        ]),
    );

    let by_registrars = |action: &str, label: &str, by: &[&str], others: &[&str]| {
        Draft::of_registrars(
            "key-event",
            by,
            others,
            json!({
                "operator": LAB, "action": action, "key": key_record(label),
                "effective_at": "2026-01-05T00:00:00Z",
            }),
        )
    };
    world.refused(Reason::SignatureMissing, by_registrars("ADD", "lab-5", &REGISTRARS[..2], &[]));
    world.refused(
        Reason::SignatureMissing,
        by_registrars("ADD", "lab-5", &REGISTRARS[..1], &["lab-5"]),
    );
    world.add(by_registrars("ADD", "lab-5", &REGISTRARS[..2], &["lab-5"]));
    world
        .refused(Reason::SignatureMissing, by_registrars("REVOKE", "lab-5", &REGISTRARS[..1], &[]));
    world.add(by_registrars("REVOKE", "lab-5", &REGISTRARS[..2], &[]));
    world.refused(
        Reason::ChangeNotPermitted,
        by_registrars("REVOKE", "lab-5", &REGISTRARS[..2], &[]),
    );
    world.refused(
        Reason::ChangeNotPermitted,
        by_registrars("ADD", "lab-5", &REGISTRARS[..2], &["lab-5"]),
    );
}

#[test]
fn a_key_alone_ends_only_itself() {
    let mut world = World::new();
    world.add(key_event(LAB, "lab", "ADD", "lab-2", &[LAB, "lab-2", "registrar-0"]));
    let revoke = |label: &str, by: &[&str]| key_event(LAB, "lab", "REVOKE", label, by);
    world.refused(Reason::SignerUnexpected, revoke("lab-2", &[LAB]));
    world.refused(Reason::SignerUnexpected, revoke(LAB, &[LAB, "lab-2"]));
    world.refused(Reason::SignerUnexpected, revoke(RIVAL, &[RIVAL]));
    let revoked = world.add(revoke("lab-2", &["lab-2"]));
    let after = revoked.index().next().unwrap();
    let standing = world.registry.key(&id("lab-2"), after).unwrap();
    assert_eq!(standing.owner, KeyOwner::Operator(operator(LAB)));
    assert_eq!(standing.ended.unwrap().kind, KeyEndKind::Revoked);
    world.refused(Reason::KeyRevoked, revoke("lab-2", &["lab-2"]));
}

#[test]
fn a_compromise_is_before_within_and_after() {
    let mut world = World::new();
    let before = world.at("2026-02-01T00:00:00Z").add(report(LAB, "R-1"));
    let within = world.at("2026-02-03T00:00:00Z").add(report(LAB, "R-2"));
    let compromise = key_event(LAB, "lab", "COMPROMISE", LAB, &[LAB])
        .set("/suspect_from", json!("2026-02-02T00:00:00Z"));
    world.at("2026-02-04T00:00:00Z").add(compromise);
    world.refused(Reason::KeyCompromised, report(LAB, "R-3"));
    let now = world.next_index();
    let standing = world.registry.key(&id(LAB), now).unwrap();
    let window = |record: &probant::record::Record| standing.window(record.time(), record.index());
    assert_eq!(window(&before), KeyWindow::Sound);
    assert_eq!(window(&within), KeyWindow::Suspect);
    assert_eq!(standing.window(within.time(), now), KeyWindow::AfterNotice);
    // What was let in stays authorised as of its own entry.
    let statement = within.statement().unwrap();
    let signers = within.signers();
    let then = authorise(&world.registry, statement, signers, within.index(), within.time());
    assert!(then.is_ok());
    let refused = authorise(&world.registry, statement, signers, now, within.time()).unwrap_err();
    assert!(matches!(refused.errors()[0], AuthorityError::KeyCompromised { .. }), "{refused}");

    // A new key, and what is reaffirmed with it.
    let members = json!({
        "operator": LAB, "action": "ADD", "key": key_record("lab-2"),
        "effective_at": "2026-02-04T00:00:00Z",
    });
    world.add(Draft::of_registrars("key-event", &REGISTRARS[..2], &["lab-2"], members));
    let reaffirms = json!([{"rel": "reaffirms", "statement": within.digest().to_string()}]);
    world.add(report(LAB, "R-2").set("/header/references", reaffirms).signed_by(&["lab-2"]));
}

#[test]
fn a_key_signs_what_it_is_for_until_its_last_day() {
    let mut world = World::new();
    let mut record = key_record("lab-2");
    record["purposes"] = json!(["test-report"]);
    record["until"] = json!("2026-02-01");
    let add =
        key_event(LAB, "lab", "ADD", "lab-2", &[LAB, "lab-2", "registrar-0"]).set("/key", record);
    world.add(add);
    world.at("2026-02-01T23:59:59Z").add(report(LAB, "R-1").signed_by(&["lab-2"]));
    let record = world.log.last().unwrap().clone();
    let withdraw = status_change(LAB, "lab", "WITHDRAW", target(&record)).signed_by(&["lab-2"]);
    world.refused(Reason::IssuerNotAuthorised, withdraw);
    let late = report(LAB, "R-2").signed_by(&["lab-2"]);
    world.at("2026-02-02T00:00:00Z").refused(Reason::IssuerNotAuthorised, late);
}

#[test]
fn standing_follows_the_actions_and_their_dates() {
    let mut world = World::new();
    let act = |action: &str, from: &str, standards: &[&str]| {
        accreditation(ACCREDITOR, "ACC-1", action)
            .set("/effective_at", json!(format!("{from}T00:00:00Z")))
            .set("/standards", json!(standards))
    };
    world.add(act("GRANT", "2026-02-01", &["EN 71-1"]).set("/until", json!("2026-12-31")));
    world.add(act("EXTEND", "2026-03-01", &["EN 71-2"]));
    world.add(act("SUSPEND", "2026-05-01", &["EN 71-1"]));
    world.add(act("REINSTATE", "2026-06-01", &["EN 71-1"]));
    world.add(act("REDUCE", "2026-07-01", &["EN 71-1"]));
    world.add(act("WITHDRAW", "2027-06-01", &["EN 71-1"]));
    let at = world.next_index();
    let lines = world.registry.accreditations(&operator(LAB), at);
    assert_eq!(lines.len(), 1);
    assert_eq!(lines[0].issuer(), Some(&operator(ACCREDITOR)));
    for (day, one, two) in [
        ("2026-01-31", Standing::NotYet, Standing::NotYet),
        ("2026-02-01", Standing::InForce, Standing::OutOfScope),
        ("2026-03-01", Standing::InForce, Standing::InForce),
        ("2026-05-01", Standing::Suspended, Standing::Suspended),
        ("2026-06-01", Standing::InForce, Standing::InForce),
        ("2026-07-01", Standing::OutOfScope, Standing::InForce),
        ("2027-01-01", Standing::Expired, Standing::Expired),
        ("2027-06-01", Standing::Withdrawn, Standing::Withdrawn),
    ] {
        let when = time(&format!("{day}T00:00:00Z"));
        let of =
            |standard| AccreditationQuestion { standard: Some(standard), ..Default::default() };
        assert_eq!(lines[0].standing(&of("EN 71-1"), when), one, "{day}");
        assert_eq!(lines[0].standing(&of("EN 71-2"), when), two, "{day}");
    }
    // As of before the suspension was logged, nothing was known of it.
    let earlier = EntryIndex::new(at.get() - 4);
    let lines = world.registry.accreditations(&operator(LAB), earlier);
    let question = AccreditationQuestion { standard: Some("EN 71-1"), ..Default::default() };
    assert_eq!(lines[0].standing(&question, time("2026-05-01T00:00:00Z")), Standing::InForce);
}

#[test]
fn a_notification_is_for_act_and_modules_and_a_copy_is_a_line_of_its_own() {
    let mut world = World::new();
    world.add(notification(NOTIFIER, BODY, RADIO, "GRANT").set("/modules", json!(["B", "H"])));
    world.add(transcribed(notification(NOTIFIER, BODY, RADIO, "GRANT"), CONNECTOR));
    world.add(notification(NOTIFIER, BODY, RADIO, "REDUCE").set("/modules", json!(["H"])));
    let at = world.next_index();
    let lines = world.registry.notifications(&operator(BODY), at);
    let signers: Vec<_> = lines.iter().map(|line| line.signer().unwrap().as_str()).collect();
    assert_eq!(signers, [NOTIFIER, CONNECTOR]);
    let when = time("2026-01-05T00:00:00Z");
    for (module, expected) in [("B", Standing::InForce), ("H", Standing::OutOfScope)] {
        let module = module.parse().unwrap();
        let question = NotificationQuestion { module: Some(&module), product: None };
        assert_eq!(lines[0].standing(&question, when), expected);
    }
}
