//! What is missing, for people.

use crate::attestation::{PredicateKind, Role};
use crate::cli::gap::goods::NOBODY;
use crate::cli::verdict::Lang;
use crate::cli::words::Text;
use crate::dossier::VerifiedDossier;
use crate::identifier::{Country, OperatorUri, ProductUri};
use crate::merkle::EntryIndex;
use crate::policy::words;
use crate::policy::{Gap, GapQuestion, Lapsing, Missing, Outcome};

/// The answer, in lines.
pub(super) fn text(
    gap: &Gap,
    question: &GapQuestion<'_>,
    dossier: &VerifiedDossier,
    lang: Lang,
) -> Text {
    let words = Words { gap, question, lang };
    let mut text = Text::default();
    words.put_head(&mut text);
    words.put_list(&mut text, ("Missing or in doubt", "Manquant ou à vérifier"), &gap.missing);
    words.put_list(&mut text, ("Decides nothing today", "Sans effet aujourd'hui"), &gap.open);
    words.put_calendar(&mut text);
    words.put_left_out(&mut text);
    let proved = words.say(
        "Proved: the dossier that this rests on VERIFIES; these are all records on the product. State of \
         the ledger seen at",
        "Prouvé : le dossier qui fonde cette réponse est VÉRIFIÉ ; ce sont toutes les attestations sur le \
         produit. État du registre vu le",
    );
    text.line("").line(format_args!("{proved} {}", dossier.seen()));
    text
}

struct Words<'a> {
    gap: &'a Gap,
    question: &'a GapQuestion<'a>,
    lang: Lang,
}

