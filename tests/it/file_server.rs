//! A web server with files, as any that a log is copied to, in a thread of its own; it notes what it
//! was asked for.

use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::response::Response;
use probant::http;
use tokio::net::TcpListener;
use tokio::sync::oneshot;

use crate::paper_log::Files;

/// A server, until it is dropped.
pub(crate) struct FileServer {
    pub(crate) url: String,
    asked: Arc<Mutex<Vec<String>>>,
    stop: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl FileServer {
    /// Serves these files.
    pub(crate) fn of(files: Files) -> Self {
        Self::start(move |path, _| file(files.0.get(path).cloned()))
    }

    /// Answers like this: given are the path, and the request.
    pub(crate) fn start(
        answer: impl Fn(&str, &Request) -> Response + Clone + Send + Sync + 'static,
    ) -> Self {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (stop, stopped) = oneshot::channel::<()>();
        let (bound, address) = std::sync::mpsc::channel();
        let noted = Arc::clone(&asked);
        let thread = thread::spawn(move || {
            let router = Router::new().fallback(move |request: Request| {
                let path = request.uri().path().trim_start_matches('/').to_owned();
                noted.lock().unwrap().push(path.clone());
                let answer = answer(&path, &request);
                async move { answer }
            });
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
            runtime.unwrap().block_on(async {
                let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
                bound.send(listener.local_addr().unwrap()).unwrap();
                http::serve(listener, router, async { drop(stopped.await) }).await;
            });
        });
        let url = format!("http://{}", address.recv().unwrap());
        Self { url, asked, stop: Some(stop), thread: Some(thread) }
    }

    /// The paths that were asked for since this was last asked, in order.
    pub(crate) fn asked(&self) -> Vec<String> {
        std::mem::take(&mut *self.asked.lock().unwrap())
    }
}

impl Drop for FileServer {
    fn drop(&mut self) {
        drop(self.stop.take());
        self.thread.take().map(JoinHandle::join);
    }
}

/// A file, or that there is none.
pub(crate) fn file(bytes: Option<Vec<u8>>) -> Response {
    let status = if bytes.is_some() { 200 } else { 404 };
    let body = Body::from(bytes.unwrap_or_else(|| b"no such file".to_vec()));
    Response::builder().status(status).body(body).unwrap()
}
