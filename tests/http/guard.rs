//! Bad input of every kind: each gets the answer that the contract names, and nothing changes.

use doorlist::domain::access::Role;
use reqwest::Method;

use crate::database::{Kind, both};
use crate::support::wire::exchange;
use crate::support::{Answer, Browser, PASSWORD, Server};

both![
    a_body_past_16_kib_is_too_large,
    a_refused_body_that_never_ends_does_not_hold_the_connection,
    a_form_of_more_than_64_fields_is_too_large,
    bytes_that_are_no_text_are_refused,
    a_form_with_other_fields_is_refused,
    a_body_that_is_no_form_is_refused,
    a_cookie_that_is_not_ours_is_as_none,
    an_address_that_is_too_long_or_broken_is_refused,
    a_query_of_bytes_that_are_no_text_is_refused,
    bytes_that_are_no_request_are_refused,
];

const KIB: usize = 1024;

/// Somebody signed in, on a page of ours, and the check that nothing they sent did anything.
struct Sender {
    server: Server,
    browser: Browser,
    before: String,
}

impl Sender {
    async fn new(kind: Kind) -> Self {
        let server = Server::start(kind);
        let browser = server.signed_in("mara", Role::Member).await.with("sec-fetch-site", "same-origin");
        let before = server.database.dump();
        Self { server, browser, before }
    }

    /// The head of a profile form, with something about its body.
    fn head(&self, of_body: &str) -> String {
        let cookie = self.browser.cookies()["doorlist"].clone();
        format!(
            "POST /account/profile HTTP/1.1\r\nHost: localhost\r\nCookie: doorlist={cookie}\r\nConnection: close\r\n\
             Sec-Fetch-Site: same-origin\r\nContent-Type: application/x-www-form-urlencoded\r\n{of_body}\r\n\r\n"
        )
    }

    async fn profile(&self, body: impl Into<reqwest::Body>) -> Answer {
        self.browser.send_form("/account/profile", body).await
    }

    fn refused(&self, answer: &Answer, status: u16, what: &str) {
        assert_eq!(answer.status, status, "{what}: {}", answer.text());
        assert_eq!(answer.one(".fault__code"), format!("Error {status}"), "{what}");
        assert_eq!(answer.one(".fault__request code"), answer.header("x-request-id"), "{what}");
        assert_eq!(self.server.database.dump(), self.before, "{what}");
    }
}

/// A profile form of exactly that many bytes, whose name is too long in any case.
fn profile_of(bytes: usize) -> String {
    let mut body = "email=&name=".to_owned();
    body.push_str(&"n".repeat(bytes - body.len()));
    body
}

async fn a_body_past_16_kib_is_too_large(kind: Kind) {
    let sender = Sender::new(kind).await;
    let whole = sender.profile(profile_of(16 * KIB)).await;
    assert_eq!((whole.status, whole.error_of("name").as_str()), (422, "Use 64 characters or fewer."));
    for bytes in [16 * KIB + 1, 100 * KIB, KIB * KIB] {
        let answer = sender.profile(profile_of(bytes)).await;
        sender.refused(&answer, 413, &format!("{bytes} bytes"));
    }
    // Without a length in front, only counting helps.
    let head = sender.head("Transfer-Encoding: chunked");
    let chunk = format!("1000\r\n{}\r\n", "n".repeat(4096));
    for (chunks, status) in [(5, 413), (3, 422)] {
        let request = format!("{head}{}0\r\n\r\n", chunk.repeat(chunks));
        assert_eq!(exchange(sender.server.address, request.as_bytes()).status, status, "{chunks} chunks");
    }
    assert_eq!(sender.server.database.dump(), sender.before);
}

async fn a_refused_body_that_never_ends_does_not_hold_the_connection(kind: Kind) {
    let sender = Sender::new(kind).await;
    let chunks = format!("1000\r\n{}\r\n", "n".repeat(4096)).repeat(5);
    let part = "n".repeat(4096);
    for (of_body, body, status) in [
        ("Transfer-Encoding: chunked", chunks.as_str(), 413),
        ("Content-Length: 20000", part.as_str(), 413),
        ("Sec-Fetch-Site: cross-site\r\nTransfer-Encoding: chunked", "", 403),
    ] {
        let head =
            sender.head(of_body).replacen("Sec-Fetch-Site: same-origin\r\n", "", usize::from(status == 403));
        let reply = exchange(sender.server.address, format!("{head}{body}").as_bytes());
        assert_eq!(reply.status, status, "{of_body}");
    }
}

