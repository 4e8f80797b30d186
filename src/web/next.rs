//! Where to go after signing in: only to a page of ours that can be opened.

use std::sync::LazyLock;

use actix_web::dev::ResourceDef;
use actix_web::http::Method;

const LONGEST: usize = 512;
/// The addresses that can be opened, made into patterns once and not at every sign-in.
static PAGES: LazyLock<ResourceDef> = LazyLock::new(|| {
    let pages: Vec<&str> =
        super::routes().iter().filter(|route| route.method == Method::GET).map(|route| route.path).collect();
    ResourceDef::new(pages)
});

/// The path, if it is the address of a page; else the own home.
#[must_use]
pub fn or_home(path: &str) -> &str {
    if is_page(path) { path } else { "/" }
}

fn is_page(path: &str) -> bool {
    let local = path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
    if !local || path.len() > LONGEST || path.chars().any(char::is_control) {
        return false;
    }
    let bare = path.split(['?', '#']).next().unwrap_or_default();
    PAGES.is_match(bare)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_pages_of_ours_are_gone_to() {
        for good in ["/", "/account", "/admin", "/admin?tab=all", "/account#sessions"] {
            assert_eq!(or_home(good), good);
        }
        let long = format!("/admin?{}", "a".repeat(512));
        for bad in [
            "",
            "admin",
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "/sign-out",
            "/nowhere",
            "/admin\n",
            "/%2f/evil.example",
            "javascript:alert(1)",
            "/account/../evil",
            &long,
        ] {
            assert_eq!(or_home(bad), "/", "{bad}");
        }
    }
}
