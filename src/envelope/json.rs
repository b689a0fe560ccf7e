//! The JSON form of an envelope, as every in-toto tool reads and writes it.

use serde_json::Value;

use crate::encoding::{base64_decode, base64_encode};
use crate::envelope::dsse::Envelope;
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
        let envelope: Value = json::from_slice(bytes)?;
        let payload_type = text(&envelope, "payloadType")?;
        let payload = bytes_in(&envelope, "payload")?;
        let Some(Value::Array(listed)) = envelope.get("signatures") else {
            return Err(EnvelopeError::Member { member: "signatures", expected: "an array" });
        };
        let signatures = listed.iter().map(signature).collect::<Result<_, _>>()?;
        Self::new(payload_type, payload, signatures)
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

fn signature(listed: &Value) -> Result<(KeyId, Signature), EnvelopeError> {
    let form = |member, expected| EnvelopeError::Member { member, expected };
    let key = text(listed, "keyid")?
        .parse()
        .map_err(|_cause| form("keyid", "a key id of 64 lower-case hex digits"))?;
    let signature = Signature::parse(&bytes_in(listed, "sig")?)
        .map_err(|_cause| form("sig", "a signature of 64 bytes"))?;
    Ok((key, signature))
}

fn text<'a>(object: &'a Value, member: &'static str) -> Result<&'a str, EnvelopeError> {
    let expected = "a string";
    object.get(member).and_then(Value::as_str).ok_or(EnvelopeError::Member { member, expected })
}

fn bytes_in(object: &Value, member: &'static str) -> Result<Vec<u8>, EnvelopeError> {
    let expected = "standard base64 with padding";
    base64_decode(text(object, member)?)
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
}