async fn a_form_of_more_than_64_fields_is_too_large(kind: Kind) {
    let sender = Sender::new(kind).await;
    for (fields, status) in [(64, 422), (65, 413), (2000, 413)] {
        let answer = sender.profile("a=b&".repeat(fields)).await;
        sender.refused(&answer, status, &format!("{fields} fields"));
    }
}

async fn bytes_that_are_no_text_are_refused(kind: Kind) {
    let sender = Sender::new(kind).await;
    for value in
        ["%FF", "%C3%28", "%ED%A0%80", "a%00b", "%00", "a%07", "%1B%5B31m", "%7F", "%C2%85", "%EF%BF%BD"]
    {
        let answer = sender.profile(format!("email=&name={value}")).await;
        sender.refused(&answer, 400, value);
        let answer = sender.profile(format!("email=&name=a&{value}=b")).await;
        sender.refused(&answer, 400, value);
    }
    let raw = sender.profile(b"email=&name=\xff\xfe".to_vec()).await;
    sender.refused(&raw, 400, "bytes as they are");
    // What is text stays text, whatever its script.
    assert_eq!(sender.profile("email=&name=%E6%9D%8E+%C3%A9").await.status, 303);
    assert_eq!(sender.server.count("users WHERE display_name = '李 é'"), 1);
    let sign_in = sender.server.browser().with("sec-fetch-site", "same-origin");
    let answer = sign_in.send_form("/sign-in", format!("login=mara&password={PASSWORD}%00")).await;
    assert_eq!(answer.status, 400, "a password that ends early is another one");
}

async fn a_form_with_other_fields_is_refused(kind: Kind) {
    let sender = Sender::new(kind).await;
    for body in [
        "",
        "name=Changed",
        "email=",
        "name=Changed&email=&role=owner",
        "name=Changed&email=&name=Again",
        "name[]=Changed&email=",
        "NAME=Changed&email=",
        "{\"name\":\"Changed\",\"email\":\"\"}",
        "&&&",
        "=",
    ] {
        let answer = sender.profile(body.to_owned()).await;
        sender.refused(&answer, 422, body);
    }
    for (path, body) in [
        ("/sign-out", "all=1"),
        ("/preferences/theme", "theme=plaid"),
        ("/preferences/theme", "theme=dark&theme=light"),
        ("/account/preferences", "theme=dark"),
        ("/account/sessions/others", "user=somebody"),
        ("/account/password", "new=quarry-lantern-42-moss"),
    ] {
        let answer = sender.browser.send_form(path, body.to_owned()).await;
        sender.refused(&answer, 422, body);
    }
}

async fn a_body_that_is_no_form_is_refused(kind: Kind) {
    let sender = Sender::new(kind).await;
    let body = "name=Changed&email=";
    for kind in [
        "application/json",
        "text/plain",
        "multipart/form-data; boundary=x",
        "application/x-www-form-urlencoded-not",
        "",
        "é",
    ] {
        let request = sender.browser.request(Method::POST, "/account/profile").body(body);
        let answer = sender.browser.send(request.header("content-type", kind)).await;
        sender.refused(&answer, 415, kind);
    }
    let untyped =
        sender.browser.send(sender.browser.request(Method::POST, "/account/profile").body(body)).await;
    sender.refused(&untyped, 415, "no content type");
    let typed = sender.browser.request(Method::POST, "/account/profile").body(body);
    let typed = typed.header("content-type", "Application/X-WWW-Form-URLEncoded ; charset=UTF-8");
    assert_eq!(sender.browser.send(typed).await.status, 303);
}

