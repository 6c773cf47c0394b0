//! Two things before the program is built. On another system than Linux the build stops with a sentence. And the
//! lessons are part of the program: a new file among them must lead to a new build, which the macro that takes them in
//! cannot see to by itself.

fn main() {
    println!("cargo::rerun-if-changed=lessons");
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_OS").is_ok_and(|system| system != "linux") {
        println!(
            "cargo::error=Boxlab needs a Linux kernel: it makes namespaces and mounts, and shows what the kernel says of \
             them. On macOS or Windows, build and run it inside a Linux virtual machine (Lima, Multipass, WSL 2)."
        );
    }
}
