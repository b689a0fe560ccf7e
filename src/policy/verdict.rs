//! Verdicts: the answer to a query, as bytes that everybody computes alike.

use serde::{Deserialize, Serialize};

use crate::attestation::IssuerUri;
use crate::attestation::Language;
use crate::attestation::types::{PolicyRef, VerdictWord};
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::identifier::{Lot, ProductUri};
use crate::json;
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::assurance::Assurance;
use crate::policy::finding::Finding;
use crate::policy::limit::Limit;
use crate::policy::query::{NormalQuery, QueryError};
use crate::time::Timestamp;

/// The version of the evaluation rules. It changes when equal inputs would give another verdict.
pub const EVALUATOR: &str = "1";

/// A verdict: its body and the body's canonical bytes.
#[derive(Clone, Debug, PartialEq)]
#[must_use = "a verdict that nobody reads lists whatever it likes"]
pub struct Verdict {
    body: VerdictBody,
    bytes: Vec<u8>,
}

/// Why bytes are no verdict.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum VerdictError {
    /// Not the JSON of a verdict.
    #[error("verdict: {0}")]
    Json(#[from] json::JsonError),
    /// The query in it is not in normal form.
    #[error("verdict: {0}")]
    Query(#[from] QueryError),
    /// The JSON of a verdict, but not in the one form it may have.
    #[error("verdict is not in canonical form")]
    NotCanonical,
}

/// What a verdict says. Sets are sorted; absent members are left out (RFC 8785 form).
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictBody {
    /// The word.
    pub verdict: VerdictWord,
    /// Whether the goods are prohibited as such.
    pub prohibited: bool,
    /// What was asked, defaults resolved.
    pub query: NormalQuery,
    /// What came of every rule, in the order of the rule set.
    pub findings: Vec<Finding>,
    /// What the platform must do if it lists the product.
    pub conditions: Vec<Condition>,
    /// Scopes under a measure, which the offer must not contain. Sorted.
    pub excluded_scopes: Vec<ProductUri>,
    /// The weakest evidence that was used; absent if none was.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub assurance_min: Option<Assurance>,
    /// The evidence that was used, by index.
    pub evidence: Vec<EvidenceItem>,
    /// The first instant at which the same records would give another verdict, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// When to ask again at the latest.
    pub recheck_after: Timestamp,
    /// The rule set; absent if none applies.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub policy: Option<PolicyRef>,
    /// The version of the evaluation rules: [`EVALUATOR`].
    pub evaluator: String,
    /// The state of the ledger.
    pub as_of: VerdictAsOf,
    /// What is not proved. Sorted.
    pub limits: Vec<Limit>,
}

/// The state of the ledger that a verdict is about.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VerdictAsOf {
    /// The origin of the ledger.
    pub origin: String,
    /// The size of its tree.
    pub tree_size: TreeSize,
    /// The root of its subject map.
    pub map_root: Digest,
    /// The time of the seal.
    pub seal_time: Timestamp,
}

/// Something that a platform must do if it lists the product. Sorted by kind, then content.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "SCREAMING_SNAKE_CASE", deny_unknown_fields)]
pub enum Condition {
    /// Show a warning of the product.
    ShowWarning {
        /// The warning's code.
        code: String,
        /// In each of these languages. Sorted.
        langs: Vec<Language>,
    },
    /// Keep these batches or items out of the offer.
    ExcludeScopes {
        /// The scopes. Sorted.
        scopes: Vec<ProductUri>,
    },
    /// Sell these batches only.
    BatchesOnly {
        /// The batches. Sorted.
        batches: Vec<Lot>,
    },
}

/// A record that a verdict rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvidenceItem {
    /// The digest of its statement.
    pub statement: StatementDigest,
    /// The name of its predicate type.
    pub predicate: String,
    /// Who issued it; absent if it was erased.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<IssuerUri>,
    /// The document's number, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The document's version, if it is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub version: Option<String>,
    /// Its place in the log.
    pub index: EntryIndex,
    /// The first instant at which it no longer counts, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub valid_until: Option<Timestamp>,
    /// How it stands.
    pub status: EvidenceStatus,
    /// How far it is backed by signatures.
    pub assurance: Assurance,
}

/// How a record stands on the day that the query is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum EvidenceStatus {
    /// It counts.
    InForce,
    /// Its validity has not begun.
    NotYetValid,
    /// Its validity has ended.
    Expired,
    /// Replaced by another.
    Superseded,
    /// Out of use for the time being.
    Suspended,
    /// Withdrawn.
    Withdrawn,
    /// As if it had never been issued.
    Annulled,
    /// Its content is gone.
    Erased,
}

impl Verdict {
    /// The verdict with this body. A text in it that JSON can't hold is refused.
    pub fn new(body: VerdictBody) -> Result<Self, json::JsonError> {
        let bytes = json::canonical(&body)?;
        Ok(Self { body, bytes })
    }

    /// Reads a verdict; only its canonical bytes are accepted.
    pub fn parse(bytes: &[u8]) -> Result<Self, VerdictError> {
        let verdict = Self::new(json::from_slice(bytes)?)?;
        verdict.body.query.check()?;
        if verdict.bytes == bytes { Ok(verdict) } else { Err(VerdictError::NotCanonical) }
    }

    /// The word.
    pub const fn word(&self) -> VerdictWord {
        self.body.verdict
    }

    /// What it says.
    pub const fn body(&self) -> &VerdictBody {
        &self.body
    }

