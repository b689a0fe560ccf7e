//! 10 to 12: identifiers, canonical URIs, and what a signature signs.

use probant::attestation::Statement;
use probant::envelope::{Envelope, pae};
use serde_json::Value;

use crate::identifier_vectors as vectors;
use crate::world::{LAB, World, report};

#[test]
fn t10_every_vector_of_section_3_lei_aliases_included() {
    vectors::gtins();
    vectors::other_identifiers();
    vectors::epc_urns();
}

#[test]
fn t11_canonical_uri_round_trip_and_edge_list() {
    vectors::product_uris();
    vectors::every_canonical_uri_reads_back();
}

#[test]
fn t12_dsse_pae_and_only_canonical_base64_and_unique_json_keys() {
    let bytes = pae("http://example.com/HelloWorld", b"hello world");
    assert_eq!(bytes, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");

    let envelope = World::new().envelope(report(LAB, "R-1"));
    assert_eq!(envelope.pae(), pae("application/vnd.in-toto+json", envelope.payload()));
    let json = envelope.to_json();
    assert_eq!(Envelope::from_json(json.as_bytes()), Ok(envelope.clone()));
    let parsed: Value = serde_json::from_str(&json).unwrap();
    let payload = parsed["payload"].as_str().unwrap();
    let signature = parsed["signatures"][0]["sig"].as_str().unwrap();
    let refused = |from: &str, to: &str| {
        let changed = json.replacen(from, to, 1);
        assert_ne!(changed, json, "{from} is not there");
        Envelope::from_json(changed.as_bytes()).unwrap_err();
    };
    // The URL-safe alphabet.
    let url_safe = |text: &str| text.replace('+', "-").replace('/', "_");
    assert_ne!(signature, url_safe(signature), "this signature tests nothing: take another one");
    refused(signature, &url_safe(signature));
    // Not the one form: without padding, with more of it, with spare bits set, with white space.
    let body = signature.strip_suffix("==").unwrap();
    let last = body.chars().last().unwrap();
    let short = body.strip_suffix(last).unwrap();
    let next = char::from_u32(u32::from(last) + 1).unwrap();
    for other in [
        body.to_owned(),
        format!("{body}==="),
        format!("{short}{next}=="),
        format!("{signature}\\n"),
        format!(" {signature}"),
    ] {
        refused(signature, &other);
    }
    for other in [payload.trim_end_matches('='), &format!("{payload} "), &format!("{payload}=")] {
        if other != payload {
            refused(payload, other);
        }
    }
    // A key twice: as it is and escaped, outside and within, and in what is signed.
    refused("{\"payloadType\"", "{\"payload\":\"e30=\",\"payloadType\"");
    refused("{\"payloadType\"", "{\"p\\u0061yload\":\"e30=\",\"payloadType\"");
    refused("{\"payloadType\"", "{\"x\":1,\"x\":2,\"payloadType\"");
    refused("{\"keyid\"", "{\"sig\":\"e30=\",\"keyid\"");
    let statement = str::from_utf8(envelope.payload()).unwrap();
    Statement::parse(statement.as_bytes()).unwrap();
    for twice in ["\"overall\":\"PASS\",\"overall\"", "\"over\\u0061ll\":\"PASS\",\"overall\""] {
        let changed = statement.replacen("\"overall\"", twice, 1);
        assert_ne!(changed, statement);
        let error = Statement::parse(changed.as_bytes()).unwrap_err().to_string();
        assert!(error.contains("overall"), "{error}");
    }
}
