"""Every situation in which Caravan stops, one class each.

The docstring of a class is the sentence the user reads; its fields are filled in from the keyword arguments.
`name` is what a script matches, `exit_code` what the process ends with:
1 failed, 2 usage, 3 a check found differences, 4 refused because it is not safe,
5 no lock or no connection in time.
"""

from __future__ import annotations

import inspect
from typing import ClassVar

FAILED, USAGE, DIFFERENCES, REFUSED, TIMED_OUT = 1, 2, 3, 4, 5


class CaravanError(Exception):
    """Caravan stopped."""

    name: ClassVar[str] = "failed"
    exit_code: ClassVar[int] = FAILED

    def __init__(self, **details: object) -> None:
        """Fill the class's sentence.

        Args:
            **details: the values of the fields that the docstring names.
        """
        self.details = details
        super().__init__(inspect.cleandoc(type(self).__doc__ or "").format(**details))


class NoDatabaseUrl(CaravanError):
    """DATABASE_URL is not set, and there is no secret /run/secrets/DATABASE_URL. Set it to postgresql://user:password@host:port/database, or use `nox -s migrate`, which starts a server of its own."""

    name = "no-database-url"
    exit_code = USAGE


class BadDatabaseUrl(CaravanError):
    """DATABASE_URL is not a PostgreSQL address ({reason}). It looks like postgresql://user:password@host:port/database."""

    name = "bad-database-url"
    exit_code = USAGE


class BadSetting(CaravanError):
    """{variable} is "{value}", but must be a number of seconds, {least}."""

    name = "bad-setting"
    exit_code = USAGE


class NoSuchApp(CaravanError):
    """There is no app named "{app}" here. Known: {known}. Apps are found by the entry point group caravan.apps, or by CARAVAN_APPS."""

    name = "no-such-app"
    exit_code = USAGE


class NoSuchRevision(CaravanError):
    """{app} has no revision "{revision}". `caravan status` lists what it has."""

    name = "no-such-revision"
    exit_code = USAGE


class BadManifest(CaravanError):
    """{path}: {reason}."""

    name = "bad-manifest"
    exit_code = USAGE


class BadRevisionFile(CaravanError):
    """{path}: {reason}."""

    name = "bad-revision-file"
    exit_code = USAGE


class Unconfirmed(CaravanError):
    """{command} deletes what is in the database. Say --yes if that is meant."""

    name = "unconfirmed"
    exit_code = USAGE


class CannotConnect(CaravanError):
    """No connection to {database} after {seconds:.0f} s: {reason}"""

    name = "no-connection"
    exit_code = TIMED_OUT


class ConnectionLost(CaravanError):
    """The connection to {database} was lost ({reason}). What was being applied is rolled back; run the command again."""

    name = "no-connection"
    exit_code = TIMED_OUT


class RunnerLocked(CaravanError):
    """Another caravan is at work in this database: {holder}. Gave up after {seconds:.0f} s; run again, or wait longer with --wait."""

    name = "runner-locked"
    exit_code = TIMED_OUT


class LockTimeout(CaravanError):
    """{app} {revision} got no lock on a table within {seconds:.0f} s, in {tries} tries: {reason}. Nothing of it remains. Look for long transactions in pg_stat_activity and run again."""

    name = "lock-timeout"
    exit_code = TIMED_OUT


class PooledConnection(CaravanError):
    """Between here and {database} is a proxy that shares server connections between clients (transaction pooling). Locks and roles do not hold through it; use the server's direct address."""

    name = "pooled-connection"
    exit_code = REFUSED


class RevisionFailed(CaravanError):
    """{app} {revision} ({path}) failed: {reason}

    {remains} Mend the file and run again.
    """

    name = "revision-failed"
    exit_code = FAILED


class RoleChanged(CaravanError):
    """{app} {revision} ended as role {role} instead of {owner}. A revision must leave the role alone; nothing of it remains."""

    name = "role-changed"
    exit_code = FAILED


class TransactionEnded(CaravanError):
    """{app} {revision} ({path}) ended its transaction by itself. What it did before that may remain; Caravan ends the transaction, so take COMMIT and ROLLBACK out of the file, or use an autocommit block."""

    name = "transaction-ended"
    exit_code = FAILED


class DatabaseFailed(CaravanError):
    """{database} refused what Caravan itself asked of it: {reason}"""

    name = "database-failed"
    exit_code = FAILED


class CannotWrite(CaravanError):
    """{path} could not be written: {reason}."""

    name = "cannot-write"
    exit_code = FAILED


class OutputLost(CaravanError):
    """Standard output could not be written: {reason}. The command itself was carried out."""

    name = "output-lost"
    exit_code = FAILED


class NotPermitted(CaravanError):
    """{what} was not permitted: {reason}"""

    name = "not-permitted"
    exit_code = FAILED


class ChangedRevision(CaravanError):
    """{app} {revision} ({path}) was changed after it was applied. Put the file back as it was and write the change as a new revision."""

    name = "changed-revision"
    exit_code = REFUSED


class TwoHeads(CaravanError):
    """{app} has {count} heads: {heads}. Two people wrote a revision on the same one; make one of them follow the other by its down_revision."""

    name = "two-heads"
    exit_code = REFUSED


class UnknownRevision(CaravanError):
    """The database has {app} {revision}, which this code does not know. The code is older than the database; deploy the version that has it."""

    name = "unknown-revision"
    exit_code = REFUSED


class RequirementCycle(CaravanError):
    """The revisions wait for each other: {cycle}. Split one of them so that its first half does not require the others."""

    name = "requirement-cycle"
    exit_code = REFUSED


class UnmetRequirement(CaravanError):
    """{app} {revision} requires {required_app} {required_revision}, which {why}."""

    name = "unmet-requirement"
    exit_code = REFUSED


class RequiredByOthers(CaravanError):
    """{app} cannot go back to {target}: {dependents}. Roll those back first."""

    name = "required-by-others"
    exit_code = REFUSED


class ReferenceUnmet(CaravanError):
    """{app}'s references do not fit the database: {reason}. Change the references, or migrate the owner first."""

    name = "reference-unmet"
    exit_code = REFUSED


class PendingRevisions(CaravanError):
    """{app} has revisions that are not applied yet: {revisions}. Run `caravan migrate` first, so that the new one starts from what is there."""

    name = "pending-revisions"
    exit_code = REFUSED


class Protected(CaravanError):
    """{database} is protected; {command} is for development only. `caravan protect --off` lifts the protection."""

    name = "protected"
    exit_code = REFUSED


class OldServer(CaravanError):
    """{database} is PostgreSQL {major}; Caravan needs 16 or newer."""

    name = "old-server"
    exit_code = REFUSED


class NotApplied(CaravanError):
    """{app} {revision} is not applied, so {app} cannot go back to it. `caravan status` shows what is."""

    name = "not-applied"
    exit_code = USAGE


class NoDowngrade(CaravanError):
    """{app} has nothing to roll back: no revision of it is applied."""

    name = "nothing-to-roll-back"
    exit_code = USAGE
