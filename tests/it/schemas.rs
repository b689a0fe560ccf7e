//! The JSON Schemas against the readers: they take all that the readers take, and refuse whatever
//! breaks a shape.

use jsonschema::Validator;
use probant::attestation::{PredicateKind, statement_schema};
use probant::identifier::SubjectUri;
use serde_json::{Value, json};

use crate::attestations::{
    ACT, ALL_OF_ONE, BROKEN, DOCUMENT, KEY_1, KEY_2, LEI, MAKER, MODEL, PACK, STATEMENT, TIME,
    TRANSCRIPTION, ZERO, example, parse, places, set,
};
use crate::program::probant;

/// The rows of `BROKEN` that no schema can refuse: kind, place and value of the first edit. Each is
/// about a relation between members, or about what a regular expression can't tell.
const RELATIONS: &[(&str, &str, &str)] = &[
    ("mandate", "/header/validity/until", r#""2026-08-31""#),
    ("test-report", "/header/transcription", TRANSCRIPTION),
    ("role-grant", "/header/transcription", TRANSCRIPTION),
    ("test-report", "/header/document/number", r#""R\u0415-1""#),
    (
        "mandate",
        "/scope/batches",
        r#"{"mode":"PRODUCED_BETWEEN","from":"2026-02-01","to":"2026-01-01"}"#,
    ),
    ("test-report", "/scope/batches", r#"{"mode":"LIST","list":["A"]}"#),
    ("operator-registration", "/aliases/0", MAKER),
    ("operator-registration", "/aliases_ended/0", LEI),
    ("operator-registration", "/key/keyid", ZERO),
    ("role-grant", "/until", r#""2025-12-31""#),
    ("key-event", "/operator", LEI),
    ("key-event", "/replaces", ""),
    ("key-event", "/action", r#""ADD""#),
    ("key-event", "/suspect_from", TIME),
    ("key-event", "/action", r#""COMPROMISE""#),
    ("key-event", "/replaces", KEY_2),
    ("registrar-change", "/remove/0", KEY_1),
    ("registrar-change", "/remove/0", KEY_2),
    ("registrar-change", "/log_keys_end/0", KEY_2),
    ("policy", "/sha256", ZERO),
    ("product-identity", "/types/0/batches/to", r#""2025-12-31""#),
    ("product-identity", "/components/0/id", MODEL),
    ("product-identity", "/contains/0/id", MODEL),
    ("product-identity", "/scope/products/0/id", PACK),
    ("eu-declaration-of-conformity", "/modules/32014L0030", r#""A""#),
    ("eu-declaration-of-conformity", "/modules/32011L0065", ""),
    ("eu-declaration-of-conformity", "/header/legislation", ""),
    ("eu-declaration-of-conformity", "/header/legislation/1", ACT),
    ("eu-declaration-of-conformity", "/manufacturer/operator", LEI),
    ("eu-declaration-of-conformity", "/header/issuer/role", r#""authorised_rep""#),
    ("conformity-certificate", "/header/issuer/role", r#""certification_body""#),
    ("test-report", "/tested_until", r#""2026-08-02""#),
    ("test-report", "/tests/1/result", r#""FAIL""#),
    ("mandate", "/mandatary", MAKER),
    ("mandate", "/header/issuer/operator", LEI),
    ("mandate", "/header/transcription", TRANSCRIPTION),
    ("traceability-event", "/items/ranges/0/to", r#""1200""#),
    ("traceability-event", "/items/ranges/0/to", r#""000000""#),
    ("status-change", "/target", ALL_OF_ONE),
    ("status-change", "/successor", DOCUMENT),
    ("status-change", "/action", r#""CORRECT""#),
    ("status-change", "/action", r#""SUSPEND""#),
    ("safety-measure", "/header/issuer/role", r#""manufacturer""#),
    ("safety-measure", "/header/issuer/role", r#""connector""#),
    ("safety-measure", "/header/issuer/role", r#""importer""#),
    ("measure-update", "/scope", ""),
    ("measure-update", "/change", r#""REDUCE""#),
    ("supersession", "/new", STATEMENT),
    ("conformity-verdict", "/platform", ""),
    ("conformity-verdict", "/sha256", ZERO),
    ("conformity-verdict", "/body", r#""eyB9""#),
    ("production-quality-approval", "/next_surveillance", r#""2026-08-20""#),
    ("external-registration", "/holder", ""),
    ("external-registration", "/header/issuer/role", r#""manufacturer""#),
    ("external-registration", "/registry", r#""EPREL""#),
    ("trader-verification", "/checks/1/item", r#""30.1.a""#),
    ("trader-verification", "/checks/1/result", r#""FAIL""#),
    ("trader-verification", "/trader", MAKER),
    ("listing-record", "/listing_id", r#""MK-2""#),
    ("listing-record", "/verdict", ""),
    ("listing-record", "/action", r#""DELISTED""#),
];

fn validator(kind: &str) -> Validator {
    let kind = PredicateKind::ALL.iter().find(|of| of.name() == kind).unwrap();
    let options = jsonschema::draft202012::options().should_validate_formats(true);
    options.build(&statement_schema(*kind)).unwrap()
}

#[test]
fn every_schema_is_one_and_takes_the_example_of_its_type() {
    for kind in PredicateKind::ALL {
        let schema = statement_schema(*kind);
        assert!(jsonschema::draft202012::meta::is_valid(&schema), "{}", kind.name());
        let validator = validator(kind.name());
        for other in PredicateKind::ALL {
            let errors: Vec<String> = validator
                .iter_errors(&example(other.name()))
                .map(|error| format!("{}: {error}", error.instance_path()))
                .collect();
            assert_eq!(errors.is_empty(), kind == other, "{}: {errors:?}", kind.name());
        }
    }
}

#[test]
fn a_schema_refuses_what_breaks_a_rule_about_shape() {
    let mut wrong = Vec::new();
    for (kind, edits, _) in BROKEN {
        let mut statement = example(kind);
        for (place, value) in *edits {
            set(&mut statement["predicate"], place, value);
        }
        let (place, value) = edits[0];
        let is_relation = RELATIONS.contains(&(*kind, place, value));
        if validator(kind).is_valid(&statement) != is_relation {
            wrong.push(format!("({kind:?}, {place:?}, {value:?}),"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    let is_broken = |(kind, place, value): &&(&str, &str, &str)| {
        BROKEN.iter().any(|(of, edits, _)| of == kind && edits[0] == (*place, *value))
    };
    assert!(RELATIONS.iter().all(|row| is_broken(&row)), "a relation is not in BROKEN");
}

#[test]
fn a_schema_demands_the_members_that_the_reader_demands() {
    let mut wrong = Vec::new();
    for kind in PredicateKind::ALL.iter().map(|kind| kind.name()) {
        let (example, validator) = (example(kind), validator(kind));
        for place in places(&example, |_| true) {
            let (parent, name) = place.rsplit_once('/').unwrap();
            let mut statement = example.clone();
            match statement.pointer_mut(parent).unwrap() {
                Value::Object(members) => drop(members.remove(&name.replace("~1", "/")).unwrap()),
                _ => continue,
            }
            let read = parse(&statement);
            let is_missing = read.as_ref().is_err_and(|error| {
                error.contains("missing field") || error.contains("is missing")
            });
            let is_valid = validator.is_valid(&statement);
            if (read.is_ok() && !is_valid) || (is_missing && is_valid) {
                wrong.push(format!("{kind} without {place}: {read:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_schema_knows_one_form_of_each_value() {
    for kind in PredicateKind::ALL.iter().map(|kind| kind.name()) {
        let (example, validator) = (example(kind), validator(kind));
        let refuse = |place: &str, value: &Value| {
            let mut statement = example.clone();
            *statement.pointer_mut(place).unwrap() = value.clone();
            assert!(!validator.is_valid(&statement), "{kind}: {place} is {value}");
        };
        for place in places(&example, |name| name != "extensions" && name != "annotations") {
            let value = example.pointer(&place).unwrap();
            for other in [json!(null), json!(""), json!(" "), json!([]), json!({}), json!([value])]
            {
                refuse(&place, &other);
            }
            match value {
                Value::Object(members) => {
                    let mut more = members.clone();
                    more.insert("unknown".to_owned(), json!(1));
                    refuse(&place, &more.into());
                }
                Value::String(text) => {
                    for end in ["\u{202e}", "\u{1b}[2K", "\0"] {
                        refuse(&place, &json!(format!("{text}{end}")));
                    }
                }
                Value::Number(number) => {
                    refuse(&place, &json!(number.to_string()));
                    refuse(&place, &json!(-1));
                    refuse(&place, &json!(1_u64 << 53));
                }
                Value::Bool(flag) => refuse(&place, &json!(u8::from(*flag))),
                Value::Array(_) | Value::Null => {}
            }
        }
    }
}

#[test]
fn the_command_prints_the_schema_of_a_type_and_the_list_of_types() {
    let names: Vec<&str> = PredicateKind::ALL.iter().map(|kind| kind.name()).collect();
    let list = probant(&["schema", "--list"]);
    list.expect(0);
    assert_eq!(list.stdout.lines().collect::<Vec<_>>(), names);
    let list = probant(&["schema", "--list", "--format", "json"]).json(0);
    let listed = list["types"].as_array().unwrap().iter().map(|of| of["name"].as_str().unwrap());
    assert_eq!(listed.collect::<Vec<_>>(), names);

    let expected = statement_schema(PredicateKind::Mandate);
    for name in ["mandate", "urn:probant:attestation:mandate:v1"] {
        let printed = probant(&["schema", name]);
        printed.expect(0);
        assert_eq!(serde_json::from_str::<Value>(&printed.stdout).unwrap(), expected);
        let printed = probant(&["schema", name, "--format", "json"]).json(0);
        assert_eq!(printed["types"][0]["schema"], expected);
    }
    for arguments in [&["schema"][..], &["schema", "mandat"], &["schema", "mandate", "--list"]] {
        probant(arguments).expect(2);
    }
}

#[test]
fn a_schema_takes_every_form_that_the_reader_takes() {
    let mut wrong = Vec::new();
    for (kind, place, texts) in FORMS {
        let validator = validator(kind);
        for text in *texts {
            let mut statement = example(kind);
            *statement.pointer_mut(&format!("/predicate{place}")).unwrap() = json!(text);
            let is_uri = text.parse::<SubjectUri>().is_ok();
            if (!is_uri && parse(&statement).is_err()) || !validator.is_valid(&statement) {
                wrong.push(format!("{kind} {place} {text}: {:?}", parse(&statement).err()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Places and texts that may stand there.
const FORMS: &[(&str, &str, &[&str])] = &[
    (
        "mandate",
        "/mandator",
        &[
            "https://id.gs1.org/417/9521000200005",
            "urn:lei:969500KSV493XWY0PS33",
            "urn:eori:FR99900011000018",
            "urn:eori:DE1",
            "urn:eori:ES9",
            "urn:vat:FR72999000110",
            "urn:vat:XIGD999",
            "urn:vat:RO99",
            "urn:nando:0099",
        ],
    ),
    (
        "conformity-verdict",
        "/product",
        &[
            "https://id.gs1.org/01/19521000300023",
            "https://id.gs1.org/01/09521000200012/22/A/10/L2610A/21/7",
            "https://id.gs1.org/01/09521000200012/10/L%2F1/21/%22",
            "https://id.gs1.org/01/09521000200012/235/X",
            "urn:probant:product:https%3A%2F%2Fid.gs1.org%2F417%2F9521000200005:A%2F1",
            "urn:probant:product:urn%3Aeori%3AFR99900011000018:A-1/10/B",
        ],
    ),
    ("test-report", "/header/document/version", &["1", "2.0 rev. 3", "Édition 2", "\u{ff}", "~!"]),
    ("test-report", "/header/document/number", &["r 1", "R\u{a0}1", "ﬁ-1", "é"]),
    (
        "test-report",
        "/header/document/languages/0",
        &[
            "fr",
            "fil",
            "pt-BR",
            "zh-Hant",
            "zh-Hant-TW",
            "es-419",
            "de-1996",
            "en-x-ab-abcd",
            "sl-rozaj",
        ],
    ),
    (
        "test-report",
        "/tests/0/values/0/value",
        &["0", "12", "12.50", "0.05", "-0.5", "-0.05", "-10.0", "0.0"],
    ),
    (
        "status-change",
        "/effective_at",
        &["2026-09-15T08:00:00Z", "2024-02-29T23:59:59.9Z", "9999-12-31T23:59:59.999Z"],
    ),
    ("test-report", "/sample/received", &["1970-01-01", "2024-02-29", "9999-12-31"]),
    ("test-report", "/sample/id", &[" a", "a\n\tb ", "\u{200b}", "中"]),
    ("traceability-event", "/offset", &["+00:00", "-14:59", "+08:30"]),
];
