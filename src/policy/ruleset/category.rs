//! Categories of goods: those that a rule set is for, and those that are prohibited.

use serde::Deserialize;
use unicode_normalization::UnicodeNormalization as _;

use crate::attestation::types::Category;
use crate::hash::Digest;
use crate::identifier::{CnCode, Gpc, OperatorUri, ProductUri};
use crate::policy::law::LawRef;
use crate::policy::texts::Texts;

/// Categories: a GPC brick holds itself, a CN code all that begins with it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Categories {
    /// GPC bricks.
    #[serde(default)]
    pub gpc: Vec<Gpc>,
    /// CN codes or their beginnings.
    #[serde(default)]
    pub cn: Vec<CnCode>,
}

/// Goods that nothing unlocks: hit by any one of its members.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Prohibited {
    /// Its code in findings.
    pub code: String,
    /// What is prohibited.
    #[serde(default)]
    pub title: Option<Texts>,
    /// What a platform that meets it has to do.
    #[serde(default)]
    pub fix: Option<Texts>,
    /// Categories of the platform; each holds those below it (`adult/dolls` holds `adult/dolls/x`).
    #[serde(default)]
    pub platform_categories: Vec<String>,
    /// Categories of goods.
    #[serde(default)]
    pub categories: Categories,
    /// SHA-256 of images that an authority has banned.
    #[serde(default)]
    pub images: Vec<Digest>,
    /// Products; a model holds its variants, batches and items.
    #[serde(default)]
    pub products: Vec<ProductUri>,
    /// Sellers, by any of their names: nothing that they offer is listed.
    #[serde(default)]
    pub sellers: Vec<OperatorUri>,
    /// The law behind it.
    #[serde(default)]
    pub law: Vec<LawRef>,
}

impl Categories {
    /// Whether there are none.
    pub const fn is_empty(&self) -> bool {
        self.gpc.is_empty() && self.cn.is_empty()
    }

    /// Whether they hold goods of this category, by its GPC brick or by its CN code.
    pub fn hold(&self, category: &Category) -> bool {
        category.gpc.as_ref().is_some_and(|gpc| self.gpc.contains(gpc))
            || category
                .cn
                .as_ref()
                .is_some_and(|cn| self.cn.iter().any(|prefix| cn.is_within(prefix)))
    }
}

impl Prohibited {
    /// Refuses one that holds nothing, or everything.
    pub(super) fn check(&self) -> Result<(), &'static str> {
        if self.platform_categories.is_empty()
            && self.categories.is_empty()
            && self.images.is_empty()
            && self.products.is_empty()
            && self.sellers.is_empty()
        {
            return Err("it prohibits nothing: expected a category, image, product or seller");
        }
        if self.platform_categories.iter().any(|listed| path(listed).is_empty()) {
            return Err("a platform category without a name would hold all of them");
        }
        Ok(())
    }

    /// Whether goods of this category, or offered under this category of the platform, are meant.
    pub fn holds_category(&self, category: &Category, platform: Option<&str>) -> bool {
        let is_platform = |found: &str| {
            let found = path(found);
            self.platform_categories.iter().any(|listed| found.starts_with(&path(listed)))
        };
        self.categories.hold(category) || platform.is_some_and(is_platform)
    }

    /// Whether one of these images is banned.
    pub fn holds_image(&self, images: &[Digest]) -> bool {
        images.iter().any(|image| self.images.contains(image))
    }

    /// Whether this product is meant, or could be one that is.
    pub fn holds_product(&self, product: &ProductUri) -> bool {
        self.products.iter().any(|listed| listed.intersects(product))
    }
}

/// The steps of a platform's category, so compared that spelling can't hide one.
fn path(category: &str) -> Vec<String> {
    let folded = category.nfkc().collect::<String>().to_lowercase();
    let steps = folded.split('/').map(|step| step.split_whitespace().collect::<Vec<_>>().join(" "));
    steps.filter(|step| !step.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn category(gpc: Option<&str>, cn: Option<&str>) -> Category {
        Category {
            gpc: gpc.map(|text| text.parse().unwrap()),
            cn: cn.map(|text| text.parse().unwrap()),
        }
    }

    #[test]
    fn bricks_are_equal_and_codes_begin_alike() {
        let toys = Categories {
            gpc: vec!["10005160".parse().unwrap()],
            cn: vec!["9503".parse().unwrap()],
        };
        for (gpc, cn, expected) in [
            (Some("10005160"), None, true),
            (Some("10005161"), None, false),
            (None, Some("95030041"), true),
            (None, Some("95040000"), false),
            (Some("10005161"), Some("95030041"), true),
            (None, None, false),
        ] {
            assert_eq!(toys.hold(&category(gpc, cn)), expected, "{gpc:?} {cn:?}");
        }
    }

    #[test]
    fn spelling_hides_no_prohibited_category() {
        let dolls: Prohibited =
            toml::from_str("code = \"D\"\nplatform_categories = [\"adult/dolls\"]").unwrap();
        let holds = |platform| dolls.holds_category(&Category::default(), Some(platform));
        for platform in [
            "adult/dolls",
            "Adult/Dolls",
            " adult / DOLLS/",
            "adult/dolls/x",
            "/adult//dolls",
            "\u{ff21}dult/dolls",
        ] {
            assert!(holds(platform), "{platform}");
        }
        for platform in ["", "adult", "adult/dollshouse", "toys/adult/dolls", "dolls"] {
            assert!(!holds(platform), "{platform}");
        }
        assert!(!dolls.holds_category(&Category::default(), None));
        assert!(!dolls.holds_image(&[Digest::ZERO]));
    }
}
