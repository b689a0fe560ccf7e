//! Files over HTTP: those that are there, those that are not, and everything that is neither.

use std::collections::BTreeMap;
use std::error::Error;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use axum::body::Body;
use axum::response::Response;
use probant::audit::{FILE_BYTES_MAX, LogSource, SourceError};
use probant::http::{BearerToken, HttpSource, HttpSourceError, HttpSourceOptions};

use crate::file_server::{FileServer, file};
use crate::paper_log::Files;

fn options() -> HttpSourceOptions {
    let pause = Duration::from_millis(1);
    HttpSourceOptions { attempts_max: 3, pause, ..HttpSourceOptions::default() }
}

fn source(url: &str) -> HttpSource {
    HttpSource::new(url, options()).unwrap()
}

/// What does not come, in one line.
fn cause(result: Result<Option<Vec<u8>>, SourceError>) -> String {
    let error = result.unwrap_err();
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line = format!("{line}: {cause}");
        next = cause.source();
    }
    line
}

fn numbered(count: usize) -> (Files, Vec<String>) {
    let files = (0..count).map(|number| (format!("tile/{number:03}"), vec![number as u8; 3]));
    let files: BTreeMap<_, _> = files.collect();
    let paths = files.keys().cloned().collect();
    (Files(files), paths)
}

/// Answers the first connections with these bytes, and hangs up.
fn raw(answer: &'static str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().map_while(Result::ok) {
            drop(stream.read(&mut [0; 1024]));
            drop(stream.write_all(answer.as_bytes()));
        }
    });
    url
}

#[test]
fn a_file_comes_as_it_is_and_one_that_is_not_there_is_none() {
    let (files, paths) = numbered(3);
    let server = FileServer::start({
        let files = files.clone();
        move |path, _| file(files.0.get(path.trim_start_matches("copies/log/")).cloned())
    });
    for url in [&server.url, &format!("{}/", server.url), &format!("{}/copies/log", server.url)] {
        let mut source = source(url);
        for path in &paths {
            assert_eq!(source.read(path).unwrap().as_ref(), Some(&files.0[path]), "{url}");
        }
        assert_eq!(source.read("tile/9").unwrap(), None);
        assert_eq!(source.list().unwrap(), None);
    }
}

#[test]
fn a_token_is_shown_and_never_printed() {
    let server = FileServer::start(|_, request| {
        let is_known =
            request.headers().get("authorization").is_some_and(|it| it == "Bearer a.b~1=");
        Response::builder().status(if is_known { 200 } else { 401 }).body(Body::empty()).unwrap()
    });
    let token = BearerToken::parse("a.b~1=").unwrap();
    let with = HttpSourceOptions { token: Some(token), ..options() };
    assert!(!format!("{with:?}").contains("a.b"));
    assert_eq!(HttpSource::new(&server.url, with).unwrap().read("x").unwrap(), Some(Vec::new()));
    assert!(cause(source(&server.url).read("x")).ends_with("the server answers 401 Unauthorized"));
    for bad in ["", "=", "a b", "a\n", "é", "a=b"] {
        assert!(matches!(BearerToken::parse(bad), Err(HttpSourceError::Token)), "{bad:?}");
    }
}

#[test]
fn what_leads_elsewhere_or_is_refused_is_no_file_and_asked_for_once() {
    for status in [301, 302, 307, 204, 206, 400, 403, 410] {
        let server = FileServer::start(move |_, _| {
            let answer = Response::builder().status(status).header("location", "/tile/000");
            answer.body(Body::empty()).unwrap()
        });
        let cause = cause(source(&server.url).read("tile/000"));
        assert!(cause.contains(&format!("the server answers {status}")), "{cause}");
        assert_eq!(server.asked().len(), 1);
    }
}

#[test]
fn a_server_in_trouble_is_asked_again_but_not_for_ever() {
    for (status, header) in [(503, None), (500, None), (429, Some("0")), (429, Some("tomorrow"))] {
        for failures in 1..=3 {
            let left = Arc::new(AtomicUsize::new(failures));
            let server = FileServer::start(move |_, _| {
                if left
                    .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |it| it.checked_sub(1))
                    .is_err()
                {
                    return file(Some(b"x".to_vec()));
                }
                let mut answer = Response::builder().status(status);
                if let Some(after) = header {
                    answer = answer.header("retry-after", after);
                }
                answer.body(Body::empty()).unwrap()
            });
            let answer = source(&server.url).read("x");
            assert_eq!(answer.is_ok(), failures < 3, "{status} {failures}");
            assert_eq!(server.asked().len(), 3.min(failures + 1));
        }
    }
}

