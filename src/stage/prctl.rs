//! The calls that change what a process may do, as strace(1) would write them: prctl(2) with the options of
//! capabilities(7), no_new_privs, the securebits and the subreaper. Its other options are housekeeping of libraries.

use crate::evidence::record::Arg;
use crate::kernel::capabilities::NAMES;

const SECUREBITS: [(u64, &str); 3] =
    [(1, "SECBIT_NOROOT"), (1 << 2, "SECBIT_NO_SETUID_FIXUP"), (1 << 4, "SECBIT_KEEP_CAPS")];

/// The arguments. Of an option that is not shown there is a number, so that `is_shown` knows it.
pub fn arguments(args: [u64; 6]) -> Vec<Arg> {
    let option = i32::try_from(args[0]).unwrap_or(-1);
    let words = |words: Vec<String>| words.into_iter().map(Arg::Flags).collect();
    match option {
        libc::PR_CAPBSET_DROP => words(vec!["PR_CAPBSET_DROP".into(), capability(args[1])]),
        libc::PR_SET_CHILD_SUBREAPER => words(vec!["PR_SET_CHILD_SUBREAPER".into(), args[1].to_string()]),
        libc::PR_SET_NO_NEW_PRIVS => words(vec!["PR_SET_NO_NEW_PRIVS".into(), args[1].to_string()]),
        libc::PR_SET_SECUREBITS => {
            let bits = SECUREBITS.iter().filter(|(bit, _)| args[1] & bit != 0).map(|(_, name)| *name);
            words(vec!["PR_SET_SECUREBITS".into(), bits.collect::<Vec<_>>().join(" | ")])
        }
        libc::PR_CAP_AMBIENT => {
            let what = match i32::try_from(args[1]).unwrap_or(-1) {
                libc::PR_CAP_AMBIENT_RAISE => "PR_CAP_AMBIENT_RAISE",
                libc::PR_CAP_AMBIENT_LOWER => "PR_CAP_AMBIENT_LOWER",
                _ => return vec![Arg::Number(i64::from(option))],
            };
            words(vec!["PR_CAP_AMBIENT".into(), what.into(), capability(args[2])])
        }
        _ => vec![Arg::Number(i64::from(option))],
    }
}

/// Whether a call of prctl with these arguments is one that a lesson's reader is shown.
pub fn is_shown(args: &[Arg]) -> bool {
    matches!(args.first(), Some(Arg::Flags(_)))
}

fn capability(number: u64) -> String {
    let name = usize::try_from(number).ok().and_then(|at| NAMES.get(at));
    name.map_or_else(|| number.to_string(), |name| format!("CAP_{}", name.to_uppercase()))
}
