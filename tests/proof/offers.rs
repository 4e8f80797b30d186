//! What the program's own pages offer: forms with their fields, and addresses that lead somewhere. Whatever a page gains
//! is asked for from then on.

use std::collections::{BTreeMap, VecDeque};

use scraper::{ElementRef, Html, Selector};

use crate::Outcome;

/// So many for each route; the oldest go.
const MOST: usize = 24;
/// Between an address and the secret of a one-time link.
pub const LINK: &str = "/reset#";

/// How a field is filled in.
#[derive(Debug, Clone, PartialEq)]
pub enum Kind {
    /// By typing: the type of the field, and what it says of numbers.
    Typed { kind: String, least: i64, most: i64 },
    /// One of several.
    Choice,
    /// On or off.
    Switch,
    /// Not at all.
    Fixed,
}

/// A field with what it can hold.
#[derive(Debug, Clone, PartialEq)]
pub struct Field {
    /// Its name.
    pub name: String,
    /// How it is filled in.
    pub kind: Kind,
    /// What it holds, or may hold.
    pub values: Vec<String>,
}

/// A form, or an address with a query.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// Where it leads.
    pub path: String,
    /// What goes there.
    pub fields: Vec<Field>,
}

/// All that was found.
pub struct Offers {
    routes: Vec<(String, &'static str)>,
    forms: BTreeMap<usize, VecDeque<Offer>>,
    /// Secrets of one-time links.
    links: VecDeque<String>,
    find: Find,
}

/// The words for what is looked for, read once.
struct Find {
    forms: Selector,
    fields: Selector,
    options: Selector,
    senders: Selector,
    addresses: Selector,
}

impl Offers {
    /// Of the program's own list of routes.
    pub fn new() -> Outcome<Self> {
        let find = |css: &str| Selector::parse(css).map_err(|error| format!("{css}: {error}"));
        let find = Find {
            forms: find("form")?,
            fields: find("input[name], select[name], textarea[name], button[name]")?,
            options: find("option")?,
            senders: find("[hx-post]:not(form), [formaction]")?,
            addresses: find("a[href^='/']")?,
        };
        let routes =
            doorlist::web::routes().iter().map(|route| (route.method.to_string(), route.path)).collect();
        Ok(Self { routes, forms: BTreeMap::new(), links: VecDeque::new(), find })
    }

