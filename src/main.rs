//! The program: a tool of the box when it is called by a tool's name, else the command line.

fn main() {
    if let Some(status) = boxlab::userland::tool(std::env::args_os().collect()) {
        std::process::exit(status);
    }
    println!("hi");
}
