//! Runs the real binary.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};

use serde_json::Value;

/// What programs may rely on.
const DOCS: &str = include_str!("../../docs/cli.md");

/// What a command left behind.
pub(crate) struct Finished {
    /// Its arguments.
    pub(crate) arguments: Vec<String>,
    /// Its exit status; -1 if a signal ended it.
    pub(crate) status: i32,
    /// Its result.
    pub(crate) stdout: String,
    /// Its talk.
    pub(crate) stderr: String,
}

/// The binary, not yet started.
pub(crate) fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_probant"));
    command.args(arguments).stdin(Stdio::null());
    command
}

/// Runs the binary to its end.
pub(crate) fn probant(arguments: &[&str]) -> Finished {
    let output = command(arguments).output().unwrap();
    Finished::new(arguments, output)
}

impl Finished {
    pub(crate) fn new(arguments: &[&str], output: Output) -> Self {
        Self {
            arguments: arguments.iter().map(|&argument| argument.to_owned()).collect(),
            status: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8(output.stdout).unwrap(),
            stderr: String::from_utf8(output.stderr).unwrap(),
        }
    }

    /// Holds the exit status to what is expected.
    #[track_caller]
    pub(crate) fn expect(&self, status: i32) {
        let Self { arguments, stdout, stderr, .. } = self;
        assert_eq!(self.status, status, "probant {arguments:?}\n{stdout}\n{stderr}");
    }

    /// The one object on stdout, of a command that ends with this status.
    #[track_caller]
    pub(crate) fn json(&self, status: i32) -> Value {
        self.expect(status);
        let object: Value = serde_json::from_str(&self.stdout).unwrap();
        expect_documented(&object);
        object
    }
}

/// Holds an object to the documentation, member by member, however deep.
#[track_caller]
pub(crate) fn expect_documented(object: &Value) {
    let difference = difference(object, &documented(object));
    assert_eq!(difference, None, "docs/cli.md says otherwise of {object:#}");
}

/// Where the members that are found are not those that are documented.
fn difference(found: &Value, documented: &Value) -> Option<String> {
    match (found, documented) {
        (Value::Object(found), Value::Object(documented)) => {
            let mut names: Vec<&String> = documented.keys().chain(found.keys()).collect();
            names.sort();
            names.dedup();
            names.into_iter().find_map(|name| match (found.get(name), documented.get(name)) {
                (Some(found), Some(documented)) if !is_described_elsewhere(name, documented) => {
                    difference(found, documented).map(|inner| format!("{name}: {inner}"))
                }
                (Some(_), Some(_)) => None,
                _ if OPTIONAL.contains(&name.as_str()) => None,
                (Some(_), None) => Some(format!("{name} is not documented")),
                (None, _) => Some(format!("{name} is not there")),
            })
        }
        // An item is like one of the examples; where there is none, nothing is said of it.
        (Value::Array(found), Value::Array(examples)) => found.iter().find_map(|item| {
            let differences = examples.iter().map(|example| difference(item, example));
            differences.min_by_key(Option::is_some).flatten()
        }),
        _ => None,
    }
}

/// Members that not every instance has.
const OPTIONAL: [&str; 5] = ["content", "entry", "evidence", "evidence_file", "simulation"];

/// The body of a verdict and a schema, which are formats of their own; the facts on a file, which
/// depend on its kind.
fn is_described_elsewhere(name: &str, documented: &Value) -> bool {
    name == "facts" || name == "schema" || (name == "verdict" && documented.is_object())
}

/// The example in the documentation of what `object` is an instance of.
fn documented(object: &Value) -> Value {
    let is_evidence = object["command"] == "verify" && object.get("fraud").is_some();
    let section = match object.get("error") {
        Some(_) => "### Failure".to_owned(),
        None if is_evidence => "### Evidence of fraud".to_owned(),
        None => format!("### `probant {}`", object["command"].as_str().unwrap()),
    };
    let (_, text) = DOCS.split_once(&section).unwrap_or_else(|| panic!("no {section} in docs"));
    let (_, text) = text.split_once("```json").unwrap();
    let (example, _) = text.split_once("```").unwrap();
    serde_json::from_str(example).unwrap()
}

/// A server that was started, with its address read from its first line.
pub(crate) struct Server {
    child: Child,
    /// Where it answers.
    pub(crate) url: String,
    /// Where the files of its log are, if it was told to serve them over HTTP.
    pub(crate) http_url: Option<String>,
    /// Where its metrics and its health are, if it was told to serve them.
    pub(crate) metrics_url: Option<String>,
}

impl Server {
    /// Starts a server on the ledger in `dir`, on a port of its own.
    pub(crate) fn start(dir: &Path, more: &[&str]) -> Self {
        Self::start_with(dir, more, &[])
    }

    /// The same with these variables in its environment.
    pub(crate) fn start_with(dir: &Path, more: &[&str], environment: &[(&str, &str)]) -> Self {
        let dir = dir.display().to_string();
        let arguments = ["serve", "--dir", &dir, "--listen", "127.0.0.1:0", "--log", "warn"];
        Self::spawn(&[&arguments[..], more].concat(), environment)
    }

    /// Starts any command that serves and says at which address.
    pub(crate) fn spawn(arguments: &[&str], environment: &[(&str, &str)]) -> Self {
        let mut command = command(arguments);
        command.envs(environment.iter().copied());
        let mut child = command.stdout(Stdio::piped()).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut url = || {
            let mut line = String::new();
            stdout.read_line(&mut line).unwrap();
            let url = line.trim().rsplit_once(" at ").map(|(_, url)| url.to_owned());
            url.unwrap_or_else(|| panic!("{arguments:?} said {line:?}"))
        };
        let main = url();
        let http_url = arguments.contains(&"--http").then(&mut url);
        let metrics_url = arguments.contains(&"--metrics").then(&mut url);
        Self { child, url: main, http_url, metrics_url }
    }

    /// Ends it as a power cut would.
    pub(crate) fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Asks it to end, and waits until it has: its exit status.
    #[cfg(unix)]
    pub(crate) fn terminate(mut self) -> i32 {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").arg(&id).status().unwrap().success());
        self.child.wait().unwrap().code().unwrap_or(-1)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // Already gone if the test went well.
        drop(self.child.kill());
        drop(self.child.wait());
    }
}
