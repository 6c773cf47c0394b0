//! `ps`: the processes that the mounted /proc shows — which are those of the PID namespace it was mounted for, and not
//! always the caller's. Manual: proc(5), pid_namespaces(7).

use std::collections::HashMap;
use std::ffi::OsString;
use std::io::Write as _;

use clap::Parser;

use super::report::{self, Failure};

/// List processes
#[derive(Parser)]
#[command(name = "ps")]
struct Arguments {
    /// All processes (this is the default; -A, ax and aux are accepted too)
    #[arg(short = 'e', visible_short_alias = 'A')]
    _every: bool,
    /// Show the tree
    #[arg(short = 'f', long)]
    forest: bool,
    /// Show the state too: running, sleeping, stopped, zombie (so do the BSD style options)
    #[arg(short, long)]
    long: bool,
    /// Only these
    #[arg(short, value_delimiter = ',')]
    pid: Vec<i32>,
    /// BSD style options, without a dash: a, u, x, f
    #[arg(value_parser = bsd)]
    bsd: Option<String>,
}

fn bsd(text: &str) -> Result<String, String> {
    if text.chars().all(|letter| "auxfw".contains(letter)) { Ok(text.into()) } else { Err("only a, u, x, f".into()) }
}

/// What one line needs.
pub struct Process {
    pub pid: i32,
    parent: i32,
    user: u32,
    state: String,
    pub command: String,
}

pub fn run(argv: Vec<OsString>) -> i32 {
    // "ps -aux" is what fingers type; for -a, -u and -x there is nothing to choose from.
    let argv = argv.into_iter().map(|word| if word == "-aux" || word == "-ax" { "aux".into() } else { word }).collect();
    report::run(argv, |arguments: Arguments| {
        let tree = arguments.forest || arguments.bsd.as_ref().is_some_and(|text| text.contains('f'));
        // The state is a matter of the moment that ps looks, so it is shown to those who ask.
        let long = arguments.long || arguments.bsd.is_some();
        let mut processes = processes("ps")?;
        processes.retain(|process| arguments.pid.is_empty() || arguments.pid.contains(&process.pid));
        let mut out = std::io::stdout().lock();
        let column = |text: &str| if long { format!(" {text:<4}") } else { String::new() };
        writeln!(out, "{:>7} {:>7} {:>6}{} COMMAND", "PID", "PPID", "UID", column("STAT"))?;
        for (process, stem) in arrange(&processes, tree) {
            let Process { pid, parent, user, state, command } = process;
            writeln!(out, "{pid:>7} {parent:>7} {user:>6}{} {stem}{command}", column(state))?;
        }
        Ok(i32::from(processes.is_empty()))
    })
}

/// All processes, by process id.
pub fn processes(reader: &str) -> Result<Vec<Process>, Failure> {
    let all = procfs::process::all_processes().map_err(|_| nothing_mounted(reader))?;
    let mut processes: Vec<Process> = all.filter_map(|process| describe(&process.ok()?).ok()).collect();
    if processes.is_empty() {
        return Err(nothing_mounted(reader));
    }
    processes.sort_by_key(|process| process.pid);
    Ok(processes)
}

pub fn nothing_mounted(reader: &str) -> Failure {
    Failure::new(format!("{reader} reads /proc, and nothing is mounted there (mount -t proc proc /proc)"))
}

/// A process may end while it is looked at; then it is not listed.
fn describe(process: &procfs::process::Process) -> procfs::ProcResult<Process> {
    let stat = process.stat()?;
    let mut state = stat.state.to_string();
    for (mark, holds) in
        [("s", stat.session == stat.pid), ("l", stat.num_threads > 1), ("+", stat.tpgid > 0 && stat.tpgid == stat.pgrp)]
    {
        if holds {
            state.push_str(mark);
        }
    }
    let words = process.cmdline().unwrap_or_default();
    // Kernel threads and zombies have no command line, only a name.
    let command = match (words.is_empty(), stat.state) {
        (true, 'Z') => format!("[{}] <defunct>", stat.comm),
        (true, _) => format!("[{}]", stat.comm),
        _ => words.join(" "),
    };
    let command = command.chars().map(|letter| if letter.is_control() { '?' } else { letter }).collect();
    Ok(Process { pid: stat.pid, parent: stat.ppid, user: process.uid()?, state, command })
}

/// The lines in order, each with what to draw before the command.
fn arrange(processes: &[Process], tree: bool) -> Vec<(&Process, String)> {
    if !tree {
        return processes.iter().map(|process| (process, String::new())).collect();
    }
    let known: HashMap<i32, &Process> = processes.iter().map(|process| (process.pid, process)).collect();
    let mut children: HashMap<i32, Vec<&Process>> = HashMap::new();
    let mut lines = vec![];
    let mut pending: Vec<(&Process, usize)> = vec![];
    for process in processes.iter().rev() {
        if known.contains_key(&process.parent) {
            children.entry(process.parent).or_default().push(process);
        } else {
            pending.push((process, 0));
        }
    }
    while let Some((process, depth)) = pending.pop() {
        let stem = if depth == 0 { String::new() } else { format!("{}\\_ ", "    ".repeat(depth - 1)) };
        lines.push((process, stem));
        pending.extend(children.remove(&process.pid).into_iter().flatten().map(|child| (child, depth + 1)));
    }
    lines
}
