{{ ranked_by_period("creator", "game") }}
