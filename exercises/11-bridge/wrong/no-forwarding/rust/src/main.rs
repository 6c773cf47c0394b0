//! Starts the command that it is given twice, in network namespaces of their own, on one switch.

use nix::sched::{CloneFlags, unshare};
use nix::sys::wait::waitpid;
use nix::unistd::{ForkResult, Pid, fork};
use std::io::{Read, pipe};
use std::os::unix::process::CommandExt;
use std::process::Command;

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// Runs a tool to its end: `ip`, `nft`, `nsenter`.
fn tool(line: &str) -> Result {
    let words: Vec<&str> = line.split_whitespace().collect();
    let status = Command::new(words[0]).args(&words[1..]).status()?;
    if status.success() { Ok(()) } else { Err(format!("{line} failed").into()) }
}

/// The host's part: a switch, the right to forward, and an address that can be answered.
fn switch() -> Result {
    tool("ip link add br0 type bridge")?;
    tool("ip addr add 10.88.0.1/24 dev br0")?;
    tool("ip link set br0 up")?;
    tool("nft table ip nat { chain postrouting { type nat hook postrouting priority 100; ip saddr 10.88.0.0/24 oifname != \"br0\" masquerade; } }")
}

/// A cable from the switch to a process.
fn plug(pid: Pid, name: &str, address: &str) -> Result {
    tool(&format!("ip link add v{name} type veth peer name p{name}"))?;
    tool(&format!("ip link set p{name} netns {pid} name eth0"))?;
    tool(&format!("ip link set v{name} master br0 up"))?;
    // Only the network namespace is entered: the tools are the host's.
    let inside = |line: &str| tool(&format!("nsenter --target {pid} --net {line}"));
    inside("ip link set lo up")?;
    inside(&format!("ip addr add {address}/24 dev eth0"))?;
    inside("ip link set eth0 up")?;
    inside("ip route add default via 10.88.0.1")
}

/// A container. It waits for its cable before it becomes the command.
fn container(name: &str, address: &str, command: &[String]) -> Result<Pid> {
    let (mut ready, tell) = pipe()?;
    let (mut go, word) = pipe()?;
    // SAFETY: this program has one thread.
    match unsafe { fork() }? {
        ForkResult::Child => {
            drop((ready, word));
            unshare(CloneFlags::CLONE_NEWNET)?;
            // It has its namespace, says the end of this pipe; and the end of the other one says that the cable is there.
            drop(tell);
            go.read_to_end(&mut Vec::new())?;
            Err(Command::new(&command[0]).args(&command[1..]).arg(name).exec().into())
        }
        ForkResult::Parent { child } => {
            drop((tell, go));
            ready.read_to_end(&mut Vec::new())?;
            plug(child, name, address)?;
            drop(word);
            Ok(child)
        }
    }
}

fn main() -> Result {
    let command: Vec<String> = std::env::args().skip(1).collect();
    switch()?;
    let containers = [container("one", "10.88.0.2", &command)?, container("two", "10.88.0.3", &command)?];
    for container in containers {
        waitpid(container, None)?;
    }
    Ok(())
}
