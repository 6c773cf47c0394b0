//! The UTS namespace: the host name and the NIS domain name (uts_namespaces(7)).
//! A new one starts as a copy of its creator's. Setting the name needs CAP_SYS_ADMIN in the user namespace that
//! owns the UTS namespace, which need not be the caller's own. "UTS" is the structure that uname(2) fills.

use super::error::Failed;

// ANCHOR: sethostname
/// Sets the host name of the UTS namespace that the caller is in: sethostname(2). At most 64 bytes.
pub fn sethostname(name: &str) -> Result<(), Failed> {
    nix::unistd::sethostname(name).map_err(|errno| Failed::new("sethostname", errno).on(name))
}
// ANCHOR_END: sethostname
