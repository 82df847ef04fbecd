"""Sends one annotation all the way and prints where it can be seen: `shown.py DSN FOLDER`."""

import json
import sys
from pathlib import Path

import middleware.app
import socorro
import webapp.app
import webapp.context
from middleware.context import Context
from socorro.crashstore.filesystem import FilesystemStore
from socorro.fields import problems
from socorro.postgres import Database
from socorro.serving.rate_limit import RateLimit
from tests.processed import processed
from tests.wsgi import ask
from webapp.config import WebappConfig


def main() -> None:
    dsn, folder, name = sys.argv[1], Path(sys.argv[2]), "coffee_level"
    database, store = Database(dsn, 2, "shown"), FilesystemStore.created(folder / "crashes")
    store.create()
    raw = processed(store, database, CoffeeLevel="873187318731")
    bad = processed(store, database, CoffeeLevel="decaf 873187318731")
    config = WebappConfig(secret_key_file=folder / "key")
    pages = webapp.app.application(webapp.context.Context(database, store, config), "key")
    rest = middleware.app.application(Context(database, store), RateLimit(100))
    with database.transaction() as db, db.cursor() as cursor:
        cursor.execute("SELECT fields FROM reports WHERE crash_id = %s", (raw.crash_id,))
        [(fields,)] = cursor.fetchall()
    query = f"?crash_id={raw.crash_id}"
    notes = store.get_processed(bad.crash_id)["processor_notes"]
    places = {
        "code": str(Path(socorro.__file__).parent.parent),
        "stored": store.get_raw(raw.crash_id).annotations.get("CoffeeLevel"),
        "processed": store.get_processed(raw.crash_id).get(name),
        "rest raw": ask(rest, f"/api/RawCrash/{query}").json().get("CoffeeLevel"),
        "rest processed": ask(rest, f"/api/ProcessedCrash/{query}").json().get(name),
        "page": "873187318731" in ask(pages, f"/report/index/{raw.crash_id}").text,
        "dictionary": name in ask(pages, "/documentation/datadictionary/").text,
        "reports": fields.get(name),
        "bad value": store.get_processed(bad.crash_id).get(name),
        "notes": [note for note in notes if "Coffee" in note],
        "problems": problems("processed_crash", store.get_processed(raw.crash_id)),
    }
    print(json.dumps(places))


if __name__ == "__main__":
    main()
