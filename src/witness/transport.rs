//! Requests over HTTP and HTTPS: one address, one body, one short answer. Follows no redirect.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, USER_AGENT};
use http::uri::Scheme;
use http::{Method, Request, StatusCode, Uri};
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use prost::bytes::Bytes;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};

use crate::witness::error::{Unavailable, WitnessClientError};

/// The longest answer that is read: a witness signs a few lines of less than 400 bytes.
pub(super) const ANSWER_BYTES_MAX: usize = 16 * 1024;

/// Bytes of an answer's head, for the same reason.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);

/// What this program calls itself, so that whoever runs a witness knows whom to ask.
const AGENT: &str = concat!("probant/", env!("CARGO_PKG_VERSION"));

/// Sends requests. Connections are kept for a while.
#[derive(Clone, Debug)]
pub(super) struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) status: StatusCode,
    content_type: Option<String>,
    pub(super) body: Bytes,
}

impl Transport {
    /// The certificates that this system trusts are read if one of the addresses calls for them.
    pub(super) fn new(addresses: &[Uri]) -> Result<Self, WitnessClientError> {
        let provider = Arc::new(ring::default_provider());
        let builder = HttpsConnectorBuilder::new();
        let builder = if addresses.iter().any(|it| it.scheme() == Some(&Scheme::HTTPS)) {
            builder.with_provider_and_native_roots(provider)
        } else {
            ClientConfig::builder_with_provider(provider)
                .with_safe_default_protocol_versions()
                .map_err(std::io::Error::other)
                .map(|config| config.with_root_certificates(RootCertStore::empty()))
                .map(|config| builder.with_tls_config(config.with_no_client_auth()))
        };
        let connector = builder.map_err(WitnessClientError::Certificates)?;
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .build(connector.https_or_http().enable_http1().build());
        Ok(Self { client })
    }

    /// Posts a text. However long it takes: the caller has an eye on the time.
    pub(super) async fn post(&self, address: &Uri, text: String) -> Result<Answer, Unavailable> {
        let mut request = Request::new(Full::new(Bytes::from(text)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = address.clone();
        let headers = request.headers_mut();
        headers.insert(CONTENT_TYPE, http::HeaderValue::from_static("text/plain; charset=utf-8"));
        headers.insert(USER_AGENT, http::HeaderValue::from_static(AGENT));
        let (head, body) = self.client.request(request).await?.into_parts();
        let body = Limited::new(body, ANSWER_BYTES_MAX).collect().await;
        let body = body
            .map_err(|source| Unavailable::Body { limit: ANSWER_BYTES_MAX, source })?
            .to_bytes();
        let content_type = head.headers.get(CONTENT_TYPE);
        let content_type = content_type.and_then(|it| it.to_str().ok()).map(str::to_owned);
        Ok(Answer { status: head.status, content_type, body })
    }
}

impl Answer {
    /// Whether the answer is of this media type, with whatever parameters.
    pub(super) fn is_of_type(&self, media_type: &str) -> bool {
        let found = self.content_type.as_deref().and_then(|found| found.split(';').next());
        found.is_some_and(|found| found.trim().eq_ignore_ascii_case(media_type))
    }
}
