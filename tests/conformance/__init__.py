"""Conformance: recorded answers of AWS, played on every driver by one short runner."""
