//! Signed notes, checkpoints, cosignatures and log proofs as C2SP defines them.
