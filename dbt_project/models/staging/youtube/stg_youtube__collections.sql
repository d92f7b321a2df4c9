{{ collection_states("raw_youtube") }}
