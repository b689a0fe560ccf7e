//! `listing.*`: what the offer shows against what the records say.

use crate::attestation::Language;
use crate::attestation::types::{ImporterDeclaration, Mandate};
use crate::identifier::{Country, OperatorUri};
use crate::policy::assurance::Assurance;
use crate::policy::evaluate::context::{Context, Subject};
use crate::policy::evaluate::goods::Reach;
use crate::policy::evaluate::judgement::{Degree, Judgement};
use crate::policy::evaluate::text::are_same_name;
use crate::policy::query::Contact;
use crate::reason::Reason;

/// Manufacturer with both addresses; outside the EU a responsible person or importer; a picture.
pub(super) fn blocks_present(context: &Context<'_>, subject: &Subject<'_>) -> bool {
    let offer = &context.query.offer;
    let is_text = |text: &Option<String>| text.as_ref().is_some_and(|of| !of.trim().is_empty());
    let is_whole = |contact: &Contact| {
        !contact.name.trim().is_empty() && is_text(&contact.postal) && is_text(&contact.electronic)
    };
    let is_in_eu = subject.manufacturer().is_some_and(|of| context.trust.is_in_eu(of));
    let has_person = offer.responsible_person.is_some() || offer.importer.is_some();
    offer.manufacturer.as_ref().is_some_and(is_whole)
        && (is_in_eu || has_person)
        && !offer.images.is_empty()
}

/// The manufacturer shown is the one registered, or as its own declaration on these goods names it.
pub(super) fn manufacturer_matches(
    context: &Context<'_>,
    subject: &Subject<'_>,
    assurance_min: Assurance,
) -> bool {
    let Some(manufacturer) = subject.manufacturer() else { return false };
    let shown = context.query.offer.manufacturer.as_ref();
    let is_declared = |shown: &Contact| {
        context.own_declarations(subject, assurance_min).any(|(record, declaration)| {
            declaration.header.issuer.operator.operator() == Some(manufacturer)
                && subject.goods.reach(&declaration.scope) == Reach::Covers
                && are_same_name(&declaration.manufacturer.name, &shown.name)
                && context.standing(subject, record).degree() != Degree::NotMet
        })
    };
    shown.is_some_and(|shown| is_registered(context, manufacturer, shown) || is_declared(shown))
}

/// Whether the offer shows this operator as its importer.
pub(in crate::policy::evaluate) fn shows_importer(
    context: &Context<'_>,
    operator: &OperatorUri,
) -> bool {
    let shown = context.query.offer.importer.as_ref();
    shown.is_some_and(|shown| is_registered(context, operator, shown))
}

/// Whether the offer shows this operator as the one that is responsible in the Union: as its
/// responsible person, or else its importer, or else the manufacturer.
pub(super) fn shows_responsible(context: &Context<'_>, operator: &OperatorUri) -> bool {
    let offer = &context.query.offer;
    let all = [&offer.responsible_person, &offer.importer, &offer.manufacturer];
    let shown = all.into_iter().flatten().next();
    shown.is_some_and(|shown| is_registered(context, operator, shown))
}

/// The importer shown is the one that declared the batches.
pub(super) fn importer_matches(context: &Context<'_>, declaration: &ImporterDeclaration) -> bool {
    let importer = declaration.header.issuer.operator.operator();
    let shown = context.query.offer.importer.as_ref();
    shown.is_some_and(|shown| {
        are_same_name(&declaration.importer.name, &shown.name)
            || importer.is_some_and(|of| is_registered(context, of, shown))
    })
}

/// The responsible person shown is the holder of the mandate.
pub(super) fn responsible_person_matches(context: &Context<'_>, mandate: &Mandate) -> bool {
    let shown = context.query.offer.responsible_person.as_ref();
    shown.is_some_and(|shown| is_registered(context, &mandate.mandatary, shown))
}

fn is_registered(context: &Context<'_>, operator: &OperatorUri, shown: &Contact) -> bool {
    let known = context.trust.operator(operator);
    known.is_some_and(|known| are_same_name(&known.legal_name, &shown.name))
}

/// The identity's category equals the offer's or is below it, in each system that both name.
pub(super) fn category_matches(context: &Context<'_>, subject: &Subject<'_>) -> Judgement {
    let Some(identity) = subject.identity() else {
        return Judgement::review(Reason::CategoryUnknown);
    };
    let (own, offer) = (&identity.of.category, &context.query.category);
    let gpc = own.gpc.as_ref().zip(offer.gpc.as_ref()).map(|(own, offer)| own == offer);
    let cn = own.cn.as_ref().zip(offer.cn.as_ref()).map(|(own, offer)| own.is_within(offer));
    match (gpc, cn) {
        (Some(false), _) | (_, Some(false)) => {
            let degree = if context.rules.restricted { Degree::NotMet } else { Degree::Review };
            let mut judgement = Judgement::met();
            judgement.add(Reason::CategoryMismatch, degree);
            judgement
        }
        // They have no system in common: nothing was compared.
        (None, None) => Judgement::review(Reason::CategoryUnknown),
        _ => Judgement::met(),
    }
}

/// Every picture of the offer is one that the manufacturer published.
pub(super) fn images_known(context: &Context<'_>, subject: &Subject<'_>) -> bool {
    let Some(identity) = subject.identity() else { return false };
    context.query.offer.images.iter().all(|image| identity.of.images.contains(image))
}

/// The list of ingredients is on record.
pub(super) fn ingredients_present(subject: &Subject<'_>) -> bool {
    subject.identity().is_some_and(|identity| identity.of.attributes.ingredients.is_some())
}

/// Every warning of the product is shown in a language of each destination. A destination whose
/// languages the rule set does not know is not covered.
pub(super) fn warnings_cover_languages(context: &Context<'_>, subject: &Subject<'_>) -> bool {
    let Some(identity) = subject.identity() else { return false };
    let warnings = identity.of.warnings.as_deref().unwrap_or_default();
    let countries = context.query.countries();
    warnings.iter().all(|code| countries.iter().all(|country| is_shown(context, code, *country)))
}

fn is_shown(context: &Context<'_>, code: &str, country: Country) -> bool {
    let languages = context.rules.languages.get(&country);
    let languages = languages.map(Vec::as_slice).unwrap_or_default();
    let mut shown = context.query.offer.warnings.iter().filter(|warning| warning.code == code);
    shown.any(|warning| languages.iter().any(|language| is_language(&warning.lang, language)))
}

/// A language is itself and its regional forms: `fr-BE` is `fr`.
pub(in crate::policy::evaluate) fn is_language(found: &Language, expected: &Language) -> bool {
    let rest = found.as_str().strip_prefix(expected.as_str());
    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
}
