//! The checks that a rule set can name: one row a check. What they do is in `evaluate`.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::attestation::PredicateKind;
use crate::policy::texts::Locale;
use crate::reason::Reason;

macro_rules! checks {
    ($(
        $variant:ident $name:literal $reason:ident on [$($kind:ident)*] alone $alone:literal
        by $ground:ident $en:literal $fr:literal;
    )+) => {
        /// A check that a rule set can name. What it compares is in its sentence.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Check {
            $(#[doc = $en] $variant,)+
        }

        impl Check {
            /// Every check, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The name in rule sets.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// The one code of a failure.
            pub const fn reason(self) -> Reason {
                match self {
                    $(Self::$variant => Reason::$reason,)+
                }
            }

            /// The types of records that it can be made on, as a member of `checks`.
            pub const fn kinds(self) -> &'static [PredicateKind] {
                match self {
                    $(Self::$variant => &[$(PredicateKind::$kind),*],)+
                }
            }

            /// Whether it can stand alone, as `check`.
            pub const fn is_alone(self) -> bool {
                match self {
                    $(Self::$variant => $alone,)+
                }
            }

            /// What settles it.
            pub const fn ground(self) -> Ground {
                match self {
                    $(Self::$variant => Ground::$ground,)+
                }
            }

            /// What it demands, for a compliance officer.
            pub const fn text(self, locale: Locale) -> &'static str {
                match self {
                    $(Self::$variant => locale.choose($en, $fr),)+
                }
            }
        }
    };
}

