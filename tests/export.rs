//! What is taken home does what the lesson does: each lesson is exported in each form, run on this kernel, and looked at from
//! inside; what is found is compared with the lesson's record. Scripts and programs make namespaces for themselves, and a
//! runtime keeps its state in a temporary folder, so nothing is done to the machine.

mod support;

use boxlab::evidence::moments::moments;
use boxlab::evidence::record::Shown;
use boxlab::evidence::stored::Stored;
use boxlab::kernel::capabilities::NAMES;
use std::collections::{BTreeMap, BTreeSet};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use support::boxlab::{Boxlab, Who, everyone};
use support::skip;

/// What is asked inside, with programs that all forms have there. Each answer stands below its name.
const LOOK: &str = "echo @hostname; hostname; echo @ns; ls -l /proc/self/ns; echo @mounts; cat /proc/self/mountinfo; \
                    echo @uid_map; cat /proc/self/uid_map; echo @gid_map; cat /proc/self/gid_map; echo @status; \
                    cat /proc/self/status; echo @addresses; cat /proc/self/net/fib_trie; echo @routes; \
                    cat /proc/self/net/route; echo @entries; ls -a /; echo @end";

/// The lessons that leave something, by number and name. What each has left, the next one finds at its beginning (`AFTER`).
const LESSONS: [(&str, &str); 15] = [
    ("02", "hostname"),
    ("03", "pids"),
    ("04", "mounts"),
    ("05", "rootfs"),
    ("06", "pivot"),
    ("07", "special"),
    ("08", "users"),
    ("09", "small"),
    ("10", "veth"),
    ("11", "bridge"),
    ("12", "cgroups"),
    ("13", "memory"),
    ("14", "cpu"),
    ("17", "init"),
    ("19", "overlay"),
];
/// Those that are experiments beside the container, and whose container it is.
const EXPERIMENTS: [(&str, &str); 3] = [("caps", "bridge"), ("seccomp", "bridge"), ("enter", "init")];

/// How far a form goes.
#[derive(Clone, Copy, PartialEq)]
enum Form {
    Shell,
    Rust,
    Oci,
}

/// The answers of `LOOK`.
struct Seen(BTreeMap<String, String>);

impl Seen {
    fn read(text: &str) -> Option<Seen> {
        text.contains("@end").then_some(())?;
        let parts = text.split('@').skip(1).filter_map(|part| part.split_once('\n'));
        Some(Seen(parts.map(|(name, answer)| (name.to_owned(), answer.trim().to_owned())).collect()))
    }

