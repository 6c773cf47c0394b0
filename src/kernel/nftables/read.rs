//! The words of nft(8) back to an operation: what `words` in this room makes, with whatever spacing and line ends, and
//! in a rule in whatever order. It is not all of nft's grammar; what is not understood is named.

use super::form::{Hook, Nft, Policy, Rule, Verdict, wrong_address};
use super::{kind, priority};

/// What `parse` takes.
pub const UNDERSTOOD: &str = "table ip NAME { chain HOOK { type TYPE hook HOOK priority NUMBER; [policy accept|drop;] [RULE;] } }\n\
    HOOK is prerouting, input, forward, output or postrouting\n\
    RULE is [ip saddr NETWORK] [ip daddr NETWORK] [fib daddr type local] [iifname LINK] [oifname [!=] LINK] \
    [tcp dport PORT] and then accept, drop, masquerade or `dnat to ADDRESS:PORT`";

/// One table with one base chain and at most one rule. Errors: a sentence that says where it is not that.
pub fn parse(text: &str) -> Result<Nft, String> {
    let mut words = Words::of(text);
    words.skip("add");
    words.expect("table")?;
    words.expect("ip")?;
    let table = words.name("the table")?;
    words.expect("{")?;
    words.expect("chain")?;
    let chain = hook(&words.name("the chain")?)?;
    words.expect("{")?;
    words.expect("type")?;
    let type_word = words.name("the type")?;
    words.expect("hook")?;
    if hook(&words.name("the hook")?)? != chain {
        return Err(format!("a chain here has the name of its hook: chain {0} {{ type … hook {0} … }}", chain.name()));
    }
    words.expect("priority")?;
    let place = words.name("the priority")?;
    words.end_of_statement()?;
    let mut nft = Nft { table, chain, policy: None, rule: None };
    if type_word != kind(&nft) || number(&place) != Some(priority(&nft)) {
        let (table, kind, priority) = (&nft.table, kind(&nft), priority(&nft));
        return Err(format!(
            "in table {table} a chain {} here is of type {kind} with priority {priority}, not {type_word} with {place}",
            chain.name()
        ));
    }
    if words.skip("policy") {
        nft.policy = Some(match words.name("the policy")?.as_str() {
            "accept" => Policy::Accept,
            "drop" => Policy::Drop,
            other => return Err(format!("`{other}` is no policy: accept or drop")),
        });
        words.end_of_statement()?;
    }
    if words.next_is_word() {
        nft.rule = Some(rule(&mut words)?);
        words.end_of_statement()?;
    }
    if words.next_is_word() {
        return Err(format!("one rule at a time: `{}` begins another", words.next().unwrap_or_default()));
    }
    words.expect("}")?;
    words.skip_ends();
    words.expect("}")?;
    words.skip_ends();
    match words.next() {
        Some(more) => Err(format!("nothing is expected after the table, and there is `{more}`")),
        None => match wrong_address(&nft) {
            Some((_, text)) => {
                Err(format!("`{text}` is no address here: 10.88.0.2, 10.88.0.0/24, or with a port after dnat to"))
            }
            None => Ok(nft),
        },
    }
}

fn hook(word: &str) -> Result<Hook, String> {
    let all = [Hook::Prerouting, Hook::Input, Hook::Forward, Hook::Output, Hook::Postrouting];
    all.into_iter().find(|hook| hook.name() == word).ok_or_else(|| format!("`{word}` is no hook of a base chain"))
}

/// A priority; three of them have names.
fn number(word: &str) -> Option<i32> {
    match word {
        "filter" => Some(0),
        "dstnat" => Some(-100),
        "srcnat" => Some(100),
        _ => word.parse().ok(),
    }
}

fn rule(words: &mut Words) -> Result<Rule, String> {
    let (mut from, mut to, mut local, mut input) = (None, None, false, None);
    let (mut output, mut output_not, mut port) = (None, None, None);
    let then = loop {
        let word = words.name("the rule")?;
        match word.as_str() {
            "ip" => match words.name("ip")?.as_str() {
                "saddr" => once(&mut from, words.name("ip saddr")?, "ip saddr")?,
                "daddr" => once(&mut to, words.name("ip daddr")?, "ip daddr")?,
                other => return Err(format!("`ip {other}` is not understood: ip saddr or ip daddr")),
            },
            "fib" => {
                ["daddr", "type", "local"].iter().try_for_each(|word| words.expect(word))?;
                local = true;
            }
            "iifname" => once(&mut input, words.name("iifname")?, "iifname")?,
            "oifname" if words.skip("!=") => once(&mut output_not, words.name("oifname !=")?, "oifname !=")?,
            "oifname" => once(&mut output, words.name("oifname")?, "oifname")?,
            "tcp" => {
                words.expect("dport")?;
                let text = words.name("tcp dport")?;
                let number = text.parse().map_err(|_| format!("`{text}` is no port"))?;
                once(&mut port, number, "tcp dport")?;
            }
            "accept" => break Verdict::Accept,
            "drop" => break Verdict::Drop,
            "masquerade" => break Verdict::Masquerade,
            "dnat" => {
                words.expect("to")?;
                break Verdict::Dnat(words.name("dnat to")?);
            }
            other => return Err(format!("`{other}` in a rule is not understood")),
        }
    };
    Ok(Rule { from, to, local, input, output, output_not, port, then })
}

fn once<T>(place: &mut Option<T>, value: T, what: &str) -> Result<(), String> {
    match place.replace(value) {
        Some(_) => Err(format!("`{what}` stands twice in the rule")),
        None => Ok(()),
    }
}

/// Words, with `{`, `}` and `;` as words of their own. The end of a line ends a statement, as `;` does.
struct Words(std::vec::IntoIter<String>);

impl Words {
    fn of(text: &str) -> Words {
        let mut spaced = text.replace('\n', " ; ");
        for sign in ["{", "}", ";"] {
            spaced = spaced.replace(sign, &format!(" {sign} "));
        }
        let words: Vec<String> = spaced.split_whitespace().map(|word| word.trim_matches('"').to_owned()).collect();
        Words(words.into_iter())
    }

    fn peek(&self) -> Option<&str> {
        self.0.as_slice().first().map(String::as_str)
    }

    fn next(&mut self) -> Option<String> {
        self.0.next()
    }

    fn skip(&mut self, word: &str) -> bool {
        let there = self.peek() == Some(word);
        if there {
            self.next();
        }
        there
    }

    fn skip_ends(&mut self) {
        while self.skip(";") {}
    }

    /// This word. Ends of statements where none is needed count for nothing.
    fn expect(&mut self, word: &str) -> Result<(), String> {
        self.skip_ends();
        match self.next() {
            Some(next) if next == word => Ok(()),
            Some(next) => Err(format!("`{word}` is expected where `{next}` stands")),
            None => Err(format!("`{word}` is expected at the end")),
        }
    }

    fn name(&mut self, of: &str) -> Result<String, String> {
        match self.next() {
            Some(word) if !["{", "}", ";"].contains(&word.as_str()) => Ok(word),
            _ => Err(format!("a word for {of} is missing")),
        }
    }

    fn next_is_word(&mut self) -> bool {
        self.skip_ends();
        self.peek().is_some_and(|word| word != "}")
    }

    /// The last statement of a block needs no sign.
    fn end_of_statement(&mut self) -> Result<(), String> {
        if self.peek() == Some("}") {
            return Ok(());
        }
        match self.next() {
            Some(next) if next == ";" => Ok(()),
            Some(next) => Err(format!("`;` is expected where `{next}` stands")),
            None => Err("`;` is expected at the end".to_owned()),
        }
    }
}
