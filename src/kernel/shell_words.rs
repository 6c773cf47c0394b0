//! The same operation in a shell: the command line that a person would type, with the tools of util-linux.
//! Each also exists in the box's own shell. Where a shell cannot say it (an actor that forks and waits to be told what
//! to do), there is none.

use super::Namespace;
use super::cgroups::Layout;
use super::operation::{Enter, IdMap, LinkType, Listen, MountFlag, Operation, Program, PropagationType};

/// The command line, or none. `groups` are the trees of control groups where it is said, if there are any.
pub fn shell_words(operation: &Operation, groups: Option<&Layout>) -> Option<String> {
    Some(match operation {
        Operation::Look | Operation::Open(_) | Operation::Close(_) | Operation::Fchdir(_) => return None,
        Operation::Unshare(kinds) => {
            let mut options: Vec<_> = kinds.iter().map(|kind| kind.option()).collect();
            // unshare(1) makes the new mount table private by itself, which the system call does not.
            if kinds.contains(&Namespace::Mount) {
                options.push("--propagation unchanged");
            }
            format!("unshare {} sh", options.join(" "))
        }
        Operation::Setns(enter) => nsenter(enter),
        Operation::Fork(_) => "sh &".to_owned(),
        Operation::Wait(_) => "wait".to_owned(),
        Operation::Exit(status) => format!("exit {status}"),
        Operation::Run(command) => command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "),
        Operation::Start(it) => super::cgroups::words::start(it, groups),
        Operation::Kill(kill) => {
            let whom = kill.of.as_ref().map(|of| pid_of(of)).or(kill.pid.map(|pid| pid.to_string()));
            format!("kill -{} {}", kill.signal, whom?)
        }
        Operation::Log(command) => {
            format!("strace -f -c {}", command.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" "))
        }
        Operation::Sethostname(name) => format!("hostname {}", quoted(name)),
        // Typed outside of a lab by mistake, `date --set` would change the machine.
        Operation::SetClock(_) => return None,
        Operation::Mount(new) => {
            let mut options: Vec<String> = new.flags.iter().map(|flag| flag_word(*flag).to_owned()).collect();
            options.extend(new.options.clone());
            let options = if options.is_empty() { String::new() } else { format!("-o {} ", options.join(",")) };
            let source = new.source.as_deref().unwrap_or(&new.kind);
            format!("mount -t {} {options}{} {}", new.kind, quoted(source), quoted(&new.at))
        }
        // With flags, mount(8) makes two calls of it.
        Operation::Bind(bind) if !bind.flags.is_empty() => return None,
        Operation::Bind(bind) => {
            let option = if bind.recursive { "--rbind" } else { "--bind" };
            let pairs = bind.pairs();
            let each = pairs.iter().map(|(from, to)| format!("mount {option} {} {}", quoted(from), quoted(to)));
            each.collect::<Vec<_>>().join("; ")
        }
        Operation::Remount(remount) => {
            let mut options = vec!["remount"];
            if remount.bind {
                options.push("bind");
            }
            options.extend(remount.flags.iter().map(|flag| flag_word(*flag)));
            format!("mount -o {} {}", options.join(","), quoted(&remount.at))
        }
        Operation::Propagation(change) => {
            let kind = match change.to {
                PropagationType::Private => "private",
                PropagationType::Shared => "shared",
                PropagationType::Slave => "slave",
                PropagationType::Unbindable => "unbindable",
            };
            let recursive = if change.recursive { "r" } else { "" };
            format!("mount --make-{recursive}{kind} {}", quoted(&change.at))
        }
        // mount(8) finds its source in one namespace and its target in another only since util-linux 2.39, and not so.
        Operation::Attach(_) => return None,
        Operation::Umount(umount) => {
            format!("umount {}{}", if umount.detach { "-l " } else { "" }, quoted(&umount.at))
        }
        Operation::Chroot(path) => format!("chroot {} sh    # which also does cd /", quoted(path)),
        Operation::Chdir(path) => format!("cd {}", quoted(path)),
        Operation::PivotRoot(it) => format!("pivot_root {} {}", quoted(&it.new_root), quoted(&it.put_old)),
        Operation::Mkdir(paths) => {
            format!("mkdir {}", paths.iter().map(|path| quoted(path)).collect::<Vec<_>>().join(" "))
        }
        Operation::Write(file) if file.text.is_empty() => format!(": > {}", quoted(&file.at)),
        Operation::Write(file) => {
            let text = quoted(file.text.trim_end());
            let run = if file.executable { format!(" && chmod +x {}", quoted(&file.at)) } else { String::new() };
            format!("echo {text} > {}{run}", quoted(&file.at))
        }
        Operation::Read(path) => format!("cat {}", quoted(path)),
        Operation::Symlink(link) => format!("ln -s {} {}", quoted(&link.to), quoted(&link.at)),
        Operation::Rename(it) => format!("mv {} {}", quoted(&it.from), quoted(&it.to)),
        Operation::Remove(path) => format!("rm -d {}", quoted(path)),
        Operation::Mknod(node) => {
            let (major, minor) = node.device.split_once(':').unwrap_or((&node.device, "0"));
            format!("mknod {} c {major} {minor}", quoted(&node.at))
        }
        Operation::Chmod(change) => format!("chmod {} {}", change.mode, quoted(&change.at)),
        Operation::Place(place) => match place.program {
            Program::Tools => {
                let (directory, own_name) = place.at.rsplit_once('/').unwrap_or((".", &place.at));
                let links = match place.names.as_slice() {
                    [] => String::new(),
                    names => {
                        let names = names.join(" ");
                        format!("; for name in {names}; do ln -s {own_name} {directory}/$name; done")
                    }
                };
                format!("cp /bin/boxlab {}{links}", quoted(&place.at))
            }
            _ => return None,
        },
        Operation::LinkAdd(new) => {
            let kind = match new.kind {
                LinkType::Veth => "veth",
                LinkType::Bridge => "bridge",
            };
            let peer = new.peer.as_ref().map(|peer| format!(" peer name {}", quoted(peer))).unwrap_or_default();
            let into = new.into.as_ref().map(|of| format!(" netns $PID_OF_{}", of.to_uppercase())).unwrap_or_default();
            format!("ip link add {} type {kind}{peer}{into}", quoted(&new.name))
        }
        Operation::LinkSet(change) => {
            let mut words = vec![format!("ip link set {}", quoted(&change.name))];
            words.extend(change.into.as_ref().map(|of| format!("netns $PID_OF_{}", of.to_uppercase())));
            words.extend(change.rename.as_ref().map(|name| format!("name {}", quoted(name))));
            words.extend(change.master.as_ref().map(|bridge| format!("master {}", quoted(bridge))));
            words.extend(change.mtu.map(|mtu| format!("mtu {mtu}")));
            words.extend(change.up.map(|up| if up { "up" } else { "down" }.to_owned()));
            words.join(" ")
        }
        Operation::LinkDelete(name) => format!("ip link del {}", quoted(name)),
        Operation::AddressAdd(new) => format!("ip addr add {} dev {}", quoted(&new.address), quoted(&new.link)),
        Operation::RouteAdd(new) => {
            let via = new.via.as_ref().map(|via| format!(" via {}", quoted(via))).unwrap_or_default();
            let link = new.link.as_ref().map(|link| format!(" dev {}", quoted(link))).unwrap_or_default();
            format!("ip route add {}{via}{link}", quoted(&new.to))
        }
        Operation::Nft(nft) => super::nftables::words(nft),
        Operation::Capture(it) => format!("tcpdump -n -i {} &", quoted(&it.link)),
        Operation::Captured(_) | Operation::Serve(_) => return None,
        Operation::NftDelete(table) => format!("nft delete table ip {}", quoted(table)),
        Operation::Ping(it) => {
            let size = it.size.map(|size| format!("-Mdo -s {size} ")).unwrap_or_default();
            format!("ping -c 1 {size}{}", quoted(&it.to))
        }
        Operation::Listen(it) => format!("nc -lk {}{} &", own_address(it), it.port),
        Operation::Connect(it) => {
            let to = it.to.replacen(':', " ", 1);
            let from = it.from_port.map(|port| format!("-p {port} ")).unwrap_or_default();
            let said = it.say.as_ref().map(|line| format!("echo {} | ", quoted(line))).unwrap_or_default();
            format!("{said}nc -w 1 {from}{to}")
        }
        Operation::Accept(_) => return None,
        // ipcmk(1) chooses the key itself.
        Operation::Msgget(_) => return None,
        Operation::Map(map) => map_words(map),
        // setpriv(1) needs a program to start as that user, and comes back.
        Operation::Setuid(id) => format!("setpriv --reuid {id} sh"),
        Operation::Setgid(id) => format!("setpriv --regid {id} --keep-groups sh"),
        Operation::Setgroups(groups) if groups.is_empty() => "setpriv --clear-groups sh".to_owned(),
        Operation::Setgroups(groups) => {
            let list: Vec<String> = groups.iter().map(u32::to_string).collect();
            format!("setpriv --groups {} sh", list.join(","))
        }
        Operation::Chown(change) => {
            let uid = change.uid.map(|id| id.to_string()).unwrap_or_default();
            let gid = change.gid.map(|id| format!(":{id}")).unwrap_or_default();
            format!("chown {uid}{gid} {}", quoted(&change.at))
        }
        // setpriv(1) and capsh(1) start a program, and a program that root starts gets them back or never.
        // An init starts its program itself, so it is no command for a shell that runs already.
        Operation::Drop(_)
        | Operation::Raise(_)
        | Operation::Capabilities(_)
        | Operation::Init(_)
        | Operation::Subreaper(_) => return None,
        Operation::NoNewPrivs(true) => "setpriv --no-new-privs sh".to_owned(),
        Operation::Securebits(_) | Operation::NoNewPrivs(false) => return None,
        Operation::Setcap(file) => {
            let names: Vec<String> = file.capabilities.iter().map(|it| format!("cap_{}", String::from(*it))).collect();
            format!("setcap {}+ep {}", names.join(","), quoted(&file.at))
        }
        // No common tool loads a filter; a container engine does: --security-opt seccomp=FILE.
        Operation::Seccomp(_) | Operation::Calls(_) | Operation::Boot => return None,
        Operation::GroupMake(_)
        | Operation::GroupRemove(_)
        | Operation::GroupSet(_)
        | Operation::GroupJoin(_)
        | Operation::GroupEnable(_)
        | Operation::GroupKill(_) => super::cgroups::words::words(operation, groups?)?,
    })
}

