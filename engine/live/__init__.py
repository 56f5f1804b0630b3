"""Live: what plays, newest frame first, and what is measured of it."""
