//! Keys in files, and the demo's keys, which everybody has.

use std::path::Path;

use zeroize::Zeroizing;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::report;
use crate::cli::words::argument;
use crate::key::{KeyId, PrivateKey, PublicKey, Signer as _};

/// A PEM file of a key has a tenth of this.
const PEM_BYTES_MAX: usize = 4096;

macro_rules! demo_key {
    ($name:literal) => {
        ($name, include_str!(concat!("../../keys/dev/", $name, ".pub.pem")))
    };
}
/// The public halves of the keys in `keys/dev`.
const DEMO_KEYS: &[(&str, &str)] = &[
    demo_key!("demo-accreditation-body"),
    demo_key!("demo-bricolin"),
    demo_key!("demo-connector"),
    demo_key!("demo-doudou"),
    demo_key!("demo-lumipeluche"),
    demo_key!("demo-marketo"),
    demo_key!("demo-msa-fr"),
    demo_key!("demo-nb9999"),
    demo_key!("demo-notifying-authority"),
    demo_key!("demo-other-seller"),
    demo_key!("demo-registrar-1"),
    demo_key!("demo-registrar-2"),
    demo_key!("demo-registrar-3"),
    demo_key!("demo-rhenania"),
    demo_key!("demo-testa"),
    demo_key!("demo-verifier"),
    demo_key!("demo-voltaris"),
];

/// Reads a private key from a file that only its owner may read. A demo key may lie open: anyone can
/// sign with it as it is.
pub(super) fn read_private(path: &Path) -> Result<PrivateKey, Failure> {
    let step = || format!("key {}", path.display());
    let pem = Zeroizing::new(files::read_text(path, PEM_BYTES_MAX)?);
    let key = PrivateKey::from_pem(&pem).step(step())?;
    if demo_name(&key.public_key().id()).is_none() {
        expect_private("key", path)?;
    }
    Ok(key)
}

/// Reads a text of at most `limit` bytes from a file that only its owner may read.
pub(super) fn read_private_text(
    what: &str,
    path: &Path,
    limit: usize,
) -> Result<Zeroizing<String>, Failure> {
    expect_private(what, path)?;
    Ok(Zeroizing::new(files::read_text(path, limit)?))
}

/// Refuses a file of keys or tokens that others than its owner may read.
fn expect_private(what: &str, path: &Path) -> Result<(), Failure> {
    let others = files::open_to_others(path)?;
    if others == 0 {
        return Ok(());
    }
    Err(Failure::new(format!(
        "{what} {} may be used by others than its owner (mode bits {others:03o}); run: chmod 600 {}",
        path.display(),
        argument(path),
    )))
}

/// Reads a public key from its PEM file.
pub(super) fn read_public(path: &Path) -> Result<PublicKey, Failure> {
    let pem = files::read_text(path, PEM_BYTES_MAX)?;
    PublicKey::from_pem(&pem).step(format!("key {}", path.display()))
}

/// Which of the demo's keys this is, if it is one.
pub(super) fn demo_name(id: &KeyId) -> Option<&'static str> {
    let is_key = |pem: &str| PublicKey::from_pem(pem).is_ok_and(|key| key.id() == *id);
    DEMO_KEYS.iter().find(|(_, pem)| is_key(pem)).map(|(name, _)| *name)
}

/// Says so if a key is one of the demo's.
pub(super) fn warn_of_demo_key(use_of_it: &str, id: &KeyId) {
    if let Some(name) = demo_name(id) {
        report::warn(&format!(
            "the {use_of_it} is {name}, a key of the demo that everybody has: this ledger proves \
             nothing"
        ));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_demo_key_is_known_as_one() {
        let dir = Path::new(env!("CARGO_MANIFEST_DIR")).join("keys/dev");
        let mut names = Vec::new();
        for entry in std::fs::read_dir(&dir).unwrap() {
            let name = entry.unwrap().file_name().into_string().unwrap();
            if let Some(name) = name.strip_suffix(".pub.pem") {
                let key = read_public(&dir.join(format!("{name}.pub.pem"))).unwrap();
                assert_eq!(demo_name(&key.id()), Some(name));
                let private = read_private(&dir.join(format!("{name}.pem"))).unwrap();
                assert_eq!(*private.public_key(), key);
                names.push(name.to_owned());
            }
        }
        assert_eq!(names.len(), DEMO_KEYS.len());
        assert_eq!(demo_name(&PrivateKey::from_seed([7; 32]).public_key().id()), None);
    }

    #[cfg(unix)]
    #[test]
    fn a_private_key_that_others_may_read_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("key.pem");
        let pem = PrivateKey::from_seed([7; 32]).to_pem();
        files::write_new(&path, pem.as_bytes(), files::Access::Owner).unwrap();
        read_private(&path).unwrap();
        for mode in [0o640, 0o604, 0o660, 0o611] {
            let permissions = std::os::unix::fs::PermissionsExt::from_mode(mode);
            std::fs::set_permissions(&path, permissions).unwrap();
            let chain = read_private(&path).unwrap_err().chain().join(": ");
            assert!(chain.ends_with(&format!("chmod 600 {}", path.display())), "{chain}");
        }
    }
}
