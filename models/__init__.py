"""Trained weights and their manifest, shipped as package data."""
