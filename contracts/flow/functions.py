"""The functions that SQL may use, by name: what is on no list here is refused.

Belongs here: names and what kind each is. Does not belong here: what becomes of edges (``expressions``,
``aggregates``).

sqlglot knows some functions as classes of its own and all others by name; both are listed. All of them give the same
for the same arguments, whenever and wherever they are asked: no clock, chance, setting, file or catalogue.

Source: DuckDB 1.5.5, ``duckdb_functions()`` (types and stability); sqlglot 30.30.0, its DuckDB dialect.
"""

from __future__ import annotations

from typing import Final

from sqlglot import exp

SCALAR_CLASSES: Final[frozenset[type[exp.Expr]]] = frozenset(
    {
        # numbers
        exp.Abs, exp.Acos, exp.Asin, exp.Atan, exp.Atan2, exp.Cbrt, exp.Ceil, exp.Cos, exp.Cot, exp.Degrees, exp.Exp,
        exp.Factorial, exp.Floor, exp.IsInf, exp.IsNan, exp.Ln, exp.Log, exp.Pi, exp.Radians, exp.Round, exp.Sign,
        exp.Sin, exp.Sinh, exp.Cosh, exp.Tan, exp.Tanh, exp.Sqrt, exp.Trunc, exp.Getbit,
        # text
        exp.Ascii, exp.BitLength, exp.Chr, exp.Concat, exp.ConcatWs, exp.Contains, exp.Decode, exp.Encode,
        exp.EndsWith, exp.Format, exp.FromBase64, exp.Hex, exp.JarowinklerSimilarity, exp.Left, exp.Length,
        exp.Levenshtein, exp.Lower, exp.MD5, exp.Overlay, exp.Pad, exp.RegexpExtract, exp.RegexpExtractAll,
        exp.RegexpFullMatch, exp.RegexpReplace, exp.RegexpSplit, exp.Repeat, exp.Replace, exp.Reverse, exp.Right,
        exp.SHA, exp.SHA2, exp.Split, exp.SplitPart, exp.StartsWith, exp.StrPosition, exp.Substring, exp.ToBase64,
        exp.Translate, exp.Trim, exp.Unhex, exp.Unicode, exp.Upper,
        # dates and times
        exp.DateAdd, exp.DateBin, exp.DateDiff, exp.DateFromParts, exp.Day, exp.DayOfMonth, exp.DayOfWeek,
        exp.DayOfWeekIso, exp.DayOfYear, exp.Dayname, exp.Extract, exp.Hour, exp.LastDay, exp.Minute, exp.Month,
        exp.Monthname, exp.Quarter, exp.Second, exp.StrToTime, exp.TimeFromParts, exp.TimeToStr, exp.TimeToUnix,
        exp.TimestampTrunc, exp.ToDays, exp.UnixToTime, exp.Week, exp.WeekOfYear, exp.Year,
        # lists, maps, structs, JSON text
        exp.ArrayAppend, exp.ArrayConcat, exp.ArrayContains, exp.ArrayContainsAll, exp.ArrayDistinct,
        exp.ArrayIntersect, exp.ArrayMax, exp.ArrayMin, exp.ArrayOverlaps, exp.ArrayPosition, exp.ArrayPrepend,
        exp.ArrayReverse, exp.ArraySize, exp.ArraySlice, exp.ArraySort, exp.ArrayToString, exp.Flatten,
        exp.GenerateSeries, exp.JSONArray, exp.JSONExtract, exp.JSONExtractScalar, exp.JSONKeys, exp.JSONObject,
        exp.JSONType, exp.Typeof, exp.Map, exp.MapFromEntries, exp.MapKeys, exp.ParseJSON, exp.StructExtract, exp.ToMap,
        # places
        exp.StDistance, exp.StPoint,
    }
)  # fmt: skip
"""Scalar functions that sqlglot has a class for."""

