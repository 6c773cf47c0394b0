//! Why kill(2) succeeds and nothing happens: the process has ended already, or it is PID 1 of its PID namespace, which the
//! kernel spares (pid_namespaces(7)), or it ignores or blocks the signal (signal(7)). Asked before the call is made.

use super::findings::reason;
use super::processes::meant;
use super::scene::Scene;
use crate::evidence::record::{Arg, Call, Reason};
use nix::sys::signal::Signal;

/// Signals that do nothing by default to any process; SIGCONT lets one go on.
const HARMLESS: [Signal; 4] = [Signal::SIGCHLD, Signal::SIGURG, Signal::SIGWINCH, Signal::SIGCONT];
/// Signals that cannot be caught, blocked or ignored.
const FORCE: [Signal; 2] = [Signal::SIGKILL, Signal::SIGSTOP];

/// None where the signal will be carried out, as far as is known.
pub fn lost(scene: &Scene<'_>, call: &Call) -> Option<Reason> {
    let [Arg::Number(number), Arg::Flags(signal)] = call.args.as_slice() else { return None };
    let signal: Signal = signal.parse().ok()?;
    let number = i32::try_from(*number).ok().filter(|number| *number > 0)?;
    let target = scene.of(meant(scene, number)?);
    let status = target.status()?;
    if status.state.starts_with('Z') {
        return Some(zombie(scene, &target));
    }
    let bit = 1u64 << (signal as i32 - 1);
    let (caught, blocked, ignored) = (status.sigcgt & bit != 0, status.sigblk & bit != 0, status.sigign & bit != 0);
    let name = &status.name;
    let force = FORCE.contains(&signal);
    if !force && blocked {
        // It reads its signals, as an init does.
        if reads_signals(&target) {
            return None;
        }
        let cause = format!("{name} blocks {signal}: the signal waits until {name} unblocks it");
        return Some(reason(cause, &[format!("status of {name}: SigBlk has {signal}")], ""));
    }
    if !force && ignored {
        let cause = format!("{name} ignores {signal}: the kernel drops it");
        return Some(reason(cause, &[format!("status of {name}: SigIgn has {signal}")], ""));
    }
    if caught || HARMLESS.contains(&signal) {
        return None;
    }
    first_of_its_namespace(scene, &target, signal)
}

/// Whether it has a descriptor of signalfd(2) open.
fn reads_signals(target: &Scene<'_>) -> bool {
    let is_one = |number: &i32| {
        target.proc.link(target.pid, &format!("fd/{number}")).is_ok_and(|link| link.contains("signalfd"))
    };
    target.descriptors().iter().any(is_one)
}

/// It stays in the process table until its parent waits for it.
fn zombie(scene: &Scene<'_>, target: &Scene<'_>) -> Reason {
    let (name, parent) = match target.status() {
        Some(status) => (status.name.as_str(), scene.of(status.ppid)),
        None => ("it", scene.of(0)),
    };
    let mut seen = vec![format!("status of {name}: its state is Z (zombie)")];
    let who = match parent.status() {
        Some(status) => {
            seen.push(format!("status of {name}: its parent is {}", status.name));
            status.name.clone()
        }
        None => "its parent".to_owned(),
    };
    let cause = format!(
        "{name} has ended already, and cannot end once more: it is a zombie, an entry that waits for {who} to collect it"
    );
    reason(cause, &seen, format!("let {who} wait for it (wait4); when {who} ends, the next parent can"))
}

/// PID 1 of a PID namespace gets no signal whose action is the default one; only from outside SIGKILL and SIGSTOP.
fn first_of_its_namespace(scene: &Scene<'_>, target: &Scene<'_>, signal: Signal) -> Option<Reason> {
    let status = target.status()?;
    let numbers = status.nspid.as_ref()?;
    if numbers.last() != Some(&1) {
        return None;
    }
    let inside = scene.namespace_inode("pid").is_some_and(|own| target.namespace_inode("pid") == Some(own));
    let force = FORCE.contains(&signal);
    if force && !inside {
        return None;
    }
    let name = &status.name;
    let listed: Vec<String> = numbers.iter().map(ToString::to_string).collect();
    let mut seen = vec![format!("status of {name}: NSpid {}, so it is PID 1 of its PID namespace", listed.join(" "))];
    let (cause, remedy) = if force {
        seen.push("the caller is in the same PID namespace".to_owned());
        let cause = format!(
            "{name} is PID 1 of this PID namespace, and the kernel drops every signal from inside that it has no handler \
             for; {signal} can have none"
        );
        (cause, format!("send {signal} from outside, from a PID namespace above"))
    } else {
        seen.push(format!("status of {name}: SigCgt lacks {signal}"));
        let cause = format!(
            "{name} is PID 1 of its PID namespace and has no handler for {signal}: the kernel carries out no default \
             action on PID 1, and drops the signal"
        );
        (cause, "a handler in that program, an init as PID 1, or SIGKILL from outside".to_owned())
    };
    Some(reason(cause, &seen, remedy))
}
