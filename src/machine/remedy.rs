//! The ways out, as exact commands: for a setting, a container's confinement, an AppArmor profile, a missing module.
//! A line that starts with `$ ` is a command to copy; other lines are prose. Only text is made here: nothing is run, and
//! nothing is said that the facts at hand do not call for.

use super::child::Answers;
use super::container::Place;
use super::facts::Facts;
use super::step::Step;

/// Where nothing can be changed.
pub const NO_WAY: &str =
    "There is no way to do it here. Use another machine, or a virtual machine with a Linux of its own.";

/// Sets a kernel setting now, and for the boots to come.
pub fn sysctl(name: &str, value: &str, facts: &Facts) -> String {
    let sudo = facts.sudo();
    let now = format!("$ {sudo}sysctl -w {name}={value}");
    let kept =
        format!("To keep it after a restart:\n$ echo '{name} = {value}' | {sudo}tee /etc/sysctl.d/60-boxlab.conf");
    match facts.place {
        Place::Host | Place::Wsl => format!("{now}\n{kept}"),
        _ if !facts.confined() => format!("{now}\n{kept}"),
        place => format!("On the machine that runs {}, not in it:\n{now}\n{kept}", place.name()),
    }
}

/// A kernel module that a file system or a kind of link is in.
pub fn modprobe(module: &str, facts: &Facts) -> String {
    let command = format!("$ {}modprobe {module}", facts.sudo());
    match facts.place {
        Place::Host | Place::Wsl => {
            format!("{command}\nIf there is no such module, this kernel was built without it: use another machine.")
        }
        place => format!("On the machine that runs {}, not in it:\n{command}", place.name()),
    }
}

/// Starts the container with less confinement: exactly the options that this one lacks, all at once, since the first
/// refusal hides the next. Outside a container, says where a filter can come from.
pub fn unconfine(facts: &Facts, answers: &Answers) -> String {
    let refused =
        [Step::EmptyUnshare, Step::EmptyMount, Step::EmptyPtrace].iter().any(|step| answers.failed(*step).is_some());
    let filter = refused || facts.seccomp == Some(2);
    let profile = facts.apparmor_profile.as_deref().is_some_and(|profile| profile != "unconfined");
    let masked = !facts.proc_covers.is_empty() || facts.proc_read_only;
    let options = |seccomp: &str, apparmor: &str, paths: &str| {
        [(filter, seccomp), (profile, apparmor), (masked, paths)]
            .into_iter()
            .filter(|(wanted, option)| *wanted && !option.is_empty())
            .map(|(_, option)| option.to_owned())
            .collect::<Vec<_>>()
    };
    match facts.place {
        Place::Docker => format!(
            "{}, start it without what stands in the way:\n$ docker run -it {} IMAGE boxlab",
            looks(facts),
            options(
                "--security-opt seccomp=unconfined",
                "--security-opt apparmor=unconfined",
                "--security-opt systempaths=unconfined"
            )
            .join(" ")
        ),
        Place::Podman => format!(
            "{}, start it without what stands in the way:\n$ podman run -it {} IMAGE boxlab",
            looks(facts),
            options(
                "--security-opt seccomp=unconfined",
                "--security-opt apparmor=unconfined",
                "--security-opt unmask=ALL"
            )
            .join(" ")
        ),
        Place::Kubernetes => format!(
            "In the pod's manifest, set {}. If the cluster's policy forbids that: {}",
            options(
                "securityContext.seccompProfile.type: Unconfined",
                "securityContext.appArmorProfile.type: Unconfined",
                "securityContext.procMount: Unmasked with hostUsers: false"
            )
            .join(", "),
            NO_WAY.to_lowercase().replace("linux", "Linux")
        ),
        Place::Lxc => "On the machine that runs the container, allow it containers of its own:\n\
                       $ lxc config set NAME security.nesting true\n$ lxc restart NAME"
            .to_owned(),
        Place::GVisor => NO_WAY.to_owned(),
        Place::Host | Place::Wsl if filter => "This program inherited the filter from whatever started it: a terminal in a \
             Flatpak or Snap sandbox, or a service with SystemCallFilter= or RestrictNamespaces=. Start it from an ordinary \
             terminal or over ssh. Who installed it, from the inside out:\n$ grep -H Seccomp: /proc/$$/status /proc/$PPID/status"
            .to_owned(),
        Place::Host | Place::Wsl | Place::Other if masked => "Run it outside the sandbox that covers /proc. What covers it:\n\
             $ grep ' /proc/' /proc/self/mountinfo"
            .to_owned(),
        Place::Host | Place::Wsl | Place::Other => NO_WAY.to_owned(),
    }
}

/// `If this is a Docker container (/.dockerenv exists)`: signs are no proof.
fn looks(facts: &Facts) -> String {
    let sign = facts.hints.first().map_or("by the looks of it", |hint| hint.sign.as_str());
    format!("If this is {} ({sign})", facts.place.name())
}

/// Lets this one program make user namespaces with capabilities in them (Ubuntu 23.10 and later).
pub fn apparmor(facts: &Facts) -> String {
    let program = facts.program.display();
    format!(
        "Either give this one program a profile that allows it:\n\
         $ printf 'abi <abi/4.0>,\\ninclude <tunables/global>\\nprofile boxlab \"{program}\" flags=(unconfined) {{\\n  userns,\\n}}\\n' \
         | sudo tee /etc/apparmor.d/boxlab\n\
         $ sudo apparmor_parser -r /etc/apparmor.d/boxlab\n\
         or lift it for every program, until the next boot:\n\
         $ sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0"
    )
}

/// What an LSM denied is in the log.
pub fn selinux() -> String {
    "SELinux writes down what it denied, and can be set to only do that, until the next boot:\n\
     $ sudo ausearch -m avc -ts recent\n$ sudo setenforce 0"
        .to_owned()
}
