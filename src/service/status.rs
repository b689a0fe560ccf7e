//! Whose fault it is decides the status code. The one place where it is decided.
//!
//! Details for the operator go to the log under an id; the peer gets the id.
#![deny(clippy::wildcard_enum_match_arm)]

use std::collections::HashMap;
use std::time::Duration;

use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::admission::Refusal;
use crate::envelope::EnvelopeError;
use crate::http::log_fault;
use crate::policy::QueryError;
use crate::proto;
use crate::reason::Reason;
use crate::service::failure::Failure;

/// The domain of the reasons in error details.
const DOMAIN: &str = "probant";

/// Bytes of all findings that a peer is told. A status travels in headers, of which many peers take
/// 8 KiB: with the message, the details in base64 and the ledger's signature it stays below that.
const FINDINGS_BYTES_MAX: usize = 2500;

/// The longest message, in bytes, for the same reason.
const MESSAGE_BYTES_MAX: usize = 500;

/// The longest path of a member, in bytes, for the same reason.
const MEMBER_BYTES_MAX: usize = 200;

/// When to ask again for what no quorum of witnesses has cosigned yet: new checkpoints go to them
/// about once a second.
const NOT_WITNESSED_RETRY_MS: u64 = 1000;

/// Under which name the metadata of a refusal has the note that the ledger signed.
const SIGNED: &str = "refusal";

/// What the peer is told.
struct Answer {
    code: Code,
    reason: &'static str,
    message: String,
    findings: Vec<proto::RefusalFinding>,
    metadata: HashMap<String, String>,
    retry_ms: u64,
    /// The ledger's signature on a refusal, a note.
    signed: Option<String>,
}

impl From<Failure> for Status {
    fn from(failure: Failure) -> Self {
        answer(failure).into()
    }
}

impl From<Answer> for Status {
    fn from(mut answer: Answer) -> Self {
        answer.metadata.extend(answer.signed.map(|note| (SIGNED.to_owned(), note)));
        let mut details = ErrorDetails::with_error_info(answer.reason, DOMAIN, answer.metadata);
        if !answer.findings.is_empty() {
            let violations = answer.findings.into_iter().map(|finding| FieldViolation {
                field: finding.member,
                description: finding.message,
                reason: finding.reason,
                localized_message: None,
            });
            details.set_bad_request(violations.collect::<Vec<_>>());
        }
        if answer.retry_ms > 0 {
            details.set_retry_info(Some(Duration::from_millis(answer.retry_ms)));
        }
        Self::with_error_details(answer.code, answer.message, details)
    }
}

impl From<Failure> for proto::Refusal {
    fn from(failure: Failure) -> Self {
        let answer = answer(failure);
        Self {
            status: answer.code.into(),
            reason: answer.reason.to_owned(),
            message: answer.message,
            findings: answer.findings,
            retry_after_ms: answer.retry_ms,
            signed: answer.signed.unwrap_or_default(),
        }
    }
}

