//! Log entries: genesis, attestation, seal; bundles of them.
