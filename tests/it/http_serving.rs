//! The files of a log over HTTP, in this process, on a port of their own.

use std::sync::Arc;

use axum::Router;
use http::{HeaderMap, Method, Request, StatusCode};
use http_body_util::{BodyExt as _, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use probant::http::{ReadOptions, Traffic, log_router, monitor_router, serve};
use probant::ledger::Ledger;
use prost::bytes::Bytes;
use tokio::net::TcpListener;
use tokio::sync::oneshot;
use tokio::task::JoinHandle;

/// A server of files that runs, one of metrics beside it, and what is needed to end them.
pub(crate) struct HttpServing {
    pub(crate) url: String,
    pub(crate) monitor_url: String,
    pub(crate) ledger: Arc<Ledger>,
    ports: [Port; 2],
}

struct Port {
    url: String,
    stop: oneshot::Sender<()>,
    task: JoinHandle<()>,
}

impl Port {
    async fn start(router: Router) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let (stop, stopped) = oneshot::channel::<()>();
        let task = tokio::spawn(serve(listener, router, async { drop(stopped.await) }));
        Self { url, stop, task }
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl HttpServing {
    pub(crate) async fn start(ledger: Ledger) -> Self {
        Self::start_with(ledger, ReadOptions { per_second: 0, ..ReadOptions::default() }).await
    }

    pub(crate) async fn start_with(ledger: Ledger, options: ReadOptions) -> Self {
        let (ledger, traffic) = (Arc::new(ledger), Traffic::default());
        let files = log_router(Arc::clone(&ledger), options, &traffic);
        let monitor = monitor_router(Arc::clone(&ledger), &traffic);
        let ports = [Port::start(files).await, Port::start(monitor).await];
        let [url, monitor_url] = ports.each_ref().map(|port| port.url.clone());
        Self { url, monitor_url, ledger, ports }
    }

    /// The file at a path, as anybody gets it.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.ask(Method::GET, path, &[]).await
    }

    pub(crate) async fn ask(&self, method: Method, path: &str, headers: &[(&str, &str)]) -> Reply {
        ask(&format!("{}/{path}", self.url), method, headers).await
    }

    /// Waits until the server has ended, having told it to.
    pub(crate) async fn stop(self) -> Arc<Ledger> {
        for Port { stop, task, .. } in self.ports {
            stop.send(()).unwrap();
            task.await.unwrap();
        }
        self.ledger
    }
}

impl Reply {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub(crate) fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

/// One request, on a connection of its own.
pub(crate) async fn ask(url: &str, method: Method, headers: &[(&str, &str)]) -> Reply {
    let client: Client<HttpConnector, Full<Bytes>> =
        Client::builder(TokioExecutor::new()).build(HttpConnector::new());
    let mut request = Request::builder().method(method).uri(url);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = client.request(request.body(Full::default()).unwrap()).await.unwrap();
    let (head, body) = response.into_parts();
    let body = body.collect().await.unwrap().to_bytes().to_vec();
    Reply { status: head.status, headers: head.headers, body }
}
