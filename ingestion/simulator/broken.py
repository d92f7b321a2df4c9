"""Lines that no loader can take as an event, each with the reason code under which it must be rejected.

A template's <time> becomes a valid time, <number> a number that makes the line's text unique.
"""

from __future__ import annotations

SOCIAL_BROKEN_LINES: tuple[tuple[str, str], ...] = (
    (
        "invalid_json",
        '{"eventId":"bad-<number>","email":"canary-<number>@example.com","timestamp":"<time>","data":{"contentTy',
    ),
    ("invalid_json", "GET /analytics/events/<number> HTTP/1.1"),
    ("invalid_json", "{'eventType': 'view', 'timestamp': '<time>', 'n': <number>}"),
    ("not_an_object", '["view","<time>",<number>]'),
    ("not_an_object", '"view <number>"'),
    ("not_an_object", "<number>"),
    ("missing_field", '{"eventId":"bad-<number>","timestamp":"<time>","data":{}}'),
    (
        "missing_field",
        '{"eventId":"bad-<number>","eventType":"view","data":{"contentType":"post","contentId":"p"}}',
    ),
    ("missing_field", '{"eventId":"bad-<number>","eventType":null,"timestamp":"<time>"}'),
    (
        "missing_field",
        '{"eventId":"bad-<number>","eventType":"view","timestamp":"<time>","data":{"contentType":"post"}}',
    ),
    (
        "missing_field",
        '{"eventId":"bad-<number>","eventType":"view","timestamp":"<time>","schemaVersion":"1.1.0",'
        '"data":{"contentType":"post","contentId":"p","scrollDepth":0.5}}',
    ),
    (
        "missing_field",
        '{"eventId":"bad-<number>","eventType":"engagement","timestamp":"<time>","schemaVersion":"1.1.0",'
        '"data":{"action":"like","targetType":"post","targetId":"p"}}',
    ),
    (
        "wrong_type",
        '{"eventId":"bad-<number>","eventType":"session","timestamp":"<time>","userId":<number>}',
    ),
    (
        "wrong_type",
        '{"eventId":"bad-<number>","eventType":17,"timestamp":"<time>","data":{"phone":"canary-<number>"}}',
    ),
    ("wrong_type", '{"eventId":"bad-<number>","eventType":"session","timestamp":"<time>","data":[1,2]}'),
    (
        "wrong_type",
        '{"eventId":"bad-<number>","eventType":"view","timestamp":"<time>","schemaVersion":"1.1.0",'
        '"data":{"contentType":"post","contentId":"p","viewDuration":"12.5","scrollDepth":0.5}}',
    ),
    (
        "wrong_type",
        '{"eventId":"bad-<number>","eventType":"purchase","timestamp":"<time>","schemaVersion":"1.0.0",'
        '"data":{"orderId":"o","amount":"19.99","currency":"EUR"}}',
    ),
    (
        "duplicate_key",
        '{"eventId":"bad-<number>","eventId":"bad-again","eventType":"session","timestamp":"<time>"}',
    ),
    (
        "invalid_timestamp",
        '{"eventId":"bad-<number>","eventType":"session","timestamp":"2026-02-03T10:00:00"}',
    ),
    (
        "invalid_timestamp",
        '{"eventId":"bad-<number>","eventType":"session","timestamp":"2026-13-45T10:00:00Z"}',
    ),
    (
        "invalid_timestamp",
        '{"eventId":"bad-<number>","eventType":"session","timestamp":"9999-01-01T00:00:00Z"}',
    ),
    (
        "invalid_timestamp",
        '{"eventId":"bad-<number>","eventType":"session","timestamp":"1970-01-01T00:00:00Z"}',
    ),
    ("invalid_timestamp", '{"eventId":"bad-<number>","eventType":"session","timestamp":"yesterday"}'),
)

TRACKED_BROKEN_LINES: tuple[tuple[str, str], ...] = (
    ("invalid_json", '{"type":"message_sent","timestamp":"<time>","n":<number>,'),
    ("not_an_object", '["message_sent",<number>]'),
    ("missing_field", '{"timestamp":"<time>","conversationId":"bad-<number>"}'),
    ("missing_field", '{"type":"message_sent","conversationId":"bad-<number>"}'),
    ("wrong_type", '{"type":"message_sent","timestamp":"<time>","conversationId":<number>}'),
    (
        "invalid_timestamp",
        '{"type":"message_sent","timestamp":"2026-02-30T10:00:00Z","conversationId":"bad-<number>"}',
    ),
)

INVALID_UTF8_LINE = (
    b'{"eventId":"bad-utf8-%d","eventType":"session","timestamp":"2026-02-03T10:00:00Z","userId":"\xff\xfe"}'
)
HALF_WRITTEN_EVENT = '{"eventId":"evt-half-written","eventType":"view","timestamp":"2026-'

TRANSCRIPT_BROKEN_LINES: tuple[tuple[str, str], ...] = (
    ("invalid_json", '{"type":"assistant","message":{"id":"msg_cut","usage":{"input_tok'),
    ("not_an_object", '["assistant"]'),
    (
        "wrong_type",
        '{"type":"assistant","timestamp":"2026-02-03T10:00:00.000Z","sessionId":"bad","message":'
        '{"id":"msg_bad","role":"assistant","usage":{"input_tokens":"many","output_tokens":1}}}',
    ),
    (
        "invalid_timestamp",
        '{"type":"user","timestamp":"soon","sessionId":"bad","message":{"role":"user","content":"x"}}',
    ),
)
HALF_WRITTEN_TRANSCRIPT_LINE = '{"type":"user","message":{"role":"user","content":"still being wri'

STREAM_BROKEN_LINES: tuple[tuple[str, str], ...] = (
    ("invalid_json", '{"type":"interaction","timestamp":"<time>","n":<number>,'),
    ("not_an_object", '["viewer_sample",<number>]'),
    ("missing_field", '{"type":"reconnect","data":{"characterId":"ada","n":<number>},"timestamp":"<time>"}'),
    ("missing_field", '{"type":"viewer_sample","data":{"sessionId":"bad-<number>"},"timestamp":"<time>"}'),
    ("missing_field", '{"id":"bad-<number>","viewerStats":{"samples":[1]}}'),
    (
        "wrong_type",
        '{"type":"viewer_sample","data":{"sessionId":"bad-<number>","viewerCount":-1},"timestamp":"<time>"}',
    ),
    (
        "wrong_type",
        '{"type":"interaction","data":{"sessionId":"bad-<number>","superChatAmount":"5 to 9"},"timestamp":"<time>"}',
    ),
    (
        "wrong_type",
        '{"type":"error","data":{"sessionId":"bad-<number>","errorType":7,"errorMessage":"canary-<number>@example.com"},'
        '"timestamp":"<time>"}',
    ),
    ("wrong_type", '{"id":"bad-<number>","startTime":"<time>","viewerStats":{"samples":[{"count":1}]}}'),
    ("invalid_timestamp", '{"type":"error","data":{"sessionId":"bad-<number>"},"timestamp":{"nanos":<number>}}'),
    ("invalid_timestamp", '{"type":"error","data":{"sessionId":"bad-<number>"},"timestamp":1700000000000000}'),
    ("invalid_timestamp", '{"id":"bad-<number>","startTime":"soon","viewerStats":{}}'),
)
