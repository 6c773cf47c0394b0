//! A book while it is written: pages on 127.0.0.1 only, made anew when a chapter, a lesson or a record changes. An open page
//! is told, and loads itself again.

use super::build::{Built, Source, build};
use crate::problem::{CANNOT, Problem};
use notify::{RecursiveMode, Watcher};
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Component, Path, PathBuf};
use std::sync::mpsc::{Receiver, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

/// What is told of the book while it is served.
pub enum News {
    Built(Built),
    Wrong(Problem),
}

/// How often the book was made, and who waits for the next time.
#[derive(Default)]
struct Versions {
    number: Mutex<usize>,
    next: Condvar,
}

/// Editors write a file in several acts; so long nothing may happen before it counts as written.
const QUIET: Duration = Duration::from_millis(120);
/// Where a page waits for news.
const NEWS: &str = "/-/news";
const SCRIPT: &str =
    "<script>new EventSource(\"/-/news\").addEventListener(\"made\", () => location.reload());</script>";

/// Binds a port of this machine alone; 0 takes any.
pub fn listen(port: u16) -> Result<(TcpListener, u16), Problem> {
    let failed = |error: std::io::Error| {
        Problem::new(CANNOT, format!("Port {port} of 127.0.0.1 cannot be taken."))
            .because(error.to_string())
            .next("boxlab book serve --port 0, which takes any that is free")
    };
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).map_err(failed)?;
    let port = listener.local_addr().map_err(failed)?.port();
    Ok((listener, port))
}

/// Answers and builds in threads of its own, until the program ends. What `watched` has is watched for changes; `tell` is
/// called for what comes of them. Who holds the lock that is given can be sure that nothing is being built.
pub fn start(
    listener: TcpListener,
    source: Source,
    lessons: Option<PathBuf>,
    watched: Vec<PathBuf>,
    site: PathBuf,
    tell: impl Fn(News) + Send + 'static,
) -> Result<Arc<Mutex<()>>, Problem> {
    let versions = Arc::new(Versions::default());
    let building = Arc::new(Mutex::new(()));
    let (sender, receiver) = channel();
    let blind = |error: notify::Error| {
        Problem::new(CANNOT, "Changes of the book cannot be watched.")
            .because(error.to_string())
            .next("boxlab book build")
    };
    let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
        if event.is_ok_and(|event| !event.kind.is_access()) {
            sender.send(()).ok();
        }
    })
    .map_err(blind)?;
    for path in &watched {
        watcher.watch(path, RecursiveMode::Recursive).map_err(blind)?;
    }
    let (lock, made, pages) = (building.clone(), versions.clone(), site.clone());
    std::thread::spawn(move || {
        let _watcher = watcher;
        while changed(&receiver) {
            let Ok(_building) = lock.lock() else { return };
            match build(&source, lessons.as_deref(), &pages) {
                Ok(built) => {
                    tell(News::Built(built));
                    if let Ok(mut number) = made.number.lock() {
                        *number += 1;
                    }
                    made.next.notify_all();
                }
                Err(problem) => tell(News::Wrong(problem)),
            }
        }
    });
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let (site, versions) = (site.clone(), versions.clone());
            // A reader who has gone is nobody's mistake.
            std::thread::spawn(move || answer(stream, &site, &versions).ok());
        }
    });
    Ok(building)
}

/// Waits for a change, and until there are no more for a moment.
fn changed(receiver: &Receiver<()>) -> bool {
    if receiver.recv().is_err() {
        return false;
    }
    while receiver.recv_timeout(QUIET).is_ok() {}
    true
}

fn answer(stream: TcpStream, site: &Path, versions: &Versions) -> std::io::Result<()> {
    let mut stream = stream;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut head = Vec::new();
    let mut reader = BufReader::new(stream.try_clone()?.take(16 * 1024));
    while !head.ends_with(b"\r\n\r\n") {
        if reader.read_until(b'\n', &mut head)? == 0 {
            return Ok(());
        }
    }
    let mut fields = [httparse::EMPTY_HEADER; 64];
    let mut request = httparse::Request::new(&mut fields);
    let (method, target) = match request.parse(&head) {
        Ok(_) => (request.method.unwrap_or_default(), request.path.unwrap_or_default()),
        Err(_) => return reply(&mut stream, "400 Bad Request", "text/plain", b"This is no HTTP.\n", true),
    };
    if method != "GET" && method != "HEAD" {
        return reply(&mut stream, "405 Method Not Allowed", "text/plain", b"There is only GET here.\n", true);
    }
    let path = target.split(['?', '#']).next().unwrap_or_default();
    if path == NEWS {
        return news(&mut stream, versions);
    }
    let whole = method == "GET";
    match file(site, path) {
        Some((path, bytes)) => reply(&mut stream, "200 OK", kind(&path), &with_script(&path, bytes), whole),
        None => reply(&mut stream, "404 Not Found", "text/plain", b"There is no such page.\n", whole),
    }
}

/// A file of the site, and nothing that is not in it.
fn file(site: &Path, path: &str) -> Option<(PathBuf, Vec<u8>)> {
    let inside = Path::new(path.trim_start_matches('/'));
    let plain = inside.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir));
    let mut path = plain.then(|| site.join(inside))?;
    if path.is_dir() {
        path.push("index.html");
    }
    let bytes = std::fs::read(&path).ok()?;
    Some((path, bytes))
}

fn with_script(path: &Path, bytes: Vec<u8>) -> Vec<u8> {
    if path.extension().is_none_or(|end| end != "html") {
        return bytes;
    }
    String::from_utf8_lossy(&bytes).replace("</body>", &format!("{SCRIPT}</body>")).into_bytes()
}

fn reply(stream: &mut TcpStream, status: &str, kind: &str, body: &[u8], whole: bool) -> std::io::Result<()> {
    let head = format!(
        "HTTP/1.1 {status}\r\nContent-Type: {kind}\r\nContent-Length: {}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n",
        body.len()
    );
    stream.write_all(head.as_bytes())?;
    stream.write_all(if whole { body } else { &[] })
}

/// Holds the line until the book was made anew.
fn news(stream: &mut TcpStream, versions: &Versions) -> std::io::Result<()> {
    stream.write_all(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-store\r\n\r\n")?;
    let Ok(known) = versions.number.lock() else { return Ok(()) };
    let now = *known;
    drop(versions.next.wait_while(known, |number| *number == now));
    stream.write_all(b"event: made\ndata: made\n\n")
}

/// The type of a file, by the end of its name.
fn kind(path: &Path) -> &'static str {
    match path.extension().and_then(|end| end.to_str()) {
        Some("html") => "text/html; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("svg") => "image/svg+xml",
        Some("png") => "image/png",
        Some("json") => "application/json",
        Some("woff2") => "font/woff2",
        _ => "application/octet-stream",
    }
}
