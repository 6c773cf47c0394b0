//! The operations on control groups in a shell: mkdir, rmdir and echo, on the directories of the version that is there.

use super::{Layout, directory, v1, v2};
use crate::kernel::operation::Operation;
use crate::kernel::shell_words::quoted;

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
