//! What the later lessons may meet: no nf_tables, no filters, a subnet that the machine uses itself, no IPv6, a switch that
//! cannot be written. Each is said; the rest goes on.

use super::assert_told;
use crate::support::boxlab::{Boxlab, Ran, everyone};
use crate::support::lesson::made;
use crate::support::{Maps, filter, filter_argument, skip};
use nix::sched::CloneFlags;

/// `CALL answers ERRNO`, for a filter.
fn errno(errno: i32) -> u32 {
    libc::SECCOMP_RET_ERRNO | errno.cast_unsigned()
}

/// Where no lab can be made at all there is nothing to test.
fn possible(ran: Ran) -> Option<Ran> {
    let none = ran.stderr.contains("No lesson can run here");
    if none {
        skip(&format!("no lab here: {}", ran.stderr));
    }
    (!none).then_some(ran)
}

/// As on a kernel without the module: no such socket is to be had.
#[test]
fn no_nf_tables() {
    let without = || {
        let netfilter = nix::sys::socket::SockProtocol::NetlinkNetFilter as u32;
        filter_argument(libc::SYS_socket, 2, netfilter, errno(libc::EPROTONOSUPPORT))
    };
    for who in everyone() {
        let Some(ran) = possible(Boxlab::by(who, ["run", "bridge", "--auto"]).before(without).run()) else { return };
        assert_told(&ran, 3, "nf_tables", "EPROTONOSUPPORT", "modprobe");
        let ran = Boxlab::by(who, ["verify", "veth", "bridge"]).before(without).expect(0);
        assert!(ran.stdout.contains("passed   10 veth") && ran.stdout.contains("skipped  11 bridge"), "{ran:#?}");
        assert!(ran.stdout.ends_with("1 passed, 0 failed, 1 skipped\n"), "{ran:#?}");
    }
}

/// As on a kernel without CONFIG_SECCOMP_FILTER.
#[test]
fn no_filters() {
    let without = || filter(libc::SYS_seccomp, errno(libc::EINVAL));
    for who in everyone() {
        let Some(ran) = possible(Boxlab::by(who, ["run", "seccomp", "--auto"]).before(without).run()) else { return };
        assert_told(&ran, 3, "seccomp", "EINVAL", "boxlab doctor");
        let ran = Boxlab::by(who, ["verify", "small", "seccomp"]).before(without).expect(0);
        assert!(ran.stdout.contains("passed   09 small") && ran.stdout.contains("skipped  16 seccomp"), "{ran:#?}");
    }
}

/// The machine itself is 10.88.0.1 and 203.0.113.2: the lab's stack is another one, and so are its routes.
#[test]
fn a_subnet_that_the_machine_uses() {
    let maps = Maps::same();
    let own = move || {
        maps.enter(CloneFlags::CLONE_NEWNET)?;
        address_of_lo([10, 88, 0, 1])
    };
    let ran = Boxlab::new(["verify", "veth", "bridge"]).before(own).run();
    let Some(ran) = possible(ran) else { return };
    assert_eq!((ran.status, ran.stdout.lines().last()), (Some(0), Some("2 passed, 0 failed, 0 skipped")), "{ran:#?}");
}

/// Gives lo this address and the network 10.88.0.0/24, and switches it on: netdevice(7).
fn address_of_lo(address: [u8; 4]) -> nix::Result<()> {
    // SAFETY: all of its fields may be 0.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[..2].copy_from_slice(&[b'l' as libc::c_char, b'o' as libc::c_char]);
    // SAFETY: makes a descriptor.
    let socket =
        nix::errno::Errno::result(unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0) })?;
    let mut change = |code: libc::c_ulong, bytes: [u8; 4]| {
        // SAFETY: all of its fields may be 0.
        let mut inet: libc::sockaddr_in = unsafe { std::mem::zeroed() };
        inet.sin_family = libc::AF_INET as u16;
        inet.sin_addr.s_addr = u32::from_ne_bytes(bytes);
        // SAFETY: a sockaddr_in is as long as a sockaddr, and the kernel reads it as one.
        request.ifr_ifru.ifru_addr = unsafe { std::mem::transmute::<libc::sockaddr_in, libc::sockaddr>(inet) };
        // SAFETY: the request lives across the call.
        nix::errno::Errno::result(unsafe { libc::ioctl(socket, code as _, &raw mut request) }).map(drop)
    };
    change(libc::SIOCSIFADDR, address)?;
    change(libc::SIOCSIFNETMASK, [255, 255, 255, 0])?;
    request.ifr_ifru.ifru_flags = libc::IFF_UP as i16;
    // SAFETY: the request lives across the call.
    nix::errno::Errno::result(unsafe { libc::ioctl(socket, libc::SIOCSIFFLAGS as _, &raw mut request) }).map(drop)
}

