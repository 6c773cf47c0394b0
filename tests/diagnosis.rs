//! Why a system call failed, asked of the real kernel through the program: each row is a command in a lab's shell whose
//! call must fail, and words of the cause that must be named. The same questions explain the steps of lessons; a few
//! are asked that way, with and without ptrace(2). Runs as whoever runs it: root or not.

mod support;

use std::os::unix::process::CommandExt;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

/// A folder with one lesson, gone at the end.
struct Lessons(tempfile::TempDir);

const LOOK: &str = "  - as: runtime\n    say: Look.\n    do: look\n    look: [runtime.pid]\n    why: It is there.\n";

impl Lessons {
    fn new(steps: &str) -> Lessons {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let lesson = folder.path().join("01-bare");
        std::fs::create_dir(&lesson).expect("a folder for the lesson");
        let text = format!(
            "id: bare\ntitle: Bare\npart: process\nminutes: 1\nmisconception: None.\nintro: A bare lab.\nneeds: \
             [namespaces]\nsteps:\n{steps}summary: None.\ndocker: [docker run]\n"
        );
        std::fs::write(lesson.join("lesson.yaml"), text).expect("the lesson is written");
        Lessons(folder)
    }

    fn boxlab(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_boxlab"));
        command.arg("--lessons").arg(self.path()).stdin(Stdio::null());
        command.env("XDG_STATE_HOME", self.path().join("state")).env("HOME", self.path());
        command
    }

