//! The verdict service of the ledger: signs verdicts, so that they can be logged before a listing is.

use std::sync::Arc;

use crate::attestation::types::ConformityVerdict;
use crate::attestation::{
    Audience, Header, HeaderId, Issuer, IssuerUri, Predicate, PredicateError, Role, Statement,
    StatementError, SubjectRule,
};
use crate::encoding::base64_encode;
use crate::envelope::{Envelope, EnvelopeError};
use crate::identifier::OperatorUri;
use crate::json::{self, JsonError};
use crate::key::Signer;
use crate::ledger::check::Checked;
use crate::merkle::TreeSize;
use crate::policy::{PolicySet, Query};

/// Who signs verdicts: a registered operator in the role `verifier`, and its key.
#[derive(Clone, Debug)]
pub struct Verifier {
    operator: OperatorUri,
    signer: Arc<dyn Signer>,
}

/// Why a verdict is not logged.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum NotLogged {
    /// The query says so.
    #[error("dry run")]
    DryRun,
    /// It is about a state of the ledger that has passed.
    #[error("past as_of")]
    PastAsOf,
    /// It is about another time than that of the seal.
    #[error("legal_at too far from the seal")]
    TooFar,
    /// No accepted rule set applies, so there is none to name.
    #[error("no rule set applies")]
    NoRuleSet,
}

/// Why there is no signed verdict.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum VerifierError {
    /// The verdict can't be written as a statement.
    #[error("statement of the verdict")]
    Json(#[from] JsonError),
    /// The statement would break a rule of its type.
    #[error("statement of the verdict")]
    Statement(#[from] StatementError),
    /// Its subject can't be formed.
    #[error("subject of the verdict")]
    Predicate(#[from] PredicateError),
    /// It could not be signed.
    #[error("envelope of the verdict")]
    Envelope(#[from] EnvelopeError),
}

impl Verifier {
    /// The verifier `operator`, named by its primary URI, which signs with `signer`.
    pub fn new(operator: OperatorUri, signer: Arc<dyn Signer>) -> Self {
        Self { operator, signer }
    }

    /// The verdict as a signed statement. Equal verdicts make equal statements, so that a verdict is
    /// logged once however often it is asked for.
    pub fn sign(&self, checked: &Checked) -> Result<Option<Envelope>, VerifierError> {
        let body = checked.verdict.body();
        // Of several batches the first stands in clear; the body has them all.
        let (Some(policy), Some(product)) = (body.policy.clone(), checked.query.products.first())
        else {
            return Ok(None);
        };
        let sha256 = checked.verdict.digest();
        let listing_id = checked.query.offer.listing_id.clone();
        let predicate = ConformityVerdict {
            header: self.header(format!("verdict-{:.48}", sha256.to_string()).as_str())?,
            body: base64_encode(checked.verdict.bytes()),
            sha256,
            verdict: checked.verdict.word(),
            product: product.clone(),
            platform: Some(checked.query.offer.platform.clone()),
            listing_id,
            tree_size: body.as_of.tree_size.get(),
            policy,
            extensions: None,
        };
        let predicate = Predicate::ConformityVerdict(Box::new(predicate));
        let SubjectRule::Exactly(subjects) = predicate.subjects()? else { return Ok(None) };
        let payload = Statement::write(&subjects, &predicate)?;
        Ok(Some(Envelope::sign(payload, &[self.signer.as_ref()])?))
    }

    fn header(&self, id: &str) -> Result<Header, JsonError> {
        let id: HeaderId = json::from_slice(json::to_string(id)?.as_bytes())?;
        let operator = IssuerUri::Operator(self.operator.clone());
        Ok(Header {
            id,
            ledger: None,
            issuer: Issuer { operator, role: Role::Verifier },
            document: None,
            validity: None,
            legislation: None,
            standards: None,
            references: None,
            evidence: None,
            supersedes: None,
            transcription: None,
            audience: Audience::Partner,
            notes: None,
        })
    }
}

impl Checked {
    /// Why the verdict on `asked` is not to be logged, if it is not (rulings 1 and 15). `newest` is
    /// the size of the log now.
    pub fn not_logged(
        &self,
        asked: &Query,
        newest: TreeSize,
        policies: &PolicySet,
    ) -> Option<NotLogged> {
        let Some(rule_set) = self.rule_set(policies) else { return Some(NotLogged::NoRuleSet) };
        let (seal, legal_at) = (self.view.seal_time(), self.query.legal_at);
        let apart_ms = seal.saturating_ms_since(legal_at).max(legal_at.saturating_ms_since(seal));
        if asked.dry_run {
            Some(NotLogged::DryRun)
        } else if asked.as_of.is_some_and(|size| size < newest) {
            Some(NotLogged::PastAsOf)
        } else if apart_ms > u64::from(rule_set.view_age_max_s) * 1000 {
            Some(NotLogged::TooFar)
        } else {
            None
        }
    }
}
