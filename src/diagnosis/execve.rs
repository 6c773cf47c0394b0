//! Why execve(2) or execveat(2) failed. ENOENT may mean the program, its loader or its interpreter; EACCES the
//! permission bits, a directory, or a noexec mount; ENOEXEC what the file holds.

use super::access::may;
use super::findings::{Findings, reason};
use super::program::{self, Program, own_machine, processor};
use super::scene::{Scene, describe, place, texts};
use super::walk::{About, Last, Place, walk};
use super::{paths, walk as walker};
use crate::evidence::record::{Arg, Call, Reason};
use crate::kernel::capabilities::NAMES;
use nix::errno::Errno;
use nix::fcntl::OFlag;
use std::os::fd::AsRawFd;

/// An interpreter may be a script itself, so many times (BINPRM_MAX_RECURSION of the kernel).
const MOST_SCRIPTS: usize = 5;

pub fn explain(scene: &Scene<'_>, call: &Call, errno: Errno) -> Option<Reason> {
    let path = *texts(call).first()?;
    let mut findings = Findings::default();
    let found = match target(scene, call, path) {
        Some(found) => Some(found),
        None => paths::follow(&mut findings, scene, errno, path, Last::Follow),
    };
    let Some(found) = found else { return Some(findings.verdict(scene)) };
    let path = if path.is_empty() { found.path.as_str() } else { path };
    match errno {
        Errno::EACCES => {
            findings.ask("it is a directory", no_file(path, &found));
            findings.ask("it has no permission to be executed", not_executable(scene, path, &found));
            findings.ask("its mount is noexec", noexec(scene, path, &found));
            if !findings.found() {
                chain(&mut findings, scene, path, &found, errno);
            }
        }
        Errno::ETXTBSY => {
            findings.ask("a process has it open for writing", written(scene, path, &found));
        }
        Errno::E2BIG => {
            let cause = "arguments and environment together are longer than the kernel takes";
            let most = scene.own_text("limits").and_then(|it| {
                it.lines().find_map(|line| line.strip_prefix("Max stack size")).map(|it| it.trim().to_owned())
            });
            let stack = most.as_deref().and_then(|it| it.split_whitespace().next()).unwrap_or("unknown").to_owned();
            let seen = [format!("limits: stack size {stack}; a quarter of it is for them, and 128 KiB for one")];
            findings.ask("", Some(reason(cause, &seen, "fewer or shorter arguments, a smaller environment")));
        }
        Errno::EPERM => {
            findings.ask("the file's capabilities are in the bounding set", unbounded(scene, path, &found));
            let strict = scene.status().and_then(|it| it.nonewprivs) == Some(1);
            if strict {
                findings.ask("no_new_privs alone (it only ignores file capabilities)", None);
            }
        }
        _ => chain(&mut findings, scene, path, &found, errno),
    }
    Some(findings.verdict(scene))
}

/// Whether the file that a failed execve names is there: then the search along PATH has found it.
pub fn is_there(scene: &Scene<'_>, call: &Call) -> bool {
    texts(call).first().is_some_and(|path| path.is_empty() || walk(scene, path, Last::Follow).is_ok())
}

/// execveat with an empty path: the descriptor itself.
fn target(scene: &Scene<'_>, call: &Call, path: &str) -> Option<Place> {
    let argument = call.args.first().filter(|arg| path.is_empty() && matches!(arg, Arg::Descriptor(_)))?;
    let Arg::Descriptor(name) = argument else { return None };
    let file = scene.reopen(scene.descriptor_of(argument)?)?;
    let about = walker::about(scene, &file)?;
    Some(Place { file, path: name.clone(), about })
}

fn no_file(path: &str, found: &Place) -> Option<Reason> {
    let kind = found.about.kind();
    (kind != "file").then(|| {
        let cause = format!("{path} is a {kind}, and only a file can be executed");
        reason(cause, &[format!("{}: {kind}", found.path)], "name a program")
    })
}

fn not_executable(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    let About { uid, gid, .. } = found.about;
    if found.about.kind() != "file" || may(scene, &found.about, 1) {
        return None;
    }
    let mode = found.about.permissions();
    let cause = if mode & 0o111 == 0 {
        format!("{path} has no x bit, so nobody may execute it")
    } else {
        format!("the caller has no permission to execute {path}")
    };
    let seen = [format!("{}: mode {mode:04o}, of user {uid}, group {gid}", found.path), paths::who(scene)];
    Some(reason(cause, &seen, format!("chmod +x {path}")))
}