_SCALAR_NAMES: Final = """
    add array_aggr array_aggregate array_to_json array_extract array_has_any array_indexof array_pop_back
    array_pop_front array_push_back array_push_front array_resize array_select array_unique array_where array_zip
    base64 bin
    bit_count cardinality century chr damerau_levenshtein date_part date_sub datepart datesub days_in_month decade
    divide element_at epoch_ns epoch_us era even fdiv fmod format_bytes from_binary gamma gcd
    greatest_common_divisor hamming hash isfinite isoyear jaccard jaro_similarity json_array_length json_contains
    json_exists json_merge_patch json_quote json_valid json_value julian lcm least_common_multiple left_grapheme
    length_grapheme lgamma list_aggr list_aggregate list_any_value list_avg list_bool_and list_bool_or list_cat
    list_count list_element list_extract list_first list_has_all list_indexof list_intersect list_last list_median
    list_mode list_pack list_position list_product list_resize list_reverse list_select list_slice list_stddev_pop
    list_stddev_samp list_string_agg list_sum list_unique list_var_pop list_var_samp list_where list_zip
    make_timestamp_ms make_timestamp_ns map_concat map_contains map_entries map_extract map_extract_value
    map_values md5_number microsecond millennium millisecond mismatches multiply nanosecond nfc_normalize
    octet_length ord prefix printf regexp_escape regexp_split_to_array right_grapheme round_even roundbankers row
    signbit st_area st_area_spheroid st_asgeojson st_astext st_aswkb st_boundary st_buffer st_centroid st_contains
    st_convexhull st_coveredby st_covers st_crosses st_difference st_disjoint st_distance st_distance_sphere
    st_distance_spheroid st_dwithin st_dwithin_spheroid st_endpoint st_envelope st_equals st_exteriorring
    st_flipcoordinates st_geometrytype st_geomfromgeojson st_geomfromtext st_geomfromwkb st_intersection
    st_intersects st_isempty st_isvalid st_length st_length_spheroid st_makeenvelope st_makeline st_makepolygon
    st_makevalid st_numgeometries st_numpoints st_overlaps st_perimeter st_point st_pointonsurface
    st_reduceprecision st_simplify st_simplifypreservetopology st_startpoint st_touches st_transform st_union
    st_within st_x st_xmax st_xmin st_y st_ymax st_ymin strip_accents strlen struct_extract_at struct_keys
    struct_values substring_grapheme subtract suffix timezone to_base to_centuries to_decades to_hours
    to_microseconds to_millennia to_milliseconds to_minutes to_months to_quarters to_seconds to_weeks to_years
    to_json try_strptime url_decode url_encode weekday yearweek
"""
SCALAR_NAMES: Final[frozenset[str]] = frozenset(_SCALAR_NAMES.split())
"""Scalar functions that sqlglot knows by name only. ``st_transform`` and its like need no file beside the extension."""

MOMENT_CLASSES: Final[frozenset[type[exp.Expr]]] = frozenset({exp.StrToTime, exp.TimestampTrunc, exp.LastDay})
MOMENT_NAMES: Final = frozenset({"try_strptime", "timezone"})
"""Of the scalar functions, those that give a moment by reading one from text, or from a coarser or shifted one."""

_UNITS: Final = """
    CENTURIES CENTURY DAY DAYOFMONTH DAYOFWEEK DAYOFYEAR DAYS DECADE DECADES DOW DOY EPOCH ERA HOUR HOURS ISODOW ISOYEAR
    JULIAN MICROSECOND MICROSECONDS MILLENNIA MILLENNIUM MILLISECOND MILLISECONDS MINUTE MINUTES MONTH MONTHS
    NANOSECOND QUARTER QUARTERS SECOND SECONDS TIMEZONE TIMEZONE_HOUR TIMEZONE_MINUTE WEEK WEEKDAY WEEKOFYEAR WEEKS
    YEAR YEARS YEARWEEK
"""
UNITS: Final = frozenset(_UNITS.split())
"""Units of time, as sqlglot writes them.

Source: https://duckdb.org/docs/stable/sql/functions/datepart
"""

LISTS: Final = (
    exp.Array, exp.GenerateSeries, exp.Split, exp.RegexpSplit, exp.RegexpExtractAll, exp.ArrayFilter, exp.Transform,
    exp.ArrayDistinct, exp.ArraySort, exp.ArrayConcat, exp.ArraySlice, exp.ArrayAppend, exp.ArrayPrepend,
)  # fmt: skip
"""What surely gives a list."""

LISTED_CLASSES: Final[frozenset[type[exp.Expr]]] = frozenset({exp.ArrayFilter, exp.Transform, exp.Reduce})
LISTED_NAMES: Final = frozenset({"list_apply", "array_apply", "array_transform", "list_reduce", "array_reduce"})
"""Functions that take a lambda."""

COUNTING: Final[frozenset[type[exp.Expr]]] = frozenset({exp.Count, exp.CountIf, exp.ApproxDistinct, exp.RegrCount})
COUNTING_NAMES: Final = frozenset({"count_star"})
"""Aggregates that give a number of records."""

POOLING: Final[frozenset[type[exp.Expr]]] = frozenset(
    {
        exp.Sum, exp.Avg, exp.Median, exp.Stddev, exp.StddevPop, exp.StddevSamp, exp.Variance, exp.VariancePop,
        exp.Corr, exp.CovarPop, exp.CovarSamp, exp.Kurtosis, exp.Skewness, exp.RegrAvgx, exp.RegrAvgy,
        exp.RegrIntercept, exp.RegrR2, exp.RegrSlope, exp.RegrSxx, exp.RegrSxy, exp.RegrSyy,
    }
)  # fmt: skip
_POOLING_NAMES: Final = """
    entropy favg fsum geomean geometric_mean kahan_sum kurtosis_pop mad mean product sem sumkahan wavg
    weighted_avg
"""
POOLING_NAMES: Final = frozenset(_POOLING_NAMES.split())
"""Aggregates that work a number out from several records."""

