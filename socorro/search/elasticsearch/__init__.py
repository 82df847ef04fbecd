"""Search by Elasticsearch: weekly indices, for sites that outgrow one machine."""