    fn path(&self) -> PathBuf {
        self.0.path().to_owned()
    }
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// What a script in a fresh lab's shell says; none where no lab can be made, which is then a skip.
fn lab(script: &str) -> Option<String> {
    let lessons = Lessons::new(LOOK);
    let output =
        lessons.boxlab().args(["shell", "bare", "0", "--", "sh", "-c", script]).output().expect("boxlab starts");
    let said = said(&output);
    if output.status.code() == Some(3) {
        support::skip(&format!("no lab here: {said}"));
        return None;
    }
    Some(said)
}

/// Each row: a script, the call that is blamed, and words of its explanation.
fn explains(rows: &[(&str, &str, &[&str])]) {
    for (script, call, words) in rows {
        let Some(said) = lab(script) else { return };
        let at = said.find(&format!("why: {call}"));
        let answer = at.map(|at| &said[at..]).unwrap_or_else(|| panic!("`{script}` blames no {call}:\n{said}"));
        for word in *words {
            assert!(answer.contains(word), "`{script}`: no {word:?} in the reason:\n{answer}");
        }
        assert!(!answer.contains("none of the causes"), "`{script}`:\n{answer}");
    }
}

const BOX: &str = "mkdir -p /srv/box/old; mount --make-rprivate /; ";

#[test]
fn pivot_root() {
    let bind = format!("{BOX}mount --bind /srv/box /srv/box; ");
    let rows: [(String, &[&str]); 12] = [
        (
            format!("{BOX}why pivot_root /srv/box /srv/box/old"),
            &[
                "EINVAL",
                "must be a mount point",
                "plain directory on the mount at /",
                "try: mount --bind /srv/box /srv/box",
            ],
        ),
        (format!("{bind}why pivot_root /srv/box /srv"), &["EBUSY", "cannot be put onto itself"]),
        (
            format!("{bind}mkdir /m; mount -t tmpfs m /m; why pivot_root /srv/box /m"),
            &["EINVAL", "at or below the new root", "put_old: /m"],
        ),
        (
            format!("{bind}mount --make-shared /; why pivot_root /srv/box /srv/box/old"),
            &[
                "EINVAL",
                "on which the new root /srv/box is mounted, is shared",
                "mountinfo: / tmpfs rw shared",
                "--make-rprivate",
            ],
        ),
        (
            format!("{bind}mount --make-shared /srv/box; why pivot_root /srv/box /srv/box/old"),
            &["EINVAL", "on which put_old lies, is shared"],
        ),
        (
            format!(
                "{bind}mkdir -p /srv/box/in/old; chroot /srv sh -c 'mount --bind /box/in /box/in; why pivot_root /box/in /box/in/old'"
            ),
            &["EINVAL", "current root must be a mount point", "root: /srv"],
        ),
        (format!("{BOX}why pivot_root / /srv/box/old"), &["EINVAL", "the root that the caller has already"]),
        (format!("{bind}why pivot_root /srv/box /srv/box/nope"), &["ENOENT", "there is no /srv/box/nope"]),
        (format!("{bind}why pivot_root /etc/motd /srv/box/old"), &["ENOTDIR", "/etc/motd is a file"]),
        (format!("{bind}why pivot_root /srv/box /etc/motd"), &["ENOTDIR", "/etc/motd is a file"]),
        (
            "mkdir /b; why unshare -U pivot_root /b /b".into(),
            &["EPERM", "mount namespace belongs to the lab host's user namespace", "CLONE_NEWNS"],
        ),
        (
            format!("{bind}why unshare -Urm pivot_root /srv/box /srv/box/old"),
            &["EINVAL", "inherited from a more privileged mount namespace"],
        ),
    ];
    for (script, words) in &rows {
        let Some(said) = lab(script) else { return };
        for word in *words {
            assert!(said.contains(word), "`{script}`: no {word:?} in:\n{said}");
        }
        assert!(!said.contains("none of the causes"), "`{script}`:\n{said}");
    }
}

#[test]
fn umount2() {
    explains(&[
        ("why umount /srv", "umount2", &["EINVAL", "no mount point", "mountinfo: no mount point at /srv"]),
        ("why umount /proc/interrupts", "umount2", &["EINVAL", "no mount point", "try: name a mount point"]),
        ("why umount /nope", "umount2", &["ENOENT", "there is no /nope"]),
        ("why unshare -Urm umount /proc", "umount2", &["EINVAL", "inherited", "locked"]),
        ("why umount /", "umount2", &["EINVAL", "locked"]),
        ("why unshare -U umount /proc", "umount2", &["EPERM", "belongs to the lab host's user namespace"]),
        (
            "mkdir /m; mount -t tmpfs m /m; mkdir /m/in; mount -t tmpfs n /m/in; why umount /m",
            "umount2",
            &["EBUSY", "another mount lies on", "/m/in"],
        ),
        ("mkdir /m; mount -t tmpfs m /m; cd /m; why umount /m", "umount2", &["EBUSY", "in use", "working directory"]),
    ]);
}

#[test]
fn mount() {
    explains(&[
        ("why mount -t nofs n /mnt", "mount", &["ENODEV", "no file system named nofs", "/proc/filesystems"]),
        ("why mount -t tmpfs t /nope", "mount", &["ENOENT", "there is no /nope"]),
        ("why mount -t tmpfs t /etc/motd", "mount", &["ENOTDIR", "/etc/motd is a file"]),
        ("why mount -t ext4 /dev/null /mnt", "mount", &["EPERM", "may not mount ext4"]),
        ("why mount -t tmpfs -o shoe=1 t /mnt", "mount", &["EINVAL", "no option shoe"]),
        ("why mount -t tmpfs -o uid=77 t /mnt", "mount", &["EINVAL", "uid 77 is not mapped"]),
        ("why mount --make-private /srv", "mount", &["EINVAL", "no mount point"]),
        ("why mount -o remount,bind,ro /srv", "mount", &["EINVAL", "no mount point"]),
        ("why mount --bind /nope /mnt", "mount", &["ENOENT", "there is no /nope"]),
        ("why mount --bind /etc/motd /mnt", "mount", &["ENOTDIR", "a directory goes on a directory"]),
        (
            "mkdir /a /b; mount -t tmpfs t /a; mount --make-unbindable /a; why mount --bind /a /b",
            "mount",
            &["EINVAL", "unbindable"],
        ),
        (
            "mkdir /a /b; mount -t tmpfs t /a; why mount --move /a /b",
            "mount",
            &["EINVAL", "is shared", "--make-private /"],
        ),
        ("mkdir /a; why mount --move /a /mnt", "mount", &["EINVAL", "no mount point"]),
        (
            "mount --make-rprivate /; mkdir /a; mount -t tmpfs t /a; mkdir /a/in; why mount --move /a /a/in",
            "mount",
            &["ELOOP", "into itself"],
        ),
        (
            "why unshare -Ur mount -t tmpfs t /mnt",
            "mount",
            &["EPERM", "belongs to the lab host's user namespace", "CLONE_NEWNS"],
        ),
        ("why unshare -Urm mount -t proc p /mnt", "mount", &["EPERM", "PID namespace belongs to the lab host's"]),
        ("why unshare -Urm mount -t sysfs s /mnt", "mount", &["EPERM", "network namespace belongs to the lab host's"]),
        (
            "mount --bind /dev/null /proc/meminfo; why unshare -Urmpf mount -t proc p /mnt",
            "mount",
            &["EPERM", "covered in part", "/proc/meminfo"],
        ),
        (
            "mkdir /p; mount -t proc p /p; mount -o remount,bind,ro /p; mount --bind /dev/null /proc/meminfo; why unshare -Urmpf mount -t proc p /mnt",
            "mount",
            &["EPERM", "read-only"],
        ),
        ("why unshare -Urm mount --bind / /mnt", "mount", &["EINVAL", "locked", "--rbind"]),
        (
            "mkdir /a; mount -t tmpfs -o ro t /a; why unshare -Urm mount -o remount,bind,rw /a",
            "mount",
            &["EPERM", "these flags are locked", "ro"],
        ),
        ("mkdir /m; mount -t mqueue m /m; why mount -t mqueue m /m", "mount", &["EBUSY", "already"]),
    ]);
}

#[test]
fn overlay() {
    let made = "mkdir /l /l2 /u /w /u/w; ";
    let option = |given: &str| format!("{made}why mount -t overlay -o {given} o /mnt");
    let rows: [(&str, &[&str]); 6] = [
        ("lowerdir=/nope,upperdir=/u,workdir=/w", &["ENOENT", "lowerdir of the overlay is not there"]),
        ("lowerdir=/l,upperdir=/nope,workdir=/w", &["ENOENT", "upperdir of the overlay is not there"]),
        ("lowerdir=/l,upperdir=/u", &["EINVAL", "needs a workdir"]),
        ("lowerdir=/l", &["EINVAL", "one lower layer alone"]),
        ("lowerdir=/l,upperdir=/u,workdir=/u/w", &["EINVAL", "within each other"]),
        ("lowerdir=/u,upperdir=/u,workdir=/w", &["ELOOP", "both lower and upper"]),
    ];
    for (given, words) in rows {
        explains(&[(&option(given), "mount", words)]);
    }
}

#[test]
fn chroot_and_paths() {
    explains(&[
        ("why chroot /nope ls", "chroot", &["ENOENT", "there is no /nope"]),
        ("why chroot /etc/motd ls", "chroot", &["ENOTDIR", "/etc/motd is a file"]),
        ("why mkdir /a/b", "mkdir", &["ENOENT", "there is no /a, so /a/b leads nowhere", "mkdir -p /a"]),
        ("why mkdir /etc/motd/x", "mkdir", &["ENOTDIR", "/etc/motd is a file"]),
        ("why rmdir /etc", "rmdir", &["ENOTEMPTY", "it holds group"]),
        ("why rmdir /etc/motd", "rmdir", &["ENOTDIR", "a file, and rmdir removes directories only"]),
        ("why rmdir /proc", "rmdir", &["EBUSY", "is a mount point", "umount /proc"]),
        ("why unlink /nope", "unlink", &["ENOENT", "there is no /nope"]),
        ("why ln -s x /a/b", "symlink", &["ENOENT", "there is no /a"]),
        ("why chmod 600 /nope", "", &["ENOENT", "there is no /nope"]),
        ("ln -s /no/where /l; why cat /l", "", &["ENOENT", "/l is a link to /no/where", "there is no /no"]),
        ("ln -s l /l; why cat /l", "", &["ELOOP", "circle of symbolic links"]),
        ("mkdir /m; mount -t tmpfs -o ro t /m; why touch /m/x", "openat", &["EROFS", "read-only", "/m"]),
        (
            "chmod 444 /etc/motd; why unshare -U sh -c 'echo x > /etc/motd'",
            "openat",
            &["EACCES", "may not write /etc/motd"],
        ),
        ("mkdir /r; why chroot /r cat /x", "", &["ENOENT", "below the caller's root directory", "root: /r"]),
        ("why mknod /x c 1 3", "mknod", &["EPERM", "machine's first user namespace"]),
        ("why unshare -Ur chown 5 /etc/motd", "chown", &["EINVAL", "no user 5"]),
        (
            "mkdir /t; chmod 000 /t; why unshare -U cat /t/x",
            "",
            &["EACCES", "may not search the directory /t", "mode 0000"],
        ),
        (
            "mkdir /m; mount -t tmpfs -o nodev t /m; touch /m/n; mount --bind /dev/null /m/n; mount -o remount,bind,nodev /m/n; why cat /m/n",
            "openat",
            &["EACCES", "nodev"],
        ),
    ]);
}

#[test]
fn execve() {
    explains(&[
        ("why foo", "execve", &["ENOENT", "no directory of PATH has a program foo", "/usr/sbin"]),
        ("why /no/foo", "execve", &["ENOENT", "there is no /no"]),
        ("echo x > /f; why /f", "execve", &["EACCES", "no x bit", "chmod +x /f"]),
        (
            "echo '#!/no/sh' > /f; chmod +x /f; why /f",
            "execve",
            &["ENOENT", "/f is there, but its interpreter /no/sh is not"],
        ),
        ("echo '#!/etc/motd' > /f; chmod +x /f; why /f", "execve", &["EACCES", "needs its interpreter", "no x bit"]),
        ("why /etc", "execve", &["EACCES", "is a directory"]),
        (
            "mkdir /m; mount -t tmpfs -o noexec t /m; cp /bin/boxlab /m/ls; why /m/ls",
            "execve",
            &["EACCES", "noexec", "/m"],
        ),
    ]);
}

#[test]
fn namespaces_and_processes() {
    explains(&[
        ("why unshare -U unshare -m true", "unshare", &["EPERM", "lacks CAP_SYS_ADMIN"]),
        ("mkdir /r; why chroot /r unshare -U true", "unshare", &["EPERM", "in a chroot (/r)", "pivot_root"]),
        (
            "echo 0 > /proc/sys/user/max_uts_namespaces; why unshare -u true",
            "unshare",
            &["ENOSPC", "user.max_uts_namespaces is 0"],
        ),
        (
            "why unshare -Ur hostname x",
            "sethostname",
            &["EPERM", "UTS namespace belongs to the lab host's", "CLONE_NEWUTS"],
        ),
        (
            "why hostname aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
            "sethostname",
            &["EINVAL", "72 bytes long"],
        ),
        ("why unshare -p unshare -p true", "unshare", &["EINVAL", "already"]),
        ("why kill -9 99", "kill", &["ESRCH", "no process has the number 99"]),
        ("mount --make-rprivate /; why unshare -pf kill -9 3", "kill", &["ESRCH", "in the caller's PID namespace"]),
        ("why nsenter --user=/proc/self/ns/user true", "setns", &["EINVAL", "in this user namespace already"]),
        ("why nsenter --uts=/etc/motd true", "setns", &["EINVAL", "stands for no namespace"]),
        ("why nsenter --uts=/proc/self/ns/net true", "setns", &["EINVAL", "another kind"]),
        ("why unshare -Ur nsenter --uts=/proc/1/ns/uts true", "openat", &["EACCES", "may not look into"]),
        (
            "unshare -pf why nsenter --pid=/proc/1/ns/pid true",
            "setns",
            &["EINVAL", "not the caller's own nor below it"],
        ),
    ]);
}

#[test]
fn what_did_not_fail_is_said_so() {
    for (script, words) in [
        ("why true", "it did not fail"),
        ("why false", "the program decided so itself"),
        ("why -v sh -c 'rmdir /etc; true'", "was coped with: rmdir(\"/etc\") = -1 ENOTEMPTY"),
        ("why sh -c 'kill -KILL $$'", "ended by SIGKILL"),
        ("why why true", "one at a time"),
        ("BOXLAB_WHY= why true", "no lab to ask"),
        ("why sh -c 'exit 7'; echo status $?", "status 7"),
        // What the command leaves behind runs on, and is not waited for.
        ("why sh -c 'sh -c \"sleep 0.2; echo later\" & exit 2'; wait; sleep 0.6", "later"),
    ] {
        let Some(said) = lab(script) else { return };
        assert!(said.contains(words), "`{script}`: no {words:?} in:\n{said}");
    }
}

/// The last of some steps of a lesson, which must fail: its evidence.
fn steps(before: &[&str], operation: &str, errno: &str, forbid_ptrace: bool) -> Option<serde_json::Value> {
    let mut steps = String::new();
    for operation in before {
        let (actor, operation) =
            operation.split_once(": ").filter(|(actor, _)| *actor == "container").unwrap_or(("runtime", operation));
        steps.push_str(&format!("  - as: {actor}\n    say: First.\n    do: {operation}\n    why: It is needed.\n"));
    }
    steps.push_str(&format!(
        "  - as: runtime\n    say: Do it.\n    do: {operation}\n    fails: {errno}\n    why: It fails.\n"
    ));
    let lessons = Lessons::new(&steps);
    let mut command = lessons.boxlab();
    command.args(["run", "bare", "--auto", "--format", "json"]);
    if forbid_ptrace {
        // SAFETY: between fork and exec, system calls only.
        unsafe { command.pre_exec(|| support::filter(libc::SYS_ptrace, support::EPERM).map_err(Into::into)) };
    }
    let output = command.output().expect("boxlab starts");
    if output.status.code() == Some(3) {
        support::skip(&format!("no lab here: {}", said(&output)));
        return None;
    }
    let record: serde_json::Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{}", said(&output)));
    let evidence = record["steps"][before.len()]["evidence"].clone();
    assert_eq!(evidence["failed"]["errno"], errno, "{evidence:#}");
    Some(evidence)
}

#[test]
fn steps_of_lessons_have_their_reason_recorded_or_not() {
    for (operation, errno, words) in [
        ("{ pivot_root: { new_root: /srv, put_old: /srv } }", "EINVAL", "/srv is a plain directory on the mount at /"),
        ("{ mount: { type: nofs, at: /mnt } }", "ENODEV", "no file system named nofs"),
        ("{ bind: { from: /nope, to: /mnt } }", "ENOENT", "there is no /nope"),
        ("{ propagation: { at: /srv, to: private } }", "EINVAL", "/srv is no mount point"),
        ("{ umount: { at: /srv } }", "EINVAL", "/srv is no mount point"),
        ("{ chroot: /nope }", "ENOENT", "there is no /nope"),
        ("{ chdir: /etc/motd }", "ENOTDIR", "/etc/motd is a file"),
        ("{ run: [/bin/nope] }", "ENOENT", "there is no /bin/nope"),
        ("{ run: [/etc/motd] }", "EACCES", "no x bit"),
        ("{ kill: { pid: 99, signal: TERM } }", "ESRCH", "no process has the number 99"),
        ("{ setns: { of: host, kinds: [user] } }", "EINVAL", "in this user namespace already"),
        ("{ remove: /etc }", "ENOTEMPTY", "it holds group"),
        ("{ read: /nope }", "ENOENT", "there is no /nope"),
    ] {
        for forbid_ptrace in [false, true] {
            let Some(evidence) = steps(&[], operation, errno, forbid_ptrace) else { return };
            let cause = evidence["reason"]["cause"].as_str().unwrap_or_default();
            assert!(cause.contains(words), "{operation}, ptrace forbidden: {forbid_ptrace}: {evidence:#}");
            assert_eq!(evidence["untraced"].is_string(), forbid_ptrace, "{evidence:#}");
        }
    }
}

#[test]
fn steps_after_others() {
    let user = "{ unshare: [user] }";
    let write = |file: &str, text: &str| format!("{{ write: {{ at: /proc/self/{file}, text: \"{text}\" }} }}");
    let maps = [user.to_owned(), write("setgroups", "deny"), write("gid_map", "0 0 1"), write("uid_map", "0 0 1")];
    let root: Vec<&str> = maps.iter().map(String::as_str).collect();
    let rows: Vec<(Vec<&str>, String, &str, &str)> = vec![
        (vec![user], write("uid_map", "0 0 2"), "EPERM", "its line maps 2 ids"),
        (vec![user], write("uid_map", "0 5 1"), "EPERM", "not the writer's own id"),
        (vec![user], write("uid_map", "0 0 0"), "EINVAL", "three numbers"),
        (root.clone(), write("uid_map", "0 0 1"), "EPERM", "written once"),
        (root.clone(), write("setgroups", "allow"), "EPERM", "that is final"),
        (
            root.clone(),
            "{ sethostname: box }".into(),
            "EPERM",
            "UTS namespace belongs to the lab host's user namespace",
        ),
        (
            root.clone(),
            "{ mount: { type: tmpfs, at: /mnt } }".into(),
            "EPERM",
            "mount namespace belongs to the lab host's",
        ),
        (
            root.clone(),
            "{ setns: { of: host, kinds: [uts] } }".into(),
            "EPERM",
            "UTS namespace belongs to the lab host's",
        ),
        (root.clone(), "{ setns: { of: host, kinds: [user] } }".into(), "EPERM", "is not below the caller's own"),
        (vec!["{ drop: [sys_admin] }"], "{ sethostname: box }".into(), "EPERM", "lacks CAP_SYS_ADMIN"),
        (vec!["{ drop: [sys_admin] }"], "{ unshare: [uts] }".into(), "EPERM", "lacks CAP_SYS_ADMIN"),
        (vec!["{ drop: [sys_admin] }"], "{ mount: { type: tmpfs, at: /mnt } }".into(), "EPERM", "lacks CAP_SYS_ADMIN"),
        (vec!["{ drop: [sys_chroot] }"], "{ chroot: /srv }".into(), "EPERM", "lacks CAP_SYS_CHROOT"),
        (vec!["{ chroot: /srv }"], "{ unshare: [user] }".into(), "EPERM", "in a chroot (/srv)"),
        (vec!["{ unshare: [pid] }"], "{ unshare: [pid] }".into(), "EINVAL", "already"),
        (
            vec!["{ unshare: [pid] }", "{ run: [/bin/true] }"],
            "{ fork: container }".into(),
            "ENOMEM",
            "lost its first process",
        ),
        (
            vec!["{ unshare: [pid] }", "{ run: [/bin/true] }"],
            "{ run: [/bin/true] }".into(),
            "ENOMEM",
            "lost its first process",
        ),
        // Its PID 1 is a zombie: it has ended, and nobody has waited for it.
        (
            vec!["{ unshare: [pid] }", "{ fork: container }", "container: { exit: 0 }"],
            "{ run: [/bin/true] }".into(),
            "ENOMEM",
            "lost its first process",
        ),
        (
            vec!["{ mkdir: [/lib] }", "{ place: { program: foreign, at: /f } }"],
            "{ run: [/f] }".into(),
            "ENOEXEC",
            "is a program for",
        ),
        (
            vec!["{ place: { program: dynamic, at: /f } }"],
            "{ run: [/f] }".into(),
            "ENOENT",
            "its loader /lib/ld.so.1 is not",
        ),
        (
            vec!["{ write: { at: /f, text: hello, executable: true } }"],
            "{ run: [/f] }".into(),
            "ENOEXEC",
            "text without a #! line",
        ),
        (vec!["{ write: { at: /f, text: \"\", executable: true } }"], "{ run: [/f] }".into(), "ENOEXEC", "is empty"),
        (
            vec!["{ write: { at: /f, text: \"#!/no/sh\", executable: true } }"],
            "{ run: [/f] }".into(),
            "ENOENT",
            "interpreter /no/sh is not",
        ),
        (
            vec!["{ write: { at: /f, text: \"\\x7fELF....\", executable: true } }"],
            "{ run: [/f] }".into(),
            "ENOEXEC",
            "damaged",
        ),
        (vec!["{ mkdir: [/d] }"], "{ mkdir: [/d] }".into(), "EEXIST", "a directory at /d already"),
        (vec!["{ symlink: { to: /no, at: /l } }"], "{ chdir: /l }".into(), "ENOENT", "/l is a link to /no"),
    ];
    for (before, operation, errno, words) in &rows {
        for forbid_ptrace in [false, true] {
            let Some(evidence) = steps(before, operation, errno, forbid_ptrace) else { return };
            let cause = evidence["reason"]["cause"].as_str().unwrap_or_default();
            assert!(cause.contains(words), "{before:?} {operation}, ptrace forbidden: {forbid_ptrace}: {evidence:#}");
        }
    }
}

#[test]
fn without_ptrace_why_says_so() {
    let lessons = Lessons::new(LOOK);
    let mut command = lessons.boxlab();
    command.args(["shell", "bare", "0", "--", "why", "true"]);
    // SAFETY: as above.
    unsafe { command.pre_exec(|| support::filter(libc::SYS_ptrace, support::EPERM).map_err(Into::into)) };
    let output = command.output().expect("boxlab starts");
    if output.status.code() != Some(3) {
        let said = said(&output);
        assert!(said.contains("was not run") && said.contains("boxlab doctor"), "{said}");
    }
}
