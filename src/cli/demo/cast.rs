//! The fictional firms of the demo: who they are, what they may do, which development key is theirs.

use crate::attestation::Role;

/// A party of the stories.
#[derive(Debug)]
pub(super) struct Party {
    /// File name of its development key, without `demo-` and `.pem`.
    pub(super) name: &'static str,
    pub(super) legal_name: &'static str,
    pub(super) uri: &'static str,
    pub(super) aliases: &'static [&'static str],
    pub(super) country: &'static str,
    pub(super) roles: &'static [Role],
    pub(super) key_pem: &'static str,
}

macro_rules! key {
    ($name:literal) => {
        include_str!(concat!("../../../keys/dev/demo-", $name, ".pem"))
    };
}

/// The keys of those who admit operators; two of them together act.
pub(super) const REGISTRARS: [(&str, &str); 3] = [
    ("registrar-1", key!("registrar-1")),
    ("registrar-2", key!("registrar-2")),
    ("registrar-3", key!("registrar-3")),
];

pub(super) const LUMIPELUCHE: Party = Party {
    name: "lumipeluche",
    legal_name: "Lumipeluche Mfg",
    uri: "https://id.gs1.org/417/9521000200005",
    aliases: &[],
    country: "CN",
    roles: &[Role::Manufacturer],
    key_pem: key!("lumipeluche"),
};

pub(super) const DOUDOU: Party = Party {
    name: "doudou",
    legal_name: "Doudou Import SARL",
    uri: "urn:eori:FR99900011000018",
    aliases: &[
        "urn:vat:FR72999000110",
        "urn:lei:ZZZZ00DOUDOUIMPORT89",
        "https://id.gs1.org/417/9521000300002",
    ],
    country: "FR",
    roles: &[Role::Importer, Role::Distributor],
    key_pem: key!("doudou"),
};

pub(super) const TESTA: Party = Party {
    name: "testa",
    legal_name: "Testa Labs BV",
    uri: "https://id.gs1.org/417/9521000400009",
    aliases: &["urn:lei:ZZZZ00TESTALABSNLB37"],
    country: "NL",
    roles: &[Role::Lab],
    key_pem: key!("testa"),
};

pub(super) const VOLTARIS: Party = Party {
    name: "voltaris",
    legal_name: "Voltaris Elec",
    uri: "urn:lei:ZZZZ00VOLTARISELEC39",
    aliases: &[],
    country: "CN",
    roles: &[Role::Manufacturer],
    key_pem: key!("voltaris"),
};

pub(super) const BRICOLIN: Party = Party {
    name: "bricolin",
    legal_name: "Bricolin Toys",
    uri: "urn:lei:ZZZZ00BRICOLINTOYS09",
    aliases: &[],
    country: "CN",
    roles: &[Role::Manufacturer],
    key_pem: key!("bricolin"),
};

pub(super) const RHENANIA: Party = Party {
    name: "rhenania",
    legal_name: "Rhenania Compliance GmbH",
    uri: "urn:lei:ZZZZ00RHENANIACOMP04",
    aliases: &[],
    country: "DE",
    roles: &[Role::ResponsiblePerson],
    key_pem: key!("rhenania"),
};

pub(super) const NB_9999: Party = Party {
    name: "nb9999",
    legal_name: "Notified body 9999",
    uri: "urn:nando:9999",
    aliases: &[],
    country: "DE",
    roles: &[Role::NotifiedBody],
    key_pem: key!("nb9999"),
};

pub(super) const MARKETO: Party = Party {
    name: "marketo",
    legal_name: "Marketo",
    uri: "https://id.gs1.org/417/9521000500006",
    aliases: &[],
    country: "IE",
    roles: &[Role::Platform],
    key_pem: key!("marketo"),
};

pub(super) const MSA_FR: Party = Party {
    name: "msa-fr",
    legal_name: "Market surveillance authority (FR)",
    uri: "urn:lei:ZZZZ00MSAFRANCE00075",
    aliases: &[],
    country: "FR",
    roles: &[Role::MarketSurveillance],
    key_pem: key!("msa-fr"),
};

pub(super) const CONNECTOR: Party = Party {
    name: "connector",
    legal_name: "Register connector",
    uri: "urn:lei:ZZZZ00CONNECTORXX093",
    aliases: &[],
    country: "FR",
    roles: &[Role::Connector],
    key_pem: key!("connector"),
};

pub(super) const VERIFIER: Party = Party {
    name: "verifier",
    legal_name: "Verdict service",
    uri: "urn:lei:ZZZZ00LEDGERVERIFY66",
    aliases: &[],
    country: "FR",
    roles: &[Role::Verifier],
    key_pem: key!("verifier"),
};

pub(super) const ACCREDITATION_BODY: Party = Party {
    name: "accreditation-body",
    legal_name: "Accreditation body",
    uri: "urn:lei:ZZZZ00ACCREDITATIO29",
    aliases: &[],
    country: "NL",
    roles: &[Role::AccreditationBody],
    key_pem: key!("accreditation-body"),
};

pub(super) const NOTIFYING_AUTHORITY: Party = Party {
    name: "notifying-authority",
    legal_name: "Notifying authority",
    uri: "urn:lei:ZZZZ00NOTIFYINGAUT53",
    aliases: &[],
    country: "DE",
    roles: &[Role::NotifyingAuthority],
    key_pem: key!("notifying-authority"),
};

/// Another seller, who has nothing to do with the products that it offers.
pub(super) const OTHER_SELLER: Party = Party {
    name: "other-seller",
    legal_name: "Autre Vendeur SAS",
    uri: "https://id.gs1.org/417/9521000600003",
    aliases: &[],
    country: "FR",
    roles: &[Role::Distributor],
    key_pem: key!("other-seller"),
};
