//! Where a packet that got no answer was lost: its way is walked as the kernel would, from namespace to namespace, by the
//! routes of each, the forwarding switch and the packet filter of the lab host; then the way of the answer.
//! Only the lab host's rules and switches are known here, and only it has any in lessons; where the way leads through
//! another namespace that would have to forward, nothing is said.

use super::findings::reason;
use super::journey_rules::{Rules, Seen};
use super::network::{Network, described};
use super::scene::Scene;
use crate::evidence::record::Reason;
use std::net::Ipv4Addr;

/// So many hops are more than any lab has.
const MOST: usize = 8;

/// A packet on its way.
struct Packet {
    from: Ipv4Addr,
    to: Ipv4Addr,
    port: u16,
}

/// The way so far.
struct Journey<'a> {
    packet: Packet,
    /// All namespaces, the caller's first; and which of them is the lab host's.
    networks: Vec<Network<'a>>,
    host: Option<usize>,
    rules: Rules,
    /// The destination, or the source, is another one since the packet passed the host.
    redirected: bool,
    masked: bool,
}

/// Why no answer came to a packet for this address and port, where a namespace or the host lost one of the two.
pub fn lost(scene: &Scene<'_>, to: Ipv4Addr, port: u16) -> Option<Reason> {
    let own = Network::of(scene, scene.pid);
    let host = scene.of(1).namespace_inode("net");
    let mut networks = own.others();
    networks.insert(0, own);
    let host = networks.iter().position(|it| scene.of(it.pid).namespace_inode("net") == host);
    let from = if networks[0].has(to) { to } else { sender(&networks[0], to)? };
    let packet = Packet { from, to, port };
    Journey { packet, networks, host, rules: Rules::read(), redirected: false, masked: false }.walk(scene)
}

/// Why nobody listens although the port is published: the rule hangs where the host's own packets do not come by.
pub fn published_elsewhere(scene: &Scene<'_>, to: Ipv4Addr, port: u16) -> Option<Reason> {
    let own = Network::of(scene, scene.pid);
    let host = scene.of(1).namespace_inode("net");
    if !own.has(to) || host.is_none() || scene.namespace_inode("net") != host {
        return None;
    }
    let rules = Rules::read();
    let seen = Seen { from: to, to, port, input: None, output: None, local: true };
    let redirects = |chain: &str| {
        let (verdict, rule) = rules.verdict(chain, &seen)?;
        verdict.starts_with("dnat").then(|| rule.to_owned())
    };
    let rule = redirects("nat.prerouting").filter(|_| redirects("nat.output").is_none())?;
    let cause = format!(
        "nobody listens on port {port} here, and the rule for it is not asked about what the host sends itself"
    );
    let seen =
        [format!("nat prerouting, for what comes in by a link: {rule}"), "nat output: no rule that fits".to_owned()];
    Some(reason(cause, &seen, "the same rule at output as well"))
}

/// The address that a namespace sends from: its own on the link by which the next hop is reached.
fn sender(network: &Network<'_>, to: Ipv4Addr) -> Option<Ipv4Addr> {
    let link = network.route_to(to)?.iface;
    let direct = |it: &Ipv4Addr| network.route_to(*it).is_some_and(|route| route.iface == link);
    network.addresses().into_iter().find(|own| !own.is_loopback() && direct(own))
}

