"""The fields that are offered for searching are in what search reads."""

import re

from processor import row
from socorro.search import source
from socorro.search.catalog import catalog


def test_each_field_of_the_catalog_is_in_a_column_or_in_the_fields_of_a_report() -> None:
    """One that is in the crash store only would be searched in vain, without an error."""
    columns = set(re.findall(r"\w+", source.SQL["reports"] + source.SQL["protected"]))

    unread = {name for name in catalog() if name in row.NOT_IN_FIELDS and name not in columns}

    assert unread <= {"date_processed"}  # made of submitted_timestamp
    assert "modules_in_stack" in catalog()
    assert "missing_symbols" not in catalog()
