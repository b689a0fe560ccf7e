//! A certificate of this machine's own name, made on the spot: X.509 (RFC 5280) with Ed25519 (RFC
//! 8410), as short as it can be.

use std::sync::Arc;

use probant::encoding::{base64_decode, base64_encode};
use probant::key::{PrivateKey, Signer as _};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

/// A server that is `localhost`, and the certificate that has to be trusted for it.
pub(crate) struct Certified {
    pub(crate) config: Arc<ServerConfig>,
    pub(crate) pem: String,
}

impl Certified {
    pub(crate) fn localhost() -> Self {
        let key = PrivateKey::from_seed([77; 32]);
        let certificate = certificate(&key);
        let body = base64_encode(&certificate);
        let pem = format!("-----BEGIN CERTIFICATE-----\n{body}\n-----END CERTIFICATE-----\n");
        let chain = vec![CertificateDer::from(certificate)];
        let private = PrivateKeyDer::try_from(pem_body(&key.to_pem())).unwrap();
        let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(chain, private)
            .unwrap();
        Self { config: Arc::new(config), pem }
    }
}

fn certificate(key: &PrivateKey) -> Vec<u8> {
    let ed25519 = der(0x30, &[&[0x06, 3, 0x2b, 0x65, 0x70]]);
    let common_name: &[u8] = &[0x06, 3, 0x55, 0x04, 0x03];
    let name = der(0x30, &[common_name, &der(0x0c, &[b"localhost"])]);
    let name = der(0x30, &[&der(0x31, &[&name])]);
    let validity = der(0x30, &[&der(0x17, &[b"200101000000Z"]), &der(0x18, &[b"21000101000000Z"])]);
    let alternative_name: &[u8] = &[0x06, 3, 0x55, 0x1d, 0x11];
    let names = der(0x04, &[&der(0x30, &[&der(0x82, &[b"localhost"])])]);
    let extensions = der(0x30, &[&der(0x30, &[alternative_name, &names])]);
    let version_3: &[u8] = &[0xa0, 3, 0x02, 1, 2];
    let serial: &[u8] = &[0x02, 1, 1];
    let public = pem_body(&key.public_key().to_pem());
    let extensions = der(0xa3, &[&extensions]);
    let parts = [version_3, serial, &ed25519, &name, &validity, &name, &public, &extensions];
    let signed = der(0x30, &parts);
    let signature = key.sign(&signed).unwrap();
    der(0x30, &[&signed, &ed25519, &der(0x03, &[&[0], signature.as_bytes()])])
}

/// A value of a type, in DER.
fn der(tag: u8, parts: &[&[u8]]) -> Vec<u8> {
    let content = parts.concat();
    let [high, low] = u16::try_from(content.len()).unwrap().to_be_bytes();
    let head = match content.len() {
        0..128 => vec![tag, low],
        128..256 => vec![tag, 0x81, low],
        _ => vec![tag, 0x82, high, low],
    };
    [head, content].concat()
}

fn pem_body(pem: &str) -> Vec<u8> {
    let lines = pem.lines().filter(|line| !line.starts_with('-'));
    base64_decode(&lines.collect::<String>()).unwrap()
}