    fn get(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// `uts` → `uts:[4026531838]`
    fn namespaces(&self) -> BTreeMap<String, String> {
        links(self.get("ns"))
    }

    fn status(&self, field: &str) -> &str {
        let line = self.get("status").lines().find_map(|line| line.strip_prefix(field)?.strip_prefix(':'));
        line.unwrap_or("").trim()
    }

    /// By mount point: type, options, and what is said of propagation.
    fn mounts(&self) -> BTreeMap<&str, (&str, &str, String)> {
        fn read(line: &str) -> Option<(&str, (&str, &str, String))> {
            let (left, right) = line.split_once(" - ")?;
            let words: Vec<&str> = left.split(' ').collect();
            Some((*words.get(4)?, (right.split(' ').next()?, *words.get(5)?, words.get(6..)?.join(" "))))
        }
        self.get("mounts").lines().filter_map(read).collect()
    }
}

/// Lines of `ls -l /proc/self/ns`.
fn links(text: &str) -> BTreeMap<String, String> {
    let pair = |line: &str| {
        let (left, to) = line.split_once(" -> ")?;
        Some((left.rsplit(' ').next()?.to_owned(), to.trim().to_owned()))
    };
    text.lines().filter_map(pair).collect()
}

/// The namespaces of this test, which are the machine's.
fn of_the_machine() -> BTreeMap<String, String> {
    let link = |kind: &str| {
        let to = std::fs::read_link(format!("/proc/self/ns/{kind}")).ok()?;
        Some((kind.to_owned(), to.display().to_string()))
    };
    ["cgroup", "ipc", "mnt", "net", "pid", "time", "user", "uts"].into_iter().filter_map(link).collect()
}

/// Whose record begins with what a lesson has left: experiments of its own are in its own record, and not in that one. Lessons
/// 13 and 14 change a limit only; after lesson 19 comes none.
const AFTER: [(&str, &str); 15] = [
    ("02", "03-pids"),
    ("03", "04-mounts"),
    ("04", "05-rootfs"),
    ("05", "06-pivot"),
    ("06", "07-special"),
    ("07", "08-users"),
    ("08", "09-small"),
    ("09", "10-veth"),
    ("10", "11-bridge"),
    ("11", "15-caps"),
    ("12", "13-memory"),
    ("13", "13-memory"),
    ("14", "14-cpu"),
    ("17", "18-enter"),
    ("19", "19-overlay"),
];

/// What a record says of the container as a lesson has left it.
fn recorded(number: &str) -> BTreeMap<String, String> {
    let (_, after) = AFTER.into_iter().find(|(it, _)| *it == number).expect("a lesson of the list");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("lessons").join(after);
    let text = std::fs::read_to_string(folder.join("record.json")).expect("a record");
    let record: Stored = serde_json::from_str(&text).expect("a record's JSON");
    let facts: Vec<Shown> = if after.starts_with(number) && number == "19" {
        moments(&record).expect("facts").pop().expect("a last step")
    } else {
        record.initial
    };
    let has_container = facts.iter().any(|it| it.subject == "container");
    let who = if has_container { "container" } else { "runtime" };
    let text = |it: &Shown| serde_json::to_value(&it.key).ok()?.as_str().map(str::to_owned);
    let all: BTreeMap<String, String> =
        facts.iter().filter(|it| it.subject == who).filter_map(|it| Some((text(it)?, it.text.clone()))).collect();
    assert!(all.len() > 10, "{number}: the record says hardly anything of {who}");
    all
}

/// Compares. `host` are the namespaces of what is outside: of the lab host, or of the machine for a bundle.
fn compare(form: Form, number: &str, id: &str, seen: &Seen, host: &BTreeMap<String, String>) {
    let record = recorded(number);
    let said = format!("{number}-{id}: {:#?}", seen.0);
    let get = |key: &str| record.get(key).map(String::as_str);
    let has_root = get("mount./").is_some_and(|it| !it.contains("shared")) && number >= "06";
    assert_eq!(Some(seen.get("hostname")), get("hostname"), "{said}");
    let own_user = get("ns.user") == Some("user:[box]");
    for (kind, found) in seen.namespaces() {
        let key = format!("ns.{}", if kind == "mnt" { "mount" } else { kind.as_str() });
        let (Some(claimed), Some(outside)) = (get(&key), host.get(&kind)) else { continue };
        // No runtime does without a mount namespace, and for nobody none without a user namespace.
        let forced = form == Form::Oci && (kind == "mnt" || kind == "user");
        if !claimed.ends_with("[host]") {
            assert_ne!(found, *outside, "{kind} is the outside's, and {claimed} in the lesson: {said}");
        } else if !forced {
            assert_eq!(found, *outside, "{kind} is new, and {claimed} in the lesson: {said}");
        }
    }
    for map in ["uid_map", "gid_map"] {
        let numbers: Vec<&str> = seen.get(map).split_whitespace().collect();
        if own_user {
            assert_eq!(get(map), Some("0 0 1"), "{number}");
            assert_eq!((numbers.first(), numbers.get(2), numbers.len()), (Some(&"0"), Some(&"1"), 3), "{said}");
        }
    }
    // Without a user namespace nobody gets more than whoever has started it.
    let wide = seen.get("uid_map").contains("4294967295");
    let all = if wide { own_capabilities() } else { (1 << NAMES.len()) - 1 };
    for (field, key) in [
        ("CapBnd", "caps.bounding"),
        ("CapEff", "caps.effective"),
        ("CapPrm", "caps.permitted"),
        ("CapInh", "caps.inheritable"),
    ] {
        let Some(claimed) = get(key) else { continue };
        let found = u64::from_str_radix(seen.status(field), 16).expect("a set of capabilities");
        assert_eq!(format!("{found:x}"), format!("{:x}", capabilities(claimed, all)), "{key} {claimed}: {said}");
    }
    if let Some(claimed) = get("no_new_privs") {
        assert_eq!(seen.status("NoNewPrivs"), if claimed == "yes" { "1" } else { "0" }, "{said}");
    }
    if form == Form::Oci
        && let Some(claimed) = get("seccomp")
    {
        assert_eq!(seen.status("Seccomp"), if claimed == "filter" { "2" } else { "0" }, "{said}");
    }
    if has_root {
        compare_mounts(form, &record, seen, &said);
    } else if number == "04" {
        assert_eq!(seen.mounts().get("/proc").map(|it| it.0), Some("proc"), "{said}");
    }
    if form != Form::Oci {
        for (key, address) in record.iter().filter(|(key, _)| key.starts_with("address.") && !key.ends_with("br0")) {
            if get("ns.net") == Some("net:[host]") {
                break;
            }
            let plain = address.split('/').next().unwrap_or(address);
            assert!(seen.get("addresses").contains(plain), "{key} {address}: {said}");
        }
        // Its destination and its gateway, in the machine's order of bytes.
        let default = seen.get("routes").lines().any(|line| line.contains("\t00000000\t0100580A\t"));
        // Only some lessons read routes.
        let reads = record.keys().any(|key| key.starts_with("route."));
        assert_eq!(default && reads, get("route.default") == Some("via 10.88.0.1 by eth0"), "{said}");
    }
}

fn compare_mounts(form: Form, record: &BTreeMap<String, String>, seen: &Seen, said: &str) {
    let mounts = seen.mounts();
    let claimed = record.iter().filter_map(|(key, text)| Some((key.strip_prefix("mount.")?, text.as_str())));
    let claimed: BTreeMap<&str, &str> = claimed.collect();
    // A runtime makes the devices in its own way, and its root is a folder of a disk.
    // What is mounted below the machine's /sys comes along where there is no sysfs of one's own.
    let own_network = record.get("ns.net").is_some_and(|it| !it.ends_with("[host]"));
    let device = |at: &str| at.starts_with("/dev/") && !at.ends_with("shm") && !at.ends_with("mqueue");
    let below_sys = |at: &str| at.starts_with("/sys/") && !own_network;
    let engine = |at: &str| form == Form::Oci && (at == "/" || at == "/dev" || device(at) || below_sys(at));
    for (at, text) in &claimed {
        let Some((kind, options, propagation)) = mounts.get(at).filter(|_| !engine(at) || mounts.contains_key(at))
        else {
            assert!(engine(at), "nothing is mounted on {at}: {said}");
            continue;
        };
        let folder = form == Form::Oci && text.contains(" of /srv/");
        if engine(at) || folder || text.starts_with("lent by") {
            assert!(!text.ends_with(", ro") || options.split(',').any(|it| it == "ro"), "{at} {options}: {said}");
            continue;
        }
        let mut words = text.split(' ');
        assert_eq!(words.next(), Some(*kind), "{at}: {said}");
        // What a runtime makes read-only keeps its other flags.
        let only_ro = form == Form::Oci && *at == "/proc/sys";
        for flag in words.next().unwrap_or("").split(',').filter(|it| *it == "ro" || *it != "rw" && !only_ro) {
            assert!(options.split(',').any(|it| it == flag), "{at} lacks {flag}: {options}: {said}");
        }
        if form != Form::Oci && text.ends_with("private") {
            assert_eq!(propagation, "", "{at} is not private: {said}");
        }
    }
    let more: Vec<_> = mounts.keys().filter(|at| !claimed.contains_key(*at) && !engine(at)).collect();
    assert!(more.is_empty(), "mounted too: {more:?}: {said}");
}

/// `all`, `none`, `all but a, b`, or a list.
fn capabilities(text: &str, all: u64) -> u64 {
    let bits = |list: &str| {
        list.split(", ")
            .filter_map(|name| NAMES.iter().position(|it| *it == name))
            .fold(0u64, |bits, at| bits | 1 << at)
    };
    match text {
        "all" => all,
        "none" => 0,
        _ => match text.strip_prefix("all but ") {
            Some(list) => all & !bits(list),
            None => all & bits(text),
        },
    }
}

fn own_capabilities() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").expect("the own status");
    let line = status.lines().find_map(|line| line.strip_prefix("CapBnd:")).expect("the bounding set");
    u64::from_str_radix(line.trim(), 16).expect("hexadecimal digits")
}

