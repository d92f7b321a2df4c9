{{ channel_period("week") }}
