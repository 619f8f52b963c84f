"""The web page that both services serve, shipped as package data."""
