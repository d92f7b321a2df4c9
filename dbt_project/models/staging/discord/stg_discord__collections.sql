{{ collection_states("raw_discord") }}
