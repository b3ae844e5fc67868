// One alert for the Alertmanager that listens at $FREE_PORT.
const { ok } = await fetch(`http://127.0.0.1:${process.env.FREE_PORT}/api/v2/alerts`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify([{ labels: { alertname: 'Full' } }]),
});
process.exit(ok ? 0 : 1);
