"""The words a rule's SQL may use, and those it is refused for by name.

Belongs here: names of DuckDB's functions and of the parts of its syntax tree. Does not belong here: walking
the tree (``guard``). The lists say what is allowed: a function that a new DuckDB brings is refused until
somebody has read what it does (DuckDB itself calls ``current_localtime`` consistent).
"""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


AGGREGATES = _words(
    """avg bit_and bit_or bool_and bool_or corr count count_if count_star countif covar_pop covar_samp
    entropy kurtosis mad max mean median min mode quantile quantile_cont quantile_disc regr_slope skewness
    stddev stddev_pop stddev_samp sum sumkahan fsum kahan_sum var_pop var_samp variance"""
)
"""Aggregates whose answer does not depend on the order of records."""

SCALARS = _words(
    """! !~~ !~~* % & && * ** + - / // << <@ >> @ @> ^ ^@ | || ~ ~~ ~~* ~~~ -> ->>
    abs acos asin atan atan2 bit_count bit_length cbrt ceil ceiling char_length character_length chr
    coalesce concat concat_ws constant_or_null contains cos cot date_add date_diff date_part date_sub
    date_trunc datediff datepart datesub datetrunc day dayname dayofmonth dayofweek dayofyear days_in_month
    decade degrees divide ends_with epoch epoch_ms even exp fdiv floor fmod format gcd greatest hour
    ilike_escape if ifnull instr is_distinct isfinite isinf isnan isodow isoyear json json_array_length
    json_exists json_extract json_extract_string json_keys json_type json_valid json_value last_day lcase
    lcm least left len length levenshtein like_escape list_contains list_value ln log log10 log2 lower
    lpad ltrim make_date make_time make_timestamp md5 minute mod month monthname multiply
    not_ilike_escape not_like_escape nullif octet_length pi position pow power prefix quarter radians
    regexp_extract regexp_full_match regexp_matches regexp_replace replace reverse right round
    round_even row rpad rtrim second sha256 sign sin split_part sqrt starts_with strftime string_split
    strip_accents strlen strpos strptime struct_extract struct_pack substr substring subtract suffix
    tan time_bucket timezone to_days to_hours to_minutes to_months to_seconds to_weeks to_years translate
    trim trunc try_strptime typeof ucase unicode unnest upper week weekday weekofyear xor year yearweek"""
)
"""Functions that look at their arguments and at nothing else."""

ORDERED = _words("dense_rank first_value lag last_value lead rank row_number")
"""Window functions besides the aggregates."""

CLOCK = _words(
    """ago age current_date current_localtime current_localtimestamp current_time current_timestamp
    get_current_time get_current_timestamp localtime localtimestamp now pg_conf_load_time
    pg_postmaster_start_time today transaction_timestamp"""
)
CHANCE = _words("gen_random_uuid random setseed uuid uuidv4 uuidv7")
SURROUNDINGS = _words(
    """current_catalog current_database current_role current_schema current_setting current_user getenv
    getvariable rowid session_user user version"""
)
RELATIVE_WORDS = frozenset({"now", "today", "tomorrow", "yesterday", "current_date", "current_timestamp"})

EXPRESSIONS = _words(
    """BETWEEN CASE CAST COLLATE COLUMN_REF COMPARISON CONJUNCTION CONSTANT FUNCTION LAMBDA OPERATOR STAR
    SUBQUERY WINDOW"""
)
STRUCTURES = _words(
    """SELECT_NODE SET_OPERATION_NODE CTE_NODE BASE_TABLE SUBQUERY JOIN EXPRESSION_LIST EMPTY
    ORDER_MODIFIER LIMIT_MODIFIER DISTINCT_MODIFIER ORDER_DEFAULT ASCENDING DESCENDING"""
)
