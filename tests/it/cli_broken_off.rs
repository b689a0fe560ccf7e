//! Long commands that break off in the middle, from either side: what is settled stays so, and the rest
//! is had by running them again.
#![cfg(unix)]

use std::collections::BTreeSet;
use std::fs;
use std::io::Write as _;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::channel;
use std::time::Duration;

use serde_json::Value;

use crate::cli_ledger::Scene;
use crate::program::{Finished, command, probant};
use crate::registrar::{OPERATOR, identity};

/// Rows that are settled before it breaks off.
const SETTLED: usize = 20;

/// How often it is looked whether they are: long enough for a machine that is busy with other tests.
const LOOKS_MAX: usize = 12_000;

/// All rows.
const ROWS: usize = 30;

/// A command that reads its rows from a pipe.
struct Piped {
    child: Child,
    rows: ChildStdin,
}

impl Piped {
    fn start(arguments: &[&str], stdin: &str) -> Self {
        let mut command = command(&[arguments, &[stdin]].concat());
        let command = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        let rows = child.stdin.take().unwrap();
        Self { child, rows }
    }

    /// Gives it rows, and waits until all of them have their line in the results.
    fn settle(&mut self, rows: &[String], results: &str, lines: usize) {
        self.rows.write_all(rows.concat().as_bytes()).unwrap();
        let (_silent, never) = channel::<()>();
        for _ in 0..LOOKS_MAX {
            if fs::read_to_string(results).is_ok_and(|text| text.lines().count() >= lines) {
                return;
            }
            assert_eq!(self.child.try_wait().unwrap(), None, "it ended before");
            never.recv_timeout(Duration::from_millis(5)).unwrap_err();
        }
        panic!("the rows have no lines in {results}");
    }

    /// What it leaves behind when it ends by itself, though there may be more to read.
    fn ended(self, arguments: &[&str]) -> Finished {
        let Self { child, rows } = self;
        let output = wait(child);
        drop(rows);
        Finished::new(arguments, output)
    }
}

fn wait(child: Child) -> std::process::Output {
    child.wait_with_output().unwrap()
}

/// Statements, one a line.
fn statements() -> Vec<String> {
    let statement = |number: usize| {
        let statement = identity(&format!("identity-{number}"), "09521000200012");
        String::from_utf8(statement).unwrap() + "\n"
    };
    (0..ROWS).map(statement).collect()
}

/// What a submission of all rows has to leave behind: each once in the table, with a receipt that
/// verifies although no server is there.
fn check(scene: &mut Scene, key: &str, before: u64) {
    scene.start_server();
    let file = scene.write("all.jsonl", statements().concat());
    let results = scene.text("done.csv");
    let done = scene.submit(&["--key", key, "--results", &results, &file]).json(0);
    assert_eq!((&done["accepted"], &done["duplicates"]), (&ROWS.into(), &before.into()));
    let text = fs::read_to_string(&results).unwrap();
    let rows: Vec<Vec<&str>> = text.lines().skip(1).map(|row| row.split(',').collect()).collect();
    let numbers: Vec<String> = rows.iter().map(|row| row[1].to_owned()).collect();
    assert_eq!(numbers, (1..=ROWS).map(|number| number.to_string()).collect::<Vec<_>>());
    let indexes: BTreeSet<&str> = rows.iter().map(|row| row[3]).collect();
    assert_eq!(indexes.len(), ROWS, "each is an entry of its own");

    scene.kill_server();
    let receipts: BTreeSet<&str> = rows.iter().map(|row| row[6]).collect();
    let kept = fs::read_dir(scene.text("receipts")).unwrap().map(|of| of.unwrap().path());
    let kept: BTreeSet<String> = kept
        .filter(|path| path.extension().is_some_and(|of| of == "tlog-proof"))
        .map(|path| path.display().to_string())
        .collect();
    assert!(receipts.iter().all(|of| kept.contains(*of)), "{receipts:?} in {kept:?}");
    let trust = scene.trust();
    for row in &rows {
        assert!(row[6].ends_with(&format!("/{}.tlog-proof", row[5])), "{row:?}");
        let shown = probant(&["show", row[6], "--trust", &trust, "--format", "json"]).json(0);
        assert_eq!(shown["facts"]["entry_index"].to_string(), row[3]);
        assert!(!shown["checked"].as_array().unwrap().is_empty());
    }
    let touched = fs::read_to_string(rows[0][6]).unwrap();
    let proof = touched.lines().position(|line| line.starts_with("index ")).unwrap();
    let mut lines: Vec<&str> = touched.lines().collect();
    lines[proof] = "index 1";
    let touched = scene.write("touched.tlog-proof", lines.join("\n") + "\n");
    probant(&["show", &touched, "--trust", &trust]).expect(1);
}

