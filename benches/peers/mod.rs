//! The finished container from nothing beside what others take for the same: `true` in it is the program. All of them run
//! in turns in one mount namespace, in which the root of the peers is an overlay that was mounted before.
//! The container is that of lesson overlay: all its namespaces, Docker's capabilities and seccomp profile, no new
//! privileges, /dev, masked paths; no control group. An OCI runtime makes no network but an empty namespace: where the row
//! says so, a hook gives it the same cable, bridge, route, NAT and published port with ip(8) and nft(8), as engines do. The
//! network namespace around all of them is the bench's own.

use super::{Table, boxlab, run, state};
use serde_json::{Value, json};
use std::path::Path;
use std::process::Command;

/// How this program is called again, in a mount namespace of its own.
pub const AGAIN: &str = "--peers";

/// Gives the rows; each is printed by the child, since it may mount and this may not.
pub fn rows(table: &mut Table) {
    let own = std::env::current_exe().expect("a program has a path");
    // crun takes no cgroup2 beside version 1, so that is out of its sight.
    let script = "umount /sys/fs/cgroup/unified 2>/dev/null; exec \"$@\"";
    let mut command = Command::new("unshare");
    // Whoever is not root is root in a user namespace, and so may mount.
    if !nix::unistd::geteuid().is_root() {
        command.arg("-Ur");
    }
    command.args(["-mn", "--propagation", "private", "sh", "-c", script, "sh"]).arg(own).arg(AGAIN).arg(state());
    let said = command.output().map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    for line in said.unwrap_or_default().lines() {
        let cells: Vec<&str> = line.split('\t').collect();
        if let Ok([what, median, range, note]) = <[&str; 4]>::try_from(cells) {
            table.0.push([what, median, range, note].map(str::to_owned));
        }
    }
}

/// In that mount namespace. Each peer is tried once first; one that is not here, or refuses, says so.
pub fn measure(folder: &Path) {
    let mut table = Table(Vec::new());
    let (bundle, wired) = (folder.join("bundle"), folder.join("wired"));
    prepare(&bundle);
    wire(&bundle, &wired);
    let root = bundle.join("rootfs").display().to_string();
    let path = bundle.display().to_string();
    let of = |program: &str, arguments: &[&str]| {
        let mut command = Command::new(program);
        command.args(arguments);
        command
    };
    let wired = wired.display().to_string();
    let engine = |program: &str, before: &[&str], path: &str, round: usize| {
        let name = format!("boxlab-bench-{}-{round}", std::process::id());
        of(program, &[before, &["run", "--bundle", path, &name]].concat())
    };
    let crun = ["--cgroup-manager=disabled"];
    let bwrap =
        ["--unshare-all", "--cap-drop", "ALL", "--bind", &root, "/", "--proc", "/proc", "--dev", "/dev", "/bin/true"];
    let unshare = ["-Umnpiuf", "--map-root-user", "-R", &root, "/bin/true"];
    type Make<'a> = Box<dyn Fn(usize) -> Command + 'a>;
    let peers: [(&str, &str, Make<'_>); 7] = [
        (
            "finished container and `true`, Boxlab (ms)",
            "with network",
            Box::new(|_| boxlab(&["shell", "overlay", "--", "true"])),
        ),
        ("the same, crun run (ms)", "network by a hook", Box::new(|round| engine("crun", &crun, &wired, round))),
        (
            "the same, runc run (ms)",
            "network by a hook, and a control group",
            Box::new(|round| engine("runc", &[], &wired, round)),
        ),
        ("crun run (ms)", "an empty network", Box::new(|round| engine("crun", &crun, &path, round))),
        ("runc run (ms)", "an empty network", Box::new(|round| engine("runc", &[], &path, round))),
        ("bwrap, all namespaces (ms)", "no seccomp", Box::new(|_| of("bwrap", &bwrap))),
        ("unshare(1), all namespaces (ms)", "no /dev, all powers", Box::new(|_| of("unshare", &unshare))),
    ];
    let works: Vec<Result<(), String>> = peers.iter().map(|(_, _, command)| try_once(command(1000))).collect();
    let mut times = vec![Vec::new(); peers.len()];
    for round in 0..33 {
        for (at, (_, _, command)) in peers.iter().enumerate().filter(|(at, _)| works[*at].is_ok()) {
            let time = run(&mut command(round));
            // The first rounds warm the caches.
            if round >= 3 {
                times[at].push(time);
            }
        }
    }
    for (at, (what, note, _)) in peers.iter().enumerate() {
        match &works[at] {
            Ok(()) => table.row(what, &mut times[at], note),
            Err(why) => table.value(what, "none".to_owned(), why),
        }
    }
    for row in &table.0 {
        println!("{}", row.join("\t"));
    }
    nix::mount::umount(&bundle.join("rootfs")).ok();
    std::fs::remove_dir_all(state()).ok();
}

fn try_once(mut command: Command) -> Result<(), String> {
    match command.stdin(std::process::Stdio::null()).output() {
        Err(error) => Err(format!("not here: {error}")),
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr).replace(['\t', '\n'], " ");
            Err(format!("refuses: {}", said.chars().take(100).collect::<String>()))
        }
    }
}

