//! The lessons are part of the program: a new file among them must lead to a new build, which the macro that takes them
//! in cannot see to by itself.

fn main() {
    println!("cargo:rerun-if-changed=lessons");
}
