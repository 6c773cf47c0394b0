//! What a lab is told of a program: its command line and environment, and what is to be looked at.

use super::groups;
use super::model::{Case, Exercise};
use super::trial::Limits;
use crate::evidence::family::Family;
use crate::evidence::record::Shown;
use crate::evidence::{Key, View};
use crate::kernel::cgroups::Layout;
use crate::stage::machine_root::{FOLDER, MORE, TOOLS};
use crate::stage::message::{ProgramOrder, Watch};
use std::collections::BTreeSet;
use std::path::Path;

/// The program, its arguments and limits.
pub fn order(
    exercise: &Exercise,
    (case, before): (&Case, &[Shown]),
    command: &[String],
    layout: Option<&Layout>,
    limits: Limits,
) -> ProgramOrder {
    let mut command = command.to_vec();
    command.extend(exercise.arguments.iter().map(|text| {
        let text = filled(text, case, before);
        layout.map(|layout| groups::filled(&text, layout)).unwrap_or(text)
    }));
    command.extend(exercise.command());
    let path = search_path();
    let mut environment = vec![
        ("PATH".to_owned(), format!("/{TOOLS}:{path}:/usr/sbin:/sbin:/{MORE}")),
        ("HOME".to_owned(), "/tmp".to_owned()),
        ("TMPDIR".to_owned(), "/tmp".to_owned()),
        ("LANG".to_owned(), "C.UTF-8".to_owned()),
        ("RUST_BACKTRACE".to_owned(), "0".to_owned()),
    ];
    // What tools of the learner's own are found by; nothing else of his environment is the program's to rely on.
    let kept = ["PYENV_ROOT", "PYENV_VERSION", "GOROOT", "JAVA_HOME", "NVM_DIR"];
    environment.extend(kept.iter().filter_map(|name| Some(((*name).to_owned(), std::env::var(name).ok()?))));
    ProgramOrder {
        command,
        directory: FOLDER.to_owned(),
        environment,
        probes: exercise.probes.clone(),
        chroot: exercise.chroot.clone(),
        ptrace: exercise.ptrace,
        processes: limits.processes,
        memory: limits.memory,
    }
}

/// The learner's PATH, as far as the lab's user may look into it: a lab that root starts is somebody else's.
pub fn search_path() -> String {
    use std::os::unix::fs::PermissionsExt;
    let path = std::env::var("PATH").unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned());
    let open = |path: &Path| path.metadata().is_ok_and(|about| about.permissions().mode() & 0o001 != 0);
    let usable = |folder: &&str| !nix::unistd::geteuid().is_root() || Path::new(folder).ancestors().all(open);
    path.split(':').filter(|folder| folder.starts_with('/')).filter(usable).collect::<Vec<_>>().join(":")
}

/// An argument with a case's name, or an actor's number, in its place.
fn filled(text: &str, case: &Case, before: &[Shown]) -> String {
    let mut text = text.replace("{case}", &case.name);
    for fact in before.iter().filter(|fact| fact.key == Key::Pid && fact.view == View::Outside) {
        text = text.replace(&format!("{{pid of {}}}", fact.subject), &fact.text);
    }
    text
}

/// What the checks speak of beside what is always read. Links are always looked at: none may be left.
pub fn watch(exercise: &Exercise) -> Watch {
    let files = exercise.targets().filter_map(|target| match &target.key {
        Key::File(_) | Key::Line(_) | Key::Bytes(_) | Key::Attributes(_) | Key::Group(_) => {
            Some((target.actor.clone(), target.key.clone()))
        }
        _ => None,
    });
    let families = exercise.targets().filter_map(|target| target.key.family()).chain([Family::Network]);
    Watch {
        files: files.collect::<BTreeSet<_>>().into_iter().collect(),
        families: families.collect::<BTreeSet<_>>().into_iter().collect(),
    }
}
