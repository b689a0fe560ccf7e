//! The tiles of hashes, first among themselves and against the checkpoint's root; where they do not
//! hold, against the entries.

use crate::audit::detail::Detail;
use crate::audit::findings::Desk;
use crate::audit::localized::Quoted;
use crate::audit::report::Place;
use crate::audit::rule::Rule;
use crate::audit::source::SourceError;
use crate::audit::state::AuditState;
use crate::hash::Digest;
use crate::log_key::LogKeys;
use crate::merkle::{EntryIndex, Tile, TileBuilder, TileId, TileKind, TreeSize};

/// A tile file that is not what it should be.
#[derive(Debug)]
struct Fault {
    rule: Rule,
    place: Place,
    detail: Detail,
}

/// The tiles of a log while its entries are read.
#[derive(Debug)]
pub(super) enum Tiles {
    /// The leaf tiles lead to the root of the checkpoint: what differs from them is wrong. These
    /// are their digests, for a source may give something else when it is asked again.
    Proven(Vec<Digest>),
    /// They do not, so entries are believed until they turn out not to lead there either.
    Suspect(Suspect),
}

/// Tiles that are computed from the entries and compared with the files.
#[derive(Debug, Default)]
pub(super) struct Suspect {
    builder: TileBuilder,
    faults: Vec<Fault>,
    /// Whether there was a hash for every entry.
    has_gap: bool,
}

impl Tiles {
    /// Reads all tiles. If the leaf tiles lead to `root`, every higher one that differs from what
    /// they lead to is a finding; if not, nothing is said yet.
    pub(super) fn read(
        desk: &mut Desk<'_>,
        keys: &LogKeys,
        (size, root): (TreeSize, Digest),
        state: Option<&AuditState>,
    ) -> Result<Self, SourceError> {
        let suspect = || Ok(Self::Suspect(Suspect::default()));
        let mut builder = TileBuilder::default();
        let (mut faults, mut files, mut proven) = (Vec::new(), 0, Vec::new());
        let leaves = TileKind::Hashes(0).all_in_tree(size);
        desk.expect(leaves.map(|id| id.to_string()));
        for id in TileKind::Hashes(0).all_in_tree(size) {
            let Some(hashes) = leaf_tile(desk, id)? else { return suspect() };
            files += 1;
            proven.push(digest(&hashes));
            for hash in &hashes {
                for tile in
                    builder.append(*hash).iter().filter(|tile| tile.id().kind() != id.kind())
                {
                    faults.extend(compare(desk, tile)?);
                    files += 1;
                }
                faults.extend(check_handover(keys, &builder));
                faults.extend(state.and_then(|state| check_state(state, &builder)));
            }
        }
        if builder.root() != root {
            return suspect();
        }
        for tile in builder.partial_tiles().iter().skip(1) {
            faults.extend(compare(desk, tile)?);
            files += 1;
        }
        desk.report.counts.files += files;
        report(desk, faults);
        Ok(Self::Proven(proven))
    }

    /// Whether the leaf tiles lead to the root of the checkpoint.
    pub(super) const fn is_proven(&self) -> bool {
        matches!(self, Self::Proven(_))
    }

    /// The hashes that the entries of bundle `id` must have, where that is proven.
    pub(super) fn expected(
        &self,
        desk: &mut Desk<'_>,
        id: TileId,
    ) -> Result<Option<Vec<Digest>>, SourceError> {
        let Self::Proven(proven) = self else { return Ok(None) };
        let place = usize::try_from(id.index()).ok();
        let expected = place.and_then(|place| proven.get(place));
        let hashes = leaf_tile(desk, id)?;
        if hashes.as_deref().map(digest).as_ref() == expected {
            return Ok(hashes);
        }
        // Nothing proves the entries beside it any more.
        let tile = TileId::new(TileKind::Hashes(0), id.index(), id.width()).unwrap_or(id);
        desk.find(Rule::Tile, Place::file(tile.to_string()), Detail::TileChanged);
        Ok(None)
    }

