//! The vectors for identifiers and strict JSON: the tables of `conformity.md`, section 3, and what
//! `vectors/ledger.json` has about subjects; and that no text but the canonical one is read.

use std::fmt;
use std::str::FromStr;

use probant::hash::Digest;
use probant::identifier::{
    Celex, Class, Eori, Gln, Gmn, Gtin, Lei, Mrn, Nando, OperatorUri, ProductUri, Siren,
    SubjectKey, SubjectUri, TypeUri, Vat, gs1_check_digit, input,
};
use probant::json;
use proptest::prelude::*;
use serde_json::Value;

const MODEL: &str = "https://id.gs1.org/01/09521000200012";

fn check<T: FromStr + AsRef<str> + fmt::Debug>(good: &[&str], bad: &[&str])
where
    T::Err: fmt::Debug + fmt::Display,
{
    for text in good {
        assert_eq!(text.parse::<T>().unwrap().as_ref(), *text);
    }
    for text in bad {
        let error = text.parse::<T>().unwrap_err().to_string();
        assert!(error.contains(&format!("{text:?}")), "{error} does not name {text}");
    }
}

pub(crate) fn gtins() {
    for good in [
        "96385074",
        "036000291452",
        "5608771030810",
        "09520123456788",
        "09506000134352",
        "1234567890128",
        "19521000300023",
    ] {
        let gtin = Gtin::parse_input(good).unwrap();
        assert_eq!(gtin.as_str(), format!("{good:0>14}"));
        assert_eq!(gtin.as_str().parse(), Ok(gtin));
        assert_eq!(good.parse::<Gtin>().is_ok(), good.len() == 14, "{good}");
    }
    for bad in [
        "09520123456789",
        "0123456789123",
        "416000336108",
        "02345673",
        "12345678901231",
        "5608771O30810",
        "123456789",
    ] {
        Gtin::parse_input(bad).unwrap_err();
        bad.parse::<Gtin>().unwrap_err();
        format!("{bad:0>14}").parse::<Gtin>().unwrap_err();
    }
    for check_digit_alone in ["02345673", "416000336108", "12345678901231"] {
        let (body, check) = check_digit_alone.split_at(check_digit_alone.len() - 1);
        assert_eq!(gs1_check_digit(body).map(String::from).as_deref(), Some(check));
    }
}

pub(crate) fn other_identifiers() {
    check::<Gln>(
        &["9521000200005", "9521000300002", "9521000400009", "9521000500006"],
        &["9521000200006", "0000000000000", "952100020000", "95210002000O5"],
    );
    check::<Gmn>(
        &["1987654Ad4X4bL5ttr2310c2K"],
        &["1987654Ad4X4bL5ttr2310c2L", "1987654Ad4X4bL5ttr2310cK2", "1987654ad4X4bL5ttr2310c2K"],
    );
    check::<Lei>(
        &["969500KSV493XWY0PS33", "5493001KJTIIGC8Y1R12", "7H6GLXDRUGQFU57RNE97"],
        &[
            "ZZZZ00ALIASTEST00200",
            "ZZZZ00ALIASTEST03401",
            "ZZZZ00ALIASTEST06699",
            "969500KSV493XWY0PS34",
            "969500ksv493xwy0ps33",
        ],
    );
    // The aliases leave remainder 1 like the numbers that they stand for.
    check::<Lei>(&["ZZZZ00ALIASTEST00297", "ZZZZ00ALIASTEST03498", "ZZZZ00ALIASTEST06602"], &[]);
    check::<Eori>(&["FR99900011000018"], &["fr99900011000018", "FR9990001100001", "EL1", "FR1"]);
    check::<Eori>(&["GR123456789", "XI123456789000", "DE1"], &["DE", "DE1234567890123456", "D1"]);
    check::<Vat>(&["FR72999000110"], &["FR73999000110"]);
    check::<Siren>(&["999000110"], &["999000111"]);
    check::<Nando>(&["9999", "0099"], &["999", "99999", "09 9"]);
    check::<Mrn>(&["26FRD0010000123456"], &["26FRD001000012345", "26frD0010000123456"]);
    check::<Celex>(&["32009L0048", "32016R0425"], &["2009/48", "32009X0048", "52009L0048"]);
}

