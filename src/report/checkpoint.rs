//! As of when: the checkpoint of a report, its seal, its witnesses and its age.

use crate::genesis::Genesis;
use crate::hash::Digest;
use crate::merkle::TreeSize;
use crate::note::VerifierKey;
use crate::policy::Locale;
use crate::policy::words::duration;
use crate::report::document::{Block, Fact, Section};
use crate::time::Timestamp;

/// What a report says of the state of the ledger.
pub(super) struct AsOfFacts<'a> {
    pub(super) genesis: &'a Genesis,
    /// The key that signed, and the sizes at which the log was handed over up to it.
    pub(super) log_key: &'a VerifierKey,
    pub(super) handed_over: Vec<TreeSize>,
    pub(super) size: TreeSize,
    pub(super) root: Digest,
    pub(super) sealed_at: Option<Timestamp>,
    /// The witnesses that cosigned and when their quorum had seen it; `None` if none were asked for.
    pub(super) witnesses: Option<(Vec<String>, Option<Timestamp>)>,
    pub(super) now: Timestamp,
}

impl AsOfFacts<'_> {
    /// The section, with facts that the kind of report adds.
    pub(super) fn section(&self, more: Vec<Fact>, locale: Locale) -> Option<Section> {
        let mut facts = vec![
            Fact::words(locale.choose("Ledger", "Registre"), self.genesis.origin()),
            Fact::code(locale.choose("Log key", "Clé du registre"), self.log_key),
            Fact::words(locale.choose("Entries", "Entrées"), self.size),
            Fact::code(locale.choose("Root over them", "Racine"), self.root),
        ];
        if !self.handed_over.is_empty() {
            let sizes: Vec<String> = self.handed_over.iter().map(ToString::to_string).collect();
            facts.push(Fact::words(
                locale.choose(
                    "Log key handed over, from the trust root on, at sizes",
                    "Clé transmise, depuis la racine de confiance, aux tailles",
                ),
                sizes.join(", "),
            ));
        }
        let sealed = locale.choose("Sealed at", "Scellé le");
        facts.extend(self.sealed_at.map(|time| Fact::words(sealed, time)));
        let witnesses = locale.choose("Witnesses", "Témoins");
        match &self.witnesses {
            None => facts.push(Fact::words(
                witnesses,
                locale.choose(
                    "none were asked for: that nobody is shown another history rests on the log",
                    "aucun n'a été exigé : que nul ne voie un autre historique repose sur le registre",
                ),
            )),
            Some((names, seen)) => {
                if !names.is_empty() {
                    facts.push(Fact::lines(witnesses, names));
                }
                let word = locale.choose("Seen by their quorum at", "Vu par leur quorum le");
                let none = locale.choose("not shown", "non établi");
                let seen = seen.map_or_else(|| none.to_owned(), |time| time.to_string());
                facts.push(Fact::words(word, seen));
            }
        }
        facts.push(Fact::words(
            locale.choose("Clock of the reader", "Horloge du lecteur"),
            self.now,
        ));
        let quorum_time = self.witnesses.as_ref().and_then(|(_, seen)| *seen);
        if let Some(since) = quorum_time.or(self.sealed_at) {
            let age = duration(self.now.saturating_ms_since(since), locale);
            facts.push(Fact::words(locale.choose("Age", "Âge"), age));
        }
        facts.extend(more);
        let title = locale.choose("As of when", "État du registre");
        Section::new(title, vec![Block::Facts(facts)])
    }
}
