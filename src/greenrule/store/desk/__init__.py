"""Records of the server as Django models: findings and audit (the workspace's own tables), tokens, kept replies."""
