-- Guards against a figure that is lost, or counted twice, on its way from the samples and interactions of
-- sessions to
-- the days of characters.
{{ config(meta={"dagster": {"ref": {"name": "agg_characters_daily"}}}) }}
with
    sessions as (
        select
            count(*) as session_count,
            sum(interaction_count) as interaction_count,
            sum(error_count) as error_count,
            sum(viewer_sample_count) as viewer_sample_count,
            round(sum(cast(hours_watched as decimal(38, 6))), 2) as hours_watched
        from {{ ref("fct_stream_sessions") }}
    ),
    days as (
        select
            coalesce(sum(session_count), 0) as session_count,
            sum(interaction_count) as interaction_count,
            sum(error_count) as error_count,
            sum(viewer_sample_count) as viewer_sample_count,
            round(sum(cast(hours_watched as decimal(38, 6))), 2) as hours_watched
        from {{ ref("agg_characters_daily") }}
    )
select s.*
from sessions as s
cross join days as d
where
    s.session_count <> d.session_count
    or coalesce(s.interaction_count, 0) <> coalesce(d.interaction_count, 0)
    or coalesce(s.error_count, 0) <> coalesce(d.error_count, 0)
    or coalesce(s.viewer_sample_count, 0) <> coalesce(d.viewer_sample_count, 0)
    or abs(coalesce(s.hours_watched, 0) - coalesce(d.hours_watched, 0)) > 0.05
