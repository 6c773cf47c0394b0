//! Why nothing could be sent, or nothing came back: bind(2), connect(2), sendto(2), recvfrom(2), accept4(2) on Internet
//! sockets. Where the answer lies on the other side, that side is looked at too: all network namespaces of the lab.

use super::findings::{Findings, reason};
use super::network::{Network, described, list};
use super::rights;
use super::scene::Scene;
use crate::evidence::record::{Arg, Call, Reason};
use nix::errno::Errno;
use std::net::Ipv4Addr;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let mut findings = Findings::default();
    let own = Network::of(scene, scene.pid);
    if call.name == "socket" {
        findings.ask("CAP_NET_RAW does not count", rights::lacks(scene, "net_raw", "network namespace", "net", ""));
        return (errno == Errno::EPERM).then(|| findings.verdict(scene));
    }
    let (to, port) = call.args.iter().skip(1).find_map(destination)?;
    match errno {
        Errno::ENETUNREACH => {
            findings.ask("lo is down", no_loopback(&own, to));
            findings.ask("no route fits", no_route(&own, to));
            findings.ask("a router on the way has no route", no_way_on(&own, to));
        }
        Errno::EHOSTUNREACH => {
            findings.ask("nobody answered to ARP", no_neighbour(&own, to));
        }
        Errno::EMSGSIZE => {
            let data = call.args.iter().find_map(|arg| if let Arg::Number(data) = arg { Some(*data) } else { None });
            let fits = "the packet is larger than a link on its way takes";
            findings.ask(fits, super::mtu::too_large(scene, to, u32::try_from(data?).ok()?));
        }
        Errno::ECONNREFUSED => {
            if let Some(elsewhere) = super::journey::published_elsewhere(scene, to, port) {
                return Some(elsewhere);
            }
            findings.ask("no name server is named", no_server(scene, to, port));
            if !findings.found() {
                findings.ask("nobody listens there", nobody_listens(&own, to, port));
            }
        }
        // An operation says this of a wait whose time is over. EAGAIN and EINPROGRESS alone may be all a program wants.
        Errno::ETIMEDOUT => {
            if let Some(lost) = super::journey::lost(scene, to, port) {
                return Some(lost);
            }
            findings.ask("it left by the wrong link", loopback_elsewhere(&own, to));
            findings.ask("a router on the way has no route", no_way_on(&own, to));
            if !findings.found() {
                findings.ask("nobody has the address", nobody_has(&own, to));
            }
            if !findings.found() {
                findings.ask("", Some(silence(&own, to)));
            }
        }
        Errno::EADDRINUSE => {
            findings.ask("another socket listens on the port", in_use(&own, to, port));
        }
        Errno::EACCES if call.name == "bind" => {
            findings.ask("it is a privileged port, and CAP_NET_BIND_SERVICE does not count", privileged(scene, port));
        }
        Errno::EADDRNOTAVAIL => {
            findings.ask("the address is not its own", not_own(&own, to));
        }
        _ => return None,
    }
    Some(findings.verdict(scene))
}

/// A name server has answered, and the answer is that there is no such name. The arguments are those that the stage's
/// listener to sockets gives: the server, NXDOMAIN, the name.
pub fn no_such_name(call: &Call) -> Option<Reason> {
    let [_, Arg::Flags(server), Arg::Flags(answer), Arg::Text(name)] = call.args.as_slice() else { return None };
    let server = server.split(':').next().unwrap_or(server);
    let cause = format!("the name server {server} answered, and knows no name {name}");
    let seen = [format!("answer of {server}: {answer}")];
    (answer == "NXDOMAIN").then(|| reason(cause, &seen, "a name that it knows, or a line for this one in /etc/hosts"))
}

/// `10.88.0.2:80` or `10.88.0.2` of an argument.
fn destination(arg: &Arg) -> Option<(Ipv4Addr, u16)> {
    let Arg::Flags(text) = arg else { return None };
    let (address, port) = text.split_once(':').unwrap_or((text, "0"));
    Some((address.parse().ok()?, port.parse().ok()?))
}

fn routes(network: &Network<'_>) -> String {
    format!("routes: {}", list(network.routes().iter().map(described)))
}

fn addresses(network: &Network<'_>) -> String {
    format!("addresses: {}", list(network.addresses()))
}

fn no_loopback(own: &Network<'_>, to: Ipv4Addr) -> Option<Reason> {
    if !to.is_loopback() || own.has(to) {
        return None;
    }
    let cause = "lo of this network namespace is down, and has no address: each namespace has a 127.0.0.1 of its own";
    Some(reason(cause, &[addresses(own), routes(own)], "ip link set lo up"))
}

fn no_route(own: &Network<'_>, to: Ipv4Addr) -> Option<Reason> {
    if own.has(to) || own.route_to(to).is_some() || to.is_loopback() {
        return None;
    }
    let cause = format!("no route of this network namespace fits {to}");
    let remedy = "an address in that network on a link that is up, or a default route";
    Some(reason(cause, &[routes(own), format!("links: {}", list(own.links()))], remedy))
}

/// The next hop has no route itself. It says so by ICMP, which a connection gets as ENETUNREACH and a raw socket not at all.
fn no_way_on(own: &Network<'_>, to: Ipv4Addr) -> Option<Reason> {
    let route = own.route_to(to).filter(|route| !route.gateway.is_unspecified())?;
    let router = holder(own, route.gateway)?;
    if router.has(to) || router.route_to(to).is_some() {
        return None;
    }
    let who = router.named();
    let cause = format!("the packet goes to {}, in {who}, and no route there fits {to}", route.gateway);
    let there = list(router.routes().iter().map(described));
    let seen = [format!("route: {}", described(&route)), format!("routes there: {there}")];
    Some(reason(cause, &seen, "an address that the lab has, or a route to it there"))
}

