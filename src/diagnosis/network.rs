//! What the kernel tells of a process' network namespace in its /proc/PID/net (proc_pid_net(5)): links, routes, its own
//! addresses, who answered to ARP, open ports. Nobody has to enter the namespace for it.

use super::scene::Scene;
use procfs::net::{ARPFlags, ArpEntries, InterfaceDeviceStatus, RouteEntries, RouteEntry, TcpNetEntries, TcpState};
use procfs::{FromRead, FromReadSI};
use std::io::Read;
use std::net::Ipv4Addr;

/// Modules of old tunnels put these into every namespace, on some machines and not on others.
const FALLBACKS: [&str; 9] =
    ["tunl0", "gre0", "gretap0", "erspan0", "sit0", "ip_vti0", "ip6_vti0", "ip6tnl0", "ip6gre0"];

/// The network namespace that a process is in.
pub struct Network<'a> {
    scene: &'a Scene<'a>,
    pub pid: i32,
}

impl<'a> Network<'a> {
    pub fn of(scene: &'a Scene<'a>, pid: i32) -> Network<'a> {
        Network { scene, pid }
    }

    /// All the lab's network namespaces but this one, each by the first process in it. The lab's first process is in the
    /// host's, and nobody's actor.
    pub fn others(&self) -> Vec<Network<'a>> {
        let link = |pid: i32| self.scene.proc.link(pid, "ns/net").ok();
        let mut seen = vec![link(self.pid)];
        let mut found = Vec::new();
        for pid in self.scene.processes().iter().copied().filter(|pid| *pid > 1) {
            let own = link(pid);
            if own.is_some() && !seen.contains(&own) {
                seen.push(own);
                found.push(Network::of(self.scene, pid));
            }
        }
        found
    }

    /// The process that stands for it: `container`.
    pub fn name(&self) -> String {
        self.scene.proc.status(self.pid).map_or_else(|_| "another one".to_owned(), |status| status.name)
    }

    /// `the network namespace of container`.
    pub fn named(&self) -> String {
        format!("the network namespace of {}", self.name())
    }

    fn file(&self, name: &str) -> Option<std::fs::File> {
        self.scene.proc.file(self.pid, &format!("net/{name}")).ok()
    }

    /// The names of its links.
    pub fn links(&self) -> Vec<String> {
        let all = self.file("dev").and_then(|file| InterfaceDeviceStatus::from_read(file).ok());
        let mut names: Vec<String> = all.map(|all| all.0.into_keys().collect()).unwrap_or_default();
        names.retain(|name| !FALLBACKS.contains(&name.as_str()));
        names.sort();
        names
    }

    pub fn routes(&self) -> Vec<RouteEntry> {
        self.file("route").and_then(|file| RouteEntries::from_read(file).ok()).map(|all| all.0).unwrap_or_default()
    }

    /// The route that fits best; the local addresses are in a table of their own.
    pub fn route_to(&self, to: Ipv4Addr) -> Option<RouteEntry> {
        let bits = |address: Ipv4Addr| u32::from(address);
        let fits = |route: &RouteEntry| bits(to) & bits(route.mask) == bits(route.destination);
        self.routes().into_iter().filter(fits).max_by_key(|route| bits(route.mask))
    }

    /// The largest packet that a link takes, in bytes.
    pub fn mtu(&self, link: &str) -> Option<u32> {
        crate::probe::network::mtu(&self.scene.of(self.pid).namespace("net")?, link)
    }

    /// Its own addresses: those that the table of local routes has.
    pub fn addresses(&self) -> Vec<Ipv4Addr> {
        let mut text = String::new();
        if let Some(mut file) = self.file("fib_trie") {
            file.read_to_string(&mut text).ok();
        }
        let mut found = Vec::new();
        let mut last: Option<Ipv4Addr> = None;
        for line in text.lines() {
            if let Some(address) = line.trim_start().strip_prefix("|-- ") {
                last = address.trim().parse().ok();
            } else if line.contains("/32 host LOCAL") {
                found.extend(last);
            }
        }
        found.sort();
        found.dedup();
        found
    }

    /// Whether it is one of its own: all of 127.0.0.0/8 is, as soon as 127.0.0.1 is there.
    pub fn has(&self, address: Ipv4Addr) -> bool {
        let own = self.addresses();
        own.contains(&address) || (address.is_loopback() && own.contains(&Ipv4Addr::LOCALHOST))
    }

    /// Whether ARP asked on a link for an address, and nobody answered.
    pub fn unanswered(&self, address: Ipv4Addr) -> Option<String> {
        let all = self.file("arp").and_then(|file| ArpEntries::from_read(file).ok())?;
        let entry = all.0.into_iter().find(|entry| entry.ip_address == address)?;
        (!entry.flags.contains(ARPFlags::COM)).then_some(entry.device)
    }

    /// The ports that are open for an address.
    pub fn ports(&self, at: Ipv4Addr) -> Vec<u16> {
        let machine = procfs::current_system_info();
        let all = self.file("tcp").and_then(|file| TcpNetEntries::from_read(file, machine).ok()).map(|all| all.0);
        let listening = all.unwrap_or_default().into_iter().filter(|entry| entry.state == TcpState::Listen);
        let here = |ip: std::net::IpAddr| ip.is_unspecified() || at.is_unspecified() || ip == at;
        let mut ports: Vec<u16> =
            listening.filter(|it| here(it.local_address.ip())).map(|it| it.local_address.port()).collect();
        ports.sort_unstable();
        ports
    }
}

/// `10.88.0.0/24 directly by eth0`.
pub fn described(route: &RouteEntry) -> String {
    let to = match u32::from(route.mask).leading_ones() {
        0 => "default".to_owned(),
        length => format!("{}/{length}", route.destination),
    };
    let via = if route.gateway.is_unspecified() { "directly".to_owned() } else { format!("via {}", route.gateway) };
    format!("{to} {via} by {}", route.iface)
}

/// `(none)`, or the items.
pub fn list(items: impl IntoIterator<Item = impl ToString>) -> String {
    let items: Vec<String> = items.into_iter().map(|it| it.to_string()).collect();
    if items.is_empty() { "(none)".to_owned() } else { items.join(", ") }
}
