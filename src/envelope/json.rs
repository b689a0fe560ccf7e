//! The JSON form of an envelope, as every in-toto tool reads and writes it.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde_json::value::RawValue;

use crate::encoding::{base64_decode, base64_encode};
use crate::envelope::dsse::{Envelope, SIGNATURES_MAX};
use crate::envelope::error::EnvelopeError;
use crate::envelope::record::RECORD_BYTES_MAX;
use crate::json;
use crate::key::{KeyId, Signature};

/// The longest JSON that is read: base64 makes four bytes of three, and unknown members need room.
pub const JSON_BYTES_MAX: usize = 2 * RECORD_BYTES_MAX;

impl Envelope {
    /// Reads the JSON form. Members that DSSE does not know are not signed, and ignored.
    pub fn from_json(bytes: &[u8]) -> Result<Self, EnvelopeError> {
        if bytes.len() > JSON_BYTES_MAX {
            return Err(EnvelopeError::TooLarge { found: bytes.len() });
        }
        json::check(bytes)?;
        let envelope: Members<'_> = json::from_checked_slice(bytes)?;
        let payload_type = text(&envelope, "payloadType")?;
        let payload = bytes_in(&envelope, "payload")?;
        let listed: Vec<&RawValue> = read(&envelope, "signatures", "an array")?;
        // Counted before each is read: there may be a hundred thousand.
        if listed.len() > SIGNATURES_MAX {
            return Err(EnvelopeError::SignatureCount { found: listed.len() });
        }
        let signatures = listed.into_iter().map(signature).collect::<Result<_, _>>()?;
        Self::new(&payload_type, payload, signatures)
    }

    /// The JSON form, in one line.
    pub fn to_json(&self) -> String {
        let signatures: Vec<String> = self
            .signatures()
            .iter()
            .map(|(key, signature)| {
                let signature = base64_encode(signature.as_bytes());
                format!(r#"{{"keyid":"{key}","sig":"{signature}"}}"#)
            })
            .collect();
        // Nothing in here can need escaping: a constant, base64 and hex.
        format!(
            r#"{{"payloadType":"{}","payload":"{}","signatures":[{}]}}"#,
            self.payload_type(),
            base64_encode(self.payload()),
            signatures.join(",")
        )
    }
}

/// The members of an object, as they stand in the text: those that DSSE does not know are passed
/// over without a tree being made of them.
type Members<'a> = BTreeMap<Cow<'a, str>, &'a RawValue>;

fn signature(listed: &RawValue) -> Result<(KeyId, Signature), EnvelopeError> {
    let form = |member, expected| EnvelopeError::Member { member, expected };
    let listed: Members<'_> = json::from_checked_slice(listed.get().as_bytes())
        .map_err(|_cause| form("signatures", "an array of objects"))?;
    let key = text(&listed, "keyid")?
        .parse()
        .map_err(|_cause| form("keyid", "a key id of 64 lower-case hex digits"))?;
    let signature = Signature::parse(&bytes_in(&listed, "sig")?)
        .map_err(|_cause| form("sig", "a signature of 64 bytes"))?;
    Ok((key, signature))
}

fn text(object: &Members<'_>, member: &'static str) -> Result<String, EnvelopeError> {
    read(object, member, "a string")
}

fn bytes_in(object: &Members<'_>, member: &'static str) -> Result<Vec<u8>, EnvelopeError> {
    let expected = "standard base64 with padding";
    base64_decode(&text(object, member)?)
        .map_err(|_cause| EnvelopeError::Member { member, expected })
}

fn read<'a, T: serde::Deserialize<'a>>(
    object: &Members<'a>,
    member: &'static str,
    expected: &'static str,
) -> Result<T, EnvelopeError> {
    let value = object.get(member).ok_or(EnvelopeError::Member { member, expected })?;
    json::from_checked_slice(value.get().as_bytes())
        .map_err(|_cause| EnvelopeError::Member { member, expected })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::json::JsonError;
    use crate::key::PrivateKey;

    #[test]
    fn an_envelope_is_read_from_its_own_members_and_from_no_string() {
        let signer = PrivateKey::from_seed([7; 32]);
        let envelope = Envelope::sign(b"payload".to_vec(), &[&signer]).unwrap();
        let json = envelope.to_json();
        assert_eq!(Envelope::from_json(json.as_bytes()), Ok(envelope));
        let quoted = serde_json::to_string(&json).unwrap();
        let hidden = format!(r#"{{"$serde_json::private::RawValue":{quoted}}}"#);
        let error = Envelope::from_json(hidden.as_bytes()).unwrap_err();
        assert!(matches!(error, EnvelopeError::Json(JsonError::Syntax { .. })), "{error}");
    }

    #[test]
    fn members_have_the_form_of_dsse_and_signatures_are_counted_first() {
        let signer = PrivateKey::from_seed([7; 32]);
        let envelope = Envelope::sign(b"payload".to_vec(), &[&signer]).unwrap();
        let json = envelope.to_json();
        let escaped = json.replacen("payloadType", "\\u0070ayloadType", 1);
        assert_eq!(Envelope::from_json(escaped.as_bytes()), Ok(envelope));
        for (from, to) in [
            (r#""signatures":["#, r#""signatures":[[],"#),
            (r#""signatures":["#, r#""signatures":[null,"#),
            (r#""signatures":["#, r#""signature":["#),
            (r#""keyid":""#, r#""keyid":"00"#),
            (r#""payload":""#, r#""payload":" "#),
        ] {
            let changed = json.replacen(from, to, 1);
            assert_ne!(changed, json);
            let error = Envelope::from_json(changed.as_bytes()).unwrap_err();
            assert!(matches!(error, EnvelopeError::Member { .. }), "{to}: {error}");
        }
        let listed = format!(r#""signatures":[{},"#, vec!["{}"; 200_000].join(","));
        let many = json.replacen(r#""signatures":["#, &listed, 1);
        let error = Envelope::from_json(many.as_bytes()).unwrap_err();
        assert_eq!(error, EnvelopeError::SignatureCount { found: 200_001 });
    }
}
