//! The bytes that a DSSE signature signs (DSSE v1.0.2, protocol).

use crate::hash::Digest;

/// The pre-authentication encoding of a payload and its type: what is signed.
pub fn pae(payload_type: &str, payload: &[u8]) -> Vec<u8> {
    let mut bytes = head(payload_type, payload).into_bytes();
    bytes.extend_from_slice(payload);
    bytes
}

/// `H(PAE)`, without a copy of the payload.
pub(super) fn pae_digest(payload_type: &str, payload: &[u8]) -> Digest {
    Digest::of_parts(&[head(payload_type, payload).as_bytes(), payload])
}

fn head(payload_type: &str, payload: &[u8]) -> String {
    format!("DSSEv1 {} {payload_type} {} ", payload_type.len(), payload.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_example_of_the_dsse_protocol_comes_out() {
        let bytes = pae("http://example.com/HelloWorld", b"hello world");
        assert_eq!(bytes, b"DSSEv1 29 http://example.com/HelloWorld 11 hello world");
        let digest = pae_digest("http://example.com/HelloWorld", b"hello world");
        assert_eq!(digest, Digest::of(&bytes));
    }

    #[test]
    fn lengths_count_bytes_and_not_characters() {
        assert_eq!(pae("é", "ü".as_bytes()), "DSSEv1 2 é 2 ü".as_bytes());
        assert_eq!(pae("", b""), b"DSSEv1 0  0 ");
    }
}