fn own_address(listen: &Listen) -> String {
    listen.address.as_ref().map(|address| format!("{address} ")).unwrap_or_default()
}

/// One command a file: printf(1) makes one write(2) of all its lines.
fn map_words(map: &IdMap) -> String {
    let process = map.of.as_deref().map_or("self".to_owned(), |of| format!("$PID_OF_{}", of.to_uppercase()));
    let mut commands: Vec<String> =
        map.setgroups.iter().map(|word| format!("echo {} > /proc/{process}/setgroups", word.text())).collect();
    for (file, lines) in [("gid_map", &map.gid), ("uid_map", &map.uid)] {
        commands.extend(match lines.as_slice() {
            [] => None,
            [one] => Some(format!("echo {one} > /proc/{process}/{file}")),
            several => Some(format!("printf '{}' > /proc/{process}/{file}", several.join("\\n"))),
        });
    }
    commands.join("; ")
}

fn nsenter(enter: &Enter) -> String {
    let options: Vec<String> = enter
        .kinds
        .iter()
        .map(|kind| match &enter.file {
            Some(file) => format!("{}={}", kind.option(), quoted(file)),
            None => kind.option().to_owned(),
        })
        .collect();
    match &enter.of {
        Some(of) => format!("nsenter --target {} {} sh", pid_of(of), options.join(" ")),
        None => format!("nsenter {} sh", options.join(" ")),
    }
}

/// A number that the reader has to look up.
fn pid_of(actor: &str) -> String {
    format!("$PID_OF_{}", actor.to_uppercase())
}

pub fn flag_word(flag: MountFlag) -> &'static str {
    match flag {
        MountFlag::Ro => "ro",
        MountFlag::Nosuid => "nosuid",
        MountFlag::Nodev => "nodev",
        MountFlag::Noexec => "noexec",
    }
}

/// In quotes where a shell would take it apart.
pub fn quoted(word: &str) -> String {
    let plain = |it: char| it.is_ascii_alphanumeric() || "/._-=:,+@%".contains(it);
    if !word.is_empty() && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}
