//! The expressions of a rule, in the order in which they run: load into a register, compare, act. A comparison that does
//! not hold ends the rule. Offsets are those of the IPv4 and the TCP header: ip(7), tcp(7), RFC 791, RFC 9293.

use super::batch::{Attributes, not_an_address};
use super::form::{Network, Rule, Verdict};
use crate::kernel::error::Failed;
use std::net::SocketAddrV4;

/// One expression; enum nft_* of linux/netfilter/nf_tables.h has the numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expression {
    /// About the packet: a link's name, the protocol.
    Meta(u32),
    /// Bytes of a header: the header, where in it, how many.
    Payload(u32, u32, u32),
    /// What kind the destination is in the routing table: `local` is an address of this host.
    DestinationType,
    /// Only these bits of the four bytes in the register.
    Mask(u32),
    Equal(Vec<u8>),
    Unlike(Vec<u8>),
    /// A value into a register.
    Load(u32, Vec<u8>),
    Verdict(i32),
    Masquerade,
    /// The destination becomes the address in register 1, the port in register 2.
    Dnat,
}
use Expression::{DestinationType, Dnat, Equal, Load, Mask, Masquerade, Meta, Payload, Unlike};

/// NFT_META_IIFNAME and its like.
const INPUT_NAME: u32 = 6;
const OUTPUT_NAME: u32 = 7;
const PROTOCOL: u32 = 16;
/// The headers of the network layer and of the transport layer.
const NETWORK_HEADER: u32 = 1;
const TRANSPORT_HEADER: u32 = 2;
const TCP: u8 = 6;
/// RTN_LOCAL of rtnetlink(7), in this machine's byte order as the kernel has it in the register.
const LOCAL: u32 = 2;

/// The expressions of a rule. Errors: an address that is none.
pub fn expressions(rule: &Rule) -> Result<Vec<Expression>, Failed> {
    let mut list = Vec::new();
    for (text, offset) in [(&rule.from, 12), (&rule.to, 16)] {
        let Some(text) = text else { continue };
        let network = Network::parse(text).ok_or_else(|| not_an_address(text))?;
        list.push(Payload(NETWORK_HEADER, offset, 4));
        list.extend((network.bits < 32).then(|| Mask(network.mask())));
        list.push(Equal(network.address.octets().to_vec()));
    }
    if rule.local {
        list.extend([DestinationType, Equal(LOCAL.to_ne_bytes().to_vec())]);
    }
    if let Some(name) = &rule.input {
        list.extend([Meta(INPUT_NAME), Equal(link_name(name))]);
    }
    if let Some(name) = &rule.output {
        list.extend([Meta(OUTPUT_NAME), Equal(link_name(name))]);
    }
    if let Some(name) = &rule.output_not {
        list.extend([Meta(OUTPUT_NAME), Unlike(link_name(name))]);
    }
    if let Some(port) = rule.port {
        list.extend([Meta(PROTOCOL), Equal(vec![TCP])]);
        list.extend([Payload(TRANSPORT_HEADER, 2, 2), Equal(port.to_be_bytes().to_vec())]);
    }
    match &rule.then {
        Verdict::Drop => list.push(Expression::Verdict(0)),
        Verdict::Accept => list.push(Expression::Verdict(1)),
        Verdict::Masquerade => list.push(Masquerade),
        Verdict::Dnat(to) => {
            let to: SocketAddrV4 = to.parse().map_err(|_| not_an_address(to))?;
            let (address, port) = (to.ip().octets().to_vec(), to.port().to_be_bytes().to_vec());
            list.extend([Load(1, address), Load(2, port), Dnat]);
        }
    }
    Ok(list)
}

/// As the kernel compares it: sixteen bytes, filled up with 0.
fn link_name(name: &str) -> Vec<u8> {
    let mut bytes = name.as_bytes().to_vec();
    bytes.resize(16, 0);
    bytes
}

impl Expression {
    /// Its name in the kernel.
    fn name(&self) -> &'static str {
        match self {
            Meta(_) => "meta",
            Payload(..) => "payload",
            DestinationType => "fib",
            Mask(_) => "bitwise",
            Equal(_) | Unlike(_) => "cmp",
            Load(..) | Expression::Verdict(_) => "immediate",
            Masquerade => "masq",
            Dnat => "nat",
        }
    }

    /// As an element of a rule's list: its name, and its own attributes.
    pub fn put(&self, list: &mut Attributes) {
        list.nest(1, |element| {
            element.text(1, self.name());
            element.nest(2, |data| self.data(data));
        });
    }

    /// Everything is loaded into register 1, and register 1 is compared.
    fn data(&self, data: &mut Attributes) {
        let value = |data: &mut Attributes, kind: u16, bytes: &[u8]| data.nest(kind, |it| it.bytes(1, bytes));
        match self {
            Meta(key) => {
                data.number(1, 1);
                data.number(2, *key);
            }
            Payload(header, offset, length) => {
                for (kind, number) in [(1, 1), (2, *header), (3, *offset), (4, *length)] {
                    data.number(kind, number);
                }
            }
            DestinationType => {
                // NFT_FIB_RESULT_ADDRTYPE of NFTA_FIB_F_DADDR.
                for (kind, number) in [(1, 1), (2, 3), (3, 2)] {
                    data.number(kind, number);
                }
            }
            Mask(mask) => {
                // (register & mask) ^ 0, four bytes, back into the same register.
                for (kind, number) in [(1, 1), (2, 1), (3, 4)] {
                    data.number(kind, number);
                }
                value(data, 4, &mask.to_be_bytes());
                value(data, 5, &[0; 4]);
            }
            Equal(bytes) | Unlike(bytes) => {
                data.number(1, 1);
                data.number(2, u32::from(matches!(self, Unlike(_))));
                value(data, 3, bytes);
            }
            Load(register, bytes) => {
                data.number(1, *register);
                value(data, 2, bytes);
            }
            Expression::Verdict(code) => {
                data.number(1, 0);
                data.nest(2, |it| it.nest(2, |verdict| verdict.number(1, code.cast_unsigned())));
            }
            Masquerade => {}
            Dnat => {
                // NFT_NAT_DNAT, NFPROTO_IPV4, and the two registers.
                for (kind, number) in [(1, 1), (2, 2), (3, 1), (5, 2)] {
                    data.number(kind, number);
                }
            }
        }
    }
}
