//! Holds the source to the floors of `src/lib.rs`: a module uses itself and those declared above it.

use std::fs;
use std::path::{Path, PathBuf};

/// The first module that may do I/O. Everything declared above it is pure.
const FIRST_IMPURE: &str = "storage";

/// What a pure module has no business with.
const IMPURE: [&str; 13] = [
    // A group would hide the names from this test.
    "std::{",
    "std::env",
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "getrandom",
    "sled::",
    "tempfile",
    "tokio::",
    "tonic::",
];

#[test]
fn imports_only_go_down() {
    let modules = modules_bottom_to_top();
    let mut offences = Vec::new();
    for (floor, module) in (1..).zip(&modules) {
        let higher = || modules.iter().skip(floor);
        offences.extend(find(module, |code| {
            // A group under `crate` would hide the module names from this test.
            higher().any(|above| mentions(code, above)) || code.contains("crate::{")
        }));
    }
    assert!(offences.is_empty(), "imports that go up:\n{}", offences.join("\n"));
}

#[test]
fn pure_modules_do_no_io() {
    let modules = modules_bottom_to_top();
    let pure = modules.iter().take_while(|module| *module != FIRST_IMPURE);
    let offences: Vec<String> = pure
        .flat_map(|module| find(module, |code| IMPURE.iter().any(|name| code.contains(name))))
        .collect();
    assert!(offences.is_empty(), "pure modules that are not:\n{}", offences.join("\n"));
}

#[test]
fn an_import_is_found_in_whatever_form_it_takes() {
    for code in ["use crate::ledger::Ledger;", "use crate::ledger;", "crate::ledger as of"] {
        assert!(mentions(code, "ledger"), "{code}");
    }
    for code in ["use crate::ledgers::Ledger;", "use crate::led::Ledger;", "ledger::open()"] {
        assert!(!mentions(code, "ledger"), "{code}");
    }
}

/// Whether code names a module of the crate, or something in it.
fn mentions(code: &str, module: &str) -> bool {
    let is_name = |of: char| of.is_alphanumeric() || of == '_';
    code.split(&format!("crate::{module}")).skip(1).any(|rest| !rest.starts_with(is_name))
}

/// The lines of `module` whose code, comments left out, is an offence.
fn find(module: &str, is_offence: impl Fn(&str) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for file in files_of(module) {
        let text = fs::read_to_string(src().join(&file)).unwrap();
        for (line_number, line) in (1..).zip(text.lines()) {
            if is_offence(line.split("//").next().unwrap()) {
                found.push(format!("src/{}:{line_number}: {}", file.display(), line.trim()));
            }
        }
    }
    found
}

fn modules_bottom_to_top() -> Vec<String> {
    let lib = fs::read_to_string(src().join("lib.rs")).unwrap();
    let modules: Vec<String> = lib
        .lines()
        .filter_map(|line| line.strip_prefix("pub mod ")?.strip_suffix(';'))
        .map(str::to_owned)
        .collect();
    assert!(modules.iter().any(|module| module == FIRST_IMPURE), "src/lib.rs lists {modules:?}");
    modules
}

fn files_of(module: &str) -> Vec<PathBuf> {
    let file = PathBuf::from(module).with_extension("rs");
    if src().join(&file).exists() { vec![file] } else { rust_files(Path::new(module)) }
}

fn rust_files(dir: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(src().join(dir)).unwrap() {
        let path = dir.join(entry.unwrap().file_name());
        if src().join(&path).is_dir() {
            files.extend(rust_files(&path));
        } else {
            files.push(path);
        }
    }
    files.sort();
    files
}

fn src() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("src")
}
