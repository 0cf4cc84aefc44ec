"""A job that somebody else is doing already is refused at once, before anything heavy is imported for it."""

from datetime import date

from raceday_daemon.jobs.lease_keeper import LeaseKeeper
from raceday_daemon.jobs.run import Run
from raceday_daemon.jobs.sequences import stages_of
from raceday_daemon.model.errors import LeaseHeldError
from raceday_daemon.model.job import JobRun
from raceday_daemon.model.lease import LEASE_OF_JOB
from raceday_daemon.store.records import Records


async def early_refusal(leases: LeaseKeeper, records: Records, name: str, day: date) -> JobRun | None:
    """Give the record of a refusal if somebody holds the lease that a job or sequence takes first, None if it is free.

    Only a look: the lease is taken when the job begins, which may still be refused.
    """
    run = Run(name, day, leases.clock)
    try:
        await leases.refuse_if_held(LEASE_OF_JOB.get(name) or LEASE_OF_JOB[stages_of(name)[0]])
    except LeaseHeldError as error:
        run.tally.job_ended(name, error)
        refused = run.end()
        await records.add_job_run(refused)
        return refused
    return None