/// A bundle whose root is an overlay of a lower layer with the tools.
fn prepare(bundle: &Path) {
    let lower = bundle.join("lower");
    for directory in ["lower/bin", "lower/etc", "lower/proc", "lower/sys", "lower/dev", "upper", "work", "rootfs"] {
        std::fs::create_dir_all(bundle.join(directory)).expect("a directory");
    }
    std::fs::copy(super::PROGRAM, lower.join("bin/boxlab")).expect("a copy of the program");
    std::os::unix::fs::symlink("boxlab", lower.join("bin/true")).expect("a link");
    let options = format!(
        "lowerdir={},upperdir={},workdir={}",
        lower.display(),
        bundle.join("upper").display(),
        bundle.join("work").display()
    );
    let at = bundle.join("rootfs");
    let overlay = |options: &str| {
        nix::mount::mount(Some("overlay"), &at, Some("overlay"), nix::mount::MsFlags::empty(), Some(options))
    };
    overlay(&options).or_else(|_| overlay(&format!("{options},userxattr"))).expect("an overlay can be mounted");
    std::fs::write(bundle.join("config.json"), config().to_string()).expect("a file");
}

/// The same bundle with a network: a hook makes it when the namespaces are there, before the program starts.
fn wire(bundle: &Path, wired: &Path) {
    std::fs::create_dir_all(wired).expect("a directory");
    let hook = wired.join("network");
    std::fs::write(&hook, include_str!("network.sh")).expect("a file");
    std::fs::set_permissions(&hook, std::os::unix::fs::PermissionsExt::from_mode(0o755)).expect("a mode");
    let mut config = config();
    config["root"]["path"] = json!(bundle.join("rootfs"));
    config["hooks"] = json!({ "createRuntime": [{ "path": hook, "args": ["network"], "env": ["PATH=/usr/sbin:/usr/bin:/sbin:/bin"] }] });
    std::fs::write(wired.join("config.json"), config.to_string()).expect("a file");
}

fn config() -> Value {
    let names: Vec<&str> = include_str!("../../data/docker/capabilities-20.10.24.txt")
        .lines()
        .map(str::trim)
        .filter(|line| line.starts_with("CAP_"))
        .collect();
    let kinds = ["user", "mount", "pid", "uts", "ipc", "network", "cgroup"];
    // As in a lab that root has started: nobody outside. Whoever is root of a user namespace has only that id.
    let id = if std::fs::read_to_string("/proc/self/uid_map").is_ok_and(|map| map.contains("4294967295")) {
        65534
    } else {
        0
    };
    let map = json!([{ "containerID": 0, "hostID": id, "size": 1 }]);
    let mount = |at: &str, kind: &str, options: &[&str]| json!({ "destination": at, "type": kind, "source": kind, "options": options });
    json!({
        "ociVersion": "1.0.2",
        "hostname": "box",
        "root": { "path": "rootfs" },
        "process": {
            "user": { "uid": 0, "gid": 0 }, "cwd": "/", "args": ["/bin/true"], "env": ["PATH=/bin"],
            "noNewPrivileges": true,
            "capabilities": { "bounding": names, "effective": names, "permitted": names },
        },
        "mounts": [
            mount("/proc", "proc", &[]),
            mount("/dev", "tmpfs", &["nosuid", "mode=755", "size=64k"]),
            mount("/dev/pts", "devpts", &["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620"]),
            mount("/dev/shm", "tmpfs", &["nosuid", "nodev", "noexec", "mode=1777", "size=64m"]),
            mount("/dev/mqueue", "mqueue", &["nosuid", "nodev", "noexec"]),
            mount("/sys", "sysfs", &["ro", "nosuid", "nodev", "noexec"]),
        ],
        "linux": {
            "namespaces": kinds.map(|kind| json!({ "type": kind })),
            "uidMappings": map, "gidMappings": map,
            "maskedPaths": ["/proc/interrupts", "/proc/kcore", "/proc/keys", "/proc/timer_list"],
            "readonlyPaths": ["/proc/sys"],
            "seccomp": profile(&names),
        },
    })
}

/// Docker's profile, in the form of the runtimes: what is for other capabilities or processors is left out.
fn profile(capabilities: &[&str]) -> Value {
    let docker: Value = serde_json::from_str(include_str!("../../data/docker/seccomp-20.10.24.json")).expect("JSON");
    let arch = if cfg!(target_arch = "x86_64") { "amd64" } else { "arm64" };
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let has = |value: &Value| value.as_str().is_some_and(|name| capabilities.contains(&name) || name == arch);
    let mut calls = Vec::new();
    for call in list(&docker["syscalls"]) {
        let (included, excluded) = (&call["includes"], &call["excludes"]);
        let arches = list(&included["arches"]);
        let wanted = list(&included["caps"]).iter().all(has) && (arches.is_empty() || arches.iter().any(has));
        let unwanted = ["caps", "arches"].iter().any(|key| list(&excluded[*key]).iter().any(has));
        if wanted && !unwanted {
            let mut call = call.as_object().cloned().unwrap_or_default();
            call.retain(|key, value| {
                matches!(key.as_str(), "names" | "action" | "args" | "errnoRet") && !value.is_null()
            });
            calls.push(Value::Object(call));
        }
    }
    json!({ "defaultAction": docker["defaultAction"], "syscalls": calls })
}
