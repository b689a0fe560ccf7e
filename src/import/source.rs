//! The document itself: what its bytes are called and hash to.

use serde_json::Value;

use crate::hash::Digest;
use crate::import::defect::DefectReason;
use crate::import::findings::Findings;
use crate::json;

/// The largest document that is read.
pub const SOURCE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A document as it came.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// The name of its file.
    pub name: &'a str,
    /// Its bytes, which are the evidence.
    pub bytes: &'a [u8],
}

impl Source<'_> {
    /// What the bytes hash to.
    pub fn digest(&self) -> Digest {
        Digest::of(self.bytes)
    }

    /// The JSON text that the bytes are.
    pub(super) fn read(&self, findings: &mut Findings) -> Option<Value> {
        let found = self.bytes.len();
        if found > SOURCE_BYTES_MAX {
            findings.refuse("", DefectReason::TooLong { found, max: SOURCE_BYTES_MAX });
            return None;
        }
        let checked = json::check_containers(self.bytes)
            .and_then(|()| json::check_foreign(self.bytes))
            .and_then(|()| json::from_checked_slice(self.bytes));
        findings.take("", checked)
    }
}
