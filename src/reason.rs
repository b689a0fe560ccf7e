//! The reason codes: why a verdict is what it is, and why an attestation was refused.
//!
//! One table, one row a code. It knows neither policies nor how a code comes about; whatever shows
//! a code to a person takes its sentence from here. `docs/reasons.md` is generated from it.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// What a reason can lead to, where the rule set has the rule deny.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Effect {
    /// D: the product can't be listed.
    Deny,
    /// R: a person must decide; until then it counts as not listed.
    Review,
    /// W: a warning, without effect on the verdict.
    Warn,
    /// A: an attestation is refused at admission.
    Refuse,
}

impl Effect {
    /// The letter of the effect in tables: D, R, W or A.
    pub const fn letter(self) -> char {
        match self {
            Self::Deny => 'D',
            Self::Review => 'R',
            Self::Warn => 'W',
            Self::Refuse => 'A',
        }
    }
}

/// Text that is no reason code.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{found:?} is not a reason code")]
pub struct ReasonError {
    /// The text, cut after 40 characters.
    pub found: String,
}

macro_rules! reasons {
    ($($variant:ident $name:literal [$($effect:ident)+] $en:literal $fr:literal;)+) => {
        /// A reason code. Its name is part of the formats and never changes its meaning.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $(#[doc = $en] $variant,)+
        }

        impl Reason {
            /// Every reason, in the order of the table.
            pub const ALL: &'static [Self] = &[$(Self::$variant,)+];

            /// The code as written in verdicts and refusals.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$variant => $name,)+
                }
            }

            /// What the reason can lead to, the gravest first; refusal last.
            pub const fn effects(self) -> &'static [Effect] {
                match self {
                    $(Self::$variant => &[$(Effect::$effect),+],)+
                }
            }

            /// The sentence for a compliance officer, in English.
            pub const fn english(self) -> &'static str {
                match self {
                    $(Self::$variant => $en,)+
                }
            }

            /// The sentence for a compliance officer, in French.
            pub const fn french(self) -> &'static str {
                match self {
                    $(Self::$variant => $fr,)+
                }
            }
        }
    };
}

