//! Integration tests, in one binary so that they link once.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    reason = "a test fails by panicking"
)]

mod architecture;
mod documents;
mod world;
mod registry;
mod admission;
mod abuse;
mod case;
mod verdict_plush_toy;
mod verdict_charger;
mod verdict_recall;
mod verdict_concerns;
mod verdict_registers;
mod verdict_categories;
mod verdict_procedure;
mod closure;
mod verdict_abuse;
mod verdict_documents;
mod verdict_standing;
mod simulation;
mod earlier;
mod acceptance;
mod properties;
mod every_reason;
mod ledger_vectors;
mod map_vectors;
mod identifier_vectors;
mod tlog_vectors;
mod statement_vectors;
mod attestations;
mod schemas;
mod tables;
mod fuzz;
mod fuzz_statement;
mod faulty_storage;
mod storage_contract;
mod storage_disk;
mod ledger_fixture;
mod ledger;
mod ledger_limits;
mod trial;
mod faults;
mod fake_witness;
mod witness;
mod ledger_time;
mod certificate;
mod paper_log;
mod audit;
mod dossier;
mod dossier_bytes;
mod audit_listings;
mod audit_gaps;
mod export;
mod log_key;
mod serving;
mod served;
mod service;
mod service_limits;
mod service_trial;
mod liar;
mod client;
mod client_reading;
mod refusals;
mod hand_over;
mod service_check;
mod watching;
mod watch;
mod watch_lies;
mod watch_limits;
mod program;
mod desk;
mod registrar;
mod cli;
mod cli_ledger;
mod cli_tables;
mod cli_dry_run;
mod cli_catalogue;
mod cli_broken_off;
mod cli_fork;
mod cli_hand_over;
mod cli_witness;
mod cli_policy;
mod cli_policy_statement;
mod crash;
mod ledger_audit;
mod demo;
mod reports;
mod cli_verify;
mod first_ledger;
mod golden;
