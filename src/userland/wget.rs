//! `wget -qO- http://HOST/PATH`: one HTTP request over IPv4, and the answer to standard output or a file.
//! No TLS, no redirects, no proxies: it is for asking whether a server answers, and what. Manual: tcp(7).

use std::ffi::OsString;
use std::io::{self, Read, Write};
use std::net::SocketAddrV4;
use std::time::Duration;

use clap::Parser;

use super::report::{self, Failure, Outcome};
use super::{resolve, tcp};

/// Fetch a page over HTTP (IPv4)
#[derive(Parser)]
#[command(name = "wget")]
struct Arguments {
    /// Say nothing but what goes wrong
    #[arg(short, long)]
    quiet: bool,
    /// Where the page goes; `-` is standard output
    #[arg(short = 'O', default_value = "-")]
    output: String,
    /// Seconds to wait for a connection, and for each answer
    #[arg(short = 'T', long, default_value_t = 5.0)]
    timeout: f64,
    /// http://HOST[:PORT][/PATH]
    url: String,
}

/// More than this is not read, in bytes.
const LONGEST: u64 = 16 << 20;

pub fn run(argv: Vec<OsString>) -> i32 {
    report::run(argv, work)
}

fn work(arguments: Arguments) -> Outcome {
    let wait = report::seconds(arguments.timeout)?;
    let url = Url::parse(&arguments.url)?;
    let to = SocketAddrV4::new(resolve::resolve(url.host, wait)?, url.port);
    if !arguments.quiet {
        writeln!(io::stderr(), "connecting to {to}")?;
    }
    let answer = ask(&url, to, wait)?;
    let page = page(&answer, &url)?;
    match arguments.output.as_str() {
        "-" => io::stdout().write_all(page)?,
        path => std::fs::write(path, page).map_err(|error| Failure::io(format!("cannot write {path}"), &error))?,
    }
    Ok(0)
}

struct Url<'a> {
    host: &'a str,
    port: u16,
    path: &'a str,
    /// Host and port as they stand there.
    named: &'a str,
}

impl Url<'_> {
    fn parse(text: &str) -> Result<Url<'_>, Failure> {
        if text.starts_with("https:") {
            return Err(Failure::new("https needs TLS, which this wget has not; use http"));
        }
        let rest = text.strip_prefix("http://").unwrap_or(text);
        let (named, path) = rest.find('/').map_or((rest, "/"), |at| rest.split_at(at));
        let (host, port) = match named.rsplit_once(':') {
            Some((host, port)) => (host, port.parse().ok()),
            None => (named, Some(80)),
        };
        match port {
            Some(port) if !host.is_empty() => Ok(Url { host, port, path, named }),
            _ => Err(Failure::new(format!("{text} is no address of a page: write http://HOST/PATH"))),
        }
    }
}

/// Sends the request and reads until the server closes the connection.
fn ask(url: &Url<'_>, to: SocketAddrV4, wait: Duration) -> Result<Vec<u8>, Failure> {
    let mut stream = tcp::connect(to, None, Some(wait))?;
    let mut answer = Vec::new();
    let asked = stream.set_read_timeout(Some(wait)).and_then(|()| {
        write!(stream, "GET {} HTTP/1.0\r\nHost: {}\r\nUser-Agent: wget\r\n\r\n", url.path, url.named)?;
        stream.take(LONGEST).read_to_end(&mut answer)
    });
    match asked {
        Ok(_) if answer.is_empty() => {
            Err(Failure::new(format!("connected to {to}, which closed and had sent nothing")))
        }
        Ok(_) => Ok(answer),
        Err(error) => Err(no_answer(to, wait, &answer, &error)),
    }
}

/// What went wrong once the connection stood.
fn no_answer(to: SocketAddrV4, wait: Duration, so_far: &[u8], error: &io::Error) -> Failure {
    if !matches!(error.kind(), io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock) {
        return Failure::io(format!("connected to {to}, and the connection was lost"), error);
    }
    let wait = wait.as_secs_f64();
    if so_far.is_empty() {
        Failure::new(format!("connected to {to}, but no answer in {wait} s")).hint(
            "the kernel there makes the connection as soon as a port is open; the program behind it has said nothing",
        )
    } else {
        let length = so_far.len();
        Failure::new(format!("connected to {to}, but after {length} bytes nothing more came in {wait} s"))
    }
}

/// What follows the headers of an answer that is no refusal.
fn page<'a>(answer: &'a [u8], url: &Url<'_>) -> Result<&'a [u8], Failure> {
    let mut headers = [httparse::EMPTY_HEADER; 64];
    let mut parsed = httparse::Response::new(&mut headers);
    let start = match parsed.parse(answer) {
        Ok(httparse::Status::Complete(start)) => start,
        _ => return Err(Failure::new(format!("{} does not answer in HTTP", url.named))),
    };
    match parsed.code {
        Some(200) => Ok(&answer[start..]),
        code => {
            let reason = parsed.reason.unwrap_or_default();
            Err(Failure::new(format!("{}{}: {} {reason}", url.named, url.path, code.unwrap_or(0))))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Url, page};

    #[test]
    fn a_url_has_a_host_and_may_have_more() {
        let parts = |text| Url::parse(text).map(|url| (url.host, url.port, url.path)).ok();
        assert_eq!(parts("http://a.lab"), Some(("a.lab", 80, "/")));
        assert_eq!(parts("http://a.lab:8080/x/y"), Some(("a.lab", 8080, "/x/y")));
        assert_eq!(parts("127.0.0.1:81/"), Some(("127.0.0.1", 81, "/")));
        assert_eq!(parts("http://:80/"), None);
        assert_eq!(parts("http://a:b/"), None);
        assert_eq!(parts("https://a/"), None);
    }

    #[test]
    fn a_page_is_what_follows_the_headers() {
        let url = Url::parse("http://a.lab/").expect("a URL");
        assert_eq!(page(b"HTTP/1.0 200 OK\r\nA: b\r\n\r\nhello\n", &url).ok(), Some(&b"hello\n"[..]));
        assert!(page(b"HTTP/1.0 404 Not Found\r\n\r\n", &url).is_err());
        assert!(page(b"SSH-2.0-x\r\n", &url).is_err());
    }
}
