"""What Piccolo's own commands know of us: the tables of every slice and the one migration history."""

from pathlib import Path

from piccolo.conf.apps import AppConfig, table_finder

APP_CONFIG = AppConfig(
    app_name="events",
    migrations_folder_path=str(Path(__file__).parent / "piccolo_migrations"),
    table_classes=table_finder(
        [
            "events.programme.tables.contents",
            "events.programme.tables.planning",
            *(
                f"events.{name}.tables"
                for name in (
                    "accounts",
                    "activity",
                    "outbox",
                    "programme",
                    "questions",
                    "registration",
                    "registration.answers",
                    "registration.retention",
                    "registration.admission",
                    "registration.early",
                    "registration.remarks",
                    "registration.delegations",
                    "registration.focal_points",
                    "registration.guests",
                    "registration.handing_over",
                    "registration.host_list",
                    "checkin",
                    "announcements",
                    "imports",
                )
            ),
        ]
    ),
    migration_dependencies=[],
    commands=[],
)
