//! What holds for every page in every state.

use serde_json::{Value, json};
use thirtyfour::BrowserLogEntry;

use crate::browser::Browser;

const AXE: &str = include_str!("axe.min.js");

const LOOKS: [(&str, u32); 4] = [("light", 1280), ("dark", 1280), ("light", 390), ("dark", 390)];

/// A small screen, the narrowest page that WCAG asks for, more room between letters and lines, and all letters of twice
/// the size.
const SQUEEZES: [(&str, u32, &str); 4] = [
    ("390 px", 390, ""),
    ("320 px", 320, ""),
    (
        "320 px and spaced out",
        320,
        "* { line-height: 1.5; letter-spacing: .12em; word-spacing: .16em } p { margin-block-end: 2em }",
    ),
    ("large letters", 1280, ":root { font-size: 200% }"),
];

const FIND_BARRIERS: &str = include_str!("barriers.js");

const FIND_OVERFLOW: &str = r#"
    const [width, rules] = arguments;
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(rules);
    document.adoptedStyleSheets = [sheet];
    const isWide = document.documentElement.scrollWidth > width;
    const wide = [...document.querySelectorAll("main, main *")]
        .filter((element) => isWide && element.getBoundingClientRect().right > width)
        .map((element) => element.outerHTML.slice(0, 120))
        .slice(0, 5);
    document.adoptedStyleSheets = [];
    return isWide ? ["the page", ...wide] : [];
"#;

/// Looks at the page as it stands: in light and dark, wide and narrow, for barriers, for sideways scrolling, and for
/// anything that the policy stopped or the console heard.
pub async fn look_over(browser: &Browser, state: &str) {
    let faults = faults(browser).await;
    assert!(faults.is_empty(), "{state}, {}:\n{}", browser.path().await, faults.join("\n"));
}

/// What `look_over` finds.
pub async fn faults(browser: &Browser) -> Vec<String> {
    let mut faults = Vec::new();
    if browser.run("return typeof axe === 'undefined'", vec![]).await == json!(true) {
        browser.run(AXE, vec![]).await;
    }
    for (scheme, width) in LOOKS {
        appear(browser, scheme, width).await;
        let barriers = browser.run(FIND_BARRIERS, vec![]).await;
        note(&mut faults, &format!("{scheme}, {width} px: barrier"), &barriers);
    }
    for (squeeze, width, rules) in SQUEEZES {
        appear(browser, "light", width).await;
        let overflow = browser.run(FIND_OVERFLOW, vec![json!(width), json!(rules)]).await;
        note(&mut faults, &format!("{squeeze}: scrolls sideways"), &overflow);
    }
    appear_as_before(browser).await;
    note(&mut faults, "the page", &browser.run("return window.faults ?? []", vec![]).await);
    faults.extend(console(browser).await);
    faults
}

fn note(faults: &mut Vec<String>, what: &str, found: &Value) {
    let found = found.as_array().unwrap_or_else(|| panic!("a list was expected: {found}"));
    faults.extend(found.iter().map(|one| format!("{what}: {}", one.as_str().unwrap_or_default())));
}

/// Makes the page appear as on another screen, to somebody who likes light or dark, and without moving parts.
pub async fn appear(browser: &Browser, scheme: &str, width: u32) {
    let features = json!([
        { "name": "prefers-color-scheme", "value": scheme },
        { "name": "prefers-reduced-motion", "value": "reduce" },
    ]);
    browser.devtools("Emulation.setEmulatedMedia", json!({ "features": features })).await;
    let screen = json!({ "width": width, "height": 800, "deviceScaleFactor": 1, "mobile": width < 960 });
    browser.devtools("Emulation.setDeviceMetricsOverride", screen).await;
}

pub async fn appear_as_before(browser: &Browser) {
    browser.devtools("Emulation.setEmulatedMedia", json!({ "features": [] })).await;
    browser.devtools("Emulation.clearDeviceMetricsOverride", json!({})).await;
}

/// What the console heard since it was last asked, but for refusals of the server and for its silence: those are what
/// a story is about.
pub async fn console(browser: &Browser) -> Vec<String> {
    let entries = browser.driver.browser_log().await.expect("the console can be read");
    let is_fault = |entry: &&BrowserLogEntry| {
        let is_refusal = entry.source.as_deref() == Some("network") && !entry.message.contains("/static/");
        // A search that a later one has overtaken is given up, and htmx says so.
        let is_silence = ["\"htmx:sendError,", "\"htmx:afterRequest,", "\"htmx:sendAbort,"]
            .iter()
            .any(|it| entry.message.contains(it));
        // Chromium has pages of its own, and they have faults of their own.
        let is_another_page = entry.message.starts_with("chrome://");
        matches!(entry.level.as_str(), "SEVERE" | "WARNING") && !is_refusal && !is_silence && !is_another_page
    };
    entries.iter().filter(is_fault).map(|entry| format!("console: {}", entry.message)).collect()
}
