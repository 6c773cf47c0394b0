//! One operation as a line of the script. Most are what the lesson's screen shows after `$` (`kernel/shell_words`); what a
//! shell says otherwise when it is not typed but told, or cannot say, is here.

use crate::kernel::Operation;
use crate::kernel::capability_sets::{ChangeSets, Set};
use crate::kernel::cgroups::Layout;
use crate::kernel::operation::{Attach, Program};
use crate::kernel::shell_words::shell_words;

/// What the script has for an operation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Said {
    /// `say ACTOR 'LINE'`
    Line(String, String),
    /// A command of the script's own.
    Own(String),
    /// A comment.
    Note(String),
}

/// Programs that lines are made of. What an actor says in the container has to be there.
pub const TOOLS: [&str; 19] = [
    "unshare",
    "nsenter",
    "mount",
    "umount",
    "pivot_root",
    "hostname",
    "mkdir",
    "rmdir",
    "rm",
    "ln",
    "mv",
    "chmod",
    "chown",
    "mknod",
    "cat",
    "ip",
    "nft",
    "setpriv",
    "setcap",
];

/// Where mounts are handed in: see `door.sh`.
pub const DOOR: &str = "/srv/door";

/// Says it. `count` numbers what is handed in; `door` tells whether there is one.
pub fn said(actor: &str, operation: &Operation, door: bool, count: &mut usize) -> Vec<Said> {
    let line = |text: String| vec![Said::Line(actor.to_owned(), text)];
    let note = |text: &str| vec![Said::Note(text.to_owned())];
    match operation {
        Operation::Look => Vec::new(),
        Operation::Fork(child) => vec![Said::Own(format!("fork {actor} {child}"))],
        Operation::Exit(status) => vec![Said::Own(format!("tell {actor} 'exit {status}'"))],
        Operation::Chroot(path) => line(format!("become chroot {}", quoted(path))),
        Operation::PivotRoot(_) => line(format!("{} && cd /", usual(operation).unwrap_or_default())),
        // From now on the programs that it starts would be born in there. `fork` needs that once: see `after`.
        Operation::Propagation(it) if door && it.at == "/" => {
            let mut said = note("(--make-rprivate would shut the door, which is the only shared mount: --make-rslave leaves it open.)");
            said.extend(line("mount --make-rslave /".to_owned()));
            said
        }
        Operation::Attach(it) => attach(actor, it, count),
        Operation::Place(place) if place.program == Program::Tools => {
            let directory = place.at.rsplit_once('/').map_or("", |(directory, _)| directory);
            let root = directory.strip_suffix("/bin").unwrap_or(directory);
            vec![Said::Own(format!("say host 'place {} {}'", quoted(root), place.names.join(" ")))]
        }
        Operation::Place(_) => note("(Boxlab writes this program byte by byte; a shell has no word for it.)"),
        Operation::Capabilities(change) => capabilities(change).map_or_else(
            || note("(setpriv(1) sets the bounding and the inheritable set, and execve(2) the others: there is no word for this.)"),
            line,
        ),
        Operation::Seccomp(_) => {
            note("(No common tool loads a filter of system calls. `boxlab export --as oci` has it, for runc or crun.)")
        }
        Operation::Init(_) => {
            note("(The shell that is PID 1 here collects orphans by itself. Signals without a handler do not reach it.)")
        }
        Operation::Msgget(_) => note("(No common tool takes the key of a message queue: ipcmk(1) chooses one itself.)"),
        Operation::Listen(_) | Operation::Serve(_) => {
            note("(A server: netcats differ, and none is needed here. Start the one that you have in the container.)")
        }
        Operation::Connect(_) | Operation::Ping(_) => note("(It tries what was built, and builds nothing.)"),
        Operation::GroupMake(_)
        | Operation::GroupRemove(_)
        | Operation::GroupSet(_)
        | Operation::GroupJoin(_)
        | Operation::GroupEnable(_)
        | Operation::GroupKill(_) => group(operation),
        _ => match usual(operation) {
            Some(words) if words.contains('\n') => note("(Its text has several lines.)"),
            Some(words) => line(as_line(&words)),
            None => note("(A shell has no word for this.)"),
        },
    }
}

/// `unshare --uts sh` starts a shell where it is typed; an actor becomes it.
fn as_line(words: &str) -> String {
    match words.strip_suffix(" sh") {
        Some(command) => match command.strip_prefix("nsenter ") {
            Some(options) => format!("become nsenter --no-fork {options}"),
            None => format!("become {command}"),
        },
        None => words.to_owned(),
    }
}

