{{ channel_games(["stream_date"]) }}
