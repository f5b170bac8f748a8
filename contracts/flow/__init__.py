"""Floor 1: what every column is computed from, through values and through conditions.

Belongs here: reading the compiled SQL of models, in dependency order and with no database, into one graph of flows;
the class each column has by that graph; the ways from a column to its sources. Knows sqlglot and no dbt. Does not
belong here: finding models, contracts and compiled SQL (``orchestration``), showing a lineage (``catalog``).

What is on no list is refused, with model, line, construct and how to write it instead; every column of a refused
model has the most restrictive class.

    from contracts.flow.analysis import analyse                    # imports sqlglot
    from contracts.flow.classes import Declared, DeclaredColumn, classify
    from contracts.flow.model import Leaf, LeafColumn, ModelText, PythonModel, StepFunction
    from contracts.flow.paths import paths

    graph = analyse(
        [ModelText("int_a", "select …"), ...],        # SQL and Python models, in dependency order
        {"raw__x": Leaf("raw__x", {"name": LeafColumn("restricted", "VARCHAR")})},
        {"step_generalise_date": StepFunction(...)},  # the register, by function name
    )
    graph.refusals, graph.misuses                     # what was not understood; steps wrongly used
    graph.relation("int_a").column("b").edges         # Edge(relation, column, kind, subtype, steps)
    graph.relation("int_a").presence                  # what decides which records are there

    result = classify(graph, leaves, steps, {"int_a": Declared({"b": DeclaredColumn("public", step=None)})})
    result.class_of("int_a", "b")                     # highest over its edges and its relation's presence
    result.findings                                   # computed above declared, refused, misused, claims not borne out
    result.notes                                      # steps that lower nothing: told, not held
    for path in paths(result, "int_a", "b"):          # each way to a source's column, shortest first
        print(path)
"""
