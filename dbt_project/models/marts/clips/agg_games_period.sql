{{ ranked_by_period("game", "creator") }}
