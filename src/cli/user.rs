//! `doorlist user …`

use std::process::ExitCode;

use clap::{Args, Subcommand};
use serde::Serialize;

use super::output::{print, print_json, refused, table};
use super::{Failure, assemble, permit, values};
use crate::app::{App, IfMissing};
use crate::config::Config;
use crate::domain::access::Role;
use crate::domain::audit::Origin;
use crate::domain::id::UserId;
use crate::domain::review::Note;
use crate::domain::secret::Token;
use crate::domain::user::{DisplayName, Email, Status, Username};
use crate::ops::people::{self, Changed, Filter, MemberCodes, Newcomer, Seen};
use crate::ops::{OpError, reset};
use crate::web::api::wire::{Page, ResetLink, UserOut};

const EXAMPLES: &str = "Examples:
  doorlist user create mara --role owner --name \"Mara Lindqvist\"
  doorlist user list --role manager
  doorlist user suspend luca --reason \"Shared the password\"
  doorlist user reset-link mara@harbour.example";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES, subcommand_required = true, arg_required_else_help = true)]
pub(super) struct Arguments {
    #[command(subcommand)]
    command: Command,
    /// Print JSON.
    #[arg(long, global = true)]
    json: bool,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Make an account, and print a one-time link to choose its password.
    ///
    /// Nobody sets the password of somebody else: whoever opens the link chooses it. The link works once, within 30
    /// minutes; `doorlist user reset-link` makes another. This is also a way to make an owner.
    Create {
        /// 3 to 32 lowercase letters, digits, dots, dashes or underscores.
        #[arg(value_parser = Username::parse)]
        username: Username,
        /// What they may do.
        #[arg(long, value_parser = values::role(), default_value = Role::Member.key())]
        role: Role,
        /// Their address, with which they can sign in too.
        #[arg(long, value_parser = values::email)]
        email: Option<Email>,
        /// How they are called on the screen.
        #[arg(long, value_parser = values::name)]
        name: Option<DisplayName>,
    },
    /// List people, the latest to join first.
    List {
        /// Those who were removed, or those of one of the other statuses.
        #[arg(long, value_parser = values::user_status())]
        status: Option<Status>,
        /// Those of one role.
        #[arg(long, value_parser = values::role())]
        role: Option<Role>,
        /// Those whose name or address holds this.
        #[arg(long, value_name = "TEXT")]
        q: Option<String>,
        /// So many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Go on where a list before ended.
        #[arg(long, value_name = "USER_ID")]
        cursor: Option<UserId>,
    },
    /// Give somebody another role. They sign in again with it.
    SetRole {
        /// Username, e-mail address or id.
        user: String,
        /// What they may do from now on.
        #[arg(value_parser = values::role())]
        role: Role,
        /// Pause the codes for members that they made, too; their codes for more stop in any case.
        #[arg(long)]
        pause_member_codes: bool,
    },
    /// Sign somebody out everywhere, and keep them from signing in.
    Suspend {
        /// Username, e-mail address or id.
        user: String,
        /// Why; they read it when they try to sign in.
        #[arg(long, value_parser = values::reason)]
        reason: Option<Note>,
        /// Pause the codes for members that they made, too; their codes for more stop in any case.
        #[arg(long)]
        pause_member_codes: bool,
    },
    /// Let somebody sign in again.
    Unsuspend {
        /// Username, e-mail address or id.
        user: String,
    },
    /// Make a one-time link with which somebody chooses a new password.
    ///
    /// It works once, within 30 minutes. Links made for them before do not work any more.
    ResetLink {
        /// Username, e-mail address or id.
        user: String,
    },
}

pub(super) async fn run(config: Config, arguments: Arguments) -> Result<ExitCode, Failure> {
    let app = assemble(config, IfMissing::Refuse)?;
    let Arguments { command, json } = arguments;
    match command {
        Command::Create { username, role, email, name } => {
            create(&app, Newcomer { username, name, email, role }, json).await
        }
        Command::List { status, role, q, limit, cursor } => {
            // Those who were removed are a list of their own.
            let removed = status == Some(Status::Removed);
            let status = status.filter(|_| !removed);
            let filter = Filter { removed, role, status, search: q, ..Filter::default() };
            list(&app, filter, (cursor, limit.into()), json).await
        }
        Command::SetRole { user, role, pause_member_codes } => {
            set_role(&app, &user, role, codes(pause_member_codes), json).await
        }
        Command::Suspend { user, reason, pause_member_codes } => {
            suspend(&app, &user, reason.as_ref(), codes(pause_member_codes), json).await
        }
        Command::Unsuspend { user } => unsuspend(&app, &user, json).await,
        Command::ResetLink { user } => reset_link(&app, &user, json).await,
    }?;
    Ok(ExitCode::SUCCESS)
}

const fn codes(pause: bool) -> MemberCodes {
    if pause { MemberCodes::Pause } else { MemberCodes::GoOn }
}

async fn find(app: &App, called: &str) -> Result<Seen<'static>, Failure> {
    let found = people::find(app, permit()?, called).await;
    found.map_err(|error| refused(error, &format!("user {called}")))
}