pub(crate) fn product_uris() {
    let read = |text: &str| input::product(text).map(|found| found.value.to_string());
    for (text, expected) in [
        ("https://id.gs1.org/01/9506000134352", "https://id.gs1.org/01/09506000134352".to_owned()),
        (
            "https://shop.example/01/09521000200012/10/L2610A?17=261231",
            format!("{MODEL}/10/L2610A"),
        ),
        (&format!("{MODEL}/10/a%2Fb"), format!("{MODEL}/10/a%2Fb")),
        (&format!("{MODEL}/10/a%252Fb"), format!("{MODEL}/10/a%252Fb")),
        (&format!("{MODEL}/10/a+b"), format!("{MODEL}/10/a%2Bb")),
        (&format!("{MODEL}/10/a%2fb"), format!("{MODEL}/10/a%2Fb")),
    ] {
        assert_eq!(read(text), Ok(expected.clone()), "{text}");
        // A statement must hold the result already.
        assert_eq!(text.parse::<ProductUri>().is_ok(), text == expected, "{text}");
    }
    let notes = input::product("https://shop.example/01/09521000200012/10/L2610A?17=261231");
    let notes = notes.unwrap().notes;
    assert!(notes.iter().any(|note| note.contains("shop.example")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("17=261231")), "{notes:?}");
    let lot = format!("{MODEL}/10/a%252Fb").parse::<ProductUri>().unwrap();
    assert_eq!(lot.qualifiers().lot.as_ref().unwrap().as_str(), "a%2Fb");

    for path in [
        "/10/a/b",
        "/21/S1/10/L1",
        "/10/A/10/B",
        "/235/X/21/S1",
        "/10/a%20b",
        "/10/123456789012345678901",
        "/10/a~b",
        "/10/",
        "/",
    ] {
        let bad = format!("{MODEL}{path}");
        read(&bad).unwrap_err();
        bad.parse::<ProductUri>().unwrap_err();
    }
    read("https://id.gs1.org/gtin/09521000200012").unwrap_err();

    let batch: SubjectUri = format!("{MODEL}/10/L2610A").parse().unwrap();
    let expected = "641947ed3e604f0087e98863023ad7536c1d8ad22c49c3c1efccd090ae873049";
    assert_eq!(batch.digest().to_string(), expected);
}

pub(crate) fn epc_urns() {
    for (urn, path) in [
        ("urn:epc:id:sgtin:9521000.020001.S1", "/21/S1"),
        ("urn:epc:class:lgtin:9521000.020001.L2610A", "/10/L2610A"),
        ("urn:epc:idpat:sgtin:9521000.020001.*", ""),
    ] {
        assert_eq!(input::product(urn).unwrap().value.as_str(), format!("{MODEL}{path}"));
        urn.parse::<SubjectUri>().unwrap_err();
    }
    let party = input::operator("urn:epc:id:pgln:9521000.20000").unwrap();
    assert_eq!(party.value.as_str(), "https://id.gs1.org/417/9521000200005");
    input::product("urn:epc:id:sgtin:952100.020001.S1").unwrap_err();
}

#[test]
fn subjects_of_the_ledger_vectors() {
    let vectors = vectors();
    let subjects = vectors["subjects"].as_array().unwrap();
    assert_eq!(subjects.len(), 18);
    for vector in subjects {
        let uri = text(&vector["uri"]);
        let subject: SubjectUri = uri.parse().unwrap();
        assert_eq!(subject.as_str(), uri);
        assert_eq!(subject.kind().to_string(), text(&vector["kind"]), "{uri}");
        assert_eq!(subject.digest().to_string(), text(&vector["digest"]), "{uri}");
        for class in Class::EVERY {
            let key = SubjectKey::of(class, &subject);
            assert_eq!(key.to_string(), text(&vector[class.to_string()]), "{uri}");
        }
        let ancestors = subject.as_product().map(|product| product.ancestors());
        let ancestors = serde_json::to_value(ancestors.unwrap_or_default()).unwrap();
        assert_eq!(ancestors, vector["ancestors"], "{uri}");
    }
}