#[test]
fn a_body_that_breaks_off_or_never_ends_is_no_file() {
    let short = raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc");
    assert!(cause(source(&short).read("x")).contains("breaks off"));
    let hung_up = raw("");
    assert!(cause(source(&hung_up).read("x")).contains("no answer"));
    let packed = raw("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-encoding: gzip\r\n\r\nx");
    assert!(cause(source(&packed).read("x")).contains("gzip"));
    let long = raw("HTTP/1.1 200 OK\r\ncontent-length: 300000000\r\n\r\nabc");
    let error = source(&long).read("x").unwrap_err();
    let SourceError::TooLarge { found, .. } = error else { panic!("{error}") };
    assert!(found > FILE_BYTES_MAX as u64);
}

#[test]
fn a_server_that_says_nothing_is_not_waited_for() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let options = HttpSourceOptions {
        patience: Duration::from_millis(20),
        attempts_max: 1,
        ..HttpSourceOptions::default()
    };
    let cause = cause(HttpSource::new(&url, options).unwrap().read("x"));
    assert!(cause.contains("nothing came"), "{cause}");
}

#[test]
fn a_file_may_have_to_be_small_and_to_come_soon() {
    let (files, paths) = numbered(1);
    let server = FileServer::of(files.clone());
    let (source, path, minute) = (source(&server.url), &paths[0], Duration::from_mins(1));
    let read = |limit, time| source.read_within(path, limit, time);
    assert_eq!(read(3, minute).unwrap().as_ref(), Some(&files.0[path]));
    assert!(cause(read(2, minute)).contains("expected at most 2"));
    server.asked();
    assert!(cause(read(3, Duration::ZERO)).contains("did not come in time"));
    assert_eq!(server.asked(), Vec::<String>::new());
    // Takes connections, and says nothing.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let silent = self::source(&format!("http://{}", silent.local_addr().unwrap()));
    let late = silent.read_within(path, 3, Duration::from_millis(1));
    assert!(cause(late).contains("did not come in time"));
}

#[test]
fn expected_files_are_fetched_ahead_once_each_and_not_too_many() {
    let (files, paths) = numbered(100);
    let server = FileServer::of(files.clone());
    let mut source = source(&server.url);
    source.expect(Box::new(paths.clone().into_iter()));
    for path in &paths {
        assert_eq!(source.read(path).unwrap().as_ref(), Some(&files.0[path]));
    }
    let mut asked = server.asked();
    asked.sort_unstable();
    assert_eq!(asked, paths);
    // Whoever leaves some out, or comes back, is given what is asked for all the same.
    source.expect(Box::new(paths.clone().into_iter()));
    for place in [0, 3, 2, 90, 20, 99] {
        let path = &paths[place];
        assert_eq!(source.read(path).unwrap().as_ref(), Some(&files.0[path]), "{path}");
    }
    // However many there are said to be.
    let endless = (0..).map({
        let paths = paths.clone();
        move |place: usize| paths[place % 100].clone()
    });
    source.expect(Box::new(endless));
    for path in &paths[..9] {
        assert_eq!(source.read(path).unwrap().as_ref(), Some(&files.0[path]), "{path}");
    }
    // Nothing is read, so nothing more is asked for.
    source.expect(Box::new(std::iter::empty()));
    server.asked();
    source.expect(Box::new(paths.clone().into_iter()));
    assert_eq!(source.read("tile/none").unwrap(), None);
    assert!(server.asked().len() <= 9);
}

#[test]
fn a_file_that_is_too_large_to_be_fetched_ahead_comes_when_it_is_read() {
    let large = vec![7; (4 << 20) + 1];
    let server = FileServer::of(Files([("payload/000".to_owned(), large.clone())].into()));
    let mut source = source(&server.url);
    source.expect(Box::new(std::iter::once("payload/000".to_owned())));
    assert!(source.read("payload/000").unwrap() == Some(large));
}

#[test]
fn only_an_address_of_a_place_is_one() {
    for url in ["copy/", "ftp://log.example", "https://log.example/?a", "http://a@log.example/"] {
        let error = HttpSource::new(url, options()).unwrap_err();
        assert!(matches!(error, HttpSourceError::Url { .. }), "{url}: {error}");
    }
}
