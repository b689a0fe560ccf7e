//! What exactly is found or seen: one row each, with its text in every language.

use std::collections::BTreeSet;
use std::fmt;

use crate::admission::RefusalFinding;
use crate::attestation::types::VerdictWord;
use crate::audit::localized::{Localized, Quoted, Written};
use crate::envelope::StatementDigest;
use crate::hash::Digest;
use crate::identifier::{Class, Country, OperatorUri, ProductUri, SubjectUri};
use crate::key::KeyId;
use crate::merkle::{EntryIndex, TreeSize};
use crate::policy::Locale;
use crate::reason::Reason;
use crate::time::Timestamp;

// A fact that one of the texts of its row leaves out is an unused variable.
macro_rules! details {
    ($($variant:ident $({ $($fact:ident: $type:ty),+ })? $en:literal $fr:literal;)+) => {
        /// What was found and what was expected, or what was seen, with its facts. Programs are
        /// given the English.
        #[derive(Clone, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        #[expect(missing_docs, reason = "the text of a row says what each of its facts is")]
        pub enum Detail {
            $(#[doc = $en] $variant $({ $($fact: $type),+ })?,)+
        }

        impl Localized for Detail {
            fn write(&self, locale: Locale, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                match (self, locale) {
                    $(
                        (Self::$variant $({ $($fact),+ })?, Locale::En) => {
                            $($(let $fact = Written($fact, locale);)+)?
                            write!(f, $en)
                        }
                        (Self::$variant $({ $($fact),+ })?, Locale::Fr) => {
                            $($(let $fact = Written($fact, locale);)+)?
                            write!(f, $fr)
                        }
                    )+
                }
            }
        }

        #[cfg(test)]
        impl Detail {
            /// One of every row. No two facts of a row are the same.
            pub(super) fn samples() -> Vec<Self> {
                use crate::audit::localized::sample::Sample;

                let mut numbers = 10_u8..;
                let mut next = || numbers.next().unwrap();
                vec![$(Self::$variant $({ $($fact: <$type as Sample>::sample(next())),+ })?),+]
            }
        }
    };
}

details! {
    NotThere
        "not there"
        "absent";
    TooLarge { found: u64, expected: usize }
        "{found} bytes, expected at most {expected}"
        "{found} octets, au plus {expected} attendus";
    Stray { size: TreeSize }
        "no part of a log of {size} entries"
        "n'appartient pas à un registre de {size} entrées";
    OtherGenesis { found: Digest, expected: Digest }
        "has digest {found}, the trust root {expected}"
        "a l'empreinte {found}, la racine de confiance {expected}";
    CheckpointFault { cause: Quoted }
        "{cause}"
        "le point de contrôle n'est pas valable : {cause}";
    EmptyLog
        "is over an empty log"
        "porte sur un registre vide";
    WitnessFault { cause: Quoted }
        "{cause}"
        "les témoins exigés n'y sont pas : {cause}";
    SeenElsewhere { size: TreeSize, found: Digest, expected: Digest }
        "over the first {size} entries it has root {found}, this log {expected}"
        "sur les {size} premières entrées, il a la racine {found}, ce registre {expected}";
    KeyEnded { key: KeyId, entry: EntryIndex }
        "is signed by log key {key}, which entry {entry} ended"
        "est signé avec la clé du registre {key}, à laquelle l'entrée {entry} a mis fin";
    HandoverFault { cause: Quoted }
        "{cause}"
        "la transmission n'est pas valable : {cause}";
    HandoverBeyond { found: TreeSize, size: TreeSize }
        "is of size {found}, the checkpoint of {size}"
        "est de taille {found}, le point de contrôle de taille {size}";
    OtherHandover
        "is another one than the auditor knows: the log shows two histories"
        "est autre que celle que l'auditeur connaît : le registre montre deux histoires";
    HandoverLeftOut
        "left out, and the auditor knows of it"
        "omise, alors que l'auditeur la connaît";
    HandoverUnfollowed { key: KeyId }
        "left out: log key {key} signs the checkpoint"
        "omise : la clé du registre {key} signe le point de contrôle";
    HandoverChanges { found: Vec<EntryIndex>, expected: Vec<EntryIndex> }
        "shows changes of registrars {found}, of its time are {expected}"
        "montre comme changements d'agents d'enregistrement {found}, ceux de sa période sont \
         {expected}";
    HandoverUnsealed { entry: EntryIndex }
        "entry {entry}, the last under its checkpoint, is no seal"
        "l'entrée {entry}, la dernière sous son point de contrôle, n'est pas un sceau";
    OtherRoot { found: Digest, expected: Digest }
        "has root {found}, the entries lead to {expected}"
        "a la racine {found}, les entrées mènent à {expected}";
    OtherHistory { size: TreeSize, found: Digest, expected: Digest }
        "its first {size} entries have root {found}; when they were audited before, they had {expected}: the \
         log shows two histories"
        "ses {size} premières entrées ont la racine {found} ; lors de leur audit précédent, elles avaient \
         {expected} : le registre montre deux histoires";
    WentBack { found: TreeSize, expected: TreeSize }
        "is of size {found}; when the log was audited before, it had {expected} entries"
        "est de taille {found} ; lors de l'audit précédent, le registre comptait {expected} entrées";
    NoRoot
        "neither the tiles nor the entries that are there lead to its root"
        "ni les tuiles ni les entrées présentes ne mènent à sa racine";
    TileFault { cause: Quoted }
        "{cause}"
        "la tuile n'est pas dans son format : {cause}";
    TileChanged
        "it changed while it was being read"
        "a changé pendant la lecture";
    OtherHash { place: u64, found: Digest, expected: Digest }
        "hash {place} is {found}, the entries lead to {expected}"
        "l'empreinte {place} est {found}, les entrées mènent à {expected}";
    BundleFault { cause: Quoted }
        "{cause}"
        "le paquet n'est pas dans son format : {cause}";
    OtherEntry { found: Digest, expected: Digest }
        "has leaf hash {found}, the log has {expected}"
        "a l'empreinte de feuille {found}, le registre a {expected}";
    EntryFault { cause: Quoted }
        "{cause}"
        "l'entrée n'est pas dans son format : {cause}";
    OrderFault { cause: Quoted }
        "{cause}"
        "l'ordre du registre n'est pas respecté : {cause}";
    SealPayload
        "a seal has no payload"
        "un sceau n'a pas de contenu";
    OtherGenesisPayload
        "the entry commits to another genesis document"
        "l'entrée s'engage à un autre document de genèse";
    OtherEnvelope
        "the entry commits to another envelope"
        "l'entrée s'engage à une autre enveloppe";
    RecordFault { cause: Quoted }
        "{cause}"
        "l'entrée et son attestation ne vont pas ensemble : {cause}";
    Refused { findings: Vec<RefusalFinding> }
        "{findings}"
        "aurait dû être refusée : {findings}";
    Known { entry: EntryIndex }
        "its statement is entry {entry} already"
        "son attestation est déjà l'entrée {entry}";
    RestsOnErased
        "a rule that it had to meet looks at a payload that is gone"
        "une règle à respecter porte sur un contenu disparu";
    NoOrder { statement: StatementDigest }
        "gone, and no later entry orders the erasure of {statement}"
        "disparu, et aucune entrée ultérieure n'ordonne l'effacement de {statement}";
    Withheld
        "not checked"
        "non contrôlé";
    WithheldChains { found: usize, expected: usize }
        "withheld, and it stands in {found} chains: a verdict or a listing in {expected} at most"
        "retenu, alors qu'il figure dans {found} chaînes : un verdict ou une publication d'offre, dans \
         {expected} au plus";
    WithheldClass { class: Class, subject: SubjectUri }
        "withheld, and it is one of the {class} records on {subject}"
        "retenu, alors que c'est une attestation de la classe {class} sur {subject}";
    WithheldAdverse { subject: SubjectUri }
        "withheld, and it is an adverse record on {subject}"
        "retenu, alors que c'est une attestation défavorable sur {subject}";
    OtherVerdict { expected: VerdictWord, found: VerdictWord }
        "the records give {expected}, logged is {found}"
        "les attestations donnent {expected}, le verdict consigné est {found}";
    OtherSeal { size: TreeSize }
        "it names another seal than the one below size {size}"
        "il nomme un autre sceau que celui sous la taille {size}";
    NoSeal { size: TreeSize }
        "there is no seal below size {size}"
        "il n'y a pas de sceau sous la taille {size}";
    NoVerdict
        "its body is no verdict"
        "son corps n'est pas un verdict";
    EvidenceFault { cause: Quoted }
        "{cause}"
        "les preuves n'ont pu être réunies : {cause}";
    EvaluationFault { cause: Quoted }
        "{cause}"
        "le verdict n'a pu être calculé : {cause}";
    RestsOnGap
        "it may rest on a payload that is not here"
        "il repose peut-être sur un contenu absent d'ici";
    RuleSetNotGiven { sha256: Digest }
        "rule set {sha256} is not one of those given"
        "le jeu de règles {sha256} n'est pas de ceux fournis";
    OtherRuleSet
        "of the rule sets given, another one applies"
        "parmi les jeux de règles fournis, un autre s'applique";
    VerdictLater { verdict: EntryIndex }
        "its verdict was logged later, as entry {verdict}"
        "son verdict a été consigné plus tard, à l'entrée {verdict}";
    NewsBefore { record: EntryIndex, verdict: EntryIndex }
        "entry {record} came after the state of the log that the verdict of entry {verdict} rests on"
        "l'entrée {record} est venue après l'état du registre sur lequel repose le verdict de l'entrée \
         {verdict}";
    CitesAbsent { statement: StatementDigest }
        "cites statement {statement}, which is not in the log"
        "cite l'attestation {statement}, qui n'est pas dans le registre";
    CitesGone { statement: StatementDigest }
        "verdict {statement} is not here to be compared"
        "le verdict {statement} n'est pas ici pour être comparé";
    CitesOther { entry: EntryIndex }
        "cites entry {entry}, which is no verdict"
        "cite l'entrée {entry}, qui n'est pas un verdict";
    CitesUnreadable { verdict: EntryIndex }
        "cites entry {verdict}, whose verdict can't be read"
        "cite l'entrée {verdict}, dont le verdict est illisible";
    CitesUnlistable { verdict: EntryIndex }
        "the verdict of entry {verdict} does not say LISTABLE"
        "le verdict de l'entrée {verdict} ne dit pas PUBLIABLE";
    OtherProduct { verdict: EntryIndex, product: ProductUri }
        "the verdict of entry {verdict} is not about {product}"
        "le verdict de l'entrée {verdict} ne porte pas sur {product}";
    OtherTrader { verdict: EntryIndex, trader: OperatorUri }
        "the verdict of entry {verdict} is about trader {trader}"
        "le verdict de l'entrée {verdict} porte sur le vendeur {trader}";
    OtherPlatform { verdict: EntryIndex, platform: OperatorUri }
        "the verdict of entry {verdict} is for platform {platform}"
        "le verdict de l'entrée {verdict} vaut pour la plateforme {platform}";
    OtherListing { verdict: EntryIndex }
        "the verdict of entry {verdict} is for another listing"
        "le verdict de l'entrée {verdict} vaut pour une autre offre";
    OtherCountry { verdict: EntryIndex, country: Country }
        "the verdict of entry {verdict} is not for {country}"
        "le verdict de l'entrée {verdict} ne vaut pas pour {country}";
    RecheckDue { verdict: EntryIndex, until: Timestamp }
        "the verdict of entry {verdict} was to be checked again before {until}"
        "le verdict de l'entrée {verdict} était à recontrôler avant {until}";
    StillUp { word: VerdictWord, reasons: BTreeSet<Reason> }
        "still up, and now {word} {reasons}"
        "encore publiée, et à présent {word} {reasons}";
    StillUpAfter
        "still up, after a record against its goods"
        "encore publiée, après une attestation contre ses marchandises";
}
