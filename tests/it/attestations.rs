//! One complete example of each type of attestation, and every rule of the types broken once.
//!
//! The examples in `tests/vectors/examples` have every member that the type can have at once, so
//! that each member can be left out, emptied, or written in another form.

use std::collections::BTreeSet;

use probant::attestation::{PredicateKind, Statement};
use probant::encoding::base64_encode;
use probant::hash::Digest;
use serde_json::{Value, json};

/// The members that a statement may do without, as `conformity.md`, section 2, marks them; `*`
/// stands for a place in a list. All others are required.
const OPTIONAL: &[(&str, &str)] = &[
    ("*", "/extensions"),
    ("*", "/header/audience"),
    ("*", "/header/document/version"),
    ("*", "/header/evidence"),
    ("*", "/header/evidence/*/annotations"),
    ("*", "/header/evidence/*/downloadLocation"),
    ("*", "/header/notes"),
    ("*", "/header/notes/en"),
    ("*", "/header/notes/fr"),
    ("*", "/header/references"),
    ("*", "/header/references/*/document"),
    ("*", "/header/references/*/document/version"),
    ("*", "/header/references/*/predicate_type"),
    ("*", "/header/references/*/statement"),
    ("*", "/header/standards"),
    ("*", "/header/supersedes"),
    ("*", "/header/validity/until"),
    ("*", "/scope/countries"),
    ("*", "/scope/sites"),
    ("*", "/scope/types/*/revision"),
    ("*", "/key/until"),
    ("operator-registration", "/national_ids"),
    ("role-grant", "/acts"),
    ("role-grant", "/basis"),
    ("role-grant", "/basis/version"),
    ("role-grant", "/cn"),
    ("role-grant", "/countries"),
    ("role-grant", "/modules"),
    ("role-grant", "/until"),
    ("accreditation", "/acts"),
    ("accreditation", "/countries"),
    ("accreditation", "/products"),
    ("accreditation", "/standards"),
    ("accreditation", "/until"),
    ("notification", "/header/transcription"),
    ("notification", "/header/transcription/source/annotations"),
    ("notification", "/header/transcription/source/downloadLocation"),
    ("notification", "/products"),
    ("key-event", "/reason"),
    // That registrar keys before and after are all listed, only the ledger can tell.
    ("registrar-change", "/add"),
    ("registrar-change", "/add/*/until"),
    ("registrar-change", "/log_keys_add"),
    ("registrar-change", "/log_keys_add/*/until"),
    ("registrar-change", "/log_keys_end"),
    ("registrar-change", "/remove"),
    ("product-identity", "/scope/batches"),
    ("product-identity", "/attributes/ingredients"),
    ("product-identity", "/attributes/voltage"),
    ("product-identity", "/category/cn"),
    ("product-identity", "/category/gpc"),
    ("product-identity", "/components"),
    ("product-identity", "/contains"),
    ("product-identity", "/intended_age"),
    ("product-identity", "/types/*/batches"),
    ("product-identity", "/types/*/batches/to"),
    ("product-identity", "/types/*/revision"),
    ("product-identity", "/warnings"),
    ("eu-declaration-of-conformity", "/scope/batches"),
    ("eu-declaration-of-conformity", "/additional"),
    ("eu-declaration-of-conformity", "/notified_body"),
    ("eu-declaration-of-conformity", "/notified_body/certificate"),
    ("eu-declaration-of-conformity", "/notified_body/certificate/version"),
    ("eu-declaration-of-conformity", "/object/photo"),
    ("eu-declaration-of-conformity", "/simplified_url"),
    ("conformity-certificate", "/scope/batches"),
    ("conformity-certificate", "/annexes"),
    ("conformity-certificate", "/annexes/*/annotations"),
    ("conformity-certificate", "/annexes/*/downloadLocation"),
    ("conformity-certificate", "/conditions"),
    ("conformity-certificate", "/sites"),
    ("conformity-certificate", "/standards_tested"),
    ("conformity-certificate", "/surveillance"),
    ("test-report", "/scope/batches"),
    ("test-report", "/kind"),
    ("test-report", "/photos"),
    ("test-report", "/sampled_by"),
    ("test-report", "/tests/*/clause"),
    ("test-report", "/tests/*/values"),
    ("importer-declaration", "/arrival"),
    ("importer-declaration", "/checked/doc/version"),
    ("importer-declaration", "/ens"),
    ("importer-declaration", "/origin"),
    ("importer-declaration", "/pids"),
    ("mandate", "/scope/batches"),
    ("mandate", "/contract"),
    ("traceability-event", "/action"),
    ("traceability-event", "/certification_info"),
    ("traceability-event", "/disposition"),
    ("traceability-event", "/event_hash"),
    ("traceability-event", "/items/ranges"),
    ("traceability-event", "/items/serials"),
    // The batch is named among the items, too.
    ("traceability-event", "/outputs"),
    ("traceability-event", "/sensor"),
    ("traceability-event", "/where"),
    ("traceability-event", "/where/location"),
    ("traceability-event", "/where/read_point"),
    ("status-change", "/measure"),
    ("status-change", "/measure/version"),
    ("status-change", "/retroactive_from"),
    ("status-change", "/target/document"),
    ("status-change", "/target/document/version"),
    // Then it withdraws a document that was never logged.
    ("status-change", "/target/statement"),
    ("status-change", "/text"),
    ("safety-measure", "/images"),
    ("safety-measure", "/injuries"),
    ("safety-measure", "/remedy"),
    ("safety-measure", "/source_id"),
    ("measure-update", "/document/version"),
    // Whether subjects are right, only the ledger can tell.
    ("measure-update", "/scope/batches"),
    ("supersession", "/new_document"),
    ("supersession", "/new_document/version"),
    ("supersession", "/old_document"),
    ("supersession", "/old_document/version"),
    ("erasure-order", "/document"),
    ("erasure-order", "/document/version"),
    ("production-quality-approval", "/scope/batches"),
    ("production-quality-approval", "/last_audit"),
    ("concern-report", "/claim/en"),
    ("concern-report", "/claim/fr"),
    ("concern-report", "/target/document/version"),
    ("external-registration", "/scope/batches"),
    ("external-registration", "/countries"),
    ("external-registration", "/stream"),
    ("external-registration", "/url"),
    ("listing-record", "/cause"),
    ("listing-record", "/order"),
];

