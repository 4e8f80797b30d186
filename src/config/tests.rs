use super::*;

fn load(variables: &[(&str, &str)]) -> Result<Config, Faults> {
    Config::load(&variables.iter().map(|(k, v)| ((*k).to_owned(), (*v).to_owned())).collect())
}

#[test]
fn nothing_set_means_the_defaults() {
    let config = load(&[("PATH", "/bin"), ("DOORLIST_LOG", " ")]).unwrap();
    assert_eq!(config.database.to_string(), "sqlite:data/doorlist.db");
    assert_eq!(config.public_url.origin(), "http://127.0.0.1:8080");
    assert!(!config.public_url.is_exposed());
    assert!(matches!(config.secret_key, KeySource::Own(path) if path.ends_with("data/secret.key")));
    assert_eq!(config.limit_sign_in, Limit { burst: 10, every: Duration::from_secs(30) });
}

#[test]
fn every_fault_is_told_at_once() {
    let faults = load(&[
        ("DATABASE_URL", "doorlist.db"),
        ("DOORLIST_LISTEN", "8080"),
        ("DOORLIST_LISTNE", "127.0.0.1:8080"),
        ("DOORLIST_PUBLIC_URL", "https://door.example.org/panel"),
        ("DOORLIST_SECRET_KEY", "hunter2"),
        ("DOORLIST_TRUSTED_PROXIES", "10.0.0.0/33"),
        ("DOORLIST_METRICS_LISTEN", "9090"),
        ("DOORLIST_INSECURE_HTTP", "yes"),
        ("DOORLIST_LIMIT_SIGN_IN", "10 per minute"),
        ("DOORLIST_LOG_FORMAT", "xml"),
    ])
    .unwrap_err();
    let text = faults.to_string();
    assert_eq!(faults.0.len(), 10, "{text}");
    assert!(text.contains("DOORLIST_LISTNE is not a setting"), "{text}");
    assert!(!text.contains("hunter2"), "{text}");
}

#[test]
fn plain_http_away_from_this_machine_must_be_allowed() {
    let exposed = ("DOORLIST_PUBLIC_URL", "http://door.example.org");
    assert!(load(&[exposed]).is_err());
    assert!(load(&[exposed, ("DOORLIST_INSECURE_HTTP", "1")]).unwrap().public_url.is_exposed());
    assert!(load(&[("DOORLIST_PUBLIC_URL", "http://[::1]:8080")]).is_ok());
    assert!(load(&[("DOORLIST_PUBLIC_URL", "http://localhost:8080/")]).is_ok());
    assert!(load(&[("DOORLIST_LISTEN", "0.0.0.0:8080")]).is_err());
    assert!(
        load(&[("DOORLIST_LISTEN", "0.0.0.0:8080"), ("DOORLIST_PUBLIC_URL", "https://d.example")]).is_ok()
    );
}

#[test]
fn limits_are_a_number_and_an_interval() {
    assert_eq!(Limit::parse("5/2m"), Some(Limit { burst: 5, every: Duration::from_secs(120) }));
    for wrong in ["", "5", "5/", "0/1s", "5/0s", "5/1h", "-1/1s", "5/1é", "9999999999/1s"] {
        assert_eq!(Limit::parse(wrong), None, "{wrong}");
    }
}

#[test]
fn the_two_ways_to_give_a_key_exclude_each_other() {
    let key = "0123456789abcdef".repeat(4);
    let given = ("DOORLIST_SECRET_KEY", key.as_str());
    let file = ("DOORLIST_SECRET_KEY_FILE", "/run/secrets/doorlist");
    assert!(matches!(load(&[given]).unwrap().secret_key, KeySource::Given(_)));
    assert!(matches!(load(&[file]).unwrap().secret_key, KeySource::File(_)));
    assert!(load(&[given, file]).is_err());
}
