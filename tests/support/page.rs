//! What comes back: an answer, and the forms on its page.

use reqwest::Response;
use reqwest::header::HeaderMap;
use scraper::{ElementRef, Html, Selector};

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub bytes: Vec<u8>,
}

impl Answer {
    pub async fn of(response: Response) -> Self {
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, bytes: response.bytes().await.unwrap().to_vec() }
    }

    pub fn text(&self) -> String {
        String::from_utf8(self.bytes.clone()).unwrap()
    }

    /// The value of a header, empty where there is none.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |value| value.to_str().unwrap())
    }

    /// Where a redirect leads.
    pub fn redirect(&self) -> &str {
        assert_eq!(self.status, 303, "{}", self.text());
        self.header("location")
    }

    /// The text of everything that a CSS selector finds, with its white space tidied.
    pub fn all(&self, selector: &str) -> Vec<String> {
        self.find(selector, |element| {
            element.text().collect::<String>().split_whitespace().collect::<Vec<_>>().join(" ")
        })
    }

    /// The text of the one thing that a CSS selector finds.
    pub fn one(&self, selector: &str) -> String {
        let found = self.all(selector);
        assert_eq!(found.len(), 1, "{selector} finds {found:?} in {}", self.text());
        found.concat()
    }

    /// An attribute of everything that a CSS selector finds.
    pub fn attributes(&self, selector: &str, name: &str) -> Vec<String> {
        self.find(selector, |element| element.attr(name).unwrap_or_default().to_owned())
    }

    /// The message beside a field, which the field has to name as its description.
    pub fn error_of(&self, field: &str) -> String {
        let described = self.attributes(&format!("[name={field}][aria-invalid=true]"), "aria-describedby");
        assert!(
            described.concat().contains(&format!("{field}-error")),
            "{field} is not marked: {}",
            self.text()
        );
        self.one(&format!("#{field}-error"))
    }

    /// The form that posts to an address, with all that it would send.
    pub fn form(&self, action: &str) -> Form {
        let mut forms = self.find(&format!("form[method=post][action=\"{action}\"]"), |form| Form {
            action: action.to_owned(),
            fields: fields(form),
        });
        assert_eq!(forms.len(), 1, "forms to {action} with status {}: {}", self.status, self.text());
        forms.remove(0)
    }

    fn find<T>(&self, selector: &str, read: impl FnMut(ElementRef<'_>) -> T) -> Vec<T> {
        let page = Html::parse_document(&self.text());
        page.select(&Selector::parse(selector).unwrap()).map(read).collect()
    }
}

/// A form on a page, as it would be sent.
#[derive(Debug, Clone)]
pub struct Form {
    pub action: String,
    pub fields: Vec<(String, String)>,
}

impl Form {
    /// Types into a field that is there.
    pub fn fill(mut self, name: &str, value: &str) -> Self {
        let field = self.fields.iter_mut().find(|(field, _)| field == name);
        let (_, old) =
            field.unwrap_or_else(|| panic!("there is no field {name} in the form to {}", self.action));
        value.clone_into(old);
        self
    }

    /// What a field holds.
    pub fn value(&self, name: &str) -> &str {
        let field = self.fields.iter().find(|(field, _)| field == name);
        field.map_or_else(|| panic!("there is no field {name}"), |(_, value)| value)
    }

    /// Adds what a pressed button or a switch that was turned on sends, or what no browser would send.
    pub fn add(mut self, name: &str, value: &str) -> Self {
        self.fields.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Leaves a field out.
    pub fn without(mut self, name: &str) -> Self {
        let before = self.fields.len();
        self.fields.retain(|(field, _)| field != name);
        assert!(self.fields.len() < before, "there is no field {name} in the form to {}", self.action);
        self
    }
}

fn fields(form: ElementRef<'_>) -> Vec<(String, String)> {
    let inputs = Selector::parse("input[name]:not([disabled])").unwrap();
    let sent =
        |input: &ElementRef<'_>| input.attr("type") != Some("checkbox") || input.attr("checked").is_some();
    let pair = |input: ElementRef<'_>| {
        let attribute = |name| input.attr(name).unwrap_or_default().to_owned();
        (attribute("name"), attribute("value"))
    };
    form.select(&inputs).filter(sent).map(pair).collect()
}
