{{ channel_period("month") }}
