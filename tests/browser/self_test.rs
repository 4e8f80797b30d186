//! The inspection is worth something only if it can fail.

use crate::inspection::{faults, look_over};
use crate::stage::Stage;

pub async fn whatever_is_wrong_with_a_page_is_found(stage: &mut Stage) {
    let browser = &stage.browser;
    for (mistake, finding) in [
        ("document.querySelector('h1').style.color = '#999'", "color-contrast"),
        ("document.querySelector('h1').replaceWith(document.createElement('img'))", "image-alt"),
        ("document.querySelector('label').remove()", "label:"),
        ("document.querySelector('main').style.width = '600px'", "390 px: scrolls sideways"),
        (
            "document.body.insertAdjacentHTML('beforeend', '<p style=\"color: red\">')",
            "the policy style-src-attr",
        ),
        (
            "document.body.append(Object.assign(new Image(), { alt: '', src: 'https://elsewhere.example/' }))",
            "the policy img-src",
        ),
        (
            "document.body.append(Object.assign(new Image(), { alt: '', src: '/static/none.png' }))",
            "did not load",
        ),
        ("console.error('ahoy')", "console: "),
        (
            "document.body.append(Object.assign(document.createElement('script'), { textContent: '1' }))",
            "the policy script-src",
        ),
    ] {
        browser.visit("/setup").await;
        browser.run(mistake, vec![]).await;
        let found = faults(browser).await.join("\n");
        assert!(found.contains(finding), "after {mistake} the inspection says: {found}");
    }
    browser.visit("/setup").await;
    look_over(browser, "set-up").await;
}
