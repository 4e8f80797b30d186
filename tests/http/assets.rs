//! Static files: addressed by their content, kept for ever, compressed.

use std::io::Read;

use crate::database::{Kind, both};
use crate::support::{Answer, Browser, Server};

both![
    every_file_that_a_page_names_is_there,
    a_file_is_kept_for_ever_under_its_hash_and_not_at_all_under_another,
    the_best_form_that_the_browser_takes_is_sent,
    what_is_not_there_is_not_found,
];

/// The addresses of all static files on the sign-in page.
async fn named(browser: &Browser) -> Vec<String> {
    let page = browser.get("/sign-in").await;
    let mut named = page.attributes("script[src]", "src");
    named.extend(page.attributes("link[href]", "href"));
    let symbols = page.attributes("use[href]", "href");
    named.extend(symbols.iter().map(|href| href.split('#').next().unwrap().to_owned()));
    named.sort();
    named.dedup();
    assert!(named.len() >= 7, "{named:?}");
    named
}

async fn plain(browser: &Browser, path: &str) -> Answer {
    let answer = browser.get(path).await;
    assert_eq!((answer.status, answer.header("content-encoding")), (200, ""), "{path}");
    answer
}

async fn every_file_that_a_page_names_is_there(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser();
    for path in named(&browser).await {
        assert!(path.starts_with("/static/"), "{path}");
        let answer = plain(&browser, &path).await;
        let expected = match path.rsplit('.').next().unwrap() {
            "css" => "text/css; charset=utf-8",
            "js" => "text/javascript; charset=utf-8",
            "svg" => "image/svg+xml; charset=utf-8",
            other => panic!("a page names a .{other}"),
        };
        assert_eq!(answer.header("content-type"), expected, "{path}");
        assert!(!answer.header("set-cookie").contains('='), "a file leaves no cookie");
    }
}

async fn a_file_is_kept_for_ever_under_its_hash_and_not_at_all_under_another(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser();
    let path = named(&browser).await.into_iter().find(|path| path.ends_with("css/base.css")).unwrap();
    let own = plain(&browser, &path).await;
    assert_eq!(own.header("cache-control"), "public, max-age=31536000, immutable");
    assert_eq!(own.header("vary"), "Accept-Encoding");
    let hash = path.split('/').nth(2).unwrap();
    assert!(hash.len() >= 16 && hash.bytes().all(|byte| byte.is_ascii_hexdigit()), "{hash}");
    let other = plain(&browser, "/static/0000000000000000/css/base.css").await;
    assert_eq!((other.header("cache-control"), other.bytes == own.bytes), ("no-store", true));
}

async fn the_best_form_that_the_browser_takes_is_sent(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser();
    let path = named(&browser).await.into_iter().find(|path| path.ends_with("htmx.min.js")).unwrap();
    let whole = plain(&browser, &path).await;
    for (accepted, expected) in [
        ("gzip, deflate, br, zstd", "br"),
        ("br", "br"),
        ("gzip", "gzip"),
        ("gzip, br;q=0", "gzip"),
        ("br;q=0, gzip;q=0", ""),
        ("identity", ""),
        ("deflate", ""),
        ("nonsense", ""),
        ("é", ""),
    ] {
        let answer = browser.with("accept-encoding", accepted).get(&path).await;
        assert_eq!((answer.status, answer.header("content-encoding")), (200, expected), "{accepted}");
        assert_eq!(answer.header("vary"), "Accept-Encoding", "{accepted}");
        assert_eq!(unpacked(&answer), whole.bytes, "{accepted}");
        if !expected.is_empty() {
            assert!(answer.bytes.len() < whole.bytes.len() / 2, "{accepted}: {}", answer.bytes.len());
        }
    }
}

fn unpacked(answer: &Answer) -> Vec<u8> {
    let mut bytes = Vec::new();
    match answer.header("content-encoding") {
        "gzip" => flate2::read::GzDecoder::new(&*answer.bytes).read_to_end(&mut bytes).unwrap(),
        "br" => brotli::Decompressor::new(&*answer.bytes, 4096).read_to_end(&mut bytes).unwrap(),
        _ => return answer.bytes.clone(),
    };
    bytes
}

async fn what_is_not_there_is_not_found(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser();
    let path = named(&browser).await.into_iter().find(|path| path.ends_with("css/base.css")).unwrap();
    let folder = path.strip_suffix("css/base.css").unwrap();
    for name in [
        "",
        "css",
        "css/",
        "css/none.css",
        "css/base.css.br",
        "css/base.css.gz",
        "../Cargo.toml",
        "%2e%2e/x",
        "%00",
    ] {
        let answer = browser.get(&format!("{folder}{name}")).await;
        assert_eq!((answer.status, answer.header("cache-control")), (404, "no-store"), "{name}");
    }
}
