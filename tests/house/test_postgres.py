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


def test_a_database_is_reset_to_the_rows_and_ids_that_it_began_with(postgres_server: PostgresServer) -> None:
    def run(sql: str) -> str:
        return postgres_server.run(sql, database="house")

    postgres_server.create_database("house")
    for table in ("kept", "place", "untouched"):
        run(f"CREATE TABLE {table} (id serial PRIMARY KEY, name text)")
    run("INSERT INTO kept (name) VALUES ('first'), ('second')")
    postgres_server.reset_database("house")
    for _ in range(2):
        run("UPDATE kept SET name = 'other'; INSERT INTO kept (name) VALUES ('third')")
        run("INSERT INTO place (name) VALUES ('left'), ('right')")
        assert run("SELECT id FROM kept UNION ALL SELECT id FROM place") == "1\n2\n3\n1\n2"
        postgres_server.reset_database("house")
        assert run("SELECT id, name FROM kept ORDER BY id; SELECT id FROM place") == "1|first\n2|second"
    postgres_server.drop_database("house")