checks! {
    DocFieldsComplete "doc.fields_complete" DocIncomplete on [EuDeclaration] alone false by Evidence
        "The declaration names its standards, and the notified body where the procedure has one."
        "La déclaration nomme ses normes, et l'organisme notifié si la procédure en prévoit un.";
    DocSoleResponsibility "doc.sole_responsibility" DocIncomplete on [EuDeclaration] alone false by Evidence
        "The declaration is made under the sole responsibility of the manufacturer."
        "La déclaration est établie sous la seule responsabilité du fabricant.";
    DocManufacturerMatches "doc.manufacturer_matches_product_identity" ManufacturerMismatch
        on [EuDeclaration] alone false by Evidence
        "The manufacturer in the declaration is the one who identified the product."
        "Le fabricant nommé dans la déclaration est celui qui a identifié le produit.";
    DocLegislationComplete "doc.legislation_complete" DocIncomplete on [EuDeclaration] alone false by Evidence
        "The declarations name every act that the attributes of the product call for."
        "Les déclarations nomment tous les actes que les attributs du produit appellent.";
    DocStandardsTested "doc.standards_tested" StandardNotCovered on [EuDeclaration] alone false by Evidence
        "Every standard that the declaration applies in full was tested, and the product passed."
        "Chaque norme que la déclaration applique intégralement a été testée avec succès.";
    DocStandardsFull "doc.standards_full" StandardNotCovered on [EuDeclaration] alone false by Evidence
        "The declaration applies at least one standard, and all of them in full."
        "La déclaration applique au moins une norme, et toutes intégralement.";
    DocModuleAOrCertificate "doc.module_a_or_certificate" DocIncomplete
        on [EuDeclaration] alone false by Evidence
        "The declaration is under module A and applies all its standards in full, or it cites the \
         certificate that a notified body issued for this type under its procedure."
        "La déclaration relève du module A et applique toutes ses normes intégralement, ou elle \
         cite l'attestation qu'un organisme notifié a délivrée pour ce type selon sa procédure.";
    DocSingleProcedure "doc.single_procedure" ProcedureMismatch on [EuDeclaration] alone false by Evidence
        "No other declaration of the manufacturer on these goods that stands names another procedure \
         for the act."
        "Aucune autre déclaration du fabricant en vigueur sur ces marchandises ne nomme une autre \
         procédure pour l'acte.";
    DocCitesCertificate "doc.cites_certificate" DocIncomplete on [EuDeclaration] alone false by Evidence
        "Where the procedure has a certificate, the declaration cites its number and version."
        "Si la procédure comporte un certificat, la déclaration en cite le numéro et la version.";
    DocBasisInForce "doc.basis_in_force" DocBasisLost on [EuDeclaration] alone false by Evidence
        "Every certificate and report that the declaration cites is in force."
        "Chaque certificat et rapport cité par la déclaration est en vigueur.";
    DocChronology "doc.chronology" Chronology on [EuDeclaration] alone false by Evidence
        "The declaration is not older than what it cites."
        "La déclaration n'est pas antérieure à ce qu'elle cite.";
    ReportSampleMatchesType "report.sample_matches_type" TypeNotMapped on [TestReport] alone false by Evidence
        "The sample that was tested is of the product's type or of this batch."
        "L'échantillon testé est du type du produit ou de ce lot.";
    ReportLabIndependent "report.lab_independent" LabNotIndependent on [TestReport] alone false by Evidence
        "The laboratory is not the manufacturer."
        "Le laboratoire n'est pas le fabricant.";
    CertificateTypeMatchesDoc "certificate.type_matches_doc" TypeNotMapped
        on [ConformityCertificate] alone false by Evidence
        "The type on the certificate is one of the types in the declaration that cites it."
        "Le type du certificat est l'un des types de la déclaration qui le cite.";
    CertificateHolderMatches "certificate.holder_matches_manufacturer" HolderMismatch
        on [ConformityCertificate] alone false by Evidence
        "The certificate was issued to the manufacturer."
        "Le certificat a été délivré au fabricant.";
    CertificateEuType "certificate.eu_type" CertNotEuType on [ConformityCertificate] alone false by Evidence
        "The certificate is an EU-type certificate, not a voluntary one."
        "Le certificat est une attestation d'examen UE de type et non un certificat volontaire.";
    CertificateTermMax "certificate.term_max" CertTermTooLong
        on [ConformityCertificate] alone false by Evidence
        "The certificate's validity is no longer than the rule set allows (`term_max_years`, \
         `term_max_days`)."
        "La validité du certificat n'excède pas ce que le jeu de règles permet (`term_max_years`, \
         `term_max_days`).";
    CertificateNotifiedAtIssue "certificate.notified_at_issue" IssuerScopeMismatch
        on [ConformityCertificate] alone false by Evidence
        "The body was notified for act and procedure on the day of issue."
        "L'organisme était notifié pour l'acte et la procédure le jour de l'émission.";
    CertificateNotifiedToday "certificate.notified_today" IssuerScopeMismatch
        on [ConformityCertificate] alone false by Evidence
        "The body is still notified for act and procedure."
        "L'organisme est toujours notifié pour l'acte et la procédure.";
    ProductionBodyNumberMatchesMark "production.body_number_matches_mark" BodyNumberMismatch
        on [ProductionQualityApproval] alone false by Evidence
        "The body that approved the production is the one that the declaration names, whose number \
         stands beside the CE marking."
        "L'organisme qui a approuvé la production est celui que nomme la déclaration et dont le \
         numéro accompagne le marquage CE.";
    ProductionModuleMatchesDoc "production.module_matches_doc" ProcedureMismatch
        on [ProductionQualityApproval] alone false by Evidence
        "The declaration that names the body was made under the procedure that the body approved."
        "La déclaration qui nomme l'organisme relève de la procédure que l'organisme a approuvée.";
    ProductionSurveillanceCurrent "production.surveillance_current" SurveillanceOverdue
        on [ProductionQualityApproval] alone false by Evidence
        "The next surveillance of the production is not overdue."
        "La prochaine surveillance de la production n'est pas en retard.";
    ProductionNotifiedToday "production.notified_today" IssuerScopeMismatch
        on [ProductionQualityApproval] alone false by Evidence
        "The body that approved the production is still notified for act and procedure."
        "L'organisme qui a approuvé la production est toujours notifié pour l'acte et la procédure.";
    RegistrationCoversDestinations "registration.covers_destinations" EprMissing
        on [ExternalRegistration] alone false by Evidence
        "The registration is for each destination that the register is for."
        "L'enregistrement vaut pour chaque destination que couvre le registre.";
    RegistrationModelMatches "registration.model_matches" RegistrationMismatch
        on [ExternalRegistration] alone false by Evidence
        "The registration is of this product, and of its manufacturer or who acts for it in the \
         EU. A cosmetic product is notified from within the EU."
        "L'enregistrement porte sur ce produit, au nom de son fabricant ou de qui agit pour lui \
         dans l'UE. Un produit cosmétique est notifié depuis l'UE.";
    RegistrationResponsibleShown "registration.responsible_person_matches" RpMismatch
        on [ExternalRegistration] alone false by Offer
        "The holder of the registration is who the offer shows as responsible in the EU: the \
         responsible person, or else the importer, or else the manufacturer."
        "Le titulaire de l'enregistrement est celui que l'offre indique comme responsable dans \
         l'UE : la personne responsable, à défaut l'importateur, à défaut le fabricant.";
    OperatorManufacturerInEu "operator.manufacturer_in_eu" ReqMissing on [] alone true by Evidence
        "The manufacturer is established in the EU."
        "Le fabricant est établi dans l'UE.";
    OperatorImporterInEu "operator.importer_in_eu" RpOutsideEu
        on [ImporterDeclaration] alone false by Evidence
        "The importer that declared the batches is established in the EU."
        "L'importateur qui a déclaré les lots est établi dans l'UE.";
    OperatorResponsiblePersonInEu "operator.responsible_person_in_eu" RpOutsideEu
        on [Mandate] alone false by Evidence
        "The holder of the mandate is established in the EU."
        "Le titulaire du mandat est établi dans l'UE.";
    OperatorMandateTwoParty "operator.mandate_two_party" RpUnconfirmed on [Mandate] alone false by Evidence
        "Both parties have signed the mandate."
        "Les deux parties ont signé le mandat.";
    ListingBlocksPresent "listing.blocks_present" OfferIncomplete on [] alone true by Offer
        "The offer shows the manufacturer with its addresses, an importer or responsible person if \
         the manufacturer is outside the EU, and a picture."
        "L'offre montre le fabricant et ses adresses, un importateur ou une personne responsable \
         si le fabricant est hors de l'UE, et une image.";
    ListingManufacturerMatches "listing.manufacturer_matches" ManufacturerMismatch
        on [ProductIdentity] alone true by Offer
        "The manufacturer that the offer shows is the registered one."
        "Le fabricant indiqué dans l'offre est celui qui est enregistré.";
    ListingImporterMatches "listing.importer_matches" ImporterMismatch
        on [ImporterDeclaration] alone false by Offer
        "The importer that the offer shows is the one who declared the batches."
        "L'importateur indiqué dans l'offre est celui qui a déclaré les lots.";
    ListingResponsiblePersonMatches "listing.responsible_person_matches" RpMismatch
        on [Mandate] alone false by Offer
        "The responsible person that the offer shows is the holder of the mandate."
        "La personne responsable indiquée dans l'offre est le titulaire du mandat.";
    ListingCategoryMatches "listing.category_matches" CategoryMismatch
        on [ProductIdentity] alone true by Offer
        "The offer places the product in the category that its manufacturer declared."
        "L'offre classe le produit dans la catégorie déclarée par son fabricant.";
    ListingImagesKnown "listing.images_known" ImageUnknown on [ProductIdentity] alone true by Offer
        "Every picture in the offer is one that the manufacturer published."
        "Chaque image de l'offre a été publiée par le fabricant.";
    ListingIngredientsPresent "listing.ingredients_present" IngredientsMissing
        on [ProductIdentity] alone true by Evidence
        "The list of ingredients is on record."
        "La liste des ingrédients est consignée.";
    ListingBatchesNamed "listing.batches_named" BatchRequired on [] alone true by Offer
        "The offer names the batches that it is of."
        "L'offre nomme les lots sur lesquels elle porte.";
    ListingWarningsCoverLanguages "listing.warnings_cover_languages" WarningsLangMissing
        on [ProductIdentity] alone true by Offer
        "Every warning of the product is shown in a language of each destination."
        "Chaque avertissement du produit est affiché dans une langue de chaque destination.";
    TraderLinked "trader.linked" TraderNotLinked on [] alone true by Seller
        "The seller is the manufacturer, the importer of these goods, or an authorised distributor."
        "Le vendeur est le fabricant, l'importateur de ces biens ou un distributeur autorisé.";
    TraderVerified "trader.verified" TraderUnverified on [] alone true by Platform
        "The platform has verified the seller, and the newest verification says that all is in order."
        "La plateforme a vérifié le vendeur, et la vérification la plus récente conclut que tout est \
         en règle.";
}