    /// Every route: its method and its path.
    pub fn routes(&self) -> &[(String, &'static str)] {
        &self.routes
    }

    /// What was found for a route.
    pub fn of(&self, route: usize) -> impl ExactSizeIterator<Item = &Offer> {
        self.forms.get(&route).map(VecDeque::iter).unwrap_or_default()
    }

    /// The secrets of one-time links.
    pub fn links(&self) -> impl ExactSizeIterator<Item = &String> {
        self.links.iter()
    }

    /// The names of all fields.
    pub fn names(&self) -> Vec<&str> {
        let all = self.forms.values().flatten().flat_map(|offer| &offer.fields);
        all.map(|field| field.name.as_str()).collect()
    }

    /// The ids in all addresses.
    pub fn ids(&self) -> Vec<String> {
        let parts = self.forms.values().flatten().flat_map(|offer| offer.path.split('/'));
        parts.filter(|part| part.contains('_')).map(str::to_owned).collect()
    }

    /// Reads a page, or a part of one.
    pub fn read(&mut self, page: &str) {
        let html = Html::parse_document(page);
        let (mut found, mut addresses) = (Vec::new(), Vec::new());
        for form in html.select(&self.find.forms) {
            let method = form.attr("method").unwrap_or("get").to_uppercase();
            let fields = self.fields(&html, form);
            found.push((method, form.attr("action").unwrap_or_default().to_owned(), fields));
        }
        for sender in html.select(&self.find.senders) {
            let form =
                sender.ancestors().filter_map(ElementRef::wrap).find(|above| above.value().name() == "form");
            let fields = form.map(|form| self.fields(&html, form)).unwrap_or_default();
            let to = sender.attr("formaction").or(sender.attr("hx-post")).unwrap_or_default();
            found.push(("POST".to_owned(), to.to_owned(), fields));
        }
        for link in html.select(&self.find.addresses) {
            addresses.push(link.attr("href").unwrap_or_default().to_owned());
        }
        for (method, path, fields) in found {
            self.keep(&method, Offer { path, fields });
        }
        addresses.iter().for_each(|address| self.lead(address));
        if let Some((_, after)) = page.split_once(LINK) {
            keep(&mut self.links, after.chars().take_while(char::is_ascii_alphanumeric).collect());
        }
    }

    /// Goes where an address leads.
    pub fn lead(&mut self, address: &str) {
        let (path, query) = address.split_once('?').unwrap_or((address, ""));
        let pairs = url::form_urlencoded::parse(query.as_bytes()).into_owned();
        let fields = pairs.map(|(name, value)| Field { name, kind: Kind::Fixed, values: vec![value] });
        self.keep("GET", Offer { path: path.to_owned(), fields: fields.collect() });
    }

    fn keep(&mut self, method: &str, mut offer: Offer) {
        offer.path = offer.path.split('#').next().unwrap_or_default().to_owned();
        let fits =
            |(_, (its, pattern)): &(usize, &(String, &str))| its == method && is_like(pattern, &offer.path);
        // A path that is written out stands before one with a place for anything.
        let route =
            self.routes.iter().enumerate().filter(fits).min_by_key(|(_, (_, pattern))| pattern.contains('{'));
        if let Some((route, _)) = route {
            keep(self.forms.entry(route).or_default(), offer);
        }
    }

    /// The fields in a form, and those elsewhere that name it.
    fn fields(&self, html: &Html, form: ElementRef<'_>) -> Vec<Field> {
        let id = form.attr("id").unwrap_or_default();
        let elsewhere =
            html.select(&self.find.fields).filter(|field| !id.is_empty() && field.attr("form") == Some(id));
        let mut fields: Vec<Field> = Vec::new();
        for element in form.select(&self.find.fields).chain(elsewhere) {
            let field = self.field(element);
            match fields.iter_mut().find(|before| before.kind == Kind::Choice && before.name == field.name) {
                Some(before) => before.values.extend(field.values),
                None => fields.push(field),
            }
        }
        fields
    }

    fn field(&self, element: ElementRef<'_>) -> Field {
        let said = |name| element.attr(name).unwrap_or_default().to_owned();
        let number = |name, otherwise| said(name).parse().unwrap_or(otherwise);
        let value = || vec![said("value")];
        let (kind, values) = match (element.value().name(), said("type").as_str()) {
            ("select", _) => {
                let options = element.select(&self.find.options);
                (
                    Kind::Choice,
                    options.map(|option| option.attr("value").unwrap_or_default().to_owned()).collect(),
                )
            }
            ("button", _) | (_, "radio") => (Kind::Choice, value()),
            (_, "checkbox") => (Kind::Switch, value()),
            (_, "hidden") => (Kind::Fixed, value()),
            ("textarea", _) => (typed("text", 0, 0), vec![element.text().collect()]),
            (_, kind) => (typed(kind, number("min", 0), number("max", 1_000)), value()),
        };
        Field { name: said("name"), kind, values }
    }
}

fn typed(kind: &str, least: i64, most: i64) -> Kind {
    Kind::Typed { kind: kind.to_owned(), least, most }
}

fn keep<T: PartialEq>(all: &mut VecDeque<T>, new: T) {
    if !all.contains(&new) {
        all.push_back(new);
    }
    while all.len() > MOST {
        all.pop_front();
    }
}

/// Whether a path is one of a route.
fn is_like(pattern: &str, path: &str) -> bool {
    let alike = |(part, given): (&str, &str)| part.starts_with('{') || part == given;
    pattern.split('/').count() == path.split('/').count()
        && pattern.split('/').zip(path.split('/')).all(alike)
}
