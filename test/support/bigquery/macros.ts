/** BigQuery's functions that DuckDB lacks or reads another way. The translation puts `bq_` before what clashes. */
export const MACROS: readonly string[] = [
  'timestamp_trunc(x, part) AS date_trunc(part, x)',
  'timestamp_add(x, span) AS x + span',
  'timestamp_sub(x, span) AS x - span',
  'timestamp_diff(a, b, part) AS date_sub(part, b, a)',
  'bq_date_add(x, span) AS CAST(x + span AS DATE)',
  'bq_date_sub(x, span) AS CAST(x - span AS DATE)',
  'bq_date_diff(a, b, part) AS date_sub(part, b, a)',
  'bq_date_trunc(x, part) AS CAST(date_trunc(part, x) AS DATE)',
  "timestamp_micros(x) AS make_timestamp(x) AT TIME ZONE 'UTC'",
  "timestamp_millis(x) AS make_timestamp(x * 1000) AT TIME ZONE 'UTC'",
  "timestamp_seconds(x) AS make_timestamp(x * 1000000) AT TIME ZONE 'UTC'",
  'unix_micros(x) AS epoch_us(x)',
  'unix_millis(x) AS epoch_ms(x)',
  'unix_seconds(x) AS CAST(floor(epoch(x)) AS BIGINT)',
  'bq_timestamp(x) AS CAST(x AS TIMESTAMPTZ)',
  'bq_date(x) AS CAST(x AS DATE)',
  'bq_string(x) AS CAST(x AS VARCHAR)',
  "bq_split(s, d := ',') AS string_split(s, d)",
  'format_timestamp(f, x) AS strftime(x, f)',
  'safe_divide(a, b) AS CASE WHEN b = 0 THEN NULL ELSE a / b END',
  "bq_json_value(j, path := '$') AS CASE WHEN json_type(j, path) IN ('OBJECT', 'ARRAY') THEN NULL " +
    'ELSE json_extract_string(j, path) END',
  'json_query(j, path) AS json_extract(j, path)',
  'parse_json(s) AS CAST(s AS JSON)',
  'to_json_string(x) AS CAST(to_json(x) AS VARCHAR)',
  // Group 1 where the pattern has one, else the whole match; the alternative that never matches gives group 2 always.
  'bq_regexp_extract(s, p) AS CASE WHEN NOT regexp_matches(s, p) THEN NULL ' +
    "WHEN regexp_matches(p, '(^|[^\\\\])\\(([^?]|$)') THEN regexp_extract(s, '(' || p || ')|(z\\Az)', 2) " +
    'ELSE regexp_extract(s, p) END',
  'regexp_contains(s, p) AS regexp_matches(s, p)',
  'logical_or(x) AS bool_or(x)',
  'logical_and(x) AS bool_and(x)',
  'generate_array(a, b, step := 1) AS generate_series(a, b, step)',
  'array_length(x) AS len(x)',
];
