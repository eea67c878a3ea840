"""Who comes in: log-in, passwords, second factor, providers elsewhere, and the administration behind them."""
