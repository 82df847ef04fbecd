"""What all pages share: parameters carried along, tables that order by link, the navigation."""