impl Journey<'_> {
    fn walk(mut self, scene: &Scene<'_>) -> Option<Reason> {
        let mut at = 0;
        let mut came_by = None;
        for hop in 0..MOST {
            self.redirect(at, hop > 0);
            if self.networks[at].has(self.packet.to) {
                return if hop > 0 { self.arrived(at) } else { None };
            }
            if hop > 0 {
                if self.host != Some(at) {
                    return None;
                }
                if let Some(reason) = self.not_forwarded(scene, came_by.as_deref()) {
                    return Some(reason);
                }
            }
            let route = self.networks[at].route_to(self.packet.to)?;
            if self.packet.from.is_loopback() && scene.sysctl("net/ipv4/conf/all/route_localnet") != Some(1) {
                return Some(self.loopback_leaves(&route.iface));
            }
            if self.host == Some(at) {
                let seen = self.seen(None, Some(&route.iface));
                if self.rules.verdict("nat.postrouting", &seen).is_some_and(|it| it.0 == "masquerade") {
                    self.packet.from = sender(&self.networks[at], self.packet.to)?;
                    self.masked = true;
                }
            }
            let next = if route.gateway.is_unspecified() { self.packet.to } else { route.gateway };
            at = self.networks.iter().position(|network| network.has(next))?;
            came_by = self.networks[at].route_to(next).map(|route| route.iface);
        }
        None
    }

    fn seen<'s>(&'s self, input: Option<&'s str>, output: Option<&'s str>) -> Seen<'s> {
        let local = self.host.is_some_and(|host| self.networks[host].has(self.packet.to));
        let Packet { from, to, port } = self.packet;
        Seen { from, to, port, input, output, local }
    }

    /// The host's DNAT rules: for what comes in, or for what it sends itself.
    fn redirect(&mut self, at: usize, came_in: bool) {
        if self.host != Some(at) || self.redirected {
            return;
        }
        let chain = if came_in { "nat.prerouting" } else { "nat.output" };
        let to = self.rules.verdict(chain, &self.seen(None, None)).and_then(|(verdict, _)| {
            let (address, port) = verdict.strip_prefix("dnat to ")?.split_once(':')?;
            Some((address.parse().ok()?, port.parse().ok()?))
        });
        if let Some((address, port)) = to {
            (self.packet.to, self.packet.port) = (address, port);
            self.redirected = true;
        }
    }

    fn not_forwarded(&self, scene: &Scene<'_>, came_by: Option<&str>) -> Option<Reason> {
        let Packet { to, .. } = self.packet;
        if scene.sysctl("net/ipv4/ip_forward") == Some(0) {
            let cause =
                format!("the packet for {to} came to the host, which forwards nothing: it drops what is not its own");
            let seen = ["host: net.ipv4.ip_forward is 0".to_owned()];
            return Some(reason(cause, &seen, "echo 1 > /proc/sys/net/ipv4/ip_forward on the host"));
        }
        let network = &self.networks[self.host?];
        let leaves_by = network.route_to(to).map(|route| route.iface);
        let (verdict, rule) = self.rules.verdict("filter.forward", &self.seen(came_by, leaves_by.as_deref()))?;
        (verdict == "drop").then(|| {
            let cause = format!("the packet filter of the host drops what is forwarded to {to}");
            let seen = [format!("host: filter forward has: {rule}")];
            reason(cause, &seen, "a rule before it that accepts this packet")
        })
    }

    fn loopback_leaves(&self, link: &str) -> Reason {
        let cause = format!(
            "the packet goes to {} now, but from {}, and such a source may not leave by {link}",
            self.packet.to, self.packet.from
        );
        let seen = ["host: net.ipv4.conf.all.route_localnet is 0".to_owned()];
        reason(cause, &seen, "an address of the host other than 127.0.0.1; or route_localnet, and masquerade as well")
    }

    /// The packet has arrived: what becomes of the answer.
    fn arrived(&self, at: usize) -> Option<Reason> {
        let Packet { from, to, .. } = self.packet;
        let there = &self.networks[at];
        let who = there.named();
        let source = format!("the packet arrives there as {from} → {to}");
        let masquerade = "masquerade on the way, so that the source is an address of the host";
        if from.is_loopback() {
            let cause =
                format!("a source of 127.0.0.0/8 that comes in by a link is taken for a forgery and dropped in {who}");
            return Some(reason(cause, &[source], masquerade));
        }
        if there.has(from) {
            let cause = format!(
                "the packet comes back to where it was sent, and a source that is its own address, {from}, is taken for a \
                 forgery: it is dropped"
            );
            return Some(reason(cause, &[source], masquerade));
        }
        let Some(back) = there.route_to(from) else {
            let routes: Vec<String> = there.routes().iter().map(described).collect();
            let cause = format!("the request arrives, and {who} has no route for an answer to {from}");
            let seen = [source, format!("routes there: {}", routes.join(", "))];
            return Some(reason(cause, &seen, masquerade));
        };
        let next = if back.gateway.is_unspecified() { from } else { back.gateway };
        let by_host = self.host.is_some_and(|host| self.networks[host].has(next));
        (self.redirected && !self.masked && !by_host).then(|| {
            let cause =
                format!("the answer goes from {to} straight to {from}, past the host that changed the destination");
            let seen = [source, format!("route back there: {}", described(&back))];
            reason(cause, &seen, masquerade)
        })
    }
}
