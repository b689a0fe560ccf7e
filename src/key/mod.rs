//! Ed25519 keys: key ids, PEM and vkey forms, strict verification, the signer.
