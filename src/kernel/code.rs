//! The code that a step runs, cut from this room's own files by anchor; so what is shown is what was compiled.
//! Anchors are comments, `ANCHOR: name` and `ANCHOR_END: name`, as mdBook has them. A test cuts every one of them.

use super::operation::Operation;

/// A piece of source: its file, as the repository names it, and its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Piece {
    pub file: &'static str,
    pub text: &'static str,
}

macro_rules! source {
    ($name:literal) => {
        (concat!("src/kernel/", $name), include_str!($name))
    };
}

/// The files that have anchors. A test looks whether one is missing.
const SOURCES: &[(&str, &str)] = &[
    source!("attach.rs"),
    source!("capabilities.rs"),
    source!("capability_sets.rs"),
    source!("cgroups/mod.rs"),
    source!("clock.rs"),
    source!("files.rs"),
    source!("idmaps.rs"),
    source!("init.rs"),
    source!("mounts.rs"),
    source!("namespaces.rs"),
    source!("network/address.rs"),
    source!("network/capture.rs"),
    source!("network/link.rs"),
    source!("network/route.rs"),
    source!("network/socket.rs"),
    source!("nftables/mod.rs"),
    source!("operation.rs"),
    source!("privileges.rs"),
    source!("process.rs"),
    source!("programs.rs"),
    source!("queues.rs"),
    source!("raw_calls.rs"),
    source!("rootfs.rs"),
    source!("seccomp.rs"),
    source!("server/mod.rs"),
    source!("start.rs"),
    source!("uts.rs"),
];

/// The code of an operation; none for `look`, which does nothing.
pub fn code(operation: &Operation) -> Option<Piece> {
    let namespaces = source!("namespaces.rs");
    let mounts = source!("mounts.rs");
    let rootfs = source!("rootfs.rs");
    let process = source!("process.rs");
    let files = source!("files.rs");
    let link = source!("network/link.rs");
    let socket = source!("network/socket.rs");
    let privileges = source!("privileges.rs");
    let idmaps = source!("idmaps.rs");
    let groups = source!("cgroups/mod.rs");
    let ((file, source), anchor) = match operation {
        Operation::Look | Operation::Boot | Operation::Exit(_) => return None,
        Operation::Unshare(_) => (namespaces, "unshare"),
        Operation::Setns(_) => (namespaces, "setns"),
        Operation::Fork(_) => (process, "fork"),
        Operation::Start(_) => (source!("start.rs"), "start"),
        Operation::Wait(_) => (process, "wait"),
        Operation::Run(_) | Operation::Log(_) => (process, "run"),
        Operation::Kill(_) => (process, "kill"),
        Operation::Init(_) => (source!("init.rs"), "init"),
        Operation::Subreaper(_) => (source!("init.rs"), "subreaper"),
        Operation::Sethostname(_) => (source!("uts.rs"), "sethostname"),
        Operation::SetClock(_) => (source!("clock.rs"), "set_clock"),
        Operation::Mount(_) => (mounts, "mount"),
        Operation::Bind(_) => (mounts, "bind"),
        Operation::Remount(_) => (mounts, "remount"),
        Operation::Propagation(_) => (mounts, "propagation"),
        Operation::Attach(_) => (source!("attach.rs"), "attach"),
        Operation::Umount(_) => (mounts, "umount"),
        Operation::Chroot(_) => (rootfs, "chroot"),
        Operation::Chdir(_) => (rootfs, "chdir"),
        Operation::PivotRoot(_) => (rootfs, "pivot_root"),
        Operation::Mkdir(_) => (files, "mkdir"),
        Operation::Write(_) => (files, "write"),
        Operation::Read(_) => (files, "read"),
        Operation::Symlink(_) => (files, "symlink"),
        Operation::Rename(_) => (files, "rename"),
        Operation::Remove(_) => (files, "remove"),
        Operation::Mknod(_) => (files, "mknod"),
        Operation::Chmod(_) => (files, "chmod"),
        Operation::Open(_) | Operation::Close(_) | Operation::Fchdir(_) => (files, "open"),
        Operation::Place(_) => (source!("programs.rs"), "place"),
        Operation::LinkAdd(_) => (link, "link_add"),
        Operation::LinkSet(_) => (link, "link_set"),
        Operation::LinkDelete(_) => (link, "link_delete"),
        Operation::AddressAdd(_) => (source!("network/address.rs"), "address_add"),
        Operation::RouteAdd(_) => (source!("network/route.rs"), "route_add"),
        Operation::Nft(_) | Operation::NftDelete(_) => (source!("nftables/mod.rs"), "nft"),
        Operation::Capture(_) | Operation::Captured(_) => (source!("network/capture.rs"), "capture"),
        Operation::Serve(_) => (source!("server/mod.rs"), "serve"),
        Operation::Ping(_) => (socket, "ping"),
        Operation::Listen(_) => (socket, "listen"),
        Operation::Connect(_) => (socket, "connect"),
        Operation::Accept(_) => (socket, "accept"),
        Operation::Msgget(_) => (source!("queues.rs"), "msgget"),
        Operation::Drop(_) | Operation::Raise(_) => (source!("capabilities.rs"), "capset"),
        Operation::Capabilities(_) => (source!("capability_sets.rs"), "sets"),
        Operation::NoNewPrivs(_) => (privileges, "no_new_privs"),
        Operation::Securebits(_) => (privileges, "securebits"),
        Operation::Setcap(_) => (privileges, "setcap"),
        Operation::Seccomp(_) => (source!("seccomp.rs"), "seccomp"),
        Operation::Calls(_) => (source!("raw_calls.rs"), "calls"),
        Operation::Map(_) => (idmaps, "map"),
        Operation::Setuid(_) | Operation::Setgid(_) => (idmaps, "setuid"),
        Operation::Setgroups(_) => (idmaps, "setgroups"),
        Operation::Chown(_) => (idmaps, "chown"),
        Operation::GroupMake(_) => (groups, "group_make"),
        Operation::GroupRemove(_) => (groups, "group_remove"),
        Operation::GroupSet(_) => (groups, "group_set"),
        Operation::GroupJoin(_) => (groups, "group_join"),
        Operation::GroupEnable(_) => (groups, "group_enable"),
        Operation::GroupKill(_) => (groups, "group_kill"),
    };
    cut(source, anchor).map(|text| Piece { file, text })
}