/// Exports, into a folder of the run's home, which everybody may read.
fn export(who: Who, lesson: &str, form: &str) -> (Boxlab, PathBuf) {
    let mut run = Boxlab::by(who, ["export", lesson, "--as", form, "-o"]);
    let folder = run.home.path().join("out");
    run.command.arg(&folder);
    let output = run.command.output().expect("it starts");
    assert!(output.status.success(), "{lesson} as {form}: {}", String::from_utf8_lossy(&output.stderr));
    (run, folder)
}

/// Runs somebody else's program as whoever is meant, with this home. What it printed, and its exit status.
fn ran(mut command: Command, who: Who, home: &Path) -> (String, String, Option<i32>) {
    command.env_clear().env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin").env("HOME", home).env("XDG_RUNTIME_DIR", home);
    command.stdin(Stdio::null()).current_dir(home);
    if who == Who::Nobody {
        command.uid(65534).gid(65534);
    }
    let output = command.output().expect("it starts");
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    (text(&output.stdout), text(&output.stderr), output.status.code())
}

fn has(program: &str) -> bool {
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"].iter().any(|it| Path::new(it).join(program).exists())
}

/// Whether namespaces can be made here by somebody.
fn no_namespaces(who: Who, home: &Path) -> Option<String> {
    let mut command = Command::new("unshare");
    command.args(["--user", "--map-root-user", "--mount", "--pid", "--fork", "--net", "--mount-proc", "true"]);
    let (_, error, status) = ran(command, who, home);
    (status != Some(0)).then_some(error)
}

