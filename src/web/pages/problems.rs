//! What stands on the page of a problem.

use actix_web::{HttpResponse, ResponseError};
use askama::Template;

use crate::domain::id::RequestId;
use crate::web::chrome::Chrome;
use crate::web::problem::Problem;
use crate::web::who::Guest;

/// A link off the page.
#[derive(Debug)]
pub struct Action {
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: &'static str,
}

/// A problem as a page.
#[derive(Debug, Template)]
#[template(path = "problems/page.html")]
pub struct ProblemPage {
    chrome: Chrome,
    status: u16,
    title: &'static str,
    text: String,
    request_id: String,
    actions: Vec<Action>,
}

impl ProblemPage {
    /// The page of a problem.
    #[must_use]
    pub fn new(chrome: Chrome, problem: &Problem, request: RequestId) -> Self {
        let words = problem.words();
        let actions = match problem {
            Problem::Forbidden => {
                vec![
                    Action { label: "Go to Home", href: "/" },
                    Action { label: "Account settings", href: "/account" },
                ]
            }
            _ => vec![Action { label: "Go to Home", href: "/" }],
        };
        Self {
            chrome,
            status: problem.status_code().as_u16(),
            title: words.title,
            text: words.text,
            request_id: request.to_string(),
            actions,
        }
    }
}

/// Answers where there is no page. Who asks is looked up all the same, so that the answer bears the server's name.
///
/// # Errors
/// [`Problem::NotFound`], always.
pub async fn nowhere(_: Guest) -> Result<HttpResponse, Problem> {
    Err(Problem::NotFound)
}

/// A problem as a toast, for htmx.
#[derive(Debug, Template)]
#[template(path = "problems/toast.html")]
pub struct ProblemToast {
    /// The surroundings, for the icons.
    pub chrome: Chrome,
    /// What to do.
    pub text: String,
    /// The request in the log.
    pub request_id: String,
}
