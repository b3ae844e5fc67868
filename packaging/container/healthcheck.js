// For container runtimes: exits with 0 when /readyz says that mail is taken and delivered, else with 1. RELAY_HEALTH_URL names
// another address than that of the image.
const url = process.env.RELAY_HEALTH_URL ?? 'http://127.0.0.1:8080/readyz';
try {
  const response = await fetch(url, { signal: AbortSignal.timeout(4_000) });
  if (!response.ok) process.stderr.write(`${await response.text()}\n`);
  process.exit(response.ok ? 0 : 1);
} catch (error) {
  process.stderr.write(`${url}: ${error.cause?.message ?? error.message}\n`);
  process.exit(1);
}
