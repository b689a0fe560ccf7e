//! A ledger of signed product attestations that anyone can verify offline.
//!
//! This file is the map. Modules import downwards only, that is, from those declared above them;
//! a test holds the code to it.

// ── 1 pure: bytes in, values out; no I/O, no clock, no async ───────────────────────────────────
mod causes;
pub mod hash;
pub mod time;
pub mod encoding;
pub mod merkle;
pub mod map;
pub mod key;
pub mod note;
pub mod json;
pub mod identifier;
pub mod envelope;
pub mod attestation;
pub mod table;
pub mod import;
pub mod entry;
pub mod genesis;
pub mod reason;
pub mod refusal;
pub mod record;
pub mod registry;
pub mod admission;
pub mod policy;
pub mod rehearsal;
pub mod proto;
pub mod log_key;
pub mod dossier;
pub mod audit;
pub mod fraud;
pub mod reliance;
pub mod report;
// ── 2 bytes at rest ────────────────────────────────────────────────────────────────────────────
pub mod storage;
pub mod export;
// ── 3 the single writer ────────────────────────────────────────────────────────────────────────
pub mod ledger;
// ── 4 the wire ─────────────────────────────────────────────────────────────────────────────────
#[cfg(feature = "net")]
mod peers;
#[cfg(feature = "net")]
pub mod http;
#[cfg(feature = "net")]
pub mod witness;
#[cfg(feature = "net")]
pub mod service;
#[cfg(feature = "net")]
pub mod client;
// ── 5 the person ───────────────────────────────────────────────────────────────────────────────
#[cfg(feature = "net")]
pub mod cli;
