//! Jobs: work that follows a change, made in its transaction and claimed by workers.

use crate::db::{Row, bind, values};
use crate::read::Read;
use crate::write::Writing;
use crate::{Error, Result, Thing, schema};

/// Work to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Made by the writer.
    pub id: String,
    /// `account`, `tabulate` …
    pub kind: String,
    /// A unit, an area.
    pub about: String,
    /// Not before this time, RFC 3339 in UTC.
    pub due: String,
    /// What the worker needs to know, as JSON text.
    pub document: String,
    /// Who asked for it: id of an account; empty: the program itself.
    pub asked_by: String,
}

/// A job that a worker has taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claimed {
    pub job: Job,
    /// How often it was taken, this time included.
    pub attempts: u32,
}

impl Writing<'_> {
    /// Adds a job; the same id twice changes nothing.
    pub fn enqueue(&mut self, job: &Job) -> Result<()> {
        if self.db.int("SELECT COUNT(*) FROM job WHERE id = $1", &bind![&job.id])? > 0 {
            return Ok(());
        }
        let row = values![
            &job.id,
            self.seq,
            &job.kind,
            &job.about,
            "waiting",
            &job.due,
            0i64,
            "",
            "",
            &job.document,
            &job.asked_by,
            ""
        ];
        self.insert(&schema::JOB, &[row])
    }

    /// Takes the oldest job that is due. A worker that died gives its job back by `release`.
    pub fn claim(&mut self, worker: &str, now: &str) -> Result<Option<Claimed>> {
        let sql = format!("SELECT {JOB} FROM job WHERE state = 'waiting' AND due <= $1 ORDER BY due, id LIMIT 1");
        let Some(row) = self.db.first(&sql, &bind![now])? else { return Ok(None) };
        let mut claimed = claimed(&row)?;
        claimed.attempts += 1;
        self.execute(
            "UPDATE job SET state = 'running', worker = $2, attempts = attempts + 1, event = $3 WHERE id = $1",
            &bind![&claimed.job.id, worker, self.seq],
        )?;
        Ok(Some(claimed))
    }

    /// The job is done.
    pub fn finish(&mut self, job: &str) -> Result<()> {
        self.finish_with(job, "")
    }

    /// The job is done; what came of it is a JSON text.
    pub fn finish_with(&mut self, job: &str, outcome: &str) -> Result<()> {
        let sql = "UPDATE job SET state = 'done', event = $2, outcome = $3 WHERE id = $1 AND state = 'running'";
        let changed = self.execute(sql, &bind![job, self.seq, outcome])?;
        if changed == 0 { Err(Error::Unknown { what: Thing::RunningJob, id: job.to_owned() }) } else { Ok(()) }
    }

    /// Nobody wants it any more. A job that is done stays so.
    pub fn cancel(&mut self, job: &str) -> Result<bool> {
        let sql = "UPDATE job SET state = 'cancelled', event = $2 WHERE id = $1 AND state IN ('waiting', 'running')";
        Ok(self.execute(sql, &bind![job, self.seq])? > 0)
    }

    /// Gives back what programs that ended had taken: at the start of the only server.
    pub fn release_all(&mut self) -> Result<u64> {
        self.execute(
            "UPDATE job SET state = 'waiting', worker = '', event = $1 WHERE state = 'running'",
            &bind![self.seq],
        )
    }

    /// The job failed; it waits until `again`, or for ever when there is no such time.
    pub fn fail(&mut self, job: &str, why: &str, again: Option<&str>) -> Result<()> {
        let state = if again.is_some() { "waiting" } else { "failed" };
        let sql = "UPDATE job SET state = $2, failure = $3, due = COALESCE($4, due), worker = '', event = $5 \
                   WHERE id = $1 AND state = 'running'";
        let changed = self.execute(sql, &bind![job, state, why, again, self.seq])?;
        if changed == 0 { Err(Error::Unknown { what: Thing::RunningJob, id: job.to_owned() }) } else { Ok(()) }
    }

    /// Gives back what a worker had taken and will not finish.
    pub fn release(&mut self, worker: &str) -> Result<u64> {
        let sql = "UPDATE job SET state = 'waiting', worker = '', event = $2 WHERE state = 'running' AND worker = $1";
        self.execute(sql, &bind![worker, self.seq])
    }
}

impl Read<'_> {
    /// Jobs in a state (`waiting`, `running`, `done`, `failed`), by due time, with what failed last.
    pub fn jobs(&mut self, state: &str) -> Result<Vec<(Claimed, String)>> {
        let sql = format!("SELECT {JOB} FROM job WHERE state = $1 ORDER BY due, id");
        self.db.query(&sql, &bind![state])?.iter().map(|row| Ok((claimed(row)?, row.text(6)?))).collect()
    }
}

/// A job with where it stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JobRow {
    pub job: Job,
    /// `waiting`, `running`, `done`, `failed`, `cancelled`.
    pub state: String,
    pub failure: String,
    /// What came of it, as JSON text; empty before the end.
    pub outcome: String,
}

impl Read<'_> {
    /// Id of the oldest job that is due.
    pub fn next_job(&mut self, now: &str) -> Result<Option<String>> {
        let sql = "SELECT id FROM job WHERE state = 'waiting' AND due <= $1 ORDER BY due, id LIMIT 1";
        self.db.first(sql, &bind![now])?.map(|row| row.text(0)).transpose()
    }

    /// One job.
    pub fn job(&mut self, id: &str) -> Result<Option<JobRow>> {
        let sql = format!("SELECT {JOB}, state, outcome FROM job WHERE id = $1");
        self.db.first(&sql, &bind![id])?.as_ref().map(job_row).transpose()
    }

    /// The newest job of a kind.
    pub fn newest_job(&mut self, kind: &str) -> Result<Option<JobRow>> {
        let sql = format!("SELECT {JOB}, state, outcome FROM job WHERE kind = $1 ORDER BY id DESC LIMIT 1");
        self.db.first(&sql, &bind![kind])?.as_ref().map(job_row).transpose()
    }

    /// Jobs newest first, before an id; those somebody asked for, or all.
    pub fn recent_jobs(&mut self, asked_by: Option<&str>, before: &str, limit: u32) -> Result<Vec<JobRow>> {
        let before = if before.is_empty() { "~" } else { before };
        let sql = format!(
            "SELECT {JOB}, state, outcome FROM job WHERE id < $1 AND ($2 = '' OR asked_by = $2) ORDER BY id DESC LIMIT $3"
        );
        let rows = self.db.query(&sql, &bind![before, asked_by.unwrap_or(""), i64::from(limit)])?;
        rows.iter().map(job_row).collect()
    }
}

fn job_row(row: &Row) -> Result<JobRow> {
    Ok(JobRow { job: claimed(row)?.job, failure: row.text(6)?, state: row.text(8)?, outcome: row.text(9)? })
}

const JOB: &str = "id, kind, about, due, document, attempts, failure, asked_by";

fn claimed(row: &Row) -> Result<Claimed> {
    let job = Job {
        id: row.text(0)?,
        kind: row.text(1)?,
        about: row.text(2)?,
        due: row.text(3)?,
        document: row.text(4)?,
        asked_by: row.text(7)?,
    };
    Ok(Claimed { job, attempts: row.int(5)? as u32 })
}
