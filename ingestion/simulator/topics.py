"""What simulated people ask and assistants answer: a few topics with words of their own."""

from __future__ import annotations

# (topic, what people ask, what assistants answer); {part} becomes one of PARTS
TOPICS: tuple[tuple[str, tuple[str, ...], tuple[str, ...]], ...] = (
    (
        "database migration",
        (
            "Write a database migration that adds an index to the orders table in {part}.",
            "The migration fails on postgres because the column has no default. Can you fix it in {part}?",
        ),
        (
            "The migration now adds the column with a default first, then builds the index concurrently.",
            "I added a rollback step, so that the database schema returns to its earlier version.",
        ),
    ),
    (
        "unit testing",
        (
            "Please add unit tests for {part}; the coverage of edge cases is poor.",
            "Why is this pytest fixture slow in {part}?",
        ),
        (
            "I added three pytest cases: an empty list, a negative number and a duplicate key.",
            "The fixture opened a connection for each test; it now has module scope.",
        ),
    ),
    (
        "page layout",
        (
            "The css grid of {part} overflows on small screens.",
            "Make the navigation bar of {part} stick to the top and use the dark theme.",
        ),
        (
            "The grid columns now shrink with minmax, and the layout no longer overflows.",
            "The navigation bar is sticky and reads its colours from the theme's css variables.",
        ),
    ),
    (
        "container builds",
        (
            "The docker image of {part} is two gigabytes. Make it smaller.",
            "The container of {part} cannot resolve the registry's certificate during the build.",
        ),
        (
            "A multi-stage docker build drops the compilers; the image is now 180 megabytes.",
            "The build stage now installs the certificate before the first download.",
        ),
    ),
    (
        "sign in",
        (
            "People are signed out at random in {part}; look at the session cookie.",
            "Add an oauth login with a refresh token to {part}. <script>alert(1)</script> must stay text.",
        ),
        (
            "The cookie had no explicit expiry; the session now renews itself at each login.",
            "The oauth callback checks the state parameter and stores the refresh token encrypted.",
        ),
    ),
    (
        "data frames",
        (
            "This pandas dataframe join in {part} multiplies the rows. Why?",
            "Speed up the aggregation of the dataframe in {part}; it takes a minute.",
        ),
        (
            "The join key repeats on both sides; I aggregate the dataframe before the merge.",
            "I replaced the loop over rows with a grouped aggregation; it takes under a second.",
        ),
    ),
)
PARTS = ["the billing service", "the report page", "the importer", "the mobile app", "the admin panel"]
PROJECTS = [
    "-home-dev-shop",
    "-home-dev-warehouse",
    "-home-dev-mobile-app",
    "-srv-code-api",
    "-home-dev-notes",
]

# USD per million tokens: input, output, cache write 5 min, cache read; 1 h writes: twice the input
PRICES: dict[str, tuple[str, str, str, str]] = {
    "claude-sonnet-4-20250514": ("3", "15", "3.75", "0.30"),
    "claude-sonnet-4-5-20250929": ("3", "15", "3.75", "0.30"),
    "claude-haiku-4-5-20251001": ("1", "5", "1.25", "0.10"),
    "claude-opus-4-20250514": ("15", "75", "18.75", "1.50"),
    "claude-opus-4-1-20250805": ("15", "75", "18.75", "1.50"),
    "claude-opus-4-5-20251101": ("5", "25", "6.25", "0.50"),
    "claude-opus-4-6": ("5", "25", "6.25", "0.50"),
    "claude-opus-4-7": ("5", "25", "6.25", "0.50"),
}
UNPRICED_MODEL = "claude-prototype-0"