fn answer(failure: Failure) -> Answer {
    match failure {
        Failure::Refused { reason, findings, signed, .. } => refused(reason, findings, signed),
        Failure::Envelope(error) => {
            let (code, reason) = of_envelope(&error);
            Answer::new(code, reason, error.to_string())
        }
        Failure::Query(error) => {
            let member = error.member();
            Answer::new(Code::InvalidArgument, of_query(&error), error.to_string()).about(member)
        }
        Failure::Malformed { member, message } => {
            let reason = "REQUEST_MALFORMED";
            Answer::new(Code::InvalidArgument, reason, message).about(member)
        }
        Failure::TooLarge { member, found, limit } => {
            let message = format!("{found} bytes, expected at most {limit}");
            Answer::new(Code::InvalidArgument, "TOO_LARGE", message).about(member)
        }
        Failure::NotFound { what } => Answer::new(Code::NotFound, "NOT_FOUND", what),
        Failure::ChainTooLong { message } => {
            Answer::new(Code::FailedPrecondition, "CHAIN_TOO_LONG", message)
        }
        Failure::ClosureTooLarge { message } => {
            Answer::new(Code::FailedPrecondition, "CLOSURE_TOO_LARGE", message)
        }
        Failure::NotPublished { found, lower } => {
            let message = format!(
                "no checkpoint was published at size {found}: the next lower one is {lower}"
            );
            Answer::new(Code::InvalidArgument, "NOT_PUBLISHED", message).with("published", lower)
        }
        Failure::NoWitnesses => {
            let message = "this ledger has its checkpoints cosigned by no witnesses";
            Answer::new(Code::FailedPrecondition, "NOT_WITNESSED", message)
        }
        Failure::NotWitnessed { message } => {
            let answer = Answer::new(Code::Unavailable, "NOT_WITNESSED", message);
            Answer { retry_ms: NOT_WITNESSED_RETRY_MS, ..answer }
        }
        Failure::NotWitnessedAt { found, lower } => {
            let message = format!(
                "no quorum of witnesses has cosigned the checkpoint of size {found}: the next lower \
                 one is {lower}"
            );
            Answer::new(Code::InvalidArgument, "NOT_WITNESSED", message).with("witnessed", lower)
        }
        Failure::Beyond { message } => Answer::new(Code::OutOfRange, "BEYOND_TREE", message),
        Failure::TrialTooLarge { message } => {
            Answer::new(Code::ResourceExhausted, "TRIAL_TOO_LARGE", message)
        }
        Failure::Overloaded { retry_ms } => {
            let message = format!("too much at once: come back in {retry_ms} ms");
            let answer = Answer::new(Code::ResourceExhausted, "OVERLOADED", message);
            Answer { retry_ms, ..answer }
        }
        Failure::TooManyWatches { limit } => {
            let message = format!("the stream has {limit} watches: begin another one");
            Answer::new(Code::ResourceExhausted, "TOO_MANY_WATCHES", message)
        }
        Failure::Deadline => {
            let message =
                "the time limit of the call is over: ask again, nothing is recorded twice";
            Answer::new(Code::DeadlineExceeded, "DEADLINE", message)
        }
        Failure::Stopping => {
            let message = "the server is shutting down: ask again, nothing is recorded twice";
            Answer::new(Code::Unavailable, "STOPPING", message)
        }
        Failure::NotConfirmed { message } => {
            Answer::new(Code::Unavailable, "NOT_CONFIRMED", message)
        }
        Failure::ClockWrong { detail } => {
            let message = "the clock of the ledger is not confirmed, and nothing is taken until it \
                           is; reading goes on";
            Answer::new(Code::Unavailable, "CLOCK_WRONG", message).logged(&detail)
        }
        Failure::WriterStopped { detail } => {
            let message = "the ledger takes nothing at the moment; reading goes on";
            Answer::new(Code::Unavailable, "WRITER_STOPPED", message).logged(&detail)
        }
        Failure::Damaged { detail } => {
            let message = "the store of the ledger does not verify";
            Answer::new(Code::DataLoss, "STORE_DAMAGED", message).logged(&detail)
        }
        Failure::Internal { detail } => {
            Answer::new(Code::Internal, "INTERNAL", "a fault of the server").logged(&detail)
        }
    }
}

impl Answer {
    fn new(code: Code, reason: &'static str, message: impl Into<String>) -> Self {
        let message = cut(&message.into(), MESSAGE_BYTES_MAX);
        let (findings, metadata) = (Vec::new(), HashMap::new());
        Self { code, reason, message, findings, metadata, retry_ms: 0, signed: None }
    }

    /// Names the member that is wrong.
    fn about(mut self, member: &str) -> Self {
        self.findings.push(proto::RefusalFinding {
            reason: self.reason.to_owned(),
            member: cut(member, MEMBER_BYTES_MAX),
            message: self.message.clone(),
        });
        self
    }

    fn with(mut self, key: &str, value: u64) -> Self {
        self.metadata.insert(key.to_owned(), value.to_string());
        self
    }

    /// Writes the details to the log, and tells the peer what they are called there.
    fn logged(mut self, detail: &str) -> Self {
        let id = log_fault(self.reason, detail);
        self.message = format!("{}; the server's log has it as no. {id}", self.message);
        self.with("id", id)
    }
}

/// The findings of a refusal, as many and as much as a peer is told.
pub(super) fn findings_of(refusal: &Refusal) -> Vec<proto::RefusalFinding> {
    fitting(refusal.findings().iter().map(|finding| proto::RefusalFinding {
        reason: finding.code.name().to_owned(),
        member: cut(finding.member.as_deref().unwrap_or_default(), MEMBER_BYTES_MAX),
        message: cut(&finding.message, MESSAGE_BYTES_MAX),
    }))
}

fn refused(reason: Reason, findings: Vec<proto::RefusalFinding>, signed: Option<String>) -> Answer {
    let message = findings
        .first()
        .map_or_else(|| reason.english().to_owned(), |finding| finding.message.clone());
    let answer = Answer::new(code_of(reason), reason.name(), message);
    Answer { findings, signed, ..answer }
}

/// The first findings, as many as fit.
fn fitting(findings: impl Iterator<Item = proto::RefusalFinding>) -> Vec<proto::RefusalFinding> {
    let mut bytes = 0;
    findings
        .take_while(|finding| {
            // What its form takes on the wire, besides what it says.
            bytes += finding.reason.len() + finding.member.len() + finding.message.len() + 10;
            bytes <= FINDINGS_BYTES_MAX
        })
        .collect()
}

