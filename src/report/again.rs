//! How whoever holds a report checks it again: the command, and which files it was given.

use crate::hash::Digest;
use crate::policy::{Locale, PolicySet};
use crate::report::document::{Block, Cell, Section};
use crate::report::line::Line;

/// What was run, so that anyone can run it again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Again {
    /// The whole command, with the reader's clock in it.
    pub command: String,
    /// The files that it reads and that a digest can name.
    pub files: Vec<ReadFile>,
}

/// A file that was read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadFile {
    /// By what name it was read.
    pub name: String,
    /// The digest of its bytes.
    pub sha256: Digest,
}

impl Again {
    /// The command, the files, and the rule sets that were accepted.
    pub(super) fn section(&self, policies: &PolicySet, locale: Locale) -> Option<Section> {
        let mut rows: Vec<Vec<Cell>> = self
            .files
            .iter()
            .map(|file| vec![Cell::words(&file.name), Cell::code(file.sha256)])
            .collect();
        let word = locale.choose("rule set", "jeu de règles");
        let mut rule_sets: Vec<_> = policies.iter().collect();
        rule_sets.sort_by_key(|rules| (rules.name().id(), rules.name().version(), rules.sha256()));
        rows.extend(rule_sets.into_iter().map(|rules| {
            vec![Cell::words(format_args!("{word} {}", rules.name())), Cell::code(rules.sha256())]
        }));
        let mut blocks = vec![
            Block::paragraph(locale.choose(
                "This report is a copy of what a program found; it is not signed and proves nothing \
                 by itself. The files below do. With the same files this command finds the same, \
                 offline, on any machine; without --at it asks as of today.",
                "Ce rapport reproduit ce qu'un programme a constaté ; il n'est pas signé et ne \
                 prouve rien par lui-même. Les fichiers ci-dessous le font. Avec les mêmes fichiers, \
                 cette commande aboutit au même constat, hors ligne, sur toute machine ; sans --at, \
                 elle se place à la date du jour.",
            )),
            Block::Command(Line::new(&self.command)),
        ];
        blocks.extend(Block::table(
            locale.choose(
                "The files, and the rule sets that the reader accepts",
                "Les fichiers, et les jeux de règles que le lecteur accepte",
            ),
            &[locale.choose("What", "Objet"), "SHA-256"],
            rows,
        ));
        Section::new(
            locale.choose("How to check it again", "Comment le vérifier à nouveau"),
            blocks,
        )
    }
}
