//! A user who has no control groups of his own gets them from the systemd of his session, for exercises as for lessons. Here
//! something that is called as systemd-run(1) stands for it, and says what it was asked.

mod support;

use nix::mount::{MsFlags, mount};
use nix::sched::{CloneFlags, unshare};
use nix::sys::stat::Mode;
use nix::unistd::{Gid, Uid};
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::Path;
use support::boxlab::{Boxlab, Who, everyone};
use support::skip;

const NOBODY: u32 = 65534;
/// The exit status of what stands for it.
const ASKED: i32 = 42;
const SYSTEMD_RUN: &str = "#!/bin/sh\ncase \"$*\" in *' -- true') exit 0 ;; esac\necho \"$@\"\nexit 42\n";

/// Nobody, in a session of systemd as far as one can see. Root only.
fn in_session(home: &Path, arguments: &[&str]) -> Boxlab {
    let (bin, session) = (home.join("bin"), home.join("session"));
    let boxlab = Boxlab::new(arguments).at_home_of(home).env("XDG_RUNTIME_DIR", &session);
    boxlab.env("PATH", format!("{}:/usr/bin:/bin", bin.display())).before(|| {
        unshare(CloneFlags::CLONE_NEWNS)?;
        mount(None::<&str>, "/", None::<&str>, MsFlags::MS_REC | MsFlags::MS_PRIVATE, None::<&str>)?;
        mount(Some("none"), "/run", Some("tmpfs"), MsFlags::empty(), Some("mode=755"))?;
        nix::unistd::mkdir("/run/systemd", Mode::from_bits_truncate(0o755))?;
        nix::unistd::mkdir("/run/systemd/system", Mode::from_bits_truncate(0o755))?;
        nix::unistd::setgroups(&[])?;
        nix::unistd::setgid(Gid::from_raw(NOBODY))?;
        nix::unistd::setuid(Uid::from_raw(NOBODY))
    })
}

fn home() -> tempfile::TempDir {
    let home = tempfile::tempdir().expect("a folder");
    chown(home.path(), Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
    for folder in ["bin", "session/systemd", "all"] {
        std::fs::create_dir_all(home.path().join(folder)).expect("a folder");
    }
    chown(home.path().join("all"), Some(NOBODY), Some(NOBODY)).expect("root may give a folder away");
    std::fs::write(home.path().join("session/systemd/private"), "").expect("a file");
    let program = home.path().join("bin/systemd-run");
    std::fs::write(&program, SYSTEMD_RUN).expect("a file");
    std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).expect("mine");
    home
}

#[test]
fn exercises_on_control_groups_ask_for_them_and_others_do_not() {
    if !nix::unistd::geteuid().is_root() || !everyone().contains(&Who::Nobody) {
        return skip("a session of systemd: only root can make what looks like one, for nobody");
    }
    if Boxlab::by(Who::Nobody, ["run", "cgroups", "--auto"]).run().status != Some(3) {
        return skip("a session of systemd: nobody has control groups here without one");
    }
    let home = home();
    let at = |name: &str| home.path().join(name).display().to_string();
    let all = at("all");
    let (cpu, hostname) = (at("all/cpu"), at("hostname"));
    for (name, folder) in [("cpu", &cpu), ("hostname", &hostname)] {
        in_session(home.path(), &["exercise", "start", name, "--lang", "shell", folder]).expect(0);
    }
    let verify = ["exercise", "verify", "cpu", "--lang", "shell"];
    let asking: [&[&str]; 4] =
        [&["exercise", "check", &cpu], &["exercise", "watch", &cpu], &verify, &["grade", &all, "--exercise", "cpu"]];
    for words in asking {
        let ran = in_session(home.path(), words).run();
        assert_eq!(ran.status, Some(ASKED), "{words:?}: {ran:#?}");
        let said = format!("--property=Delegate=yes -- {} {}\n", support::boxlab::program().display(), words.join(" "));
        assert!(ran.stdout.ends_with(&said), "{words:?}: {ran:#?}");
    }
    let ran = in_session(home.path(), &["exercise", "check", &hostname]).run();
    assert_eq!(ran.status, Some(1), "the starter fails, and nobody was asked: {ran:#?}");
}
