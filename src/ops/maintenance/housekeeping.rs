//! What is over and holds nothing that anybody could miss.

use chrono::Duration;

use super::{Halt, PORTION, Run, Summary};
use crate::domain::audit::{Action, Event, Target};
use crate::domain::invite::Invite;
use crate::ops::{repeats, sessions, tokens};
use crate::store::{self, StoreError, Tx, departures};

impl Run<'_> {
    /// Deletes the codes that ended long enough ago, if the instance does not keep them.
    pub(super) async fn drop_codes(&self, summary: &mut Summary) -> Result<(), Halt> {
        let Some(days) = self.settings.expired_codes_days else { return Ok(()) };
        let cutoff = self.end - Duration::days(i64::from(days));
        loop {
            let codes: Vec<Invite> =
                self.app.store.read(move |conn| departures::stale_codes(conn, cutoff, PORTION)).await?;
            if codes.is_empty() {
                return Ok(());
            }
            for invite in codes {
                let deleted = self.step(move |tx, now| {
                    let event = Event::new(Action::InviteDeleted, Target::Invite(invite.id)).with(
                        "code",
                        None,
                        Some(&invite.code.masked()),
                    );
                    Ok(store::invites::set_deleted(tx, invite.id, true, now)?.then_some(event.into()))
                });
                summary.codes += usize::from(deleted.await?);
            }
        }
    }

    /// Drops sessions that nobody can use, links that have run out, tokens and keys of requests that are long over, and
    /// audit rows past their time.
    pub(super) async fn drop_leftovers(&self, summary: &mut Summary) -> Result<(), Halt> {
        sessions::write_leavings(self.app).await?;
        let end = self.end;
        summary.dropped += self.in_portions(move |tx| store::sessions::drop_dead(tx, end, PORTION)).await?;
        summary.dropped += self.in_portions(move |tx| store::links::drop_spent(tx, end, PORTION)).await?;
        let (ended, repeated) = (end - tokens::LISTED, end - repeats::REMEMBERED);
        summary.dropped += self.in_portions(move |tx| store::tokens::drop_ended(tx, ended, PORTION)).await?;
        summary.dropped +=
            self.in_portions(move |tx| store::repeats::drop_older(tx, repeated, PORTION)).await?;
        let Some(days) = self.settings.audit_days else { return Ok(()) };
        let before = end - Duration::days(i64::from(days));
        let trimmed = self.in_portions(move |tx| store::audit::drop_older(tx, before, PORTION)).await?;
        summary.dropped += trimmed;
        if trimmed > 0 {
            let event = Event::new(Action::AuditTrimmed, Target::None);
            let event = event.with("rows", None, Some(&trimmed.to_string()));
            self.step(move |_, _| Ok(Some(event.into()))).await?;
        }
        Ok(())
    }

    /// Does the same until there is nothing left of it. These need no row in the log: what they drop was dead.
    async fn in_portions<F>(&self, drop: F) -> Result<usize, Halt>
    where
        F: Fn(&mut Tx<'_>) -> Result<usize, StoreError> + Copy + Send + 'static,
    {
        let mut dropped = 0;
        loop {
            let some: usize = self.app.store.write(drop).await?;
            if some == 0 {
                return Ok(dropped);
            }
            dropped += some;
        }
    }
}
