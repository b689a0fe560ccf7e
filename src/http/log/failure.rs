//! Why a request gets no file. Whose fault it is decides the status, here and nowhere else.

use axum::response::{IntoResponse, Response};
use http::header::{CACHE_CONTROL, CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use tokio::task::JoinError;

use crate::audit::{LogFile, LogFileError};
use crate::causes::chain;
use crate::http::fault::log_fault;
use crate::http::log::answer::TEXT;
use crate::ledger::{StoreError, ViewError};

/// Why a request gets no file.
#[derive(Debug)]
pub(super) enum Failure {
    /// The path is not one that a file of a log has.
    Path(LogFileError),
    /// There is no such file, or not yet.
    NotThere(LogFile),
    /// This peer asks faster than it may.
    TooFast { retry_s: u64 },
    /// This peer says who it is, and is not known.
    TokenUnknown,
    /// What nobody has taken yet leaves no room.
    Overloaded,
    /// The store does not verify. The details are for its operator.
    Damaged { detail: String },
    /// A fault of this program or its machine. The details are for its operator.
    Internal { detail: String },
}

/// When a request may come again that found no room.
const RETRY_S: u64 = 1;

impl From<LogFileError> for Failure {
    fn from(error: LogFileError) -> Self {
        Self::Path(error)
    }
}

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Self {
        let detail = chain(&error);
        match error {
            ViewError::Store(
                StoreError::Missing { .. }
                | StoreError::Malformed { .. }
                | StoreError::Disagrees { .. },
            ) => Self::Damaged { detail },
            // Nothing else is asked of a view than files, each of which it has or has not.
            ViewError::Store(StoreError::Storage(_))
            | ViewError::NotPublished { .. }
            | ViewError::NoWitnesses
            | ViewError::NotWitnessed { .. }
            | ViewError::NotWitnessedAt { .. }
            | ViewError::SizeBeyond { .. }
            | ViewError::EntryBeyond { .. }
            | ViewError::NoAttestation { .. }
            | ViewError::ChainTooLong { .. }
            | ViewError::RecordsTooLarge { .. } => Self::Internal { detail },
        }
    }
}

impl From<JoinError> for Failure {
    fn from(error: JoinError) -> Self {
        Self::Internal { detail: error.to_string() }
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let (mut retry, mut has_to_say_who) = (None, false);
        let (status, text) = match self {
            Self::Path(error @ LogFileError::Unknown { .. }) => {
                (StatusCode::NOT_FOUND, error.to_string())
            }
            Self::Path(error @ (LogFileError::Handover { .. } | LogFileError::Tile(_))) => {
                (StatusCode::BAD_REQUEST, error.to_string())
            }
            Self::NotThere(file) => {
                (StatusCode::NOT_FOUND, format!("{file} is not in the log, or not yet"))
            }
            Self::TooFast { retry_s } => {
                retry = Some(retry_s);
                let text = format!("too many requests from your network: wait {retry_s} s");
                (StatusCode::TOO_MANY_REQUESTS, text)
            }
            Self::TokenUnknown => {
                has_to_say_who = true;
                (StatusCode::UNAUTHORIZED, "the token is not known here".to_owned())
            }
            Self::Overloaded => {
                retry = Some(RETRY_S);
                let text = format!("too much at once: come back in {RETRY_S} s");
                (StatusCode::SERVICE_UNAVAILABLE, text)
            }
            Self::Damaged { detail } => {
                let id = log_fault("STORE_DAMAGED", &detail);
                let text = format!(
                    "the store of the ledger does not verify; the server's log has it as no. {id}"
                );
                (StatusCode::INTERNAL_SERVER_ERROR, text)
            }
            Self::Internal { detail } => {
                let id = log_fault("INTERNAL", &detail);
                let text = format!("a fault of the server; its log has it as no. {id}");
                (StatusCode::INTERNAL_SERVER_ERROR, text)
            }
        };
        let mut response = (status, format!("{text}\n")).into_response();
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(TEXT));
        // What is not there now may be there soon, and a cache would keep a 404 for itself.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        if let Some(seconds) = retry {
            headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        if has_to_say_who {
            headers.insert(WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::storage::StorageError;

    #[test]
    fn what_only_the_operator_may_know_stays_out_of_the_answer() {
        let secret = || StorageError::Engine("sector 7 of /srv/store".into());
        for failure in [
            Failure::from(ViewError::Store(StoreError::Storage(secret()))),
            Failure::from(ViewError::Store(StoreError::Missing { what: "srv", index: 7 })),
            Failure::Internal { detail: "/srv/store is gone".to_owned() },
        ] {
            let response = failure.into_response();
            assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
            let body = http_body_util::BodyExt::collect(response.into_body());
            let body = futures_util::FutureExt::now_or_never(body).unwrap().unwrap().to_bytes();
            let text = String::from_utf8(body.to_vec()).unwrap();
            assert!(!text.contains("srv") && text.contains("no. "), "{text}");
        }
    }
}