#[test]
fn a_script_builds_what_the_lesson_has_built() {
    for who in everyone() {
        for (number, id) in LESSONS {
            let (run, folder) = export(who, id, "shell");
            if let Some(missing) = ["unshare", "ip", "nft", "setpriv", "hostname"].iter().find(|it| !has(it)) {
                return skip(&format!("scripts of exports: there is no {missing}"));
            }
            if let Some(why) = no_namespaces(who, run.home.path()) {
                return skip(&format!("scripts of exports, as {who:?}: {why}"));
            }
            let script = folder.join("build.sh");
            // The lab host says which namespaces it has.
            let text = std::fs::read_to_string(&script).expect("a script");
            let (before, end) = text.split_once("\n# ── It stands").expect("where it stands");
            let asking = format!("{before}\nls -l /proc/self/ns >&2\n# ── It stands{end}");
            let changed = folder.join("asking.sh");
            std::fs::write(&changed, asking).expect("another script");
            let mut command = Command::new("timeout");
            command.args(["120", "sh"]).arg(&changed).arg(format!("{LOOK}; exit 7"));
            let (out, error, status) = ran(command, who, run.home.path());
            assert_eq!(status, Some(7), "{number}-{id} as {who:?}: {out}\n{error}");
            let seen = Seen::read(&out).unwrap_or_else(|| panic!("{number}-{id}: {out}\n{error}"));
            compare(Form::Shell, number, id, &seen, &links(&error));
            assert!(!seen.get("entries").contains(".door") || number == "19", "{number}-{id}: the door is open");
        }
    }
}

#[test]
fn a_bundle_is_one_that_runtimes_run() {
    let engines: Vec<&str> = ["runc", "crun"].into_iter().filter(|it| has(it)).collect();
    if engines.is_empty() {
        return skip("bundles of exports: there is neither runc nor crun");
    }
    for who in everyone() {
        for (at, (number, id)) in LESSONS.into_iter().enumerate() {
            let (run, folder) = export(who, id, "oci");
            valid(&folder);
            // Both of them for the whole container; else they take turns.
            let chosen = if number == "19" { engines.clone() } else { vec![engines[at % engines.len()]] };
            for engine in chosen {
                if let Some(why) = bundle(who, number, id, engine, &folder, run.home.path()) {
                    skip(&format!("{engine} as {who:?}, lesson {id}: {why}"));
                }
            }
        }
    }
}

/// What the specification requires, by a reader that is not ours.
fn valid(folder: &Path) {
    use oci_spec::runtime::Spec;
    let spec = Spec::load(folder.join("config.json")).expect("a config.json");
    assert_eq!(spec.version(), "1.0.2");
    let root = spec.root().as_ref().expect("a root").path();
    assert!(folder.join(root).join("bin/sh").symlink_metadata().is_ok(), "there is nothing to start");
    let process = spec.process().as_ref().expect("a process");
    assert!(process.cwd().is_absolute() && process.args().as_ref().is_some_and(|it| !it.is_empty()));
    for mount in spec.mounts().iter().flatten() {
        assert!(mount.destination().is_absolute(), "{mount:?}");
    }
    let linux = spec.linux().as_ref().expect("a part for Linux");
    let kinds: Vec<String> = linux.namespaces().iter().flatten().map(|it| it.typ().to_string()).collect();
    assert_eq!(kinds.iter().collect::<BTreeSet<_>>().len(), kinds.len(), "a namespace twice: {kinds:?}");
    let has_user = kinds.iter().any(|it| it == "user");
    assert_eq!(has_user, linux.uid_mappings().is_some() && linux.gid_mappings().is_some(), "{kinds:?}");
}

