//! Keys in plain words. Of a private key, its public half.

use zeroize::Zeroizing;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::keys;
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::key::{PrivateKey, PublicKey, Signer as _};
use crate::note::{KeyType, VerifierKey};

/// Shows a key from its PEM file.
pub(super) fn show_pem(pem: &str) -> Result<Shown, Failure> {
    if pem.contains("BEGIN PRIVATE KEY") {
        let pem = Zeroizing::new(pem.to_owned());
        let key = PrivateKey::from_pem(&pem).step("private key")?;
        let title = "PRIVATE key (Ed25519); shown is its public half";
        return Ok(Shown::new("private_key", title, facts(key.public_key())));
    }
    let key = PublicKey::from_pem(pem).step("public key")?;
    Ok(Shown::new("public_key", "Public key (Ed25519)", facts(&key))
        .unchecked("whose it is: the ledger's operator registrations say so"))
}

/// Shows a note key.
pub(super) fn show_verifier_key(key: &VerifierKey) -> Shown {
    let signs = match key.key_type() {
        KeyType::Ed25519 => "checkpoints of the log of this name",
        KeyType::CosignatureV1 => "cosignatures of the witness of this name",
    };
    let mut facts = facts(key.public_key());
    facts.put("name", key.name().as_str()).put("signs", signs);
    Shown::new("verifier_key", "Verifier key of signed notes (Ed25519)", facts)
        .checked("that its id follows from name and key")
}

fn facts(key: &PublicKey) -> Facts {
    let mut facts = Facts::default();
    facts
        .put("keyid", key.id().to_string())
        .put("public_key_base64", key.to_string())
        .put_some("demo_key", keys::demo_name(&key.id()));
    facts
}
