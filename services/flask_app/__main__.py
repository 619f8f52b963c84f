"""Starts the Flask service: `python -m services.flask_app`."""

from services.flask_app.server import main

if __name__ == "__main__":
    main()
