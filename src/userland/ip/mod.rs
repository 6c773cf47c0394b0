//! `ip`: links, addresses, routes and neighbours of this network namespace. The words and the output are iproute2's, as
//! far as the lessons need them. Manual: ip(8), rtnetlink(7), veth(4).

mod change;
mod netlink;
mod show;

use std::ffi::OsString;
use std::io::Write as _;

use super::report::{self, Failure, Outcome};
use netlink::Netlink;

const USAGE: &str = "\
Usage: ip [-br] [-4] OBJECT COMMAND
  ip addr [show [dev NAME]]
  ip addr add|del ADDRESS/LENGTH dev NAME
  ip link [show [dev NAME]]
  ip link set [dev] NAME [up|down] [name NEW] [netns PID|FILE] [master BRIDGE|nomaster] [address MAC] [mtu N]
  ip link add NAME type veth peer name NAME      ip link add NAME type bridge|dummy
  ip link del NAME
  ip route [show]
  ip route add|del default|NETWORK/LENGTH [via ADDRESS] [dev NAME] [src ADDRESS] [metric N]
  ip neigh [show]
Objects and commands may be shortened: ip a, ip l, ip r, ip n.
";

/// The words of a command, and how to show.
pub struct Words<'a> {
    rest: std::slice::Iter<'a, String>,
}

impl<'a> Words<'a> {
    pub fn next(&mut self) -> Option<&'a str> {
        self.rest.next().map(String::as_str)
    }

    /// The word that must come after `before`.
    pub fn after(&mut self, before: &str) -> Result<&'a str, Failure> {
        self.next().ok_or_else(|| Failure::new(format!("a word is missing after {before}\n{USAGE}")))
    }
}

pub fn unknown(word: &str) -> Failure {
    Failure::new(format!("{word} is not understood here\n{USAGE}"))
}

pub fn run(argv: Vec<OsString>) -> i32 {
    let mut words: Vec<String> = argv.iter().skip(1).map(|word| word.to_string_lossy().into_owned()).collect();
    if words.is_empty() || words.iter().any(|word| word == "--help" || word == "help") {
        let _ = std::io::stdout().write_all(USAGE.as_bytes());
        return 0;
    }
    let mut look = show::Look { brief: false, only_ipv4: false };
    words.retain(|word| {
        match word.as_str() {
            "-br" | "-brief" => look.brief = true,
            "-4" => look.only_ipv4 = true,
            // Colours, details and resolving of names: nothing of it is here.
            "-c" | "-d" | "-n" | "-o" => {}
            _ => return true,
        }
        false
    });
    report::end("ip", work(&words, &look))
}

fn work(words: &[String], look: &show::Look) -> Outcome {
    let mut words = Words { rest: words.iter() };
    let object = words.after("ip")?;
    let command = words.next().unwrap_or("show");
    let is = |word: &str, full: &str| full.starts_with(word) && !word.is_empty();
    let shows = is(command, "show") || is(command, "list") || command == "ls";
    let mut kernel = Netlink::open()?;
    let begins = |full: &str| is(object, full);
    match () {
        () if shows && (begins("address") || begins("link")) => {
            let device = match words.next() {
                Some("dev") => Some(words.after("dev")?),
                other => other,
            };
            show::links(&mut kernel, look, device, begins("address"))?;
        }
        () if shows && begins("route") => show::routes(&mut kernel)?,
        () if shows && (begins("neighbour") || begins("neighbor")) => show::neighbours(&mut kernel)?,
        () if begins("address") => change::address(&mut kernel, command, &mut words)?,
        () if begins("link") => change::link(&mut kernel, command, &mut words)?,
        () if begins("route") => change::route(&mut kernel, command, &mut words)?,
        () => return Err(unknown(object)),
    }
    Ok(0)
}
