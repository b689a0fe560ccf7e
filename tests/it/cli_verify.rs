//! What `probant verify` makes of dossiers that verify, and of what is said in them.

use serde_json::json;

use crate::desk::Desk;
use crate::dossier::{paper, world};
use crate::reports::{dossier_on, house_question, verify_on};
use crate::verdict_plush_toy::find;
use crate::world::{MAKER, status_change};

/// The declaration is withdrawn on 10 November; goods from a third country need it on the day.
fn withdrawn_since() -> (crate::paper_log::PaperLog, Vec<u8>) {
    let mut world = world();
    let declaration = find(&world, "eu-declaration-of-conformity");
    world.add(
        status_change(MAKER, "manufacturer", "WITHDRAW", declaration)
            .set("/effective_at", json!("2026-11-10T00:00:00Z")),
    );
    let log = paper(&world);
    let question = house_question()
        .at("2026-11-01")
        .set("/offer/goods_location", json!({"kind": "DIRECT_IMPORT"}));
    let dossier = dossier_on(&log, &question);
    (log, dossier)
}

#[test]
fn a_verdict_whose_time_is_over_lists_nothing() {
    let desk = Desk::new();
    // The checkpoint is of today, the question is about a day before the withdrawal.
    let (log, dossier) = withdrawn_since();
    let told = verify_on(&desk, "then", &dossier, &log, &["--format", "json"]).json(1);
    assert_eq!(told["verdict"]["verdict"], "LISTABLE");
    assert_eq!(told["verdict"]["recheck_after"], "2026-11-10T00:00:00Z");
    assert_eq!(told["outcome"], "rejected");
    for (lang, words) in [("en", "OUTDATED: "), ("fr", "PÉRIMÉ : ")] {
        let report = desk.text(&format!("{lang}.md"));
        let said = verify_on(&desk, "then", &dossier, &log, &["--lang", lang, "--report", &report]);
        said.expect(1);
        assert!(said.stdout.contains(words), "{}", said.stdout);
        let report = desk.read(&format!("{lang}.md"));
        assert!(report.contains(words), "{report}");
    }
    // As history it is what it was.
    let history = verify_on(&desk, "then", &dossier, &log, &["--max-age", "none"]);
    history.expect(0);
    assert!(!history.stdout.contains("OUTDATED"), "{}", history.stdout);
}
