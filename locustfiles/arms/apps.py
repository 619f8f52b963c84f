"""Which apps there are, by name. Not in `__main__`: workers that are spawned import `make_app`."""

import importlib

from locustfiles.arms.readers import reader_for
from locustfiles.arms.servers import App
from services.settings import Settings

OUR_APPS = {"flask": "services.flask_app", "fastapi": "services.fastapi_app", "grpc": "services.grpc_app"}
OTHER_APPS = {
    "flask-plain": ("flask_apps", "plain"),
    "flask-hello": ("flask_apps", "hello"),
    "fastapi-blocking": ("fastapi_apps", "blocking"),
    "fastapi-executor": ("fastapi_apps", "executor"),
    "fastapi-def": ("fastapi_apps", "plain_def"),
    "fastapi-await": ("fastapi_apps", "awaiting"),
    "fastapi-hello": ("fastapi_apps", "hello"),
}
"""Module and function."""


def make_app(name: str, model: str, settings: Settings) -> App:
    """Return the app called `name` around `model`."""
    if name in OUR_APPS:
        # our services load their own model, in the background
        reader = None if model == "ocr" else reader_for(model, settings)
        return importlib.import_module(OUR_APPS[name]).create_app(settings, reader)
    module, function = OTHER_APPS[name]
    return getattr(importlib.import_module(f"locustfiles.arms.{module}"), function)(settings, model)
