//! DSSE envelopes: signed bytes, signatures, the stored record.
