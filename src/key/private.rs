//! A private key in memory. Where its file is kept, and who may read it, is for others.

use std::fmt;

use ed25519_dalek::pkcs8::{DecodePrivateKey as _, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};
use zeroize::Zeroizing;

use crate::encoding::base64_encode;
use crate::key::error::KeyError;
use crate::key::public::PublicKey;
use crate::key::signature::Signature;
use crate::key::signer::{SignError, Signer};

/// What stands before the 32-byte seed in the DER of a PKCS#8 file (RFC 8410, section 7).
const PKCS8_PREFIX: [u8; 16] = *b"\x30\x2e\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20";

/// An Ed25519 private key. Its memory is overwritten when it is dropped; it shows only its id.
pub struct PrivateKey {
    key: SigningKey,
    public_key: PublicKey,
}

impl PrivateKey {
    /// The key that RFC 8032 derives from this seed: 32 bytes that nobody can guess.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let seed = Zeroizing::new(seed);
        let key = SigningKey::from_bytes(&seed);
        let public_key = PublicKey::of(&key);
        Self { key, public_key }
    }

    /// Reads a PKCS#8 PEM file, as `openssl genpkey -algorithm ed25519` writes it.
    pub fn from_pem(pem: &str) -> Result<Self, KeyError> {
        let error = |cause: ed25519_dalek::pkcs8::Error| KeyError::Pem {
            expected: "PKCS#8",
            reason: cause.to_string(),
        };
        let pair = KeypairBytes::from_pkcs8_pem(pem).map_err(error)?;
        // A file may hold the public key as well; it must be the one of this seed.
        let key = SigningKey::try_from(&pair).map_err(error)?;
        let public_key = PublicKey::of(&key);
        Ok(Self { key, public_key })
    }

    /// The PKCS#8 PEM file, as `openssl genpkey -algorithm ed25519` writes it.
    pub fn to_pem(&self) -> Zeroizing<String> {
        let der = Zeroizing::new([&PKCS8_PREFIX[..], self.key.as_bytes()].concat());
        let base64 = Zeroizing::new(base64_encode(&der));
        let (begin, end) = ("-----BEGIN PRIVATE KEY-----", "-----END PRIVATE KEY-----");
        Zeroizing::new(format!("{begin}\n{}\n{end}\n", *base64))
    }
}

impl Signer for PrivateKey {
    fn public_key(&self) -> &PublicKey {
        &self.public_key
    }

    fn sign(&self, message: &[u8]) -> Result<Signature, SignError> {
        Ok(Signature::new(self.key.sign(message).to_bytes()))
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PrivateKey({})", self.public_key.id())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_key_reads_back_what_it_writes_and_shows_only_its_id() {
        let key = PrivateKey::from_seed([7; 32]);
        let again = PrivateKey::from_pem(&key.to_pem()).unwrap();
        assert_eq!(again.public_key(), key.public_key());
        assert_eq!(format!("{key:?}"), format!("PrivateKey({})", key.public_key().id()));
        let public = PrivateKey::from_pem(&key.public_key().to_pem());
        assert!(matches!(public, Err(KeyError::Pem { expected: "PKCS#8", .. })));
    }

    #[test]
    fn a_file_whose_public_key_is_another_is_refused() {
        let [key, other] = [7, 8].map(|byte| PrivateKey::from_seed([byte; 32]));
        let pem = |public: &PublicKey| {
            // RFC 8410, section 10.3: version 2, with the public key behind tag 1.
            let der = [
                &b"\x30\x51\x02\x01\x01"[..],
                &PKCS8_PREFIX[5..],
                key.key.as_bytes(),
                b"\x81\x21\x00",
                public.as_bytes(),
            ];
            let base64 = base64_encode(&der.concat());
            let (first, second) = base64.split_at(64);
            format!("-----BEGIN PRIVATE KEY-----\n{first}\n{second}\n-----END PRIVATE KEY-----\n")
        };
        let both = PrivateKey::from_pem(&pem(key.public_key())).unwrap();
        assert_eq!(both.public_key(), key.public_key());
        PrivateKey::from_pem(&pem(other.public_key())).unwrap_err();
    }
}
