"""Fetches what this machine needs: `make parts`."""

import shutil

from cli.local import downloads, postgres


def main() -> None:
    """Fetch the stack walkers, and Postgres where Debian's is missing."""
    needed = [downloads.RUST_MINIDUMP, downloads.BREAKPAD]
    try:
        if not postgres.installed():
            needed.append(downloads.POSTGRES)
        downloads.fetch(*needed)
        # Node unpacks to 200 MB, and is of no use once npm has run.
        shutil.rmtree(downloads.NODE.folder, ignore_errors=True)
    except downloads.DownloadMissing as error:
        raise SystemExit(f"parts: {error}") from None


if __name__ == "__main__":
    main()