/// The next hop is who is asked for by ARP.
fn no_neighbour(own: &Network<'_>, to: Ipv4Addr) -> Option<Reason> {
    let route = own.route_to(to)?;
    let hop = if route.gateway.is_unspecified() { to } else { route.gateway };
    let link = own.unanswered(hop)?;
    let cause = format!("there is a route, but nobody on {link} answered to ARP for {hop}");
    let seen = [format!("route: {}", described(&route)), format!("arp: {hop} on {link} is incomplete")];
    Some(reason(cause, &seen, "whoever is to have the address must be up, on the same link"))
}

/// The namespace that has the address: the caller's own, or another of the lab.
fn holder<'a>(own: &Network<'a>, to: Ipv4Addr) -> Option<Network<'a>> {
    if to.is_loopback() {
        return None;
    }
    own.others().into_iter().find(|other| other.has(to))
}

/// Without /etc/resolv.conf the host itself is asked for names: resolv.conf(5).
fn no_server(scene: &Scene<'_>, to: Ipv4Addr, port: u16) -> Option<Reason> {
    const FILE: &str = "etc/resolv.conf";
    let flags = nix::fcntl::OFlag::O_PATH | nix::fcntl::OFlag::O_CLOEXEC;
    let file = scene.proc.open_with(&format!("{}/root/{FILE}", scene.pid), flags);
    let missing = file.is_err_and(|errno| errno == Errno::ENOENT);
    (port == 53 && to.is_loopback() && missing).then(|| {
        let cause = format!("there is no /{FILE}, so a name server at {to} was asked, and nobody listens there");
        reason(cause, &[format!("/{FILE}: not there")], format!("echo nameserver ADDRESS > /{FILE}"))
    })
}

fn nobody_listens(own: &Network<'_>, to: Ipv4Addr, port: u16) -> Option<Reason> {
    let there = if own.has(to) { None } else { Some(holder(own, to)?) };
    let network = there.as_ref().unwrap_or(own);
    if network.ports(to).contains(&port) {
        return None;
    }
    let mut seen = vec![format!("ports open at {to}: {}", list(network.ports(to)))];
    for other in own.others().iter().filter(|other| other.pid != network.pid) {
        if other.ports(Ipv4Addr::UNSPECIFIED).contains(&port) {
            seen.push(format!("port {port} is open in {}, which has other addresses", other.named()));
        }
    }
    let whose = if there.is_some() { network.named() } else { "the caller's own network namespace".to_owned() };
    let cause = format!("{to} is an address of {whose}, and nobody listens on port {port} there");
    Some(reason(cause, &seen, "a program that listens on the port, in that network namespace"))
}

/// 127.0.0.1 went out by a link, as there is a default route; whoever gets such a packet drops it.
fn loopback_elsewhere(own: &Network<'_>, to: Ipv4Addr) -> Option<Reason> {
    if !to.is_loopback() || own.has(to) {
        return None;
    }
    let route = own.route_to(to)?;
    let cause = format!("lo is down, so {to} left by {}, and nobody accepts such a packet from a link", route.iface);
    Some(reason(cause, &[addresses(own), format!("route: {}", described(&route))], "ip link set lo up"))
}

fn nobody_has(own: &Network<'_>, to: Ipv4Addr) -> Option<Reason> {
    if own.has(to) || to.is_loopback() || holder(own, to).is_some() {
        return None;
    }
    let route = own.route_to(to)?;
    let cause = format!("no network namespace of the lab has the address {to}, and nobody said so");
    Some(reason(cause, &[format!("route: {}", described(&route))], ""))
}

fn silence(own: &Network<'_>, to: Ipv4Addr) -> Reason {
    let route = own.route_to(to).map_or_else(|| routes(own), |route| format!("route: {}", described(&route)));
    let cause = "nothing came back: neither an answer nor a refusal, as where a packet filter drops";
    reason(cause, &[route], "look on each side of the way at what arrives")
}

fn in_use(own: &Network<'_>, at: Ipv4Addr, port: u16) -> Option<Reason> {
    let ports = own.ports(at);
    if !ports.contains(&port) {
        return None;
    }
    let cause = format!("another socket of this network namespace listens on port {port}");
    let remedy = "another port, or a network namespace of its own";
    Some(reason(cause, &[format!("ports open here: {}", list(ports))], remedy))
}

/// From which port on all may is a number of each network namespace (ip(7)), and cannot be read from outside of it: the
/// kernel's own is 1024.
fn privileged(scene: &Scene<'_>, port: u16) -> Option<Reason> {
    let lacks = rights::lacks(scene, "net_bind_service", "network namespace", "net", "").filter(|_| port < 1024)?;
    let cause = format!("port {port} is below 1024, and {}", lacks.cause);
    let remedy = if scene.may_raise("net_bind_service") {
        "raise CAP_NET_BIND_SERVICE, or take a port from 1024 on"
    } else {
        "CAP_NET_BIND_SERVICE, a port from 1024 on, or a lower net.ipv4.ip_unprivileged_port_start in this namespace"
    };
    Some(reason(cause, &lacks.seen, remedy))
}

fn not_own(own: &Network<'_>, at: Ipv4Addr) -> Option<Reason> {
    if own.has(at) {
        return None;
    }
    Some(reason(
        format!("{at} is no address of this network namespace"),
        &[addresses(own)],
        "one of its own, or 0.0.0.0",
    ))
}
