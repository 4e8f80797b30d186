//! What stands around every page: the name of the server, who is looking, where they may go.

use actix_web::cookie::{Cookie, SameSite, time::Duration};
use askama::filters::HtmlSafeOutput;

use super::assets;
use super::view::{NavLink, Toast, Viewer, badge};
use crate::app::App;
use crate::domain::access::Permissions;
use crate::domain::settings::{Settings, SupportAddress};
use crate::domain::user::Account;

use super::csrf;
use super::problem::Problem;
use super::who::Visit;

/// The cookies of the theme and of the shortcuts. The prefix binds them to this host and to TLS.
const fn names(secure: bool) -> [&'static str; 2] {
    if secure {
        ["__Host-doorlist-theme", "__Host-doorlist-shortcuts"]
    } else {
        ["doorlist-theme", "doorlist-shortcuts"]
    }
}

/// Light, dark, or as the system has it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system has it.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

impl Theme {
    const ALL: [Self; 3] = [Self::System, Self::Light, Self::Dark];

    /// Reads a choice.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|theme| theme.as_str() == text)
    }

    /// The name of the choice.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::System => "system",
            Self::Light => "light",
            Self::Dark => "dark",
        }
    }

    /// What the page has to be told, if the system is not to decide.
    #[must_use]
    pub fn chosen(self) -> Option<&'static str> {
        (self != Self::System).then_some(self.as_str())
    }
}

/// What this browser likes, kept in cookies of its own: it holds for whoever signs in with it.
#[derive(Debug, Clone, Copy)]
pub struct Preferences {
    /// Light or dark.
    pub theme: Theme,
    /// Whether single keys do something.
    pub shortcuts: bool,
}

impl Preferences {
    /// Reads the cookies; what they do not say is as it is for everybody.
    #[must_use]
    pub fn read(secure: bool, cookie: impl Fn(&str) -> Option<String>) -> Self {
        let [theme, shortcuts] = names(secure).map(cookie);
        Self {
            theme: theme.and_then(|value| Theme::parse(&value)).unwrap_or_default(),
            shortcuts: shortcuts.as_deref() != Some("off"),
        }
    }

    /// The cookies that say so again.
    #[must_use]
    pub fn cookies(self, secure: bool) -> [Cookie<'static>; 2] {
        let [theme, shortcuts] = names(secure);
        let values = [(theme, self.theme.as_str()), (shortcuts, if self.shortcuts { "on" } else { "off" })];
        values.map(|(name, value)| {
            Cookie::build(name, value)
                .path("/")
                .secure(secure)
                .http_only(true)
                .same_site(SameSite::Lax)
                .max_age(Duration::days(365))
                .finish()
        })
    }
}

/// What the layouts of all pages are given.
#[derive(Debug, Clone)]
pub struct Chrome {
    /// The name of the server.
    pub server: String,
    /// Light or dark.
    pub theme: Theme,
    /// Whether single keys do something.
    pub shortcuts: bool,
    /// The token of the forms on this page.
    pub csrf: String,
    /// What to say about the last change.
    pub toasts: Vec<Toast>,
    /// Who is looking.
    pub viewer: Option<Viewer>,
    /// The path of this page.
    pub path: String,
    /// Whether only a part of the page is sent.
    pub fragment: bool,
    /// Where the Support button leads, if there is one.
    pub support: Option<String>,
    /// How many people wait for review, for whom that is shown.
    pub waiting: i64,
}

impl Chrome {
    /// The surroundings of a page. What was left to say is said on it.
    ///
    /// # Errors
    /// [`Problem::Internal`] when the cookie cannot be written.
    pub fn new(
        app: &App,
        visit: &Visit,
        settings: &Settings,
        account: Option<&Account>,
    ) -> Result<Self, Problem> {
        let secret = visit.jar.form_secret(&*app.entropy)?;
        let said = if visit.hx { None } else { visit.jar.take_flash() };
        Ok(Self {
            server: settings.server_name.clone(),
            theme: visit.preferences.theme,
            shortcuts: visit.preferences.shortcuts,
            csrf: csrf::token(&secret, app.entropy.bytes()),
            toasts: said.map(|(text, undo)| Toast::done(text).with_undo(undo)).into_iter().collect(),
            viewer: account.map(Viewer::of),
            path: visit.path.clone(),
            fragment: visit.hx,
            support: settings.support_address.as_deref().map(SupportAddress::href),
            waiting: 0,
        })
    }