QUANTILES: Final[frozenset[type[exp.Expr]]] = frozenset(
    {exp.PercentileCont, exp.PercentileDisc, exp.Quantile, exp.ApproxQuantile}
)
"""Aggregates that work a number out from several records unless asked for the ends of their range."""

PICKING: Final[frozenset[type[exp.Expr]]] = frozenset(
    {
        exp.Min, exp.Max, exp.LogicalAnd, exp.LogicalOr, exp.BitwiseAndAgg, exp.BitwiseOrAgg, exp.BitwiseXorAgg,
    }
)  # fmt: skip
PICKING_NAMES: Final = frozenset({"histogram", "st_union_agg", "st_extent_agg", "st_envelope_agg"})
"""Aggregates that may give one record's value, whatever the order of the records."""

ORDERED_PICKING: Final[frozenset[type[exp.Expr]]] = frozenset(
    {exp.AnyValue, exp.First, exp.Last, exp.ArgMax, exp.ArgMin, exp.ArrayAgg, exp.GroupConcat, exp.Mode}
)
ORDERED_PICKING_NAMES: Final = frozenset(
    {"arbitrary", "arg_max_null", "arg_min_null", "arg_max_nulls_last", "arg_min_nulls_last"}
)
"""Aggregates whose result depends on the order of the records, at least where some are tied."""

NEEDING_ORDER: Final[frozenset[type[exp.Expr]]] = frozenset(
    {exp.AnyValue, exp.First, exp.Last, exp.ArrayAgg, exp.GroupConcat}
)
NEEDING_ORDER_NAMES: Final = frozenset({"arbitrary"})
"""Of these, those that say nothing without an ORDER BY of their own."""

RANKING: Final[frozenset[type[exp.Expr]]] = frozenset({exp.Rank, exp.DenseRank, exp.PercentRank, exp.CumeDist})
RANKING_NAMES: Final = frozenset({"rank_dense"})
"""Functions of a window alone that give tied records the same."""

PLACING: Final[frozenset[type[exp.Expr]]] = frozenset(
    {exp.RowNumber, exp.Ntile, exp.Lag, exp.Lead, exp.FirstValue, exp.LastValue, exp.NthValue}
)
"""Functions of a window alone that need an order, and tell tied records apart by chance of their order."""

AGGREGATES: Final = COUNTING | POOLING | QUANTILES | PICKING | ORDERED_PICKING
AGGREGATE_NAMES: Final = COUNTING_NAMES | POOLING_NAMES | PICKING_NAMES | ORDERED_PICKING_NAMES

INSTEAD: Final = {
    "getvariable": "Write the value into the model, or read it from a column.",
    "current_setting": "Write the value into the model.",
    "now": "Take the run's as-of instant: {{ as_of() }}.",
    "currentdate": "Take the run's as-of instant: {{ as_of() }}.",
    "currenttimestamp": "Take the run's as-of instant: {{ as_of() }}.",
    "currenttime": "Take the run's as-of instant: {{ as_of() }}.",
    "localtimestamp": "Take the run's as-of instant: {{ as_of() }}.",
    "localtime": "Take the run's as-of instant: {{ as_of() }}.",
    "get_current_timestamp": "Take the run's as-of instant: {{ as_of() }}.",
    "transaction_timestamp": "Take the run's as-of instant: {{ as_of() }}.",
    "age": "Write the difference of two columns: date_diff('day', first, second).",
    "rand": "Order by the columns of a key; chance gives another result each time.",
    "uuid": "Make a key of columns; chance gives another result each time.",
    "uuidv4": "Make a key of columns; chance gives another result each time.",
    "uuidv7": "Make a key of columns; chance gives another result each time.",
    "nextval": "Number the records with row_number() over (order by …).",
    "row_to_json": "Name the columns: json_object('name', column, …).",
    "columns": "Name the columns one by one.",
    "error": "Let a rule of a contract judge the data.",
    "readparquet": "Declare the file as a source and read {{ raw('…') }}.",
    "readcsv": "Declare the file as a source and read {{ raw('…') }}.",
    "query": "Write the query itself in place of its text.",
    "query_table": "Name the relation itself: {{ ref('…') }}.",
    "generate_subscripts": "Write unnest(range(1, len(list) + 1)).",
}  # fmt: skip
"""How to write what is often written, by the function's name or sqlglot's class in lower case."""