/// Runs it. Why that could not be, if so.
fn bundle(who: Who, number: &str, id: &str, engine: &str, folder: &Path, home: &Path) -> Option<String> {
    let file = folder.join("config.json");
    let mut config: serde_json::Value = serde_json::from_str(&std::fs::read_to_string(&file).ok()?).ok()?;
    config["process"]["terminal"] = false.into();
    config["process"]["args"] = serde_json::json!(["/bin/sh", "-c", format!("{LOOK}; exit 7")]);
    let limits = config["linux"].get("resources").is_some();
    let root = nix::unistd::geteuid().is_root();
    assert_eq!(limits, ["12", "13", "14"].contains(&number) && root && who == Who::Me, "{number}-{id}");
    if limits {
        // Which needs controllers in a tree that is the test's own.
        config["linux"].as_object_mut()?.remove("resources");
    }
    std::fs::write(&file, config.to_string()).expect("another config.json");
    // A tree of version 2 in a mount namespace: crun takes no other, and no group of the machine's is touched.
    let inner = format!(
        "cd {} && exec timeout 60 {engine} --root {} run box-{id}-{}",
        folder.display(),
        home.join(engine).display(),
        std::process::id()
    );
    let mut command = if root {
        let user = if who == Who::Nobody { "setpriv --reuid 65534 --regid 65534 --clear-groups " } else { "" };
        let mut command = Command::new("unshare");
        command
            .args(["--mount", "sh", "-c"])
            .arg(format!("mount -t cgroup2 none /sys/fs/cgroup; exec {user}sh -c '{inner}'"));
        command
    } else {
        let mut command = Command::new("sh");
        command.args(["-c", &inner]);
        command
    };
    command.stderr(Stdio::piped());
    let (out, error, status) = ran(command, Who::Me, home);
    if error.contains("hybrid") || error.contains("cgroup") && status != Some(7) {
        return Some(error);
    }
    assert_eq!(status, Some(7), "{number}-{id}, {engine} as {who:?}: {out}\n{error}");
    let seen = Seen::read(&out).unwrap_or_else(|| panic!("{number}-{id}: {out}\n{error}"));
    compare(Form::Oci, number, id, &seen, &of_the_machine());
    None
}

/// One package: that of the last lesson has every function that any of them has. Building takes long.
#[test]
fn a_package_builds_offline_and_does_what_the_lesson_does() {
    if let Some(missing) = ["ip", "nft"].iter().find(|it| !has(it)) {
        return skip(&format!("the program of an export: there is no {missing}, which gives it its network"));
    }
    let (run, folder) = export(Who::Me, "overlay", "rust");
    let target = Path::new(env!("CARGO_TARGET_TMPDIR")).join("export-rust");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut build = Command::new(cargo);
    build.args(["build", "--quiet", "--offline", "--locked", "--manifest-path"]).arg(folder.join("Cargo.toml"));
    build.env("CARGO_TARGET_DIR", &target).env_remove("RUSTFLAGS").current_dir(&folder);
    let built = build.output().expect("cargo starts");
    let error = String::from_utf8_lossy(&built.stderr);
    if error.contains("no matching package") || error.contains("failed to download") {
        return skip(&format!("the package of an export: what it needs was never downloaded: {error}"));
    }
    assert!(built.status.success(), "{error}");
    assert!(!error.contains("warning"), "{error}");
    let program = target.join("debug/box-overlay");
    for who in everyone() {
        let (own, _) = export(who, "overlay", "shell");
        if let Some(why) = no_namespaces(who, own.home.path()) {
            skip(&format!("the program of an export, as {who:?}: {why}"));
            continue;
        }
        let copy = own.home.path().join("program");
        std::fs::copy(&program, &copy).expect("a copy that everybody can start");
        let mut command = Command::new("timeout");
        command.arg("60").arg(&copy).arg(format!("{LOOK}; exit 7"));
        let (out, error, status) = ran(command, who, own.home.path());
        assert_eq!(status, Some(7), "as {who:?}: {out}\n{error}");
        let seen = Seen::read(&out).unwrap_or_else(|| panic!("{out}\n{error}"));
        compare(Form::Rust, "19", "overlay", &seen, &of_the_machine());
    }
    drop(run);
}

