// One alert for the Alertmanager at $FREE_PORT, once it listens.
const url = `http://127.0.0.1:${process.env.FREE_PORT}/api/v2/alerts`;
const body = JSON.stringify([{ labels: { alertname: 'Full' } }]);
for (let tries = 0; tries < 300; tries++) {
  const options = { method: 'POST', headers: { 'content-type': 'application/json' }, body };
  const taken = await fetch(url, options).then(
    ({ ok }) => ok,
    () => false,
  );
  if (taken) process.exit(0);
  await new Promise((resolve) => setTimeout(resolve, 50));
}
process.exit(1);
