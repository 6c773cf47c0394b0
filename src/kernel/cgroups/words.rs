//! The operations on control groups, and `start`, in a shell: mkdir, rmdir and echo, on the directories of the version that is there.

use super::{Layout, directory, v1, v2};
use crate::kernel::operation::Operation;
use crate::kernel::shell_words::quoted;
use crate::kernel::start::Start;

/// The command line.
pub fn words(operation: &Operation, groups: &Layout) -> Option<String> {
    let each = |group: &str, file: &str| -> Vec<String> {
        groups.directories(group).into_iter().map(|path| quoted(&format!("{path}{file}"))).collect()
    };
    let echo = |text: &str, path: &str| format!("echo {} > {}", quoted(text), quoted(path));
    Some(match operation {
        Operation::GroupMake(group) => format!("mkdir {}", each(group, "").join(" ")),
        Operation::GroupRemove(group) => format!("rmdir {}", each(group, "").join(" ")),
        Operation::GroupSet(it) => {
            let settings = if groups.version == 2 { v2::settings(it) } else { v1::settings(it).ok()? };
            settings.iter().map(|(path, text)| echo(text, path)).collect::<Vec<_>>().join("; ")
        }
        Operation::GroupJoin(it) => {
            let who = it.of.as_ref().map_or("$$".to_owned(), |of| format!("$PID_OF_{}", of.to_uppercase()));
            let files = each(&it.group, "/cgroup.procs");
            files.iter().map(|file| format!("echo {who} > {file}")).collect::<Vec<_>>().join("; ")
        }
        Operation::GroupEnable(it) => {
            let words: Vec<String> = it.controllers.iter().map(|name| format!("+{name}")).collect();
            echo(&words.join(" "), &(directory("", &it.group) + "/cgroup.subtree_control"))
        }
        Operation::GroupKill(group) if groups.version == 2 => echo("1", &(directory("", group) + "/cgroup.kill")),
        Operation::GroupKill(group) => {
            let list = each(group, "/cgroup.procs").into_iter().next()?;
            format!("for pid in $(cat {list}); do kill -KILL $pid; done")
        }
        _ => return None,
    })
}

/// A program that is started in its group: the shell in between joins it, and becomes the program.
pub fn start(it: &Start, groups: Option<&Layout>) -> String {
    let program = it.program.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ");
    let files = it.group.iter().flat_map(|group| groups.map(|trees| trees.directories(group)).unwrap_or_default());
    let joins: Vec<String> = files.map(|path| format!("echo 0 > {path}/cgroup.procs; ")).collect();
    if joins.is_empty() { format!("{program} &") } else { format!("sh -c '{}exec {program}' &", joins.concat()) }
}
