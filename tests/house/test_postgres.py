"""The server that the tests trust keeps its own promises."""

from tests.postgres import PostgresServer


def test_what_was_committed_survives_the_death_of_every_process() -> None:
    with PostgresServer() as server:
        assert server.run("SHOW fsync") == "on"
        server.create_database("storm")
        server.run("CREATE TABLE place AS SELECT 1 AS id", database="storm")
        server.kill()
        server.start()
        assert server.run("SELECT id FROM place", database="storm") == "1"


def test_a_copy_of_a_template_has_its_rows_and_no_others(postgres_server: PostgresServer) -> None:
    postgres_server.create_database("house_template")
    postgres_server.run("CREATE TABLE place AS SELECT 1 AS id", database="house_template")
    postgres_server.create_database("house_copy", template="house_template")
    postgres_server.run("INSERT INTO place VALUES (2)", database="house_copy")
    assert postgres_server.run("SELECT id FROM place", database="house_copy") == "1\n2"
    assert postgres_server.run("SELECT id FROM place", database="house_template") == "1"
    postgres_server.drop_database("house_copy")
    postgres_server.drop_database("house_template")