reasons! {
    // What was presented is not what it should be.
    IdentifierInvalid "IDENTIFIER_INVALID" [Deny Refuse]
        "An identifier is malformed: its check digit, length or characters are wrong."
        "Un identifiant est mal formé : clé de contrôle, longueur ou caractères incorrects.";
    TestIdentifier "TEST_IDENTIFIER" [Deny]
        "The product number is from the GS1 range for examples and names no real product."
        "Le numéro du produit appartient à la plage GS1 réservée aux exemples ; il ne désigne \
         aucun produit réel.";
    StatementInvalid "STATEMENT_INVALID" [Refuse]
        "The attestation does not follow the format of its type."
        "L'attestation ne respecte pas le format de son type.";
    SignatureInvalid "SIGNATURE_INVALID" [Refuse]
        "A signature does not match what it claims to sign."
        "Une signature ne correspond pas au contenu qu'elle prétend signer.";
    SignatureMissing "SIGNATURE_MISSING" [Refuse]
        "A signature that this type of attestation requires is missing."
        "Il manque une signature exigée pour ce type d'attestation.";
    SignerUnexpected "SIGNER_UNEXPECTED" [Refuse]
        "The attestation is signed by a key that has no part in it."
        "L'attestation porte la signature d'une clé qui n'y a aucune part.";
    SubjectDigestMismatch "SUBJECT_DIGEST_MISMATCH" [Refuse]
        "The products named at the head of the attestation are not those of its content."
        "Les produits nommés en tête de l'attestation ne sont pas ceux de son contenu.";
    TooManySubjects "TOO_MANY_SUBJECTS" [Refuse]
        "The attestation concerns more than 1,000 products, batches and documents: split it."
        "L'attestation concerne plus de 1 000 produits, lots et documents : il faut la scinder.";
    WrongLedger "WRONG_LEDGER" [Refuse]
        "The attestation was made for another ledger."
        "L'attestation est destinée à un autre registre.";
    IssuedInFuture "ISSUED_IN_FUTURE" [Refuse]
        "The document bears a date of issue that has not come yet."
        "Le document porte une date d'émission qui n'est pas encore arrivée.";
    PolicyInvalid "POLICY_INVALID" [Refuse]
        "The rule set does not parse, or names a check that does not exist."
        "Le jeu de règles est illisible ou nomme un contrôle qui n'existe pas.";

    // Prohibited goods, category, rule set, view.
    ProhibitedCategory "PROHIBITED_CATEGORY" [Deny]
        "Goods of this kind are prohibited; no evidence can change that."
        "Les marchandises de ce genre sont interdites ; aucune preuve ne peut y changer quoi que \
         ce soit.";
    CategoryMismatch "CATEGORY_MISMATCH" [Deny Review]
        "The offer places the product in another category than its manufacturer does."
        "L'offre classe le produit dans une autre catégorie que son fabricant.";
    CategoryUnknown "CATEGORY_UNKNOWN" [Review]
        "Neither the manufacturer nor the offer says in which category the product belongs."
        "Ni le fabricant ni l'offre n'indiquent la catégorie du produit.";
    PolicyNotFound "POLICY_NOT_FOUND" [Review]
        "No accepted rule set, or more than one, applies to this category of product."
        "Aucun jeu de règles accepté, ou plus d'un, ne s'applique à cette catégorie de produit.";
    ViewStale "VIEW_STALE" [Review]
        "The state of the ledger that was consulted is too old for the day asked about."
        "L'état du registre consulté est trop ancien pour la date demandée.";
    ProductIdUnbound "PRODUCT_ID_UNBOUND" [Review]
        "The seller's own product number is not bound to a product by its manufacturer."
        "Le numéro de produit du vendeur n'est rattaché à aucun produit par le fabricant.";

    // Evidence: there or not, valid or not, wide enough or not.
    PlacedBeforeMade "PLACED_BEFORE_MADE" [Review]
        "The goods are said to have been placed on the market before they were made."
        "Les marchandises auraient été mises sur le marché avant d'avoir été fabriquées.";
    ReqMissing "REQ_MISSING" [Deny]
        "There is no evidence for this requirement."
        "Aucune preuve n'existe pour cette exigence.";
    ReqExpired "REQ_EXPIRED" [Deny]
        "The evidence for this requirement has expired."
        "La preuve de cette exigence a expiré.";
    ReqNotYetValid "REQ_NOT_YET_VALID" [Deny]
        "The evidence for this requirement is not valid yet."
        "La preuve de cette exigence n'est pas encore valable.";
    EvidenceErased "EVIDENCE_ERASED" [Deny]
        "The content of the evidence was erased from the ledger; it no longer counts."
        "Le contenu de la preuve a été effacé du registre ; elle ne compte plus.";
    CoverageTooNarrow "COVERAGE_TOO_NARROW" [Deny Review]
        "The evidence covers only a part of what is offered."
        "La preuve ne couvre qu'une partie de ce qui est offert.";
    BatchRequired "BATCH_REQUIRED" [Review]
        "The evidence depends on the batch, and the offer names none."
        "La preuve dépend du lot, et l'offre n'en nomme aucun.";
    AssuranceTooLow "ASSURANCE_TOO_LOW" [Deny]
        "The evidence is only a copy or a transcription, which this requirement does not accept."
        "La preuve n'est qu'une copie ou une transcription, ce que cette exigence n'admet pas.";

    // Standing of documents.
    CertSuspended "CERT_SUSPENDED" [Deny]
        "A document that the evidence rests on is suspended by its issuer or an authority."
        "Un document sur lequel repose la preuve est suspendu par son émetteur ou une autorité.";
    CertWithdrawn "CERT_WITHDRAWN" [Deny]
        "A document that the evidence rests on was withdrawn by its issuer or an authority."
        "Un document sur lequel repose la preuve a été retiré par son émetteur ou une autorité.";
    CertAnnulled "CERT_ANNULLED" [Deny]
        "A document that the evidence rests on was annulled, as if it had never been issued."
        "Un document sur lequel repose la preuve a été annulé, comme s'il n'avait jamais été émis.";
    SupersededUseNew "SUPERSEDED_USE_NEW" [Deny Review]
        "The document was replaced by a newer one, which must be used."
        "Le document a été remplacé par un plus récent, qu'il faut utiliser.";
    CertNotEuType "CERT_NOT_EU_TYPE" [Deny]
        "The certificate is voluntary; it is not the EU-type certificate that the law requires."
        "Le certificat est volontaire ; ce n'est pas l'attestation d'examen UE de type exigée par la loi.";
    CertTermTooLong "CERT_TERM_TOO_LONG" [Deny]
        "The certificate states a longer validity than the law allows."
        "Le certificat indique une durée de validité plus longue que la loi ne le permet.";
    DocBasisLost "DOC_BASIS_LOST" [Deny]
        "The declaration rests on a certificate or report that is no longer in force."
        "La déclaration repose sur un certificat ou un rapport qui n'est plus en vigueur.";
    DocIncomplete "DOC_INCOMPLETE" [Deny]
        "The declaration lacks an element that the law requires, such as an act or a certificate."
        "Il manque à la déclaration un élément exigé par la loi, comme un acte ou un certificat.";
    BasisUnknown "BASIS_UNKNOWN" [Review]
        "The evidence rests on a document that was not looked up: neither the manufacturer nor who \
         acts for it in the EU names, in a record of its own, what rests on it."
        "La preuve repose sur un document qui n'a pas été recherché : ni le fabricant ni qui agit \
         pour lui dans l'UE ne cite, dans une attestation à lui, ce qui repose dessus.";
    Chronology "CHRONOLOGY" [Deny]
        "The document is older than what it rests on."
        "Le document est antérieur à ce sur quoi il repose.";

    // Standing of issuers.
    IssuerUnknown "ISSUER_UNKNOWN" [Refuse]
        "The issuer or its key is not registered in the ledger."
        "L'émetteur ou sa clé n'est pas enregistré dans le registre.";
    IssuerNotAuthorised "ISSUER_NOT_AUTHORISED" [Refuse]
        "The issuer was not granted the role in which it acts."
        "L'émetteur n'a pas reçu le rôle au titre duquel il agit.";
    IssuerScopeMismatch "ISSUER_SCOPE_MISMATCH" [Deny Refuse]
        "The issuer is not notified or authorised for this act, procedure or product."
        "L'émetteur n'est pas notifié ou habilité pour cet acte, cette procédure ou ce produit.";
    AccreditationLapsed "ACCREDITATION_LAPSED" [Deny]
        "The laboratory or body was not accredited for this standard or act when it issued the \
         document."
        "Le laboratoire ou l'organisme n'était pas accrédité pour cette norme ou cet acte à \
         l'émission du document.";
    KeyRevoked "KEY_REVOKED" [Refuse]
        "The key that signed was revoked or replaced before."
        "La clé de signature avait déjà été révoquée ou remplacée.";
    KeyCompromised "KEY_COMPROMISED" [Review Refuse]
        "The key that signed was reported stolen; its holder must confirm the document with a new \
         key."
        "La clé de signature a été déclarée compromise ; son titulaire doit confirmer le document \
         avec une nouvelle clé.";

    // Links between documents, product, offer and persons.
    TypeNotMapped "TYPE_NOT_MAPPED" [Deny]
        "The document names a type that the manufacturer does not assign to this product."
        "Le document nomme un type que le fabricant n'attribue pas à ce produit.";
    StandardNotCovered "STANDARD_NOT_COVERED" [Deny]
        "A standard that the declaration applies, or the rule set requires, was not tested."
        "Une norme appliquée par la déclaration, ou exigée par les règles, n'a pas été testée.";
    TestFailed "TEST_FAILED" [Deny]
        "The product did not pass the test."
        "Le produit n'a pas réussi l'essai.";
    ReportTooOld "REPORT_TOO_OLD" [Deny]
        "The test report is older than the rule set allows."
        "Le rapport d'essai est plus ancien que les règles ne le permettent.";
    LabNotIndependent "LAB_NOT_INDEPENDENT" [Warn]
        "The laboratory and the manufacturer are the same operator."
        "Le laboratoire et le fabricant sont le même opérateur.";
    HolderMismatch "HOLDER_MISMATCH" [Deny]
        "The certificate was issued to another operator than the manufacturer."
        "Le certificat a été délivré à un autre opérateur que le fabricant.";
    BodyNumberMismatch "BODY_NUMBER_MISMATCH" [Deny]
        "The number of the notified body is not the one that stands by the CE marking."
        "Le numéro de l'organisme notifié n'est pas celui qui accompagne le marquage CE.";
    ProcedureMismatch "PROCEDURE_MISMATCH" [Deny]
        "The declared procedure is not that of another declaration on these goods, or of the notified \
         body's approval."
        "La procédure déclarée n'est pas celle d'une autre déclaration sur ces marchandises, ou de \
         l'approbation de l'organisme notifié.";
    SurveillanceOverdue "SURVEILLANCE_OVERDUE" [Deny]
        "The surveillance of production that was due has not been recorded."
        "La surveillance de la production qui était due n'a pas été consignée.";
    ManufacturerMismatch "MANUFACTURER_MISMATCH" [Deny]
        "The manufacturer is not the same in the documents and in the offer."
        "Le fabricant n'est pas le même dans les documents et dans l'offre.";
    ImporterMismatch "IMPORTER_MISMATCH" [Deny]
        "The importer shown in the offer is not the one who declared these batches."
        "L'importateur indiqué dans l'offre n'est pas celui qui a déclaré ces lots.";
    RpMismatch "RP_MISMATCH" [Deny]
        "The responsible person shown in the offer is not the one who holds the mandate."
        "La personne responsable indiquée dans l'offre n'est pas celle qui détient le mandat.";
    RpUnconfirmed "RP_UNCONFIRMED" [Deny]
        "The responsible person in the EU has not confirmed the mandate by its own signature."
        "La personne responsable dans l'UE n'a pas confirmé le mandat par sa propre signature.";
    RpOutsideEu "RP_OUTSIDE_EU" [Deny]
        "The importer, responsible person or authorised representative is not established in the EU."
        "L'importateur, la personne responsable ou le mandataire n'est pas établi dans l'UE.";
    TraderNotLinked "TRADER_NOT_LINKED" [Deny]
        "The seller is neither manufacturer nor importer nor authorised distributor of this \
         product."
        "Le vendeur n'est ni fabricant, ni importateur, ni distributeur autorisé de ce produit.";
    TraderUnverified "TRADER_UNVERIFIED" [Deny]
        "The platform has not verified the seller's identity."
        "La plateforme n'a pas vérifié l'identité du vendeur.";
    OfferIncomplete "OFFER_INCOMPLETE" [Deny]
        "The offer lacks the manufacturer, the responsible person, a picture or other mandatory \
         information."
        "Il manque à l'offre le fabricant, la personne responsable, une image ou une autre \
         information obligatoire.";
    ImageUnknown "IMAGE_UNKNOWN" [Deny]
        "The offer shows a picture that the manufacturer has not published for this product."
        "L'offre montre une image que le fabricant n'a pas publiée pour ce produit.";
    IngredientsMissing "INGREDIENTS_MISSING" [Deny]
        "The list of ingredients is missing."
        "La liste des ingrédients manque.";
    WarningsLangMissing "WARNINGS_LANG_MISSING" [Deny]
        "A warning is not shown in a language of each country of destination."
        "Un avertissement n'est pas affiché dans une langue de chaque pays de destination.";
    EprMissing "EPR_MISSING" [Deny]
        "The producer is not registered for waste in each country of destination."
        "Le producteur n'est pas inscrit à la filière déchets (REP) de chaque pays de destination.";
    RegistrationMismatch "REGISTRATION_MISMATCH" [Deny]
        "The registration concerns another model or holder."
        "L'enregistrement concerne un autre modèle ou un autre titulaire.";
    DppMissing "DPP_MISSING" [Deny Warn]
        "There is no digital product passport; it denies from the date on which the law requires \
         one."
        "Il n'y a pas de passeport numérique du produit ; bloquant à partir de la date où la loi \
         l'exige.";

    // Measures and concerns.
    RecalledModel "RECALLED_MODEL" [Deny Review]
        "The product is recalled or withdrawn from the market."
        "Le produit est rappelé ou retiré du marché.";
    RecalledBatch "RECALLED_BATCH" [Deny Review]
        "Batches or items of this product are recalled or withdrawn from the market."
        "Des lots ou des exemplaires de ce produit sont rappelés ou retirés du marché.";
    SalesBan "SALES_BAN" [Deny Review]
        "The sale or delivery of the product is prohibited by a measure."
        "La vente ou la livraison du produit est interdite par une mesure.";
    RecallApproxMatch "RECALL_APPROX_MATCH" [Review]
        "A recall describes goods much like these; a person must compare them."
        "Un rappel décrit des marchandises très semblables ; une personne doit comparer.";
    MeasureWarning "MEASURE_WARNING" [Review]
        "An operator or authority has published a safety warning for the product."
        "Un opérateur ou une autorité a publié un avertissement de sécurité pour le produit.";
    DocUnexpected "DOC_UNEXPECTED" [Deny Review]
        "A document is on record that goods of this kind do not have, such as a declaration of \
         conformity."
        "Un document est consigné que les marchandises de ce genre n'ont pas, comme une déclaration \
         de conformité.";
    ConcernReported "CONCERN_REPORTED" [Review]
        "An authority or body has reported a concern about the product or a document."
        "Une autorité ou un organisme a signalé un doute sur le produit ou sur un document.";

    // Refused at admission.
    DuplicateNumber "DUPLICATE_NUMBER" [Refuse]
        "The issuer has already used this document number and version for another content."
        "L'émetteur a déjà utilisé ce numéro et cette version de document pour un autre contenu.";
    DuplicateId "DUPLICATE_ID" [Refuse]
        "The issuer has already used this attestation id for another content."
        "L'émetteur a déjà utilisé cet identifiant d'attestation pour un autre contenu.";
    IdentifierTaken "IDENTIFIER_TAKEN" [Refuse]
        "The product number, alias or key belongs to another operator."
        "Le numéro de produit, l'alias ou la clé appartient à un autre opérateur.";
    TargetUnknown "TARGET_UNKNOWN" [Refuse]
        "The attestation that is to be changed is not in the ledger."
        "L'attestation à modifier ne figure pas dans le registre.";
    TargetSubjectsDiffer "TARGET_SUBJECTS_DIFFER" [Refuse]
        "The change does not name exactly the products of the attestation that it changes."
        "La modification ne nomme pas exactement les produits de l'attestation qu'elle modifie.";
    ChangeNotPermitted "CHANGE_NOT_PERMITTED" [Refuse]
        "The signer has no right to change this attestation, or it can't be changed in this way."
        "Le signataire n'a pas le droit de modifier cette attestation, ou elle ne peut l'être \
         ainsi.";
    QuotaReached "QUOTA_REACHED" [Refuse]
        "The signer has logged as much about this product, firm or document as one who does not \
         answer for it may log in a year."
        "Le signataire a consigné sur ce produit, cet opérateur ou ce document autant que peut le \
         faire en un an celui qui n'en répond pas.";
    LogKeyInForce "LOG_KEY_IN_FORCE" [Refuse]
        "The key that is to end is the one that the ledger signs with: it has to be handed over \
         first."
        "La clé à laquelle il faut mettre fin est celle avec laquelle le registre signe : il faut \
         d'abord la transmettre.";
    VerdictStale "VERDICT_STALE" [Refuse]
        "The ledger has received new records on this product since the verdict was reached."
        "Le registre a reçu de nouvelles données sur ce produit depuis que le verdict a été rendu.";
}

