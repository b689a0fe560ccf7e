//! What rests on a document, for people.

use crate::attestation::types::ListingAction;
use crate::audit::{Cause, Moment};
use crate::cli::verdict::Lang;
use crate::cli::words::Text;
use crate::identifier::{Country, OperatorUri, ProductUri};
use crate::merkle::EntryIndex;
use crate::policy::EvidenceStatus;
use crate::policy::words;
use crate::reliance::{
    ListingFilter, Reliance, RestingListing, RestingProduct, RestingRecord, RestingVerdict,
};

/// The answer, in lines.
pub(super) fn text(found: &Reliance, filter: &ListingFilter, lang: Lang) -> Text {
    let words = Words { found, lang };
    let mut text = Text::titled(&words.title());
    words.put_standing(&mut text);
    words.put_list(&mut text, ("Its records", "Ses attestations"), &found.records, Words::record);
    if filter.is_open() {
        let title = ("Records that rest on it", "Attestations qui en dépendent");
        words.put_list(&mut text, title, &found.resting, Words::record);
        words.put_list(&mut text, ("Products", "Produits"), &found.products, Words::product);
        let title = ("Verdicts that used it", "Verdicts qui l'ont utilisé");
        words.put_list(&mut text, title, &found.verdicts, Words::verdict);
    }
    let title = match (filter.is_up, filter.from.is_some() || filter.until.is_some()) {
        (true, false) => ("Listings that are up", "Offres publiées"),
        (true, true) => ("Listings in that time that are up", "Offres de la période, publiées"),
        (false, true) => ("Listings that were up in that time", "Offres publiées dans la période"),
        (false, false) => ("Listings", "Offres"),
    };
    words.put_list(&mut text, title, &found.listings, Words::listing);
    words.put_unseen(&mut text);
    text
}

struct Words<'a> {
    found: &'a Reliance,
    lang: Lang,
}

