{{ collection_states("raw_fx") }}
