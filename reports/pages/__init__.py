"""One module a page: query results in, components out."""
