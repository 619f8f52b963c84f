"""Starts the FastAPI service: `python -m services.fastapi_app`."""

from services.fastapi_app.server import main

if __name__ == "__main__":
    main()
