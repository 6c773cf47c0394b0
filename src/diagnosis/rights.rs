//! Whether a capability counts: it does in the user namespace of its holder and in those below it, nowhere else
//! (user_namespaces(7), "Capabilities"). Which user namespace owns another namespace, and who is above whom, is asked
//! of the kernel with ioctl_nsfs(2).

use super::findings::reason;
use super::scene::Scene;
use crate::evidence::record::Reason;
use crate::probe::namespaces::{inode, owner, parent};
use std::fs::File;

/// The first user namespace of a machine always has this inode number (PROC_USER_INIT_INO of the kernel).
const INITIAL: u64 = 0xEFFF_FFFD;

/// How the caller's user namespace stands to the one that owns something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It is the owner, or above the owner: capabilities count.
    Counts,
    /// The owner is above it, or elsewhere.
    Outside,
    Unknown,
}

/// Compares with a user namespace that is given open; none: it could not even be asked for, so it is outside the lab.
pub fn standing(scene: &Scene<'_>, user: Option<File>) -> Standing {
    let Some(own) = scene.namespace_inode("user") else { return Standing::Unknown };
    let mut at = user;
    // No more than 33 levels exist; the bound is only for safety.
    for _ in 0..64 {
        let Some(file) = at else { return Standing::Outside };
        if inode(&file) == Some(own) {
            return Standing::Counts;
        }
        at = parent(&file).ok();
    }
    Standing::Unknown
}

/// The user namespace that owns a namespace of the process, by the latter's name under /proc/PID/ns.
pub fn owner_of(scene: &Scene<'_>, name: &str) -> Option<File> {
    scene.namespace(name).and_then(|file| owner(&file).ok())
}

/// "the lab host's user namespace" and the like.
pub fn named(scene: &Scene<'_>, user: Option<&File>) -> String {
    let Some(number) = user.and_then(inode) else { return "a user namespace outside of the lab".to_owned() };
    let labs = scene.proc.open_path("self/ns/user").ok().and_then(|file| inode(&file));
    if scene.namespace_inode("user") == Some(number) {
        "the caller's own user namespace".to_owned()
    } else if labs == Some(number) {
        "the lab host's user namespace".to_owned()
    } else {
        "another user namespace of the lab".to_owned()
    }
}

/// Whether the process is in the machine's first user namespace.
pub fn initial(scene: &Scene<'_>) -> bool {
    scene.namespace_inode("user") == Some(INITIAL)
}

/// Why a capability does not let the process act on a namespace of its: none if it does.
/// `what` names that namespace, `name` is its file, `fresh` the call that gives it one of its own.
pub fn lacks(scene: &Scene<'_>, capability: &str, what: &str, name: &str, fresh: &str) -> Option<Reason> {
    let owner = owner_of(scene, name);
    let known = owner.as_ref().and_then(|file| file.try_clone().ok());
    match standing(scene, known) {
        Standing::Outside => {
            let owner = named(scene, owner.as_ref());
            let cap = capability.to_uppercase();
            let cause =
                format!("the caller's {what} belongs to {owner}, and the caller's CAP_{cap} does not count there");
            let holds = if scene.has(capability) { "has" } else { "lacks" };
            let seen = [
                format!("ns/{name}: owned by {owner}, which is not the caller's nor below it"),
                format!("status: CapEff {holds} {capability}, in the caller's own user namespace"),
            ];
            Some(reason(cause, &seen, fresh))
        }
        Standing::Counts | Standing::Unknown => not_effective(scene, capability),
    }
}

/// Why a capability does not let the process act on something of which the machine has one: that asks for it in the
/// machine's first user namespace. None if it is there and has it. `what` names the thing.
pub fn machines(scene: &Scene<'_>, capability: &str, what: &str) -> Option<Reason> {
    if initial(scene) {
        return not_effective(scene, capability);
    }
    let holds = if scene.has(capability) { "has" } else { "lacks" };
    let cap = capability.to_uppercase();
    let cause = format!(
        "{what} is the machine's, and takes CAP_{cap} in its first user namespace; the caller is in another one"
    );
    let seen = [
        "ns/user: not the machine's first user namespace".to_owned(),
        format!("status: CapEff {holds} {capability}, in the caller's own user namespace"),
    ];
    Some(reason(cause, &seen, ""))
}

/// Why a capability is not in the effective set; none if it is.
pub fn not_effective(scene: &Scene<'_>, capability: &str) -> Option<Reason> {
    if scene.status().is_none() || scene.has(capability) {
        return None;
    }
    let cap = capability.to_uppercase();
    let cause = format!("the caller lacks CAP_{cap}: it is not in its effective set");
    let mut seen = vec![format!("status: CapEff lacks {capability}")];
    let remedy = if scene.may_raise(capability) {
        seen.push(format!("status: CapPrm has {capability}, so it could be raised again"));
        format!("raise CAP_{cap} from the permitted set: capset(2)")
    } else if scene.own_text("uid_map").is_some_and(|map| map.trim().is_empty()) {
        // After execve by a process whose user id is not mapped (user_namespaces(7)).
        seen.push("uid_map: empty, so execve took all capabilities away".to_owned());
        "write the uid_map before the execve".to_owned()
    } else {
        format!("run it with CAP_{cap}, or make a user namespace first: unshare --user --map-root-user")
    };
    Some(reason(cause, &seen, remedy))
}

/// How many user namespaces the process is below the lab host's; the lab host's own counts as one below the machine's.
pub fn depth(scene: &Scene<'_>) -> usize {
    let mut depth = 1;
    let labs = scene.proc.open_path("self/ns/user").ok().and_then(|file| inode(&file));
    let mut at = scene.namespace("user");
    while let Some(file) = at {
        if inode(&file) == labs || depth > 64 {
            break;
        }
        depth += 1;
        at = parent(&file).ok();
    }
    depth
}