fn noexec(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    let row = scene.row(found.about.mount).filter(|row| row.mount_options.contains_key("noexec"))?;
    let at = place(row);
    let cause = format!("{path} lies on the mount at {at}, from which nothing may be executed (noexec)");
    let seen = [format!("mountinfo: {}, noexec", describe(row))];
    Some(reason(cause, &seen, format!("mount -o remount,bind,exec {at}")))
}

/// A file that brings capabilities and says that they are to be effective from the start would run without some of them,
/// and not know it. So the kernel refuses where the bounding set lacks one (capabilities(7)).
fn unbounded(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    let attribute =
        xattr::get_deref(format!("/proc/self/fd/{}", found.file.as_raw_fd()), "security.capability").ok()??;
    // struct vfs_cap_data: a number whose lowest bit is this flag, then permitted and inheritable by halves.
    let word = |at: usize| Some(u32::from_le_bytes(attribute.get(at * 4..at * 4 + 4)?.try_into().ok()?));
    let (effective, permitted) = (word(0)? & 1 == 1, u64::from(word(1)?) | u64::from(word(3)?) << 32);
    let bounding = scene.status()?.capbnd?;
    let lacks = NAMES.iter().enumerate().filter(|(bit, _)| permitted & !bounding & 1 << bit != 0);
    let lacks: Vec<&str> = lacks.map(|(_, name)| *name).collect();
    (effective && !lacks.is_empty()).then(|| {
        let names = lacks.join(", ");
        let cause = format!("{path} brings capabilities that are not in the caller's bounding set");
        let seen = [format!("security.capability: {names}, effective"), format!("status: CapBnd lacks {names}")];
        reason(cause, &seen, "a process that still has them in its bounding set, or a file that brings fewer")
    })
}

fn written(scene: &Scene<'_>, path: &str, found: &Place) -> Option<Reason> {
    for pid in scene.processes() {
        let other = scene.of(*pid);
        for number in other.descriptors() {
            let same = scene.proc.open_with(&format!("{pid}/fd/{number}"), OFlag::O_PATH).ok();
            let same = same.and_then(|file| walker::about(scene, &file));
            let same = same.is_some_and(|it| (it.device, it.inode) == (found.about.device, found.about.inode));
            let info = if same { other.own_text(&format!("fdinfo/{number}")) } else { None };
            let flags = info.and_then(|it| it.lines().find_map(|line| line.strip_prefix("flags:").map(str::to_owned)));
            let writes = flags.and_then(|it| u32::from_str_radix(it.trim(), 8).ok()).is_some_and(|it| it & 3 != 0);
            if writes {
                let who = other.status().map(|it| it.name.clone()).unwrap_or_default();
                let cause = format!("{path} is open for writing, so it cannot be executed");
                return Some(reason(cause, &[format!("fd: {who} has it open for writing")], "close it first"));
            }
        }
    }
    None
}

/// The program, and what it needs besides itself.
fn chain(findings: &mut Findings, scene: &Scene<'_>, path: &str, found: &Place, errno: Errno) {
    let mut name = path.to_owned();
    let mut program = program::read_at(scene, &found.file);
    for _ in 0..MOST_SCRIPTS {
        let Some(Program::Script(Some(interpreter))) = &program else { break };
        let interpreter = interpreter.clone();
        let Some(next) = needed(findings, scene, errno, &name, "interpreter", &interpreter) else { return };
        (name, program) = (interpreter, program::read_at(scene, &next.file));
    }
    match program {
        None => {
            findings.ask("the file cannot be read", None);
        }
        Some(Program::Script(Some(_))) => {
            let cause = format!("the interpreters of {path} are scripts, more than {MOST_SCRIPTS} in a row");
            findings.ask("", Some(reason(cause, &[format!("{name}: #! again")], "a program as interpreter")));
        }
        Some(Program::Script(None)) => {
            let cause = format!("the #! line of {name} names no interpreter");
            findings.ask("", not_for(errno, Errno::ENOEXEC, cause, format!("{name}: #! and nothing"), "#!/bin/sh"));
        }
        Some(Program::Empty) => {
            let cause = format!("{name} is empty: neither a program nor a script");
            findings.ask("", not_for(errno, Errno::ENOEXEC, cause, format!("{name}: 0 bytes"), ""));
        }
        Some(Program::Other(head)) => {
            let text = head.iter().all(|byte| byte.is_ascii_graphic() || byte.is_ascii_whitespace());
            let what = if text { "text without a #! line" } else { "neither an ELF file nor a script" };
            let cause = format!("{name} is {what}, so the kernel does not know how to start it");
            let bytes = format!("{name}: begins with {:?}", String::from_utf8_lossy(&head));
            findings.ask("", not_for(errno, Errno::ENOEXEC, cause, bytes, "#!/bin/sh as its first line, or sh FILE"));
        }
        Some(Program::Elf(elf)) => elf_causes(findings, scene, errno, &name, &elf),
    }
}

