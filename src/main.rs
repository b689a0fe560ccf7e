//! The command line of the ledger; everything it does is in `probant::cli`.

fn main() -> std::process::ExitCode {
    probant::cli::run()
}
