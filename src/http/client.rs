//! Requests over HTTP and HTTPS: one address, one bounded answer. Follows no redirect.

use std::sync::Arc;
use std::time::Duration;

use http::header::{CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue, USER_AGENT};
use http::uri::Scheme;
use http::{Method, Request, StatusCode, Uri};
use http_body::Body;
use http_body_util::{BodyExt as _, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use prost::bytes::Bytes;
use rustls::crypto::ring;
use rustls::{ClientConfig, RootCertStore};
use tokio::time::{Instant, timeout, timeout_at};

use crate::http::error::{FetchError, TransportError};

/// Bytes of an answer's head.
const HEAD_BYTES_MAX: usize = 32 * 1024;

/// How long a connection is kept that nobody uses.
const IDLE: Duration = Duration::from_secs(30);

/// Bytes that have to come while somebody is patient, or the end: a server that sends one now and then
/// keeps nobody waiting.
const PROGRESS_BYTES: usize = 16 * 1024;

/// Bytes that are read of an answer that is not what was asked for.
const ERROR_BYTES_MAX: usize = 16 * 1024;

/// What this program calls itself, so that whoever runs a server knows whom to ask.
const AGENT: &str = concat!("probant/", env!("CARGO_PKG_VERSION"));

/// Sends requests. Connections are kept for a while. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Transport {
    client: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// What came back.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body, as it came: nothing is decompressed.
    pub body: Bytes,
}

impl Transport {
    /// The certificates that this system trusts are read if one of the addresses calls for them.
    pub fn new(addresses: &[Uri]) -> Result<Self, TransportError> {
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
        let builder = builder.map_err(TransportError::Certificates)?;
        let mut connector = HttpConnector::new();
        // A small request must not wait for the acknowledgement of the one before.
        connector.set_nodelay(true);
        connector.enforce_http(false);
        let connector = builder.https_or_http().enable_http1().wrap_connector(connector);
        let client = Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_idle_timeout(IDLE)
            .http1_max_buf_size(HEAD_BYTES_MAX)
            .build(connector);
        Ok(Self { client })
    }

    /// Posts a text. However long it takes: the caller has an eye on the time.
    pub async fn post(
        &self,
        address: &Uri,
        text: String,
        limit: usize,
    ) -> Result<Answer, FetchError> {
        let mut request = Request::new(Full::new(Bytes::from(text)));
        *request.method_mut() = Method::POST;
        *request.uri_mut() = address.clone();
        let plain = HeaderValue::from_static("text/plain; charset=utf-8");
        request.headers_mut().insert(CONTENT_TYPE, plain);
        self.send(request, limit).await
    }

    /// Asks for what is at an address, with these headers besides its own. However long it takes.
    pub async fn get(
        &self,
        address: &Uri,
        headers: &[(HeaderName, HeaderValue)],
        limit: usize,
    ) -> Result<Answer, FetchError> {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = address.clone();
        request.headers_mut().extend(headers.iter().cloned());
        self.send(request, limit).await
    }

    /// The same, given up where no progress is made for as long as `patience`. What comes with another
    /// status than 200 is read as far as it is short, and not at all otherwise.
    pub async fn get_steadily(
        &self,
        address: &Uri,
        headers: &[(HeaderName, HeaderValue)],
        limit: usize,
        patience: Duration,
    ) -> Result<Answer, FetchError> {
        let mut request = Request::new(Full::new(Bytes::new()));
        *request.uri_mut() = address.clone();
        request.headers_mut().extend(headers.iter().cloned());
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let answer = timeout(patience, self.client.request(request)).await;
        let answer = answer.map_err(|_elapsed| FetchError::Stalled { patience })??;
        let (head, body) = answer.into_parts();
        let body = if head.status == StatusCode::OK {
            read_steadily(body, limit, patience).await?
        } else {
            read_steadily(body, limit.min(ERROR_BYTES_MAX), patience).await.unwrap_or_default()
        };
        Ok(Answer { status: head.status, headers: head.headers, body })
    }

    /// Sends a request, and reads an answer of at most `limit` bytes.
    async fn send(
        &self,
        mut request: Request<Full<Bytes>>,
        limit: usize,
    ) -> Result<Answer, FetchError> {
        request.headers_mut().insert(USER_AGENT, HeaderValue::from_static(AGENT));
        let (head, body) = self.client.request(request).await?.into_parts();
        let body = Limited::new(body, limit).collect().await;
        let body = body.map_err(|source| FetchError::Body { limit, source })?.to_bytes();
        Ok(Answer { status: head.status, headers: head.headers, body })
    }
}

/// Reads a body of at most `limit` bytes.
async fn read_steadily<B>(
    mut body: B,
    limit: usize,
    patience: Duration,
) -> Result<Bytes, FetchError>
where
    B: Body<Data = Bytes, Error: std::error::Error + Send + Sync + 'static> + Unpin,
{
    let too_long = |found: u64| FetchError::TooLong { limit, found };
    let said = body.size_hint().lower();
    if usize::try_from(said).map_or(true, |said| said > limit) {
        return Err(too_long(said));
    }
    let (mut bytes, mut progress) = (Vec::new(), 0);
    let mut deadline = Instant::now() + patience;
    loop {
        let frame = timeout_at(deadline, body.frame()).await;
        let frame = frame.map_err(|_elapsed| FetchError::Stalled { patience })?;
        let Some(frame) = frame else { return Ok(bytes.into()) };
        let frame = frame.map_err(|cause| FetchError::Body { limit, source: cause.into() })?;
        let Ok(data) = frame.into_data() else { continue };
        if data.len() > limit - bytes.len() {
            let found = bytes.len().saturating_add(data.len());
            return Err(too_long(u64::try_from(found).unwrap_or(u64::MAX)));
        }
        bytes.extend_from_slice(&data);
        progress += data.len();
        if progress >= PROGRESS_BYTES {
            (progress, deadline) = (0, Instant::now() + patience);
        }
    }
}

impl Answer {
    /// Whether the answer is of this media type, with whatever parameters.
    pub fn is_of_type(&self, media_type: &str) -> bool {
        let found = self.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
        let found = found.and_then(|found| found.split(';').next());
        found.is_some_and(|found| found.trim().eq_ignore_ascii_case(media_type))
    }
}
