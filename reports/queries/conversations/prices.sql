select
    prices.model,
    prices.valid_from,
    prices.input_usd_per_mtok,
    prices.output_usd_per_mtok,
    prices.cache_write_5m_usd_per_mtok,
    prices.cache_write_1h_usd_per_mtok,
    prices.cache_read_usd_per_mtok,
    prices.source,
    prices.source_date
from conversations.dim_models as prices
where
    prices.price_key in (
        select requests.price_key
        from conversations.fct_requests as requests
        where requests.request_date between $month_from and $through_date
    )
order by prices.model, prices.valid_from
