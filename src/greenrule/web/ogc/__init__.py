"""OGC API under `/ogc`, through pygeoapi: layers as features and tiles, questions as processes."""
