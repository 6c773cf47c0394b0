//! The usual commands, from uutils: one function each with the signature of our table.
//!
//! Their own dispatch finds no name in a static program, so this calls each tool's entry after the same preparation
//! that `uucore::bin!` makes: messages loaded, SIGPIPE as the parent asked, output flushed.

use std::ffi::OsString;
use std::io::{self, Write};

fn prepared(crate_name: &str, work: impl FnOnce() -> i32) -> i32 {
    uucore::panic::preserve_inherited_sigpipe();
    uucore::panic::mute_sigpipe_panic();
    if let Err(error) = uucore::locale::setup_localization(uucore::get_canonical_util_name(crate_name)) {
        // Without its texts the tool still works; its messages are keys instead of sentences.
        let _ = writeln!(io::stderr(), "messages are not available: {error}");
    }
    let status = work();
    match io::stdout().flush() {
        Ok(()) => status,
        Err(error) if error.kind() == io::ErrorKind::BrokenPipe => status,
        Err(error) => {
            let _ = writeln!(io::stderr(), "{}: write error: {error}", uucore::util_name());
            status.max(1)
        }
    }
}

macro_rules! tools {
    ($($function:ident => $krate:ident),+ $(,)?) => {
        $(pub fn $function(argv: Vec<OsString>) -> i32 {
            prepared(stringify!($krate), || $krate::uumain(argv.into_iter()))
        })+
    };
}

tools! {
    basename => uu_basename, cat => uu_cat, chmod => uu_chmod, chown => uu_chown, chroot => uu_chroot, cp => uu_cp,
    cut => uu_cut, date => uu_date, df => uu_df, dirname => uu_dirname, du => uu_du, echo => uu_echo, env => uu_env,
    r#false => uu_false, head => uu_head, id => uu_id, kill => uu_kill, ln => uu_ln, ls => uu_ls, mkdir => uu_mkdir,
    mkfifo => uu_mkfifo, mknod => uu_mknod, mv => uu_mv, nl => uu_nl, printenv => uu_printenv, printf => uu_printf,
    pwd => uu_pwd, readlink => uu_readlink, realpath => uu_realpath, rm => uu_rm, rmdir => uu_rmdir, seq => uu_seq,
    sha256sum => uu_sha256sum, sleep => uu_sleep, sort => uu_sort, stat => uu_stat, stty => uu_stty, tail => uu_tail,
    tee => uu_tee, test => uu_test, touch => uu_touch, tr => uu_tr, r#true => uu_true, tty => uu_tty,
    uname => uu_uname, uniq => uu_uniq, unlink => uu_unlink, wc => uu_wc, whoami => uu_whoami,
}
