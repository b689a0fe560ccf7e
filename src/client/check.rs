//! Asking for verdicts.

use futures_util::{Stream, StreamExt as _};
use prost::bytes::Bytes;

use crate::attestation::{Predicate, Statement};
use crate::client::connect::Client;
use crate::client::error::{ClientError, Refused};
use crate::client::receipt::VerifiedReceipt;
use crate::envelope::Envelope;
use crate::merkle::TreeSize;
use crate::proto;
use crate::proto::check_result::Result as Outcome;
use crate::service::convert::envelope_from;

/// What the server answers to a query. The verdict is the server's word until the dossier is
/// verified. If it was logged, it has been checked that the receipt holds and that it is this verdict
/// which stands there.
#[derive(Clone, Debug)]
pub struct CheckOutcome {
    /// The verdict's body: canonical JSON.
    pub verdict: Bytes,
    /// What was changed to normalise the query.
    pub notes: Vec<String>,
    /// The dossier, a file to be kept as it is; or why there is none, empty if it was not asked for.
    pub dossier: Result<Bytes, String>,
    /// The logged verdict and its receipt, or why there is none.
    pub logged: Result<(Envelope, VerifiedReceipt), String>,
    /// As in the query.
    pub request_id: String,
}

/// What became of one query of a stream.
#[derive(Debug)]
pub struct CheckAnswer {
    /// Place of the query in the stream, from 0.
    pub position: u64,
    /// The answer, or why there is none.
    pub outcome: Result<CheckOutcome, Refused>,
}

impl Client {
    /// Has a query judged; `query` is JSON.
    pub async fn check(
        &self,
        query: impl Into<Bytes>,
        with_dossier: bool,
    ) -> Result<CheckOutcome, ClientError> {
        let message = proto::CheckRequest { query: query.into(), with_dossier };
        let since = self.since();
        let answer = self
            .call(|mut api, timeout| {
                let request = Self::request(message.clone(), timeout);
                async move { api.check(request).await }
            })
            .await?;
        self.outcome(answer, since).await
    }

    /// Has many queries judged. Answers come in the order of the queries; an error is the last.
    pub async fn check_stream<S>(
        &self,
        queries: S,
        with_dossier: bool,
    ) -> Result<impl Stream<Item = Result<CheckAnswer, ClientError>> + use<S>, ClientError>
    where
        S: Stream<Item = Bytes> + Send + 'static,
    {
        let items = queries.enumerate().map(move |(position, query)| proto::CheckItem {
            id: position as u64,
            request: Some(proto::CheckRequest { query, with_dossier }),
        });
        let results = self.api.clone().check_stream(items).await?.into_inner();
        let client = self.clone();
        Ok(results.then(move |result| {
            let client = client.clone();
            async move {
                let result = result?;
                let outcome = match result.result {
                    Some(Outcome::Response(answer)) => {
                        // Verdicts are logged as they are reached, and answered in the order of the
                        // queries: the next one may be the older one.
                        Ok(client.outcome(answer, TreeSize::EMPTY).await?)
                    }
                    Some(Outcome::Refusal(refusal)) => Err(refusal.into()),
                    None => return Err(ClientError::Incomplete { what: "result for a query" }),
                };
                Ok(CheckAnswer { position: result.id, outcome })
            }
        }))
    }

    async fn outcome(
        &self,
        answer: proto::CheckResponse,
        since: TreeSize,
    ) -> Result<CheckOutcome, ClientError> {
        let logged = match (answer.statement, answer.receipt) {
            (Some(statement), Some(receipt)) => {
                let envelope = envelope_from(statement)
                    .map_err(|_cause| ClientError::Incomplete { what: "sound envelope" })?;
                let receipt = self.accept_receipt(&receipt, &envelope, since).await?;
                if !is_of_verdict(&envelope, &answer.verdict) {
                    return Err(ClientError::OtherVerdict);
                }
                Ok((envelope, receipt))
            }
            (None, None) => Err(answer.not_logged),
            _ => return Err(ClientError::Incomplete { what: "statement with a receipt" }),
        };
        Ok(CheckOutcome {
            verdict: answer.verdict,
            notes: answer.notes,
            dossier: if answer.dossier.is_empty() {
                Err(answer.no_dossier)
            } else {
                Ok(answer.dossier)
            },
            logged,
            request_id: answer.request_id,
        })
    }
}

/// Whether the statement in the envelope is that of the verdict with these bytes.
fn is_of_verdict(envelope: &Envelope, verdict: &[u8]) -> bool {
    let Ok(statement) = Statement::parse(envelope.payload()) else { return false };
    let Predicate::ConformityVerdict(logged) = statement.predicate() else { return false };
    logged.body_bytes().is_ok_and(|body| body == verdict)
}
