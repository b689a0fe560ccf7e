//! Cosignatures of witnesses, version 1: a time and the checkpoint (c2sp.org/tlog-cosignature).

use crate::encoding::{Reader, Writer};
use crate::key::{PublicKey, SignError, Signature, Signer};
use crate::note::name::KeyName;
use crate::note::signature::NoteSignature;
use crate::note::tree_head::VerifiedTreeHead;
use crate::note::verified::VerifiedCheckpoint;
use crate::note::verifier_key::{KeyType, VerifierKey};
use crate::time::Timestamp;

/// SPEC: the timestamp MUST NOT exceed 2^63 - 1.
const TIME_S_MAX: u64 = i64::MAX as u64;

/// Cosigns a checkpoint as the witness `name`, at `time` in whole seconds. The caller has checked
/// that the checkpoint extends every one it cosigned before.
pub fn cosign(
    checkpoint: &VerifiedCheckpoint,
    name: &KeyName,
    time: Timestamp,
    signer: &dyn Signer,
) -> Result<NoteSignature, SignError> {
    sign(checkpoint.note().text(), name, time.seconds(), signer)
}

/// The same of a checkpoint of any log, at `time_s` in seconds since 1970. What the log says beyond the
/// first three lines is signed with them, and nothing is said about it.
pub fn cosign_head(
    head: &VerifiedTreeHead,
    name: &KeyName,
    time_s: u64,
    signer: &dyn Signer,
) -> Result<NoteSignature, SignError> {
    sign(head.note().text(), name, time_s.min(TIME_S_MAX), signer)
}

fn sign(
    text: &str,
    name: &KeyName,
    time_s: u64,
    signer: &dyn Signer,
) -> Result<NoteSignature, SignError> {
    let key = VerifierKey::new(name.clone(), KeyType::CosignatureV1, *signer.public_key());
    let signature = signer.sign(&message(time_s, text))?;
    let mut bytes = Writer::with_capacity(72);
    bytes.u64(time_s).put(signature.as_bytes());
    Ok(NoteSignature::new(&key, bytes.into_bytes()))
}

/// The time that the cosignature states, in seconds since 1970; `None` if it does not hold.
pub(super) fn verify(key: &PublicKey, text: &str, bytes: &[u8]) -> Option<u64> {
    let mut reader = Reader::new(bytes);
    let time_s = reader.u64("time").ok().filter(|time_s| *time_s <= TIME_S_MAX)?;
    let signature = Signature::parse(reader.rest()).ok()?;
    key.verify(&message(time_s, text), &signature).ok().map(|()| time_s)
}

/// What is signed: a header, the time, the whole note text.
fn message(time_s: u64, text: &str) -> Vec<u8> {
    format!("cosignature/v1\ntime {time_s}\n{text}").into_bytes()
}