async fn create(app: &App, newcomer: Newcomer, json: bool) -> Result<(), Failure> {
    let made = people::create(app, permit()?, Origin::default(), newcomer).await;
    let (account, token) = made.map_err(|error| refused(error, "such user"))?;
    let seen = find(app, &account.id.to_string()).await?;
    let said = format!("{} is {} now.", account.username, account.role.label());
    hand_out(app, &seen, &token, &said, json)
}

async fn reset_link(app: &App, called: &str, json: bool) -> Result<(), Failure> {
    let seen = find(app, called).await?;
    let account = &seen.person.account;
    let made = reset::make_link(app, permit()?, Origin::default(), account.id).await;
    let (_, token) = made.map_err(|error| refused(error, &format!("active user {}", account.username)))?;
    let said = format!("{} can choose a new password.", account.username);
    hand_out(app, &seen, &token, &said, json)
}

/// Whom a link is for, and the link.
#[derive(Serialize)]
struct Handed {
    user: UserOut,
    #[serde(flatten)]
    link: ResetLink,
}

/// Prints a link.
fn hand_out(app: &App, seen: &Seen, token: &Token, said: &str, json: bool) -> Result<(), Failure> {
    let link = app.config.public_url.reset_link(token);
    if json {
        let until = app.clock.now() + reset::LINK_LIVES;
        return print_json(&Handed { user: UserOut::from(seen), link: ResetLink::new(link, until) });
    }
    print(&format!("{said} This link works once, within 30 minutes:\n  {link}\n"))
}

async fn list(
    app: &App,
    filter: Filter,
    (cursor, limit): (Option<UserId>, usize),
    json: bool,
) -> Result<(), Failure> {
    let part = people::part(app, permit()?, filter, cursor, limit).await?;
    if json {
        return print_json(&Page::new(part.rows.iter().map(UserOut::from), part.next));
    }
    let rows: Vec<_> = part.rows.iter().map(row).collect();
    let headings = ["USERNAME", "NAME", "ROLE", "STATUS", "JOINED", "LAST SEEN", "INVITED WITH"];
    let more = part.next.map(|id| format!("More: --cursor {id}\n")).unwrap_or_default();
    print(&(table(headings, &rows) + &more))
}

fn row(seen: &Seen) -> [String; 7] {
    let (person, account) = (&seen.person, &seen.person.account);
    let day = |at: crate::domain::time::Timestamp| at.format("%Y-%m-%d").to_string();
    let way = seen.way.as_ref().map(|way| {
        let invite = &way.invite.invite;
        invite.label.clone().unwrap_or_else(|| invite.code.masked())
    });
    [
        account.username.to_string(),
        account.display_name.clone().unwrap_or_default(),
        account.role.key().to_owned(),
        account.status.key().to_owned(),
        day(account.created_at),
        person.last_seen_at.map(day).unwrap_or_default(),
        way.unwrap_or_default(),
    ]
}

async fn set_role(
    app: &App,
    called: &str,
    role: Role,
    codes: MemberCodes,
    json: bool,
) -> Result<(), Failure> {
    let id = find(app, called).await?.person.account.id;
    let done = people::change_role(app, permit()?, Origin::default(), id, role.key(), codes).await;
    tell(app, id, done, &format!("is {} now", role.label()), json).await
}

async fn suspend(
    app: &App,
    called: &str,
    reason: Option<&Note>,
    codes: MemberCodes,
    json: bool,
) -> Result<(), Failure> {
    let id = find(app, called).await?.person.account.id;
    let reason = reason.map_or("", Note::as_str);
    let done = people::suspend(app, permit()?, Origin::default(), id, reason, codes).await;
    tell(app, id, done, "is suspended", json).await
}

async fn unsuspend(app: &App, called: &str, json: bool) -> Result<(), Failure> {
    let id = find(app, called).await?.person.account.id;
    let done = people::unsuspend(app, permit()?, Origin::default(), id).await;
    tell(app, id, done, "may sign in", json).await
}

/// Says what became of somebody. What is so already is as good as done.
async fn tell(
    app: &App,
    id: UserId,
    done: Result<Changed, OpError>,
    said: &str,
    json: bool,
) -> Result<(), Failure> {
    let (sessions, codes) = match done {
        Ok(changed) => (changed.sessions, changed.codes),
        Err(OpError::Unchanged) => (0, 0),
        Err(error) => return Err(refused(error, "such user; whoever was removed has to be restored first")),
    };
    let seen = find(app, &id.to_string()).await?;
    if json {
        return print_json(&UserOut::from(&seen));
    }
    let also = |count: usize, one: &str, many: &str| match count {
        0 => String::new(),
        1 => format!(" 1 {one}."),
        count => format!(" {count} {many}."),
    };
    let sessions = also(sessions, "session ended", "sessions ended");
    let codes = also(codes, "code of theirs paused", "codes of theirs paused");
    print(&format!("{} {said}.{sessions}{codes}\n", seen.person.account.username))
}
