//! People go with their codes, and their data when their grace is over.

use chrono::Duration;

use super::{Halt, PORTION, Run, Summary};
use crate::domain::audit::{Action, Event, Target};
use crate::domain::id::UserId;
use crate::domain::invite::Invite;
use crate::ops::OpError;
use crate::ops::people::{MemberCodes, event, withdraw};
use crate::store::{self, StoreError, departures};

impl Run<'_> {
    /// Marks the codes that have ended.
    pub(super) async fn lapse(&self) -> Result<(), Halt> {
        let end = self.end;
        let marked: Result<usize, StoreError> =
            self.app.store.write(move |tx| store::invites::mark_lapsed(tx, end)).await;
        marked?;
        Ok(())
    }

    /// Removes everybody who goes with a code that has ended.
    pub(super) async fn remove(&self, summary: &mut Summary) -> Result<(), Halt> {
        loop {
            let end = self.end;
            let ended: Vec<Invite> =
                self.app.store.read(move |conn| departures::ended(conn, end, PORTION)).await?;
            if ended.is_empty() {
                return Ok(());
            }
            for invite in &ended {
                self.empty(invite, summary).await?;
            }
        }
    }

    async fn empty(&self, invite: &Invite, summary: &mut Summary) -> Result<(), Halt> {
        let (id, end) = (invite.id, self.end);
        let mut gone = 0;
        loop {
            let people: Vec<UserId> =
                self.app.store.read(move |conn| departures::of_invite(conn, id, PORTION)).await?;
            if people.is_empty() {
                break;
            }
            for person in people {
                let code = invite.code.masked();
                let removed = self.step(move |tx, now| {
                    let before = store::standing::for_change(tx, person)?.ok_or(OpError::NotFound)?;
                    if !departures::take_along(tx, person, id, end, now)? {
                        return Ok(None);
                    }
                    let (_, paused) = withdraw(tx, &before, None, MemberCodes::GoOn, now)?;
                    let event = event(Action::UserRemoved, &before).with("code", None, Some(&code));
                    Ok(Some(event.followed_by(paused)))
                });
                if removed.await? {
                    gone += 1;
                    summary.removed += 1;
                } else if !self.is_over(invite).await? {
                    // Somebody put its end off in the meantime: whoever is still here stays.
                    return Ok(());
                }
            }
        }
        let code = invite.code.masked();
        let emptied = self.step(move |tx, now| {
            let event = Event::new(Action::InviteUsersRemoved, Target::Invite(id))
                .with("code", None, Some(&code))
                .with("people", None, Some(&gone.to_string()));
            Ok(departures::mark_emptied(tx, id, end, now)?.then_some(event.into()))
        });
        emptied.await?;
        Ok(())
    }

    async fn is_over(&self, invite: &Invite) -> Result<bool, OpError> {
        let (id, end) = (invite.id, self.end);
        let now: Option<Invite> = self.app.store.read(move |conn| store::invites::by_id(conn, id)).await?;
        Ok(now.is_some_and(|invite| invite.delete_users_on_expiry && invite.expiry.is_over(end)))
    }

    /// Erases the data of everybody whose grace is over.
    pub(super) async fn purge(&self, summary: &mut Summary) -> Result<(), Halt> {
        let cutoff = self.end - Duration::days(i64::from(self.settings.removal_grace_days));
        loop {
            let people: Vec<UserId> =
                self.app.store.read(move |conn| departures::past_grace(conn, cutoff, PORTION)).await?;
            if people.is_empty() {
                return Ok(());
            }
            for person in people {
                let purged = self.step(move |tx, now| {
                    if !departures::purge(tx, person, cutoff, now)? {
                        return Ok(None);
                    }
                    store::tokens::end_all(tx, person)?;
                    store::audit::erase_person(tx, person)?;
                    Ok(Some(Event::new(Action::UserPurged, Target::User(person)).into()))
                });
                summary.purged += usize::from(purged.await?);
            }
        }
    }
}