impl Words<'_> {
    const fn say<'t>(&self, en: &'t str, fr: &'t str) -> &'t str {
        self.lang.choose(en, fr)
    }

    fn title(&self) -> String {
        let kind = self.found.records.first().map(|of| words::kind(of.kind, self.lang.locale()));
        let kind = kind.unwrap_or_else(|| self.say("document", "document"));
        let name = match (&self.found.document, self.found.records.first()) {
            (Some(of), _) => {
                let (version, by) = (self.say("version", "version"), self.say("of", "de"));
                format!("{} {version} {} {by} {}", of.number, of.version, self.named(&of.issuer))
            }
            (None, Some(of)) => self.entry(of.at.entry),
            (None, None) => String::new(),
        };
        format!("{kind} {name}")
    }

    /// How the document stands, since when, and by what.
    fn put_standing(&self, text: &mut Text) {
        let status = match self.found.status {
            Some(status) => words::status(status, self.lang.locale()),
            None => self.say("no record of it here", "aucune attestation consignée ici"),
        };
        let colour = match self.found.status {
            Some(EvidenceStatus::InForce) => anstyle::AnsiColor::Green,
            _ => anstyle::AnsiColor::Red,
        };
        let colon = self.lang.locale().colon();
        let cause = self.found.fall.as_ref().and_then(|fall| fall.record.as_ref());
        let cause = cause.map(|of| format!(", {} {}", self.say("by", "par"), self.cause(of)));
        let since = self.found.fall.as_ref().map(|fall| {
            format!(
                " {} {}{}",
                self.say("since", "depuis le"),
                fall.time,
                cause.unwrap_or_default()
            )
        });
        let title = self.say("Status", "Statut");
        let line = format!("{title}{colon} {status}{}", since.unwrap_or_default());
        text.styled(colour.on_default().bold(), &line);
        text.line(match self.lang {
            Lang::En => format!(
                "As of the seal of {}, over {} entries; all of them were read and checked.",
                self.found.sealed_at, self.found.tree_size
            ),
            Lang::Fr => format!(
                "État au scellement du {}, sur {} entrées, toutes lues et contrôlées.",
                self.found.sealed_at, self.found.tree_size
            ),
        });
    }

    fn put_list<T>(
        &self,
        text: &mut Text,
        (en, fr): (&str, &str),
        list: &[T],
        line: impl Fn(&Self, &T) -> String,
    ) {
        let colon = self.lang.locale().colon();
        let title = format!("{}{colon} {}", self.say(en, fr), list.len());
        text.line("").styled(anstyle::Style::new().bold(), &title);
        for item in list {
            text.line(format_args!("- {}", line(self, item)));
        }
    }

    fn record(&self, of: &RestingRecord) -> String {
        let kind = words::kind(of.kind, self.lang.locale());
        let number = of.number.as_ref().map(|number| format!(" {number}")).unwrap_or_default();
        let issuer = of.issuer.operator().map(|of| self.named(of)).unwrap_or_default();
        let (by, at) = (self.say("of", "de"), self.moment(of.at));
        let status = words::status(of.status, self.lang.locale());
        let copied = of.copied_by.as_ref().map(|copier| {
            format!(", {} {}", self.say("copied by", "copie par"), self.named(copier))
        });
        let copied = copied.unwrap_or_default();
        let cites = match of.cites.as_slice() {
            [] => String::new(),
            cites => format!("; {} {}", self.say("cites", "cite"), self.entries(cites)),
        };
        format!("{kind}{number} {by} {issuer}, {at}, {status}{copied}{cites}")
    }

    fn product(&self, of: &RestingProduct) -> String {
        format!("{} ({})", of.product, self.entries(&of.by))
    }

    fn verdict(&self, of: &RestingVerdict) -> String {
        let word = words::verdict(of.verdict, self.lang.locale());
        let products: Vec<&str> = of.products.iter().map(ProductUri::as_str).collect();
        let (on, used) = (self.say("on", "sur"), self.say("used", "d'après"));
        let used = format!("{used} {}", self.entries(&of.used));
        format!("{}: {word} {on} {}; {used}", self.moment(of.at), products.join(", "))
    }

    fn listing(&self, of: &RestingListing) -> String {
        let countries: Vec<&str> = of.countries.iter().map(Country::as_str).collect();
        let line = format!(
            "{} {} {}, {} {}, {}; {}{}",
            of.listing_id,
            self.say("on", "sur"),
            self.named(&of.platform),
            self.say("seller", "vendeur"),
            self.named(&of.trader),
            countries.join(", "),
            self.say("up since ", "publiée depuis l'"),
            self.moment(of.listed),
        );
        let end = match of.ended {
            None => self.say("STILL UP", "ENCORE PUBLIÉE").to_owned(),
            Some(down) if down.action == ListingAction::Listed => {
                let under =
                    self.say("went on under another verdict,", "maintenue par un autre verdict,");
                format!("{under} {}", self.moment(down.at))
            }
            Some(down) => {
                let word = words::ending(down.action, self.lang.locale());
                let because = self.say(", because of it", ", pour cette raison");
                let because = if down.names_fall { because } else { "" };
                format!("{word} {}{}{because}", self.say("by ", "par l'"), self.moment(down.at))
            }
        };
        let after = of.after_fall_ms.map(|ms| words::duration(ms, self.lang.locale()));
        let after = match (after, self.lang) {
            (Some(after), Lang::En) => format!(", {after} after the fall"),
            (Some(after), Lang::Fr) => format!(", {after} après la chute"),
            (None, _) => String::new(),
        };
        format!("{}: {line}; {end}{after}", of.product)
    }

    /// What could not be looked at, aloud.
    fn put_unseen(&self, text: &mut Text) {
        let unseen = self.found.unseen;
        if unseen.is_nothing() {
            return;
        }
        let loud = anstyle::AnsiColor::Yellow.on_default().bold();
        let title = self.say(
            "NOT COMPLETE: there may be more that rests on it",
            "INCOMPLET : d'autres éléments peuvent en dépendre",
        );
        text.line("").styled(loud, title);
        let mut count = |count: u64, en: &str, fr: &str| {
            if count > 0 {
                text.line(format_args!("- {count} {}", self.say(en, fr)));
            }
        };
        count(
            unseen.withheld,
            "verdicts or listings are withheld from the public; an export that the ledger's operator \
             writes with `probant export --dir` has them",
            "verdicts ou publications d'offres ne sont pas publics ; un export que l'exploitant du \
             registre écrit avec `probant export --dir` les contient",
        );
        count(
            unseen.erased,
            "payloads are erased that may have been of this kind",
            "contenus effacés étaient peut-être de ce genre",
        );
        count(
            unseen.listings,
            "listings went up under a verdict that is not here or can't be read",
            "offres ont été publiées d'après un verdict absent d'ici ou illisible",
        );
    }

    fn cause(&self, cause: &Cause) -> String {
        let Some(said) = &cause.said else { return self.moment(cause.at) };
        let issuer = said.issuer.operator().map(|of| self.named(of)).unwrap_or_default();
        format!("{} {} {} {issuer}", said.kind, self.moment(cause.at), self.say("of", "de"))
    }

    /// An operator by its registered name and its URI.
    fn named(&self, uri: &OperatorUri) -> String {
        let known = self.found.operators.iter().find(|of| of.uri == *uri);
        known.map_or_else(|| uri.to_string(), |of| format!("{} ({uri})", of.name))
    }

    fn moment(&self, of: Moment) -> String {
        format!("{} ({})", self.entry(of.entry), of.time)
    }

    fn entry(&self, of: EntryIndex) -> String {
        format!("{} {of}", self.say("entry", "entrée"))
    }

    fn entries(&self, of: &[EntryIndex]) -> String {
        let list: Vec<String> = of.iter().map(ToString::to_string).collect();
        let word = if list.len() == 1 { ("entry", "entrée") } else { ("entries", "entrées") };
        format!("{} {}", self.say(word.0, word.1), list.join(", "))
    }
}
