//! `probant keygen`: a new key, in files that only its owner may read.

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use zeroize::Zeroizing;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files::{self, Access};
use crate::cli::report::{Outcome, Report};
use crate::cli::words::Text;
use crate::key::{PrivateKey, PublicKey, Signer as _};

/// Makes a key to sign with.
///
/// Ed25519: KEY.pem (PKCS#8, mode 0600) and KEY.pub.pem (SPKI) beside it. Neither file is ever
/// overwritten, and no private key is written into a git repository. The same files come from
/// `openssl genpkey -algorithm ed25519`.
#[derive(Args, Debug)]
#[command(after_help = "Example:\n  probant keygen --out acme.pem")]
pub(super) struct Keygen {
    /// Where the private key goes
    #[arg(long, value_name = "KEY.pem")]
    out: PathBuf,
    /// Write into a git repository all the same (never into this program's own)
    #[arg(long)]
    force: bool,
}

impl Keygen {
    pub(super) fn run(&self) -> Result<Report, Failure> {
        let public_path = public_path(&self.out)?;
        let key = make_key(&self.out, &public_path, self.force)?;
        let (private, public) = (self.out.display(), public_path.display());
        let mut text = Text::default();
        text.line(format_args!("private key: {private} (keep it; it signs in your name)"))
            .line(format_args!("public key: {public} (give it to a registrar)"))
            .line(format_args!("key id: {}", key.id()));
        let facts = json!({
            "private_key_file": self.out.to_string_lossy(),
            "public_key_file": public_path.to_string_lossy(),
            "keyid": key.id(),
            "public_key": key,
        });
        Ok(Report::new(Outcome::Accepted, facts, text))
    }
}

/// Makes a key and writes both halves; the private one first, so that no public key goes round whose
/// private half was never written.
fn make_key(private: &Path, public: &Path, is_forced: bool) -> Result<PublicKey, Failure> {
    files::refuse_repository(private, is_forced)?;
    files::refuse_existing(public)?;
    let key = random_key()?;
    files::create_private_parent(private)?;
    files::write_new(private, key.to_pem().as_bytes(), Access::Owner)?;
    let written = files::write_new(public, key.public_key().to_pem().as_bytes(), Access::Public);
    if written.is_err() {
        // Nobody has its public half, so nothing was ever signed with it that counts.
        std::fs::remove_file(private).step(format!("remove {}", private.display()))?;
    }
    written.map(|()| *key.public_key())
}

/// A key from the system's randomness.
pub(super) fn random_key() -> Result<PrivateKey, Failure> {
    let mut seed = Zeroizing::new([0; 32]);
    getrandom::fill(seed.as_mut()).step("randomness of the system")?;
    Ok(PrivateKey::from_seed(*seed))
}

/// `KEY.pub.pem` beside `KEY.pem`.
fn public_path(private: &Path) -> Result<PathBuf, Failure> {
    let stem = private.file_stem().and_then(|stem| stem.to_str());
    let is_pem = private.extension().is_some_and(|extension| extension == "pem");
    match stem {
        Some(stem) if is_pem && Path::new(stem).extension().is_none_or(|end| end != "pub") => {
            Ok(private.with_file_name(format!("{stem}.pub.pem")))
        }
        _ => Err(Failure::new(format!("--out is {}, expected KEY.pem", private.display()))),
    }
}
