//! For whoever runs the server: is it up, is it ready, what does it count, what does a page cost.

use actix_web::body::to_bytes;
use doorlist::domain::access::Role;
use doorlist::web::{metrics, routes};
use reqwest::Method;

use crate::database::{Kind, both};
use crate::support::Server;

both![
    the_process_says_that_it_is_up_without_asking_the_database,
    a_schema_that_is_not_its_own_makes_it_unready,
    the_figures_name_routes_and_never_what_was_typed,
    a_signed_in_page_costs_at_most_two_reads_and_no_write,
    strangers_cost_at_most_two_reads,
    nobody_reads_the_figures_where_people_sign_in,
    the_environment_decides_who_may_register,
];

async fn the_process_says_that_it_is_up_without_asking_the_database(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser();
    let before = server.app.store.accesses();
    let answer = browser.get("/healthz").await;
    assert_eq!((answer.status, answer.text().as_str()), (200, "ok\n"));
    assert_eq!(answer.header("set-cookie"), "");
    assert_eq!(server.app.store.accesses(), before);
}

async fn a_schema_that_is_not_its_own_makes_it_unready(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.browser();
    let ready = browser.get("/readyz").await;
    assert_eq!((ready.status, ready.text().as_str()), (200, "ready\n"));
    let strange =
        "INSERT INTO __diesel_schema_migrations (version, run_on) VALUES ('9999', '2026-01-01 00:00:00')";
    for (damage, repair) in [
        (strange, "DELETE FROM __diesel_schema_migrations WHERE version = '9999'"),
        (
            "UPDATE __diesel_schema_migrations SET version = 'x' WHERE version = '0001'",
            "UPDATE __diesel_schema_migrations SET version = '0001' WHERE version = 'x'",
        ),
        ("DROP TABLE __diesel_schema_migrations", ""),
    ] {
        server.database.execute(damage);
        let answer = browser.get("/readyz").await;
        assert_eq!((answer.status, answer.text().as_str()), (503, "not ready\n"), "{damage}");
        assert_eq!(browser.get("/healthz").await.status, 200);
        if !repair.is_empty() {
            server.database.execute(repair);
            assert_eq!(browser.get("/readyz").await.status, 200, "{repair}");
        }
    }
}

/// The lines of the figures, as they are served on their own address.
async fn figures(server: &Server) -> Vec<String> {
    let answer = metrics::serve(server.metrics.clone()).await.unwrap();
    assert_eq!(answer.status(), 200);
    let body = to_bytes(answer.into_body()).await.map_err(|_| "no body").unwrap();
    String::from_utf8(body.to_vec()).unwrap().lines().map(str::to_owned).collect()
}

async fn the_figures_name_routes_and_never_what_was_typed(kind: Kind) {
    let server = Server::start(kind);
    let browser = server.signed_in("mara", Role::Member).await;
    for path in ["/account?q=typed", "/account", "/typed/by/hand", "/typed", "/static/typed/css/base.css"] {
        browser.get(path).await;
    }
    let own = browser.with("sec-fetch-site", "same-origin");
    own.post("/account/sessions/ses_typed/end", &[]).await;
    own.send(own.request("TYPED".parse::<Method>().unwrap(), "/account")).await;

    let lines = figures(&server).await;
    let count = |method: &str, route: &str, status: u16| {
        let name = "doorlist_http_requests_total";
        let line = format!("{name}{{method=\"{method}\",route=\"{route}\",status=\"{status}\"}} ");
        lines
            .iter()
            .filter_map(|text| text.strip_prefix(&line))
            .map(|n| n.parse::<u32>().unwrap())
            .sum::<u32>()
    };
    assert_eq!(count("GET", "/account", 200), 2);
    assert_eq!(count("GET", "none", 404), 2);
    assert_eq!(count("GET", "/static/{hash}/{path:.*}", 200), 1);
    assert_eq!(count("POST", "/account/sessions/{id}/end", 404), 1);
    assert_eq!(count("other", "/account", 405), 1);
    assert_eq!(count("POST", "/sign-in", 303), 1);
    let text = lines.join("\n");
    assert!(!text.to_lowercase().contains("typed"), "{text}");
    for name in [
        "doorlist_http_request_seconds_count 9",
        "doorlist_database_reads_total",
        "doorlist_passwords_waiting 0",
    ] {
        assert!(text.contains(name), "{name}: {text}");
    }
    assert_eq!(lines.last().unwrap(), "# EOF");
}

async fn a_signed_in_page_costs_at_most_two_reads_and_no_write(kind: Kind) {
    let server = Server::start(kind);
    let owner = server.signed_in("olga", Role::Owner).await;
    let pages: Vec<_> = routes().into_iter().filter(|route| route.method == Method::GET.as_str()).collect();
    assert!(pages.len() >= 5);
    for page in pages {
        for browser in [owner.clone(), owner.htmx()] {
            let (reads, writes) = server.app.store.accesses();
            let answer = browser.get(page.path).await;
            let (reads_after, writes_after) = server.app.store.accesses();
            assert!([200, 303, 404].contains(&answer.status), "{}", page.path);
            assert!((1..=2).contains(&(reads_after - reads)), "{}: {} reads", page.path, reads_after - reads);
            assert_eq!(writes_after, writes, "{}", page.path);
        }
    }
}

async fn strangers_cost_at_most_two_reads(kind: Kind) {
    let server = Server::start(kind);
    let stranger = server.browser();
    for (path, most) in
        [("/", 0), ("/sign-in", 2), ("/setup", 2), ("/admin", 0), ("/nowhere", 1), ("/static/0/x", 0)]
    {
        let (reads, writes) = server.app.store.accesses();
        stranger.get(path).await;
        let (reads_after, writes_after) = server.app.store.accesses();
        assert!(reads_after - reads <= most, "{path}: {} reads", reads_after - reads);
        assert_eq!(writes_after, writes, "{path}");
    }
}

async fn nobody_reads_the_figures_where_people_sign_in(kind: Kind) {
    let server = Server::start(kind);
    let owner = server.signed_in("olga", Role::Owner).await;
    assert_eq!(owner.get("/metrics").await.status, 404);
}

async fn the_environment_decides_who_may_register(kind: Kind) {
    for (mode, in_the_table, heading) in [
        ("closed", "open", "Registration is closed"),
        ("open", "closed", "Join Doorlist"),
        ("invite_only", "closed", "Join Doorlist"),
    ] {
        let server = Server::with(kind, &[("REGISTRATION_MODE", mode)]);
        server.database.execute(&format!("UPDATE settings SET registration_mode = '{in_the_table}'"));
        let page = server.browser().get("/join").await;
        assert_eq!((page.status, page.one("h1").as_str()), (200, heading), "{mode}");
    }
}