    /// Takes the leaf hash of the next entry; `None` if the entry can't be had.
    pub(super) fn push(
        &mut self,
        desk: &mut Desk<'_>,
        leaf: Option<Digest>,
    ) -> Result<(), SourceError> {
        let Self::Suspect(suspect) = self else { return Ok(()) };
        let Some(leaf) = leaf.filter(|_| !suspect.has_gap) else {
            suspect.has_gap = true;
            return Ok(());
        };
        for tile in suspect.builder.append(leaf) {
            suspect.faults.extend(compare(desk, &tile)?);
            desk.report.counts.files += 1;
        }
        Ok(())
    }

    /// Says which files are wrong, once all entries are known.
    pub(super) fn finish(self, desk: &mut Desk<'_>, root: Digest) -> Result<(), SourceError> {
        let Self::Suspect(mut suspect) = self else { return Ok(()) };
        if suspect.has_gap {
            desk.find(Rule::Root, Place::file("checkpoint"), Detail::NoRoot);
        } else {
            for tile in suspect.builder.partial_tiles() {
                suspect.faults.extend(compare(desk, &tile)?);
                desk.report.counts.files += 1;
            }
            let expected = suspect.builder.root();
            if expected != root {
                let detail = Detail::OtherRoot { found: root, expected };
                desk.find(Rule::Root, Place::file("checkpoint"), detail);
            }
        }
        report(desk, suspect.faults);
        Ok(())
    }
}

/// The log's tree begins with that of every handover.
fn check_handover(keys: &LogKeys, builder: &TileBuilder) -> Option<Fault> {
    let handover = keys.called_for(builder.size()).last()?;
    if handover.size() != builder.size() {
        return None;
    }
    let (found, expected) = (handover.checkpoint().root(), builder.root());
    let detail = Detail::OtherRoot { found, expected };
    let place = Place::file(handover.path());
    (found != expected).then_some(Fault { rule: Rule::Handover, place, detail })
}

/// The log's tree begins with what was audited before.
fn check_state(state: &AuditState, builder: &TileBuilder) -> Option<Fault> {
    let size = state.size();
    if builder.size() != size || builder.root() == state.root() {
        return None;
    }
    let (found, expected) = (builder.root(), state.root());
    let detail = Detail::OtherHistory { size, found, expected };
    Some(Fault { rule: Rule::Root, place: Place::file("checkpoint"), detail })
}

fn report(desk: &mut Desk<'_>, faults: Vec<Fault>) {
    for Fault { rule, place, detail } in faults {
        desk.find(rule, place, detail);
    }
}

/// The hashes of a leaf tile, or of the one beside a bundle; `None` if there is no such tile.
fn leaf_tile(desk: &mut Desk<'_>, id: TileId) -> Result<Option<Vec<Digest>>, SourceError> {
    let Some(id) = TileId::new(TileKind::Hashes(0), id.index(), id.width()) else {
        return Ok(None);
    };
    let bytes = desk.try_read(&id.to_string())?;
    let tile = bytes.and_then(|bytes| Tile::parse(id, &bytes).ok());
    Ok(tile.map(|tile| tile.hashes().to_vec()))
}

fn digest(hashes: &[Digest]) -> Digest {
    let hashes: Vec<&[u8]> = hashes.iter().map(AsRef::as_ref).collect();
    Digest::of_parts(&hashes)
}

/// Compares a computed tile with its file.
fn compare(desk: &mut Desk<'_>, expected: &Tile) -> Result<Option<Fault>, SourceError> {
    let id = expected.id();
    let path = id.to_string();
    let fault = |rule, place, detail| Ok(Some(Fault { rule, place, detail }));
    let Some(bytes) = desk.try_read(&path)? else {
        return fault(Rule::Missing, Place::file(path), Detail::NotThere);
    };
    let found = match Tile::parse(id, &bytes) {
        Ok(found) => found,
        Err(error) => {
            let cause = Quoted::of(&error);
            return fault(Rule::Tile, Place::file(path), Detail::TileFault { cause });
        }
    };
    let pairs = (0_u64..).zip(expected.hashes().iter().zip(found.hashes().iter()));
    for (place, (expected, found)) in pairs {
        if expected != found {
            let first = id.index().saturating_mul(256).saturating_add(place);
            let entry = first.checked_shl(8 * u32::from(id.kind().level())).unwrap_or(u64::MAX);
            let detail = Detail::OtherHash { place, found: *found, expected: *expected };
            return fault(Rule::Tile, Place::entry(path, EntryIndex::new(entry)), detail);
        }
    }
    Ok(None)
}