/// The table as Markdown, the content of `docs/reasons.md`.
pub fn catalogue() -> String {
    let mut text = String::from(
        "# Reason codes\n\n\
         Generated from `src/reason.rs`; a test holds it to the code. D denies, R calls for \
         review, \
         W warns,\nA refuses an attestation at admission. A rule set may have a rule call for \
         review, or warn, where it\nwould deny here. A query with a malformed identifier is \
         not judged, and so it lists nothing either.\n\n\
         | code | | English | français |\n|---|---|---|---|\n",
    );
    for reason in Reason::ALL {
        let letters: Vec<String> =
            reason.effects().iter().map(|effect| effect.letter().to_string()).collect();
        let (en, fr) = (reason.english(), reason.french());
        // Writing to a String can't fail.
        let _infallible = writeln!(text, "| `{reason}` | {} | {en} | {fr} |", letters.join(", "));
    }
    text
}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Reason {
    type Err = ReasonError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let known = Self::ALL.iter().find(|reason| reason.name() == text);
        known.copied().ok_or_else(|| ReasonError { found: text.chars().take(40).collect() })
    }
}

impl Serialize for Reason {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Reason {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn names_are_unique_and_read_back() {
        let names: BTreeSet<_> = Reason::ALL.iter().map(|reason| reason.name()).collect();
        assert_eq!(names.len(), Reason::ALL.len());
        for reason in Reason::ALL {
            assert_eq!(reason.name().parse(), Ok(*reason));
            let json = serde_json::to_string(reason).unwrap();
            assert_eq!(json, format!("\"{reason}\""));
            assert_eq!(serde_json::from_str::<Reason>(&json).unwrap(), *reason);
            let is_shaped =
                reason.name().bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
            assert!(is_shaped, "{reason}");
        }
        for text in ["", "recalled_batch", "RECALLED_BATCH ", "NO_SUCH_CODE"] {
            text.parse::<Reason>().unwrap_err();
        }
    }

    #[test]
    fn every_row_has_a_sentence_in_both_languages() {
        for reason in Reason::ALL {
            for text in [reason.english(), reason.french()] {
                assert!(text.len() > 20 && text.ends_with('.') && !text.contains('|'), "{reason}");
                assert!(text.starts_with(char::is_uppercase), "{reason}");
            }
            let mut sorted = reason.effects().to_vec();
            sorted.sort_unstable();
            assert_eq!(sorted, reason.effects(), "{reason}: the gravest effect comes first");
        }
    }
}
