{{ channel_games() }}