async fn a_cookie_that_is_not_ours_is_as_none(kind: Kind) {
    let server = Server::start(kind);
    let mara = server.signed_in("mara", Role::Owner).await;
    let good = mara.cookies()["doorlist"].clone();
    let half: String = good.chars().take(good.len() / 2).collect();
    let other = if good.ends_with('A') { "B" } else { "A" };
    let altered: String = good.chars().take(good.len() - 1).chain(other.chars()).collect();
    let long = "x".repeat(20 * KIB);
    let values =
        ["", "x", "%", "%00", "%ff", "\"\"", "=", "null", "{}", &half, &altered, &good.to_lowercase(), &long];
    let lines = values.iter().map(|value| format!("doorlist={value}"));
    let odd = [
        "",
        ";",
        "=",
        ";;;=;",
        "doorlist",
        "DOORLIST=x",
        "=doorlist",
        "doorlist-theme=plaid; doorlist=; doorlist=x",
    ];
    for line in lines.chain(odd.map(str::to_owned)) {
        let browser = server.browser();
        let request = browser.request(Method::GET, "/account").header("cookie", line.clone());
        assert_eq!(browser.send(request).await.redirect(), "/sign-in?next=%2Faccount", "{line}");
        let request = browser.request(Method::GET, "/sign-in").header("cookie", line.clone());
        assert_eq!(browser.send(request).await.status, 200, "{line}");
    }
    for bytes in [&b"doorlist=\xff\xfe"[..], b"\xff", b"doorlist=\x01"] {
        let head = b"GET /account HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nCookie: ";
        let reply = exchange(server.address, &[head, bytes, b"\r\n\r\n"].concat());
        assert!([303, 400].contains(&reply.status), "{bytes:?}: {reply:?}");
    }
    assert_eq!(mara.get("/account").await.status, 200, "the good one still is");
}

async fn an_address_that_is_too_long_or_broken_is_refused(kind: Kind) {
    let server = Server::start(kind);
    let get = |target: &[u8]| {
        let end = b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n";
        exchange(server.address, &[b"GET ", target, end].concat())
    };
    let long = format!("/sign-in?next=/{}", "a".repeat(60 * KIB));
    assert_eq!(get(long.as_bytes()).status, 200, "long, but whole");
    for target in [&b"/\xff\xfe"[..], b"sign-in", b"/a b", b"/\x00", b""] {
        let reply = get(target);
        assert!((400..500).contains(&reply.status), "{target:?}: {reply:?}");
    }
    // Past the limit the server hangs up, and may not even be heard saying so.
    let endless = get(format!("/{}", "a".repeat(2 * KIB * KIB)).as_bytes());
    assert!([0, 400, 413, 414, 431].contains(&endless.status), "{endless:?}");
    assert_eq!(get(b"/../../etc/passwd").status, 404);
    assert_eq!(get(b"/static/../../etc/passwd").status, 404);
    assert_eq!(get(b"http://evil.example/sign-in").status, 200, "a proxy's way to ask");
}

async fn a_query_of_bytes_that_are_no_text_is_refused(kind: Kind) {
    let server = Server::start(kind);
    let owner = server.signed_in("mara", Role::Owner).await;
    for page in
        ["/admin/users", "/admin/invites", "/admin/invites.csv", "/admin/review", "/admin/audit", "/sign-in"]
    {
        for query in ["q=%00", "q=a%00b&role=member", "%01=a", "next=%FF", "before=%C0%80"] {
            let answer = owner.get(&format!("{page}?{query}")).await;
            assert_eq!(answer.status, 400, "{page}?{query}");
            assert_eq!(answer.one(".fault__code"), "Error 400", "{page}?{query}");
        }
    }
    for query in ["q=a%09b", "q=%C3%A9", "q=%", "q=%zz", ""] {
        assert_eq!(owner.get(&format!("/admin/users?{query}")).await.status, 200, "{query}");
    }
}

async fn bytes_that_are_no_request_are_refused(kind: Kind) {
    let server = Server::start(kind);
    for bytes in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..],
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\nConnection: close\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"POST /sign-in HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        b"GET / HTTP/1.1\r\nHost : a\r\n\r\n",
    ] {
        let reply = exchange(server.address, bytes);
        assert!((400..500).contains(&reply.status), "{}: {reply:?}", String::from_utf8_lossy(bytes));
    }
    assert_eq!(server.browser().get("/healthz").await.status, 200);
}

/// The deadline is the real one, ten seconds: one test on one database is enough of it.
#[tokio::test]
async fn a_body_that_does_not_come_runs_into_the_deadline() {
    let sender = Sender::new(Kind::Sqlite).await;
    let request = format!("{}name=", sender.head("Content-Length: 20"));
    let reply = exchange(sender.server.address, request.as_bytes());
    assert_eq!(reply.status, 408, "{}", reply.head);
    assert!(
        reply.head.contains("content-security-policy: ") && reply.head.contains("cache-control: no-store")
    );
    let number = reply.head.lines().find_map(|line| line.strip_prefix("x-request-id: ")).unwrap();
    assert!(reply.body.contains(&format!("<code>{number}</code>")), "{}", reply.body);
    assert_eq!(sender.server.database.dump(), sender.before);
}
