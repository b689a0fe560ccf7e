//! A mirror of a ledger that is busy: whatever is recorded, erased and handed over meanwhile, and
//! wherever the line breaks, it ends as the log is.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::thread;

use probant::audit::{AuditOptions, ExpectedPaths, LogSource, SourceError, run};
use probant::export::{Demands, DirSource, Mirror, MirrorOptions, Mirrored};
use probant::http::{HttpSource, HttpSourceOptions};
use probant::key::PrivateKey;
use probant::ledger::Access;
use probant::policy::PolicySet;
use probant::storage::MemoryStorage;

use crate::export::held;
use crate::http_serving::HttpServing;
use crate::ledger_audit::files;
use crate::ledger_fixture::{World, submit};

/// Declarations of each of those who submit.
const DECLARATIONS: usize = 120;

/// A line that breaks after some files.
struct Breaking {
    source: HttpSource,
    left: usize,
}

impl LogSource for Breaking {
    fn read(&mut self, path: &str) -> Result<Option<Vec<u8>>, SourceError> {
        self.left = self.left.checked_sub(1).ok_or_else(|| SourceError::Unreadable {
            path: path.to_owned(),
            cause: "line is down".into(),
        })?;
        self.source.read(path)
    }

    fn expect(&mut self, paths: ExpectedPaths) {
        self.source.expect(paths);
    }

    fn list(&mut self) -> Result<Option<BTreeSet<String>>, SourceError> {
        self.source.list()
    }
}

#[test]
fn a_mirror_of_a_busy_ledger_ends_as_the_log() {
    let world = World::new();
    let ledger = world.create(Arc::new(MemoryStorage::default())).unwrap();
    world.begin(&ledger);
    let next = Arc::new(PrivateKey::from_seed([21; 32]));
    submit(&ledger, world.announcement(&next)).unwrap();
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let serving = runtime.block_on(HttpServing::start(ledger));
    let ledger = &serving.ledger;
    let source = HttpSource::new(&serving.url, HttpSourceOptions::default()).unwrap();
    let mut source = Breaking { source, left: usize::MAX };
    let dir = tempfile::tempdir().unwrap();
    let options = MirrorOptions::default();
    let open = || Mirror::open(dir.path(), &world.genesis, options).unwrap();
    let mut mirror = Some(open());
    let mut sizes = BTreeSet::new();
    thread::scope(|scope| {
        let writers: Vec<_> = (0..3)
            .map(|writer| {
                let (world, next) = (&world, &next);
                scope.spawn(move || {
                    for number in 0..DECLARATIONS {
                        let number = writer * DECLARATIONS + number;
                        submit(ledger, world.declaration(number)).unwrap();
                        // What was recorded long before, and what just was.
                        match number % 20 {
                            7 => drop(submit(ledger, world.erasure(number)).unwrap()),
                            17 => drop(submit(ledger, world.erasure(number - 16)).unwrap()),
                            _ => {}
                        }
                        if writer == 1 && number == writer * DECLARATIONS + DECLARATIONS / 2 {
                            ledger.hand_over(Arc::<PrivateKey>::clone(next)).unwrap();
                        }
                    }
                })
            })
            .collect();
        let mut pass = 0;
        while !writers.iter().all(thread::ScopedJoinHandle::is_finished) {
            pass += 1;
            source.left = if pass % 3 == 0 { usize::MAX } else { pass % 11 };
            match mirror.get_or_insert_with(open).pull(
                &mut source,
                &Demands::default(),
                &mut |_| {},
            ) {
                Ok(Mirrored { size, .. }) => drop(sizes.insert(size)),
                // As a process that was killed, and started again.
                Err(error) => {
                    assert!(error.to_string().contains("can't be read"), "{error}");
                    mirror = None;
                }
            }
        }
    });
    assert!(sizes.len() > 1, "the mirror did not follow: {sizes:?}");
    source.left = usize::MAX;
    mirror.get_or_insert_with(open).pull(&mut source, &Demands::default(), &mut |_| {}).unwrap();
    let view = ledger.view(None).unwrap();
    let mut expected = files(&view, Access::Public);
    let handovers = view.handovers().iter();
    expected.0.extend(handovers.map(|of| (of.path(), of.bytes().to_vec())));
    let found = held(dir.path());
    assert!(found.0.keys().eq(expected.0.keys()));
    assert!(found == expected);
    let policies = PolicySet::embedded();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let options = AuditOptions { policies: &policies, witnesses: None, now };
    let mut source = DirSource::new(dir.path());
    let report = run(&mut source, &world.genesis, &options, &mut |_| {}).unwrap();
    assert!(report.is_sound(), "{report}");
    assert!(report.counts.erased > 0 && report.handovers.len() == 1, "{report}");
}
