//! Subordinate ids: where /etc/subuid and /etc/subgid lend some, lesson `users` runs in a lab host that has them, as root
//! and as nobody; where not, its steps for them are left out, counted, and the reason is the true one. The files are
//! bound over in a mount namespace of the program's own. And the reasons of what fails in a world of few ids.

mod support;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::unistd::{Gid, Uid};
use std::path::{Path, PathBuf};
use support::boxlab::{Boxlab, Who, everyone};
use support::lesson::made;
use support::skip;

const LENT: &str = "nobody:100000:65536\n";
const NOBODY: u32 = 65534;
/// Debian has it here, and so have most others.
const HELPER: &str = "/usr/bin/newuidmap";

/// The program in a mount namespace in which some files are others. Root only.
fn with(who: Who, binds: Vec<(PathBuf, &'static str)>, arguments: &[&str]) -> Boxlab {
    let boxlab = Boxlab::new(arguments);
    if who == Who::Nobody {
        std::os::unix::fs::chown(boxlab.home.path(), Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
    }
    boxlab.before(move || {
        unshare(CloneFlags::CLONE_NEWNS)?;
        mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
        for (from, to) in &binds {
            mount(Some(from.as_path()), Path::new(to), None::<&str>, MsFlags::MS_BIND, None::<&str>)?;
        }
        if who == Who::Nobody {
            nix::unistd::setgroups(&[])?;
            nix::unistd::setgid(Gid::from_raw(NOBODY))?;
            nix::unistd::setuid(Uid::from_raw(NOBODY))?;
        }
        Ok(())
    })
}

/// The two files with these texts, in this folder.
fn files(place: &Path, subuid: &str, subgid: &str) -> Vec<(PathBuf, &'static str)> {
    let pair = [("subuid", subuid, "/etc/subuid"), ("subgid", subgid, "/etc/subgid")];
    let write = |(name, text, over): (&str, &str, &'static str)| {
        let path = place.join(name);
        std::fs::write(&path, text).expect("a file");
        (path, over)
    };
    pair.map(write).to_vec()
}

/// Whether the tests of this file can be done at all.
fn possible() -> bool {
    if !nix::unistd::geteuid().is_root() {
        skip("subordinate ids: only root may bind other files over /etc/subuid");
        return false;
    }
    if !["/etc/subuid", "/etc/subgid", HELPER].into_iter().all(|file| Path::new(file).exists()) {
        skip("subordinate ids: there is no newuidmap, or no /etc/subuid and /etc/subgid to bind over");
        return false;
    }
    true
}

#[test]
fn where_ids_are_lent_the_lesson_shows_them_to_root_and_to_nobody() {
    if !possible() {
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    for who in everyone() {
        let binds = || files(place.path(), LENT, LENT);
        let verified = with(who, binds(), &["verify", "--no-skip", "users"]).expect(0).stdout;
        assert!(verified.ends_with("1 passed, 0 failed, 0 skipped\n"), "{who:?}: {verified}");
        let deeper = with(who, binds(), &["run", "users", "--auto", "--deeper"]).expect(0).stdout;
        assert!(deeper.contains("0 [you] 1, 1 [sub]"), "{who:?}: {deeper}");
        // A run without a step for them has the same map as everybody's.
        let usual = with(who, binds(), &["run", "users", "--auto"]).expect(0).stdout;
        assert!(usual.contains("0 [you] 1") && !usual.contains("[sub]"), "{who:?}: {usual}");
        let doctor = with(who, binds(), &["doctor", "users"]).expect(0).stdout;
        assert!(doctor.contains("a map with 2000 ids from 100000 for nobody"), "{who:?}: {doctor}");
    }
}

#[test]
fn where_none_are_lent_the_steps_are_left_out_with_the_true_reason() {
    if !possible() {
        return;
    }
    let place = tempfile::tempdir().expect("a folder");
    let arguments = ["verify", "users"];
    let rows = [
        ("root:1:9\n", LENT, "/etc/subuid has no line for nobody"),
        (LENT, "", "/etc/subgid has no line for nobody"),
        ("65534:100000:10\n", LENT, "/etc/subuid lends nobody 10 ids"),
    ];
    for (subuid, subgid, words) in rows {
        explained(with(Who::Nobody, files(place.path(), subuid, subgid), &arguments), words);
    }
    let lent = || files(place.path(), LENT, LENT);
    let plain = place.path().join("plain");
    // newgidmap is asked first.
    std::fs::copy(HELPER.replace("uid", "gid"), &plain).expect("a copy");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&plain, mode).expect("without the set-uid bit");
    let powerless = lent().into_iter().chain([(plain, "/usr/bin/newgidmap")]).collect();
    explained(with(Who::Nobody, powerless, &arguments), "is not set-uid root");
    let no_program = with(Who::Nobody, lent(), &arguments).env("PATH", "/nowhere");
    explained(no_program, "newgidmap is missing");
    let bound = with(Who::Nobody, lent(), &arguments).before(nix::sys::prctl::set_no_new_privs);
    explained(bound, "no_new_privs");
}

fn explained(boxlab: Boxlab, words: &str) {
    let said = boxlab.expect(0).stdout;
    assert!(said.contains("1 passed, 0 failed, 12 skipped"), "{words}: {said}");
    assert!(said.contains("users, steps 4, 5, 21") && said.contains(words), "{words}: {said}");
}

/// What each kind of failure in a world of few ids must be put down to: the steps that lead to it, the one that fails,
/// the errno, and words of the cause.
#[test]
fn a_failure_about_ids_is_put_down_to_the_right_rule() {
    const GUEST: &str =
        "- {as: host, say: a., do: {fork: guest}, why: x}\n- {as: guest, say: a., do: {unshare: [user]}, why: x}\n";
    const MAPPED: &str = "- {as: guest, say: a., do: {map: {gid: [1000 0 1], uid: [1000 0 1]}}, why: x}\n";
    // A root of its own, and then a user namespace: the mount namespace that the mounts came from has nobody left in it.
    let act = |operation: &str| format!("- {{as: guest, say: a., do: {operation}, why: x}}\n");
    let boxed: String = [
        "{unshare: [mount]}",
        "{propagation: {at: /, to: private, recursive: true}}",
        "{mkdir: [/srv/box]}",
        "{mount: {type: tmpfs, at: /srv/box}}",
        "{mkdir: [/srv/box/p, /srv/box/old, /srv/box/x]}",
        "{bind: {from: /proc, to: /srv/box/p, recursive: true}}",
        "{pivot_root: {new_root: /srv/box, put_old: /srv/box/old}}",
        "{umount: {at: /old, detach: true}}",
        "{unshare: [user, mount]}",
    ]
    .map(act)
    .concat();
    let boxed = format!("- {{as: host, say: a., do: {{fork: guest}}, why: x}}\n{boxed}");
    let mapped = format!("{GUEST}{MAPPED}");
    let rows: [(&str, &str, &str, &str, &str); 16] = [
        (GUEST, "guest", "{map: {uid: [0 0 2]}}", "EPERM", "its line maps 2 ids"),
        (GUEST, "guest", "{map: {uid: [0 5 1]}}", "EPERM", "not the writer's own id"),
        (GUEST, "guest", "{map: {setgroups: allow}}", "EPERM", "that is final"),
        (GUEST, "guest", "{map: {uid: [0 0]}}", "EINVAL", "three numbers"),
        (&mapped, "guest", "{map: {uid: [0 0 1]}}", "EPERM", "written once"),
        (&mapped, "guest", "{setuid: 0}", "EINVAL", "no user 0 in the caller's user namespace"),
        (&mapped, "guest", "{setgid: 0}", "EINVAL", "no group 0 in the caller's user namespace"),
        (&mapped, "guest", "{setgroups: []}", "EPERM", "setgroups is denied"),
        (&mapped, "guest", "{chown: {at: /tmp, uid: 0}}", "EINVAL", "no user 0"),
        (&mapped, "guest", "{chown: {at: /tmp, gid: 0}}", "EINVAL", "no group 0"),
        (&mapped, "guest", "{read: /proc/kmsg}", "EACCES", "its owner has no id in the caller's user namespace"),
        (&mapped, "guest", "{read: /proc/kmsg}", "EACCES", "user 0, group 0 (as the lab host numbers them)"),
        (&mapped, "guest", "{set_clock: now}", "EPERM", "takes CAP_SYS_TIME in its first user namespace"),
        (&boxed, "guest", "{umount: {at: /p}}", "EINVAL", "inherited from a more privileged mount namespace"),
        (&boxed, "guest", "{bind: {from: /, to: /x}}", "EINVAL", "which is locked: a bind without it would uncover"),
        (&boxed, "guest", "{remount: {at: /p, flags: [], bind: true}}", "EPERM", "these flags are locked"),
    ];
    for (before, who, operation, errno, words) in rows {
        for untraced in [false, true] {
            let home = tempfile::tempdir().expect("a folder");
            let steps =
                format!("{before}- {{as: {who}, say: a., do: {operation}, fails: {errno}, why: x, detour: true}}\n");
            let folder = made(home.path(), "", &steps);
            let mut boxlab = Boxlab::new(["--lessons", folder.to_str().expect("text"), "run", "made"]);
            boxlab.command.args(["--auto", "--format", "json"]);
            if untraced {
                boxlab = boxlab.before(|| support::filter(libc::SYS_ptrace, support::EPERM));
            }
            let ran = boxlab.run();
            if ran.status == Some(3) {
                return skip(&format!("reasons about ids: {}", ran.stderr));
            }
            let record: serde_json::Value =
                serde_json::from_str(&ran.stdout).unwrap_or_else(|_| panic!("{}", ran.stderr));
            let last = record["steps"].as_array().and_then(|steps| steps.last()).expect("a step");
            assert_eq!(ran.status, Some(0), "{operation}: {:#}", last["evidence"]["claims"]);
            let reason = last["evidence"]["reason"].to_string();
            assert!(reason.contains(words), "{operation}, untraced: {untraced}: {:#}", last["evidence"]["reason"]);
        }
    }
}
