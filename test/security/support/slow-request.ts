/** A request whose client takes its time between the header and the end of the body. */
import http from 'node:http';

/** Sends a request whose body ends when `meanwhile` has; the key was let in before. */
export async function slowRequest(
  { method, url, key, body, headers }: SlowRequest,
  meanwhile: () => Promise<void> | void,
): Promise<{ readonly status: number; readonly body: string }> {
  const octets = Buffer.from(JSON.stringify(body));
  const request = http.request(url, {
    method,
    agent: false,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': octets.length,
      expect: '100-continue',
      ...headers,
    },
  });
  const answered = new Promise<http.IncomingMessage>((resolve, reject) => {
    request.once('response', resolve);
    request.once('error', reject);
  });
  await new Promise<void>((resolve, reject) => {
    request.once('continue', resolve);
    request.once('error', reject);
    request.flushHeaders();
  });
  request.write(octets.subarray(0, 2));
  await meanwhile();
  request.end(octets.subarray(2));
  const response = await answered;
  let text = '';
  for await (const part of response) text += String(part);
  return { status: response.statusCode ?? 0, body: text };
}

export interface SlowRequest {
  readonly method: string;
  readonly url: string;
  readonly key: string;
  readonly body: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}
