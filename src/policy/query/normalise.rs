//! From what a platform writes to the normal form.

use crate::identifier::{IdentifierError, input};
use crate::merkle::TreeSize;
use crate::policy::name::PolicyNameError;
use crate::policy::query::error::QueryError;
use crate::policy::query::input::{CategoryInput, Query, TraderInput};
use crate::policy::query::normal::{NormalCategory, NormalQuery, Trader};
use crate::time::Timestamp;

/// What a query means where it says nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Defaults {
    /// The time of the seal: the instant that the question is about.
    pub seal_time: Timestamp,
    /// The size of the tree under the newest published checkpoint.
    pub size: TreeSize,
}

/// Something that normalising changed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// The member, as `product.gtin`.
    pub member: &'static str,
    /// What was done, in words.
    pub text: String,
}

impl Query {
    /// The query in normal form, and what was changed to bring it there. Whether `as_of` is the
    /// size of a published checkpoint is not looked at.
    pub fn normalise(&self, defaults: Defaults) -> Result<(NormalQuery, Vec<Note>), QueryError> {
        let mut reader = Reader::default();
        let trader = reader.trader(&self.trader)?;
        let (products, merchant_id) = reader.products(&self.product, &trader)?;
        let policy = self.policy.as_deref().map(str::parse).transpose();
        let query = NormalQuery {
            offer: reader.offer(&self.offer)?,
            products,
            merchant_id,
            category: reader.category(&self.category)?,
            attributes: self.attributes.clone(),
            trader,
            legal_at: self.legal_at.unwrap_or(defaults.seal_time),
            as_of: self.as_of.unwrap_or(defaults.size),
            policy: policy
                .map_err(|error: PolicyNameError| QueryError::value("policy", error.to_string()))?,
        };
        query.check()?;
        Ok((query, reader.notes))
    }
}

/// Reads members of a query and notes what it changed.
#[derive(Default)]
pub(super) struct Reader {
    notes: Vec<Note>,
}

impl Reader {
    fn trader(&mut self, trader: &TraderInput) -> Result<Trader, QueryError> {
        let operator = input::operator(&trader.operator);
        let operator = self.noted("trader.operator", operator)?;
        Ok(Trader { operator, name: trader.name.clone() })
    }

    fn category(&mut self, category: &CategoryInput) -> Result<NormalCategory, QueryError> {
        let gpc = category.gpc.as_deref().map(|text| self.trimmed("category.gpc", text).parse());
        let gpc = gpc.transpose();
        let cn = category.cn.as_deref().map(|text| {
            // People write CN codes in groups: 9503 00 41, 9503.00.41.
            let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '.')).collect();
            if digits != text {
                self.note("category.cn", format!("{text:?} read as {digits:?}"));
            }
            digits.parse()
        });
        Ok(NormalCategory {
            gpc: gpc.map_err(|error: IdentifierError| {
                QueryError::value("category.gpc", error.to_string())
            })?,
            cn: cn.transpose().map_err(|error: IdentifierError| {
                QueryError::value("category.cn", error.to_string())
            })?,
            platform: category.platform.clone(),
        })
    }

    /// A value that was read, with what was done kept as notes.
    pub(super) fn noted<T>(
        &mut self,
        member: &'static str,
        found: Result<input::Normalised<T>, IdentifierError>,
    ) -> Result<T, QueryError> {
        let found = found.map_err(|error| QueryError::value(member, error.to_string()))?;
        self.notes.extend(found.notes.into_iter().map(|text| Note { member, text }));
        Ok(found.value)
    }

    /// A text without the white space around it, which is noted.
    pub(super) fn trimmed<'t>(&mut self, member: &'static str, text: &'t str) -> &'t str {
        let trimmed = text.trim();
        if trimmed.len() != text.len() {
            self.note(member, "white space around it removed".to_owned());
        }
        trimmed
    }

    pub(super) fn note(&mut self, member: &'static str, text: String) {
        self.notes.push(Note { member, text });
    }
}