/// The switch is a file of /proc/sys, and that may be read-only: as in a container.
#[test]
fn forwarding_that_cannot_be_switched_on() {
    let steps = "\
- as: host
  say: Make it read-only.
  do: { remount: { at: /proc/sys, flags: [ro] } }
  why: None.
- as: host
  say: Switch it on.
  do: { write: { at: /proc/sys/net/ipv4/ip_forward, text: \"1\" } }
  fails: EROFS
  expect: { host.forwarding: \"off\" }
  why: None.
";
    let setup = "needs: [namespaces]\nsetup: [{ as: host, do: { bind: { from: /proc/sys, to: /proc/sys } } }]\n";
    for who in everyone() {
        let mut boxlab = Boxlab::by(who, ["run", "made", "--auto"]);
        let lessons = made(boxlab.home.path(), setup, steps);
        boxlab.command.arg("--lessons").arg(lessons);
        let Some(ran) = possible(boxlab.run()) else { return };
        assert_eq!(ran.status, Some(0), "{ran:#?}");
        assert!(
            ran.stdout.contains("EROFS")
                && ran.stdout.contains("the mount at /proc/sys, which\n             is read-only"),
            "{}",
            ran.stdout
        );
    }
}

/// IPv6 is switched off in the lab, before there are links: nothing of the network asks for it.
#[test]
fn no_ipv6() {
    let off = |actor: &str| {
        format!(
            "  - {{ as: {actor}, do: {{ write: {{ at: /proc/sys/net/ipv6/conf/all/disable_ipv6, text: \"1\" }} }} }}\n"
        )
    };
    let setup = "needs: [namespaces, network]\nsetup:\n".to_owned()
        + &off("host")
        + "  - { as: runtime, do: { fork: box } }\n  - { as: box, do: { unshare: [net] } }\n"
        + &off("box")
        + "  - { as: runtime, do: { link_add: { type: bridge, name: br0 } } }\n\
           \x20 - { as: runtime, do: { address_add: { link: br0, address: 10.88.0.1/24 } } }\n\
           \x20 - { as: runtime, do: { link_set: { name: br0, up: true } } }\n\
           \x20 - { as: runtime, do: { link_add: { type: veth, name: v0, peer: eth0, into: box } } }\n\
           \x20 - { as: runtime, do: { link_set: { name: v0, master: br0, up: true } } }\n\
           \x20 - { as: box, do: { address_add: { link: eth0, address: 10.88.0.2/24 } } }\n\
           \x20 - { as: box, do: { link_set: { name: eth0, up: true } } }\n";
    let steps = "\
- as: host
  say: Read the switch.
  do: { read: /proc/sys/net/ipv6/conf/br0/disable_ipv6 }
  output: \"1\"
  why: None.
- as: box
  say: Ask the host.
  do: { ping: 10.88.0.1 }
  output: 10.88.0.1 answers, ttl 64
  why: None.
";
    for who in everyone() {
        let mut boxlab = Boxlab::by(who, ["run", "made", "--auto"]);
        let lessons = made(boxlab.home.path(), &setup, steps);
        boxlab.command.arg("--lessons").arg(lessons);
        let Some(ran) = possible(boxlab.run()) else { return };
        assert_eq!(ran.status, Some(0), "{ran:#?}");
    }
}
