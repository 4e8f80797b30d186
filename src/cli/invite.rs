//! `doorlist invite …`

use std::borrow::Cow;
use std::io::{BufRead, IsTerminal};
use std::process::ExitCode;

use clap::{Args, Subcommand};

use super::output::{print, print_json, refused, table};
use super::{Failure, Misused, assemble, permit, values};
use crate::app::{App, IfMissing};
use crate::config::Config;
use crate::domain::access::{Actor, Role, SeePeople};
use crate::domain::audit::Origin;
use crate::domain::code::{CodeReading, InviteCode};
use crate::domain::expiry::{Expiry, MOST_DAYS};
use crate::domain::id::{InviteId, UserId};
use crate::domain::invite::{Invite, Label, Status, UseLimit, in_words};
use crate::ops::invites::{self, Filter, Name, Seen, Wanted};
use crate::ops::{OpError, people, sessions};
use crate::web::api::wire::{InviteOut, Items, Page};

const EXAMPLES: &str = "Examples:
  doorlist invite create --label \"Spring meeting\" --max-uses 20 --expires 2w
  doorlist invite create --count 10 --max-uses 1 --json
  doorlist invite list --status active
  doorlist invite extend K7QM-2XHD-9RTB --days 7
  doorlist invite delete inv_01kq3v8zj2m4xw9c7n5t6r8a1b --yes";

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
    /// Generate a code, or several with the same settings.
    ///
    /// Without options: for members, without a limit and without an end.
    Create(Box<Create>),
    /// List invites, the newest first.
    List {
        /// Those of one status.
        #[arg(long, value_parser = values::invite_status())]
        status: Option<Status>,
        /// Those that grant one role.
        #[arg(long, value_parser = values::granted_role())]
        role: Option<Role>,
        /// Those that somebody made: username, e-mail address or id.
        #[arg(long, value_name = "USER")]
        created_by: Option<String>,
        /// Those whose label holds this, or whose code begins with it.
        #[arg(long, value_name = "TEXT")]
        q: Option<String>,
        /// So many at most.
        #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u16).range(1..=1000))]
        limit: u16,
        /// Go on where a list before ended.
        #[arg(long, value_name = "INVITE_ID")]
        cursor: Option<InviteId>,
    },
    /// Put the end off, counted from the present end, or from now if there is none or it has passed.
    Extend {
        /// Code or id.
        invite: String,
        /// By so many days.
        #[arg(long, value_parser = clap::value_parser!(i64).range(1..=MOST_DAYS))]
        days: i64,
    },
    /// Stop a code for a while.
    Pause {
        /// Code or id.
        invite: String,
    },
    /// Let a paused code go on.
    Resume {
        /// Code or id.
        invite: String,
    },
    /// Delete an invite: its code stops at once. The accounts made with it stay.
    ///
    /// It takes the id and no code, so that a mistyped code deletes nothing. It asks first, unless told --yes.
    Delete {
        /// Its id, as `doorlist invite list` shows it.
        id: InviteId,
        /// Do not ask.
        #[arg(long)]
        yes: bool,
    },
}

#[derive(Debug, Args)]
struct Create {
    /// What staff call it.
    #[arg(long, value_parser = values::label)]
    label: Option<Label>,
    /// A code of your own: 6 to 32 letters, digits and hyphens.
    #[arg(long, value_parser = InviteCode::custom, conflicts_with = "count")]
    code: Option<InviteCode>,
    /// How many people can join with it [default: no limit].
    #[arg(long, value_name = "NUMBER", value_parser = values::limit, default_value = None)]
    max_uses: Option<UseLimit>,
    /// What whoever joins becomes.
    #[arg(long, value_parser = values::granted_role(), default_value = Role::Member.key())]
    role: Role,
    /// "never", a time like 2026-12-31T23:59:59Z, or 30m, 1h, 7d or 2w from now.
    #[arg(long, value_name = "WHEN", value_parser = values::expiry, default_value = "never")]
    expires: Expiry,
    /// Remove whoever joined when it ends.
    #[arg(long, requires = "expires")]
    delete_users_on_expiry: bool,
    /// So many codes.
    #[arg(long, default_value_t = 1, value_parser = clap::value_parser!(u8).range(1..=100))]
    count: u8,
}

pub(super) async fn run(config: Config, arguments: Arguments) -> Result<ExitCode, Failure> {
    let app = assemble(config, IfMissing::Refuse)?;
    let Arguments { command, json } = arguments;
    match command {
        Command::Create(wanted) => return create(&app, *wanted, json).await,
        Command::List { status, role, created_by, q, limit, cursor } => {
            let creator = match created_by {
                Some(called) => Some(creator(&app, &called).await?),
                None => None,
            };
            let filter = Filter { status, role, creator, search: q, ..Filter::default() };
            list(&app, filter, (cursor, limit.into()), json).await?;
        }
        Command::Extend { invite, days } => {
            let id = find(&app, &invite).await?.invite.id;
            let done = invites::extend(&app, permit()?, Origin::default(), id, days.to_string()).await;
            tell(&app, done, json).await?;
        }
        Command::Pause { invite } => set_paused(&app, &invite, true, json).await?,
        Command::Resume { invite } => set_paused(&app, &invite, false, json).await?,
        Command::Delete { id, yes } => return delete(&app, id, yes, json).await,
    }
    Ok(ExitCode::SUCCESS)
}

async fn creator(app: &App, called: &str) -> Result<UserId, Failure> {
    let found = people::find(app, permit()?, called).await;
    Ok(found.map_err(|error| refused(error, &format!("user {called}")))?.person.account.id)
}

