//! Making `program &` a job that has a process id.
//!
//! The shell library runs `&` in a task of its own and never learns which process that started: `$!` is empty, and
//! `kill %1` and `fg` reach nobody. But it keeps complete accounts of a program that was *stopped* in the foreground. So
//! `sleep 9 &` is rewritten, before it runs, to three commands:
//!
//! 1. `__quiet` hides the message about the stop that is about to come;
//! 2. `background sleep 9` stops itself before it becomes `sleep 9`;
//! 3. `|| __resume` continues it, as `bg` would.
//!
//! Loops get a command more, too: the library does not end a loop whose program was ended by Ctrl-C, so a person's loop
//! asks after each command whether that happened.
//!
//! Only lists made of plain programs are rewritten; `{ …; } &` stays as the library has it.

use brush_core::parser::ast::{
    AndOr, AndOrList, Command, CommandPrefixOrSuffixItem, CommandSuffix, CompoundCommand, CompoundList,
    CompoundListItem, Pipeline, Program, SeparatorOperator, SimpleCommand, Word,
};

use super::{BoxShell, builtins};
use crate::userland::background;

/// Rewrites every `&` that it can in a program.
pub fn rewrite(program: &mut Program, shell: &BoxShell) {
    for list in &mut program.complete_commands {
        rewrite_list(list, shell);
    }
}

fn rewrite_list(list: &mut CompoundList, shell: &BoxShell) {
    let mut items = Vec::with_capacity(list.0.len());
    for mut item in list.0.drain(..) {
        if matches!(item.1, SeparatorOperator::Async) && is_programs(&item.0, shell) {
            items.push(call(builtins::QUIET));
            for command in &mut item.0.first.seq {
                if let Command::Simple(simple) = command {
                    start_stopped(simple);
                }
            }
            item.1 = SeparatorOperator::Sequence;
            // It is stopped, which is a status other than 0, and must end no script that has said `set -e`.
            item.0.additional.push(AndOr::Or(pipeline(builtins::RESUME)));
            items.push(item);
        } else {
            item.0.first.seq.iter_mut().for_each(|command| rewrite_command(command, shell));
            items.push(item);
        }
    }
    list.0 = items;
}

/// Rewrites the body of a loop: as any list, and it can be interrupted.
fn rewrite_loop(body: &mut CompoundList, shell: &BoxShell) {
    rewrite_list(body, shell);
    if shell.options().interactive {
        body.0 = body.0.drain(..).flat_map(|item| [item, call(builtins::STOP_IF_INTERRUPTED)]).collect();
    }
}

fn rewrite_command(command: &mut Command, shell: &BoxShell) {
    match command {
        Command::Compound(compound, _) => rewrite_compound(compound, shell),
        Command::Function(function) => rewrite_compound(&mut function.body.0, shell),
        _ => {}
    }
}

fn rewrite_compound(compound: &mut CompoundCommand, shell: &BoxShell) {
    match compound {
        CompoundCommand::BraceGroup(group) => rewrite_list(&mut group.list, shell),
        CompoundCommand::ForClause(clause) => rewrite_loop(&mut clause.body.list, shell),
        CompoundCommand::ArithmeticForClause(clause) => rewrite_loop(&mut clause.body.list, shell),
        CompoundCommand::WhileClause(clause) | CompoundCommand::UntilClause(clause) => {
            rewrite_loop(&mut clause.1.list, shell);
        }
        CompoundCommand::IfClause(clause) => {
            rewrite_list(&mut clause.then, shell);
            for part in clause.elses.iter_mut().flatten() {
                rewrite_list(&mut part.body, shell);
            }
        }
        CompoundCommand::CaseClause(clause) => {
            clause.cases.iter_mut().filter_map(|case| case.cmd.as_mut()).for_each(|list| rewrite_list(list, shell));
        }
        // A subshell has a job list of its own that nobody can look at.
        _ => {}
    }
}

/// One pipeline, and each of its commands a program: not a builtin, a function or something to be expanded first.
fn is_programs(list: &AndOrList, shell: &BoxShell) -> bool {
    // Without job control the members of a pipeline have no group to be continued by.
    let can_continue_all = list.first.seq.len() == 1 || shell.options().enable_job_control;
    can_continue_all
        && list.additional.is_empty()
        && !list.first.bang
        && list.first.timed.is_none()
        && list.first.seq.iter().all(|command| {
            let Command::Simple(SimpleCommand { word_or_name: Some(word), .. }) = command else { return false };
            let name = &word.value;
            name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-+./".contains(letter))
                && shell.builtins().get(name).is_none_or(|builtin| builtin.disabled)
                && shell.funcs().get(name).is_none()
                && !shell.aliases().contains_key(name)
        })
}

fn start_stopped(simple: &mut SimpleCommand) {
    let Some(program) = simple.word_or_name.replace(word(background::NAME)) else { return };
    let mut items = vec![CommandPrefixOrSuffixItem::Word(program)];
    items.extend(simple.suffix.take().into_iter().flat_map(|suffix| suffix.0));
    simple.suffix = Some(CommandSuffix(items));
}

fn call(name: &str) -> CompoundListItem {
    CompoundListItem(AndOrList { first: pipeline(name), additional: vec![] }, SeparatorOperator::Sequence)
}

fn pipeline(name: &str) -> Pipeline {
    let simple = SimpleCommand { prefix: None, word_or_name: Some(word(name)), suffix: None };
    Pipeline { timed: None, bang: false, seq: vec![Command::Simple(simple)] }
}

fn word(text: &str) -> Word {
    Word { value: text.into(), loc: None }
}
