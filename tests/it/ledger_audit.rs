//! What a ledger writes is what an audit reads: the files of its view, and nothing else.

use std::collections::BTreeMap;
use std::sync::Arc;

use probant::audit::{AuditOptions, AuditReport, run};
use probant::ledger::{Access, View};
use probant::merkle::{TileId, TileKind};
use probant::policy::PolicySet;
use probant::storage::MemoryStorage;

use crate::ledger_fixture::{World, submit};
use crate::paper_log::Files;

/// The files that a view serves.
pub(crate) fn files(view: &View, access: Access) -> Files {
    let size = view.size();
    let kinds = [TileKind::Entries, TileKind::Payloads];
    let bundles = kinds.into_iter().flat_map(|kind| kind.all_in_tree(size));
    let mut files: BTreeMap<String, Vec<u8>> = TileId::hashes_in_tree(size)
        .chain(bundles)
        .map(|id| (id.to_string(), view.tile(id, access).unwrap().unwrap()))
        .collect();
    files.insert("checkpoint".to_owned(), view.checkpoint_note().as_bytes().to_vec());
    files.insert("genesis".to_owned(), view.genesis().bytes().to_vec());
    Files(files)
}

fn audit(world: &World, view: &View, access: Access) -> AuditReport {
    let policies = PolicySet::embedded();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    run(&mut files(view, access), &world.genesis, &options, &mut |_| {}).unwrap()
}

#[test]
fn a_ledger_of_several_bundles_is_sound_to_its_auditor() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    for number in 0..150 {
        submit(&ledger, world.declaration(number)).unwrap();
    }
    submit(&ledger, world.erasure(7)).unwrap();
    let report = audit(&world, &ledger.view(None).unwrap(), Access::Full);
    assert!(report.is_sound(), "{report}");
    assert_eq!(report.counts.attestations, 153);
    assert_eq!(report.counts.admitted + report.counts.erased, 153);
    assert_eq!(report.counts.entries, ledger.view(None).unwrap().size().get());
}

#[test]
fn a_verdict_that_a_ledger_logged_is_computed_again() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    submit(&ledger, world.grant_of("platform")).unwrap();
    submit(&ledger, world.declaration(1)).unwrap();
    let checked = ledger.check(&World::query(), &PolicySet::embedded()).unwrap();
    submit(&ledger, world.verdict("first", &checked.verdict)).unwrap();
    let view = ledger.view(None).unwrap();
    let report = audit(&world, &view, Access::Full);
    assert!(report.is_sound(), "{report}");
    assert_eq!((report.counts.verdicts, report.counts.verdicts_reevaluated), (1, 1), "{report}");
    // What the public is given is enough for everything but what it is not given.
    submit(&ledger, world.listing("L-1")).unwrap();
    let report = audit(&world, &ledger.view(None).unwrap(), Access::Public);
    assert!(report.is_sound(), "{report}");
    assert!(report.counts.withheld > 0);
}