#[test]
fn a_submission_that_is_killed_is_run_again_and_every_row_has_one_receipt() {
    let mut scene = Scene::new();
    let key = scene.register();
    let (trust, receipts, results) =
        (scene.trust(), scene.text("receipts"), scene.text("done.csv"));
    let url = scene.url().to_owned();
    let arguments = ["submit", "--server", &url, "--trust", &trust, "--receipts", &receipts];
    let arguments = [&arguments[..], &["--key", &key, "--results", &results]].concat();
    let mut piped = Piped::start(&arguments, "/dev/stdin");
    piped.settle(&statements()[..SETTLED], &results, SETTLED + 1);
    piped.child.kill().unwrap();
    wait(piped.child);
    check_whole(&results, SETTLED);
    scene.kill_server();
    check(&mut scene, &key, SETTLED as u64);
}

#[test]
fn a_submission_whose_server_dies_says_so_and_is_run_again() {
    let mut scene = Scene::new();
    let key = scene.register();
    let (trust, receipts, results) =
        (scene.trust(), scene.text("receipts"), scene.text("done.csv"));
    let url = scene.url().to_owned();
    let arguments = ["submit", "--server", &url, "--trust", &trust, "--receipts", &receipts];
    let arguments = [&arguments[..], &["--key", &key, "--results", &results]].concat();
    let mut piped = Piped::start(&arguments, "/dev/stdin");
    let rows = statements();
    piped.settle(&rows[..SETTLED], &results, SETTLED + 1);
    scene.kill_server();
    piped.rows.write_all(rows[SETTLED].as_bytes()).unwrap();
    let finished = piped.ended(&arguments);
    finished.expect(2);
    let said = format!("until then: {SETTLED} recorded, 0 refused\n");
    assert!(finished.stderr.contains(&said), "{}", finished.stderr);
    // At the row that was under way, or between two, as it happens.
    let last = finished.stderr.lines().last().unwrap();
    assert!(last.starts_with("probant: submit: ") && last.contains(": Unavailable: "), "{last}");
    check_whole(&results, SETTLED);
    check(&mut scene, &key, SETTLED as u64);
}

/// The table has whole rows, and so many.
fn check_whole(results: &str, rows: usize) {
    let text = fs::read_to_string(results).unwrap();
    assert!(text.ends_with('\n'));
    let columns = text.lines().map(|line| line.split(',').count()).collect::<BTreeSet<_>>();
    assert_eq!((text.lines().count(), columns), (rows + 1, BTreeSet::from([11])), "{text}");
}

#[test]
fn a_catalogue_whose_server_dies_keeps_the_answers_until_then() {
    let mut scene = Scene::new();
    let key = scene.register();
    scene.submit(&[&scene.identity(&key, "identity-1")]).expect(0);
    let columns = "product.gtin,offer.destinations,offer.languages,offer.goods_location.kind,\
                   category.cn,attributes.radio,trader.operator,offer.platform,policy\n";
    let query = |radio: &str| {
        let platform = "https://id.gs1.org/417/9521000500006";
        format!(
            "09521000200012,FR,fr,DIRECT_IMPORT,95030041,{radio},{OPERATOR},{platform},\
             test-rules@1\n"
        )
    };
    let table = scene.text("queries.csv");
    std::os::unix::fs::symlink("/dev/stdin", &table).unwrap();
    let results = scene.text("answers.jsonl");
    let (trust, url) = (scene.trust(), scene.url().to_owned());
    let arguments = ["catalogue", "--server", &url, "--trust", &trust, "--results", &results];
    let mut piped = Piped::start(&arguments, &table);
    // What can't be asked has its row before anything else is answered.
    piped.settle(&[columns.to_owned(), query("perhaps")], &results, 1);
    piped.settle(&[query("false"), query("")], &results, 3);
    scene.kill_server();
    // It may have seen that already, and read no more.
    drop(piped.rows.write_all(query("").as_bytes()));
    let finished = piped.ended(&arguments);
    finished.expect(2);
    let said = "until then: 2 listable, 0 not, 0 to review, 1 refused\n";
    assert!(finished.stderr.contains(said), "{}", finished.stderr);
    let text = fs::read_to_string(&results).unwrap();
    assert!(text.ends_with('\n'));
    let rows: Vec<Value> = text.lines().map(|row| serde_json::from_str(row).unwrap()).collect();
    let found: Vec<&Value> = rows.iter().map(|row| &row["verdict"]).collect();
    assert_eq!(found, ["REFUSED", "LISTABLE", "LISTABLE"]);
}
