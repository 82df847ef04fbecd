"""The search page: any search, its hits, counts and days; feeds of searches; quick search."""