fn of_envelope(error: &EnvelopeError) -> (Code, &'static str) {
    match error {
        EnvelopeError::TooLarge { .. } => (Code::InvalidArgument, "TOO_LARGE"),
        EnvelopeError::SignatureCount { .. }
        | EnvelopeError::SignatureTwice { .. }
        | EnvelopeError::SignatureOrder { .. }
        | EnvelopeError::Signature { .. } => {
            (Code::InvalidArgument, Reason::SignatureInvalid.name())
        }
        EnvelopeError::UnknownKey { .. } => (Code::PermissionDenied, Reason::IssuerUnknown.name()),
        EnvelopeError::Encoding(_)
        | EnvelopeError::Json(_)
        | EnvelopeError::Member { .. }
        | EnvelopeError::PayloadType { .. } => (Code::InvalidArgument, "REQUEST_MALFORMED"),
        EnvelopeError::Sign(_) => (Code::Internal, "INTERNAL"),
    }
}

fn of_query(error: &QueryError) -> &'static str {
    error.reason().map_or("REQUEST_MALFORMED", Reason::name)
}

/// The status code of a refusal. A code that can only stand in a verdict is no one's refusal.
const fn code_of(reason: Reason) -> Code {
    match reason {
        // Malformed, or not what was signed.
        Reason::IdentifierInvalid
        | Reason::StatementInvalid
        | Reason::SignatureInvalid
        | Reason::SignatureMissing
        | Reason::SignerUnexpected
        | Reason::SubjectDigestMismatch
        | Reason::TooManySubjects
        | Reason::WrongLedger
        | Reason::IssuedInFuture
        | Reason::PolicyInvalid
        | Reason::TargetSubjectsDiffer => Code::InvalidArgument,
        // The issuer may not say this.
        Reason::IssuerUnknown
        | Reason::IssuerNotAuthorised
        | Reason::IssuerScopeMismatch
        | Reason::KeyRevoked
        | Reason::KeyCompromised
        | Reason::ChangeNotPermitted
        | Reason::QuotaReached => Code::PermissionDenied,
        // The name is taken.
        Reason::DuplicateNumber | Reason::DuplicateId | Reason::IdentifierTaken => {
            Code::AlreadyExists
        }
        // Another record is missing, or came in between.
        Reason::TargetUnknown | Reason::LogKeyInForce | Reason::VerdictStale => {
            Code::FailedPrecondition
        }
        // These stand in verdicts alone.
        Reason::TestIdentifier
        | Reason::ProhibitedCategory
        | Reason::CategoryMismatch
        | Reason::CategoryUnknown
        | Reason::PolicyNotFound
        | Reason::ViewStale
        | Reason::ProductIdUnbound
        | Reason::PlacedBeforeMade
        | Reason::ReqMissing
        | Reason::ReqExpired
        | Reason::ReqNotYetValid
        | Reason::EvidenceErased
        | Reason::CoverageTooNarrow
        | Reason::BatchRequired
        | Reason::AssuranceTooLow
        | Reason::CertSuspended
        | Reason::CertWithdrawn
        | Reason::CertAnnulled
        | Reason::SupersededUseNew
        | Reason::CertNotEuType
        | Reason::CertTermTooLong
        | Reason::DocBasisLost
        | Reason::DocIncomplete
        | Reason::BasisUnknown
        | Reason::Chronology
        | Reason::AccreditationLapsed
        | Reason::TypeNotMapped
        | Reason::StandardNotCovered
        | Reason::TestFailed
        | Reason::ReportTooOld
        | Reason::LabNotIndependent
        | Reason::HolderMismatch
        | Reason::BodyNumberMismatch
        | Reason::ProcedureMismatch
        | Reason::SurveillanceOverdue
        | Reason::ManufacturerMismatch
        | Reason::ImporterMismatch
        | Reason::RpMismatch
        | Reason::RpUnconfirmed
        | Reason::RpOutsideEu
        | Reason::TraderNotLinked
        | Reason::TraderUnverified
        | Reason::OfferIncomplete
        | Reason::ImageUnknown
        | Reason::IngredientsMissing
        | Reason::WarningsLangMissing
        | Reason::EprMissing
        | Reason::RegistrationMismatch
        | Reason::DppMissing
        | Reason::RecalledModel
        | Reason::RecalledBatch
        | Reason::SalesBan
        | Reason::RecallApproxMatch
        | Reason::MeasureWarning
        | Reason::DocUnexpected
        | Reason::ConcernReported => Code::Internal,
    }
}

