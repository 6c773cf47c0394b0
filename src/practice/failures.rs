//! What it usually means when a check fails that every exercise has.

use super::capture::MOST;
use super::verdict::Failure;
use crate::evidence::View;
use crate::evidence::record::Shown;

/// Whether a process of the checker's says nothing any more: the program is root of the lab, and may end or stop it.
pub fn dead(now: &[Shown]) -> Option<Failure> {
    let speaks = |name: &&&str| !now.iter().any(|it| it.subject == ***name && it.view == View::Inside);
    let silent = ["host", "runtime"].iter().find(speaks)?;
    Some(Failure {
        expected: "the checker's own processes are left alone".to_owned(),
        found: format!("`{silent}`, one of them, was ended or stopped"),
        means: Some(
            "A signal went to all processes, or to one that is not the program's own: `kill -9 -1`.".to_owned(),
        ),
    })
}

pub fn not_waited(ended: &str, others: &str) -> Failure {
    Failure {
        expected: "the program runs as long as what it has started".to_owned(),
        found: format!("it has ended ({ended}), and there is still: {others}"),
        means: Some(
            "It does not wait for what it has started: a `&` in the shell, or a fork whose parent does not wait."
                .to_owned(),
        ),
    }
}

pub fn without_probe(ended: &str) -> Failure {
    Failure {
        expected: "the program starts the probe".to_owned(),
        found: format!("it has ended ({ended}) and never started it"),
        means: Some(
            "Its arguments are the command that it is to start in what it has built: `\"$@\"` in a shell, exec or spawn of \
             the arguments elsewhere. If a call before failed, the program's output says so."
                .to_owned(),
        ),
    }
}

pub fn ended_otherwise(expected: &str, found: &str) -> Failure {
    Failure {
        expected: expected.to_owned(),
        found: found.to_owned(),
        means: Some(
            "The probe has ended with 0 before. A runtime waits for its container, and ends as that has ended."
                .to_owned(),
        ),
    }
}

pub fn too_much() -> Failure {
    Failure {
        expected: format!("at most {} KiB of output", MOST >> 10),
        found: format!("more than {} KiB", MOST >> 10),
        means: Some("It prints in a loop that has no end, or it prints a whole file.".to_owned()),
    }
}

pub fn dishonest(found: String) -> Failure {
    Failure {
        expected: "a report that the probe itself has sent".to_owned(),
        found,
        means: Some(
            "Only the probe itself can say where it is, and the kernel vouches for it. Start the program that you are \
             given, unchanged."
                .to_owned(),
        ),
    }
}

pub fn silenced() -> Failure {
    Failure {
        expected: "the checker answers".to_owned(),
        found: "the checker's own processes in the lab do not answer any more".to_owned(),
        means: Some("Somebody has stopped them: by a signal, or by tracing them (ptrace).".to_owned()),
    }
}

pub fn too_long(seconds: u64) -> Failure {
    Failure {
        expected: format!("an end within {seconds} s"),
        found: format!("it still runs after {seconds} s"),
        means: Some(
            "It waits for something that does not come, or runs in a loop. Standard input is empty, and reads as end of \
             file."
                .to_owned(),
        ),
    }
}
