//! Where the demo is played: the operations of the program, at a time that is set.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration as Elapsed;

use super::cast::{CHOSEN, Code, OWNER, PASSWORD, SERVER, What};
use crate::app::App;
use crate::cli::Failure;
use crate::domain::access::{Actor, Permission, Permit, Role};
use crate::domain::audit::Origin;
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::Invite;
use crate::domain::password::PlainPassword;
use crate::domain::review::Review;
use crate::domain::secret::Token;
use crate::domain::settings::Settings;
use crate::domain::time::Timestamp;
use crate::ops::invites::{self, NewForm};
use crate::ops::maintenance::Cleanup;
use crate::ops::people::{self, MemberCodes};
use crate::ops::{OpError, registration, review, sessions, settings, setup, sign_in, tokens};
use crate::sys::clock::Clock;

const AGENTS: [&str; 4] = ["Firefox on Linux", "Safari on iPhone", "Chrome on Windows", "Safari on Mac"];

/// A clock that shows what it is told. Its other hand moves alike, so that the cleanup believes it.
#[derive(Debug)]
pub(super) struct SetClock(Mutex<Timestamp>);

impl SetClock {
    pub(super) const fn at(start: Timestamp) -> Self {
        Self(Mutex::new(start))
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn monotonic(&self) -> Elapsed {
        Elapsed::from_millis(u64::try_from(self.now().timestamp_millis()).unwrap_or(0))
    }
}

/// The program, and whom and what there is by now.
pub(super) struct Stage {
    app: App,
    clock: Arc<SetClock>,
    cleanup: Cleanup,
    settings: Settings,
    people: HashMap<&'static str, (UserId, Role)>,
    codes: HashMap<&'static str, (InviteId, String)>,
}

impl Stage {
    pub(super) async fn new(app: App, clock: Arc<SetClock>) -> Result<Self, Failure> {
        let (cleanup, settings) = (Cleanup::new(app.clone()), sessions::settings(&app).await?);
        Ok(Self { app, clock, cleanup, settings, people: HashMap::new(), codes: HashMap::new() })
    }

    pub(super) fn set(&self, now: Timestamp) {
        *self.clock.0.lock().unwrap_or_else(PoisonError::into_inner) = now;
    }

    /// Sets the server up, as its first visitor does.
    pub(super) async fn found(&mut self) -> Result<(), Failure> {
        let key = setup::make_key(&self.app).await?.ok_or("there is an owner already")?;
        let (username, name, _) = OWNER;
        let form = setup::Form {
            server: SERVER.to_owned(),
            key: key.reveal().to_owned(),
            name: name.to_owned(),
            username: username.to_owned(),
            email: address(username),
            password: PASSWORD.to_owned(),
        };
        let (_, id) =
            setup::set_up(&self.app, self.origin(), AGENTS[0].to_owned(), form).await.map_err(told)?;
        self.people.insert(username, (id, Role::Owner));
        let part = settings::Part::General {
            server_name: SERVER.to_owned(),
            support_address: "help@harbour.example".to_owned(),
        };
        let permit = self.permit(username)?;
        self.settings = settings::change(&self.app, permit, self.origin(), part).await.map_err(told)?;
        Ok(())
    }

    pub(super) async fn make(&mut self, code: &'static Code, takes_along: bool) -> Result<(), Failure> {
        let form = NewForm {
            label: code.label.to_owned(),
            code: Some(CHOSEN.1).filter(|_| code.label == CHOSEN.0).unwrap_or_default().to_owned(),
            max_uses: code.most.map(|most| most.to_string()).unwrap_or_default(),
            role: code.role.key().to_owned(),
            expires: code.days.is_some(),
            days: code.days.map(|days| days.to_string()).unwrap_or_default(),
            delete_users: takes_along,
            count: "1".to_owned(),
            ..NewForm::default()
        };
        let (permit, length) = (self.permit(code.by)?, self.settings.code_length);
        let made = invites::create(&self.app, permit, self.origin(), &form, length).await.map_err(told)?;
        self.codes.extend(
            made.iter().map(|Invite { id, code: text, .. }| (code.label, (*id, text.reveal().to_owned()))),
        );
        Ok(())
    }

    pub(super) async fn join(
        &mut self,
        code: &'static Code,
        username: &'static str,
        name: &'static str,
    ) -> Result<(), Failure> {
        let form = registration::Form {
            code: self.code(code.label)?.1.clone(),
            username: username.to_owned(),
            // Not everybody says how they can be reached.
            email: if self.people.len().is_multiple_of(4) { String::new() } else { address(username) },
            name: name.to_owned(),
            password: PASSWORD.to_owned(),
            attempt: Token::new(self.app.entropy.bytes()).reveal().to_owned(),
        };
        let browser = Some(self.browser());
        let joined = registration::register(&self.app, self.origin(), &self.settings, browser, form).await;
        match joined.map_err(told)? {
            registration::Outcome::Joined { id, .. } => {
                self.people.insert(username, (id, code.role));
                Ok(())
            }
            _ => Err(format!("{username} could not join").into()),
        }
    }

    /// Signs somebody in. Whoever was suspended or removed is turned away, which the log then tells.
    pub(super) async fn visit(&self, username: &str) -> Result<(), Failure> {
        self.sign_in(username, PASSWORD).await
    }

