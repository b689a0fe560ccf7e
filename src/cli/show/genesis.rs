//! A genesis document in plain words.

use std::path::Path;

use serde_json::json;

use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::show::shown::Shown;
use crate::cli::words::Facts;
use crate::genesis::{GENESIS_BYTES_MAX, Genesis};

/// Reads the genesis document that a person trusts.
pub(in crate::cli) fn read(path: &Path) -> Result<Genesis, Failure> {
    let bytes = files::read(path, GENESIS_BYTES_MAX)?;
    Genesis::parse(&bytes).step(format!("trust root {}", path.display()))
}

/// Shows a genesis document.
pub(super) fn show(genesis: &Genesis) -> Shown {
    let registrars: Vec<_> = genesis
        .registrars()
        .iter()
        .map(|registrar| json!({"name": registrar.name, "keyid": registrar.key.id()}))
        .collect();
    let mut facts = Facts::default();
    facts
        .put("origin", genesis.origin().as_str())
        .put("sha256", genesis.digest().to_string())
        .put("log_key", genesis.log_key().to_string())
        .put("quorum", genesis.quorum())
        .put("registrars", json!(registrars));
    Shown::new("genesis", "Genesis document: the trust root of a ledger", facts)
        .unchecked("that it is the right one: compare its sha256 with one from a source you trust")
}
