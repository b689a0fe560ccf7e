//! A newcomer's first ledger: the commands of docs/first-ledger.md, run as they stand there.

#![cfg(unix)]

use std::path::Path;
use std::process::{Command, Output};
use std::{env, fs};

use crate::program::Server;

#[test]
fn the_commands_of_the_first_ledger_work_as_they_stand() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let text = fs::read_to_string(root.join("docs/first-ledger.md")).unwrap();
    // What the demo leaves is in the repository too.
    let rules = root.join("tests/vectors/golden").display().to_string();
    let text = text.replace("/tmp/demo/a-plush/policies", &rules);
    let fences = text.split("```sh\n").skip(1);
    let blocks: Vec<&str> = fences.map(|rest| rest.split("```").next().unwrap()).collect();
    let [make, serve, admit, check, verify] = blocks[..] else {
        panic!("{} blocks of commands", blocks.len())
    };
    let desk = tempfile::tempdir().unwrap();

    expect(&run(desk.path(), make), 0, "start it with: probant serve --dir ledger");
    assert_eq!(serve, "probant serve --dir ledger --policy rules.toml\n");
    let rules = desk.path().join("rules.toml").display().to_string();
    let server = Server::start(&desk.path().join("ledger"), &["--policy", &rules]);
    let here = |commands: &str| commands.replace("http://127.0.0.1:7443", &server.url);
    expect(&run(desk.path(), &here(admit)), 0, "3 recorded, 0 refused");
    // What is missing, and who can supply it.
    let asked = run(desk.path(), &here(check));
    expect(&asked, 1, "NOT LISTABLE.");
    expect(&asked, 1, "To do: Ask the manufacturer or its authorised representative to sign");
    expect(&run(desk.path(), verify), 1, "The dossier VERIFIES");
}

/// Runs commands in a directory, up to the first that fails.
fn run(dir: &Path, commands: &str) -> Output {
    let program = Path::new(env!("CARGO_BIN_EXE_probant"));
    let mut path = program.parent().unwrap().as_os_str().to_owned();
    path.push(":");
    path.push(env::var_os("PATH").unwrap());
    let mut shell = Command::new("sh");
    shell.args(["-euc", commands]).current_dir(dir).env("PATH", path).output().unwrap()
}

#[track_caller]
fn expect(output: &Output, status: i32, words: &str) {
    let said = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(status), "{output:?}");
    assert!(said.contains(words), "{words:?} is not in {said}");
}