fn not_for(given: Errno, of: Errno, cause: String, seen: String, remedy: &str) -> Option<Reason> {
    (given == of).then(|| reason(cause, &[seen], remedy))
}

fn elf_causes(findings: &mut Findings, scene: &Scene<'_>, errno: Errno, name: &str, elf: &program::Elf) {
    let foreign = (errno == Errno::ENOEXEC && elf.machine != own_machine() && elf.broken.is_none()).then(|| {
        let (theirs, ours) = (processor(elf.machine), processor(own_machine()));
        let cause = format!("{name} is a program for {theirs}, and this machine is {ours}");
        let seen = [format!("{name}: ELF, e_machine {} ({theirs})", elf.machine)];
        reason(cause, &seen, format!("an image for {ours}, or an emulator in binfmt_misc"))
    });
    findings.ask("it is for another processor", foreign);
    let broken = elf.broken.filter(|_| matches!(errno, Errno::ENOEXEC | Errno::EIO | Errno::EINVAL)).map(|what| {
        let cause = format!("{name} is a damaged program: {what}");
        reason(cause, &[format!("{name}: ELF, but {what}")], "copy it again")
    });
    findings.ask("it is damaged", broken);
    let library = (errno == Errno::ENOEXEC && elf.broken.is_none() && !matches!(elf.kind, 2 | 3)).then(|| {
        let cause = format!("{name} is an ELF file of another kind than a program");
        reason(cause, &[format!("{name}: ELF, e_type {}", elf.kind)], "link it to a program first")
    });
    findings.ask("it is no executable ELF file", library);
    if let Some(loader) = &elf.interpreter
        && let Some(found) = needed(findings, scene, errno, name, "loader", loader)
        && errno == Errno::ELIBBAD
    {
        let bad = !matches!(program::read_at(scene, &found.file), Some(Program::Elf(_)));
        let cause = format!("the loader {loader} of {name} is no ELF file");
        let seen = [format!("{name}: PT_INTERP {loader}")];
        findings.ask("its loader is no program", bad.then(|| reason(cause, &seen, "the loader of its C library")));
    }
}

/// The loader or interpreter that a program names: none where it is not usable, and then the findings say why.
fn needed(findings: &mut Findings, scene: &Scene<'_>, given: Errno, of: &str, role: &str, path: &str) -> Option<Place> {
    let how = if role == "loader" { format!("{of}: ELF, PT_INTERP {path}") } else { format!("{of}: #!{path}") };
    let missing = format!("the {role} of the program is not there");
    match walk(scene, path, Last::Follow) {
        Err(stop) if paths::errno(&stop) == given => {
            let mut found = paths::stopped(scene, &stop, path);
            found.cause = format!("{of} is there, but its {role} {path} is not: {}", found.cause);
            found.seen.insert(0, how);
            found.remedy = Some(match role {
                "loader" => {
                    format!("put {path} (and the libraries) into the root file system, or use a static program")
                }
                _ => format!("put {path} into the root file system, or change the first line"),
            });
            findings.ask(&missing, Some(found));
            None
        }
        Err(_) => None,
        Ok(found) => {
            findings.ask(&missing, None);
            if given == Errno::EACCES {
                let causes = [no_file(path, &found), not_executable(scene, path, &found), noexec(scene, path, &found)];
                for mut cause in causes.into_iter().flatten() {
                    cause.cause = format!("{of} needs its {role} {path}: {}", cause.cause);
                    cause.seen.insert(0, how.clone());
                    findings.ask("", Some(cause));
                }
            }
            Some(found)
        }
    }
}
