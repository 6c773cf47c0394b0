//! Signs that this is a container, WSL or gVisor already, each named: none is a proof, and each can be left over.
//! There is no system call that answers "am I in a container": a container is only a process with other namespaces.
//! Reads only. What follows from the signs (an option of `docker run`, for example) is said in `remedy`.

use serde::Serialize;
use std::path::Path;

/// Where the program seems to run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Place {
    /// No sign of a container.
    #[default]
    Host,
    Docker,
    Podman,
    Kubernetes,
    Lxc,
    /// A container of some other maker.
    Other,
    Wsl,
    GVisor,
}

/// One sign.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hint {
    /// The file or variable and what it holds.
    pub sign: String,
    pub place: Place,
}

/// All signs, the strongest first.
pub fn hints() -> Vec<Hint> {
    let mut hints = Vec::new();
    let mut hint = |sign: String, place: Place| hints.push(Hint { sign, place });
    let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();

    let version = read("/proc/version");
    // gVisor answers with a fixed version of its own; its kernel log says so too, where it may be read.
    if version.contains("gVisor") || version.contains("Sun Jan 10 15:06:54 PST 2016") {
        hint("/proc/version is gVisor's".to_owned(), Place::GVisor);
    }
    if version.to_lowercase().contains("microsoft") {
        hint("/proc/version names Microsoft".to_owned(), Place::Wsl);
    }
    if std::env::var_os("KUBERNETES_SERVICE_HOST").is_some() {
        hint("KUBERNETES_SERVICE_HOST is set".to_owned(), Place::Kubernetes);
    }
    // What the manager told PID 1: readable by root only, but systemd keeps a copy that all can read.
    for path in ["/proc/1/environ", "/run/systemd/container", "/run/host/container-manager"] {
        let text = read(path);
        let named = match path {
            "/proc/1/environ" => text.split('\0').find_map(|variable| variable.strip_prefix("container=")),
            _ => Some(text.trim()).filter(|text| !text.is_empty()),
        };
        if let Some(named) = named {
            hint(format!("{path} says container={named}"), maker(named));
        }
    }
    if Path::new("/run/.containerenv").exists() {
        hint("/run/.containerenv exists".to_owned(), Place::Podman);
    }
    if Path::new("/.dockerenv").exists() {
        hint("/.dockerenv exists".to_owned(), Place::Docker);
    }
    for (word, place) in [
        ("kubepods", Place::Kubernetes),
        ("docker", Place::Docker),
        ("libpod", Place::Podman),
        ("lxc", Place::Lxc),
        ("containerd", Place::Other),
    ] {
        if read("/proc/1/cgroup").contains(word) {
            hint(format!("/proc/1/cgroup names {word}"), place);
        }
    }
    // Older kernels give a process's PID of the first namespace there, even to a reader in another.
    let sched = read("/proc/1/sched");
    let first = sched.lines().next().unwrap_or_default();
    if let Some(pid) = first.rsplit_once('(').and_then(|(_, rest)| rest.split(',').next()?.trim().parse::<u32>().ok())
        && pid != 1
    {
        hint(format!("/proc/1/sched gives PID 1 the number {pid}"), Place::Other);
    }
    hints
}

fn maker(named: &str) -> Place {
    match named {
        "docker" => Place::Docker,
        "podman" => Place::Podman,
        "lxc" | "lxc-libvirt" => Place::Lxc,
        "wsl" => Place::Wsl,
        _ => Place::Other,
    }
}

/// What the signs add up to: the first says it, unless it only says that it is some container.
pub fn place(hints: &[Hint]) -> Place {
    let named = hints.iter().map(|hint| hint.place).find(|place| *place != Place::Other);
    named.or(hints.first().map(|hint| hint.place)).unwrap_or_default()
}

impl Place {
    /// As it is called in a sentence.
    pub fn name(self) -> &'static str {
        match self {
            Place::Host => "no container",
            Place::Docker => "a Docker container",
            Place::Podman => "a Podman container",
            Place::Kubernetes => "a Kubernetes pod",
            Place::Lxc => "an LXC container",
            Place::Other => "a container",
            Place::Wsl => "WSL",
            Place::GVisor => "gVisor",
        }
    }
}