#[test]
fn invalid_json_and_names_of_the_ledger_vectors() {
    let vectors = vectors();
    let (mut json_cases, mut uri_cases) = (0, 0);
    for case in vectors["invalid"].as_array().unwrap() {
        let what = &case["what"];
        match (text(&case["kind"]), text(&case["rule"])) {
            ("statement", "3.json") => {
                json::check(&bytes_of(case)).expect_err(&what.to_string());
                json_cases += 1;
            }
            ("statement", "3.uri") => {
                let bytes = bytes_of(case);
                // The JSON is sound and the digests fit: the name alone is what is refused.
                let statement: Value = json::from_slice(&bytes).unwrap();
                let mut refused = 0;
                for subject in statement["subject"].as_array().unwrap() {
                    let name = text(&subject["name"]);
                    let digest = Digest::of(name.as_bytes()).to_string();
                    assert_eq!(digest, text(&subject["digest"]["sha256"]), "{what}");
                    refused += usize::from(name.parse::<SubjectUri>().is_err());
                }
                assert_eq!(refused, 1, "{what}");
                uri_cases += 1;
            }
            _ => {}
        }
    }
    assert_eq!((json_cases, uri_cases), (11, 10));
    for envelope in vectors["envelopes"].as_array().unwrap() {
        json::check(text(&envelope["payload"]).as_bytes()).unwrap();
    }
}

pub(crate) fn every_canonical_uri_reads_back() {
    a_canonical_uri_reads_back();
}

proptest! {
    // Each case tries some hundred changes.
    #![proptest_config(ProptestConfig::with_cases(64))]

    fn a_canonical_uri_reads_back(uri in uris()) {
        let subject: SubjectUri = uri.parse().unwrap();
        prop_assert_eq!(subject.as_str(), &uri);
        let json = serde_json::to_string(&subject).unwrap();
        prop_assert_eq!(serde_json::from_str::<SubjectUri>(&json).unwrap(), subject);
    }

    #[test]
    fn a_changed_uri_is_refused_or_is_another(uri in uris(), with in any::<char>()) {
        let subject: SubjectUri = uri.parse().unwrap();
        let characters: Vec<char> = uri.chars().collect();
        let flips = ['/', ':', '%', '0', '9', 'a', 'A', 'f', 'F', '~', ' ', '\u{301}', with];
        for position in 0..characters.len() {
            let (before, rest) = characters.split_at(position);
            let changes = flips.iter().flat_map(|flip| {
                [[before, &[*flip], &rest[1..]].concat(), [before, &[*flip], rest].concat()]
            });
            for changed in changes.chain([[before, &rest[1..]].concat()]) {
                let changed: String = changed.into_iter().collect();
                if changed == uri {
                    continue;
                }
                if let Ok(other) = changed.parse::<SubjectUri>() {
                    // Other text, other value: nothing has two names.
                    prop_assert_eq!(other.as_str(), &changed);
                    prop_assert_ne!(&other, &subject);
                }
            }
        }
    }

    #[test]
    fn input_gives_a_canonical_uri_or_an_error(text in ".{0,60}", uri in uris()) {
        for text in [text.clone(), format!("{uri}{text}"), format!("{MODEL}/10/{text}")] {
            if let Ok(found) = input::product(&text) {
                prop_assert_eq!(found.value.as_str().parse(), Ok(found.value.clone()));
                prop_assert_eq!(found.notes.is_empty(), found.value.as_str() == text);
            }
            if let Ok(found) = input::operator(&text) {
                prop_assert_eq!(found.value.as_str().parse(), Ok(found.value));
            }
        }
    }

    #[test]
    fn what_covers_intersects_and_selections_cover(item in products(), other in products()) {
        let (item, other): (ProductUri, ProductUri) =
            (item.parse().unwrap(), other.parse().unwrap());
        prop_assert_eq!(item.intersects(&other), other.intersects(&item));
        prop_assert!(!item.covers(&other) || item.intersects(&other));
        let selections = item.sub_selections();
        // Exactly the products that cover this one.
        prop_assert!(selections.iter().all(|less| less.covers(&item)));
        prop_assert_eq!(other.covers(&item), selections.contains(&other));
        prop_assert!(item.ancestors().iter().all(|less| selections.contains(less)));
    }
}

