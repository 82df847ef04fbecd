"""One process of workers that claims jobs and ends them at once, or after a while: for queue.py.

Ending a job is what save_report does: the row goes, fenced, in the transaction that notes it.
"""

import sys
import threading
import time
from pathlib import Path

from processor.bell import Bell
from socorro.config import SharedConfig
from socorro.jobs import Job
from socorro.jobs.open import open_queue
from socorro.postgres import Database
from socorro.service import Stop

FINISH = """
WITH ended AS (
    DELETE FROM jobs WHERE crash_id = %(crash_id)s AND state = 'running'
    AND lease_holder = %(holder)s AND attempts = %(attempts)s RETURNING crash_id)
INSERT INTO done SELECT crash_id, clock_timestamp() FROM ended
"""
BATCH = 2  # as a processor's thread claims


def main(name: str, url: str, password_file: str, dsn: str, seconds: str) -> None:
    """Work until SIGTERM, *seconds* on each job."""
    stop, bell, database = Stop().on_signals(), Bell(), Database(dsn)
    path = None if password_file == "-" else Path(password_file)
    queue = open_queue(SharedConfig(queue=url, queue_password_file=path), database, BATCH)
    threading.Thread(target=queue.listen, args=(bell.ring, stop), daemon=True).start()
    while not stop:
        seen = bell.rings
        claimed = queue.claim(name, BATCH, 60)
        for job in claimed:
            time.sleep(float(seconds))
            _finish(database, job)
        if not claimed:
            bell.wait(seen, 0.5)


def _finish(database: Database, job: Job) -> None:
    with database.statement() as db, db.cursor() as cursor:
        cursor.execute(FINISH, job._asdict())


if __name__ == "__main__":
    main(*sys.argv[1:])
