// Health check of a service's container: exit code 0 when the service says that it is ready.
const { askHealth } = require('../../tools/supervisor/health-probe.cjs');

askHealth(`http://127.0.0.1:${process.env.MILLRACE_HEALTH_PORT}/health/ready`, { timeoutMs: 2_500 }).then(
  ({ ready, reasons }) => {
    if (!ready) console.error(reasons.join('; '));
    process.exit(ready ? 0 : 1);
  },
  (error) => {
    console.error(error.message);
    process.exit(1);
  },
);