/// A piece of this room's code by its anchor, wherever that is.
pub fn by_anchor(anchor: &str) -> Option<Piece> {
    SOURCES.iter().find_map(|(file, source)| cut(source, anchor).map(|text| Piece { file, text }))
}

/// All anchors, in the order of the files.
pub fn anchors() -> impl Iterator<Item = &'static str> {
    let of = |source: &'static str| source.lines().filter_map(|line| line.trim_start().strip_prefix("// ANCHOR: "));
    SOURCES.iter().flat_map(move |(_, source)| of(source))
}

/// The lines between an anchor's two comments.
pub fn cut<'a>(source: &'a str, anchor: &str) -> Option<&'a str> {
    let start = source.find(&format!("// ANCHOR: {anchor}\n"))?;
    let start = start + source[start..].find('\n')? + 1;
    let end = source.find(&format!("// ANCHOR_END: {anchor}\n"))?;
    Some(source.get(start..end)?.trim_end())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_with_an_anchor_is_in_the_list() {
        fn look(folder: &std::path::Path, found: &mut Vec<String>) {
            for entry in std::fs::read_dir(folder).expect("a folder").flatten() {
                let path = entry.path();
                if path.is_dir() {
                    look(&path, found);
                } else if std::fs::read_to_string(&path)
                    .expect("text")
                    .lines()
                    .any(|line| line.starts_with("// ANCHOR: "))
                {
                    found.push(path.to_string_lossy().into_owned());
                }
            }
        }
        let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
        let mut found = Vec::new();
        look(&root.join("src/kernel"), &mut found);
        let known = |path: &&String| !SOURCES.iter().any(|(file, _)| path.ends_with(file));
        assert_eq!(found.iter().filter(known).collect::<Vec<_>>(), Vec::<&String>::new());
        assert!(anchors().count() > 20 && anchors().all(|anchor| by_anchor(anchor).is_some()));
    }
}
