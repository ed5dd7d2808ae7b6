"""The WSGI entry point for a production server."""

from villagepoints import create_app

app = create_app()
