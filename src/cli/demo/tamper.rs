//! What an attacker would do: leave a record out of a dossier, change a byte of an export.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use prost::Message as _;

use crate::cli::failure::{Failure, Step as _};
use crate::merkle::EntryIndex;
use crate::proto;

/// The dossier without the entry at `index`, everything else adjusted so that nothing points at the
/// gap; `None` if it does not have the entry.
pub(super) fn leave_out(dossier: &[u8], index: EntryIndex) -> Option<Vec<u8>> {
    let mut cut = proto::Dossier::decode(dossier).ok()?;
    let position = cut.entries.iter().position(|entry| entry.index == index.get())?;
    let position = u32::try_from(position).ok()?;
    cut.entries.retain(|entry| entry.index != index.get());
    for subject in &mut cut.subjects {
        subject.entries.retain(|entry| *entry != position);
        for entry in &mut subject.entries {
            *entry -= u32::from(*entry > position);
        }
    }
    forget_unused_hashes(&mut cut);
    Some(cut.encode_to_vec())
}

/// Takes out of the table what no proof points at any more, so that nothing is left over.
fn forget_unused_hashes(dossier: &mut proto::Dossier) {
    let mut used: BTreeSet<u32> = dossier.seal_inclusion.iter().copied().collect();
    used.extend(dossier.entries.iter().flat_map(|entry| entry.inclusion.iter().copied()));
    let renumbered: BTreeMap<u32, u32> = used.iter().copied().zip(0..).collect();
    dossier.hashes = (0..)
        .zip(std::mem::take(&mut dossier.hashes))
        .filter_map(|(position, hash)| used.contains(&position).then_some(hash))
        .collect();
    let proofs = dossier.entries.iter_mut().map(|entry| &mut entry.inclusion);
    for position in proofs.chain([&mut dossier.seal_inclusion]).flatten() {
        *position = renumbered.get(position).copied().unwrap_or_default();
    }
}

/// Copies the files of a directory, and those of the directories in it.
pub(super) fn copy(from: &Path, to: &Path) -> Result<(), Failure> {
    let step = || format!("copy {}", from.display());
    std::fs::create_dir_all(to).step(step())?;
    for entry in std::fs::read_dir(from).step(step())? {
        let entry = entry.step(step())?;
        let target = to.join(entry.file_name());
        if entry.file_type().step(step())?.is_dir() {
            copy(&entry.path(), &target)?;
        } else {
            std::fs::copy(entry.path(), &target).step(step())?;
        }
    }
    Ok(())
}

/// Flips one bit in the middle of a file.
pub(super) fn flip(path: &Path) -> Result<(), Failure> {
    let step = || format!("flip a bit of {}", path.display());
    let mut bytes = std::fs::read(path).step(step())?;
    let middle = bytes.len() / 2;
    if let Some(byte) = bytes.get_mut(middle) {
        *byte ^= 1;
    }
    std::fs::write(path, bytes).step(step())
}

/// The largest file of a directory and of those in it.
pub(super) fn largest_file(dir: &Path) -> Result<PathBuf, Failure> {
    let step = || format!("read {}", dir.display());
    let mut largest: Option<(u64, PathBuf)> = None;
    let mut waiting = vec![dir.to_owned()];
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(folder).step(step())? {
            let entry = entry.step(step())?;
            let metadata = entry.metadata().step(step())?;
            let is_larger = largest.as_ref().is_none_or(|(bytes, _)| metadata.len() > *bytes);
            if metadata.is_dir() {
                waiting.push(entry.path());
            } else if is_larger {
                largest = Some((metadata.len(), entry.path()));
            }
        }
    }
    let none = || Failure::new(format!("{} has no files", dir.display()));
    largest.map(|(_, path)| path).ok_or_else(none)
}