    pub(super) async fn mistype(&self, username: &str) -> Result<(), Failure> {
        self.sign_in(username, "copper kettle on a monday").await
    }

    async fn sign_in(&self, username: &str, password: &str) -> Result<(), Failure> {
        let (login, password) = (username.to_owned(), PlainPassword::typed(password)?);
        let attempt = sign_in::Attempt { login, password, browser: self.browser() };
        sign_in::sign_in(&self.app, self.origin(), attempt).await?;
        Ok(())
    }

    pub(super) async fn try_code(&self, code: &str) -> Result<(), Failure> {
        registration::look_at(&self.app, self.origin(), code).await?;
        Ok(())
    }

    pub(super) async fn approve(&self, username: &str, by: &str) -> Result<(), Failure> {
        self.judge(username, by, Review::Approved, None).await
    }

    async fn judge(
        &self,
        username: &str,
        by: &str,
        state: Review,
        note: Option<&str>,
    ) -> Result<(), Failure> {
        let (permit, id) = (self.permit(by)?, self.person(username)?.0);
        let judged = (state, note.map(str::to_owned));
        review::decide(&self.app, permit, self.origin(), id, judged).await.map_err(told)?;
        Ok(())
    }

    pub(super) async fn clean_up(&self) -> Result<(), Failure> {
        self.cleanup.run().await?;
        Ok(())
    }

    pub(super) async fn act(&mut self, by: &str, what: &What) -> Result<(), Failure> {
        let (app, origin) = (&self.app, self.origin());
        match *what {
            What::Flag(whom, note) => self.judge(whom, by, Review::Flagged, Some(note)).await,
            What::Extend(label, days) => {
                let (permit, id) = (self.permit(by)?, self.code(label)?.0);
                done(invites::extend(app, permit, origin, id, days.to_owned()).await)
            }
            What::Pause(label) => {
                let (permit, id) = (self.permit(by)?, self.code(label)?.0);
                done(invites::set_paused(app, permit, origin, id, true).await)
            }
            What::Delete(label) => {
                let (permit, id) = (self.permit(by)?, self.code(label)?.0);
                done(invites::delete(app, permit, origin, id).await)
            }
            What::Suspend(whom, reason) => {
                let (permit, id) = (self.permit(by)?, self.person(whom)?.0);
                done(people::suspend(app, permit, origin, id, reason, MemberCodes::GoOn).await)
            }
            What::Unsuspend(whom) => {
                done(people::unsuspend(app, self.permit(by)?, origin, self.person(whom)?.0).await)
            }
            What::Remove(whom) => {
                let (permit, id) = (self.permit(by)?, self.person(whom)?.0);
                done(people::remove(app, permit, origin, id, MemberCodes::GoOn).await)
            }
            What::Restore(whom) => {
                done(people::restore(app, self.permit(by)?, origin, self.person(whom)?.0).await)
            }
            What::Role(whom, role) => {
                let (permit, id) = (self.permit(by)?, self.person(whom)?.0);
                done(people::change_role(app, permit, origin, id, role.key(), MemberCodes::GoOn).await)?;
                self.people.insert(whom, (id, role));
                Ok(())
            }
            What::Keep(whom) => {
                done(people::keep(app, self.permit(by)?, origin, self.person(whom)?.0, true).await)
            }
            What::Token(name, scopes) => {
                let scopes = scopes.iter().map(|scope| (*scope).to_owned()).collect();
                let form = tokens::Form { name: name.to_owned(), scopes, days: "180".to_owned() };
                done(tokens::create(app, self.permit(by)?, origin, &form).await)
            }
        }
    }

    fn person(&self, username: &str) -> Result<(UserId, Role), Failure> {
        let found = self.people.get(username).copied();
        found.ok_or_else(|| format!("{username} has not joined yet").into())
    }

    fn code(&self, label: &str) -> Result<&(InviteId, String), Failure> {
        self.codes.get(label).ok_or_else(|| format!("there is no code “{label}” yet").into())
    }

    fn permit<P: Permission>(&self, username: &str) -> Result<Permit<P>, Failure> {
        let (id, role) = self.person(username)?;
        Actor::new(id, role).permit().ok_or_else(|| format!("{username} may not do this").into())
    }

    /// An address that is nobody's, as documents use them.
    fn origin(&self) -> Origin {
        let [last, ..] = self.app.entropy.bytes::<1>();
        Origin { address: Some(IpAddr::V4(Ipv4Addr::new(203, 0, 113, last))), ..Origin::default() }
    }

    fn browser(&self) -> sign_in::Browser {
        let [number] = self.app.entropy.bytes::<1>();
        let agent = AGENTS.iter().cycle().nth(number.into()).copied().unwrap_or_default().to_owned();
        sign_in::Browser { agent, ..sign_in::Browser::default() }
    }
}

fn address(username: &str) -> String {
    format!("{username}@harbour.example")
}

fn done<T>(result: Result<T, OpError>) -> Result<(), Failure> {
    result.map(drop).map_err(told)
}

/// Where the cast does not follow the rules, the refusal has to say which.
fn told(error: OpError) -> Failure {
    crate::cli::output::refused(error, "such thing in the demo")
}