    /// Surroundings for a page that has to do without a database and without a form.
    #[must_use]
    pub fn bare(preferences: Preferences) -> Self {
        Self {
            server: Settings::default().server_name,
            theme: preferences.theme,
            shortcuts: preferences.shortcuts,
            csrf: String::new(),
            toasts: Vec::new(),
            viewer: None,
            path: "/".to_owned(),
            fragment: false,
            support: None,
            waiting: 0,
        }
    }

    /// The address of a static file.
    #[must_use]
    pub fn asset(&self, path: &str) -> String {
        assets::url(path)
    }

    /// The address of the file with the icons: a list asks for it hundreds of times.
    #[must_use]
    pub const fn icons(&self) -> HtmlSafeOutput<&'static str> {
        HtmlSafeOutput(assets::ICONS)
    }

    /// The version, shown to staff only.
    #[must_use]
    pub const fn version(&self) -> &'static str {
        env!("CARGO_PKG_VERSION")
    }

    /// How many people wait for review, as the navigation shows it.
    #[must_use]
    pub fn waiting(&self) -> String {
        badge(self.waiting)
    }

    /// The pages of the panel that the viewer may open.
    #[must_use]
    pub fn navigation(&self, here: &str) -> Vec<NavLink> {
        let here = here.split('?').next().unwrap_or_default();
        let may = self.viewer.as_ref().map_or(Permissions::empty(), |viewer| viewer.permissions);
        let links = PAGES.iter().filter(|page| may.contains(page.needs));
        links.map(|page| page.link(here, may, &self.waiting())).collect()
    }
}

/// A page of the panel, and those below it.
struct Page {
    label: &'static str,
    href: &'static str,
    icon: &'static str,
    needs: Permissions,
    below: &'static [Page],
}

const REVIEW: &str = "/admin/review";

const PAGES: [Page; 5] = [
    Page { label: "Overview", href: "/admin", icon: "grid", needs: Permissions::ENTER_PANEL, below: &[] },
    Page {
        label: "User Management",
        href: "/admin/users",
        icon: "users",
        needs: Permissions::SEE_PEOPLE,
        below: &[
            Page {
                label: "Invite Code Management",
                href: "/admin/invites",
                icon: "ticket",
                needs: Permissions::SEE_PEOPLE,
                below: &[],
            },
            Page {
                label: "Review",
                href: REVIEW,
                icon: "user-check",
                needs: Permissions::REVIEW_PEOPLE,
                below: &[],
            },
        ],
    },
    Page { label: "Audit log", href: "/admin/audit", icon: "log", needs: Permissions::SEE_AUDIT, below: &[] },
    Page {
        label: "API tokens",
        href: "/admin/tokens",
        icon: "key",
        needs: Permissions::OWN_TOKENS,
        below: &[],
    },
    Page {
        label: "Settings",
        href: "/admin/settings",
        icon: "sliders",
        needs: Permissions::CHANGE_SETTINGS,
        below: &[],
    },
];

impl Page {
    fn link(&self, here: &str, may: Permissions, waiting: &str) -> NavLink {
        // A page below one of these, as the page of one invite, belongs to it; the overview has none below.
        let within = here
            .strip_prefix(self.href)
            .is_some_and(|rest| rest.is_empty() || (rest.starts_with('/') && self.href != "/admin"));
        NavLink {
            label: self.label,
            href: self.href,
            icon: self.icon,
            current: within,
            waiting: (self.href == REVIEW).then(|| waiting.to_owned()),
            children: self
                .below
                .iter()
                .filter(|page| may.contains(page.needs))
                .map(|page| page.link(here, may, waiting))
                .collect(),
        }
    }
}
