{#
    channel_period(timeframe)   body of agg_channels_<timeframe>: one row an account and week or month. Streams and
                                categories are counted over the period, never added up from its days.
    streaming_measures(alias)   hours and viewers over a row with viewing_columns(); 0 hours where nothing was streamed
#}
{% macro streaming_measures(alias) -%}
    coalesce({{ hours_of(alias ~ ".streamed_micros") }}, 0) as hours_streamed, {{ viewing_measures(alias) }}
{%- endmacro %}

{% macro channel_period(timeframe) -%}
    {%- set period_date -%} cast(date_trunc('{{ timeframe }}', activity_date) as date) {%- endset -%}
    {%- set stream_period -%} cast(date_trunc('{{ timeframe }}', stream_date) as date) {%- endset -%}
    with
        days as (
            select
                account_id,
                {{ period_date }} as period_date,
                count(case when is_asked then 1 end) as asked_day_count,
                count(follower_count) as snapshot_day_count,
                max_by(
                    follower_count, case when follower_count is not null then activity_date end
                ) as follower_count,
                cast(sum(followers_gained) as bigint) as followers_gained,
                max_by(
                    subscriber_count, case when subscriber_count is not null then activity_date end
                ) as subscriber_count,
                cast(sum(subscribers_gained) as bigint) as subscribers_gained,
                count(case when streamed_micros > 0 then 1 end) as stream_day_count,
                cast(sum(broadcast_count) as bigint) as broadcast_count,
                {{ viewing_sums() }},
                cast(sum(video_views_gained) as bigint) as video_views_gained,
                max(batch_id) as batch_id,
                max(loaded_at) as loaded_at
            from {{ ref("int_channels__activity_daily") }}
            group by account_id, {{ period_date }}
        ),
        streams as (
            select
                account_id,
                {{ stream_period }} as period_date,
                count(distinct stream_id) as stream_count,
                count(distinct nullif(game_id, 'none')) as game_count
            from {{ ref("int_channels__stream_hours") }}
            group by account_id, {{ stream_period }}
        )

    select
        d.account_id,
        d.period_date,
        d.asked_day_count,
        d.snapshot_day_count,
        d.follower_count,
        d.followers_gained,
        d.subscriber_count,
        d.subscribers_gained,
        coalesce(s.stream_count, 0) as stream_count,
        d.broadcast_count,
        d.stream_day_count,
        coalesce(s.game_count, 0) as game_count,
        {{ streaming_measures("d") }},
        d.video_views_gained,
        d.batch_id,
        d.loaded_at
    from days as d
    left join streams as s on s.account_id = d.account_id and s.period_date = d.period_date
{%- endmacro %}
