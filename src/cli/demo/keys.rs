//! The parties' development keys.

use std::sync::Arc;

use serde_json::{Value, json};

use super::cast::Party;
use crate::cli::failure::{Failure, Step as _};
use crate::encoding;
use crate::key::{PrivateKey, Signer as _};

/// A party's development key.
pub(super) fn key_of(party: &Party) -> Result<Arc<PrivateKey>, Failure> {
    PrivateKey::from_pem(party.key_pem).map(Arc::new).step(party.name)
}

/// The development keys of these parties, in their order.
pub(super) fn keys_of(parties: &[&Party]) -> Result<Vec<Arc<PrivateKey>>, Failure> {
    parties.iter().map(|party| key_of(party)).collect()
}

/// The public half of a party's key, as statements write keys.
pub(super) fn key_record(party: &Party) -> Result<Value, Failure> {
    let key = key_of(party)?;
    let public = key.public_key();
    Ok(json!({
        "keyid": public.id(),
        "public_key": encoding::base64_encode(public.as_bytes()),
        "purposes": ["*"],
    }))
}
