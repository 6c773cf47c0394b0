//! The form of the network operations' arguments, as a lesson writes them.

use serde::de::value::MapAccessDeserializer;
use serde::de::{MapAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Kinds of links (ip-link(8)).
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LinkType {
    Veth,
    Bridge,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewLink {
    #[serde(rename = "type")]
    pub kind: LinkType,
    pub name: String,
    /// The name of the other end of a veth pair.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub peer: Option<String>,
    /// The actor in whose network namespace the other end is made.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
}

/// What is to change of a link; what is left out stays.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct LinkChange {
    pub name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub up: Option<bool>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub rename: Option<String>,
    /// The actor whose network namespace it goes into.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub into: Option<String>,
    /// The bridge that it becomes a port of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub master: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub mtu: Option<u32>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewAddress {
    pub link: String,
    /// With the length of its network's prefix: `10.88.0.2/24`.
    pub address: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NewRoute {
    /// `default`, or a network: `10.88.0.0/24`.
    pub to: String,
    /// The next hop.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub link: Option<String>,
}

/// An echo request: `10.88.0.1`, or `{ to: 10.88.0.1, size: 1472 }`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ping {
    pub to: String,
    /// So many bytes of data, in a packet that no router may cut (Don't Fragment); none if left out.
    pub size: Option<u16>,
}

/// The long form of `Ping`.
#[derive(Serialize, Deserialize)]
#[serde(rename = "Ping", deny_unknown_fields)]
struct SizedPing {
    to: String,
    size: u16,
}

impl Serialize for Ping {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match self.size {
            None => out.serialize_str(&self.to),
            Some(size) => SizedPing { to: self.to.clone(), size }.serialize(out),
        }
    }
}

impl<'de> Deserialize<'de> for Ping {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Ping, D::Error> {
        struct Either;
        impl<'de> Visitor<'de> for Either {
            type Value = Ping;
            fn expecting(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                out.write_str("an address, or `{ to: ADDRESS, size: BYTES }`")
            }
            fn visit_str<E: serde::de::Error>(self, to: &str) -> Result<Ping, E> {
                Ok(Ping { to: to.to_owned(), size: None })
            }
            fn visit_map<A: MapAccess<'de>>(self, map: A) -> Result<Ping, A::Error> {
                SizedPing::deserialize(MapAccessDeserializer::new(map))
                    .map(|it| Ping { to: it.to, size: Some(it.size) })
            }
        }
        from.deserialize_any(Either)
    }
}

/// An open port.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Listen {
    pub port: u16,
    /// Only on this address of its own; on all of them if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub address: Option<String>,
    /// The name that its socket is kept under.
    #[serde(rename = "as")]
    pub name: String,
}

/// A connection that is made and closed again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// `10.88.0.2:80`
    pub to: String,
    /// The port of its own; the kernel chooses one if left out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_port: Option<u16>,
    /// What is sent once it stands.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub say: Option<String>,
}

/// A packet socket on a link.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Capture {
    pub link: String,
    /// The name that the socket is kept under.
    #[serde(rename = "as")]
    pub name: String,
}

/// What the small server knows.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Serve {
    /// Names, and the IPv4 addresses that DNS answers for them.
    pub names: std::collections::BTreeMap<String, std::net::Ipv4Addr>,
}