/// What settles a check: whose to change it is if it fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ground {
    /// Records on the product, whoever offers it.
    Evidence,
    /// Records on what the seller is to the product.
    Seller,
    /// What the offer shows, whatever the records are.
    Offer,
    /// The platform's own records.
    Platform,
}

impl Ground {
    /// The name in documents.
    const fn name(self) -> &'static str {
        match self {
            Self::Evidence => "evidence",
            Self::Seller => "seller",
            Self::Offer => "offer",
            Self::Platform => "platform",
        }
    }
}

/// The table as Markdown, the content of `docs/checks.md`.
pub fn catalogue() -> String {
    let mut text = String::from(
        "# Checks\n\n\
         Generated from `src/policy/ruleset/check.rs`; a test holds it to the code. What a rule \
         set can name in\n`checks` of a requirement for one of the types, or as `check` of \
         its own. Settled by: `evidence` on the product, what the `seller` is to it, what the `offer` shows, or the\n`platform`'s own records.\n\n\
         | check | code | types | alone | settled by | English | français |\n|---|---|---|---|---|---|---|\n",
    );
    for check in Check::ALL {
        let types: Vec<&str> = check.kinds().iter().map(|kind| kind.name()).collect();
        let alone = if check.is_alone() { "yes" } else { "" };
        let (en, fr) = (check.text(Locale::En), check.text(Locale::Fr));
        let (reason, types, ground) = (check.reason(), types.join(", "), check.ground().name());
        // Writing to a String can't fail.
        let _infallible = writeln!(
            text,
            "| `{check}` | `{reason}` | {types} | {alone} | {ground} | {en} | {fr} |"
        );
    }
    text
}

impl fmt::Display for Check {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Check {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|check| check.name() == text);
        known.copied().ok_or_else(|| {
            format!("no check is called {:?}", text.chars().take(80).collect::<String>())
        })
    }
}

impl Serialize for Check {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Check {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_check_can_be_made_somewhere_and_reads_back() {
        let names: BTreeSet<_> = Check::ALL.iter().map(|check| check.name()).collect();
        assert_eq!(names.len(), Check::ALL.len());
        for check in Check::ALL {
            assert_eq!(check.name().parse(), Ok(*check));
            assert!(check.is_alone() || !check.kinds().is_empty(), "{check}");
            for locale in [Locale::En, Locale::Fr] {
                assert!(check.text(locale).ends_with('.') && !check.text(locale).contains('|'));
            }
        }
        for text in ["", "doc", "DOC.CHRONOLOGY", "trader.unverified"] {
            text.parse::<Check>().unwrap_err();
        }
    }
}
