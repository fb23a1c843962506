"""The stack of one machine: PostgreSQL, Vigie, Prometheus, Alertmanager and a pager, under one supervisor."""