/// A list as a set: sorted, each member once.
pub(super) fn sorted<T: Ord>(mut list: Vec<T>) -> Vec<T> {
    list.sort_unstable();
    list.dedup();
    list
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;
    use crate::policy::query::GoodsLocation;
    use crate::policy::query::check::BATCHES_MAX;

    /// The example of `conformity.md`, section 6.
    const EXAMPLE: &str = r#"{"request_id":"r-1",
        "product":{"gtin":"9521000200012","merchant_pid":"SKU-77","batches":["L2610A"],
            "serial":null},
        "category":{"gpc":"10005160","cn":"95030041","platform":"toys/plush"},
        "attributes":{"electrical":false,"min_age_months":0},
        "trader":{"operator":"urn:eori:FR99900011000018","name":"Doudou Import SARL"},
        "offer":{"platform":"https://id.gs1.org/417/9521000500006","listing_id":"MK-1",
            "destinations":["FR","DE"],"languages":["fr","de"],
            "manufacturer":{"name":"Lumipeluche Mfg","postal":"1 Example Road",
                "electronic":"a@b.example"},
            "importer":{"name":"Doudou Import SARL"},"responsible_person":null,
            "warnings":[{"lang":"fr","code":"REMOVE_PACKAGING"},
                {"lang":"de","code":"REMOVE_PACKAGING"}],
            "images":[
                "sha256:55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"],
            "excluded_scopes":[],
            "goods_location":{"kind":"EU_STOCK","placed_on_market":"2026-10-20"}},
        "legal_at":"2026-11-23T00:00:00Z","as_of":null,"policy":"eu-toys@2026.11.0",
        "dry_run":false}"#;

    pub(in crate::policy::query) const NORMAL: &str = concat!(
        r#"{"as_of":2051,"attributes":{"electrical":false,"min_age_months":0},"#,
        r#""category":{"cn":"95030041","gpc":"10005160","platform":"toys/plush"},"#,
        r#""legal_at":"2026-11-23T00:00:00Z","#,
        r#""merchant_id":"urn:probant:product:urn%3Aeori%3AFR99900011000018:SKU-77","#,
        r#""offer":{"destinations":["DE","FR"],"excluded_scopes":[],"#,
        r#""goods_location":{"kind":"EU_STOCK","placed_on_market":"2026-10-20"},"#,
        r#""images":["55c64d0fcd6f9d5f7c828093857e3fdfda68478bb4e9bd24d481ef391c7804e8"],"#,
        r#""importer":{"name":"Doudou Import SARL"},"languages":["de","fr"],"listing_id":"MK-1","#,
        r#""manufacturer":{"electronic":"a@b.example","name":"Lumipeluche Mfg","#,
        r#""postal":"1 Example Road"},"platform":"https://id.gs1.org/417/9521000500006","#,
        r#""warnings":[{"code":"REMOVE_PACKAGING","lang":"de"},"#,
        r#"{"code":"REMOVE_PACKAGING","lang":"fr"}]},"policy":"eu-toys@2026.11.0","#,
        r#""products":["https://id.gs1.org/01/09521000200012/10/L2610A"],"#,
        r#""trader":{"name":"Doudou Import SARL","operator":"urn:eori:FR99900011000018"}}"#,
    );

    fn defaults() -> Defaults {
        let seal_time = "2026-11-22T07:00:00Z".parse().unwrap();
        Defaults { seal_time, size: TreeSize::new(2051) }
    }

    /// The example with some text replaced, in normal form.
    fn normalise(changes: &[(&str, &str)]) -> Result<(NormalQuery, Vec<Note>), QueryError> {
        let mut json = EXAMPLE.to_owned();
        for (old, new) in changes {
            assert_eq!(json.matches(old).count(), 1, "{old}");
            json = json.replace(old, new);
        }
        Query::parse(json.as_bytes())?.normalise(defaults())
    }

    #[test]
    fn the_example_has_one_normal_form() {
        let (query, notes) = normalise(&[]).unwrap();
        assert_eq!(String::from_utf8(query.to_bytes().unwrap()).unwrap(), NORMAL);
        assert_eq!(notes.len(), 1, "{notes:?}");
        assert_eq!(notes[0].member, "product.gtin");
        assert_eq!(NormalQuery::parse(NORMAL.as_bytes()).unwrap(), query);
        for change in [
            ("\"9521000200012\"", "\" 9521000200012 \""),
            ("[\"FR\",\"DE\"]", "[\"de\",\"FR\",\"DE\"]"),
            ("[\"fr\",\"de\"]", "[\"de\",\"fr\",\"de\"]"),
            ("sha256:", ""),
            ("95030041", "9503.00 41"),
            ("\"L2610A\"", "\"L2610A\",\" L2610A\""),
            ("\"serial\":null", "\"variant\":null"),
            ("\"r-1\"", "\"r-2\""),
            ("\"dry_run\":false", "\"dry_run\":true"),
            ("\"gtin\":\"9521000200012\"", "\"id\":\"urn:epc:idpat:sgtin:9521000.020001.*\""),
        ] {
            assert_eq!(normalise(&[change]).unwrap().0, query, "{change:?}");
        }
    }

    #[test]
    fn nothing_is_changed_silently() {
        for (old, new, member) in [
            ("SKU-77", " SKU-77", "product.merchant_pid"),
            ("\"serial\":null", "\"variant\":\"V \"", "product.variant"),
            ("\"serial\":null", "\"serial\":\"7 \"", "product.serial"),
            ("L2610A", "L2610A ", "product.batches"),
            ("10005160", " 10005160", "category.gpc"),
            ("95030041", "9503 0041", "category.cn"),
            ("\"FR\"", "\"fr\"", "offer.destinations"),
            ("\"languages\":[\"fr\"", "\"languages\":[\" fr\"", "offer.languages"),
            ("\"lang\":\"fr\"", "\"lang\":\"fr \"", "offer.warnings.lang"),
            ("\"lang\":\"fr\",\"code\":\"", "\"lang\":\"fr\",\"code\":\" ", "offer.warnings.code"),
            ("sha256:55", " sha256:55", "offer.images"),
        ] {
            let (_, notes) = normalise(&[(old, new)]).unwrap();
            assert!(notes.iter().any(|note| note.member == member), "{new}: {notes:?}");
        }
    }

    #[test]
    fn what_is_left_out_has_a_meaning() {
        let (query, _) = normalise(&[
            ("\"legal_at\":\"2026-11-23T00:00:00Z\",", ""),
            (
                "\"goods_location\":{\"kind\":\"EU_STOCK\",\"placed_on_market\":\"2026-10-20\"}",
                "\"goods_location\":null",
            ),
        ])
        .unwrap();
        assert_eq!(query.legal_at, defaults().seal_time);
        assert_eq!(query.offer.goods_location, GoodsLocation::DirectImport {});
        assert_eq!(query.legal_day().to_string(), "2026-11-22");
        let (query, _) = normalise(&[("[\"FR\",\"DE\"]", "[\"EU\",\"fr\"]")]).unwrap();
        assert_eq!(query.legal_day().to_string(), "2026-10-20");
        assert_eq!(query.offer.destinations.len(), 2);
        assert_eq!(query.countries().len(), 27);
    }

    #[test]
    fn products_are_made_of_their_parts() {
        let gtin = "\"gtin\":\"9521000200012\"";
        let batches = "\"batches\":[\"L2610A\"]";
        let serial = "\"serial\":null";
        let base = "https://id.gs1.org/01/09521000200012";
        for (changes, expected) in [
            (vec![(batches, "\"batches\":[]")], vec![String::new()]),
            (vec![(batches, "\"batches\":[\"B\",\"A\"]")], vec!["/10/A".into(), "/10/B".into()]),
            (vec![(serial, "\"serial\":\"7\"")], vec!["/10/L2610A/21/7".into()]),
            (vec![(serial, "\"variant\":\"V\"")], vec!["/22/V/10/L2610A".into()]),
            (
                vec![
                    (gtin, "\"id\":\"https://shop.example/01/9521000200012/10/a+b\""),
                    (batches, "\"batches\":null"),
                ],
                vec!["/10/a%2Bb".to_owned()],
            ),
        ] {
            let (query, _) = normalise(&changes).unwrap();
            let found: Vec<String> = query.products.iter().map(ToString::to_string).collect();
            let expected: Vec<String> =
                expected.iter().map(|path| format!("{base}{path}")).collect();
            assert_eq!(found, expected, "{changes:?}");
            assert_eq!(query.model().unwrap().model().to_string(), base);
        }
        let (query, _) =
            normalise(&[("\"gtin\":\"9521000200012\",", ""), (batches, "\"batches\":[]")]).unwrap();
        assert_eq!(query.products, [query.merchant_id.unwrap()]);
    }

    #[test]
    fn what_can_not_be_read_is_named() {
        let gtin = "\"gtin\":\"9521000200012\"";
        for (old, new, expected) in [
            ("9521000200012\"", "9521000200013\"", "product.gtin"),
            ("\"9521000200012\"", "\"https://id.gs1.org/01/09521000200012\"", "product.gtin"),
            (gtin, "\"gtin\":\"9521000200012\",\"id\":\"9521000200012\"", "product.id"),
            ("SKU-77", "SKU 77", "product.merchant_pid"),
            ("L2610A", "L 2610A", "product.batches"),
            ("[\"L2610A\"]", "[\"A\",\"B\"],\"variant\":\"V 1\"", "product.variant"),
            ("\"serial\":null", "\"serial\":\"\"", "product.serial"),
            ("10005160", "1000516", "category.gpc"),
            ("\"95030041\"", "\"950\"", "category.cn"),
            ("toys/plush", "toys\\u0007", "category.platform"),
            ("urn:eori:FR99900011000018", "urn:eori:fr", "trader.operator"),
            ("417/9521000500006", "417/9521000500007", "offer.platform"),
            ("MK-1", "MK-\\u0430", "offer.listing_id"),
            ("[\"FR\",\"DE\"]", "[\"FR\",\"ZZ\"]", "offer.destinations"),
            ("[\"FR\",\"DE\"]", "[]", "offer.destinations"),
            ("[\"fr\",\"de\"]", "[\"French\"]", "offer.languages"),
            ("Lumipeluche Mfg", "", "offer.manufacturer"),
            ("\"a@b.example\"", "\"a\\u001b[2Jb\"", "offer.manufacturer"),
            ("\"lang\":\"fr\"", "\"lang\":\"FR\"", "offer.warnings.lang"),
            ("sha256:55", "sha1:55", "offer.images"),
            (
                "\"excluded_scopes\":[]",
                "\"excluded_scopes\":[\"https://id.gs1.org/01/09521000300026/10/A\"]",
                "offer.excluded_scopes",
            ),
            (
                "\"excluded_scopes\":[]",
                "\"excluded_scopes\":[\"https://id.gs1.org/01/09521000200012\"]",
                "offer.excluded_scopes",
            ),
            ("2026-10-20", "2026-11-24", "offer.goods_location"),
            (
                "{\"operator\":\"urn:eori:FR99900011000018\",\"name\":\"Doudou Import SARL\"}",
                "[\"urn:eori:FR99900011000018\",\"Doudou Import SARL\"]",
                "",
            ),
            (
                "{\"kind\":\"EU_STOCK\",\"placed_on_market\":\"2026-10-20\"}",
                "[\"EU_STOCK\",\"2026-10-20\"]",
                "",
            ),
            ("eu-toys@2026.11.0", "eu-toys", "policy"),
            ("\"r-1\"", "\"r-1\",\"request\":1", ""),
            ("\"EU_STOCK\"", "\"EU_STOCKS\"", ""),
            (",\"placed_on_market\":\"2026-10-20\"", "", ""),
        ] {
            let error = normalise(&[(old, new)]).unwrap_err();
            assert_eq!(error.member(), expected, "{old} → {new}: {error}");
        }
        let two_batches = ("\"L2610A\"", "\"A\",\"B\"");
        let error = normalise(&[two_batches, ("\"serial\":null", "\"serial\":\"1\"")]);
        assert_eq!(error.unwrap_err().member(), "product.batches");
    }

    #[test]
    fn lists_have_limits() {
        let batches = |count: usize| {
            let list: Vec<String> = (0..count).map(|lot| format!("\"{lot}\"")).collect();
            let new = format!("[{}]", list.join(","));
            normalise(&[("[\"L2610A\"]", &new)])
        };
        assert_eq!(batches(BATCHES_MAX).unwrap().0.products.len(), BATCHES_MAX);
        let expected = QueryError::TooMany {
            member: "product.batches",
            found: BATCHES_MAX + 1,
            max: BATCHES_MAX,
        };
        assert_eq!(batches(BATCHES_MAX + 1).unwrap_err(), expected);
    }
}
