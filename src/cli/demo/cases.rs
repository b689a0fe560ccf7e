//! The cases: one for each story, and one for each variant that needs other records.

use super::stage::Stage;
use super::{charger, plush, tambourine};
use crate::cli::failure::{Failure, Step as _};
use crate::policy::rules;

/// A story, and its variants.
#[derive(Clone, Copy, Debug)]
pub(super) enum Case {
    Plush,
    PlushEarlyDeclaration,
    Charger,
    ChargerAdministrative,
    ChargerUnnotified,
    ChargerOneSignature,
    ChargerCompromise,
    Tambourine,
    TambourineTextOnly,
}

impl Case {
    /// All of them, in the order in which they are played.
    pub(super) const ALL: [Self; 9] = [
        Self::Plush,
        Self::PlushEarlyDeclaration,
        Self::Charger,
        Self::ChargerAdministrative,
        Self::ChargerUnnotified,
        Self::ChargerOneSignature,
        Self::ChargerCompromise,
        Self::Tambourine,
        Self::TambourineTextOnly,
    ];

    /// The name, and that of its folder.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Plush => "a-plush",
            Self::PlushEarlyDeclaration => "a-plush-early-declaration",
            Self::Charger => "b-charger",
            Self::ChargerAdministrative => "b-charger-administrative",
            Self::ChargerUnnotified => "b-charger-unnotified",
            Self::ChargerOneSignature => "b-charger-one-signature",
            Self::ChargerCompromise => "b-charger-compromise",
            Self::Tambourine => "c-tambourine",
            Self::TambourineTextOnly => "c-tambourine-text-only",
        }
    }

    /// What it is about.
    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Plush => "a plush toy whose chain is whole",
            Self::PlushEarlyDeclaration => "its declaration is older than the report it rests on",
            Self::Charger => "a charger whose certificate is withdrawn",
            Self::ChargerAdministrative => "withdrawn, but not for safety",
            Self::ChargerUnnotified => "the body is not notified for radio equipment",
            Self::ChargerOneSignature => "the responsible person never signed its mandate",
            Self::ChargerCompromise => "the body's key is stolen",
            Self::Tambourine => "a toy whose batch is recalled after it was listed",
            Self::TambourineTextOnly => "only a register's prose tells of the recall",
        }
    }

    /// When its ledger begins.
    pub(super) const fn begins(self) -> &'static str {
        match self {
            Self::Plush
            | Self::PlushEarlyDeclaration
            | Self::Tambourine
            | Self::TambourineTextOnly => "2026-01-02T09:00:00Z",
            Self::Charger
            | Self::ChargerAdministrative
            | Self::ChargerUnnotified
            | Self::ChargerOneSignature
            | Self::ChargerCompromise => "2024-01-02T09:00:00Z",
        }
    }

    /// The listings that a record takes the ground from, each by the labels of the records: what
    /// did it, which listing of what, what the question gives now, what ended it.
    pub(super) const fn fallen_listings(self) -> &'static [&'static str] {
        match self {
            Self::Charger => &[
                "3100 took MK-2 of 09521000400030: NOT_LISTABLE CERT_WITHDRAWN, DOC_BASIS_LOST; ended by 3101",
            ],
            Self::Tambourine => &[
                "4200 took MK-3 of 09521000300026/10/B2608: NOT_LISTABLE RECALLED_BATCH; ended by 4201",
            ],
            Self::Plush
            | Self::PlushEarlyDeclaration
            | Self::ChargerAdministrative
            | Self::ChargerUnnotified
            | Self::ChargerOneSignature
            | Self::ChargerCompromise
            | Self::TambourineTextOnly => &[],
        }
    }

    /// Plays it.
    pub(super) async fn play(self, stage: &mut Stage) -> Result<(), Failure> {
        match self {
            Self::Plush => plush::play(stage).await,
            Self::PlushEarlyDeclaration => plush::play_early_declaration(stage).await,
            Self::Charger => charger::play(stage).await,
            Self::ChargerAdministrative => charger::play_administrative(stage).await,
            Self::ChargerUnnotified => charger::play_unnotified(stage).await,
            Self::ChargerOneSignature => charger::play_one_signature(stage).await,
            Self::ChargerCompromise => charger::play_compromise(stage).await,
            Self::Tambourine => tambourine::play(stage).await,
            Self::TambourineTextOnly => tambourine::play_text_only(stage).await,
        }
    }
}

/// The rule sets that the stories are judged by: the embedded ones, under names of their own, with
/// example identifiers let in, the stories' connector known, and a banned picture.
pub(super) fn policies() -> Result<Vec<(&'static str, String)>, Failure> {
    let connectors = format!("connectors = [{:?}]", super::cast::CONNECTOR.uri);
    let banned = format!("images = [{:?}]", super::forms::digest("banned image"));
    [
        ("eu-toys", "demo-toys", "demo-toys.toml"),
        ("eu-radio", "demo-radio", "demo-radio.toml"),
        ("prohibited", "demo-prohibited", "demo-prohibited.toml"),
    ]
    .into_iter()
    .map(|(name, own_name, file)| {
        let embedded = rules::embedded(name);
        let embedded = embedded.ok_or_else(|| Failure::new(format!("no rule set {name}")))?;
        let own = embedded
            .replacen(&format!("id = {name:?}"), &format!("id = {own_name:?}"), 1)
            .replacen("test_identifiers = false", "test_identifiers = true", 1)
            .replacen("connectors = []", &connectors, 1)
            .replacen("images = []", &banned, 1);
        // What does not parse would be found out later, and less clearly.
        let parsed = crate::policy::RuleSet::parse(own.as_bytes());
        drop(parsed.step(format!("rule set {own_name}"))?);
        Ok((file, own))
    })
    .collect()
}
