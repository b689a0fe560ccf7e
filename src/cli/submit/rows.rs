//! Tables (CSV) whose rows are statements.

use std::num::NonZeroUsize;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use lru::LruCache;

use crate::attestation::{Digests, Resource};
use crate::cli::failure::{Failure, Step as _};
use crate::cli::files;
use crate::cli::submit::signing::{Signing, Unsent};
use crate::cli::submit::source::{Item, Place};
use crate::cli::table_file::{Defaults, RawRow, TableFile, fill};
use crate::envelope::Envelope;
use crate::table::{RowError, Table};

/// The largest file whose digest a row may call for.
const EVIDENCE_BYTES_MAX: u64 = 256 * 1024 * 1024;

/// Files whose digests are kept: many rows name the same ones.
const KNOWN_MAX: NonZeroUsize = NonZeroUsize::new(4096).unwrap();

/// Reads every row of a table, until nobody takes them any more; says whether they took all.
pub(super) fn read(
    path: &Arc<Path>,
    signing: &Signing,
    defaults: &Defaults,
    take: &mut impl FnMut(Item, u64) -> bool,
) -> Result<bool, Failure> {
    if signing.is_empty() {
        let message = format!("{} is a table: its rows are signed with --key", path.display());
        return Err(Failure::new(message));
    }
    let mut file = TableFile::open(path, defaults)?;
    let table = Table::new(file.head()).step(format!("read {}", path.display()))?;
    let mut rows = Rows { table, defaults, evidence: Evidence::beside(path) };
    let mut is_empty = true;
    while let Some(RawRow { line, bytes, cells }) = file.next_row()? {
        is_empty = false;
        let head = Some(Arc::clone(rows.table.head()));
        let place = Place { file: Arc::clone(path), line, head };
        let envelope = cells.map_err(Unsent::from).and_then(|cells| rows.envelope(cells, signing));
        if !take((place, envelope), bytes) {
            return Ok(false);
        }
    }
    if is_empty {
        return Err(Failure::new(format!("{} is a table without rows", path.display())));
    }
    Ok(true)
}

/// The rows of a table below the first.
struct Rows<'a> {
    table: Table,
    defaults: &'a Defaults,
    evidence: Evidence,
}

impl<'a> Rows<'a> {
    fn envelope<'c>(
        &mut self,
        mut cells: Vec<&'c str>,
        signing: &Signing,
    ) -> Result<Envelope, Unsent>
    where
        'a: 'c,
    {
        fill(&mut cells, self.table.head(), self.defaults);
        let evidence = &mut self.evidence;
        let draft = self.table.draft(&cells, &mut |name| evidence.look_up(name));
        let draft = draft?;
        signing.sign(draft.statement)
    }
}

/// The files beside a table, whose digests its rows call for.
struct Evidence {
    dir: PathBuf,
    known: LruCache<String, Resource>,
}

impl Evidence {
    fn beside(table: &Path) -> Self {
        Self {
            dir: table.parent().unwrap_or_else(|| Path::new("")).to_owned(),
            known: LruCache::new(KNOWN_MAX),
        }
    }

    fn look_up(&mut self, name: &str) -> Result<Resource, String> {
        if let Some(known) = self.known.get(name) {
            return Ok(known.clone());
        }
        let path = Path::new(name);
        if !path.components().all(|part| matches!(part, Component::Normal(_))) {
            return Err(format!("{name:?} is not a file beside the table, or in a folder there"));
        }
        let full = self.dir.join(path);
        // Nor by way of a link: what it leads to was not put there.
        let dir = if self.dir.as_os_str().is_empty() { Path::new(".") } else { &self.dir };
        let is_inside = match (dir.canonicalize(), full.canonicalize()) {
            (Ok(dir), Ok(full)) => full.starts_with(dir) && full.is_file(),
            // That it is not there is for the reader to say.
            _ => true,
        };
        if !is_inside {
            return Err(format!("{name:?} leads out of the folder of the table, or is no file"));
        }
        let sha256 = files::digest(&full, EVIDENCE_BYTES_MAX)
            .map_err(|failure| failure.chain().join(": "))?;
        let media_type = mime_guess::from_path(path).first_or_octet_stream();
        let resource = Resource {
            name: name.to_owned(),
            digest: Digests { sha256 },
            media_type: media_type.essence_str().to_owned(),
            download_location: None,
            annotations: None,
        };
        self.known.put(name.to_owned(), resource.clone());
        Ok(resource)
    }
}

impl From<RowError> for Unsent {
    fn from(RowError { column, reason }: RowError) -> Self {
        Self { column, reason }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::hash::Digest;

    #[test]
    fn only_files_beside_the_table_are_looked_up() {
        let dir = tempfile::tempdir().unwrap();
        let table = dir.path().join("reports.csv");
        std::fs::create_dir(dir.path().join("scans")).unwrap();
        std::fs::write(dir.path().join("scans/r-1.pdf"), b"%PDF").unwrap();
        let mut evidence = Evidence::beside(&table);
        let found = evidence.look_up("scans/r-1.pdf").unwrap();
        assert_eq!(found.digest.sha256, Digest::of(b"%PDF"));
        assert_eq!(found.media_type, "application/pdf");
        // Named twice, it is read once: rows of one table say the same of it.
        std::fs::write(dir.path().join("scans/r-1.pdf"), b"%PDF, other").unwrap();
        assert_eq!(evidence.look_up("scans/r-1.pdf").unwrap(), found);
        let huge = std::fs::File::create(dir.path().join("huge.pdf")).unwrap();
        huge.set_len(EVIDENCE_BYTES_MAX + 1).unwrap();
        assert!(evidence.look_up("huge.pdf").unwrap_err().contains("more than"));
        let outside = dir.path().join("scans/r-1.pdf");
        for name in ["../x", "/etc/hostname", outside.to_str().unwrap(), "scans/../../x", "r-2.pdf"]
        {
            evidence.look_up(name).unwrap_err();
        }
    }
}