/// As the lesson's screen shows it.
fn usual(operation: &Operation) -> Option<String> {
    shell_words(operation, None)
}

/// Groups are the machine's, and outlive whoever made them: the script names the words and leaves them to the reader.
fn group(operation: &Operation) -> Vec<Said> {
    let trees = Layout { version: 2, trees: vec![(String::new(), String::new())] };
    let words = shell_words(operation, Some(&trees)).unwrap_or_default();
    let note =
        format!("(Control groups are the machine's, and would outlive the script. As root, with version 2: {words})");
    vec![Said::Note(note)]
}

/// Through the door: the runtime mounts it there, and so it is in the container's mount namespace too.
fn attach(actor: &str, it: &Attach, count: &mut usize) -> Vec<Said> {
    *count += 1;
    let (there, into) = (format!("{DOOR}/{count}"), it.into.clone());
    let bind = if it.recursive { "--rbind" } else { "--bind" };
    let private = if it.recursive { "--make-rprivate" } else { "--make-private" };
    let options: Vec<&str> = it.flags.iter().map(|flag| crate::kernel::shell_words::flag_word(*flag)).collect();
    let remount = |at: &str| match options.as_slice() {
        [] => String::new(),
        list => format!(" && mount -o remount,bind,{} {at}", list.join(",")),
    };
    let (give, take) = if it.names.is_empty() {
        let at = quoted(&it.at);
        let give = format!("mkdir {there} && mount {bind} {} {there}", quoted(&it.from));
        (give, format!("mount {bind} /.door/{count} {at} && mount {private} {at}{}", remount(&at)))
    } else {
        let names = it.names.join(" ");
        let (from, at) = (it.from.trim_end_matches('/'), it.at.trim_end_matches('/'));
        let each = |act: String| format!("for name in {names}; do {act} || break; done");
        let give = each(format!(": > {there}/$name && mount --bind {from}/$name {there}/$name"));
        let take = format!(
            ": > {at}/$name && mount --bind /.door/{count}/$name {at}/$name && mount --make-private {at}/$name{}",
            remount(&format!("{at}/$name"))
        );
        (format!("mkdir {there} && {give}"), each(take))
    };
    vec![Said::Line(actor.to_owned(), give), Said::Line(into, take)]
}

/// execve(2) gives root what the bounding set has, so the effective and the permitted set follow from it.
fn capabilities(change: &ChangeSets) -> Option<String> {
    let kept = change.keep.as_ref().filter(|_| change.sets.contains(&Set::Bounding))?;
    let names: Vec<String> = kept.capabilities().into_iter().map(|it| format!("+{}", String::from(it))).collect();
    let inheritable = if change.sets.contains(&Set::Inheritable) { " --inh-caps=-all" } else { "" };
    Some(format!("become setpriv --bounding-set=-all,{}{inheritable}", names.join(",")))
}

/// In quotes where a shell would take it apart.
pub fn quoted(word: &str) -> String {
    crate::kernel::shell_words::quoted(word)
}

/// A line as an argument of `say`: numbers of processes are filled in by the script itself.
pub fn argument(line: &str) -> String {
    if !line.contains("$PID_OF_") && !line.contains('\'') {
        return format!("'{line}'");
    }
    let mut text = String::from("\"");
    for (at, letter) in line.char_indices() {
        let own = letter == '$' && line[at..].starts_with("$PID_OF_");
        if matches!(letter, '\\' | '"' | '`' | '$') && !own {
            text.push('\\');
        }
        text.push(letter);
    }
    text.push('"');
    text
}

#[cfg(test)]
mod tests {
    use super::argument;

    #[test]
    fn a_line_is_one_argument_of_say() {
        assert_eq!(argument("hostname box"), "'hostname box'");
        assert_eq!(
            argument("echo 0 > /proc/$PID_OF_CONTAINER/uid_map"),
            "\"echo 0 > /proc/$PID_OF_CONTAINER/uid_map\""
        );
        assert_eq!(argument(r#"echo '$HOME "x"' \n"#), r#""echo '\$HOME \"x\"' \\n""#);
        assert_eq!(argument("for name in a; do : > $name; done"), "'for name in a; do : > $name; done'");
    }
}
