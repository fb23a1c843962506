-- query: SELECT slow unprepared
-- Each state from its own index.
SELECT lane, 'ready', count(*), extract(epoch FROM clock_timestamp() - min(run_at))::float8
FROM jobs WHERE state = 'ready' GROUP BY lane
UNION ALL SELECT lane, 'scheduled', count(*), NULL FROM jobs WHERE state = 'scheduled'
GROUP BY lane
UNION ALL SELECT lane, 'running', count(*), NULL FROM jobs WHERE state = 'running'
GROUP BY lane
UNION ALL SELECT lane, 'failed', count(*), NULL FROM jobs WHERE state = 'failed'
GROUP BY lane