    /// The canonical JSON of the body (RFC 8785): equal verdicts, equal bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of [`Self::bytes`].
    pub fn digest(&self) -> Digest {
        Digest::of(&self.bytes)
    }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// A verdict in which every member is there.
    pub(in crate::policy) const GOLDEN: &str = concat!(
        r#"{"as_of":{"map_root":"#,
        r#""0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""origin":"ledger.example/1","seal_time":"2026-11-23T06:00:00Z","tree_size":4210},"#,
        r#""assurance_min":"A2","conditions":[{"code":"BUTTON_CELL","kind":"SHOW_WARNING","#,
        r#""langs":["de","fr"]},{"kind":"EXCLUDE_SCOPES","#,
        r#""scopes":["https://id.gs1.org/01/09521000300026/10/B2608"]},"#,
        r#"{"batches":["B2607"],"kind":"BATCHES_ONLY"}],"evaluator":"1","#,
        r#""evidence":[{"assurance":"A3","index":4001,"issuer":"urn:lei:ZZZZ00TESTALABSNLB37","#,
        r#""number":"R-26-8812","predicate":"test-report","#,
        r#""statement":"1111111111111111111111111111111111111111111111111111111111111111","#,
        r#""status":"IN_FORCE","valid_until":"2029-07-01T00:00:00Z","version":"1"}],"#,
        r#""excluded_scopes":["https://id.gs1.org/01/09521000300026/10/B2608"],"#,
        r#""findings":[{"checked_keys":[{"class":"adverse","count":1,"#,
        r#""uri":"https://id.gs1.org/01/09521000300026"}],"code":"RECALLED_BATCH","#,
        r#""evidence":["2222222222222222222222222222222222222222222222222222222222222222"],"#,
        r#""law":["32023R0988#22"],"match":"EXACT","outcome":"REVIEW","#,
        r#""requirement":"NEG-MEASURE","severity":"deny"},"#,
        r#"{"checked_keys":[],"code":"TRADER_NOT_LINKED","evidence":[],"law":["32022R2065#31"],"#,
        r#""outcome":"NOT_MET","requirement":"TRADER-LINK","severity":"deny"}],"#,
        r#""limits":["GOODS_NOT_EXAMINED","REFUSED_NOT_SHOWN"],"#,
        r#""policy":{"id":"eu-toys","#,
        r#""sha256":"0000000000000000000000000000000000000000000000000000000000000000","#,
        r#""version":"2026.11.0"},"prohibited":false,"#,
        r#""query":{"as_of":4210,"attributes":{},"category":{"cn":"95030041"},"#,
        r#""legal_at":"2026-11-23T06:00:00Z","offer":{"destinations":["FR"],"excluded_scopes":[],"#,
        r#""goods_location":{"kind":"DIRECT_IMPORT"},"images":[],"languages":[],"#,
        r#""platform":"https://id.gs1.org/417/9521000500006","warnings":[]},"#,
        r#""products":["https://id.gs1.org/01/09521000300026"],"#,
        r#""trader":{"operator":"urn:lei:ZZZZ00BRICOLINTOYS09"}},"#,
        r#""recheck_after":"2026-11-24T06:00:00Z","valid_until":"2029-07-01T00:00:00Z","#,
        r#""verdict":"NOT_LISTABLE"}"#,
    );

    #[test]
    fn a_verdict_reads_back_what_it_writes() {
        let verdict = Verdict::parse(GOLDEN.as_bytes()).unwrap();
        assert_eq!(verdict.bytes(), GOLDEN.as_bytes());
        assert_eq!(verdict.word(), VerdictWord::NotListable);
        assert_eq!(verdict.digest(), Digest::of(GOLDEN.as_bytes()));
        assert_eq!(Verdict::new(verdict.body().clone()).unwrap(), verdict);
        let body = verdict.body();
        assert_eq!(body.conditions.len(), 3);
        assert!(body.conditions.is_sorted());
    }

    #[test]
    fn what_is_absent_is_left_out() {
        let mut body = Verdict::parse(GOLDEN.as_bytes()).unwrap().body().clone();
        (body.assurance_min, body.valid_until, body.policy) = (None, None, None);
        for finding in &mut body.findings {
            (finding.code, finding.r#match) = (None, None);
        }
        let verdict = Verdict::new(body).unwrap();
        let text = String::from_utf8(verdict.bytes().to_vec()).unwrap();
        assert!(!text.contains("null") && !text.contains("\"assurance_min\""), "{text}");
        assert_eq!(Verdict::parse(verdict.bytes()).unwrap(), verdict);
    }

    #[test]
    fn another_form_of_the_same_verdict_is_refused() {
        for (old, new) in [
            ("\"prohibited\":false", "\"prohibited\": false"),
            ("\"law\":[\"32022R2065#31\"],", ""),
            ("\"match\":\"EXACT\"", "\"match\":null"),
            ("\"prohibited\":false", "\"prohibited\":false,\"request_id\":\"r\""),
            ("NOT_LISTABLE", "not_listable"),
            ("RECALLED_BATCH", "RECALLED_LOT"),
            ("\"destinations\":[\"FR\"]", "\"destinations\":[\"FR\",\"DE\"]"),
        ] {
            let text = GOLDEN.replacen(old, new, 1);
            assert_ne!(text, GOLDEN);
            Verdict::parse(text.as_bytes()).expect_err(new);
        }
    }

    #[test]
    fn every_change_of_a_byte_is_refused_or_another_verdict() {
        let verdict = Verdict::parse(GOLDEN.as_bytes()).unwrap();
        for index in 0..GOLDEN.len() {
            let mut bytes = GOLDEN.as_bytes().to_vec();
            bytes[index] ^= 1;
            if let Ok(other) = Verdict::parse(&bytes) {
                assert_ne!(other.body(), verdict.body(), "byte {index}");
            }
        }
    }
}
