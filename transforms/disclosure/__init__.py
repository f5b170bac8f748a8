"""Statistical disclosure control: which counts of a table must be hidden, and whether hiding them is enough.

Belongs here: pure functions on arrays and Arrow tables. No input, no output, no Cauce imports; numpy and scipy are
loaded when one of the modules is. Does not belong here: which products use them (contracts and models say so), reading
releases, sentences for pages.

    rules            what counts as small, what a reader knows, when a hidden cell counts as protected
    tables           a table of counts with the totals published beside it
    moves            changes of hidden cells that no published number shows: boxes
    walks            boxes one after the other, the cheapest for a cell
    crowds           the same from many cells at once, among hidden cells alone
    programs         linear programs: the interval of a hidden cell, the cheapest further cells
    proofs           the interval shown so far for every hidden cell
    audit            the interval that a reader can work out of every hidden cell
    complementary    which further cells to hide
    model_step       the step as a Python model of dbt calls it
    rounding         rounding to a base, as another way
    anonymity        k-anonymity and l-diversity of records
    published        tables as they were published, joined into one system
    differencing     what two published tables tell together

Why so: docs/adr/0026-suppression.md.
"""