async fn find(app: &App, called: &str) -> Result<Seen<'static>, Failure> {
    let name = called.parse().map(Name::Id).ok().or_else(|| CodeReading::of(called).map(Name::Code));
    let found = match name {
        Some(name) => invites::one(app, permit::<SeePeople>()?, name).await,
        None => Err(OpError::NotFound),
    };
    found.map_err(|error| refused(error, &format!("invite with the id or the code {called}")))
}

async fn create(app: &App, wanted: Create, json: bool) -> Result<ExitCode, Failure> {
    let Create { label, code, max_uses, role, expires: expiry, delete_users_on_expiry, count } = wanted;
    if delete_users_on_expiry && expiry == Expiry::Never {
        return Err(Misused("--delete-users-on-expiry needs an end: say --expires").into());
    }
    let role = Actor::command_line().grantable(role).ok_or("no code can grant this role")?;
    let wanted = Wanted {
        label,
        code,
        limit: max_uses.unwrap_or(UseLimit::UNLIMITED),
        role,
        expiry,
        delete_users: delete_users_on_expiry,
        count: count.into(),
    };
    let words = in_words(wanted.limit, role.role(), expiry, wanted.delete_users);
    let length = sessions::settings(app).await?.code_length;
    let made = invites::make(app, permit()?, Origin::default(), wanted, length).await;
    let made = made.map_err(|error| refused(error, "such invite"))?;
    if json {
        print_made(app, made)?;
    } else {
        let line = |invite: &Invite| {
            let code = invite.code.reveal();
            format!("{code}  {}\n", app.config.public_url.join_link(code))
        };
        print(&(made.iter().map(line).collect::<String>() + &words + "\n"))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// One invite as itself, several as a list.
fn print_made(app: &App, made: Vec<Invite>) -> Result<(), Failure> {
    let seen =
        |invite| InviteOut::new(app, &Seen { invite: Cow::Owned(invite), creator: None, grantable: true });
    let mut items: Vec<_> = made.into_iter().map(seen).collect();
    match items.pop() {
        Some(only) if items.is_empty() => print_json(&only),
        last => print_json(&Items { items: items.into_iter().chain(last).collect() }),
    }
}

async fn list(
    app: &App,
    filter: Filter,
    (cursor, limit): (Option<InviteId>, usize),
    json: bool,
) -> Result<(), Failure> {
    let part = invites::part(app, permit()?, filter, cursor, limit).await?;
    if json {
        return print_json(&Page::new(part.rows.iter().map(|seen| InviteOut::new(app, seen)), part.next));
    }
    let rows: Vec<_> = part.rows.iter().map(|seen| row(app, &seen.invite)).collect();
    let headings = ["ID", "CODE", "STATUS", "ROLE", "USES", "EXPIRES", "LABEL"];
    let more = part.next.map(|id| format!("More: --cursor {id}\n")).unwrap_or_default();
    print(&(table(headings, &rows) + &more))
}

fn row(app: &App, invite: &Invite) -> [String; 7] {
    let most = invite.limit.most().map(|most| format!(" / {most}")).unwrap_or_default();
    let end = invite.expiry.at().map(|at| at.format("%Y-%m-%d %H:%M UTC").to_string());
    [
        invite.id.to_string(),
        invite.code.reveal().to_owned(),
        invite.status(app.clock.now()).key().to_owned(),
        invite.role.key().to_owned(),
        format!("{}{most}", invite.uses),
        end.unwrap_or_else(|| "never".to_owned()),
        invite.label.clone().unwrap_or_default(),
    ]
}

async fn set_paused(app: &App, called: &str, paused: bool, json: bool) -> Result<(), Failure> {
    let id = find(app, called).await?.invite.id;
    let done = invites::set_paused(app, permit()?, Origin::default(), id, paused).await;
    tell(app, done, json).await
}

/// Says what became of an invite.
async fn tell(app: &App, done: Result<Invite, OpError>, json: bool) -> Result<(), Failure> {
    let invite = done.map_err(|error| refused(error, "such invite"))?;
    let seen = find(app, &invite.id.to_string()).await?;
    if json {
        return print_json(&InviteOut::new(app, &seen));
    }
    let invite = &seen.invite;
    let end = invite.expiry.at().map_or_else(
        || "It never ends.".to_owned(),
        |at| format!("It ends on {}.", at.format("%Y-%m-%d at %H:%M UTC")),
    );
    let status = invite.status(app.clock.now()).label().to_lowercase();
    print(&format!("{} is {status}. {end}\n", invite.code.reveal()))
}

async fn delete(app: &App, id: InviteId, yes: bool, json: bool) -> Result<ExitCode, Failure> {
    let seen = find(app, &id.to_string()).await?;
    if !yes {
        if !std::io::stdin().is_terminal() {
            return Err(Misused("nobody is there to ask: say --yes").into());
        }
        if !agreed(&seen.invite)? {
            eprintln!("Nothing was deleted.");
            return Ok(ExitCode::FAILURE);
        }
    }
    let gone = invites::delete(app, permit()?, Origin::default(), id).await;
    gone.map_err(|error| refused(error, "such invite"))?;
    if json {
        print_json(&InviteOut::new(app, &seen))?;
    } else {
        print(&format!("{} is deleted.\n", seen.invite.code.reveal()))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// Asks on the terminal. Anything but yes is no.
fn agreed(invite: &Invite) -> Result<bool, Failure> {
    let label = invite.label.as_ref().map(|label| format!(" ({label})")).unwrap_or_default();
    eprint!("Delete {}{label}? It stops at once; accounts made with it stay. [y/N] ", invite.code.reveal());
    let mut answer = String::new();
    std::io::stdin().lock().read_line(&mut answer)?;
    Ok(matches!(answer.trim().to_lowercase().as_str(), "y" | "yes"))
}
