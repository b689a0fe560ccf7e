//! The files of a log over HTTP, from the real server.

use std::fs;

use http::{Method, StatusCode};
use probant::audit::LogSource as _;
use probant::export::DirSource;
use probant::key::PrivateKey;

use crate::http_serving::ask;
use crate::program::{Server, probant};
use crate::registrar::{Registrar, write};
use crate::serving::block_on;

/// A server of files, and of everything else, with something in its log.
fn begin(registrar: &Registrar, more: &[&str]) -> Server {
    let server = Server::start(&registrar.ledger(), more);
    let maker = PrivateKey::from_seed([2; 32]);
    let file = |name: &str, envelope| write(&registrar.path(name), &envelope);
    let registration = file("registration.json", registrar.registration(&maker));
    let grant = file("grant.json", registrar.grant("grant-1", "manufacturer"));
    let trust = registrar.genesis_path();
    let submit = ["submit", "--server", &server.url, "--trust", &trust, &registration, &grant];
    probant(&submit).expect(0);
    server
}

#[cfg(unix)]
#[test]
fn a_server_gives_the_files_of_its_log_until_it_ends() {
    let registrar = Registrar::with_ledger();
    let ports = ["--http", "127.0.0.1:0", "--metrics", "127.0.0.1:0"];
    let server = begin(&registrar, &ports);
    let url = server.http_url.clone().unwrap();
    let (copy, trust) = (registrar.path("copy"), registrar.genesis_path());
    let out = copy.display().to_string();
    probant(&["export", "--server", &server.url, "--trust", &trust, "--out", &out]).expect(0);
    let mut source = DirSource::new(&copy);
    let paths = source.list().unwrap().unwrap();
    assert!(paths.len() > 4, "{paths:?}");
    block_on(async {
        for path in paths {
            let reply = ask(&format!("{url}/{path}"), Method::GET, &[]).await;
            assert_eq!(reply.status, StatusCode::OK, "{path}");
            assert_eq!(reply.body, source.read(&path).unwrap().unwrap(), "{path}");
        }
        let url = server.metrics_url.clone().unwrap();
        let metrics = ask(&format!("{url}/metrics"), Method::GET, &[]).await;
        let line = "probant_http_requests_total{kind=\"checkpoint\",status=\"200\"} 1\n";
        assert!(metrics.text().contains(line), "{}", metrics.text());
        let health = ask(&format!("{url}/health"), Method::GET, &[]).await;
        assert_eq!(health.status, StatusCode::OK);
    });
    assert_eq!(server.terminate(), 0);
}

#[test]
fn a_port_that_is_taken_is_a_failure_before_anything_is_served() {
    let registrar = Registrar::with_ledger();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap().to_string();
    let dir = registrar.ledger().display().to_string();
    let serve = ["serve", "--dir", &dir, "--listen", "127.0.0.1:0", "--http", &address];
    let failure = probant(&[&serve[..], &["--format", "json"]].concat()).json(2);
    let error = failure["error"].as_str().unwrap();
    assert!(error.contains(&format!("listen on {address}")), "{error}");
}

#[cfg(unix)]
#[test]
fn tokens_lie_in_a_file_that_nobody_else_may_read() {
    use std::os::unix::fs::PermissionsExt as _;

    let registrar = Registrar::with_ledger();
    let path = registrar.path("tokens");
    let (dir, file) = (registrar.ledger().display().to_string(), path.display().to_string());
    let token = "a-token-0123456789abcdef0123456789abcdef";
    let ports = ["--http", "127.0.0.1:0", "--http-tokens", &file];
    let serve = ["serve", "--dir", &dir, "--listen", "127.0.0.1:0", "--format", "json"];
    for (text, mode, words) in [
        (token, 0o644, "run: chmod 600"),
        ("# none\n", 0o600, "no token"),
        ("too-short\n", 0o600, "line 1 has 9 characters"),
    ] {
        fs::write(&path, text).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        let failure = probant(&[&serve[..], &ports].concat()).json(2);
        let error = failure["error"].as_str().unwrap();
        assert!(error.contains(words) && error.contains("token file"), "{error}");
        assert!(!error.contains(token), "{error}");
    }
    // Without a port there is nobody to send one.
    probant(&[&serve[..], &["--http-tokens", &file]].concat()).expect(2);
    fs::write(&path, format!("# the auditors'\n{token}\n")).unwrap();
    let server = begin(&registrar, &ports);
    let url = format!("{}/payload/000.p/1", server.http_url.as_deref().unwrap());
    block_on(async {
        for (token, status) in [(token, 200), ("a-token-that-nobody-knows-0123456789", 401)] {
            let bearer = format!("Bearer {token}");
            let reply = ask(&url, Method::GET, &[("authorization", &bearer)]).await;
            assert_eq!(reply.status.as_u16(), status);
        }
    });
}
