//! A name server (RFC 1035) for the few names that a lesson gives it: their IPv4 addresses, and NXDOMAIN for the rest.

use simple_dns::rdata::{A, RData};
use simple_dns::{CLASS, Packet, QTYPE, RCODE, ResourceRecord, TYPE};
use std::collections::BTreeMap;
use std::io::Result;
use std::net::{Ipv4Addr, UdpSocket};

/// Seconds for which an answer may be kept.
const TTL: u32 = 60;

/// Takes one question and answers it.
pub fn answer(socket: &UdpSocket, names: &BTreeMap<String, Ipv4Addr>) -> Result<()> {
    let mut question = [0; 512];
    let (length, from) = socket.recv_from(&mut question)?;
    // What is no question gets no answer.
    let Some(bytes) = reply(&question[..length], names) else { return Ok(()) };
    socket.send_to(&bytes, from).map(drop)
}

fn reply(question: &[u8], names: &BTreeMap<String, Ipv4Addr>) -> Option<Vec<u8>> {
    let asked = Packet::parse(question).ok()?;
    let mut reply = Packet::new_reply(asked.id());
    let only = asked.questions.first()?;
    let known = names.get(&only.qname.to_string().to_lowercase());
    match known {
        Some(address) if only.qtype == QTYPE::TYPE(TYPE::A) => {
            let data = RData::A(A { address: u32::from(*address) });
            reply.answers.push(ResourceRecord::new(only.qname.clone(), CLASS::IN, TTL, data));
        }
        // There is such a name, and nothing of the kind that was asked for.
        Some(_) => {}
        None => *reply.rcode_mut() = RCODE::NameError,
    }
    reply.questions.push(only.clone());
    reply.build_bytes_vec().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use simple_dns::{Name, Question};

    #[test]
    fn a_known_name_has_an_address_and_an_unknown_one_is_told_so() {
        let names = BTreeMap::from([("a.lab".to_owned(), Ipv4Addr::new(203, 0, 113, 2))]);
        for (name, code, count) in [("a.lab", RCODE::NoError, 1), ("b.lab", RCODE::NameError, 0)] {
            let mut query = Packet::new_query(7);
            let name = Name::new(name).expect("a name");
            query.questions.push(Question::new(name, TYPE::A.into(), CLASS::IN.into(), false));
            let bytes = reply(&query.build_bytes_vec().expect("bytes"), &names).expect("an answer");
            let answer = Packet::parse(&bytes).expect("a packet");
            assert_eq!((answer.id(), answer.rcode(), answer.answers.len()), (7, code, count));
        }
    }
}
