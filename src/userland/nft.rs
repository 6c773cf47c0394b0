//! `nft`: the packet filter of this network namespace. It lists all there is in nft(8)'s own form, and adds what a line of a
//! lesson says; of nft's grammar it understands no more than that. The kernel is asked and told by the same functions as
//! in lessons. Manual: nft(8), netlink(7).

use std::ffi::OsString;
use std::fmt::Write as _;
use std::io::Write as _;

use clap::Parser;
use nix::errno::Errno;

use super::report::{self, Failure, Outcome};
use crate::kernel::error::Failed;
use crate::kernel::nftables::{self, read};
use crate::probe::ruleset::{Base, Chain, Table, ruleset};

/// List, add and delete rules of the packet filter
#[derive(Parser)]
#[command(name = "nft", after_help = HELP)]
struct Arguments {
    #[arg(required = true, trailing_var_arg = true, allow_hyphen_values = true, value_name = "WORDS")]
    words: Vec<String>,
}

const HELP: &str = "nft list ruleset\nnft delete table ip NAME\nnft flush ruleset\n\
    nft 'table ip NAME { chain HOOK { type … hook HOOK priority …; [policy …;] [RULE;] } }'";

const LACKS: &str =
    "this kernel may be without nf_tables or this part of it (modprobe nf_tables nft_chain_nat nft_masq nft_nat)";

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let text = arguments.words.join(" ");
    let words: Vec<&str> = text.trim_end_matches(';').split_whitespace().collect();
    match words.as_slice() {
        ["list", "ruleset"] => {
            let tables = ruleset()
                .map_err(|errno| hinted(Failure::errno("the kernel does not list its rules", errno), errno))?;
            std::io::stdout().write_all(listed(&tables).as_bytes())?;
        }
        ["flush", "ruleset"] => {
            nftables::nft_flush().map_err(|failed| failure("cannot take all tables away", &failed))?;
        }
        ["delete", "table", "ip", name] | ["delete", "table", name] => {
            nftables::nft_delete(name).map_err(|failed| {
                let said = failure("cannot take the table away", &failed);
                if failed.errno.0 == Errno::ENOENT {
                    return said.hint("there is no such table (nft list ruleset)");
                }
                said
            })?;
        }
        ["table" | "add", ..] => {
            let change = read::parse(&text).map_err(|sentence| not_understood(&sentence))?;
            nftables::nft(&change).map_err(|failed| failure("cannot make the change", &failed))?;
        }
        _ => return Err(not_understood(&format!("`{text}` is not understood"))),
    }
    Ok(0)
}

fn not_understood(sentence: &str) -> Failure {
    let understood = "this nft understands `list ruleset`, `flush ruleset`, `delete table ip NAME`, and";
    let failure = Failure::new(sentence).hint(understood);
    read::UNDERSTOOD.lines().fold(failure, |failure, line| failure.hint(format!("  {line}")))
}

fn failure(what: &str, failed: &Failed) -> Failure {
    let on = failed.on.as_deref().map(|on| format!(" ({on})")).unwrap_or_default();
    let errno = failed.errno.0;
    let said = Failure::errno(format!("{what}: {}{on}", failed.call), errno);
    if errno == Errno::ENOENT && failed.call.starts_with("NFT_MSG_NEW") {
        return said.hint(LACKS);
    }
    hinted(said, errno)
}

fn hinted(failure: Failure, errno: Errno) -> Failure {
    match errno {
        Errno::EPERM => failure.hint("it takes CAP_NET_ADMIN in the owner of the network namespace (caps)"),
        Errno::EEXIST => failure.hint("there is a chain of that name with another type or priority (nft list ruleset)"),
        Errno::EOPNOTSUPP | Errno::EINVAL | Errno::EPROTONOSUPPORT => failure.hint(LACKS),
        _ => failure,
    }
}

/// As nft(8) prints it, with tabs.
fn listed(tables: &[Table]) -> String {
    let mut text = String::new();
    for table in tables {
        let _ = writeln!(text, "table {} {} {{", table.family, table.name);
        let chains: Vec<String> = table.chains.iter().map(chain).collect();
        text.push_str(&chains.join("\n"));
        text.push_str("}\n");
    }
    text
}

fn chain(chain: &Chain) -> String {
    let mut text = format!("\tchain {} {{\n", chain.name);
    if let Some(base) = &chain.base {
        let policy = if base.drops { "drop" } else { "accept" };
        let (kind, hook, priority) = (&base.kind, base.hook, priority(base));
        let _ = writeln!(text, "\t\ttype {kind} hook {hook} priority {priority}; policy {policy};");
    }
    for rule in &chain.rules {
        let _ = writeln!(text, "\t\t{rule}");
    }
    text + "\t}\n"
}

/// The usual places by their names, and what is near one: `filter + 5`.
fn priority(base: &Base) -> String {
    let names = [("raw", -300), ("mangle", -150), ("dstnat", -100), ("filter", 0), ("security", 50), ("srcnat", 100)];
    let fits = |name: &str| match name {
        "dstnat" => base.hook == "prerouting",
        "srcnat" => base.hook == "postrouting",
        _ => true,
    };
    for (name, place) in names.into_iter().filter(|(name, _)| fits(name)) {
        match base.priority - place {
            0 => return name.to_owned(),
            above @ 1..=10 => return format!("{name} + {above}"),
            below @ -10..=-1 => return format!("{name} - {}", -below),
            _ => {}
        }
    }
    base.priority.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_lists_as_nft_does() {
        let base = |hook, priority| Some(Base { kind: "nat".to_owned(), hook, priority, drops: false });
        let chain = |name: &str, base, rules: &[&str]| Chain {
            name: name.to_owned(),
            base,
            rules: rules.iter().map(|rule| (*rule).to_owned()).collect(),
        };
        let chains = vec![
            chain("postrouting", base("postrouting", 100), &["oifname != \"br0\" masquerade"]),
            chain("output", base("output", -100), &[]),
            chain("own", None, &["accept"]),
        ];
        let text = listed(&[Table { family: "ip", name: "nat".to_owned(), chains }]);
        let expected = "table ip nat {\n\tchain postrouting {\n\t\ttype nat hook postrouting priority srcnat; policy \
                        accept;\n\t\toifname != \"br0\" masquerade\n\t}\n\n\tchain output {\n\t\ttype nat hook output \
                        priority -100; policy accept;\n\t}\n\n\tchain own {\n\t\taccept\n\t}\n}\n";
        assert_eq!(text, expected);
    }
}
