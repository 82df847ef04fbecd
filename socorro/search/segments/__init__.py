"""Search in column files: one Parquet file for each hour of submission, read with DuckDB."""