impl Words<'_> {
    const fn say<'t>(&self, en: &'t str, fr: &'t str) -> &'t str {
        self.lang.choose(en, fr)
    }

    const fn colon(&self) -> &'static str {
        self.lang.locale().colon()
    }

    fn put_head(&self, text: &mut Text) {
        let rules = self.gap.missing.iter().map(|of| of.finding.rule.as_str());
        let count = rules.collect::<std::collections::BTreeSet<_>>().len();
        let (colour, title) = match (count, self.lang) {
            (0, _) => {
                let nothing = self.say(
                    "NOTHING IS MISSING from the evidence",
                    "RIEN NE MANQUE parmi les preuves",
                );
                (anstyle::AnsiColor::Green, nothing.to_owned())
            }
            (_, Lang::En) => {
                let title = format!("MISSING: requirements not met or in doubt: {count}");
                (anstyle::AnsiColor::Red, title)
            }
            (_, Lang::Fr) => {
                let title =
                    format!("MANQUANT : exigences non satisfaites ou à vérifier\u{a0}: {count}");
                (anstyle::AnsiColor::Red, title)
            }
        };
        text.styled(colour.on_default().bold(), &title);
        let query = self.question.query;
        let products: Vec<&str> = query.products.iter().map(ProductUri::as_str).collect();
        let places = countries(&query.offer.destinations);
        let seller = match &query.trader.operator {
            seller if seller.as_str() == NOBODY => String::new(),
            seller => format!(", {} {}", self.say("seller", "vendeur"), self.named(seller)),
        };
        text.line(format_args!(
            "{} {}, {} {places}, {} {}{seller}",
            self.say("Product", "Produit"),
            products.join(", "),
            self.say("for", "pour"),
            self.say("on", "le"),
            self.gap.at
        ));
        if let Some(policy) = &self.gap.policy {
            let rules = self.say("Rule set", "Jeu de règles");
            let (id, version) = (&policy.id, &policy.version);
            text.line(format_args!("{rules} {id}@{version}, SHA-256 {}", policy.sha256));
        }
    }

    fn put_list(&self, text: &mut Text, (en, fr): (&str, &str), list: &[Missing]) {
        if list.is_empty() {
            return;
        }
        text.line("").styled(anstyle::Style::new().bold(), self.say(en, fr));
        // A rule may fail for several reasons: what to do about it is said once.
        let is_one = |one: &Missing, next: &Missing| {
            one.finding.rule == next.finding.rule && one.destinations == next.destinations
        };
        for rows in list.chunk_by(is_one) {
            self.put_missing(text, rows, &[]);
        }
    }

    /// A requirement, with every reason: what, why, what to do, who, by which law.
    fn put_missing(&self, text: &mut Text, rows: &[Missing], because: &[Lapsing]) {
        let (Some(missing), colon) = (rows.first(), self.colon()) else { return };
        let finding = &missing.finding;
        // A title says what is demanded: without the outcome it would read as what was found.
        let outcome = match finding.outcome {
            Outcome::NotMet | Outcome::Warned => self.say(", not met", ", non satisfait"),
            Outcome::Review => self.say(", in doubt", ", à vérifier"),
            Outcome::NotChecked => self.say(", not looked at", ", non examiné"),
            Outcome::Met => "",
        };
        let title = finding.title.as_deref().unwrap_or_default();
        let is_for_all = missing.destinations == self.question.query.offer.destinations;
        let places = if is_for_all {
            String::new()
        } else {
            format!(" ({} {})", self.say("for", "pour"), countries(&missing.destinations))
        };
        text.line(format_args!("- {}{outcome}{colon} {title}{places}", finding.rule));
        for (why, code) in rows.iter().filter_map(|row| row.finding.why.zip(row.finding.reason)) {
            text.line(format_args!("  {why} [{code}]"));
        }
        for lapsing in because {
            let because = self.say("Because of", "En raison de");
            text.line(format_args!("  {because}{colon} {}", self.lapsing(lapsing)));
        }
        if let Some(fix) = &finding.fix {
            text.line(format_args!("  {}{colon} {fix}", self.say("To do", "À faire")));
        }
        for supplier in &finding.suppliers {
            let kind = words::kind(supplier.kind, self.lang.locale());
            let who = self.say("Who can supply it", "Qui peut le fournir");
            let by = self.suppliers(supplier.kind, &supplier.roles, missing);
            text.line(format_args!("  {who}{colon} {kind}, {by}"));
        }
        if !finding.law.is_empty() {
            let law = finding.law.join("; ");
            text.line(format_args!("  {}{colon} {law}", self.say("Law", "Droit")));
        }
    }

    /// The roles, each with the operators in the evidence that have it.
    fn suppliers(&self, kind: PredicateKind, roles: &[Role], missing: &Missing) -> String {
        if roles.is_empty() {
            return self.say("from its parties", "émetteur\u{a0}: ses parties").to_owned();
        }
        let roles = roles.iter().map(|role| {
            let known = missing.operators.iter().filter(|of| of.kind == kind && of.role == *role);
            let known: Vec<String> =
                known.map(|of| format!("{} ({})", of.name, of.operator)).collect();
            let name = words::role(*role, self.lang.locale());
            if known.is_empty() { name.to_owned() } else { format!("{name} {}", known.join(", ")) }
        });
        let or = self.say(" or ", " ou ");
        format!("{} {}", self.say("from", "émetteur\u{a0}:"), roles.collect::<Vec<_>>().join(or))
    }

    fn put_calendar(&self, text: &mut Text) {
        let title = self.say("Within 90 days", "D'ici 90 jours");
        text.line("").styled(anstyle::Style::new().bold(), title);
        if self.gap.falling.is_empty() && self.gap.lapsing.is_empty() {
            text.line(self.say("nothing ends", "rien ne prend fin"));
        }
        for falling in &self.gap.falling {
            text.line(match self.lang {
                Lang::En => format!("In {} days a requirement falls:", falling.within_days),
                Lang::Fr => format!("D'ici {} jours, une exigence tombe :", falling.within_days),
            });
            self.put_missing(text, std::slice::from_ref(&falling.missing), &falling.because);
        }
        for lapsing in &self.gap.lapsing {
            let days = match self.lang {
                Lang::En => format!("within {} days", lapsing.within_days),
                Lang::Fr => format!("d'ici {} jours", lapsing.within_days),
            };
            let ends = self.say("ends", "prend fin");
            text.line(format_args!("- {ends} {days}{} {}", self.colon(), self.lapsing(lapsing)));
        }
    }

    fn lapsing(&self, of: &Lapsing) -> String {
        let kind = PredicateKind::ALL.iter().find(|kind| kind.name() == of.item.predicate);
        let kind = kind.map_or("", |kind| words::kind(*kind, self.lang.locale()));
        let number = of.item.number.as_ref().map(|of| format!(" {of}")).unwrap_or_default();
        let issuer = of.item.issuer.as_ref().and_then(|issuer| issuer.operator());
        let issuer = issuer.map(|issuer| self.named(issuer)).unwrap_or_default();
        let (by, until) = (self.say("of", "de"), self.say("counts until", "valable jusqu'au"));
        format!("{kind}{number} {by} {issuer}, {until} {}", of.until)
    }

    fn put_left_out(&self, text: &mut Text) {
        let checks = self.gap.left_out_checks.iter().map(|check| check.name());
        let all: Vec<&str> = self.gap.left_out.iter().map(String::as_str).chain(checks).collect();
        if all.is_empty() {
            return;
        }
        let line = self.say(
            "Left out, because the offer, the seller or the platform settles it",
            "Laissé de côté, car l'offre, le vendeur ou la plateforme en décide",
        );
        text.line("").line(format_args!("{line}{} {}", self.colon(), all.join(", ")));
    }

    /// An operator by its registered name and its URI.
    fn named(&self, uri: &OperatorUri) -> String {
        let registry = self.question.evidence.registry();
        match registry.operator(uri, EntryIndex::new(u64::MAX)) {
            Some(operator) => format!("{} ({uri})", operator.legal_name),
            None => uri.to_string(),
        }
    }
}

fn countries(list: &[Country]) -> String {
    list.iter().map(Country::as_str).collect::<Vec<_>>().join(", ")
}