/// The text up to the last character that ends within so many bytes.
fn cut(text: &str, bytes_max: usize) -> String {
    let ends = text.char_indices().map(|(start, c)| start + c.len_utf8());
    let end = ends.take_while(|end| *end <= bytes_max).last().unwrap_or_default();
    text.get(..end).unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::admission::RefusalFinding;
    use crate::envelope::StatementDigest;
    use crate::key::PrivateKey;
    use crate::reason::Effect;
    use crate::refusal::Refused;
    use crate::time::Timestamp;

    #[test]
    fn every_code_that_refuses_is_somebodys_fault_and_no_other() {
        for reason in Reason::ALL {
            let refuses = reason.effects().contains(&Effect::Refuse);
            assert_eq!(code_of(*reason) != Code::Internal, refuses, "{reason}");
        }
    }

    #[test]
    fn the_gravest_refusal_fits_into_the_headers_of_any_peer() {
        // Four bytes for a character, and twelve where a header has it.
        let text = "🧸".repeat(2000);
        let finding = || proto::RefusalFinding {
            reason: "SUBJECT_DIGEST_MISMATCH".to_owned(),
            member: cut(&text, MEMBER_BYTES_MAX),
            message: cut(&text, MESSAGE_BYTES_MAX),
        };
        let short = || proto::RefusalFinding { message: "x".to_owned(), ..Default::default() };
        let origin = "x".repeat(255).parse().unwrap();
        let statement = StatementDigest::default();
        let refused =
            Refused::new(origin, statement, Reason::SubjectDigestMismatch, Timestamp::MAX);
        let note = refused.sign(&PrivateKey::from_seed([1; 32])).unwrap().to_string();
        for findings in [fitting((0..1000).map(|_| finding())), fitting((0..1000).map(|_| short()))]
        {
            assert!(findings.len() > 2);
            let answer =
                Answer::new(Code::InvalidArgument, Reason::SubjectDigestMismatch.name(), &*text);
            let answer = Answer { findings, signed: Some(note.clone()), ..answer };
            let response = Status::from(answer).into_http::<()>();
            let headers = response.headers().iter();
            let bytes: usize = headers.map(|(name, value)| name.as_str().len() + value.len()).sum();
            assert!(bytes < 8 * 1024, "{bytes} bytes of headers");
        }
    }

    #[test]
    fn a_text_is_cut_between_characters() {
        for (bytes_max, expected) in
            [(0, ""), (1, "a"), (2, "a"), (3, "aé"), (4, "aéb"), (9, "aéb")]
        {
            assert_eq!(cut("aéb", bytes_max), expected);
        }
    }

    #[test]
    fn a_stream_and_a_call_are_told_the_same() {
        let all = [
            || Failure::Envelope(EnvelopeError::SignatureCount { found: 0 }),
            || Failure::Malformed { member: "uri", message: "no subject".to_owned() },
            || Failure::TooLarge { member: "query", found: 2, limit: 1 },
            || Failure::NotFound { what: "no such statement".to_owned() },
            || Failure::NotPublished { found: 7, lower: 5 },
            || Failure::Overloaded { retry_ms: 250 },
            || Failure::Stopping,
            || {
                let finding = RefusalFinding::new(Reason::WrongLedger, Some("header"), "another");
                let findings = findings_of(&Refusal::single(finding));
                let (reason, signed) = (Reason::WrongLedger, Some("a note".to_owned()));
                Failure::Refused { reason, findings, statement: StatementDigest::default(), signed }
            },
        ];
        for failure in all {
            let (status, refusal) = (Status::from(failure()), proto::Refusal::from(failure()));
            let details = status.get_error_details();
            assert_eq!(i32::from(status.code()), refusal.status);
            assert_eq!(status.message(), refusal.message);
            assert_eq!(details.error_info().unwrap().reason, refusal.reason);
            let retry = details.retry_info().and_then(|info| info.retry_delay);
            assert_eq!(retry.unwrap_or_default().as_millis(), u128::from(refusal.retry_after_ms));
            let violations = details.bad_request().map_or(0, |it| it.field_violations.len());
            assert_eq!(violations, refusal.findings.len());
            let signed = details.error_info().unwrap().metadata.get(SIGNED);
            assert_eq!(signed.map_or("", String::as_str), refusal.signed);
        }
    }

    #[test]
    fn what_only_the_operator_may_know_stays_out_of_the_answer() {
        let detail = || "table Entries of /srv/store is torn".to_owned();
        for failure in [
            Failure::Internal { detail: detail() },
            Failure::Damaged { detail: detail() },
            Failure::WriterStopped { detail: detail() },
            Failure::ClockWrong { detail: detail() },
        ] {
            let status = Status::from(failure);
            assert!(!format!("{status:?}").contains("srv"), "{status:?}");
            assert!(status.get_error_details().error_info().unwrap().metadata.contains_key("id"));
        }
    }
}
