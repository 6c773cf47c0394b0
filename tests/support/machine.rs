//! The micro-VM in tests: the kernel is BOXLAB_TEST_KERNEL (and the folder of its modules BOXLAB_TEST_MODULES), else the
//! newest in /boot; where there is none, what needs it is skipped.

use super::boxlab::{Boxlab, Who};
use super::skip;
use boxlab::vm::image::{self, Image};

/// The options that name the kernel; none, and the reason told, where no machine can be started.
pub fn machine() -> Option<Vec<String>> {
    if boxlab::vm::qemu::find().is_none() {
        skip("the micro-VM: QEMU is not installed (apt-get install --no-install-recommends qemu-system-x86)");
        return None;
    }
    let named = |variable: &str, option: &str| {
        let value = std::env::var(variable).ok().filter(|value| !value.is_empty())?;
        Some(vec![option.to_owned(), value])
    };
    let Some(mut options) = named("BOXLAB_TEST_KERNEL", "--kernel") else {
        if Image::newest(image::candidates()).is_ok() {
            return Some(Vec::new());
        }
        skip("the micro-VM: there is no kernel in /boot that can be read, and BOXLAB_TEST_KERNEL names none");
        return None;
    };
    options.extend(named("BOXLAB_TEST_MODULES", "--modules").unwrap_or_default());
    Some(options)
}

/// `boxlab vm` with this kernel.
pub fn vm(who: Who, kernel: &[String], arguments: &[&str]) -> Boxlab {
    let own = arguments.iter().map(|it| (*it).to_owned());
    Boxlab::by(who, ["vm".to_owned()].into_iter().chain(kernel.iter().cloned()).chain(own))
}

/// The same kernel for a lesson that starts a machine itself.
pub fn with_kernel(boxlab: Boxlab, options: &[String]) -> Boxlab {
    match options.iter().position(|it| it == "--kernel") {
        Some(at) => boxlab.env("BOXLAB_KERNEL", &options[at + 1]),
        None => boxlab,
    }
}

#[track_caller]
pub fn says(text: &str, words: &[&str]) {
    for word in words {
        assert!(text.contains(word), "`{word}` is not in:\n{text}");
    }
}