/// Canonical URIs of every kind.
fn uris() -> impl Strategy<Value = String> {
    let key = any::<[u8; 32]>().prop_map(|bytes| format!("urn:probant:key:{}", Digest::new(bytes)));
    let designation = "[ -~À-ÖØ-Þ]{1,20}".prop_filter_map("blank", |text| {
        let holder: OperatorUri = "https://id.gs1.org/417/9521000200005".parse().unwrap();
        TypeUri::new(&holder, &text).ok().map(|uri| uri.to_string())
    });
    let document =
        designation.clone().prop_map(|uri| uri.replacen("probant:type:", "probant:document:", 1));
    prop_oneof![4 => products(), 2 => operators(), 1 => key, 2 => designation, 2 => document]
}

fn operators() -> impl Strategy<Value = String> {
    prop_oneof![
        "[0-9]{11}[1-9]".prop_map(|body| {
            format!("https://id.gs1.org/417/{body}{}", gs1_check_digit(&body).unwrap())
        }),
        "[0-9]{4}".prop_map(|digits| format!("urn:nando:{digits}")),
        "DE[A-Z0-9]{1,15}".prop_map(|number| format!("urn:eori:{number}")),
        Just("urn:lei:969500KSV493XWY0PS33".to_owned()),
        Just("urn:vat:FR72999000110".to_owned()),
    ]
}

/// Canonical URIs of products: few models and values, so that two of them often meet.
fn products() -> impl Strategy<Value = String> {
    const CSET_82: &str = "[!\"%&'()*+,./0-9:;<=>?A-Z_a-z-]{1,20}";
    let value = || prop_oneof![Just("A".to_owned()), Just("B".to_owned()), CSET_82];
    let model = prop_oneof![
        Just(MODEL.to_owned()),
        Just("https://id.gs1.org/01/19521000300023".to_owned()),
        (operators(), value()).prop_map(|(assigner, value)| {
            let assigner: OperatorUri = assigner.parse().unwrap();
            ProductUri::from_assigned(&assigner, &value).unwrap().to_string()
        }),
    ];
    let qualifiers = prop::option::weighted(0.4, value());
    let qualifiers = (qualifiers.clone(), qualifiers.clone(), qualifiers.clone(), qualifiers);
    (model, qualifiers).prop_map(|(model, (variant, lot, serial, third_party))| {
        let mut product: ProductUri = model.parse().unwrap();
        if let Some(serial) = third_party {
            return product.with_third_party(&serial).unwrap().to_string();
        }
        if let Some(variant) = variant {
            product = product.with_variant(&variant).unwrap();
        }
        if let Some(lot) = lot {
            product = product.with_lot(&lot).unwrap();
        }
        if let Some(serial) = serial {
            product = product.with_serial(&serial).unwrap();
        }
        product.to_string()
    })
}

fn vectors() -> Value {
    serde_json::from_str(include_str!("../vectors/ledger.json")).unwrap()
}

fn bytes_of(case: &Value) -> Vec<u8> {
    match case["hex"].as_str() {
        Some(digits) => hex::decode(digits).unwrap(),
        None => text(&case["text"]).as_bytes().to_vec(),
    }
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}
