"""Where Piccolo finds the engine and the tables; `piccolo` commands read it too."""

from piccolo.conf.apps import AppRegistry

from events.infra.engine import engine_for
from events.settings import read_settings

DB = engine_for(read_settings().database)
APP_REGISTRY = AppRegistry(apps=["events.piccolo_app"])
