"""What import-linter has no word for: another slice's tables are reached by foreign key only."""

from grimp import build_graph

COMPOSITION = "events.piccolo_app"


def test_only_tables_import_the_tables_of_another_slice() -> None:
    graph = build_graph("events")
    patterns = ("events.*.tables", "events.*.tables.**", "events.*.*.tables")
    tables = set().union(*(graph.find_matching_modules(pattern) for pattern in patterns))
    assert tables
    strangers = [
        f"{importer} imports {module}"
        for module in sorted(tables)
        for importer in sorted(graph.find_modules_that_directly_import(module))
        if importer not in tables | {COMPOSITION} and importer.split(".")[1] != module.split(".")[1]
    ]
    assert strangers == []