/// Places in the predicate, and the text of what is put there; without text, the member goes.
pub(crate) type Edits = &'static [(&'static str, &'static str)];

/// What breaks one rule of a type, and what the refusal has to name.
pub(crate) const BROKEN: &[(&str, Edits, &str)] = &[
    // Any type: the header.
    ("mandate", &[("/header/id", r#""a b""#)], "/header/id"),
    ("mandate", &[("/header/issuer/role", r#""king""#)], "/header/issuer/role"),
    ("mandate", &[("/header/issuer/role", r#""lab""#)], "header.issuer.role"),
    ("mandate", &[("/header/audience", r#""PARTNER""#)], "header.audience"),
    ("mandate", &[("/header/validity/until", r#""2026-08-31""#)], "header.validity"),
    ("mandate", &[("/header/references", r#"[{"rel":"basis"}]"#)], "header.references"),
    ("mandate", &[("/header/references", r#"[{"rel":"likes"}]"#)], "/header/references/0/rel"),
    ("role-grant", &[("/header/issuer/operator", MAKER)], "header.issuer"),
    ("policy", &[("/header/issuer/operator", KEY)], "header.issuer"),
    ("erasure-order", &[("/header/issuer", REGISTRAR)], "header.ledger: an act"),
    (
        "status-change",
        &[
            ("/header/issuer", REGISTRAR),
            ("/target", ALL_OF_ONE),
            ("/action", r#""ANNUL""#),
            ("/retroactive_from", ""),
        ],
        "header.ledger: an act",
    ),
    ("test-report", &[("/header/transcription", TRANSCRIPTION)], "header.transcription.by"),
    ("role-grant", &[("/header/transcription", TRANSCRIPTION)], "header.transcription"),
    ("test-report", &[("/header/document/version", r#""1\u200b""#)], "/header/document"),
    ("test-report", &[("/header/document/version", r#""\u0406""#)], "/header/document"),
    ("test-report", &[("/header/document/version", r#"" 1""#)], "/header/document"),
    ("test-report", &[("/header/document/number", r#""R\u0415-1""#)], "/header/document"),
    ("test-report", &[("/header/document/issued", r#""2026-02-29""#)], "/header/document"),
    ("test-report", &[("/header/document/languages/0", r#""EN""#)], "/header/document"),
    ("test-report", &[("/header/document/languages/0", r#""pt-br""#)], "/header/document"),
    ("test-report", &[("/header/document/languages/0", r#""zh-hant""#)], "/header/document"),
    // Any type: the scope.
    ("mandate", &[("/scope", r#"{"batches":{"mode":"ALL"}}"#)], "scope"),
    ("mandate", &[("/scope/products/0/id", LOT)], "scope"),
    ("mandate", &[("/scope/batches", r#"{"mode":"LIST","list":["a b"]}"#)], "scope"),
    ("mandate", &[("/scope/batches", r#"{"mode":"ALL","list":["A"]}"#)], "/scope/batches"),
    ("mandate", &[("/scope/batches", r#"{"mode":"TEXT","text":"all"}"#)], "scope.batches"),
    (
        "mandate",
        &[(
            "/scope/batches",
            r#"{"mode":"PRODUCED_BETWEEN","from":"2026-02-01","to":"2026-01-01"}"#,
        )],
        "scope window",
    ),
    ("test-report", &[("/scope/batches", r#"{"mode":"LIST","list":["A"]}"#)], "no product"),
    ("test-report", &[("/scope/types/0/revision", r#""\u0392""#)], "/scope/types/0"),
    // Each type.
    ("operator-registration", &[("/aliases/0", MAKER)], "aliases"),
    ("operator-registration", &[("/aliases_ended/0", LEI)], "aliases"),
    ("operator-registration", &[("/country", r#""EU""#)], "country"),
    ("operator-registration", &[("/key/keyid", ZERO)], "/key"),
    ("operator-registration", &[("/key/purposes", r#"["* "]"#)], "/key"),
    ("operator-registration", &[("/header/issuer/role", r#""auditor""#)], "header.issuer.role"),
    ("role-grant", &[("/role", r#""registrar""#)], "role"),
    ("role-grant", &[("/until", r#""2025-12-31""#)], "until"),
    ("role-grant", &[("/action", r#""SUSPEND""#)], "/action"),
    ("accreditation", &[("/standards", ""), ("/acts", "")], "standards"),
    ("accreditation", &[("/norm", r#""ISO 9001""#)], "/norm"),
    ("notification", &[("/body", MAKER)], "body"),
    ("notification", &[("/modules/0", r#""Z""#)], "/modules"),
    ("key-event", &[("/operator", LEI)], "operator"),
    ("key-event", &[("/replaces", "")], "replaces"),
    ("key-event", &[("/action", r#""ADD""#)], "replaces"),
    ("key-event", &[("/suspect_from", TIME)], "suspect_from"),
    ("key-event", &[("/action", r#""COMPROMISE""#), ("/replaces", "")], "suspect_from"),
    ("key-event", &[("/replaces", KEY_2)], "replaces"),
    ("registrar-change", &[("/quorum", "0")], "quorum"),
    ("registrar-change", &[("/quorum", "8")], "quorum"),
    ("registrar-change", &[("/remove/0", KEY_1)], "named twice"),
    ("registrar-change", &[("/remove/0", KEY_2)], "named twice"),
    ("registrar-change", &[("/log_keys_end/0", KEY_2)], "named twice"),
    ("policy", &[("/content", r#""eA=""#)], "content"),
    ("policy", &[("/sha256", ZERO)], "sha256"),
    ("product-identity", &[("/category", "{}")], "/category"),
    ("product-identity", &[("/category/cn", r#""9503""#)], "category.cn"),
    ("product-identity", &[("/scope", SCOPE_OF_A_TYPE)], "scope.products"),
    ("product-identity", &[("/types/0/batches", r#"{"mode":"TEXT","text":"x"}"#)], "types.batches"),
    ("product-identity", &[("/types/0/batches/to", r#""2025-12-31""#)], "scope window"),
    ("product-identity", &[("/types/0/batches", r#"{"mode":"LIST","list":["\u00e9"]}"#)], "scope"),
    ("product-identity", &[("/types/0/revision", r#""B ""#)], "/types/0"),
    ("product-identity", &[("/merchant_ids/0", MODEL)], "merchant_ids"),
    ("product-identity", &[("/contains/0/quantity", "0")], "contains"),
    ("product-identity", &[("/components/0/quantity", "0")], "components: a quantity"),
    ("product-identity", &[("/components/0/id", MODEL)], "components: https"),
    ("product-identity", &[("/contains/0/id", MODEL)], "contains itself"),
    ("product-identity", &[("/scope/products/0/id", PACK), ("/contains", "")], "is a pack"),
    (
        "product-identity",
        &[("/scope/products/0/id", PACK), ("/contains/0/id", OTHER_MODEL)],
        "its base is missing",
    ),
    (
        "product-identity",
        &[("/scope/products/0/id", PACK), ("/contains/0/id", LOT_OF_PACKS)],
        "its base is missing",
    ),
    ("product-identity", &[("/attributes/voltage", r#""-0.0""#)], "/attributes/voltage"),
    ("product-identity", &[("/attributes/voltage", "5")], "/attributes/voltage"),
    ("eu-declaration-of-conformity", &[("/sole_responsibility", "false")], "sole_responsibility"),
    ("eu-declaration-of-conformity", &[("/modules/32014L0030", r#""A""#)], "modules"),
    ("eu-declaration-of-conformity", &[("/modules/32011L0065", "")], "modules"),
    ("eu-declaration-of-conformity", &[("/header/legislation", "")], "modules"),
    ("eu-declaration-of-conformity", &[("/header/legislation/1", ACT)], "modules"),
    ("eu-declaration-of-conformity", &[("/manufacturer/operator", LEI)], "manufacturer.operator"),
    (
        "eu-declaration-of-conformity",
        &[("/header/issuer/role", r#""authorised_rep""#)],
        "manufacturer.operator",
    ),
    ("conformity-certificate", &[("/scope", SCOPE_OF_A_PRODUCT)], "scope.types"),
    ("conformity-certificate", &[("/voluntary", "true")], "voluntary"),
    ("conformity-certificate", &[("/scheme", r#""S""#)], "voluntary"),
    ("conformity-certificate", &[("/module", ""), ("/act", "")], "voluntary"),
    ("conformity-certificate", &[("/result", r#""FAILS""#)], "/result"),
    (
        "conformity-certificate",
        &[("/header/issuer/role", r#""certification_body""#)],
        "a certification_body issues voluntary",
    ),
    ("test-report", &[("/scope", SCOPE_OF_A_PRODUCT)], "scope"),
    ("test-report", &[("/tested_until", r#""2026-08-02""#)], "tested_until"),
    ("test-report", &[("/tests/1/result", r#""FAIL""#)], "overall"),
    ("test-report", &[("/overall", r#""NA""#)], "overall"),
    ("test-report", &[("/tests/0/values/0/value", r#""7e1""#)], "/tests/0/values/0/value"),
    ("importer-declaration", &[("/scope/batches", r#"{"mode":"ALL"}"#)], "scope.batches"),
    ("importer-declaration", &[("/mrn", "")], "mrn"),
    ("importer-declaration", &[("/pre_arrival", "true")], "mrn"),
    ("importer-declaration", &[("/checked/marking", "false")], "checked.marking"),
    ("importer-declaration", &[("/checked/documentation", "false")], "checked.documentation"),
    ("importer-declaration", &[("/quantity", "0")], "quantity"),
    ("mandate", &[("/mandatary", MAKER)], "mandatary"),
    ("mandate", &[("/header/issuer/operator", LEI)], "header.issuer"),
    ("mandate", &[("/header/transcription", TRANSCRIPTION)], "header.transcription"),
    ("mandate", &[("/kind", r#""DELEGATED_SUBMITTER""#)], "/kind"),
    ("traceability-event", &[("/inputs", ""), ("/outputs", ""), ("/items", "")], "inputs"),
    ("traceability-event", &[("/offset", r#""+8:00""#)], "offset"),
    ("traceability-event", &[("/offset", r#""+15:00""#)], "offset"),
    ("traceability-event", &[("/action", r#""SOLD""#)], "action"),
    ("traceability-event", &[("/event_hash", ZERO)], "event_hash"),
    ("traceability-event", &[("/event", r#""TRANSFORMATION""#)], "/event"),
    ("traceability-event", &[("/items/batch", MODEL)], "items.batch"),
    ("traceability-event", &[("/items/serials", ""), ("/items/ranges", "")], "items: "),
    ("traceability-event", &[("/items/serials/0", r#""a b""#)], "items.serials"),
    ("traceability-event", &[("/items/ranges/0/to", r#""1200""#)], "items.ranges"),
    ("traceability-event", &[("/items/ranges/0/to", r#""00120A""#)], "items.ranges"),
    ("traceability-event", &[("/items/ranges/0/to", r#""000000""#)], "items.ranges"),
    ("status-change", &[("/target/issuer", LEI), ("/target/from", TIME)], "target"),
    ("status-change", &[("/target/from", TIME)], "target"),
    ("status-change", &[("/target/statement", ""), ("/target/document", "")], "/target"),
    ("status-change", &[("/target", r#"{"issuer":"urn:nando:9999"}"#)], "target"),
    ("status-change", &[("/target", ALL_OF_ONE), ("/retroactive_from", "")], "action"),
    ("status-change", &[("/successor", DOCUMENT)], "successor"),
    ("status-change", &[("/action", r#""CORRECT""#), ("/retroactive_from", "")], "successor"),
    ("status-change", &[("/action", r#""SUSPEND""#)], "retroactive_from"),
    ("safety-measure", &[("/header/issuer/role", r#""manufacturer""#)], "operators"),
    (
        "safety-measure",
        &[("/header/issuer/role", r#""connector""#), ("/operators", ""), ("/source_id", "")],
        "source_id",
    ),
    (
        "safety-measure",
        &[
            ("/header/issuer/role", r#""importer""#),
            ("/operators", ""),
            ("/scope/batches", r#"{"mode":"TEXT","text":"all"}"#),
        ],
        "scope.batches",
    ),
    ("safety-measure", &[("/risk/level", r#""grave""#)], "/risk/level"),
    ("measure-update", &[("/scope", "")], "scope"),
    ("measure-update", &[("/change", r#""REDUCE""#), ("/scope", "")], "scope"),
    ("measure-update", &[("/change", r#""LIFT""#), ("/scope/products", "")], "scope"),
    ("measure-update", &[("/change", r#""LIFT""#), ("/scope/products/0/id", LOT)], "scope"),
    ("supersession", &[("/new", STATEMENT)], "new"),
    ("conformity-verdict", &[("/platform", "")], "platform"),
    ("conformity-verdict", &[("/body", r#""e30""#)], "body"),
    ("conformity-verdict", &[("/sha256", ZERO)], "sha256"),
    ("conformity-verdict", &[("/body", r#""eyB9""#), ("/sha256", SPACED)], "body"),
    ("conformity-verdict", &[("/verdict", r#""MAYBE""#)], "/verdict"),
    ("production-quality-approval", &[("/module", r#""B""#)], "module"),
    (
        "production-quality-approval",
        &[("/next_surveillance", r#""2026-08-20""#)],
        "next_surveillance",
    ),
    ("production-quality-approval", &[("/header/issuer/role", r#""lab""#)], "header.issuer.role"),
    ("external-registration", &[("/holder", "")], "holder"),
    ("external-registration", &[("/header/issuer/role", r#""manufacturer""#)], "holder"),
    ("external-registration", &[("/registry", r#""EPREL""#)], "stream"),
    ("external-registration", &[("/registry", r#""ELSE""#)], "/registry"),
    ("external-registration", &[("/status", r#""GONE""#)], "/status"),
    ("trader-verification", &[("/checks/1/item", r#""30.1.a""#)], "checks"),
    ("trader-verification", &[("/checks/1/item", r#""30.1.f""#)], "/checks/1/item"),
    ("trader-verification", &[("/checks/1/result", r#""FAIL""#)], "result"),
    ("trader-verification", &[("/trader", MAKER)], "subject"),
    ("concern-report", &[("/target/product", MODEL)], "target"),
    ("concern-report", &[("/target/statement", "")], "target"),
    ("concern-report", &[("/header/issuer/role", r#""distributor""#)], "header.issuer.role"),
    ("listing-record", &[("/listing_id", r#""MK-2""#)], "listing_id"),
    ("listing-record", &[("/verdict", "")], "verdict"),
    ("listing-record", &[("/action", r#""DELISTED""#)], "verdict"),
];

pub(crate) const ACT: &str = r#""32009L0048""#;
pub(crate) const ALL_OF_ONE: &str = r#"{"issuer":"urn:nando:9999","from":"2026-09-15T08:00:00Z"}"#;
pub(crate) const DOCUMENT: &str = r#"{"issuer":"urn:nando:9999","number":"C-2"}"#;
pub(crate) const KEY: &str =
    r#""urn:probant:key:0000000000000000000000000000000000000000000000000000000000000000""#;
pub(crate) const KEY_1: &str =
    r#""39f713d0a644253f04529421b9f51b9b08979d08295959c4f3990ee617f5139f""#;
pub(crate) const KEY_2: &str =
    r#""dac073e0123bdea59dd9b3bda9cf6037f63aca82627d7abcd5c4ac29dd74003e""#;
pub(crate) const LEI: &str = r#""urn:lei:969500KSV493XWY0PS33""#;
pub(crate) const LOT: &str = r#""https://id.gs1.org/01/09521000200012/10/L2610A""#;
pub(crate) const LOT_OF_PACKS: &str = r#""https://id.gs1.org/01/19521000300023/10/L2610A""#;
pub(crate) const MAKER: &str = r#""https://id.gs1.org/417/9521000200005""#;
pub(crate) const MODEL: &str = r#""https://id.gs1.org/01/09521000200012""#;
pub(crate) const OTHER_MODEL: &str = r#""https://id.gs1.org/01/09521000400030""#;
pub(crate) const PACK: &str = r#""https://id.gs1.org/01/19521000300023""#;
pub(crate) const REGISTRAR: &str = r#"{"role":"registrar","operator":
    "urn:probant:key:0000000000000000000000000000000000000000000000000000000000000000"}"#;
pub(crate) const SCOPE_OF_A_PRODUCT: &str =
    r#"{"products":[{"id":"https://id.gs1.org/01/09521000200012"}]}"#;
pub(crate) const SCOPE_OF_A_TYPE: &str =
    r#"{"types":[{"holder":"https://id.gs1.org/417/9521000200005","designation":"LP-BEAR-30"}]}"#;
/// SHA-256 of `{ }`, which is not canonical.
pub(crate) const SPACED: &str =
    r#""257c1be96ae69f4b01c2c69bdb6d78605f59175819fb007d0bf245bf48444c4a""#;
pub(crate) const STATEMENT: &str =
    r#""28462c1e5b25025505bd65c591cfe44d71c8c6c25be18a877780f6a5904f7bdc""#;
pub(crate) const TIME: &str = r#""2026-09-15T08:00:00Z""#;
pub(crate) const TRANSCRIPTION: &str = r#"{"by":"https://id.gs1.org/417/9521000400009","file_only":false,
    "source":{"name":"a.pdf","mediaType":"application/pdf","digest":
    {"sha256":"0000000000000000000000000000000000000000000000000000000000000000"}}}"#;
pub(crate) const ZERO: &str =
    r#""0000000000000000000000000000000000000000000000000000000000000000""#;

#[test]
fn every_type_has_a_complete_example_that_reads_back_what_it_writes() {
    for kind in PredicateKind::ALL.iter().copied() {
        let example = example(kind.name());
        let statement = parse(&example).unwrap_or_else(|error| panic!("{}: {error}", kind.name()));
        assert_eq!(statement.kind(), kind);
        let written = Statement::write(statement.subjects(), statement.predicate()).unwrap();
        assert_eq!(serde_json::from_slice::<Value>(&written).unwrap(), example, "{}", kind.name());
        assert_eq!(Statement::parse(&written).unwrap(), statement);
    }
}

#[test]
fn each_rule_of_a_type_refuses_what_breaks_it() {
    let mut wrong = Vec::new();
    for (kind, edits, named) in BROKEN {
        let mut statement = example(kind);
        for (place, value) in *edits {
            set(&mut statement["predicate"], place, value);
        }
        match parse(&statement) {
            Err(error) if error.contains(named) => {}
            found => wrong.push(format!("{kind} {edits:?}: {:?}", found.err())),
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn whoever_can_issue_a_record_that_has_a_status_can_supersede_it() {
    for role in [
        "manufacturer",
        "authorised_rep",
        "importer",
        "responsible_person",
        "distributor",
        "lab",
        "notified_body",
        "certification_body",
    ] {
        let mut statement = example("supersession");
        statement["predicate"]["header"]["issuer"]["role"] = json!(role);
        parse(&statement).unwrap_or_else(|error| panic!("{role}: {error}"));
    }
}

#[test]
fn a_member_can_be_left_out_where_the_type_says_so_and_nowhere_else() {
    let mut wrong = Vec::new();
    let mut unused: BTreeSet<_> = OPTIONAL.iter().collect();
    for kind in PredicateKind::ALL.iter().map(|kind| kind.name()) {
        let example = example(kind);
        for place in places(&example["predicate"], |_| true) {
            let parent = place.rsplit_once('/').unwrap().0;
            if !example["predicate"].pointer(parent).unwrap().is_object() {
                continue;
            }
            let mut statement = example.clone();
            set(&mut statement["predicate"], &place, "");
            let general: Vec<&str> = place
                .split('/')
                .map(|step| if step.parse::<u8>().is_ok() { "*" } else { step })
                .collect();
            let general = general.join("/");
            let row =
                OPTIONAL.iter().find(|(of, at)| (*of == "*" || *of == kind) && *at == general);
            let is_optional = row.is_some_and(|row| {
                unused.remove(row);
                true
            });
            let found = parse(&statement);
            if found.is_ok() != is_optional {
                wrong.push(format!("{kind} without {place}: {:?}", found.err()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(unused.is_empty(), "no example has {unused:?}");
}

#[test]
fn a_statement_is_written_in_one_form() {
    for kind in PredicateKind::ALL.iter().map(|kind| kind.name()) {
        let example = example(kind);
        let refuse = |place: &str, value: &Value| {
            let mut statement = example.clone();
            *statement.pointer_mut(place).unwrap() = value.clone();
            assert!(parse(&statement).is_err(), "{kind}: {place} is {value}");
        };
        for place in places(&example, |name| name != "extensions" && name != "annotations") {
            let value = example.pointer(&place).unwrap();
            for other in [json!(null), json!(""), json!(" "), json!([]), json!({}), json!([value])]
            {
                refuse(&place, &other);
            }
            match value {
                Value::Object(members) => {
                    // As some readers take an object: its members in order, without their names.
                    refuse(&place, &members.values().cloned().collect());
                    let mut more = members.clone();
                    more.insert("unknown".to_owned(), json!(1));
                    refuse(&place, &more.into());
                }
                Value::String(text) => {
                    // As some readers take a word of a list.
                    refuse(&place, &json!({ text.as_str(): null }));
                    refuse(&place, &json!(format!("{text}\u{202e}")));
                    refuse(&place, &json!(format!("{text}\u{1b}[2K")));
                    refuse(&place, &json!(format!("{text}\0")));
                }
                Value::Number(number) => refuse(&place, &json!(number.to_string())),
                Value::Bool(flag) => refuse(&place, &json!(u8::from(*flag))),
                Value::Array(_) | Value::Null => {}
            }
        }
    }
}

#[test]
fn lists_that_multiply_beyond_the_limit_are_refused_before_they_are_made() {
    let mut statement = example("importer-declaration");
    let product = statement["predicate"]["scope"]["products"][0].clone();
    let lots: Vec<String> = (0..100_000).map(|lot| format!("{lot:x}")).collect();
    statement["predicate"]["scope"]["products"] = json!(vec![product; 10_000]);
    statement["predicate"]["scope"]["batches"]["list"] = json!(lots);
    let error = parse(&statement).unwrap_err();
    assert!(error.contains("1000000000 subject keys"), "{error}");

    let mut statement = example("traceability-event");
    statement["predicate"]["extensions"]["list"] = json!(vec![json!({"": 0}); 32_768]);
    let error = parse(&statement).unwrap_err();
    assert!(error.contains("opening braces"), "{error}");
    statement["predicate"]["extensions"]["list"] = json!(vec![json!({"": 0}); 32_700]);
    parse(&statement).unwrap();

    let mut statement = example("traceability-event");
    statement["predicate"]["extensions"]["list"] = json!(vec![json!([0]); 32_768]);
    let error = parse(&statement).unwrap_err();
    assert!(error.contains("opening braces"), "{error}");

    let mut statement = example("conformity-verdict");
    let body = json!(vec![json!({"": 0}); 32_768]).to_string();
    statement["predicate"]["body"] = json!(base64_encode(body.as_bytes()));
    statement["predicate"]["sha256"] = json!(Digest::of(body.as_bytes()));
    let error = parse(&statement).unwrap_err();
    assert!(error.contains("opening braces"), "{error}");

    let mut statement = example("listing-record");
    let subject = statement["subject"][0].clone();
    statement["subject"] = json!(vec![subject; 1001]);
    let error = parse(&statement).unwrap_err();
    assert!(error.contains("1001 subject keys"), "{error}");
}

/// Pointers to every value below the root, those inside members that are not `wanted` left out.
pub(crate) fn places(value: &Value, wanted: fn(&str) -> bool) -> Vec<String> {
    fn walk(value: &Value, at: &str, wanted: fn(&str) -> bool, found: &mut Vec<String>) {
        let members: Vec<(String, &Value)> = match value {
            Value::Object(members) => {
                members.iter().map(|(name, value)| (name.replace('/', "~1"), value)).collect()
            }
            Value::Array(items) => {
                items.iter().enumerate().map(|(index, value)| (index.to_string(), value)).collect()
            }
            _ => Vec::new(),
        };
        for (name, value) in members.into_iter().filter(|(name, _)| wanted(name)) {
            let at = format!("{at}/{name}");
            // What is free inside is no part of the type.
            if name != "extensions" && name != "annotations" {
                walk(value, &at, wanted, found);
            }
            found.push(at);
        }
    }
    let mut found = Vec::new();
    walk(value, "", wanted, &mut found);
    found
}

/// Puts a value in place, or takes the member out if the text of the value is empty.
pub(crate) fn set(value: &mut Value, place: &str, text: &str) {
    let (parent, name) = place.rsplit_once('/').unwrap();
    let parent = value.pointer_mut(parent).unwrap_or_else(|| panic!("{place} is not there"));
    match (parent, text) {
        (Value::Object(members), "") => {
            members.remove(name).unwrap();
        }
        (Value::Object(members), text) => {
            members.insert(name.to_owned(), serde_json::from_str(text).unwrap());
        }
        (Value::Array(items), text) => {
            items[name.parse::<usize>().unwrap()] = serde_json::from_str(text).unwrap();
        }
        (other, _) => panic!("{place} is inside {other}"),
    }
}

/// The example of a type of attestation: with every member that it can have at once.
pub(crate) fn example(name: &str) -> Value {
    let path = format!("{}/tests/vectors/examples/{name}.json", env!("CARGO_MANIFEST_DIR"));
    serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap()
}

pub(crate) fn parse(statement: &Value) -> Result<Statement, String> {
    Statement::parse(statement.to_string().as_bytes()).map_err(|error| error.to_string())
}