#[test]
fn every_lesson_is_a_package_of_the_same_functions() {
    let (_kept, first) = export(Who::Me, "overlay", "rust");
    let files = |folder: &Path| {
        let read = |name: &str| std::fs::read_to_string(folder.join(name)).expect(name);
        (read("src/lab.rs"), read("src/kernel/mounts.rs"), read("src/kernel/operation.rs"))
    };
    for (_, id) in LESSONS {
        let (_run, folder) = export(Who::Me, id, "rust");
        let main = std::fs::read_to_string(folder.join("src/main.rs")).expect("a main");
        assert!(main.contains("lab.step(") && main.contains("lab.end("), "{main}");
        assert!(files(&folder) == files(&first), "{id} has other files");
        assert!(std::fs::read_to_string(folder.join("Cargo.toml")).is_ok_and(|it| !it.contains("serde")));
    }
}

#[test]
fn the_same_lesson_gives_the_same_files() {
    for form in ["shell", "oci", "rust"] {
        let texts = || {
            let (_run, folder) = export(Who::Me, "overlay", form);
            ["build.sh", "config.json", "README.md", "src/main.rs"].map(|name| std::fs::read(folder.join(name)).ok())
        };
        let first = texts();
        assert!(first.iter().any(Option::is_some) && first == texts(), "{form}");
    }
}

#[test]
fn experiments_are_told_to_be_none_of_the_container() {
    for (id, left_by) in EXPERIMENTS {
        let mut run = Boxlab::new(["export", id, "--as", "shell", "-o"]);
        run.command.arg(run.home.path().join("out"));
        let output = run.command.output().expect("it starts");
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(output.status.success() && said.contains("nothing of them is kept"), "{id}: {said}");
        let (_other, folder) = export(Who::Me, left_by, "shell");
        let lines = |path: PathBuf| {
            let text = std::fs::read_to_string(path).expect("a script");
            let done = |line: &&str| ["say ", "fork ", "tell "].iter().any(|it| line.starts_with(it));
            text.lines().filter(done).map(str::to_owned).collect::<Vec<_>>()
        };
        assert_eq!(lines(run.home.path().join("out/build.sh")), lines(folder.join("build.sh")), "{id}, {left_by}");
    }
}

#[test]
fn a_mistake_is_told_and_nothing_is_overwritten() {
    let told = |arguments: &[&str]| {
        let mut run = Boxlab::new(arguments);
        run.command.current_dir(run.home.path());
        let full = run.home.path().join("full");
        std::fs::create_dir(&full).expect("a folder");
        std::fs::write(full.join("mine"), "mine").expect("a file");
        let output = run.command.output().expect("it starts");
        assert_eq!(std::fs::read_dir(&full).expect("the folder").count(), 1, "something was written");
        assert_eq!(std::fs::read_to_string(full.join("mine")).expect("the file"), "mine");
        (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
    };
    let (status, said) = told(&["export", "hostname", "--as", "shell", "-o", "full"]);
    assert!(status == Some(2) && said.contains("not empty") && said.contains("-o ANOTHER-FOLDER"), "{said}");
    let (status, said) = told(&["export", "hostname", "--as", "oci", "-o", "full/mine"]);
    assert!(status == Some(2) && said.contains("no folder"), "{said}");
    let (status, said) = told(&["export", "hostnmae", "--as", "shell"]);
    assert!(status == Some(2) && said.contains("hostname"), "{said}");
    let (status, said) = told(&["export", "process", "--as", "shell"]);
    assert!(status == Some(2) && said.contains("experiments") && said.contains("boxlab export hostname"), "{said}");
    let (status, said) = told(&["export", "hostname", "--as", "podman"]);
    assert!(status == Some(2) && said.contains("shell") && said.contains("oci"), "{said}");
    let (status, said) = told(&["export", "hostname", "--as", "shell", "-o", "/proc/nowhere"]);
    assert!(status == Some(1) && said.contains("could not be written"), "{said}");
}
